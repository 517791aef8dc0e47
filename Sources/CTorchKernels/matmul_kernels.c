// Instantiates the register kernels for each instruction set, and chooses among them.
#include "isa.h"
#include "matmul_internal.h"

#pragma STDC FP_CONTRACT ON

#define ISA baseline
#define BYTES 16
#if defined(__aarch64__)
#define ROWS 8
#define VECTORS 3
#else
#define ROWS 4
#define VECTORS 2
#endif
#include "matmul_isa.inc"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function)
#define ISA avx2
#define BYTES 32
#define ROWS 4
#define VECTORS 3
#include "matmul_isa.inc"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(ST_AVX512_FEATURES))), apply_to = function)
#define ISA avx512
#define BYTES 64
#define ROWS 8
#define VECTORS 3
#include "matmul_isa.inc"
#pragma clang attribute pop
#endif

const mm_kernels *mm_kernels_for(st_dtype dtype) {
#if defined(__x86_64__)
  if (st_isa() == ST_AVX512) return mm_table_avx512[dtype];
  if (st_isa() == ST_AVX2) return mm_table_avx2[dtype];
#endif
  return mm_table_baseline[dtype];
}
