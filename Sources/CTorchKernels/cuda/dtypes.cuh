// The element types in memory and their conversions, which match the CPU's (convert.h).
#include "ptx.cuh"

struct Bool {
  uint8_t bits;
};
struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};
struct Float8E4M3FN {
  uint8_t bits;
};
struct Float8E5M2 {
  uint8_t bits;
};
struct alignas(4) HalfComplex {
  Half re, im;
};
template <class T> struct alignas(2 * sizeof(T)) Pair {
  T re, im;
};

// Elements that move together, at a multiple of their size.
template <class T, int n> struct alignas(n * sizeof(T) < 16 ? n * sizeof(T) : 16) Several {
  T element[n];
};

float half_value(Half h) { return half_to_float(h.bits); }
Half half_of(float f) {
  Half h;
  h.bits = float_to_half(f);
  return h;
}

// The formats of float8 are those of convert.h.
float float8_value(Float8E4M3FN h) {
  uint32_t magnitude = h.bits & 0x7f;
  float f = magnitude < 0x08 ? (float)magnitude * 0.001953125f : __uint_as_float((magnitude << 20) + (120u << 23));
  uint32_t u = magnitude == 0x7f ? 0x7ff00000 : __float_as_uint(f);
  return __uint_as_float(u | (uint32_t)(h.bits & 0x80) << 24);
}
float float8_value(Float8E5M2 h) {
  uint32_t magnitude = h.bits & 0x7f;
  float f = magnitude < 0x04 ? (float)magnitude * 0.0000152587890625f
                             : __uint_as_float((magnitude << 21) + (112u << 23));
  uint32_t u = magnitude >= 0x7c ? magnitude << 21 | 0x7f800000 : __float_as_uint(f);
  u = magnitude > 0x7c ? u | 0x00400000 : u;
  return __uint_as_float(u | (uint32_t)(h.bits & 0x80) << 24);
}
// Rounds the magnitude's bits u to `dropped` fewer. Numbers below `least_normal` are rounded by a sum with `adder`.
uint32_t float8_magnitude(uint32_t u, uint32_t bias, int dropped, uint32_t least_normal, float adder) {
  uint32_t half = (1u << (dropped - 1)) - 1;
  if (u < least_normal) return __float_as_uint(__uint_as_float(u) + adder) - __float_as_uint(adder);
  return (u - (bias << 23) + half + ((u >> dropped) & 1)) >> dropped;
}
void store_float8(Float8E4M3FN &to, float f) {
  uint32_t u = __float_as_uint(f), sign = (u >> 24) & 0x80;
  u &= 0x7fffffff;
  uint32_t h = float8_magnitude(u, 120, 20, 0x3c800000, 16384.0f);
  h = u >= 0x3c800000 && h > 0x7e ? 0x7e : h;
  to.bits = (uint8_t)((u > 0x7f800000 ? 0x7f : h) | sign);
}
void store_float8(Float8E5M2 &to, float f) {
  uint32_t u = __float_as_uint(f), sign = (u >> 24) & 0x80;
  u &= 0x7fffffff;
  uint32_t h = float8_magnitude(u, 112, 21, 0x38800000, 128.0f);
  h = u >= 0x38800000 && h > 0x7c ? 0x7c : h;
  to.bits = (uint8_t)((u > 0x7f800000 ? 0x7f : h) | sign);
}

// Returns the number that an element represents.
int value(Bool b) { return b.bits != 0; }
template <class I> I value(I x) { return x; }
Real<float> value(float x) { return Real<float>::from(x); }
Real<double> value(double x) { return Real<double>::from(x); }
Real<float> value(Half h) { return Real<float>::from(half_value(h)); }
Real<float> value(BFloat h) { return Real<float>::from(__uint_as_float((uint32_t)h.bits << 16)); }
Real<float> value(Float8E4M3FN h) { return Real<float>::from(float8_value(h)); }
Real<float> value(Float8E5M2 h) { return Real<float>::from(float8_value(h)); }
template <class T> Complex<T> value(Pair<T> z) { return Complex<T>(z.re, z.im); }
Complex<float> value(HalfComplex z) { return Complex<float>(half_value(z.re), half_value(z.im)); }

