// PyTorch's draws by rejection: gamma, Dirichlet, Poisson and binomial. How many numbers an element takes depends on
// the numbers, so elements are drawn one after the other.
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "random_internal.h"
#include "reduce_isa.h"

static double draw_unit(st_generator *g) { return unit53(st_random64(g)); }

// Marsaglia and Tsang's method. A concentration below 1 is raised by 1, and the draw scaled down.
static double draw_gamma(st_generator *g, double a, bool single) {
  double scale = 1;
  if (a < 1) {
    if (a == 0) return 0;
    scale = pow(1 - draw_unit(g), single ? (double)(1.0f / (float)a) : 1 / a);
    a = single ? (double)((float)a + 1.0f) : a + 1;
  }
  // With a float concentration, PyTorch subtracts in float.
  double d = single ? (double)((float)a - 1.0f / 3.0f) : a - (double)(1.0f / 3.0f), c = 1 / sqrt(9 * d);
  for (;;) {
    double x, y;
    do {
      x = st_draw_normal(g);
      y = 1 + c * x;
    } while (y <= 0);
    double v = y * y * y, u = 1 - draw_unit(g), xx = x * x;
    if (u < 1 - (double)0.0331f * xx * xx || log(u) < 0.5 * xx + d * (1 - v + log(v))) return scale * d * v;
  }
}

void st_fill_gamma(st_generator *g, int64_t n, const void *concentration, void *out, st_dtype dtype) {
  if (dtype == ST_F64)
    for (int64_t i = 0; i < n; i++)
      ((double *)out)[i] = fmax(DBL_MIN, draw_gamma(g, ((const double *)concentration)[i], false));
  else
    for (int64_t i = 0; i < n; i++)
      ((float *)out)[i] = fmaxf(FLT_MIN, (float)draw_gamma(g, ((const float *)concentration)[i], true));
}

bool st_fill_dirichlet(
    st_generator *g, int64_t rows, int64_t columns, const void *concentration, void *out, st_dtype dtype) {
  bool wide = dtype == ST_F64;
  double *scratch = malloc((size_t)(rows * columns) * sizeof *scratch);
  if (!scratch) return false;
  for (int64_t i = 0; i < rows * columns; i++)
    scratch[i] = fmax(
        DBL_MIN,
        draw_gamma(g, wide ? ((const double *)concentration)[i] : (double)((const float *)concentration)[i], false));
  for (int64_t r = 0; r < rows; r++) {
    const double *row = scratch + r * columns;
    double sum = 0;
    for (int64_t i = 0; i < columns; i++) sum += row[i];
    for (int64_t i = 0; i < columns; i++) {
      double part = row[i] / sum;
      if (wide)
        ((double *)out)[r * columns + i] = fmin(1 - 0x1p-53, fmax(DBL_MIN, part));
      else
        ((float *)out)[r * columns + i] = fminf(1 - 0x1p-24f, fmaxf(FLT_MIN, (float)part));
    }
  }
  free(scratch);
  return true;
}

// Below a rate of 10, counts how many uniform numbers can be multiplied; above, Hörmann's transformed rejection (PTRS).
static double draw_poisson(st_generator *g, double rate) {
  if (rate == 0) return 0;
  if (rate < 10) {
    double product = 1, limit = exp(-rate);
    for (int64_t count = 0;; count++) {
      product *= draw_unit(g);
      if (!(product > limit)) return (double)count;
    }
  }
  double root = sqrt(rate), log_rate = log(rate), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
  double inverse = 1.1239 + 1.1328 / (b - 3.4), least = 0.9277 - 3.6224 / (b - 2);
  // An infinite or NaN rate accepts nothing.
  if (!(rate <= DBL_MAX)) return NAN;
  for (;;) {
    double u = draw_unit(g) - 0.5, v = draw_unit(g), us = 0.5 - fabs(u);
    double k = floor((2 * a / us + b) * u + rate + 0.43);
    if (us >= 0.07 && v <= least) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (log(v) + log(inverse) - log(a / (us * us) + b) <= -rate + k * log_rate - lgamma(k + 1)) return k;
  }
}

