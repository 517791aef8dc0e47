// Elementary functions of vectors: own polynomials if they are faster, else Sleef's functions. float32 results are
// within 1 to 2 ULP. A lane's result does not depend on its neighbours.
#ifndef ST_VECTOR_MATH_H
#define ST_VECTOR_MATH_H

#include <math.h>
#include "sleef.h"
#include "special.h"
#include "vector.h"

ST_TARGET_BEGIN

// Computes y * 2^n for an integral n of at most a few hundred, rounded once. NaN stays NaN.
ST_INLINE vf v_scale(vf y, vf n) {
#if ST_ISA == ST_AVX512
  return (vf)_mm512_scalef_ps((__m512)y, (__m512)n);
#else
  vi k = (vi)((vu)v_bits(n + 12582912.0f) - 0x4B400000u);
  vi half = k >> 1;
  return y * (vf)((vu)(half + 127) << 23) * (vf)((vu)(k - half + 127) << 23);
#endif
}

// Computes exp(r) - 1 for |r| <= ln(2) / 2.
ST_INLINE vf v_exp_core(vf r) {
  vf p = v_fma((vf)1.9875691500e-4f, r, (vf)1.3981999507e-3f);
  p = v_fma(p, r, (vf)8.3334519073e-3f);
  p = v_fma(p, r, (vf)4.1665795894e-2f);
  p = v_fma(p, r, (vf)1.6666665459e-1f);
  p = v_fma(p, r, (vf)5.0000001201e-1f);
  return v_fma(p, r * r, r);
}

// Computes exp(x) for x between about -200 and 89.
ST_INLINE vf v_exp_bounded(vf x) {
  vf n = v_rint(x * 1.44269504f);
  vf r = v_fma(n, (vf)-0.693359375f, x);
  r = v_fma(n, (vf)2.12194440e-4f, r);
  return v_scale(v_exp_core(r) + 1.0f, n);
}

ST_OVERLOAD vf v_exp(vf x) {
  x = x > 89.0f ? (vf)89.0f : x;
  return v_exp_bounded(x < -104.0f ? (vf)-104.0f : x);
}

ST_OVERLOAD vf v_exp2(vf x) {
  x = x > 129.0f ? (vf)129.0f : x;
  x = x < -151.0f ? (vf)-151.0f : x;
  vf n = v_rint(x);
  vf r = (x - n) * 0.693147181f;
  return v_scale(v_exp_core(r) + 1.0f, n);
}

ST_OVERLOAD vf v_expm1(vf x) {
  vf t = x > 89.0f ? (vf)89.0f : x;
  t = t < -18.0f ? (vf)-18.0f : t;
  vf n = v_rint(t * 1.44269504f);
  vf r = v_fma(n, (vf)-0.693359375f, t);
  r = v_fma(n, (vf)2.12194440e-4f, r);
  vf q = v_exp_core(r);
  // Half of 2^n, because 2^n would overflow at n = 128.
  vf h = v_scale((vf)0.5f, n);
  vf y = 2.0f * v_fma(h, q, h - 0.5f);
  return x == 0 ? x : y;
}

// Computes exp(a) / 2 for a >= 0. It overflows a little later than exp(a).
ST_INLINE vf v_half_exp(vf a) {
  a = a > 90.0f ? (vf)90.0f : a;
  vf n = v_rint(a * 1.44269504f);
  vf r = v_fma(n, (vf)-0.693359375f, a);
  r = v_fma(n, (vf)2.12194440e-4f, r);
  return v_scale(v_exp_core(r) + 1.0f, n - 1.0f);
}

ST_OVERLOAD vf v_cosh(vf x) {
  vf h = v_half_exp(v_abs(x));
  return h + 0.25f / h;
}

ST_OVERLOAD vf v_sinh(vf x) {
  vf a = v_abs(x), h = v_half_exp(a), z = x * x;
  vf p = v_fma((vf)2.03721912945e-4f, z, (vf)8.33028376239e-3f);
  p = v_fma(p, z, (vf)1.66667160211e-1f);
  vf near = v_fma(p * z, x, x);
  return a <= 1.0f ? near : v_copysign(h - 0.25f / h, x);
}

