// Normalization of contiguous arrays of float dtypes: (x - mean) * rstd * weight + bias, and its gradient. float16 and
// bfloat16 are computed in float32. Statistics, weights, biases and their gradients are float64 for float64, otherwise
// float32. The functions return 0, or the bytes of a scratch allocation that failed; results are then undefined.
#ifndef ST_NORMALIZE_H
#define ST_NORMALIZE_H

#include "st_types.h"

/// Rows of n elements. Each row has its own statistics. `inner` neighbours of a row share a weight; row r uses the
/// weights [r % groups][n / inner].
typedef struct {
  int64_t rows, n, groups, inner;
} st_norm_rows;

/// An array [outer, channels, inner]. Each channel has its own statistics and its own weight.
typedef struct {
  int64_t outer, channels, inner;
} st_norm_channels;

/// Normalizes rows. If `centered`, rstd is 1 / sqrt(variance + eps). Otherwise nothing is subtracted, `mean` is not
/// used, and rstd is 1 / sqrt(mean of x² + eps). Writes `out`, `mean` and `rstd`.
int64_t st_normalize_rows(bool centered, const st_norm_rows *_Nonnull form, double eps, void *_Nonnull out,
                          void *_Nullable mean, void *_Nonnull rstd, const void *_Nonnull in,
                          const void *_Nullable weight, const void *_Nullable bias, st_dtype dtype);

/// Computes the gradients of the input, weight and bias from the result's gradient `grad`. Results that are NULL are
/// not computed.
int64_t st_normalize_rows_backward(bool centered, const st_norm_rows *_Nonnull form, void *_Nullable out,
                                   void *_Nullable grad_weight, void *_Nullable grad_bias, const void *_Nonnull grad,
                                   const void *_Nonnull in, const void *_Nullable mean, const void *_Nonnull rstd,
                                   const void *_Nullable weight, st_dtype dtype);

/// Normalizes channels. If `given`, reads `mean` and `rstd`; otherwise computes and writes them, and the biased
/// `variance` unless it is NULL. A computed mean is rounded to `mean_dtype` before it is subtracted.
int64_t st_normalize_channels(bool given, const st_norm_channels *_Nonnull form, double eps, st_dtype mean_dtype,
                              void *_Nonnull out, void *_Nonnull mean, void *_Nullable variance, void *_Nonnull rstd,
                              const void *_Nonnull in, const void *_Nullable weight, const void *_Nullable bias,
                              st_dtype dtype);

/// Like st_normalize_rows_backward, for channels. If `given`, mean and rstd do not depend on the input.
int64_t st_normalize_channels_backward(bool given, const st_norm_channels *_Nonnull form, void *_Nullable out,
                                       void *_Nullable grad_weight, void *_Nullable grad_bias,
                                       const void *_Nonnull grad, const void *_Nonnull in, const void *_Nonnull mean,
                                       const void *_Nonnull rstd, const void *_Nullable weight, st_dtype dtype);

#endif
