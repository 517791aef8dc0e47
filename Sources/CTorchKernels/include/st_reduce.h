// Reductions and scans. Each function returns 0, or the bytes of a scratch allocation that failed; the contents of the
// outputs are then undefined.
#ifndef ST_REDUCE_H
#define ST_REDUCE_H

#include "st_types.h"

/// The reductions, named as in reductions.inc.
typedef enum __attribute__((enum_extensibility(closed), swift_name("Reduction"))) st_reduction : uint8_t {
#define REDUCTION(name, kind, identity, term, combine) ST_REDUCTION_##name __attribute__((swift_name(#name))),
#define REDUCTION_TEST(name, of, e) ST_REDUCTION_##name __attribute__((swift_name(#name))),
#include "reductions.inc"
  ST_REDUCTION_count __attribute__((swift_name("_count")))
} st_reduction;

/// Loops from the outermost dimension to the innermost, without dimensions of size 1. Strides count elements.
typedef struct {
  int rank;
  int64_t count;  // the product of the sizes
  const int64_t *_Nonnull sizes;
  const int64_t *_Nonnull in;    // the strides of the input
  const int64_t *_Nullable out;  // the strides of the output, for kept dimensions
} st_loops;

/// The iteration of a reduction: each position of the `keep` loops gives one result, which reduces the `red` loops in
/// row-major order. The caller has ordered and merged the dimensions.
typedef struct {
  st_loops keep, red;
} st_reduce_shape;

/// Computes out = reduction(in). The input is read as `in_dtype` and converted to the accumulation type if that differs
/// (for example, int32 summed into float32). Integers accumulate in int64. Floats are summed in their own precision in
/// blocks of at most a few thousand elements, and the block sums in double. The result is written as `out_dtype` (any).
/// Sums of float16 and bfloat16 are rounded once. An empty reduction gives the identity (0, 1, true, false); the caller
/// must refuse an empty maximum or minimum. The bits do not depend on the number of threads.
int64_t st_reduce(st_reduction op, const st_reduce_shape *_Nonnull shape, void *_Nonnull out, st_dtype out_dtype,
                  const void *_Nonnull in, st_dtype in_dtype);

/// Finds the first maximum (or minimum) over the reduced dimensions: its row-major index over them, and its value. NaN
/// counts as the extreme value. Either output may be NULL.
int64_t st_reduce_arg(bool max, const st_reduce_shape *_Nonnull shape, void *_Nullable values,
                      int64_t *_Nullable indices, const void *_Nonnull in, st_dtype dtype);

/// Computes the mean and the variance of float dtypes with a stable algorithm; results are written as `dtype`.
/// `variance` = sum of squared deviations / max(0, n - correction), as PyTorch's var. Either output may be NULL.
int64_t st_reduce_moments(const st_reduce_shape *_Nonnull shape, double correction, void *_Nullable variance,
                          void *_Nullable mean, const void *_Nonnull in, st_dtype dtype);

/// Computes sum |x|^p for p > 0 (float dtypes). The caller takes the root.
int64_t st_reduce_power(const st_reduce_shape *_Nonnull shape, double p, void *_Nonnull out, const void *_Nonnull in,
                        st_dtype dtype);

/// Returns a reduction's name in reductions.inc.
const char *_Nonnull st_reduction_name(st_reduction op);
/// Returns whether a reduction counts elements, so that an int64 holds its values.
bool st_reduction_counts(st_reduction op);

/// The scan operations.
typedef enum __attribute__((enum_extensibility(closed), swift_name("Scan"))) st_scan_op : uint8_t {
  ST_SCAN_SUM __attribute__((swift_name("sum"))),
  ST_SCAN_PROD __attribute__((swift_name("prod"))),
  ST_SCAN_MAX __attribute__((swift_name("max"))),
  ST_SCAN_MIN __attribute__((swift_name("min"))),
  ST_SCAN_LOGSUMEXP __attribute__((swift_name("logsumexp"))),
} st_scan_op;

/// Computes an inclusive scan along the middle dimension of a contiguous [outer, n, inner] array. The output has the
/// same dtype and shape. `indices` (int64, same shape) is only for MAX and MIN and may be NULL; it gets the last of
/// equal values, as PyTorch's cummax does.
int64_t st_scan(st_scan_op op, int64_t outer, int64_t n, int64_t inner, void *_Nonnull out, int64_t *_Nullable indices,
                const void *_Nonnull in, st_dtype dtype);

#endif
