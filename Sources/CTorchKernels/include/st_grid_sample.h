// Sampling of planes at points of a grid, and its adjoint.
#ifndef ST_GRID_SAMPLE_H
#define ST_GRID_SAMPLE_H

#include "st_types.h"

typedef enum { ST_GRID_LINEAR, ST_GRID_NEAREST, ST_GRID_CUBIC } st_grid_mode;
typedef enum { ST_GRID_ZEROS, ST_GRID_BORDER, ST_GRID_REFLECTION } st_grid_padding;

/// Planes [batch, channels, sizes] and grids [batch, points, dims] of coordinates in [-1, 1], the last dimension's
/// first. `sizes` has `dims` numbers (2 or 3).
typedef struct {
  int64_t batch, channels, points, dims;
  int64_t sizes[3];
  st_grid_mode mode;
  st_grid_padding padding;
  bool align_corners;
} st_grid_shape;

/// Computes out [batch, channels, points].
void st_grid_sample(const st_grid_shape *_Nonnull shape, void *_Nonnull out, const void *_Nonnull in,
                    const void *_Nonnull grid, st_dtype dtype);

/// Computes the gradients of the planes and of the grid; NULL for one that is not wanted. Returns 0, or the bytes of a
/// scratch allocation that failed.
int64_t st_grid_sample_backward(const st_grid_shape *_Nonnull shape, void *_Nullable in_grad, void *_Nullable grid_grad,
                                const void *_Nonnull grad, const void *_Nonnull in, const void *_Nonnull grid,
                                st_dtype dtype);

#endif
