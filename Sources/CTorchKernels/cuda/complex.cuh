// Complex numbers with the function names of formulas.inc. Quotients and products treat infinities as PyTorch does
// (complex_math.h). Inverse functions follow W. Kahan, "Branch cuts for complex elementary functions" (1987).
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
template <class T> Complex<T> EXP(Complex<T> x) {
  T size = exp(x.re);
  return x.im == 0 ? Complex<T>(size, x.im) : Complex<T>(size * cos(x.im), size * sin(x.im));
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
template <class T> Complex<T> SINH(Complex<T> x) { return Complex<T>(sinh(x.re) * cos(x.im), cosh(x.re) * sin(x.im)); }
template <class T> Complex<T> COSH(Complex<T> x) { return Complex<T>(cosh(x.re) * cos(x.im), sinh(x.re) * sin(x.im)); }
template <class T> Complex<T> TANH(Complex<T> x) {
  T s = sin(x.im), c = cos(x.im);
  if (fabs(x.re) > 20) return Complex<T>(copysign((T)1, x.re), 4 * s * c * exp(-2 * fabs(x.re)));
  T h = sinh(x.re), d = c * c + h * h;
  return Complex<T>(h * cosh(x.re) / d, s * c / d);
}
// Multiplication by i and by -i, for f(x) = -i g(ix).
template <class T> Complex<T> turned(Complex<T> x) { return Complex<T>(-x.im, x.re); }
template <class T> Complex<T> turned_back(Complex<T> x) { return Complex<T>(x.im, -x.re); }
template <class T> Complex<T> SIN(Complex<T> x) { return turned_back(SINH(turned(x))); }
template <class T> Complex<T> COS(Complex<T> x) { return COSH(turned(x)); }
template <class T> Complex<T> TAN(Complex<T> x) { return turned_back(TANH(turned(x))); }
template <class T> Complex<T> ASIN(Complex<T> x) {
  Complex<T> low = SQRT(1 - x), high = SQRT(1 + x);
  return Complex<T>(atan2(x.re, TIMES(low, high).re), asinh(TIMES(CONJ(low), high).im));
}
template <class T> Complex<T> ACOS(Complex<T> x) {
  Complex<T> low = SQRT(1 - x), high = SQRT(1 + x);
  return Complex<T>(2 * atan2(low.re, high.re), asinh(TIMES(CONJ(high), low).im));
}
template <class T> Complex<T> ACOSH(Complex<T> x) {
  Complex<T> low = SQRT(x - 1), high = SQRT(x + 1);
  return Complex<T>(asinh(TIMES(CONJ(low), high).re), 2 * atan2(low.im, high.re));
}
template <class T> Complex<T> ATANH(Complex<T> x) {
  T away = 1 - x.re, y = x.im * x.im;
  return Complex<T>(log1p(4 * x.re / (away * away + y)) / 4, atan2(2 * x.im, away * (1 + x.re) - y) / 2);
}
template <class T> Complex<T> ASINH(Complex<T> x) { return turned_back(ASIN(turned(x))); }
template <class T> Complex<T> ATAN(Complex<T> x) { return turned_back(ATANH(turned(x))); }
template <class T> Complex<T> POW(Complex<T> x, Complex<T> y) {
  if (x == 0) return y == 0 ? Complex<T>(1) : Complex<T>(0);
  return EXP(TIMES(y, LOG(x)));
}
template <class T> Complex<T> LOGADDEXP(Complex<T> x, Complex<T> y) {
  bool less = x.re < y.re;
  Complex<T> low = less ? x : y, high = less ? y : x;
  if (x != x || y != y) return Complex<T>((T)NAN, (T)NAN);
  if (isinf(low.re) && low.re == high.re) return low.re < 0 ? low : LOG(EXP(low) + EXP(high));
  return high + LOG1P(EXP(low - high));
}
