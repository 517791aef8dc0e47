// The element types in memory and their conversions, which match the CPU's (convert.h).
struct Bool {
  uint8_t bits;
};
struct Half {
  uint16_t bits;
};
struct BFloat {
  uint16_t bits;
};
struct alignas(4) HalfComplex {
  Half re, im;
};
template <class T> struct alignas(2 * sizeof(T)) Pair {
  T re, im;
};

float half_value(Half h) {
  float f;
  asm("cvt.f32.f16 %0, %1;" : "=f"(f) : "h"(h.bits));
  return f;
}
Half half_of(float f) {
  Half h;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(h.bits) : "f"(f));
  return h;
}

// Returns the number that an element represents.
int value(Bool b) { return b.bits != 0; }
template <class I> I value(I x) { return x; }
Real<float> value(float x) { return Real<float>::from(x); }
Real<double> value(double x) { return Real<double>::from(x); }
Real<float> value(Half h) { return Real<float>::from(half_value(h)); }
Real<float> value(BFloat h) { return Real<float>::from(__uint_as_float((uint32_t)h.bits << 16)); }
template <class T> Complex<T> value(Pair<T> z) { return Complex<T>(z.re, z.im); }
Complex<float> value(HalfComplex z) { return Complex<float>(half_value(z.re), half_value(z.im)); }

// Converts a number to another type. A number outside an integer's range goes through int64, as in PyTorch.
template <class To> struct Into {
  template <class I> static To of(I x) { return (To)x; }
  template <class T> static To of(Real<T> x) {
    return sizeof(To) == 8 ? (To)to_int64((double)x.v) : (To)to_int32((double)x.v);
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
