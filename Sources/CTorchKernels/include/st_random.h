// The CPU random generator: MT19937 and PyTorch's draws from it. The bits are the same on every machine.
#ifndef ST_RANDOM_H
#define ST_RANDOM_H

#include "st_types.h"

/// The generator's whole state. It is plain memory and may be copied.
typedef struct {
  uint64_t seed;
  uint32_t state[624];
  int32_t left, next;           // PyTorch's bookkeeping: numbers left in this block, index of the next
  bool has_next_double;         // the sine half of a scalar normal pair is kept for the next call
  double next_double;
} st_generator;

/// Seeds the generator with `seed`.
void st_generator_seed(st_generator *_Nonnull g, uint64_t seed);
/// Returns the next 32 random bits.
uint32_t st_random32(st_generator *_Nonnull g);
/// Returns the next 64 random bits.
uint64_t st_random64(st_generator *_Nonnull g);    // (first << 32) | second

/// Fills n contiguous elements of a float dtype with uniform numbers in [from, to). float64 uses 53 bits, float32 24.
/// Half types round float32 draws; a draw that rounds to `to` becomes `from`.
void st_fill_uniform(st_generator *_Nonnull g, double from, double to, int64_t n, void *_Nonnull out, st_dtype dtype);
/// Fills with normal numbers, in float32 or float64 (half types round float32 draws). n >= 16 uses PyTorch's block
/// algorithm, fewer elements Box-Muller in double.
void st_fill_normal(st_generator *_Nonnull g, double mean, double std, int64_t n, void *_Nonnull out, st_dtype dtype);
/// Like st_fill_normal, with the scalar algorithm for every n. PyTorch uses it for non-contiguous tensors.
void st_fill_normal_scalar(st_generator *_Nonnull g, double mean, double std, int64_t n, void *_Nonnull out,
                           st_dtype dtype);
/// Fills with integers in [low, high), as any dtype. PyTorch's randint.
void st_fill_randint(st_generator *_Nonnull g, int64_t low, int64_t high, int64_t n, void *_Nonnull out,
                     st_dtype dtype);
/// Fills with the dtype's own full range, as PyTorch's random_() without bounds does (int64: 63 bits, float32: 24 bits,
/// …).
void st_fill_random(st_generator *_Nonnull g, int64_t n, void *_Nonnull out, st_dtype dtype);
/// Fills with a random permutation of 0..<n. PyTorch's randperm.
void st_fill_randperm(st_generator *_Nonnull g, int64_t n, int64_t *_Nonnull out);
/// Fills with 1 if a 53-bit uniform number is less than p, else 0, as `dtype`. For `bernoulli_(p)` and dropout's mask.
void st_fill_bernoulli(st_generator *_Nonnull g, double p, int64_t n, void *_Nonnull out, st_dtype dtype);
/// Sets element i to 1 if a uniform number is less than p[i], else 0. The uniform number has the precision of p's
/// dtype: 24 bits for float32, 53 bits for float64. PyTorch's bernoulli(tensor).
void st_fill_bernoulli_tensor(st_generator *_Nonnull g, int64_t n, const void *_Nonnull p, st_dtype p_dtype,
                              void *_Nonnull out, st_dtype dtype);
/// Fills with draws from a Cauchy distribution.
void st_fill_cauchy(st_generator *_Nonnull g, double median, double sigma, int64_t n, void *_Nonnull out,
                    st_dtype dtype);
/// Fills with exp of normal numbers.
void st_fill_log_normal(st_generator *_Nonnull g, double mean, double std, int64_t n, void *_Nonnull out,
                        st_dtype dtype);
/// Fills with the number of trials up to the first success. Each trial succeeds with probability p, 0 < p < 1.
void st_fill_geometric(st_generator *_Nonnull g, double p, int64_t n, void *_Nonnull out, st_dtype dtype);
/// Writes the slopes of rrelu: uniform in [lower, upper) if x <= 0, else 1. A number is drawn only if x <= 0. x and out
/// have the same float dtype.
void st_fill_rrelu(st_generator *_Nonnull g, double lower, double upper, int64_t n, const void *_Nonnull x,
                   void *_Nonnull out, st_dtype dtype);
/// Draws `count` categories with replacement from each of `rows` distributions over n > 0 categories. The weights have
/// a float dtype, are finite and >= 0, and not all 0. Returns false, and writes nothing, if there is too little memory.
bool st_fill_categories(st_generator *_Nonnull g, int64_t rows, int64_t n, int64_t count, const void *_Nonnull weights,
                        st_dtype dtype, int64_t *_Nonnull out);
/// Fills with draws from an exponential distribution with rate `lambda`.
void st_fill_exponential(st_generator *_Nonnull g, double lambda, int64_t n, void *_Nonnull out, st_dtype dtype);
/// Fills with draws from the standard gamma distribution: element i has concentration[i]. The dtype is float32 or
/// float64. A draw is at least the smallest normal number.
void st_fill_gamma(st_generator *_Nonnull g, int64_t n, const void *_Nonnull concentration, void *_Nonnull out,
                   st_dtype dtype);
/// Fills each row with a draw from the Dirichlet distribution of the same row of concentrations, in float32 or float64.
/// There is at least one element. Returns false, and writes nothing, if there is too little memory.
bool st_fill_dirichlet(st_generator *_Nonnull g, int64_t rows, int64_t columns, const void *_Nonnull concentration,
                       void *_Nonnull out, st_dtype dtype);
/// Fills with draws from Poisson distributions: element i has rate[i] >= 0. The dtype is a float dtype. A rate that is
/// not finite gives NaN.
void st_fill_poisson(st_generator *_Nonnull g, int64_t n, const void *_Nonnull rate, void *_Nonnull out,
                     st_dtype dtype);
/// Fills with draws from binomial distributions: element i has count[i] trials of probability p[i]. The dtype is
/// float32 or float64. NaN, or an infinite count, gives NaN.
void st_fill_binomial(st_generator *_Nonnull g, int64_t n, const void *_Nonnull count, const void *_Nonnull p,
                      void *_Nonnull out, st_dtype dtype);

#endif
