// Functions that CUDA's mathematics has and C's has not.
#include "settings.h"
#include <cmath>

SHOWN double normcdf(double x) { return 0.5 * erfc(-x * 0.70710678118654752440); }
SHOWN float normcdff(float x) { return (float)normcdf(x); }
// The power series of I0.
SHOWN double cyl_bessel_i0(double x) {
  double sum = 1, term = 1, q = x * x / 4;
  if (fabs(x) > 700) return HUGE_VAL;
  for (int k = 1; k < 2000 && term > sum * 1e-17; k++) sum += term *= q / ((double)k * k);
  return sum;
}
SHOWN float cyl_bessel_i0f(float x) { return (float)cyl_bessel_i0(x); }
// An approximation by elementary functions (Winitzki, 2008), improved by Newton's method.
SHOWN double erfinv(double x) {
  if (!(fabs(x) < 1)) return x == 1 ? HUGE_VAL : x == -1 ? -HUGE_VAL : NAN;
  double l = log1p(-x * x), a = 4.3307467508 + l / 2;
  double y = copysign(sqrt(sqrt(a * a - l / 0.147) - a), x);
  for (int i = 0; i < 4; i++) y -= (erf(y) - x) / (1.1283791670955126 * exp(-y * y));
  return y;
}
SHOWN float erfinvf(float x) { return (float)erfinv(x); }
