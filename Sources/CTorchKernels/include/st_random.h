// The CPU random generator: MT19937 and PyTorch's draws from it (shared facts: see RANDOM.md), the same bits on every
// machine.
#ifndef ST_RANDOM_H
#define ST_RANDOM_H

#include "st_types.h"

/// The generator's whole state; plain memory, copied freely.
typedef struct {
  uint64_t seed;
  uint32_t state[624];
  int32_t left, next;           // PyTorch's bookkeeping: numbers left in this block, next to hand out
  bool has_next_double;         // the sine half of a scalar normal pair, kept for the next call
  double next_double;
} st_generator;

void st_generator_seed(st_generator *_Nonnull g, uint64_t seed);
uint32_t st_random32(st_generator *_Nonnull g);
uint64_t st_random64(st_generator *_Nonnull g);    // (first << 32) | second

/// Fill n contiguous elements of a float dtype with uniforms of [from, to): float64 by 53 bits, float32 by 24; half
/// types draw float32's and round, and one that rounds to `to` becomes `from`.
void st_fill_uniform(st_generator *_Nonnull g, double from, double to, int64_t n, void *_Nonnull out, st_dtype dtype);
/// n >= 16: the block algorithm; fewer: Box-Muller in double. float32 and float64 (half types are drawn in float32 and
/// rounded).
void st_fill_normal(st_generator *_Nonnull g, double mean, double std, int64_t n, void *_Nonnull out, st_dtype dtype);
/// The scalar algorithm for each element, whatever n (what PyTorch does for non-contiguous tensors).
void st_fill_normal_scalar(st_generator *_Nonnull g, double mean, double std, int64_t n, void *_Nonnull out,
                           st_dtype dtype);
/// randint: [low, high) as any dtype.
void st_fill_randint(st_generator *_Nonnull g, int64_t low, int64_t high, int64_t n, void *_Nonnull out,
                     st_dtype dtype);
/// random_() without bounds: the dtype's own full range as PyTorch has it (int64: 63 bits, float32: 24 bits, …).
void st_fill_random(st_generator *_Nonnull g, int64_t n, void *_Nonnull out, st_dtype dtype);
void st_fill_randperm(st_generator *_Nonnull g, int64_t n, int64_t *_Nonnull out);
/// 1 where a 53-bit uniform < p, else 0, as dtype. (`bernoulli_(p)`, dropout's mask.)
void st_fill_bernoulli(st_generator *_Nonnull g, double p, int64_t n, void *_Nonnull out, st_dtype dtype);
/// bernoulli(tensor): element i is 1 where a uniform of p's own precision < p[i]. float32: 24 bits; float64: 53 bits.
void st_fill_bernoulli_tensor(st_generator *_Nonnull g, int64_t n, const void *_Nonnull p, st_dtype p_dtype,
                              void *_Nonnull out, st_dtype dtype);
void st_fill_cauchy(st_generator *_Nonnull g, double median, double sigma, int64_t n, void *_Nonnull out,
                    st_dtype dtype);
void st_fill_log_normal(st_generator *_Nonnull g, double mean, double std, int64_t n, void *_Nonnull out,
                        st_dtype dtype);
/// Trials up to the first success, of probability 0 < p < 1 each.
void st_fill_geometric(st_generator *_Nonnull g, double p, int64_t n, void *_Nonnull out, st_dtype dtype);
/// rrelu's slopes: uniform in [lower, upper) where x <= 0 (only there a number is drawn), else 1. x and out are of one
/// float dtype.
void st_fill_rrelu(st_generator *_Nonnull g, double lower, double upper, int64_t n, const void *_Nonnull x,
                   void *_Nonnull out, st_dtype dtype);
/// `count` draws with replacement from each of `rows` distributions over n > 0 categories: weights of a float dtype
/// that are >= 0, finite, and not all 0. Returns false, with nothing written, where memory is short.
bool st_fill_categories(st_generator *_Nonnull g, int64_t rows, int64_t n, int64_t count, const void *_Nonnull weights,
                        st_dtype dtype, int64_t *_Nonnull out);
void st_fill_exponential(st_generator *_Nonnull g, double lambda, int64_t n, void *_Nonnull out, st_dtype dtype);

#endif
