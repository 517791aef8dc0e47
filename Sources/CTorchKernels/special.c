// Special functions: Chebyshev series computed for this file (special_series.h), asymptotic expansions, continued
// fractions and recurrences.
#include "special.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "special_series.h"

#define PI 3.14159265358979323846
#define ROOT_HALF 0.70710678118654752440

// Sums a Chebyshev series in 2t with Clenshaw's algorithm.
static double sum_series(double two_t, const double *c, int n) {
  double b0 = c[0], b1 = 0, b2 = 0;
  for (int i = 1; i < n; i++) {
    b2 = b1;
    b1 = b0;
    b0 = two_t * b1 - b2 + c[i];
  }
  return 0.5 * (b0 - b2);
}

#define SERIES(two_t, c) sum_series(two_t, c, (int)(sizeof(c) / sizeof *(c)))

// For x > 8, J and Y are one wave, with the amplitudes P and Q and a phase.
typedef struct {
  double p, q, cosine, sine;
} wave;

static wave wave_of(double x, int order) {
  double y = 8 / x, t = 4 * y * y - 2;
  // cos and sin of x - π/4 or x - 3π/4, by the addition theorems. Computing the phase itself would lose digits.
  double c = cos(x), s = sin(x), plus = (s + c) * ROOT_HALF, minus = (s - c) * ROOT_HALF, scale = sqrt(2 / (PI * x));
  wave zero = {scale * SERIES(t, p0_far), scale * y * SERIES(t, q0_far), plus, minus};
  if (order == 0) return zero;
  wave one = {scale * SERIES(t, p1_far), scale * y * SERIES(t, q1_far), minus, -plus};
  return one;
}

double st_bessel_j0(double x) {
  x = fabs(x);
  if (x <= 8) return SERIES(x * x / 16 - 2, j0_near);
  if (x == INFINITY) return 0;
  wave w = wave_of(x, 0);
  return w.p * w.cosine - w.q * w.sine;
}

double st_bessel_j1(double x) {
  double a = fabs(x);
  if (a <= 8) return x * SERIES(x * x / 16 - 2, j1_near);
  if (a == INFINITY) return 0;
  wave w = wave_of(a, 1);
  return copysign(1.0, x) * (w.p * w.cosine - w.q * w.sine);
}

double st_bessel_y0(double x) {
  if (x <= 0) return x == 0 ? -INFINITY : NAN;
  if (x <= 8) return SERIES(x * x / 16 - 2, y0_near) + (2 / PI) * log(x) * st_bessel_j0(x);
  if (x == INFINITY) return 0;
  wave w = wave_of(x, 0);
  return w.p * w.sine + w.q * w.cosine;
}

double st_bessel_y1(double x) {
  if (x <= 0) return x == 0 ? -INFINITY : NAN;
  if (x <= 8) return x * SERIES(x * x / 16 - 2, y1_near) + (2 / PI) * (log(x) * st_bessel_j1(x) - 1 / x);
  if (x == INFINITY) return 0;
  wave w = wave_of(x, 1);
  return w.p * w.sine + w.q * w.cosine;
}

double st_bessel_i1e(double x) {
  double a = fabs(x);
  double y = a <= 8 ? a * SERIES(a / 2 - 2, i1_near) : SERIES(32 / a - 2, i1_far) / sqrt(a);
  return x < 0 ? -y : y;
}

double st_bessel_i1(double x) {
  // Two factors overflow a little later than exp(|x|) does.
  double half = exp(fabs(x) / 2);
  return st_bessel_i1e(x) * half * half;
}

// I0 near 0: its power series needs few terms there.
static double small_i0(double x) {
  double y = x * x / 4, term = 1, sum = 1;
  for (int k = 1; term > sum * DBL_EPSILON / 4; k++) {
    term *= y / ((double)k * k);
    sum += term;
  }
  return sum;
}

double st_bessel_k0e(double x) {
  if (!(x > 0)) return x == 0 ? INFINITY : NAN;
  if (x > 2) return SERIES(8 / x - 2, k0_far) / sqrt(x);
  return exp(x) * (SERIES(x * x - 2, k0_near) - log(x / 2) * small_i0(x));
}

double st_bessel_k0(double x) { return x > 0 ? exp(-x) * st_bessel_k0e(x) : st_bessel_k0e(x); }

