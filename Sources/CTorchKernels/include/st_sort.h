// Sorting and selecting. Arrays are contiguous rows of n elements of any real dtype; NaN is greater than every number,
// -0 equals 0. All but st_runs return 0, or the bytes of scratch memory that they asked for in vain: what they wrote is
// then undefined.
#ifndef ST_SORT_H
#define ST_SORT_H

#include "st_types.h"

/// Sorts each row; equal elements keep their order. `values` (of `dtype`) and `indices` are [rows, n]; either may be
/// NULL.
int64_t st_sort(int64_t rows, int64_t n, bool descending, void *_Nullable values, int64_t *_Nullable indices,
                const void *_Nonnull in, st_dtype dtype);

/// The k largest (or smallest) elements of each row and their places, [rows, k], 0 < k <= n; in order where `sorted`.
/// Which of equal elements are chosen, and their order, is what PyTorch's selection gives: a heap where 64 k <= n, else
/// introspective selection.
int64_t st_topk(int64_t rows, int64_t n, int64_t k, bool largest, bool sorted, void *_Nonnull values,
                int64_t *_Nonnull indices, const void *_Nonnull in, st_dtype dtype);

typedef enum __attribute__((enum_extensibility(closed), swift_name("Selection"))) st_selection : uint8_t {
  ST_SELECT_KTH __attribute__((swift_name("kth"))),              // the k-th smallest, k counted from 0
  ST_SELECT_MEDIAN __attribute__((swift_name("median"))),        // the lower median; the first NaN where there is one
  ST_SELECT_NANMEDIAN __attribute__((swift_name("nanmedian"))),  // the lower median of the numbers
  ST_SELECT_MODE __attribute__((swift_name("mode"))),            // the most frequent, of several the smallest
} st_selection;

/// One element of each row, n > 0, and its place, [rows]. Of equal elements: the median's place is that of a stable
/// sort, the others' are PyTorch's. `k` counts only for ST_SELECT_KTH.
int64_t st_select(st_selection what, int64_t rows, int64_t n, int64_t k, void *_Nonnull values,
                  int64_t *_Nonnull indices, const void *_Nonnull in, st_dtype dtype);

/// The order that sorts n rows of `width` elements by their first elements, then by their second and so on; equal rows
/// keep theirs.
int64_t st_sort_rows(int64_t n, int64_t width, int64_t *_Nonnull order, const void *_Nonnull in, st_dtype dtype);

/// Numbers the runs of equal neighbouring rows (n rows of `width` elements, NaN equal to nothing): `run` is the number
/// of each row's run, `start` (n elements, of which as many are written) the first row of each. Returns how many there
/// are.
int64_t st_runs(int64_t n, int64_t width, int64_t *_Nonnull run, int64_t *_Nonnull start, const void *_Nonnull in,
                st_dtype dtype);

#endif