// Computes log(2^k (1 + f)) for sqrt(1/2) <= 1 + f < sqrt(2).
ST_INLINE vf v_log_core(vf f, vf k) {
  vf z = f * f;
  vf p = v_fma((vf)7.0376836292e-2f, f, (vf)-1.1514610310e-1f);
  p = v_fma(p, f, (vf)1.1676998740e-1f);
  p = v_fma(p, f, (vf)-1.2420140846e-1f);
  p = v_fma(p, f, (vf)1.4249322787e-1f);
  p = v_fma(p, f, (vf)-1.6668057665e-1f);
  p = v_fma(p, f, (vf)2.0000714765e-1f);
  p = v_fma(p, f, (vf)-2.4999993993e-1f);
  p = v_fma(p, f, (vf)3.3333331174e-1f);
  vf y = p * f * z;
  y = v_fma(k, (vf)-2.12194440e-4f, y);
  y = v_fma((vf)-0.5f, z, y);
  return v_fma(k, (vf)0.693359375f, f + y);
}

// Splits a positive normal x into 2^k m with m near 1. Returns m and writes k.
ST_INLINE vf v_split(vf x, vi *k) {
  vi bits = v_bits(x) + (0x3f800000 - 0x3f3504f3);
  *k = (bits >> 23) - 127;
  return v_from_bits((bits & 0x007fffff) + 0x3f3504f3);
}

ST_INLINE vf v_log_special(vf x, vf y) {
  y = x == 0 ? (vf)-INFINITY : y;
  y = x < 0 ? (vf)NAN : y;
  return ((x == INFINITY) | (x != x)) ? x : y;
}

ST_OVERLOAD vf v_log(vf x) {
  vi k, small = x < 1.17549435e-38f;
  vf m = v_split(small ? x * 8388608.0f : x, &k);
  k = small ? k - 23 : k;
  return v_log_special(x, v_log_core(m - 1.0f, __builtin_convertvector(k, vf)));
}

ST_OVERLOAD vf v_log1p(vf x) {
  vf u = x + 1.0f;
  vf lost = x < 1.0f ? x - (u - 1.0f) : 1.0f - (u - x);
  vi k;
  vf m = v_split(u, &k);
  vi scale = k < 127 ? 127 - k : 0;
  vf f = v_fma(lost, v_from_bits(scale << 23), m - 1.0f);
  vf y = v_log_special(u, v_log_core(f, __builtin_convertvector(k, vf)));
  return x == 0 ? x : y;
}

// Computes sin(x + quarter * pi / 2). Beyond 125 Sleef is used, which then always reduces x to the last bit. For
// smaller x its result would depend on the other lanes.
ST_INLINE vf v_sin_quarter(vf x, vi quarter) {
  vf t = v_fma(x, (vf)0.636619772f, (vf)12582912.0f), n = t - 12582912.0f;
  vf r = v_fma(n, (vf)-0x1.921fb6p0f, x);
  r = v_fma(n, (vf)0x1.777a5cp-25f, r);
  r = v_fma(n, (vf)0x1.ee59dap-50f, r);
  vi k = (vi)((vu)v_bits(t) + (vu)quarter);
  vf z = r * r;
  vf s = v_fma((vf)-1.9515295891e-4f, z, (vf)8.3321608736e-3f);
  s = v_fma(s, z, (vf)-1.6666654611e-1f);
  s = v_fma(s * z, r, r);
  vf c = v_fma((vf)2.443315711809948e-5f, z, (vf)-1.388731625493765e-3f);
  c = v_fma(c, z, (vf)4.166664568298827e-2f);
  c = v_fma(c * z, z, v_fma((vf)-0.5f, z, (vf)1.0f));
  vf y = (k & 1) != 0 ? c : s;
  return (vf)((vu)v_bits(y) ^ ((vu)(k & 2) << 30));
}

ST_OVERLOAD vf v_sin(vf x) {
  vf y = v_sin_quarter(x, 0);
  y = x == 0 ? x : y;
  vi far = ~(v_abs(x) <= 125.0f);
  if (__builtin_expect(__builtin_reduce_or(far) != 0, 0)) y = far ? v_sin_far(x) : y;
  return y;
}

ST_OVERLOAD vf v_cos(vf x) {
  vf y = v_sin_quarter(x, 1);
  vi far = ~(v_abs(x) <= 125.0f);
  if (__builtin_expect(__builtin_reduce_or(far) != 0, 0)) y = far ? v_cos_far(x) : y;
  return y;
}