void st_fill_poisson(st_generator *g, int64_t n, const void *rate, void *out, st_dtype dtype) {
  for (int64_t i = 0; i < n; i++) {
    switch (dtype) {
      case ST_F64: ((double *)out)[i] = draw_poisson(g, ((const double *)rate)[i]); break;
      case ST_F32: ((float *)out)[i] = (float)draw_poisson(g, ((const float *)rate)[i]); break;
      case ST_F16: ((_Float16 *)out)[i] = (_Float16)(float)draw_poisson(g, ((const _Float16 *)rate)[i]); break;
      case ST_BF16:
        ((uint16_t *)out)[i] =
            st_f32_to_bf16((float)draw_poisson(g, st_bf16_to_f32(((const uint16_t *)rate)[i])));
        break;
      default: break;
    }
  }
}

// What Stirling's formula lacks for k!.
static double stirling_tail(double k) {
  static const double first[] = {0.0810614667953272,  0.0413406959554092,  0.0276779256849983, 0.02079067210376509,
                                 0.0166446911898211,  0.0138761288230707,  0.0118967099458917, 0.0104112652619720,
                                 0.00925546218271273, 0.00833056343336287};
  if (k < 10) return first[k > 0 ? (int)k : 0];
  double square = (k + 1) * (k + 1);
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1);
}

// Sums geometric numbers: the trials up to each success.
static double binomial_by_inversion(st_generator *g, double count, double p, bool single) {
  double log_failure = single ? (double)log1pf(-(float)p) : log1p(-p), trials = 0;
  for (double successes = 0;; successes++) {
    trials += ceil(log(draw_unit(g)) / log_failure);
    if (!(trials <= count)) return successes;
  }
}

// Hörmann's transformed rejection (BTRS). With float operands, PyTorch computes these four in float.
static double binomial_by_rejection(st_generator *g, double count, double p, bool single) {
  double std = sqrt(count * p * (1 - p)), mean = count * p, odds = p / (1 - p), m = floor((count + 1) * p);
  if (single) {
    float n = (float)count, q = (float)p;
    std = sqrtf(n * q * (1 - q)), mean = n * q, odds = q / (1 - q), m = floorf((n + 1) * q);
  }
  double b = 1.15 + 2.53 * std, a = -0.0873 + 0.0248 * b + 0.01 * p;
  double c = mean + 0.5, least = 0.92 - 4.2 / b, alpha = (2.83 + 5.1 / b) * std;
  for (;;) {
    double u = draw_unit(g) - 0.5, v = draw_unit(g), us = 0.5 - fabs(u), k = floor((2 * a / us + b) * u + c);
    if (k < 0 || k > count) continue;
    if (us >= 0.07 && v <= least) return k;
    v = log(v * alpha / (a / (us * us) + b));
    double bound = (m + 0.5) * log((m + 1) / (odds * (count - m + 1))) +
                   (count + 1) * log((count - m + 1) / (count - k + 1)) +
                   (k + 0.5) * log(odds * (count - k + 1) / (k + 1)) + stirling_tail(m) + stirling_tail(count - m) -
                   stirling_tail(k) - stirling_tail(count - k);
    if (v <= bound) return k;
  }
}

static double draw_binomial(st_generator *g, double count, double p, bool single) {
  if (count <= 0 || p <= 0) return 0;
  if (p >= 1) return count;
  if (isnan(p) || !(count <= DBL_MAX)) return NAN;
  double less = p <= 0.5 ? p : single ? (double)(float)(1.0 - p) : 1.0 - p;
  double product = single ? (double)((float)count * (float)less) : count * less;
  double k = product >= 10 ? binomial_by_rejection(g, count, less, single)
                           : binomial_by_inversion(g, count, less, single);
  return p <= 0.5 ? k : count - k;
}

void st_fill_binomial(
    st_generator *g, int64_t n, const void *count, const void *p, void *out, st_dtype dtype) {
  for (int64_t i = 0; i < n; i++) {
    if (dtype == ST_F64)
      ((double *)out)[i] = draw_binomial(g, ((const double *)count)[i], ((const double *)p)[i], false);
    else
      ((float *)out)[i] = (float)draw_binomial(g, ((const float *)count)[i], ((const float *)p)[i], true);
  }
}
