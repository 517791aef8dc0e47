// What the kernels' files ask of isa.c: the features that they are compiled with, and single instructions.
#ifndef ST_ISA_INTERNAL_H
#define ST_ISA_INTERNAL_H

#include "st_isa.h"

// isa.c asks the processor for each of these; a kernel is compiled with these and no others.
#define ST_AVX2_FEATURES "avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt"
#define ST_AVX512_FEATURES "avx2,fma,f16c,bmi,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl"

/// Whether the processor has fused multiply-adds of short vectors, whatever instruction set was chosen.
bool st_fuses(void);
/// Whether oneDNN may multiply bfloat16.
bool st_multiplies_bfloat16(void);
/// Whether there are instructions for SHA-256.
bool st_hashes(void);

#endif
