// Complex numbers with the function names of formulas.inc. Quotients and products treat infinities as PyTorch does
// (complex_math.h). Inverse functions follow W. Kahan, "Branch cuts for complex elementary functions" (1987). Infinities
// and NaN give what C's annex G says, as the C library does on the CPU.
template <class T>
struct Complex {
  T re, im;
  Complex() = default;
  Complex(T re, T im) : re(re), im(im) {}
  Complex(double x) : re((T)x), im(0) {}
  Complex(int x) : re((T)x), im(0) {}
  friend Complex operator-(Complex a) { return Complex(-a.re, -a.im); }
  friend Complex operator+(Complex a, Complex b) { return Complex(a.re + b.re, a.im + b.im); }
  friend Complex operator-(Complex a, Complex b) { return Complex(a.re - b.re, a.im - b.im); }
  // Multiplication by a constant.
  friend Complex operator*(Complex a, double b) { return Complex(a.re * (T)b, a.im * (T)b); }
  friend bool operator==(Complex a, Complex b) { return a.re == b.re && a.im == b.im; }
  friend bool operator!=(Complex a, Complex b) { return !(a == b); }
};

template <class T> Complex<T> TIMES(Complex<T> x, Complex<T> y) {
  return Complex<T>(x.re * y.re - x.im * y.im, x.re * y.im + x.im * y.re);
}
template <class T> Complex<T> OVER(Complex<T> x, Complex<T> y) {
  bool flat = fabs(y.re) >= fabs(y.im);
  if (y.re == 0 && y.im == 0) return Complex<T>(x.re / fabs(y.re), x.im / fabs(y.im));
  T ratio = flat ? y.im / y.re : y.re / y.im, scale = 1 / (flat ? y.re + y.im * ratio : y.im + y.re * ratio);
  return flat ? Complex<T>((x.re + x.im * ratio) * scale, (x.im - x.re * ratio) * scale)
              : Complex<T>((x.re * ratio + x.im) * scale, (x.im * ratio - x.re) * scale);
}
template <class T> Complex<T> RECIPROCAL(Complex<T> x) { return OVER(Complex<T>(1), x); }
template <class T> Complex<T> CONJ(Complex<T> x) { return Complex<T>(x.re, -x.im); }
template <class T> Real<T> ABS(Complex<T> x) { return Real<T>::from(hypot(x.re, x.im)); }
template <class T> Real<T> ANGLE(Complex<T> x) { return Real<T>::from(atan2(x.im, x.re)); }
template <class T> Complex<T> SGN(Complex<T> x) {
  T size = hypot(x.re, x.im);
  return size == 0 ? Complex<T>(0) : Complex<T>(x.re / size, x.im / size);
}
template <class T> bool ISINF(Complex<T> x) { return isinf(x.re) || isinf(x.im); }
template <class T> bool ISFINITE(Complex<T> x) { return isfinite(x.re) && isfinite(x.im); }
template <class T> Complex<T> SQRT(Complex<T> x) {
  if (isinf(x.im)) return Complex<T>((T)INFINITY, x.im);
  if (x.re == 0 && x.im == 0) return Complex<T>(0, x.im);
  // Halve first; the sum of a large part and the magnitude would overflow.
  T a = fabs(x.re) / 2, b = x.im / 2, t = sqrt(a + hypot(a, b));
  return x.re >= 0 ? Complex<T>(t, b / t) : Complex<T>(fabs(b) / t, copysign(t, x.im));
}
template <class T> bool any_nan(Complex<T> x) { return x != x; }
template <class T> Complex<T> EXP(Complex<T> x) {
  T size = exp(x.re);
  if (x.im == 0) return Complex<T>(size, x.im);
  if (!isfinite(x.im) && isinf(x.re)) return x.re < 0 ? Complex<T>(0, copysign((T)0, x.im)) : Complex<T>(x.re, (T)NAN);
  if (isinf(size) && isfinite(x.re)) {
    // The size overflows, but its parts may not.
    T root = exp(x.re / 2);
    return Complex<T>(root * cos(x.im) * root, root * sin(x.im) * root);
  }
  return Complex<T>(size * cos(x.im), size * sin(x.im));
}
template <class T> Complex<T> LOG(Complex<T> x) { return Complex<T>(log(hypot(x.re, x.im)), atan2(x.im, x.re)); }
template <class T> Complex<T> EXPM1(Complex<T> x) {
  T half = sin(x.im / 2);
  return Complex<T>(expm1(x.re) * cos(x.im) - 2 * half * half, exp(x.re) * sin(x.im));
}
template <class T> Complex<T> LOG1P(Complex<T> x) {
  T angle = atan2(x.im, x.re + 1);
  if (!(hypot(x.re, x.im) < (T)0.5)) return Complex<T>(log(hypot(x.re + 1, x.im)), angle);
  T r = x.re * (2 + x.re) + x.im * x.im;
  return Complex<T>(r == 0 ? x.re : log1p(r) / 2, angle);
}
template <class T> Complex<T> SINH(Complex<T> x) {
  if (x.im == 0) return Complex<T>(sinh(x.re), x.im);
  if (!isfinite(x.im)) return Complex<T>(isinf(x.re) ? fabs(x.re) : x.re == 0 ? x.re : (T)NAN, (T)NAN);
  return Complex<T>(sinh(x.re) * cos(x.im), cosh(x.re) * sin(x.im));
}
template <class T> Complex<T> COSH(Complex<T> x) {
  if (x.im == 0) return Complex<T>(cosh(x.re), x.re != x.re ? x.im : copysign((T)1, x.re) * x.im);
  if (!isfinite(x.im)) return Complex<T>(isinf(x.re) ? fabs(x.re) : (T)NAN, x.re == 0 ? (T)0 : (T)NAN);
  return Complex<T>(cosh(x.re) * cos(x.im), sinh(x.re) * sin(x.im));
}
template <class T> Complex<T> TANH(Complex<T> x) {
  if (isinf(x.re)) {
    bool turns = isfinite(x.im) && fabs(x.im) > 1;
    return Complex<T>(copysign((T)1, x.re), copysign((T)0, turns ? sin(x.im) * cos(x.im) : x.im));
  }
  if (x.im == 0) return Complex<T>(tanh(x.re), x.im);
  if (!isfinite(x.im)) return Complex<T>(x.re == 0 ? x.re : (T)NAN, (T)NAN);
  T s = sin(x.im), c = cos(x.im);
  if (fabs(x.re) > 20) return Complex<T>(copysign((T)1, x.re), 4 * s * c * exp(-2 * fabs(x.re)));
  T h = sinh(x.re), d = c * c + h * h;
  return Complex<T>(h * cosh(x.re) / d, s * c / d);
}
// Multiplication by i and by -i, for f(x) = -i g(ix).
template <class T> Complex<T> turned(Complex<T> x) { return Complex<T>(-x.im, x.re); }
template <class T> Complex<T> turned_back(Complex<T> x) { return Complex<T>(x.im, -x.re); }
template <class T> Complex<T> SIN(Complex<T> x) {
  Complex<T> y = turned_back(SINH(turned(x)));
  // A sign that the annex leaves open is that of the C library.
  return isinf(x.im) && !isfinite(x.re) ? Complex<T>(y.re, fabs(y.im)) : y;
}
template <class T> Complex<T> COS(Complex<T> x) { return COSH(turned(x)); }
template <class T> Complex<T> TAN(Complex<T> x) { return turned_back(TANH(turned(x))); }
#define HALF_PI ((T)1.57079632679489661923)
// Whether squares may overflow, or a part is infinite. Then log(2|x|) is the magnitude of asin(x)'s imaginary part.
template <class T> bool is_far(Complex<T> x) {
  T far = sizeof(T) == 4 ? (T)1e9 : (T)1e17;
  return fabs(x.re) > far || fabs(x.im) > far;
}
template <class T> T log_of_twice(Complex<T> x) {
  return log(hypot(x.re / 2, x.im / 2)) + (T)1.38629436111989061883;
}
template <class T> Complex<T> ASIN(Complex<T> x) {
  if (x.re == 0 && !(x.im > 0 || x.im < 0)) return x;
  if (any_nan(x)) return Complex<T>((T)NAN, ISINF(x) ? copysign((T)INFINITY, x.im) : (T)NAN);
  if (is_far(x)) return Complex<T>(atan2(x.re, fabs(x.im)), copysign(log_of_twice(x), x.im));
  Complex<T> low = SQRT(1 - x), high = SQRT(1 + x);
  return Complex<T>(atan2(x.re, TIMES(low, high).re), copysign(asinh(TIMES(CONJ(low), high).im), x.im));
}
template <class T> Complex<T> ACOS(Complex<T> x) {
  if (any_nan(x) || x == 0) {
    Complex<T> y = ASIN(x);
    return Complex<T>(HALF_PI - y.re, -y.im);
  }
  if (is_far(x)) return Complex<T>(atan2(fabs(x.im), x.re), -copysign(log_of_twice(x), x.im));
  Complex<T> low = SQRT(1 - x), high = SQRT(1 + x);
  return Complex<T>(2 * atan2(low.re, high.re), copysign(asinh(TIMES(CONJ(high), low).im), -x.im));
}
template <class T> Complex<T> ACOSH(Complex<T> x) {
  if (any_nan(x)) {
    if (ISINF(x)) return Complex<T>((T)INFINITY, (T)NAN);
    return Complex<T>((T)NAN, x.re == 0 ? HALF_PI : (T)NAN);
  }
  if (is_far(x)) return Complex<T>(log_of_twice(x), atan2(x.im, x.re));
  Complex<T> low = SQRT(x - 1), high = SQRT(x + 1);
  return Complex<T>(asinh(TIMES(CONJ(low), high).re), 2 * atan2(low.im, high.re));
}
template <class T> Complex<T> ATANH(Complex<T> x) {
  bool is_nan = x.im != x.im;
  if (isinf(x.im) || isinf(x.re) || (is_nan && x.re == 0))
    return Complex<T>(copysign((T)0, x.re), is_nan ? (T)NAN : copysign(HALF_PI, x.im));
  if (is_far(x)) {
    T half = hypot(x.re / 2, x.im / 2);
    return Complex<T>(x.re / half / half / 4, copysign(HALF_PI, x.im));
  }
  T away = 1 - x.re, y = x.im * x.im;
  return Complex<T>(log1p(4 * x.re / (away * away + y)) / 4, atan2(2 * x.im, away * (1 + x.re) - y) / 2);
}
#undef HALF_PI
template <class T> Complex<T> ASINH(Complex<T> x) { return turned_back(ASIN(turned(x))); }
template <class T> Complex<T> ATAN(Complex<T> x) { return turned_back(ATANH(turned(x))); }
// The product that C defines, in which an infinity stays one.
template <class T> Complex<T> repaired_product(Complex<T> x, Complex<T> y) {
  Complex<T> z = TIMES(x, y);
  if (z.re == z.re || z.im == z.im) return z;
  bool has_infinity = ISINF(x) || ISINF(y) || isinf(x.re * y.re) || isinf(x.im * y.im) || isinf(x.re * y.im) ||
                      isinf(x.im * y.re);
  if (!has_infinity) return z;
  auto boxed = [](T part, bool to_one) {
    if (to_one) return copysign(isinf(part) ? (T)1 : (T)0, part);
    return part != part ? copysign((T)0, part) : part;
  };
  bool is_x = ISINF(x), is_y = ISINF(y);
  x = Complex<T>(boxed(x.re, is_x), boxed(x.im, is_x)), y = Complex<T>(boxed(y.re, is_y), boxed(y.im, is_y));
  z = TIMES(x, y);
  return Complex<T>((T)INFINITY * z.re, (T)INFINITY * z.im);
}
template <class T> Complex<T> POW(Complex<T> x, Complex<T> y) { return EXP(repaired_product(y, LOG(x))); }
template <class T> Complex<T> LOGADDEXP(Complex<T> x, Complex<T> y) {
  bool less = x.re < y.re;
  Complex<T> low = less ? x : y, high = less ? y : x;
  if (x != x || y != y) return Complex<T>((T)NAN, (T)NAN);
  if (isinf(low.re) && low.re == high.re) return low.re < 0 ? low : LOG(EXP(low) + EXP(high));
  return high + LOG1P(EXP(low - high));
}
