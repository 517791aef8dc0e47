// Linear maps along the spatial dimensions of planes [outer, depth, height, width, inner]: interpolation and its
// adjoint.
#ifndef ST_RESAMPLE_H
#define ST_RESAMPLE_H

#include "st_types.h"

/// The map along one dimension: result i is the sum of weights[k] * source[indices[k]] over offsets[i] <= k <
/// offsets[i + 1]. If `offsets` is NULL, the dimension is left as it is.
typedef struct {
  int64_t in, out;
  const int64_t *_Nullable offsets;
  const int64_t *_Nullable indices;
  const double *_Nullable weights;
} st_resample_axis;

/// The form of a map: depth, height and width.
typedef struct {
  int64_t outer, inner;
  st_resample_axis axis[3];
} st_resample_shape;

/// Computes the map: float64 in float64, other floats and uint8 in float32. Returns 0, or the bytes of a scratch
/// allocation that failed.
int64_t st_resample(const st_resample_shape *_Nonnull shape, void *_Nonnull out, const void *_Nonnull in,
                    st_dtype dtype);

/// Computes the map of uint8 planes with 16-bit weights: along the width, then along the height, each result rounded to
/// uint8 (Pillow's arithmetic). Returns 0, or the bytes of a scratch allocation that failed.
int64_t st_resample_rounding(const st_resample_shape *_Nonnull shape, uint8_t *_Nonnull out,
                             const uint8_t *_Nonnull in);

#endif
