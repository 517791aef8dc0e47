// How a transform of one length is computed.
#ifndef ST_FFT_PLAN_H
#define ST_FFT_PLAN_H

#include "st_fft.h"

enum {
  FFT_STAGES = 64,
  // The longest transform that is computed on vectors of transforms in the second cache.
  FFT_DIRECT = 2048,
  // The largest prime factor with a pass of its own.
  FFT_PRIME = 61,
  // The distance of exponents in the coarse table of a transform in two steps.
  FFT_FINE = 64,
};

typedef enum {
  // Passes of small radices (Stockham).
  FFT_PASSES,
  // Two transforms, of lengths first->n and second->n, with a factor between them (Bailey's four steps).
  FFT_TWO_STEPS,
  // A convolution with a chirp, by transforms of length first->n (Bluestein).
  FFT_CHIRP,
  // Real numbers of even length: a complex transform of half the length, first.
  FFT_HALVES,
} fft_method;

/// A pass: butterflies of `radix` numbers that are m · s apart.
typedef struct {
  int radix;
  int64_t m, s;
  // m · (radix - 1) complex factors; behind them, for radices above 5, the `radix` complex roots of unity.
  const void *factors;
} fft_stage;

typedef struct fft_plan {
  fft_method method;
  int64_t n;
  bool is_double, is_real;
  int stage_count;
  fft_stage stages[FFT_STAGES];
  struct fft_plan *first, *second;
  // Two steps: for each k < first->n the real parts, then the imaginary parts of the n-th roots of unity to the powers
  // k · t (fine, FFT_FINE each), and as complex numbers those to the powers k · FFT_FINE · j (coarse, coarse_count).
  // Chirp: the chirp (n), and the transform of its conjugate, divided by first->n. Halves: the roots (fine).
  void *fine, *coarse;
  int64_t coarse_count;
  // The cache.
  int users;
  uint64_t last_use;
  struct fft_plan *next;
} fft_plan;

/// Returns a plan from the cache, or a new one; NULL if there is no memory. A plan for real numbers has an even length.
/// Give it back with fft_plan_release.
fft_plan *fft_plan_of(int64_t n, bool is_double, bool is_real, _Atomic int64_t *missing);
void fft_plan_release(fft_plan *plan);

/// Computes the transform of `count` complex numbers of a new plan with a plan that is ready.
bool fft_transform_table(fft_plan *plan, void *out, const void *in, _Atomic int64_t *missing);

#endif
