// Reductions and scans. Each returns 0, or the bytes of scratch memory that it asked for in vain: what it wrote is then
// undefined.
#ifndef ST_REDUCE_H
#define ST_REDUCE_H

#include "st_types.h"

typedef enum __attribute__((enum_extensibility(closed), swift_name("Reduction"))) st_reduction : uint8_t {
  ST_REDUCE_SUM __attribute__((swift_name("sum"))),
  ST_REDUCE_PROD __attribute__((swift_name("prod"))),
  ST_REDUCE_MAX __attribute__((swift_name("max"))),          // NaN wins
  ST_REDUCE_MIN __attribute__((swift_name("min"))),
  ST_REDUCE_ALL __attribute__((swift_name("all"))),          // to bool
  ST_REDUCE_ANY __attribute__((swift_name("any"))),
  ST_REDUCE_COUNT_NONZERO __attribute__((swift_name("countNonzero"))),  // to int64
  ST_REDUCE_SUM_SQUARES __attribute__((swift_name("sumOfSquares"))),
  ST_REDUCE_SUM_ABS __attribute__((swift_name("sumOfAbs"))),
  ST_REDUCE_NANSUM __attribute__((swift_name("nansum"))),
} st_reduction;

/// A reduction's iteration: `keep` dimensions are walked, each result reduces the `red` dimensions, in row-major order.
/// Strides in elements.
typedef struct {
  int keep, red;
  const int64_t *_Nullable keep_sizes;
  const int64_t *_Nullable keep_in_strides;    // of the input
  const int64_t *_Nullable keep_out_strides;   // of the output
  const int64_t *_Nullable red_sizes;
  const int64_t *_Nullable red_in_strides;
} st_reduce_shape;

/// out = reduction(in). The input is read as `in_dtype` and accumulated in: double for floats' partial sums where it
/// matters (blocks of at most a few thousand elements in the element's own precision, the blocks in double), int64 for
/// integers. Written as `out_dtype` (any). Sums of float16/bfloat16 are rounded once. An empty reduction gives the
/// identity (0, 1, true, false); MAX and MIN of nothing are the caller's to refuse. Bit-equal for any number of
/// threads. `in_dtype` other than the accumulate type is converted as it is read (sum of int32 into float32 included).
int64_t st_reduce(st_reduction op, const st_reduce_shape *_Nonnull shape, void *_Nonnull out, st_dtype out_dtype,
                  const void *_Nonnull in, st_dtype in_dtype);

/// Index of the first maximum (or minimum) over the reduced dimensions (row-major index over them), and its value. NaN
/// counts as the extreme. Either output may be NULL.
int64_t st_reduce_arg(bool max, const st_reduce_shape *_Nonnull shape, void *_Nullable values,
                      int64_t *_Nullable indices, const void *_Nonnull in, st_dtype dtype);

/// Mean and sum of squared deviations (two passes or Welford, stable), for float dtypes; results are written as
/// `dtype`. `variance` = sum of squared deviations / max(0, n - correction), as PyTorch's var; either output may be
/// NULL.
int64_t st_reduce_moments(const st_reduce_shape *_Nonnull shape, double correction, void *_Nullable variance,
                          void *_Nullable mean, const void *_Nonnull in, st_dtype dtype);

/// sum |x|^p for general p > 0 (float dtypes); the caller takes the root.
int64_t st_reduce_power(const st_reduce_shape *_Nonnull shape, double p, void *_Nonnull out, const void *_Nonnull in,
                        st_dtype dtype);

typedef enum __attribute__((enum_extensibility(closed), swift_name("Scan"))) st_scan_op : uint8_t {
  ST_SCAN_SUM __attribute__((swift_name("sum"))),
  ST_SCAN_PROD __attribute__((swift_name("prod"))),
  ST_SCAN_MAX __attribute__((swift_name("max"))),
  ST_SCAN_MIN __attribute__((swift_name("min"))),
  ST_SCAN_LOGSUMEXP __attribute__((swift_name("logsumexp"))),
} st_scan_op;

/// Inclusive scan along the middle dimension of a contiguous [outer, n, inner] array into another of the same dtype.
/// `indices` (int64, same shape) only for MAX and MIN (the last of equal values, as PyTorch's cummax), may be NULL.
int64_t st_scan(st_scan_op op, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out, int64_t *_Nullable indices,
                const void *_Nonnull in, st_dtype dtype);

#endif