// Sleef reduces all angles of a vector in the way that the largest one needs. Here each lane is grouped with angles of
// its own size.
#define BY_SIZE(V, I, ours, alike, near_limit, far_limit)                               \
  ST_OVERLOAD V ours(V x) {                                                             \
    V a = v_abs(x);                                                                     \
    I near = a < (V)near_limit, middle = ~near & (a < (V)far_limit), far = ~(near | middle); \
    if (__builtin_expect(__builtin_reduce_and(near) != 0, 1)) return alike(x);          \
    V y = alike(near ? x : (V)0);                                                       \
    if (__builtin_reduce_or(middle)) y = middle ? alike(middle ? x : (V)near_limit) : y; \
    if (__builtin_reduce_or(far)) y = far ? alike(far ? x : (V)far_limit) : y;          \
    return y;                                                                           \
  }
BY_SIZE(vd, vl, v_sin, v_sin_alike, 15.0, 1e14)
BY_SIZE(vd, vl, v_cos, v_cos_alike, 15.0, 1e14)
BY_SIZE(vd, vl, v_tan, v_tan_alike, 15.0, 1e14)
BY_SIZE(vf, vi, v_tan, v_tan_alike, 125.0f, 39000.0f)

ST_OVERLOAD vf v_tanh(vf x) {
  vf a = v_abs(x), z = x * x;
  vf p = v_fma((vf)-5.70498872745e-3f, z, (vf)2.06390887954e-2f);
  p = v_fma(p, z, (vf)-5.37397155531e-2f);
  p = v_fma(p, z, (vf)1.33314422036e-1f);
  p = v_fma(p, z, (vf)-3.33332819422e-1f);
  vf near = v_fma(p * z, x, x);
  vf far = 1.0f - 2.0f / (v_exp(a + a) + 1.0f);
  return v_copysign(a < 0.625f ? near : far, x);
}

// After N. Juffa: 1 - exp(polynomial) if |x| is above 475/512, else an odd polynomial.
ST_OVERLOAD vf v_erf(vf x) {
  vf t = v_abs(x), s = x * x;
  vf r = v_fma((vf)-1.72853470e-5f, t, (vf)3.83197126e-4f);
  vf u = v_fma((vf)-3.88396438e-3f, t, (vf)2.42546219e-2f);
  r = v_fma(r, s, u);
  r = v_fma(r, t, (vf)-1.06777877e-1f);
  r = v_fma(r, t, (vf)-6.34846687e-1f);
  r = v_fma(r, t, (vf)-1.28717512e-1f);
  r = v_fma(r, t, -t);
  // Above 4 the result rounds to 1, and the polynomial would be wrong. Below, the exponential needs no limits.
  vf n = v_rint(r * 1.44269504f);
  vf e = v_fma(n, (vf)2.12194440e-4f, v_fma(n, (vf)-0.693359375f, r));
  r = t > 4.0f ? (vf)1.0f : 1.0f - v_scale(v_exp_core(e) + 1.0f, n);
  vf p = v_fma((vf)-5.96761703e-4f, s, (vf)4.99119423e-3f);
  p = v_fma(p, s, (vf)-2.67681349e-2f);
  p = v_fma(p, s, (vf)1.12819925e-1f);
  p = v_fma(p, s, (vf)-3.76125336e-1f);
  p = v_fma(p, s, (vf)1.28379166e-1f);
  p = v_fma(p, x, x);
  return t > 0.927734375f ? v_copysign(r, x) : p;
}

// The upper tail of the normal distribution for t >= 0: the exponential of a polynomial that approximates log(phi(-t))
// (t times its error is at most 1e-8) and keeps falling. t is limited to 11, where the result is 0.
ST_INLINE vf v_upper_tail(vf t) {
  t = 11.0f < t ? (vf)11.0f : t;
  vf p = v_fma((vf)-1.38068356e-6f, t, (vf)2.02898664e-5f);
  p = v_fma(p, t, (vf)-9.57157972e-5f);
  p = v_fma(p, t, (vf)-1.75667912e-4f);
  p = v_fma(p, t, (vf)5.00201900e-3f);
  p = v_fma(p, t, (vf)-3.64616551e-2f);
  p = v_fma(p, t, (vf)-3.18273932e-1f);
  p = v_fma(p, t, (vf)-7.97888458e-1f);
  p = v_fma(p, t, (vf)-6.93147123e-1f);
  return v_exp_bounded(p);
}