// Converts a number to another type. A number outside an integer's range goes through int64, as in PyTorch.
template <class To> struct Into {
  template <class I> static To of(I x) { return (To)x; }
  template <class T> static To of(Real<T> x) {
    if (sizeof(To) == 8 && To(-1) > To(0)) return (To)to_uint64((double)x.v);
    // uint32 goes through int64, as it does on the CPU.
    bool is_wide = sizeof(To) == 8 || (sizeof(To) == 4 && To(-1) > To(0));
    return is_wide ? (To)to_int64((double)x.v) : (To)to_int32((double)x.v);
  }
  static uint64_t to_uint64(double x) {
    return x >= 9223372036854775808.0 ? (uint64_t)to_int64(x - 9223372036854775808.0) ^ (1ull << 63)
                                      : (uint64_t)to_int64(x);
  }
  template <class T> static To of(Complex<T> x) { return of(Real<T>::from(x.re)); }
  static int64_t to_int64(double x) {
    return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (int64_t)x : INT64_MIN;
  }
  static int32_t to_int32(double x) {
    return x > -2147483649.0 && x < 2147483648.0 ? (int32_t)x : (int32_t)0x80000000u;
  }
};
template <class R> struct Into<Real<R>> {
  template <class I> static Real<R> of(I x) { return Real<R>::from((R)x); }
  template <class T> static Real<R> of(Real<T> x) { return Real<R>::from((R)x.v); }
  template <class T> static Real<R> of(Complex<T> x) { return Real<R>::from((R)x.re); }
};
template <class R> struct Into<Complex<R>> {
  template <class I> static Complex<R> of(I x) { return Complex<R>((R)x, 0); }
  template <class T> static Complex<R> of(Real<T> x) { return Complex<R>((R)x.v, 0); }
  template <class T> static Complex<R> of(Complex<T> x) { return Complex<R>((R)x.re, (R)x.im); }
};
template <> struct Into<bool> {
  template <class X> static bool of(X x) { return x != X(0); }
};

template <class X> void store(int8_t &to, X x) { to = Into<int8_t>::of(x); }
template <class X> void store(uint8_t &to, X x) { to = Into<uint8_t>::of(x); }
template <class X> void store(int16_t &to, X x) { to = Into<int16_t>::of(x); }
template <class X> void store(int32_t &to, X x) { to = Into<int32_t>::of(x); }
template <class X> void store(int64_t &to, X x) { to = Into<int64_t>::of(x); }
template <class X> void store(uint16_t &to, X x) { to = Into<uint16_t>::of(x); }
template <class X> void store(uint32_t &to, X x) { to = Into<uint32_t>::of(x); }
template <class X> void store(uint64_t &to, X x) { to = Into<uint64_t>::of(x); }
template <class X> void store(Float8E4M3FN &to, X x) { store_float8(to, Into<Real<float>>::of(x).v); }
template <class X> void store(Float8E5M2 &to, X x) { store_float8(to, Into<Real<float>>::of(x).v); }
template <class X> void store(Bool &to, X x) { to.bits = Into<bool>::of(x); }
template <class X> void store(float &to, X x) { to = Into<Real<float>>::of(x).v; }
template <class X> void store(double &to, X x) { to = Into<Real<double>>::of(x).v; }
template <class X> void store(Half &to, X x) { to = half_of(Into<Real<float>>::of(x).v); }
template <class X> void store(BFloat &to, X x) {
  float f = Into<Real<float>>::of(x).v;
  uint32_t u = __float_as_uint(f);
  to.bits = f != f ? 0x7fc0 : (uint16_t)((u + 0x7fff + ((u >> 16) & 1)) >> 16);
}
template <class T, class X> void store(Pair<T> &to, X x) {
  Complex<T> z = Into<Complex<T>>::of(x);
  to.re = z.re, to.im = z.im;
}
template <class X> void store(HalfComplex &to, X x) {
  Complex<float> z = Into<Complex<float>>::of(x);
  to.re = half_of(z.re), to.im = half_of(z.im);
}

// The type that a formula is evaluated in.
template <class T> struct InReal {
  typedef Real<T> E;
  template <class F, class... X> static auto apply(X... x) { return F::of(x...); }
};
template <class I> struct InInteger {
  typedef I E;
  template <class F, class... X> static auto apply(X... x) { return F::of(x...); }
};
struct InBool {
  typedef bool E;
  template <class F, class... X> static bool apply(X... x) { return F::of((int)x...); }
};
template <class T> struct InComplex {
  typedef Complex<T> E;
  template <class F, class... X> static auto apply(X... x) { return F::of(x...); }
};
