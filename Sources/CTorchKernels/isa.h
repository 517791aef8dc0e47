// What kernel files use from isa.c: the feature sets for which kernels are compiled, and checks for single
// instructions.
#ifndef ST_ISA_INTERNAL_H
#define ST_ISA_INTERNAL_H

#include "st_isa.h"

// isa.c checks that the processor has each of these features. Kernels are compiled with these features only.
#define ST_AVX2_FEATURES "avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"
#define ST_AVX512_FEATURES "avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl"

/// Returns whether the processor has fused multiply-adds for short vectors, whatever the chosen instruction set.
bool st_fuses(void);
/// Returns whether oneDNN may multiply bfloat16.
bool st_multiplies_bfloat16(void);
/// Returns whether the processor has SHA-256 instructions.
bool st_hashes(void);

#endif
