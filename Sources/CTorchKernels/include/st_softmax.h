// Fused softmax and cross entropy on contiguous [outer, n, inner] arrays, float dtypes (float16 and bfloat16 computed
// in float32). Both return 0, or the bytes of scratch memory that they asked for in vain: what they wrote is then
// undefined.
#ifndef ST_SOFTMAX_H
#define ST_SOFTMAX_H

#include "st_types.h"

/// softmax, or log-softmax, along the middle dimension.
int64_t st_softmax(bool log, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out, const void *_Nonnull in,
                   st_dtype dtype);

/// The gradient with respect to the input, from the output `y` and the gradient `grad` of the output.
/// softmax: y * (grad - sum(grad * y)); log-softmax: grad - exp(y) * sum(grad).
int64_t st_softmax_backward(bool log, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out,
                            const void *_Nonnull grad, const void *_Nonnull y, st_dtype dtype);

#endif