double st_bessel_k1e(double x) {
  if (!(x > 0)) return x == 0 ? INFINITY : NAN;
  if (x > 2) return SERIES(8 / x - 2, k1_far) / sqrt(x);
  return exp(x) * (SERIES(x * x - 2, k1_near) / x + log(x / 2) * st_bessel_i1(x));
}

double st_bessel_k1(double x) { return x > 0 ? exp(-x) * st_bessel_k1e(x) : st_bessel_k1e(x); }

double st_airy_ai(double x) {
  if (isnan(x) || isinf(x)) return NAN;
  if (x >= -4 && x <= 2) return SERIES((x + 1) * 2 / 3, airy_near);
  double a = fabs(x), root = sqrt(a), zeta = 2.0 / 3 * a * root, fourth = sqrt(root);
  if (x > 0)
    return exp(-zeta) * SERIES(4 * (2.0 / 3 * 2 * 1.41421356237309504880) / zeta - 2, airy_right) /
           (2 * sqrt(PI) * fourth);
  double y = 16.0 / 3 / zeta, t = 4 * y * y - 2, c = cos(zeta), s = sin(zeta);
  double sine = (s + c) * ROOT_HALF, cosine = (c - s) * ROOT_HALF;
  return (sine * SERIES(t, airy_left_p) - cosine * y * SERIES(t, airy_left_q)) / (sqrt(PI) * fourth);
}

double st_erfcx(double x) {
  if (x < 0) return 2 * exp(x * x) - st_erfcx(-x);
  if (x == INFINITY) return 0;
  return SERIES(2 * (x - 3.75) / (x + 3.75), erfcx_series) / (1 + 2 * x);
}

static double ratio(double x, const double *numerator, const double *denominator) {
  double n = numerator[7], d = denominator[7];
  for (int i = 6; i >= 0; i--) {
    n = n * x + numerator[i];
    d = d * x + denominator[i];
  }
  return n / d;
}

