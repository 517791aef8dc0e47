// Sleef's vector functions under this library's names.
#ifndef ST_SLEEF_H
#define ST_SLEEF_H

#include "vector.h"

#if ST_ISA == ST_AVX512
#define SLEEF_FLOAT(name, bound) Sleef_##name##f16_##bound##avx512f
#define SLEEF_DOUBLE(name, bound) Sleef_##name##d8_##bound##avx512f
#elif ST_ISA == ST_AVX2
#define SLEEF_FLOAT(name, bound) Sleef_##name##f8_##bound##avx2
#define SLEEF_DOUBLE(name, bound) Sleef_##name##d4_##bound##avx2
#elif defined(__aarch64__)
#define SLEEF_FLOAT(name, bound) Sleef_##name##f4_##bound##advsimd
#define SLEEF_DOUBLE(name, bound) Sleef_##name##d2_##bound##advsimd
#else
// Sleef's functions for SSE2 do not fuse, so they round more often than the others. If the processor can fuse, the
// baseline's vectors use the functions that fuse, so that all instruction sets give the same bits on one machine. On a
// processor without fused multiply-adds these functions may differ in the last bit.
#define ST_SLEEF_OF_TWO_KINDS 1
#define SLEEF_FLOAT(name, bound) Sleef_##name##f4_##bound
#define SLEEF_DOUBLE(name, bound) Sleef_##name##d2_##bound
#endif

ST_TARGET_BEGIN

// Sleef takes its arguments in registers. Clang passes vectors of more than 128 bits in memory unless the whole file is
// compiled for AVX, whatever the function's own target. A call in assembly bridges the two conventions.
#if ST_ISA != ST_BASELINE
#define ST_TEXT2(x) #x
#define ST_TEXT(x) ST_TEXT2(x)
#define ST_SYMBOL(function) ST_TEXT(__USER_LABEL_PREFIX__) ST_TEXT(function)
#if ST_ISA == ST_AVX512
#define ST_REGISTER(n) "%zmm" #n
#else
#define ST_REGISTER(n) "%ymm" #n
#endif
#define SLEEF_ONE(V, ours, function)                                                                            \
  static __attribute__((naked, unused)) void ours##_in_registers_##V(V *y, const V *x) {                        \
    __asm__("pushq %rdi\n vmovups (%rsi), " ST_REGISTER(0) "\n call " ST_SYMBOL(function) "@PLT\n"              \
            "popq %rdi\n vmovups " ST_REGISTER(0) ", (%rdi)\n ret");                                            \
  }                                                                                                             \
  ST_OVERLOAD V ours(V x) {                                                                                     \
    V y;                                                                                                        \
    ours##_in_registers_##V(&y, &x);                                                                            \
    return y;                                                                                                   \
  }
#define SLEEF_TWO(V, ours, function)                                                                            \
  static __attribute__((naked, unused)) void ours##_in_registers_##V(V *z, const V *x, const V *y) {            \
    __asm__("pushq %rdi\n vmovups (%rsi), " ST_REGISTER(0) "\n vmovups (%rdx), " ST_REGISTER(1) "\n"            \
            "call " ST_SYMBOL(function) "@PLT\n popq %rdi\n vmovups " ST_REGISTER(0) ", (%rdi)\n ret");         \
  }                                                                                                             \
  ST_OVERLOAD V ours(V x, V y) {                                                                                \
    V z;                                                                                                        \
    ours##_in_registers_##V(&z, &x, &y);                                                                        \
    return z;                                                                                                   \
  }
#elif defined(ST_SLEEF_OF_TWO_KINDS)
#define ST_PASTE2(a, b) a##b
#define ST_PASTE(a, b) ST_PASTE2(a, b)
#define SLEEF_ONE(V, ours, function)                               \
  extern V ST_PASTE(function, avx2128)(V) __attribute__((const));   \
  extern V ST_PASTE(function, sse2)(V) __attribute__((const));      \
  ST_OVERLOAD V ours(V x) { return st_fuses() ? ST_PASTE(function, avx2128)(x) : ST_PASTE(function, sse2)(x); }
#define SLEEF_TWO(V, ours, function)                                                        \
  extern V ST_PASTE(function, avx2128)(V, V) __attribute__((const));                        \
  extern V ST_PASTE(function, sse2)(V, V) __attribute__((const));                           \
  ST_OVERLOAD V ours(V x, V y) {                                                            \
    return st_fuses() ? ST_PASTE(function, avx2128)(x, y) : ST_PASTE(function, sse2)(x, y); \
  }
#else
#define SLEEF_ONE(V, ours, function)                 \
  extern V function(V) __attribute__((const));       \
  ST_OVERLOAD V ours(V x) { return function(x); }
#define SLEEF_TWO(V, ours, function)                 \
  extern V function(V, V) __attribute__((const));    \
  ST_OVERLOAD V ours(V x, V y) { return function(x, y); }
#endif

#define SLEEF_OF_FLOAT(ours, name, bound) SLEEF_ONE(vf, ours, SLEEF_FLOAT(name, bound))
#define SLEEF_OF_DOUBLE(ours, name, bound) SLEEF_ONE(vd, ours, SLEEF_DOUBLE(name, bound))
#define SLEEF_OF_BOTH(ours, name, bound) SLEEF_OF_FLOAT(ours, name, bound) SLEEF_OF_DOUBLE(ours, name, bound)
#define SLEEF_OF_TWO(ours, name, bound) \
  SLEEF_TWO(vf, ours, SLEEF_FLOAT(name, bound)) SLEEF_TWO(vd, ours, SLEEF_DOUBLE(name, bound))

SLEEF_OF_DOUBLE(v_exp, exp, u10)
SLEEF_OF_DOUBLE(v_exp2, exp2, u10)
SLEEF_OF_DOUBLE(v_expm1, expm1, u10)
SLEEF_OF_DOUBLE(v_log, log, u10)
SLEEF_OF_DOUBLE(v_log1p_between, log1p, u10)
SLEEF_OF_BOTH(v_log2, log2, u10)
SLEEF_OF_BOTH(v_log10, log10, u10)
SLEEF_OF_DOUBLE(v_sin_alike, sin, u10)
SLEEF_OF_DOUBLE(v_cos_alike, cos, u10)
SLEEF_OF_FLOAT(v_sin_far, sin, u10)
SLEEF_OF_FLOAT(v_cos_far, cos, u10)
SLEEF_OF_BOTH(v_tan_alike, tan, u10)
SLEEF_OF_BOTH(v_asin, asin, u10)
SLEEF_OF_BOTH(v_acos, acos, u10)
SLEEF_OF_BOTH(v_atan, atan, u10)
SLEEF_OF_DOUBLE(v_sinh, sinh, u10)
SLEEF_OF_DOUBLE(v_cosh, cosh, u10)
SLEEF_OF_DOUBLE(v_tanh, tanh, u10)

SLEEF_OF_BOTH(v_atanh, atanh, u10)
SLEEF_OF_DOUBLE(v_erf, erf, u10)
SLEEF_OF_BOTH(v_erfc, erfc, u15)
SLEEF_OF_BOTH(v_lgamma, lgamma, u10)
SLEEF_OF_TWO(v_atan2, atan2, u10)
SLEEF_TWO(vd, v_pow_below, SLEEF_DOUBLE(pow, u10))
SLEEF_OF_TWO(v_hypot, hypot, u05)

ST_TARGET_END

#endif
