// Converts single numbers between dtypes, as PyTorch does. Loops over these functions vectorize.
#ifndef ST_CONVERT_H
#define ST_CONVERT_H

#include "vector.h"

ST_TARGET_BEGIN

ST_INLINE float st_float_from_bits(uint32_t u) {
  float f;
  __builtin_memcpy(&f, &u, sizeof f);
  return f;
}
ST_INLINE uint32_t st_bits_of_float(float f) {
  uint32_t u;
  __builtin_memcpy(&u, &f, sizeof u);
  return u;
}

ST_INLINE float st_from_bfloat16(uint16_t h) { return st_float_from_bits((uint32_t)h << 16); }

ST_INLINE uint16_t st_to_bfloat16(float f) {
  uint32_t u = st_bits_of_float(f);
  uint32_t rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
  return (uint16_t)(f != f ? 0x7fc0 : rounded);
}

#if ST_ISA != ST_BASELINE || defined(__aarch64__)
ST_INLINE float st_from_float16(uint16_t h) {
  _Float16 f;
  __builtin_memcpy(&f, &h, sizeof f);
  return (float)f;
}
ST_INLINE uint16_t st_to_float16(float f) {
  _Float16 g = (_Float16)f;
  uint16_t h;
  __builtin_memcpy(&h, &g, sizeof h);
  return h;
}
#else
ST_INLINE float st_from_float16(uint16_t h) {
  uint32_t magnitude = (uint32_t)(h & 0x7fff) << 13;
  // Scaling by 2^112 moves the exponent and makes subnormals normal. Infinity and NaN get the float's top exponent.
  float f = st_float_from_bits(magnitude) * 0x1p112f;
  uint32_t u = st_bits_of_float(f);
  u = (h & 0x7c00) == 0x7c00 ? magnitude | 0x7f800000 : u;
  return st_float_from_bits(u | (uint32_t)(h & 0x8000) << 16);
}
ST_INLINE uint16_t st_to_float16(float f) {
  uint32_t u = st_bits_of_float(f), sign = (u >> 16) & 0x8000;
  u &= 0x7fffffff;
  uint32_t normal = (u - 0x38000000 + 0xfff + ((u >> 13) & 1)) >> 13;
  // Adding 1/2 makes the float adder round to a multiple of 2^-24.
  uint32_t tiny = st_bits_of_float(st_float_from_bits(u) + 0.5f) - 0x3f000000;
  uint32_t h = u < 0x38800000 ? tiny : normal;
  h = u >= 0x477ff000 ? 0x7c00 : h;
  h = u > 0x7f800000 ? 0x7e00 : h;
  return (uint16_t)(h | sign);
}
#endif

// float8_e4m3fn has 4 exponent bits, 3 mantissa bits and no infinity. Numbers that are too large become the maximum,
// 448.
ST_INLINE float st_from_float8_e4m3fn(uint8_t h) {
  uint32_t magnitude = h & 0x7f;
  // Subnormals are converted as integers, because subnormal floats would be slow.
  float normal = st_float_from_bits((magnitude << 20) + (120u << 23));
  float f = magnitude < 0x08 ? (float)(int32_t)magnitude * 0x1p-9f : normal;
  uint32_t u = magnitude == 0x7f ? 0x7ff00000 : st_bits_of_float(f);
  return st_float_from_bits(u | (uint32_t)(h & 0x80) << 24);
}
ST_INLINE uint8_t st_to_float8_e4m3fn(float f) {
  uint32_t u = st_bits_of_float(f), sign = (u >> 24) & 0x80;
  u &= 0x7fffffff;
  uint32_t normal = (u - (120u << 23) + 0x7ffff + ((u >> 20) & 1)) >> 20;
  normal = normal > 0x7e ? 0x7e : normal;
  // Adding 2^14 makes the float adder round to a multiple of 2^-9.
  uint32_t tiny = st_bits_of_float(st_float_from_bits(u) + 0x1p14f) - 0x46800000;
  uint32_t h = u < 0x3c800000 ? tiny : normal;
  h = u > 0x7f800000 ? 0x7f : h;
  return (uint8_t)(h | sign);
}

// float8_e5m2 is the upper half of a float16. Every NaN is written as the same bits.
ST_INLINE float st_from_float8_e5m2(uint8_t h) {
  uint32_t magnitude = h & 0x7f;
  float normal = st_float_from_bits((magnitude << 21) + (112u << 23));
  float f = magnitude < 0x04 ? (float)(int32_t)magnitude * 0x1p-16f : normal;
  uint32_t u = st_bits_of_float(f);
  u = magnitude >= 0x7c ? magnitude << 21 | 0x7f800000 : u;
  u = magnitude > 0x7c ? u | 0x00400000 : u;
  return st_float_from_bits(u | (uint32_t)(h & 0x80) << 24);
}
ST_INLINE uint8_t st_to_float8_e5m2(float f) {
  uint32_t u = st_bits_of_float(f), sign = (u >> 24) & 0x80;
  u &= 0x7fffffff;
  uint32_t normal = (u - (112u << 23) + 0xfffff + ((u >> 21) & 1)) >> 21;
  normal = normal > 0x7c ? 0x7c : normal;
  // Adding 2^7 makes the float adder round to a multiple of 2^-16.
  uint32_t tiny = st_bits_of_float(st_float_from_bits(u) + 0x1p7f) - 0x43000000;
  uint32_t h = u < 0x38800000 ? tiny : normal;
  h = u > 0x7f800000 ? 0x7f : h;
  return (uint8_t)(h | sign);
}

/// A complex number of two float16.
typedef struct {
  uint16_t re, im;
} st_half_complex;

ST_INLINE float _Complex st_from_half_complex(st_half_complex h) {
  float _Complex z;
  __real__ z = st_from_float16(h.re);
  __imag__ z = st_from_float16(h.im);
  return z;
}
ST_INLINE st_half_complex st_to_half_complex(float _Complex z) {
  return (st_half_complex){st_to_float16(__real__ z), st_to_float16(__imag__ z)};
}

// Numbers out of range and NaN give the smallest integer, as the processor's own instruction does.
ST_OVERLOAD int32_t st_to_int32(float x) { return (int32_t)(x >= -0x1p31f && x < 0x1p31f ? x : -0x1p31f); }
ST_OVERLOAD int32_t st_to_int32(double x) { return (int32_t)(x > -0x1.00000002p31 && x < 0x1p31 ? x : -0x1p31); }
ST_OVERLOAD int64_t st_to_int64(float x) { return (int64_t)(x >= -0x1p63f && x < 0x1p63f ? x : -0x1p63f); }
ST_OVERLOAD int64_t st_to_int64(double x) { return (int64_t)(x >= -0x1p63 && x < 0x1p63 ? x : -0x1p63); }
// Converts as compilers for x86-64 do: through int64 if the value fits, else through its difference to 2^63.
ST_OVERLOAD uint64_t st_to_uint64(float x) {
  bool high = x >= 0x1p63f;
  return (uint64_t)st_to_int64(high ? x - 0x1p63f : x) ^ (uint64_t)high << 63;
}
ST_OVERLOAD uint64_t st_to_uint64(double x) {
  bool high = x >= 0x1p63;
  return (uint64_t)st_to_int64(high ? x - 0x1p63 : x) ^ (uint64_t)high << 63;
}

ST_TARGET_END

#endif