// The normal distribution's cumulative distribution function.
ST_OVERLOAD vf v_phi(vf x) {
  vf tail = v_upper_tail(v_abs(x));
  return x < 0 ? tail : 1.0f - tail;
}

ST_OVERLOAD vd v_phi(vd x) { return 0.5 * (1.0 + v_erf(x * 0.70710678118654752440)); }

// Far out the tail is 0. Multiplied by an infinity it gives NaN, as PyTorch does for negative infinity.
ST_OVERLOAD vf v_gelu(vf x) {
  vf t = v_abs(x);
  return v_fma(-(11.0f < x ? (vf)11.0f : t), v_upper_tail(t), x < 0 ? (vf)-0.0f : x);
}

ST_OVERLOAD vd v_gelu(vd x) { return x * v_phi(x); }

// Sleef's function loses the smallest numbers and overflows near the largest.
ST_OVERLOAD vd v_log1p(vd x) {
  vd y = v_abs(x) < 1e-290 ? x : v_log1p_between(x);
  vl far = x > 1e300;
  if (__builtin_expect(__builtin_reduce_or(far) != 0, 0)) y = far ? v_log(x) : y;
  return y;
}

// Defines a float function through the double one.
#define THROUGH_DOUBLE(name) \
  ST_OVERLOAD vf name(vf x) { return v_narrow(name(v_low(x)), name(v_high(x))); }

// Beyond 1e100 the 1 under the root is lost, and the square would overflow.
ST_OVERLOAD vd v_asinh(vd x) {
  vd a = v_abs(x), s = a * a;
  vd y = a > 1e100 ? v_log(a) + 0.693147180559945309417 : v_log1p(a + s / (1.0 + v_sqrt(s + 1.0)));
  return v_copysign(y, x);
}
THROUGH_DOUBLE(v_asinh)

ST_OVERLOAD vd v_acosh(vd x) {
  vd t = x - 1.0;
  vd y = x > 1e100 ? v_log(x) + 0.693147180559945309417 : v_log1p(t + v_sqrt(t * (t + 2.0)));
  return x < 1.0 ? (vd)NAN : y;
}
THROUGH_DOUBLE(v_acosh)

ST_OVERLOAD vd v_digamma(vd x) {
  vl negative = x < 0;
  vd t = negative ? 1.0 - x : x;
  vd sum = 0;
  // Arguments up to 10 use the recurrence. The asymptotic series is exact enough above.
  for (int k = 0; k < 10; k++) {
    vl low = t < 10.0;
    sum = low ? sum - 1.0 / t : sum;
    t = low ? t + 1.0 : t;
  }
  vd z = 1.0 / (t * t);
  vd p = v_fma((vd)8.33333333333333333333e-2, z, (vd)-2.10927960927960927961e-2);
  p = v_fma(p, z, (vd)7.57575757575757575758e-3);
  p = v_fma(p, z, (vd)-4.16666666666666666667e-3);
  p = v_fma(p, z, (vd)3.96825396825396825397e-3);
  p = v_fma(p, z, (vd)-8.33333333333333333333e-3);
  p = v_fma(p, z, (vd)8.33333333333333333333e-2);
  vd y = sum + v_log(t) - 0.5 / t - p * z;
  if (__builtin_reduce_or(negative)) {
    vd reflected = y - 3.14159265358979323846 / v_tan(3.14159265358979323846 * (x - v_trunc(x)));
    y = negative ? (x == v_trunc(x) ? (vd)NAN : reflected) : y;
  }
  return x == 0 ? v_copysign((vd)INFINITY, -x) : y;
}
THROUGH_DOUBLE(v_digamma)

// Chebyshev series of exp(-x) I0(x) on [0, 8] and exp(-x) sqrt(x) I0(x) for larger x (Cephes).
static const double i0_near[30] = {
    -4.41534164647933937950E-18, 3.33079451882223809783E-17, -2.43127984654795469359E-16, 1.71539128555513303061E-15,
    -1.16853328779934516808E-14, 7.67618549860493561688E-14, -4.85644678311192946090E-13, 2.95505266312963983461E-12,
    -1.72682629144155570723E-11, 9.67580903537323691224E-11, -5.18979560163526290666E-10, 2.65982372468238665035E-9,
    -1.30002500998624804212E-8,  6.04699502254191894932E-8,  -2.67079385394061173391E-7,  1.11738753912010371815E-6,
    -4.41673835845875056359E-6,  1.64484480707288970893E-5,  -5.75419501008210370398E-5,  1.88502885095841655729E-4,
    -5.76375574538582365885E-4,  1.63947561694133579842E-3,  -4.32430999505057594430E-3,  1.05464603945949983183E-2,
    -2.37374148058994688156E-2,  4.93052842396707084878E-2,  -9.49010970480476444210E-2,  1.71620901522208775349E-1,
    -3.04682672343198398683E-1,  6.76795274409476084995E-1};
