// Chooses among the instruction sets that one kernel source is compiled for (see reduce_each_isa.inc).
#ifndef ST_REDUCE_ISA_H
#define ST_REDUCE_ISA_H

#include "fused.h"
#include "isa.h"
#include "st_types.h"
#include <string.h>

// Only inlined functions pass wide vectors to each other.
#pragma clang diagnostic ignored "-Wpsabi"

// Contraction would change the bits on processors with fused multiply-adds. Kernels fuse explicitly.
#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define ST_X86 1
#else
#define ST_X86 0
#endif

#if ST_X86
/// The function of this name for the chosen instruction set (or, with &, the object).
#define ST_PICK(f) (st_isa() == ST_AVX512 ? f##_avx512 : st_isa() == ST_AVX2 ? f##_avx2 : f##_base)
#else
#define ST_PICK(f) (f##_base)
#endif

typedef float v16f __attribute__((ext_vector_type(16)));
typedef int32_t v16i __attribute__((ext_vector_type(16)));
typedef uint32_t v16u __attribute__((ext_vector_type(16)));
typedef double v8d __attribute__((ext_vector_type(8)));
typedef int64_t v8l __attribute__((ext_vector_type(8)));
typedef float v8f __attribute__((ext_vector_type(8)));

/// Converts one element.
static inline float st_bf16_to_f32(uint16_t b) {
  uint32_t u = (uint32_t)b << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}

static inline uint16_t st_f32_to_bf16(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  uint32_t rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
  return (uint16_t)(f != f ? 0x7fc0 : rounded);
}

/// Truncates. Outside the range the result is that of x86's conversion, without C's undefined behaviour.
static inline int64_t st_f64_to_i64(double x) {
  return x >= -0x1p63 && x < 0x1p63 ? (int64_t)x : INT64_MIN;
}

static inline int64_t st_min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t st_max64(int64_t a, int64_t b) { return a > b ? a : b; }

/// Returns a piece size, at least 1: pieces hold about `work` elements if an item has `size` elements.
static inline int64_t st_grain(int64_t work, int64_t size) { return size >= work ? 1 : work / st_max64(size, 1); }

#endif
