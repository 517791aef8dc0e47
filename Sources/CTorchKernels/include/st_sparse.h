// Products with sparse matrices.
#ifndef ST_SPARSE_H
#define ST_SPARSE_H

#include "st_types.h"

/// Multiplies a sparse matrix of compressed rows, `rows` x `inner`, by the contiguous matrix `dense`, `inner` x
/// `width`: row r of `out` is the sum of values[i] times row columns[i] of `dense`, for i from starts[r] to before
/// starts[r + 1], in this order. `values` has `count` elements of `dtype`, which is F32 or F64. Returns false if a
/// start or a column is out of range; such rows of `out` are not complete.
bool st_row_product(int64_t rows, int64_t inner, int64_t width, int64_t count, const int64_t *_Nonnull starts,
                    const int64_t *_Nonnull columns, const void *_Nonnull values, const void *_Nonnull dense,
                    void *_Nonnull out, st_dtype dtype);

#endif