static const double i0_far[25] = {
    -7.23318048787475395456E-18, -4.83050448594418207126E-18, 4.46562142029675999901E-17,  3.46122286769746109310E-17,
    -2.82762398051658348494E-16, -3.42548561967721913462E-16, 1.77256013305652638360E-15,  3.81168066935262242075E-15,
    -9.55484669882830764870E-15, -4.15056934728722208663E-14, 1.54008621752140982691E-14,  3.85277838274214270114E-13,
    7.18012445138366623367E-13,  -1.79417853150680611778E-12, -1.32158118404477131188E-11, -3.14991652796324136454E-11,
    1.18891471078464383424E-11,  4.94060238822496958910E-10,  3.39623202570838634515E-9,   2.26666899049817806459E-8,
    2.04891858946906374183E-7,   2.89137052083475648297E-6,   6.88975834691682398426E-5,   3.36911647825569408990E-3,
    8.04490411014108831608E-1};

ST_INLINE vd v_chebyshev(vd x, const double *c, int n) {
  vd b0 = c[0], b1 = 0, b2 = 0;
  for (int i = 1; i < n; i++) {
    b2 = b1;
    b1 = b0;
    b0 = x * b1 - b2 + c[i];
  }
  return 0.5 * (b0 - b2);
}

ST_OVERLOAD vd v_i0e_terms(vd x, int skip_near, int skip_far) {
  x = v_abs(x);
  vl far = x > 8.0;
  vd y = v_chebyshev(x * 0.5 - 2.0, i0_near + skip_near, 30 - skip_near);
  if (__builtin_reduce_or(far)) y = far ? v_chebyshev(32.0 / x - 2.0, i0_far + skip_far, 25 - skip_far) / v_sqrt(x) : y;
  return y;
}
ST_OVERLOAD vd v_i0e(vd x) { return v_i0e_terms(x, 0, 0); }
ST_OVERLOAD vd v_i0(vd x) { return v_exp(v_abs(x)) * v_i0e(x); }
// A float's precision does not need the smallest terms.
ST_OVERLOAD vf v_i0e(vf x) { return v_narrow(v_i0e_terms(v_low(x), 12, 18), v_i0e_terms(v_high(x), 12, 18)); }
ST_OVERLOAD vd v_i0_of_float(vd x) { return v_exp(v_abs(x)) * v_i0e_terms(x, 12, 18); }
ST_OVERLOAD vf v_i0(vf x) { return v_narrow(v_i0_of_float(v_low(x)), v_i0_of_float(v_high(x))); }

// Functions that are computed lane by lane, in double.
#define BY_LANES(ours, function)                                                    \
  ST_OVERLOAD vd ours(vd x) {                                                       \
    vd y;                                                                           \
    st_each(function, ST_DOUBLES, (double *)&y, (const double *)&x);                \
    return y;                                                                       \
  }                                                                                 \
  THROUGH_DOUBLE(ours)
#define BY_LANES_OF_TWO(ours, function)                                                       \
  ST_OVERLOAD vd ours(vd x, vd y) {                                                           \
    vd z;                                                                                     \
    st_each_pair(function, ST_DOUBLES, (double *)&z, (const double *)&x, (const double *)&y);  \
    return z;                                                                                 \
  }                                                                                           \
  ST_OVERLOAD vf ours(vf x, vf y) { return v_narrow(ours(v_low(x), v_low(y)), ours(v_high(x), v_high(y))); }

