// Reading and writing by index tensors, and the places of what is not zero.
#ifndef ST_INDEX_H
#define ST_INDEX_H

#include "st_types.h"

/// One index tensor. Over the walked dimensions it has a stride each (0 where it says nothing); what it points at are
/// `size` places, `step` elements apart.
typedef struct {
  const int64_t *_Nonnull data;
  const int64_t *_Nonnull strides;
  int64_t count;  // elements at `data`, one after the other
  int64_t size, step;
} st_index_operand;

/// Walks `sizes`: out[i…] = in[i… + Σ step · index[i…]]. The strides of `in` are 0 along what the indices say. A
/// negative index counts from the end where `wraps`. Returns false where an index is out of range; what `out` holds is
/// then of no use.
bool st_index_get(int ndim, const int64_t *_Nullable sizes, const st_operand *_Nonnull out,
                  const st_operand *_Nonnull in, int indices, const st_index_operand *_Nonnull index, bool wraps);

typedef enum __attribute__((enum_extensibility(closed), swift_name("ScatterMode"))) st_scatter_mode : uint8_t {
  ST_SCATTER_SET __attribute__((swift_name("set"))),  // the last in row-major order wins
  ST_SCATTER_ADD __attribute__((swift_name("add"))),
  ST_SCATTER_MUL __attribute__((swift_name("multiply"))),
  ST_SCATTER_MAX __attribute__((swift_name("max"))),
  ST_SCATTER_MIN __attribute__((swift_name("min"))),
} st_scatter_mode;

/// The reverse: out[i… + Σ step · index[i…]] (mode) source[i…], in row-major order wherever several meet, so the bits
/// are the same on any number of threads. `out` and `source` have one dtype, and `out` does not overlap itself where no
/// index speaks. Returns false, with nothing written, where an index is out of range.
bool st_index_put(st_scatter_mode mode, int ndim, const int64_t *_Nullable sizes, const st_operand *_Nonnull out,
                  const st_operand *_Nonnull source, int indices, const st_index_operand *_Nonnull index, bool wraps);

/// The number of pieces that `n` elements are cut into below.
int64_t st_nonzero_pieces(int64_t n);

/// Counts what is not zero among `n` elements; `starts` gets, for each piece, how many come before it.
int64_t st_nonzero_count(int64_t n, const void *_Nonnull data, st_dtype dtype, int64_t *_Nonnull starts);

/// Row-major coordinates of what is not zero: out[d * total + k] is coordinate d of the k-th. `starts` and `total` are
/// from st_nonzero_count.
void st_nonzero_places(int ndim, const int64_t *_Nullable sizes, const void *_Nonnull data, st_dtype dtype,
                       const int64_t *_Nonnull starts, int64_t total, int64_t *_Nonnull out);

/// out[k] = in[i] for the k-th i whose mask is not zero. `starts` is from st_nonzero_count of the mask; elements of
/// `item` bytes.
void st_masked_select(int64_t n, const uint8_t *_Nonnull mask, const int64_t *_Nonnull starts, void *_Nonnull out,
                      const void *_Nonnull in, size_t item);
/// The reverse: out[i] = source[k].
void st_masked_scatter(int64_t n, const uint8_t *_Nonnull mask, const int64_t *_Nonnull starts, void *_Nonnull out,
                       const void *_Nonnull source, size_t item);

/// For each of `rows` ascending rows of `n` elements, and each of the `m` values that belong to it: the first place
/// whose element is not below the value (`right`: that is above it). NaN goes to the end. With `sorter` the row is read
/// in that order. One row may serve all values. No complex and no half dtypes.
void st_searchsorted(int64_t rows, int64_t n, int64_t m, const void *_Nonnull sorted, const int64_t *_Nullable sorter,
                     const void *_Nonnull values, st_dtype dtype, bool right, int64_t *_Nonnull out);

#endif
