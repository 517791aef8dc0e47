// Gathers and scatters. Indices are int64, may be negative (counted from the end) only where said; the caller need not check them: each function returns -1 when all
// indices lie in range, else the position (row-major, in the index array) of the first that does not; it writes nothing in that case.
#ifndef ST_INDEX_H
#define ST_INDEX_H

#include "st_types.h"

/// out[o, j, i] = in[o, index[j], i]: in is [outer, n, inner], out is [outer, count, inner], contiguous, elements of `item` bytes (1, 2, 4, 8, 16).
int64_t st_index_select(int64_t outer, int64_t n, int64_t inner, int64_t count, void *_Nonnull out, const void *_Nonnull in, const int64_t *_Nonnull index, size_t item);

/// out[o, index[j], i] += source[o, j, i] (alpha already applied); split by destination, added in the order of j: deterministic.
int64_t st_index_add(int64_t outer, int64_t n, int64_t inner, int64_t count, void *_Nonnull out, const void *_Nonnull source, const int64_t *_Nonnull index, st_dtype dtype);

/// gather along one dimension: over the index's shape (ndim, sizes), out[...] = in[... index[...] at `dim` ...]. `in` has n elements along `dim`; strides per dimension for each.
int64_t st_gather(int ndim, const int64_t *_Nonnull sizes, int dim, int64_t n, const st_operand *_Nonnull out, const st_operand *_Nonnull in, const st_operand *_Nonnull index);

typedef enum __attribute__((enum_extensibility(closed), swift_name("ScatterMode"))) st_scatter_mode : uint8_t {
  ST_SCATTER_SET __attribute__((swift_name("set"))),      // the last in row-major order wins
  ST_SCATTER_ADD __attribute__((swift_name("add"))),
  ST_SCATTER_MUL __attribute__((swift_name("multiply"))),
  ST_SCATTER_MAX __attribute__((swift_name("max"))),
  ST_SCATTER_MIN __attribute__((swift_name("min"))),
} st_scatter_mode;

/// scatter along one dimension: over the index's shape, out[... index[...] at `dim` ...] (mode) source[...]. Same dtype for out and source. Row-major order, deterministic.
int64_t st_scatter(st_scatter_mode mode, int ndim, const int64_t *_Nonnull sizes, int dim, int64_t n, const st_operand *_Nonnull out, const st_operand *_Nonnull source, const st_operand *_Nonnull index);

#endif