BY_LANES(v_bessel_j0, st_bessel_j0)
BY_LANES(v_bessel_j1, st_bessel_j1)
BY_LANES(v_bessel_y0, st_bessel_y0)
BY_LANES(v_bessel_y1, st_bessel_y1)
BY_LANES(v_i1, st_bessel_i1)
BY_LANES(v_i1e, st_bessel_i1e)
BY_LANES(v_bessel_k0, st_bessel_k0)
BY_LANES(v_bessel_k0e, st_bessel_k0e)
BY_LANES(v_bessel_k1, st_bessel_k1)
BY_LANES(v_bessel_k1e, st_bessel_k1e)
BY_LANES(v_airy_ai, st_airy_ai)
BY_LANES(v_erfcx, st_erfcx)
BY_LANES(v_ndtri, st_ndtri)
// Computes log(erfc(-t) / 2). As in PyTorch, the float version computes in float.
#define LOG_NDTR_OF(V)                                                                                          \
  ST_OVERLOAD V v_log_ndtr(V t) {                                                                               \
    return t < -0.70710678118654752440f ? v_fma(-t, t, v_log(v_erfcx(-t) * 0.5f)) : v_log1p(v_erfc(t) * -0.5f); \
  }
LOG_NDTR_OF(vf)
LOG_NDTR_OF(vd)
BY_LANES(v_mantissa, st_mantissa)
BY_LANES(v_exponent, st_exponent)
BY_LANES_OF_TWO(v_zeta, st_zeta)
BY_LANES_OF_TWO(v_polygamma, st_polygamma)
BY_LANES_OF_TWO(v_igamma, st_igamma)
BY_LANES_OF_TWO(v_igammac, st_igammac)
BY_LANES_OF_TWO(v_standard_gamma_grad, st_standard_gamma_grad)
ST_OVERLOAD vd v_dirichlet_grad(vd x, vd y, vd z) {
  vd w;
  st_each_triple(
      st_dirichlet_grad, ST_DOUBLES, (double *)&w, (const double *)&x, (const double *)&y, (const double *)&z);
  return w;
}
ST_OVERLOAD vf v_dirichlet_grad(vf x, vf y, vf z) {
  return v_narrow(
      v_dirichlet_grad(v_low(x), v_low(y), v_low(z)), v_dirichlet_grad(v_high(x), v_high(y), v_high(z)));
}
BY_LANES_OF_TWO(v_chebyshev_t, st_chebyshev_t)
BY_LANES_OF_TWO(v_chebyshev_u, st_chebyshev_u)
BY_LANES_OF_TWO(v_chebyshev_v, st_chebyshev_v)
BY_LANES_OF_TWO(v_chebyshev_w, st_chebyshev_w)
BY_LANES_OF_TWO(v_hermite_h, st_hermite_h)
BY_LANES_OF_TWO(v_hermite_he, st_hermite_he)
BY_LANES_OF_TWO(v_laguerre, st_laguerre)
BY_LANES_OF_TWO(v_legendre, st_legendre)

// A rational approximation and two steps of Newton's method. In the tail the steps use erfc, because erf has no digits
// left there.
ST_OVERLOAD vd v_erfinv(vd y) {
  vd a = v_abs(y), z = y * y;
  vd num = ((-0.140543331 * z + 0.914624893) * z - 1.645349621) * z + 0.886226899;
  vd den = (((0.012229801 * z - 0.329097515) * z + 1.442710462) * z - 2.118377725) * z + 1.0;
  vd near = a * num / den;
  for (int k = 0; k < 2; k++) near = near - (v_erf(near) - a) / (1.12837916709551257390 * v_exp(-near * near));
  vl far = a > 0.7;
  vd x = near;
  if (__builtin_reduce_or(far)) {
    z = v_sqrt(-v_log((1.0 - a) * 0.5));
    num = ((1.641345311 * z + 3.429567803) * z - 1.624906493) * z - 1.970840454;
    den = (1.637067800 * z + 3.543889200) * z + 1.0;
    vd t = num / den;
    for (int k = 0; k < 2; k++) t = t + (v_erfc(t) - (1.0 - a)) / (1.12837916709551257390 * v_exp(-t * t));
    x = far ? t : x;
  }
  x = a == 1.0 ? (vd)INFINITY : x;
  return v_copysign(a > 1.0 ? (vd)NAN : x, y);
}

