// The number types that a GPU evaluates formulas.inc on, with the names of its macros. NVRTC compiles this with
// -default-device, which makes every function a device function.

typedef unsigned char uint8_t;
typedef signed char int8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;

#define INFINITY __int_as_float(0x7f800000)
#define NAN __int_as_float(0x7fffffff)
#define DBL_EPSILON 2.220446049250313e-16
#define DBL_MIN 2.2250738585072014e-308
#define INT64_MIN (-0x7fffffffffffffffLL - 1)

#include "special.c"

// A float or double. Constants of a formula convert to the element's type, as in the CPU's vectors. Plain double
// constants would turn every float into a double.
template <class T>
struct Real {
  T v;
  Real() = default;
  Real(double x) : v((T)x) {}
  explicit Real(float x) : v((T)x) {}
  Real(int x) : v((T)x) {}
  friend Real operator-(Real a) { return from(-a.v); }
  friend Real operator+(Real a, Real b) { return from(a.v + b.v); }
  friend Real operator-(Real a, Real b) { return from(a.v - b.v); }
  friend Real operator*(Real a, Real b) { return from(a.v * b.v); }
  friend Real operator/(Real a, Real b) { return from(a.v / b.v); }
  friend bool operator<(Real a, Real b) { return a.v < b.v; }
  friend bool operator>(Real a, Real b) { return a.v > b.v; }
  friend bool operator<=(Real a, Real b) { return a.v <= b.v; }
  friend bool operator>=(Real a, Real b) { return a.v >= b.v; }
  friend bool operator==(Real a, Real b) { return a.v == b.v; }
  friend bool operator!=(Real a, Real b) { return a.v != b.v; }
  static Real from(T x) {
    Real r;
    r.v = x;
    return r;
  }
};

