// Fused softmax and cross entropy on contiguous arrays of float dtypes (float16 and bfloat16 are computed in float32).
// The functions return 0, or the bytes of a scratch allocation that failed; their results are then undefined.
#ifndef ST_SOFTMAX_H
#define ST_SOFTMAX_H

#include "st_types.h"

/// Computes softmax, or log-softmax if `log`, along the middle dimension of an array [outer, n, inner].
int64_t st_softmax(bool log, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out, const void *_Nonnull in,
                   st_dtype dtype);

/// Computes the gradient with respect to the input, from the output `y` and the output's gradient `grad`.
/// softmax: y * (grad - sum(grad * y)); log-softmax: grad - exp(y) * sum(grad).
int64_t st_softmax_backward(bool log, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out,
                            const void *_Nonnull grad, const void *_Nonnull y, st_dtype dtype);

/// Computes the cross entropy of `rows` rows of n logits: the loss of each row, 0 if its target is not in 0 ..< n.
/// `statistics` [2, rows] gets the maximum of each row and the logarithm of its sum. Losses and statistics are float64
/// for float64, otherwise float32.
int64_t st_cross_entropy(int64_t rows, int64_t n, void *_Nonnull losses, void *_Nonnull statistics,
                         const void *_Nonnull in, const int64_t *_Nonnull target, st_dtype dtype);

/// Computes the gradient with respect to the logits: scale[r * scale_step] * (softmax - 1 at the target). The scale has
/// the dtype of the statistics.
int64_t st_cross_entropy_backward(int64_t rows, int64_t n, void *_Nonnull out, const void *_Nonnull scale,
                                  int64_t scale_step, const void *_Nonnull statistics, const void *_Nonnull in,
                                  const int64_t *_Nonnull target, st_dtype dtype);

#endif
