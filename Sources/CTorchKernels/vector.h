// Vectors of one instruction set. A source file defines ST_ISA (one of the three values below) once, before it includes
// this header. Code that uses the vectors stands between ST_TARGET_BEGIN and ST_TARGET_END.
#ifndef ST_VECTOR_H
#define ST_VECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fused.h"
#include "isa.h"

#if ST_ISA != ST_BASELINE
#include <immintrin.h>
#endif

#define ST_PRAGMA(text) _Pragma(#text)
#if ST_ISA == ST_AVX512
#define ST_TARGET_BEGIN \
  ST_PRAGMA(clang attribute push(__attribute__((target(ST_AVX512_FEATURES))), apply_to = function))
#define ST_TARGET_END ST_PRAGMA(clang attribute pop)
#define ST_FLOATS 16
#define ST_ISA_NAME(name) name##_avx512
#elif ST_ISA == ST_AVX2
#define ST_TARGET_BEGIN ST_PRAGMA(clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function))
#define ST_TARGET_END ST_PRAGMA(clang attribute pop)
#define ST_FLOATS 8
#define ST_ISA_NAME(name) name##_avx2
#else
#define ST_TARGET_BEGIN
#define ST_TARGET_END
#define ST_FLOATS 4
#define ST_ISA_NAME(name) name##_baseline
#endif
#define ST_DOUBLES (ST_FLOATS / 2)

// Whether a fused multiply-add is one instruction. Otherwise fused.h computes the same result.
#if ST_ISA != ST_BASELINE || defined(__ARM_FEATURE_FMA)
#define ST_HAS_FMA 1
#else
#define ST_HAS_FMA 0
#endif

// Sums and products are fused only where the source says so. The result then does not depend on the surrounding code.
#pragma STDC FP_CONTRACT OFF

typedef float vf __attribute__((ext_vector_type(ST_FLOATS)));
typedef int32_t vi __attribute__((ext_vector_type(ST_FLOATS)));
typedef uint32_t vu __attribute__((ext_vector_type(ST_FLOATS)));
typedef double vd __attribute__((ext_vector_type(ST_DOUBLES)));
// The type of a comparison of doubles. It is not the type of int64_t on every platform.
typedef long vl __attribute__((ext_vector_type(ST_DOUBLES)));
typedef float vfh __attribute__((ext_vector_type(ST_DOUBLES)));
typedef vf vf_unaligned __attribute__((aligned(4), may_alias));
typedef vd vd_unaligned __attribute__((aligned(8), may_alias));

#define ST_INLINE static inline __attribute__((always_inline, unused))
#define ST_OVERLOAD static inline __attribute__((always_inline, overloadable, unused))

ST_TARGET_BEGIN

ST_OVERLOAD vf v_load(const float *p) { return *(const vf_unaligned *)p; }
ST_OVERLOAD vd v_load(const double *p) { return *(const vd_unaligned *)p; }
ST_OVERLOAD void v_store(float *p, vf x) { *(vf_unaligned *)p = x; }
ST_OVERLOAD void v_store(double *p, vd x) { *(vd_unaligned *)p = x; }

