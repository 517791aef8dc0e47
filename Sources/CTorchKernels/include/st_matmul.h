// Matrix multiplication: oneDNN's matmul primitive for float32 and bfloat16, own kernels for everything else.
#ifndef ST_MATMUL_H
#define ST_MATMUL_H

#include "st_types.h"

/// A batch of matrices: element (b, r, c) lies at data[b * batch + r * row + c * col].
typedef struct {
  void *_Nonnull data;
  int64_t batch, row, col;
} st_matrix;

/// Computes out[b] = a[b] @ b[b] (+ bias) for `batch` products [m, k] x [k, n] -> [m, n]. All operands have one dtype
/// (any but bool). As an exception, a and b may be of a half type and out of float32, without bias; out then gets the
/// sums before they are rounded. `out` has col == 1 and row >= n. `bias` is NULL or n elements of that dtype, which are
/// added to every row. a and b may have any strides (a batch stride of 0 broadcasts); operands that a kernel cannot
/// read are packed. k == 0 gives zeros (plus bias). Integers wrap. float16 is computed in float32 and rounded once. The
/// result does not depend on the number of threads. Returns 0, or the bytes of a scratch allocation that failed; the
/// contents of `out` are then undefined.
int64_t st_matmul(st_dtype dtype, st_dtype out_dtype, int64_t batch, int64_t m, int64_t n, int64_t k,
                  const st_matrix *_Nonnull a, const st_matrix *_Nonnull b, const void *_Nullable bias,
                  const st_matrix *_Nonnull out);

#endif
