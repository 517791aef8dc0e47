// Plans of Fourier transforms, and their cache.
#include "fft_plan.h"
#include "scratch.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/// The number of plans that are kept while they are not in use.
enum { KEPT = 32 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static fft_plan *plans;
static uint64_t uses;

/// Computes exp(-2πi · j / n), 0 ≤ j < n, to the last bit or nearly so.
static void root(int64_t j, int64_t n, double *re, double *im) {
  int64_t octant = 8 * j / n, rest = 8 * j - octant * n;
  double angle = (double)(octant % 2 ? n - rest : rest) / (double)n * (M_PI / 4);
  double c = cos(angle), s = sin(angle);
  bool swapped = octant == 1 || octant == 2 || octant == 5 || octant == 6;
  *re = swapped ? s : c;
  *im = swapped ? c : s;
  if (octant >= 2 && octant < 6) *re = -*re;
  if (octant < 4) *im = -*im;
}

static void put(void *table, bool is_double, int64_t i, double value) {
  if (is_double) ((double *)table)[i] = value;
  else ((float *)table)[i] = (float)value;
}

static void put_root(void *table, bool is_double, int64_t i, int64_t j, int64_t n) {
  double re, im;
  root(j % n, n, &re, &im);
  put(table, is_double, 2 * i, re);
  put(table, is_double, 2 * i + 1, im);
}

static void *table_of(int64_t numbers, bool is_double, _Atomic int64_t *missing) {
  size_t bytes = (size_t)numbers * (is_double ? sizeof(double) : sizeof(float));
  void *table = st_kept_scratch(bytes);
  if (!table) st_note_missing(missing, bytes);
  return table;
}

// MARK: - Methods

/// Returns n without its factors up to FFT_PRIME.
static int64_t rough_part(int64_t n) {
  for (int p = 2; p <= FFT_PRIME; p++)
    while (n % p == 0) n /= p;
  return n;
}

static bool make_passes(fft_plan *p, _Atomic int64_t *missing) {
  p->method = FFT_PASSES;
  int64_t rest = p->n, s = 1;
  while (rest > 1) {
    int radix = rest % 4 == 0 ? 4 : 2;
    while (rest % radix) radix++;
    fft_stage *stage = &p->stages[p->stage_count++];
    int64_t m = rest / radix;
    stage->radix = radix;
    stage->m = m;
    stage->s = s;
    void *factors = table_of(2 * (m * (radix - 1) + (radix > 5 ? radix : 0)), p->is_double, missing);
    if (!factors) return false;
    stage->factors = factors;
    for (int64_t i = 0; i < m; i++)
      for (int k = 1; k < radix; k++) put_root(factors, p->is_double, i * (radix - 1) + k - 1, i * k, rest);
    if (radix > 5)
      for (int k = 0; k < radix; k++) put_root(factors, p->is_double, m * (radix - 1) + k, k, radix);
    rest = m;
    s *= radix;
  }
  return true;
}

static bool make_two_steps(fft_plan *p, _Atomic int64_t *missing) {
  p->method = FFT_TWO_STEPS;
  int64_t n = p->n, n1 = (int64_t)sqrt((double)n);
  while (n % n1) n1--;
  int64_t n2 = n / n1;
  p->first = fft_plan_of(n1, p->is_double, false, missing);
  p->second = fft_plan_of(n2, p->is_double, false, missing);
  p->coarse_count = (n2 + FFT_FINE - 1) / FFT_FINE;
  p->fine = table_of(2 * n1 * FFT_FINE, p->is_double, missing);
  p->coarse = table_of(2 * n1 * p->coarse_count, p->is_double, missing);
  if (!p->first || !p->second || !p->fine || !p->coarse) return false;
  for (int64_t k = 0; k < n1; k++) {
    for (int64_t t = 0; t < FFT_FINE; t++) {
      double re, im;
      root(k * t % n, n, &re, &im);
      put(p->fine, p->is_double, 2 * k * FFT_FINE + t, re);
      put(p->fine, p->is_double, (2 * k + 1) * FFT_FINE + t, im);
    }
    for (int64_t j = 0; j < p->coarse_count; j++)
      put_root(p->coarse, p->is_double, k * p->coarse_count + j, k * FFT_FINE * j, n);
  }
  return true;
}

/// Returns a length of at least `least` with small factors.
static int64_t smooth_length(int64_t least) {
  int64_t best = 1;
  while (best < least) best *= 2;
  for (int64_t odd = 3; odd <= 15; odd += 2) {
    int64_t length = odd;
    while (length < least) length *= 2;
    if (odd != 7 && odd != 11 && odd != 13 && length < best) best = length;
  }
  return best;
}

static bool make_chirp(fft_plan *p, _Atomic int64_t *missing) {
  p->method = FFT_CHIRP;
  int64_t n = p->n, size = smooth_length(2 * n - 1);
  p->first = fft_plan_of(size, p->is_double, false, missing);
  p->fine = table_of(2 * n, p->is_double, missing);
  p->coarse = table_of(2 * size, p->is_double, missing);
  void *conjugate = table_of(2 * size, p->is_double, missing);
  bool made = p->first && p->fine && p->coarse && conjugate;
  if (made) {
    memset(conjugate, 0, (size_t)(2 * size) * (p->is_double ? sizeof(double) : sizeof(float)));
    int64_t square = 0;  // k² modulo 2n
    for (int64_t k = 0; k < n; k++) {
      double re, im;
      root(square, 2 * n, &re, &im);
      put(p->fine, p->is_double, 2 * k, re);
      put(p->fine, p->is_double, 2 * k + 1, im);
      int64_t places[2] = {k, k ? size - k : 0};
      for (int i = 0; i < 2; i++) {
        put(conjugate, p->is_double, 2 * places[i], re / (double)size);
        put(conjugate, p->is_double, 2 * places[i] + 1, -im / (double)size);
      }
      square = (square + 2 * k + 1) % (2 * n);
    }
    made = fft_transform_table(p->first, p->coarse, conjugate, missing);
  }
  free(conjugate);
  return made;
}

static bool make_halves(fft_plan *p, _Atomic int64_t *missing) {
  p->method = FFT_HALVES;
  int64_t half = p->n / 2;
  p->first = fft_plan_of(half, p->is_double, false, missing);
  p->fine = table_of(2 * (half / 2 + 1), p->is_double, missing);
  if (!p->first || !p->fine) return false;
  for (int64_t k = 0; k <= half / 2; k++) put_root(p->fine, p->is_double, k, k, p->n);
  return true;
}

static void destroy(fft_plan *p) {
  for (int i = 0; i < p->stage_count; i++) free((void *)p->stages[i].factors);
  free(p->fine);
  free(p->coarse);
  if (p->first) fft_plan_release(p->first);
  if (p->second) fft_plan_release(p->second);
  free(p);
}

// MARK: - Cache

static fft_plan *find(int64_t n, bool is_double, bool is_real) {
  pthread_mutex_lock(&lock);
  fft_plan *p = plans;
  while (p && !(p->n == n && p->is_double == is_double && p->is_real == is_real)) p = p->next;
  if (p) {
    p->users++;
    p->last_use = ++uses;
  }
  pthread_mutex_unlock(&lock);
  return p;
}

fft_plan *fft_plan_of(int64_t n, bool is_double, bool is_real, _Atomic int64_t *missing) {
  fft_plan *p = find(n, is_double, is_real);
  if (p) return p;
  p = calloc(1, sizeof *p);
  if (!p) {
    st_note_missing(missing, sizeof *p);
    return NULL;
  }
  p->n = n;
  p->is_double = is_double;
  p->is_real = is_real;
  bool made = is_real             ? make_halves(p, missing)
              : rough_part(n) > 1 ? make_chirp(p, missing)
              : n > FFT_DIRECT    ? make_two_steps(p, missing)
                                  : make_passes(p, missing);
  if (!made) {
    destroy(p);
    return NULL;
  }
  p->users = 1;
  pthread_mutex_lock(&lock);
  p->last_use = ++uses;
  p->next = plans;
  plans = p;
  pthread_mutex_unlock(&lock);
  return p;
}

void fft_plan_release(fft_plan *plan) {
  fft_plan *oldest = NULL;
  pthread_mutex_lock(&lock);
  plan->users--;
  int unused = 0;
  for (fft_plan *p = plans; p; p = p->next) {
    if (p->users > 0) continue;
    unused++;
    if (!oldest || p->last_use < oldest->last_use) oldest = p;
  }
  if (unused <= KEPT) oldest = NULL;
  if (oldest) {
    fft_plan **link = &plans;
    while (*link != oldest) link = &(*link)->next;
    *link = oldest->next;
  }
  pthread_mutex_unlock(&lock);
  if (oldest) destroy(oldest);
}