// Loads and stores the first n lanes, 0 < n < the width. Other lanes are read as 0 and not written.
#if ST_ISA == ST_AVX512
ST_OVERLOAD vf v_load(const float *p, int64_t n) { return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
ST_OVERLOAD vd v_load(const double *p, int64_t n) { return (vd)_mm512_maskz_loadu_pd((__mmask8)((1u << n) - 1), p); }
ST_OVERLOAD void v_store(float *p, vf x, int64_t n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)x); }
ST_OVERLOAD void v_store(double *p, vd x, int64_t n) {
  _mm512_mask_storeu_pd(p, (__mmask8)((1u << n) - 1), (__m512d)x);
}
#elif ST_ISA == ST_AVX2
ST_INLINE __m256i v_mask32(int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
ST_INLINE __m256i v_mask64(int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
ST_OVERLOAD vf v_load(const float *p, int64_t n) { return (vf)_mm256_maskload_ps(p, v_mask32(n)); }
ST_OVERLOAD vd v_load(const double *p, int64_t n) { return (vd)_mm256_maskload_pd(p, v_mask64(n)); }
ST_OVERLOAD void v_store(float *p, vf x, int64_t n) { _mm256_maskstore_ps(p, v_mask32(n), (__m256)x); }
ST_OVERLOAD void v_store(double *p, vd x, int64_t n) { _mm256_maskstore_pd(p, v_mask64(n), (__m256d)x); }
#else
ST_OVERLOAD vf v_load(const float *p, int64_t n) {
  vf x = 0;
  for (int64_t i = 0; i < n; i++) x[i] = p[i];
  return x;
}
ST_OVERLOAD vd v_load(const double *p, int64_t n) {
  vd x = 0;
  for (int64_t i = 0; i < n; i++) x[i] = p[i];
  return x;
}
ST_OVERLOAD void v_store(float *p, vf x, int64_t n) {
  for (int64_t i = 0; i < n; i++) p[i] = x[i];
}
ST_OVERLOAD void v_store(double *p, vd x, int64_t n) {
  for (int64_t i = 0; i < n; i++) p[i] = x[i];
}
#endif

ST_OVERLOAD vi v_bits(vf x) { return (vi)x; }
ST_OVERLOAD vl v_bits(vd x) { return (vl)x; }
ST_OVERLOAD vf v_from_bits(vi x) { return (vf)x; }
ST_OVERLOAD vd v_from_bits(vl x) { return (vd)x; }

#define ST_DEFINE_FOR(V)                                                             \
  ST_OVERLOAD V v_abs(V x) { return __builtin_elementwise_abs(x); }                  \
  ST_OVERLOAD V v_sqrt(V x) { return __builtin_elementwise_sqrt(x); }                \
  ST_OVERLOAD V v_floor(V x) { return __builtin_elementwise_floor(x); }              \
  ST_OVERLOAD V v_ceil(V x) { return __builtin_elementwise_ceil(x); }                \
  ST_OVERLOAD V v_trunc(V x) { return __builtin_elementwise_trunc(x); }              \
  ST_OVERLOAD V v_rint(V x) { return __builtin_elementwise_roundeven(x); }           \
  ST_OVERLOAD V v_copysign(V x, V s) { return __builtin_elementwise_copysign(x, s); }
ST_DEFINE_FOR(vf)
ST_DEFINE_FOR(vd)
#undef ST_DEFINE_FOR

#if ST_HAS_FMA
ST_OVERLOAD vf v_fma(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
ST_OVERLOAD vd v_fma(vd a, vd b, vd c) { return __builtin_elementwise_fma(a, b, c); }
#else
ST_OVERLOAD vf v_fma(vf a, vf b, vf c) { return (vf){ST_FUSED_LANES_4(a, b, c)}; }
ST_OVERLOAD vd v_fma(vd a, vd b, vd c) { return (vd){ST_FUSED_LANES_2(a, b, c)}; }
#endif

// Converts the halves of a float vector to double, and back.
ST_INLINE vd v_low(vf x) {
  vfh h;
  __builtin_memcpy(&h, &x, sizeof h);
  return __builtin_convertvector(h, vd);
}
ST_INLINE vd v_high(vf x) {
  vfh h;
  __builtin_memcpy(&h, (const char *)&x + sizeof h, sizeof h);
  return __builtin_convertvector(h, vd);
}
ST_INLINE vf v_narrow(vd low, vd high) {
  vfh l = __builtin_convertvector(low, vfh), h = __builtin_convertvector(high, vfh);
  vf x;
  __builtin_memcpy(&x, &l, sizeof l);
  __builtin_memcpy((char *)&x + sizeof l, &h, sizeof h);
  return x;
}

ST_TARGET_END

#endif
