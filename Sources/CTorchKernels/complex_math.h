// Functions of single complex numbers, with the names that formulas.inc's macros have for vectors of real numbers.
#ifndef ST_COMPLEX_MATH_H
#define ST_COMPLEX_MATH_H

#include <complex.h>
#include <math.h>

#include "vector.h"

ST_TARGET_BEGIN

// C is the complex type, R the type of its parts, f the suffix of the libm functions for it.
#define DEFINE_FOR(C, R, f)                                                                          \
  ST_OVERLOAD C v_complex(R re, R im) {                                                              \
    C z;                                                                                             \
    __real__ z = re;                                                                                 \
    __imag__ z = im;                                                                                 \
    return z;                                                                                        \
  }                                                                                                  \
  /* C's own operator repairs products of infinities. PyTorch does not. */                           \
  ST_OVERLOAD C v_times(C x, C y) {                                                                  \
    R a = __real__ x, b = __imag__ x, c = __real__ y, d = __imag__ y;                                \
    return v_complex(a * c - b * d, a * d + b * c);                                                  \
  }                                                                                                  \
  /* Smith's quotient, as in PyTorch: no overflow in between, no repair of infinities. */              \
  ST_OVERLOAD C v_over(C x, C y) {                                                                   \
    R a = __real__ x, b = __imag__ x, c = __real__ y, d = __imag__ y;                                \
    bool flat = fabs##f(c) >= fabs##f(d), zero = c == 0 && d == 0;                                   \
    R long_side = flat ? c : d, short_side = flat ? d : c, ratio = short_side / long_side;           \
    R scale = 1 / (long_side + short_side * ratio);                                                  \
    R re = (flat ? a + b * ratio : a * ratio + b) * scale;                                           \
    R im = (flat ? b - a * ratio : b * ratio - a) * scale;                                           \
    return v_complex(zero ? a / fabs##f(c) : re, zero ? b / fabs##f(d) : im);                        \
  }                                                                                                  \
  ST_OVERLOAD C v_reciprocal(C x) { return v_over((C)1, x); }                                        \
  ST_OVERLOAD C v_conjugate(C x) { return v_complex(__real__ x, -__imag__ x); }                      \
  ST_OVERLOAD R v_abs(C x) { return hypot##f(__real__ x, __imag__ x); }                              \
  ST_OVERLOAD R v_angle(C x) { return atan2##f(__imag__ x, __real__ x); }                            \
  ST_OVERLOAD C v_sgn(C x) {                                                                         \
    R magnitude = v_abs(x);                                                                          \
    return magnitude == 0 ? 0 : v_complex(__real__ x / magnitude, __imag__ x / magnitude);           \
  }                                                                                                  \
  ST_OVERLOAD bool v_isinf(C x) { return isinf(__real__ x) || isinf(__imag__ x); }                   \
  ST_OVERLOAD bool v_isfinite(C x) { return isfinite(__real__ x) && isfinite(__imag__ x); }          \
  ST_OVERLOAD C v_sqrt(C x) { return csqrt##f(x); }                                                  \
  ST_OVERLOAD C v_exp(C x) { return cexp##f(x); }                                                    \
  ST_OVERLOAD C v_log(C x) { return clog##f(x); }                                                    \
  ST_OVERLOAD C v_expm1(C x) {                                                                       \
    R re = __real__ x, im = __imag__ x, half = sin##f(im / 2);                                       \
    return v_complex(expm1##f(re) * cos##f(im) - 2 * half * half, exp##f(re) * sin##f(im));          \
  }                                                                                                  \
  ST_OVERLOAD C v_log1p(C x) {                                                                       \
    R re = __real__ x, im = __imag__ x, angle = atan2##f(im, re + 1);                                \
    if (!(v_abs(x) < (R)0.5)) return v_complex(log##f(hypot##f(re + 1, im)), angle);                 \
    R r = re * (2 + re) + im * im;                                                                   \
    return v_complex(r == 0 ? re : log1p##f(r) / 2, angle);                                          \
  }                                                                                                  \
  ST_OVERLOAD C v_sin(C x) { return csin##f(x); }                                                    \
  ST_OVERLOAD C v_cos(C x) { return ccos##f(x); }                                                    \
  ST_OVERLOAD C v_tan(C x) { return ctan##f(x); }                                                    \
  ST_OVERLOAD C v_asin(C x) { return casin##f(x); }                                                  \
  ST_OVERLOAD C v_acos(C x) { return cacos##f(x); }                                                  \
  ST_OVERLOAD C v_atan(C x) { return catan##f(x); }                                                  \
  ST_OVERLOAD C v_sinh(C x) { return csinh##f(x); }                                                  \
  ST_OVERLOAD C v_cosh(C x) { return ccosh##f(x); }                                                  \
  ST_OVERLOAD C v_tanh(C x) { return ctanh##f(x); }                                                  \
  ST_OVERLOAD C v_asinh(C x) { return casinh##f(x); }                                                \
  ST_OVERLOAD C v_acosh(C x) { return cacosh##f(x); }                                                \
  ST_OVERLOAD C v_atanh(C x) { return catanh##f(x); }                                                \
  /* Computes log(exp(x) + exp(y)) without overflow. */                                              \
  ST_OVERLOAD C v_logaddexp(C x, C y) {                                                              \
    bool less = __real__ x < __real__ y;                                                             \
    C low = less ? x : y, high = less ? y : x;                                                       \
    if (x != x || y != y) return v_complex((R)NAN, (R)NAN);                                          \
    if (isinf(__real__ low) && __real__ low == __real__ high) {                                      \
      return __real__ low < 0 ? low : v_log(v_exp(low) + v_exp(high));                               \
    }                                                                                                \
    return high + v_log1p(v_exp(low - high));                                                        \
  }                                                                                                  \
  ST_OVERLOAD C v_pow(C x, C y) { return cpow##f(x, y); }
DEFINE_FOR(float _Complex, float, f)
DEFINE_FOR(double _Complex, double, )
#undef DEFINE_FOR

ST_TARGET_END

#endif