// After N. Juffa: polynomials in log(1 - y^2).
ST_OVERLOAD vf v_erfinv(vf y) {
  vf t = v_log(v_fma(-y, y, (vf)1.0f));
  vf p = v_fma((vf)3.03697567e-10f, t, (vf)2.93243101e-8f);
  p = v_fma(p, t, (vf)1.22150334e-6f);
  p = v_fma(p, t, (vf)2.84108955e-5f);
  p = v_fma(p, t, (vf)3.93552968e-4f);
  p = v_fma(p, t, (vf)3.02698812e-3f);
  p = v_fma(p, t, (vf)4.83185798e-3f);
  p = v_fma(p, t, (vf)-2.64646143e-1f);
  p = v_fma(p, t, (vf)8.40016484e-1f);
  vf q = v_fma((vf)5.43877832e-9f, t, (vf)1.43286059e-7f);
  q = v_fma(q, t, (vf)1.22775396e-6f);
  q = v_fma(q, t, (vf)1.12962631e-7f);
  q = v_fma(q, t, (vf)-5.61531961e-5f);
  q = v_fma(q, t, (vf)-1.47697705e-4f);
  q = v_fma(q, t, (vf)2.31468701e-3f);
  q = v_fma(q, t, (vf)1.15392562e-2f);
  q = v_fma(q, t, (vf)-2.32015476e-1f);
  q = v_fma(q, t, (vf)8.86226892e-1f);
  vf x = (t < -6.125f ? p : q) * y;
  x = v_abs(y) == 1.0f ? v_copysign((vf)INFINITY, y) : x;
  return v_abs(y) > 1.0f ? (vf)NAN : x;
}

// Computes tanh(log(1 + exp(x))) with one exponential.
#define TANH_SOFTPLUS_OF(V)                         \
  ST_OVERLOAD V v_tanh_softplus(V x) {              \
    V e = v_exp(x), n = e * (e + 2.0f);             \
    return x > 20.0f ? (V)1.0f : n / (n + 2.0f);    \
  }
TANH_SOFTPLUS_OF(vf)
TANH_SOFTPLUS_OF(vd)

// Computes |x|^y of floats in double, as exp2(y log2|x|). The error is far below a float's last place. The caller
// handles lanes with 0, infinity and NaN.
ST_INLINE vd v_pow_terms(vd x, vd y) {
  vl bits = v_bits(x) + (0x3ff0000000000000 - 0x3fe6a09e667f3bcd);
  vl k = bits >> 52;
  vd m = v_from_bits((bits & 0x000fffffffffffff) + 0x3fe6a09e667f3bcd);
  // log2(m) = 2 atanh(s) / ln(2), |s| < 0.1716.
  vd s = (m - 1.0) / (m + 1.0), z = s * s;
  vd p = v_fma((vd)0.22195308321368667, z, (vd)0.26230818925253880);
  p = v_fma(p, z, (vd)0.32059889797532520);
  p = v_fma(p, z, (vd)0.41219858311113240);
  p = v_fma(p, z, (vd)0.57707801635558535);
  p = v_fma(p, z, (vd)0.96179669392597560);
  p = v_fma(p, z, (vd)2.88539008177792681);
  // Converts the integer exponent to double with the bits of 2^52 + 2^51.
  vd whole = v_from_bits((k - 1023) + 0x4338000000000000) - 0x1.8p52;
  vd t = y * v_fma(p, s, whole);
  t = t > 1000.0 ? (vd)1000.0 : t;
  t = t < -1000.0 ? (vd)-1000.0 : t;
  vd shifted = t + 0x1.8p52, r = (t - (shifted - 0x1.8p52)) * 0.693147180559945309417;
  vd e = v_fma((vd)2.4801587301587302e-5, r, (vd)1.9841269841269841e-4);
  e = v_fma(e, r, (vd)1.3888888888888889e-3);
  e = v_fma(e, r, (vd)8.3333333333333333e-3);
  e = v_fma(e, r, (vd)4.1666666666666667e-2);
  e = v_fma(e, r, (vd)1.6666666666666667e-1);
  e = v_fma(e, r, (vd)0.5);
  e = v_fma(e * r, r, r + 1.0);
  return e * v_from_bits((v_bits(shifted) - 0x4338000000000000 + 1023) << 52);
}

// Sleef's function overflows at the largest number.
ST_OVERLOAD vd v_pow(vd x, vd y) { return y == 1.0 ? x : v_pow_below(x, y); }

ST_OVERLOAD vf v_pow(vf x, vf y) {
  vf a = v_abs(x);
  vi special = (a == 0) | ~(a < INFINITY) | ~(v_abs(y) < INFINITY);
  vf safe = special ? (vf)1.0f : a, power = special ? (vf)0.0f : y;
  vf r = v_narrow(v_pow_terms(v_low(safe), v_low(power)), v_pow_terms(v_high(safe), v_high(power)));
  if (__builtin_reduce_or(special | (x < 0))) {
    vf t = v_trunc(y), half = y * 0.5f;
    vi integral = t == y, odd = integral & (v_trunc(half) != half);
    r = ((x < 0) & ~special) ? (integral ? (odd ? -r : r) : (vf)NAN) : r;
    if (__builtin_reduce_or(special)) {
      for (int i = 0; i < ST_FLOATS; i++) {
        if (special[i]) r[i] = powf(x[i], y[i]);
      }
    }
  }
  return r;
}

