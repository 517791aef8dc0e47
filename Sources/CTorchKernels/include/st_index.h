// Reading and writing by index tensors, and finding elements that are not zero.
#ifndef ST_INDEX_H
#define ST_INDEX_H

#include "st_types.h"

/// One index tensor. `strides` has one stride for each dimension of the walk (0 if the index does not vary along it).
/// An index chooses one of `size` positions, which lie `step` elements apart.
typedef struct {
  const int64_t *_Nonnull data;
  const int64_t *_Nonnull strides;
  int64_t count;  // elements at `data`, which are contiguous
  int64_t size, step;
} st_index_operand;

/// The loops of the two functions below: the caller has ordered and merged the dimensions, at least two. The last is a
/// run whose elements share their indices; the one before it has rows. Either may have size 1.

/// Gathers, over all coordinates i… in `sizes`: out[i…] = in[i… + Σ step · index[i…]]. The strides of `in` are 0 along
/// the indexed dimensions. If `wraps`, a negative index counts from the end. Returns false if an index is out of range;
/// the contents of `out` are then undefined.
bool st_index_get(int ndim, const int64_t *_Nullable sizes, const st_operand *_Nonnull out,
                  const st_operand *_Nonnull in, int indices, const st_index_operand *_Nonnull index, bool wraps);

/// How a scatter combines a source element with the element at its destination.
typedef enum __attribute__((enum_extensibility(closed), swift_name("ScatterMode"))) st_scatter_mode : uint8_t {
  ST_SCATTER_SET __attribute__((swift_name("set"))),  // the last in row-major order wins
  ST_SCATTER_ADD __attribute__((swift_name("add"))),
  ST_SCATTER_MUL __attribute__((swift_name("multiply"))),
  ST_SCATTER_MAX __attribute__((swift_name("max"))),
  ST_SCATTER_MIN __attribute__((swift_name("min"))),
} st_scatter_mode;

/// Scatters, the reverse of st_index_get: out[i… + Σ step · index[i…]] (mode) source[i…]. Elements with the same
/// destination are combined in row-major order, so the bits do not depend on the number of threads. `out` and `source`
/// have one dtype. `out` must not overlap itself along the dimensions that are not indexed. Returns false, and writes
/// nothing, if an index is out of range.
bool st_index_put(st_scatter_mode mode, int ndim, const int64_t *_Nullable sizes, const st_operand *_Nonnull out,
                  const st_operand *_Nonnull source, int indices, const st_index_operand *_Nonnull index, bool wraps);

/// Returns the number of pieces into which the functions below cut `n` elements.
int64_t st_nonzero_pieces(int64_t n);

/// Counts the elements that are not zero. `starts` gets, for each piece, the number of nonzero elements before it.
int64_t st_nonzero_count(int64_t n, const void *_Nonnull data, st_dtype dtype, int64_t *_Nonnull starts);

/// Writes the row-major coordinates of the elements that are not zero: out[d * total + k] is coordinate d of the k-th.
/// `starts` and `total` come from st_nonzero_count.
void st_nonzero_places(int ndim, const int64_t *_Nullable sizes, const void *_Nonnull data, st_dtype dtype,
                       const int64_t *_Nonnull starts, int64_t total, int64_t *_Nonnull out);

/// Gathers by mask: out[k] = in[i], where i is the k-th position whose mask is not zero. `starts` comes from
/// st_nonzero_count of the mask. Elements have `item` bytes.
void st_masked_select(int64_t n, const uint8_t *_Nonnull mask, const int64_t *_Nonnull starts, void *_Nonnull out,
                      const void *_Nonnull in, size_t item);
/// Scatters by mask, the reverse of st_masked_select: out[i] = source[k].
void st_masked_scatter(int64_t n, const uint8_t *_Nonnull mask, const int64_t *_Nonnull starts, void *_Nonnull out,
                       const void *_Nonnull source, size_t item);

/// Searches each of `rows` ascending rows of `n` elements for its `m` values. Writes the first position whose element
/// is not less than the value, or, if `right`, is greater than it. A NaN value gives n. `sorter`, if given, is the
/// argsort in whose order the row is read. If `rows` is 1, all values use that row. Complex and half dtypes are not
/// supported.
void st_searchsorted(int64_t rows, int64_t n, int64_t m, const void *_Nonnull sorted, const int64_t *_Nullable sorter,
                     const void *_Nonnull values, st_dtype dtype, bool right, int64_t *_Nonnull out);

#endif
