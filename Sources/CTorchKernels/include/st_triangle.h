// Triangles of matrices.
#ifndef ST_TRIANGLE_H
#define ST_TRIANGLE_H

#include "st_types.h"

/// Copies `in` to `out` on and below a diagonal (on and above it if `upper`) and writes zeros elsewhere. Both are
/// contiguous, batch × rows × columns, elements of `item` bytes. The diagonal meets the first row in column `diagonal`,
/// which lies in -rows…columns.
void st_triangle(bool upper, int64_t batch, int64_t rows, int64_t columns, int64_t diagonal, void *_Nonnull out,
                 const void *_Nonnull in, size_t item);

#endif