#define COMPOSED_OF(V)                                                                               \
  ST_OVERLOAD V v_clamp(V x, V low, V high) {                                                        \
    V t = x < low ? low : x;                                                                         \
    t = t > high ? high : t;                                                                         \
    return ((low != low) | (high != high)) ? low + high : t;                                         \
  }                                                                                                  \
  ST_OVERLOAD V v_gelu_tanh_derivative(V x, V t) {                                                   \
    V inner = 0.79788456080286535588 * (1 + 3 * 0.044715 * x * x);                                   \
    return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * inner;                                            \
  }                                                                                                  \
  ST_OVERLOAD V v_from_odds(V odds) { return odds / (odds + 1); }                                    \
  ST_OVERLOAD V v_silu_derivative(V x, V s) { return s * (1 + x * (1 - s)); }                        \
  ST_OVERLOAD V v_mish_derivative(V x, V t, V s) { return t + x * s * (1 - t * t); }
COMPOSED_OF(vf)
COMPOSED_OF(vd)

// The remainder is exact. The C library computes it, lane by lane.
ST_OVERLOAD vd v_fmod(vd x, vd y) {
  vd r;
  for (int i = 0; i < ST_DOUBLES; i++) r[i] = fmod(x[i], y[i]);
  return r;
}

// A quotient below 2^29 times a float is exact in double, and the quotient is at most one too large. `wide` gets the
// lanes with larger quotients.
ST_INLINE vd v_fmod_floats(vd x, vd y, vl *wide) {
  vd a = v_abs(x), b = v_abs(y), q = v_trunc(a / b);
  *wide |= ~(q < 536870912.0);
  vd r = a - q * b;
  r = r < 0 ? r + b : r;
  r = q == 0 ? a : r;
  return v_copysign(r, x);
}

ST_OVERLOAD vf v_fmod(vf x, vf y) {
  vl wide = 0;
  vd low = v_fmod_floats(v_low(x), v_low(y), &wide), high = v_fmod_floats(v_high(x), v_high(y), &wide);
  vf r = v_narrow(low, high);
  if (__builtin_expect(__builtin_reduce_or(wide) != 0, 0)) {
    for (int i = 0; i < ST_FLOATS; i++) r[i] = fmodf(x[i], y[i]);
  }
  return r;
}

#define DIVISIONS_OF(V)                                                          \
  ST_OVERLOAD V v_remainder(V x, V y) {                                          \
    V m = v_fmod(x, y);                                                          \
    return ((m != 0) & ((y < 0) != (m < 0))) ? m + y : m;                          \
  }                                                                              \
  ST_OVERLOAD V v_floor_divide(V x, V y) {                                       \
    V m = v_fmod(x, y), q = (x - m) / y, d = x / y;                              \
    q = ((m != 0) & ((y < 0) != (m < 0))) ? q - 1.0f : q;                          \
    V f = v_floor(q);                                                            \
    f = q - f > 0.5f ? f + 1.0f : f;                                             \
    f = q == 0 ? v_copysign((V)0, d) : f;                                        \
    return y == 0 ? d : f;                                                       \
  }
DIVISIONS_OF(vf)
DIVISIONS_OF(vd)

// Returns the neighbour of x towards y: one step of the bits, which order like the numbers if the sign is the same.
#define NEXTAFTER_OF(V, I, one)                                                  \
  ST_OVERLOAD V v_nextafter(V x, V y) {                                          \
    I bits = v_bits(x), away = (v_abs(y) > v_abs(x)) & ((x < 0) == (y < 0));     \
    V next = v_from_bits(away ? bits + one : bits - one);                        \
    next = x == 0 ? v_copysign(v_from_bits((I)one), y) : next;                   \
    next = x == y ? y : next;                                                    \
    return ((x != x) | (y != y)) ? x + y : next;                                   \
  }
NEXTAFTER_OF(vf, vi, 1)
NEXTAFTER_OF(vd, vl, 1)

ST_TARGET_END

#endif
