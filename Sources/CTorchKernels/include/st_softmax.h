// Fused softmax on contiguous [outer, n, inner] arrays of float dtypes (float16 and bfloat16 are computed in float32).
// Both functions return 0, or the bytes of a scratch allocation that failed; the contents of `out` are then undefined.
#ifndef ST_SOFTMAX_H
#define ST_SOFTMAX_H

#include "st_types.h"

/// Computes softmax, or log-softmax if `log`, along the middle dimension.
int64_t st_softmax(bool log, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out, const void *_Nonnull in,
                   st_dtype dtype);

/// Computes the gradient with respect to the input, from the output `y` and the output's gradient `grad`.
/// softmax: y * (grad - sum(grad * y)); log-softmax: grad - exp(y) * sum(grad).
int64_t st_softmax_backward(bool log, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out,
                            const void *_Nonnull grad, const void *_Nonnull y, st_dtype dtype);

#endif