// M. J. Wichura, algorithm AS 241.
double st_ndtri(double p) {
  static const double a[8] = {3.3871328727963666080, 133.14166789178437745, 1971.5909503065514427,
                              13731.693765509461125, 45921.953931549871457, 67265.770927008700853,
                              33430.575583588128105, 2509.0809287301226727};
  static const double b[8] = {1,
                              42.313330701600911252,
                              687.18700749205790830,
                              5394.1960214247511077,
                              21213.794301586595867,
                              39307.895800092710610,
                              28729.085735721942674,
                              5226.4952788528545610};
  static const double c[8] = {1.42343711074968357734,   4.63033784615654529590,   5.76949722146069140550,
                              3.64784832476320460504,   1.27045825245236838258,   0.241780725177450611770,
                              0.0227238449892691845833, 7.74545014278341407640e-4};
  static const double d[8] = {1,
                              2.05319162663775882187,
                              1.67638483018380384940,
                              0.689767334985100004550,
                              0.148103976427480074590,
                              0.0151986665636164571966,
                              5.47593808499534494600e-4,
                              1.05075007164441684324e-9};
  static const double e[8] = {6.65790464350110377720,    5.46378491116411436990,   1.78482653991729133580,
                              0.296560571828504891230,   0.0265321895265761230930, 1.24266094738807843860e-3,
                              2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static const double f[8] = {1,
                              0.599832206555887937690,
                              0.136929880922735805310,
                              0.0148753612908506148525,
                              7.86869131145613259100e-4,
                              1.84631831751005468180e-5,
                              1.42151175831644588870e-7,
                              2.04426310338993978564e-15};
  if (!(p > 0 && p < 1)) return p == 0 ? -INFINITY : p == 1 ? INFINITY : NAN;
  double q = p - 0.5;
  if (fabs(q) <= 0.425) return q * ratio(0.180625 - q * q, a, b);
  double r = sqrt(-log(q < 0 ? p : 1 - p));
  double z = r <= 5 ? ratio(r - 1.6, c, d) : ratio(r - 5, e, f);
  return copysign(z, q);
}

// Euler-Maclaurin summation from a >= 10 on. The terms before are added one by one.
static double positive_zeta(double s, double q) {
  // B(2j) / (2j)!
  static const double c[] = {8.3333333333333333333e-2,   -1.3888888888888888889e-3,  3.3068783068783068783e-5,
                             -8.2671957671957671958e-7,  2.0876756987868098979e-8,   -5.2841901386874931848e-10,
                             1.3382536530684678833e-11,  -3.3896802963225828668e-13, 8.5860620562778445641e-15,
                             -2.1748686985580618730e-16, 5.5090028283602295153e-18,  -1.3954464685812523341e-19};
  double sum = 0, a = q;
  for (int k = 0; k < 10 || a < 10; k++, a += 1) {
    double term = pow(a, -s);
    sum += term;
    if (term < sum * (DBL_EPSILON / 64) && a > s) return sum;
  }
  double power = pow(a, -s);
  sum += power * a / (s - 1) + power / 2;
  double factor = s * power / a;
  for (int j = 0; j < (int)(sizeof c / sizeof *c); j++) {
    double term = c[j] * factor;
    sum += term;
    if (fabs(term) < fabs(sum) * (DBL_EPSILON / 4)) break;
    double top = s + 2 * j + 1;
    factor *= top * (top + 1) / (a * a);
  }
  return sum;
}

double st_zeta(double s, double q) {
  if (s == 1) return INFINITY;
  if (!(s > 1)) return NAN;
  if (q > 0) return q == INFINITY ? 0 : positive_zeta(s, q);
  if (isnan(q) || q == -INFINITY) return NAN;
  if (q == floor(q)) return INFINITY;
  if (s != floor(s)) return NAN;
  // The terms with negative bases, except the last, equal a sum of terms with the bases 1 - q - n up to -q, times the
  // sign of (-1)^s.
  double n = floor(-q), sign = fmod(s, 2) == 0 ? 1 : -1, last = q + n;
  double below = n == 0 ? 0 : positive_zeta(s, 1 - last) - positive_zeta(s, 1 - q);
  return sign * (below + pow(-last, -s)) + positive_zeta(s, last + 1);
}

double st_polygamma(double n, double x) { return (fmod(n, 2) == 0 ? -1 : 1) * tgamma(n + 1) * st_zeta(n + 1, x); }

// Computes x - log(1 + x).
static double minus_log1p(double x) {
  if (fabs(x) > 0.4) return x - log1p(x);
  // log(1 + x) = 2 artanh(r). The first term of the series cancels.
  double r = x / (2 + x), z = r * r, term = z, sum = 0;
  for (int k = 3; fabs(term) > DBL_EPSILON / 8 * fabs(z); k += 2, term *= z) sum += term / k;
  return r * (x - 2 * sum);
}

// Computes x^a exp(-x) / Γ(a).
static double gamma_front(double a, double x) {
  if (a < 20) return exp(a * log(x) - x - lgamma(a));
  // Stirling's formula. The large parts cancel before the exponential.
  double z = 1 / (a * a), stirling = (1.0 / 12 - z * (1.0 / 360 - z * (1.0 / 1260 - z * (1.0 / 1680 - z / 1188)))) / a;
  return sqrt(a / (2 * PI)) * exp(-a * minus_log1p((x - a) / a) - stirling);
}

enum { most_terms = 4000 };

// Computes P by its power series.
static double lower_by_series(double a, double x) {
  double term = 1, sum = 1;
  for (int n = 1; n < most_terms && term > sum * (DBL_EPSILON / 4); n++) {
    term *= x / (a + n);
    sum += term;
  }
  return gamma_front(a, x) * sum / a;
}

// Computes Q by its continued fraction (Lentz's method).
static double upper_by_fraction(double a, double x) {
  double b = x + 1 - a, c = 1 / DBL_MIN, d = 1 / b, h = d;
  for (int n = 1; n < most_terms; n++) {
    double top = -n * (n - a);
    b += 2;
    d = top * d + b;
    d = 1 / (fabs(d) < DBL_MIN ? DBL_MIN : d);
    c = b + top / c;
    c = fabs(c) < DBL_MIN ? DBL_MIN : c;
    h *= d * c;
    if (fabs(d * c - 1) < DBL_EPSILON) break;
  }
  return gamma_front(a, x) * h;
}

// Computes Q for small x, as 1 - x^a / Γ(1 + a) minus the rest of the series. 1 - P would lose digits if a is small.
static double upper_by_series(double a, double x) {
  double term = 1, sum = 0;
  for (int n = 1; n < most_terms && fabs(term) > DBL_EPSILON / 4 * fabs(sum); n++) {
    term *= -x / n;
    sum += term / (a + n);
  }
  double log_first = a * log(x) - lgamma(1 + a);
  return -expm1(log_first) - a * exp(log_first) * sum;
}

// Temme's uniform expansion: P if sign is -1, Q if sign is 1.
static double uniform(double a, double x, double sign) {
  double sigma = (x - a) / a, eta = copysign(sqrt(2 * minus_log1p(sigma)), sigma);
  double sum = 0, scale = 1;
  for (int k = 0; k < temme_orders; k++, scale /= a) {
    double row = 0;
    for (int n = temme_terms - 1; n >= 0; n--) row = row * eta + temme[k * temme_terms + n];
    sum += row * scale;
  }
  return 0.5 * erfc(sign * eta * sqrt(a / 2)) + sign * exp(-0.5 * a * eta * eta) * sum / sqrt(2 * PI * a);
}

static bool is_uniform(double a, double x) { return a >= 200 && fabs(x - a) / a < 4.5 / sqrt(a); }

double st_igamma(double a, double x) {
  if (!(a >= 0 && x >= 0)) return NAN;
  if (a == 0) return x > 0 ? 1 : NAN;
  if (x == 0) return 0;
  if (isinf(a)) return isinf(x) ? NAN : 0;
  if (isinf(x)) return 1;
  if (is_uniform(a, x)) return uniform(a, x, -1);
  return x > 1 && x > a ? 1 - st_igammac(a, x) : lower_by_series(a, x);
}

double st_igammac(double a, double x) {
  if (!(a >= 0 && x >= 0)) return NAN;
  if (a == 0) return x > 0 ? 0 : NAN;
  if (x == 0) return 1;
  if (isinf(a)) return isinf(x) ? NAN : 1;
  if (isinf(x)) return 0;
  if (is_uniform(a, x)) return uniform(a, x, 1);
  if (x > 1.1) return x < a ? 1 - lower_by_series(a, x) : upper_by_fraction(a, x);
  return x <= 0.5 ? (-0.4 / log(x) < a ? 1 - lower_by_series(a, x) : upper_by_series(a, x))
                  : (x * 1.1 < a ? 1 - lower_by_series(a, x) : upper_by_series(a, x));
}

// The digamma function for x > 0.
static double positive_digamma(double x) {
  static const double c[] = {8.33333333333333333333e-2,  -2.10927960927960927961e-2, 7.57575757575757575758e-3,
                             -4.16666666666666666667e-3, 3.96825396825396825397e-3,  -8.33333333333333333333e-3,
                             8.33333333333333333333e-2};
  if (!(x > 0)) return x == 0 ? INFINITY : NAN;
  double sum = 0;
  for (; x < 10; x += 1) sum -= 1 / x;
  double z = 1 / (x * x), p = 0;
  for (int k = 0; k < 7; k++) p = p * z + c[k];
  return sum + log(x) - 0.5 / x - p * z;
}

// The two series of the distribution function around 0, to five terms.
static double gamma_grad_of_small(double a, double x) {
  double term = 1, below = a, sum = 1 / a, square_sum = 1 / (a * a);
  for (int i = 1; i <= 5; i++) {
    term *= -x / i;
    below += 1;
    sum += term / below;
    square_sum += term / (below * below);
  }
  double power = pow(x, a), density = pow(x, a - 1) * exp(-x);
  double slope = (log(x) - positive_digamma(a)) * (power * sum) - power * square_sum, result = -slope / density;
  return isnan(result) ? 0 : result;
}

// Rice's saddle point expansion, with a Taylor expansion around its removable singularity x = a.
static double gamma_grad_of_large(double a, double x) {
  if (0.9 * a <= x && x <= 1.1 * a) {
    double first = 1 + 24 * a * (1 + 12 * a);
    double second = 1440 * (a * a) + 6 * x * (53 - 120 * x) - 65 * x * x / a + a * (107 + 3600 * x);
    return first * second / (1244160 * (a * a) * (a * a));
  }
  double root = sqrt(8 * a), near = root / (a - x), far = pow(x - a - a * log(x / a), -1.5);
  double sum = x < a ? near - far : near + far;
  double term = log(x / a) * sum - sqrt(2 / a) * (a + x) / ((a - x) * (a - x));
  double stirling = 1 + 1 / (12 * a) * (1 + 1 / (24 * a));
  return -stirling * x * term / root;
}

double st_standard_gamma_grad(double a, double x) {
  // A rational function of log(x / a) and log(a), fitted by PyTorch's authors; its eight coefficients are polynomials.
  static const double c[3][8] = {
      {0.16009398, -0.094634809, 0.025146376, -0.0030648343, 1, 0.32668115, 0.10406089, 0.0014179084},
      {0.53487893, 0.1298071, 0.065735949, -0.0015649758, 0.16639465, 0.020070113, -0.0035938915, -0.00058392623},
      {0.040121004, -0.0065914022, -0.0026286047, -0.0013441777, 0.017050642, -0.0021309326, 0.00085092367,
       -1.5247877e-07}};
  if (x < 0.8f) return gamma_grad_of_small(a, x);
  if (a > 8) return gamma_grad_of_large(a, x);
  double u = log(x / a), v = log(a), sums[2];
  for (int half = 0; half < 2; half++) {
    double sum = 0;
    for (int k = 4 * half + 3; k >= 4 * half; k--) sum = sum * v + (c[0][k] + u * (c[1][k] + u * c[2][k]));
    sums[half] = sum;
  }
  return exp(sums[0] / sums[1]);
}

// Taylor series for x near 0: the derivative by the first parameter of a beta distribution,
static double beta_grad_first(double x, double a, double b) {
  double factor = positive_digamma(a) - positive_digamma(a + b) - log(x), term = 1, sum = (factor + 1 / a) / a;
  for (int i = 1; i <= 10; i++) {
    term *= (i - b) * x / i;
    sum += term / (a + i) * (factor + 1 / (a + i));
  }
  double result = x * pow(1 - x, -b) * sum;
  return isnan(result) ? 0 : result;
}

// and by the second.
static double beta_grad_second(double x, double a, double b) {
  double factor = positive_digamma(a + b) - positive_digamma(b), term = 1, product = 1, slope = 0, sum = factor / a;
  for (int i = 1; i <= 8; i++) {
    term *= -x / i;
    slope = slope * (b - i) + product;
    product *= b - i;
    sum += term / (a + i) * (slope + factor * product);
  }
  double result = -pow(1 - x, 1 - b) * sum;
  return isnan(result) ? 0 : result;
}

// Rice's saddle point expansion for two large parameters, with a Taylor expansion around the mean.
static double beta_grad_of_large(double x, double a, double b) {
  double total = a + b, mean = a / total, std = sqrt(a * b / (total + 1)) / total;
  if (mean - 0.1 * std <= x && x <= mean + 0.1 * std) {
    double b2 = b * b, p = 8 * (1 - x) * (135 * b - 11);
    p = (453 + 1620 * b * (1 - x) - 455 * x) * b + a * p;
    p = 3 * (59 + 180 * b - 90 * x) * b2 + a * p;
    p = (43 + 20 * (16 + 27 * b) * x) * b2 * b + a * p;
    p = 47 * x * b2 * b2 + a * p;
    double above = (1 + 12 * a) * (1 + 12 * b) / (total * total);
    return above / (1 - x) * p / (12960 * a * a * a * b2 * (1 + 12 * total));
  }
  double stirling = (1 + 1 / (12 * a) + 1 / (288 * a * a)) * (1 + 1 / (12 * b) + 1 / (288 * b * b)) /
                    (1 + 1 / (12 * total) + 1 / (288 * total * total));
  double distance = a * (x - 1) + b * x;
  double first = (2 * (a * a) * (x - 1) + a * b * (x - 1) - x * (b * b)) /
                 (sqrt(2 * a / b) * pow(total, 1.5) * distance * distance);
  double near = sqrt(8 * a * b / total) / distance;
  double far = pow(b * log(b / (total * (1 - x))) + a * log(a / (total * x)), -1.5);
  double sum = first + 0.5 * log(a / (total * x)) * (near + (x < mean ? far : -far));
  return stirling * (-x / sqrt(2 * a * b / total)) * sum;
}

double st_dirichlet_grad(double x, double a, double total) {
  // Two polynomials in log x, log a and log total, fitted by PyTorch's authors.
  static const double c[2][3][3][4] = {
      {{{1.003668233, -0.01061107488, -0.0657888334, 0.01201642863},
        {0.6336835991, -0.3557432599, 0.05486251648, -0.001465281033},
        {-0.03276231906, 0.004474107445, 0.002429354597, -0.0001557569013}},
       {{0.221950385, -0.3187676331, 0.01799915743, 0.01074823814},
        {-0.2951249643, 0.06219954479, 0.01535556598, 0.001550077057},
        {0.02155310298, 0.004170831599, 0.001292462449, 6.976601077e-05}},
       {{-0.05980841433, 0.008441916499, 0.01085618172, 0.002319392565},
        {0.02911413504, 0.01400243777, -0.002721828457, 0.000751041181},
        {0.005900514878, -0.001936558688, -9.495446725e-06, 5.385558597e-05}}},
      {{{1, -0.02924021934, -0.04438342661, 0.007285809825},
        {0.6357567472, -0.3473456711, 0.05454656494, -0.002407477521},
        {-0.03301322327, 0.004845219414, 0.00231480583, -0.0002307248149}},
       {{0.5925320577, -0.1757678135, 0.01505928619, 0.000564515273},
        {0.1014815858, -0.06589186703, 0.01272886114, -0.0007316646956},
        {-0.007258481865, 0.001096195486, 0.0003934994223, -4.12701925e-05}},
       {{0.06469649321, -0.0236701437, 0.002902096474, -5.896963079e-05},
        {0.001925008108, -0.002869809258, 0.0008000589141, -6.063713228e-05},
        {-0.0003477407336, 6.959756487e-05, 1.097287507e-05, -1.650964693e-06}}}};
  double b = total - a, boundary = total * x * (1 - x);
  if (x <= 0.5 && boundary < 2.5) return beta_grad_first(x, a, b);
  if (x >= 0.5 && boundary < 0.75) return -beta_grad_second(1 - x, b, a);
  if (a > 6 && b > 6) return beta_grad_of_large(x, a, b);
  double u = log(x), v = log(a) - u, w = log(total) - v, sums[2] = {0, 0}, power_u = 1;
  for (int i = 0; i < 3; i++, power_u *= u) {
    double power = power_u;
    for (int j = 0; j < 3; j++, power *= v)
      for (int k = 0; k < 2; k++) {
        const double *p = c[k][i][j];
        sums[k] += power * (p[0] + w * (p[1] + w * (p[2] + w * p[3])));
      }
  }
  return sums[0] / sums[1] * (x * (positive_digamma(total) - positive_digamma(a)) / b);
}

// Returns the degree as an integer. A negative, too large or NaN degree gives -1, for which every polynomial is 0.
static int64_t degree_of(double n) { return n > -1 && n < 0x1p62 ? (int64_t)n : -1; }

// Above this degree, a closed form in the angle replaces the recurrence inside (-1, 1).
enum { angle_from = 8 };

// Above this degree, a closed form replaces the recurrence everywhere. Its error is below a float's precision, and its
// time does not grow with the degree.
enum { recurrence_to = 1 << 16 };

static double i0_of(double x) { return x > 700 ? INFINITY : small_i0(x); }

// The recurrence p(0) = 1, p(1) = first, p(k) = 2x p(k - 1) - p(k - 2).
static double chebyshev(double x, double first, int64_t n) {
  if (n <= 0) return n == 0;
  double before = 1, p = first;
  for (int64_t k = 2; k <= n && !isnan(p); k++) {
    double next = 2 * x * p - before;
    before = p;
    p = next;
  }
  return p;
}

double st_chebyshev_t(double x, double degree) {
  int64_t n = degree_of(degree);
  if (n > angle_from && fabs(x) <= 1) return fabs(x) == 1 ? (x > 0 || n % 2 == 0 ? 1 : -1) : cos((double)n * acos(x));
  if (n > recurrence_to && fabs(x) > 1) return (x < 0 && n % 2 ? -1 : 1) * cosh((double)n * acosh(fabs(x)));
  return chebyshev(x, x, n);
}

double st_chebyshev_u(double x, double degree) {
  int64_t n = degree_of(degree);
  if (n > angle_from && fabs(x) <= 1) {
    double size = (double)n + 1, angle = acos(x);
    return fabs(x) == 1 ? (x > 0 || n % 2 == 0 ? size : -size) : sin(size * angle) / sin(angle);
  }
  if (n > recurrence_to && fabs(x) > 1) {
    double a = acosh(fabs(x));
    return (x < 0 && n % 2 ? -1 : 1) * sinh(((double)n + 1) * a) / sinh(a);
  }
  return chebyshev(x, 2 * x, n);
}

// The third and the fourth kind for x > 1. At -x each equals the other at x, except for the sign.
static double far_third(double x, int64_t n) { return cosh(((double)n + 0.5) * acosh(x)) / cosh(acosh(x) / 2); }
static double far_fourth(double x, int64_t n) { return sinh(((double)n + 0.5) * acosh(x)) / sinh(acosh(x) / 2); }

double st_chebyshev_v(double x, double degree) {
  int64_t n = degree_of(degree);
  if (n > angle_from && fabs(x) <= 1) {
    double size = 2 * (double)n + 1, half = acos(x) / 2;
    return x == 1 ? 1 : x == -1 ? (n % 2 == 0 ? size : -size) : cos(size * half) / cos(half);
  }
  if (n > recurrence_to && x > 1) return far_third(x, n);
  if (n > recurrence_to && x < -1) return (n % 2 ? -1 : 1) * far_fourth(-x, n);
  return chebyshev(x, 2 * x - 1, n);
}

double st_chebyshev_w(double x, double degree) {
  int64_t n = degree_of(degree);
  if (n > angle_from && fabs(x) <= 1) {
    double size = 2 * (double)n + 1, half = acos(x) / 2;
    return x == 1 ? size : x == -1 ? (n % 2 == 0 ? 1 : -1) : sin(size * half) / sin(half);
  }
  if (n > recurrence_to && x > 1) return far_fourth(x, n);
  if (n > recurrence_to && x < -1) return (n % 2 ? -1 : 1) * far_third(-x, n);
  return chebyshev(x, 2 * x + 1, n);
}

// The recurrence p(0) = 1, p(1) = scale x, p(k + 1) = scale (x p(k) - k p(k - 1)).
static double hermite(double x, double scale, int64_t n) {
  if (n < 0) return 0;
  if (n > 512) return NAN;
  double before = 0, p = 1;
  for (int64_t k = 0; k < n && !isnan(p); k++) {
    double next = scale * (x * p - (double)k * before);
    before = p;
    p = next;
  }
  return p;
}

double st_hermite_h(double x, double n) { return hermite(x, 2, degree_of(n)); }
double st_hermite_he(double x, double n) { return hermite(x, 1, degree_of(n)); }

double st_laguerre(double x, double degree) {
  int64_t n = degree_of(degree);
  if (n < 0) return 0;
  if (x == 0) return 1;
  // Hilb's formula.
  if (n > recurrence_to) {
    double reach = 2 * sqrt(((double)n + 0.5) * fabs(x));
    return exp(x / 2) * (x > 0 ? st_bessel_j0(reach) : i0_of(reach));
  }
  double before = 0, p = 1;
  for (int64_t k = 0; k < n && !isnan(p); k++) {
    double next = ((2 * (double)k + 1 - x) * p - (double)k * before) / ((double)k + 1);
    before = p;
    p = next;
  }
  return p;
}

double st_legendre(double x, double degree) {
  int64_t n = degree_of(degree);
  if (n < 0) return 0;
  if (fabs(x) == 1) return x > 0 || n % 2 == 0 ? 1 : -1;
  // Hilb's formula.
  if (n > recurrence_to) {
    double sign = x < 0 && n % 2 ? -1 : 1, a = fabs(x) < 1 ? acos(fabs(x)) : acosh(fabs(x)),
           reach = ((double)n + 0.5) * a;
    return sign * (fabs(x) < 1 ? sqrt(a / sin(a)) * st_bessel_j0(reach) : sqrt(a / sinh(a)) * i0_of(reach));
  }
  double before = 0, p = 1;
  for (int64_t k = 0; k < n && !isnan(p); k++) {
    double next = ((2 * (double)k + 1) * x * p - (double)k * before) / ((double)k + 1);
    before = p;
    p = next;
  }
  return p;
}

double st_mantissa(double x) {
  int exponent;
  return frexp(x, &exponent);
}

double st_exponent(double x) {
  int exponent = 0;
  return isfinite(x) ? (frexp(x, &exponent), exponent) : 0;
}

void st_each(double (*f)(double), int n, double *y, const double *x) {
  for (int i = 0; i < n; i++) y[i] = f(x[i]);
}

void st_each_pair(double (*f)(double, double), int n, double *z, const double *x, const double *y) {
  for (int i = 0; i < n; i++) z[i] = f(x[i], y[i]);
}

void st_each_triple(double (*f)(double, double, double), int n, double *w, const double *x, const double *y,
                    const double *z) {
  for (int i = 0; i < n; i++) w[i] = f(x[i], y[i], z[i]);
}
