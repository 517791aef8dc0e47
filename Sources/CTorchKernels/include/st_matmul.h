// Matrix multiplication: oneDNN's matmul primitive for float32 and bfloat16, own kernels for what it lacks.
#ifndef ST_MATMUL_H
#define ST_MATMUL_H

#include "st_types.h"

/// A batch of matrices: element (b, r, c) lies at data[b * batch + r * row + c * col].
typedef struct {
  void *_Nonnull data;
  int64_t batch, row, col;
} st_matrix;

/// out[b] = a[b] @ b[b] (+ bias): [m, k] x [k, n] -> [m, n], `batch` times. All of one dtype (any but bool), or a and b
/// of a half type and out of float32, without bias: the sums before they are rounded. `out` has col == 1 and row >= n.
/// `bias` is NULL or n elements of that dtype, added to every row. Any strides are accepted for a and b (0 batch
/// strides broadcast); what a kernel cannot read is packed. k == 0 gives zeros (plus bias). Integers wrap. float16 is
/// computed in float32 and rounded once. Deterministic for any number of threads. Returns 0, or the bytes of scratch
/// memory that it asked for in vain: what it wrote is then undefined.
int64_t st_matmul(st_dtype dtype, st_dtype out_dtype, int64_t batch, int64_t m, int64_t n, int64_t k,
                  const st_matrix *_Nonnull a, const st_matrix *_Nonnull b, const void *_Nullable bias,
                  const st_matrix *_Nonnull out);

#endif