#define REAL_FUNCTION(ours, name)                                                    \
  Real<float> ours(Real<float> x) { return Real<float>::from(name##f(x.v)); }            \
  Real<double> ours(Real<double> x) { return Real<double>::from(name(x.v)); }
#define REAL_FUNCTION_OF_TWO(ours, name)                                                                         \
  Real<float> ours(Real<float> x, Real<float> y) { return Real<float>::from(name##f(x.v, y.v)); }                 \
  Real<double> ours(Real<double> x, Real<double> y) { return Real<double>::from(name(x.v, y.v)); }
// Functions that exist in double only.
#define DOUBLE_FUNCTION(ours, f)                                                     \
  template <class T> Real<T> ours(Real<T> x) { return Real<T>::from((T)f((double)x.v)); }
#define DOUBLE_FUNCTION_OF_TWO(ours, f)                                              \
  template <class T> Real<T> ours(Real<T> x, Real<T> y) { return Real<T>::from((T)f((double)x.v, (double)y.v)); }

REAL_FUNCTION(ABS, fabs)
REAL_FUNCTION(SQRT, sqrt)
REAL_FUNCTION(EXP, exp)
REAL_FUNCTION(EXP2, exp2)
REAL_FUNCTION(EXPM1, expm1)
REAL_FUNCTION(LOG, log)
REAL_FUNCTION(LOG2, log2)
REAL_FUNCTION(LOG10, log10)
REAL_FUNCTION(LOG1P, log1p)
REAL_FUNCTION(SIN, sin)
REAL_FUNCTION(COS, cos)
REAL_FUNCTION(TAN, tan)
REAL_FUNCTION(ASIN, asin)
REAL_FUNCTION(ACOS, acos)
REAL_FUNCTION(ATAN, atan)
REAL_FUNCTION(SINH, sinh)
REAL_FUNCTION(COSH, cosh)
REAL_FUNCTION(TANH, tanh)
REAL_FUNCTION(ASINH, asinh)
REAL_FUNCTION(ACOSH, acosh)
REAL_FUNCTION(ATANH, atanh)
REAL_FUNCTION(ERF, erf)
REAL_FUNCTION(ERFC, erfc)
REAL_FUNCTION(ERFINV, erfinv)
REAL_FUNCTION(LGAMMA, lgamma)
REAL_FUNCTION(RINT, rint)
REAL_FUNCTION(CEIL, ceil)
REAL_FUNCTION(FLOOR, floor)
REAL_FUNCTION(TRUNC, trunc)
REAL_FUNCTION_OF_TWO(POW, pow)
REAL_FUNCTION_OF_TWO(FMOD, fmod)
REAL_FUNCTION_OF_TWO(ATAN2, atan2)
REAL_FUNCTION_OF_TWO(COPYSIGN, copysign)
REAL_FUNCTION_OF_TWO(HYPOT, hypot)
REAL_FUNCTION_OF_TWO(NEXTAFTER, nextafter)
DOUBLE_FUNCTION(I1, st_bessel_i1)
DOUBLE_FUNCTION(I1E, st_bessel_i1e)
DOUBLE_FUNCTION(BESSEL_J0, st_bessel_j0)
DOUBLE_FUNCTION(BESSEL_J1, st_bessel_j1)
DOUBLE_FUNCTION(BESSEL_Y0, st_bessel_y0)
DOUBLE_FUNCTION(BESSEL_Y1, st_bessel_y1)
DOUBLE_FUNCTION(BESSEL_K0, st_bessel_k0)
DOUBLE_FUNCTION(BESSEL_K0E, st_bessel_k0e)
DOUBLE_FUNCTION(BESSEL_K1, st_bessel_k1)
DOUBLE_FUNCTION(BESSEL_K1E, st_bessel_k1e)
DOUBLE_FUNCTION(AIRY_AI, st_airy_ai)
DOUBLE_FUNCTION(ERFCX, st_erfcx)
DOUBLE_FUNCTION(NDTRI, st_ndtri)
DOUBLE_FUNCTION(MANTISSA, st_mantissa)
DOUBLE_FUNCTION(EXPONENT, st_exponent)
DOUBLE_FUNCTION_OF_TWO(ZETA, st_zeta)
DOUBLE_FUNCTION_OF_TWO(POLYGAMMA, st_polygamma)
DOUBLE_FUNCTION_OF_TWO(IGAMMA, st_igamma)
DOUBLE_FUNCTION_OF_TWO(IGAMMAC, st_igammac)
DOUBLE_FUNCTION_OF_TWO(STANDARD_GAMMA_GRAD, st_standard_gamma_grad)
template <class T> Real<T> DIRICHLET_GRAD(Real<T> x, Real<T> y, Real<T> z) {
  return Real<T>::from((T)st_dirichlet_grad((double)x.v, (double)y.v, (double)z.v));
}
DOUBLE_FUNCTION_OF_TWO(CHEBYSHEV_T, st_chebyshev_t)
DOUBLE_FUNCTION_OF_TWO(CHEBYSHEV_U, st_chebyshev_u)
DOUBLE_FUNCTION_OF_TWO(CHEBYSHEV_V, st_chebyshev_v)
DOUBLE_FUNCTION_OF_TWO(CHEBYSHEV_W, st_chebyshev_w)
DOUBLE_FUNCTION_OF_TWO(HERMITE_H, st_hermite_h)
DOUBLE_FUNCTION_OF_TWO(HERMITE_HE, st_hermite_he)
DOUBLE_FUNCTION_OF_TWO(LAGUERRE, st_laguerre)
DOUBLE_FUNCTION_OF_TWO(LEGENDRE, st_legendre)

// Computes exp(-|x|) I0(x) with CUDA's I0 while it is finite, else with its asymptotic series.
ST_CALLED double i0e_of(double x) {
  double a = fabs(x), t = 1 / (8 * a);
  if (a < 600) return cyl_bessel_i0(a) * exp(-a);
  return (1 + t * (1 + t * (4.5 + t * (37.5 + t * 459.375)))) * rsqrt(a) * 0.39894228040143267794;
}
DOUBLE_FUNCTION(I0E, i0e_of)
// PyTorch multiplies I0E by an exponential, which gives NaN at infinities.
Real<float> I0(Real<float> x) { return Real<float>::from(isinf(x.v) ? (float)NAN : cyl_bessel_i0f(x.v)); }
Real<double> I0(Real<double> x) { return Real<double>::from(isinf(x.v) ? (double)NAN : cyl_bessel_i0(x.v)); }

ST_CALLED double digamma_of(double x) {
  if (x == 0) return copysign((double)INFINITY, -x);
  if (x < 0) {
    if (x == trunc(x)) return NAN;
    return digamma_of(1 - x) - 3.14159265358979323846 / tan(3.14159265358979323846 * (x - trunc(x)));
  }
  double sum = 0;
  for (; x < 10; x += 1) sum -= 1 / x;
  double z = 1 / (x * x);
  double p = 8.33333333333333333333e-2,
         c[] = {-2.10927960927960927961e-2, 7.57575757575757575758e-3,  -4.16666666666666666667e-3,
                3.96825396825396825397e-3,  -8.33333333333333333333e-3, 8.33333333333333333333e-2};
  for (int k = 0; k < 6; k++) p = fma(p, z, c[k]);
  return sum + log(x) - 0.5 / x - p * z;
}
DOUBLE_FUNCTION(DIGAMMA, digamma_of)

Real<float> FMA(Real<float> a, Real<float> b, Real<float> c) { return Real<float>::from(fmaf(a.v, b.v, c.v)); }
Real<double> FMA(Real<double> a, Real<double> b, Real<double> c) { return Real<double>::from(fma(a.v, b.v, c.v)); }
Real<float> PHI(Real<float> x) { return Real<float>::from(normcdff(x.v)); }
Real<double> PHI(Real<double> x) { return Real<double>::from(normcdf(x.v)); }
template <class T> bool SIGNBIT(Real<T> x) { return signbit(x.v); }
template <class T> Real<T> GELU(Real<T> x) { return x * PHI(x); }
template <class T> Real<T> LOG_NDTR(Real<T> t) {
  return t < -0.70710678118654752440 ? FMA(-t, t, LOG(ERFCX(-t) * 0.5)) : LOG1P(ERFC(t) * -0.5);
}
template <class T> Real<T> TANH_SOFTPLUS(Real<T> x) {
  Real<T> e = EXP(x), n = e * (e + 2);
  return x > 20 ? Real<T>(1) : n / (n + 2);
}
template <class T> Real<T> GELU_TANH_DERIVATIVE(Real<T> x, Real<T> t) {
  Real<T> inner = 0.79788456080286535588 * (1 + 3 * 0.044715 * x * x);
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;
}
template <class T> Real<T> FROM_ODDS(Real<T> odds) { return odds / (odds + 1); }
template <class T> Real<T> SILU_DERIVATIVE(Real<T> x, Real<T> s) { return s * (1 + x * (1 - s)); }
template <class T> Real<T> MISH_DERIVATIVE(Real<T> x, Real<T> t, Real<T> s) { return t + x * s * (1 - t * t); }
template <class T> Real<T> REMAINDER(Real<T> x, Real<T> y) {
  Real<T> m = FMOD(x, y);
  return m != 0 && (y < 0) != (m < 0) ? m + y : m;
}
template <class T> Real<T> FLOOR_DIVIDE(Real<T> x, Real<T> y) {
  Real<T> m = FMOD(x, y), q = (x - m) / y, d = x / y;
  if (y == 0) return d;
  if (m != 0 && (y < 0) != (m < 0)) q = q - 1;
  Real<T> f = FLOOR(q);
  if (q - f > 0.5) f = f + 1;
  return q == 0 ? COPYSIGN(Real<T>(0), d) : f;
}
template <class E> E CLAMP(E x, E low, E high) {
  if (low != low || high != high) return low + high;
  E t = x < low ? low : x;
  return t > high ? high : t;
}
