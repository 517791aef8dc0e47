// Pooling of planes [outer, depth, height, width, inner]: contiguous memory has inner 1 and outer N·C, channels-last
// memory has inner C and outer N.
#ifndef ST_POOL_H
#define ST_POOL_H

#include "st_types.h"

/// The windows along one dimension. Window i of plane p has the coordinates start, start + step, … below end, where
/// start = starts[p * plane + i] and end = ends[p * plane + i]. All lie in [0, in). `counts[i]` is its factor of an
/// average's divisor.
typedef struct {
  int64_t in, out, step, plane;
  const int64_t *_Nonnull starts;
  const int64_t *_Nonnull ends;
  const int64_t *_Nullable counts;
} st_pool_axis;

/// The form of a pooling: depth, height and width.
typedef struct {
  int64_t outer, inner;
  st_pool_axis axis[3];
} st_pool_shape;

/// Writes the maximum of each window (NaN wins) and, unless `indices` is NULL, its position in the source plane: the
/// first of equal elements, the last NaN.
void st_max_pool(const st_pool_shape *_Nonnull shape, void *_Nonnull out, int64_t *_Nullable indices,
                 const void *_Nonnull in, st_dtype dtype);

/// Writes the sum of each window divided by `divisor`, or by the product of its counts if `divisor` is 0.
void st_avg_pool(const st_pool_shape *_Nonnull shape, int64_t divisor, void *_Nonnull out, const void *_Nonnull in,
                 st_dtype dtype);

/// The adjoint of st_avg_pool. Returns 0, or the bytes of a scratch allocation that failed.
int64_t st_avg_pool_backward(const st_pool_shape *_Nonnull shape, int64_t divisor, void *_Nonnull out,
                             const void *_Nonnull grad, st_dtype dtype);

/// Sets out [outer, source, inner] to zero and adds each element of grad [outer, count, inner] at its index in the
/// plane; those with indices out of range are left out. Returns 0, or the bytes of a scratch allocation that failed.
int64_t st_plane_scatter(int64_t outer, int64_t source, int64_t count, int64_t inner, void *_Nonnull out,
                         const void *_Nonnull grad, const int64_t *_Nonnull indices, st_dtype dtype);

#endif
