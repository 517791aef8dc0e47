// Sorting and selecting. Arrays are contiguous rows of n elements of any real dtype. NaN is greater than every number,
// and -0 equals 0. All functions but st_runs return 0, or the bytes of a scratch allocation that failed; the contents
// of the outputs are then undefined.
#ifndef ST_SORT_H
#define ST_SORT_H

#include "st_types.h"

/// Sorts each row. The sort is stable. `values` (of `dtype`) and `indices` are [rows, n]; either may be NULL.
int64_t st_sort(int64_t rows, int64_t n, bool descending, void *_Nullable values, int64_t *_Nullable indices,
                const void *_Nonnull in, st_dtype dtype);

/// Selects the k largest (or smallest) elements of each row and their indices, [rows, k], 0 < k <= n. They are in order
/// if `sorted`. Which of equal elements are chosen, and their order, is as in PyTorch: a heap if 64 k <= n, else
/// introspective selection.
int64_t st_topk(int64_t rows, int64_t n, int64_t k, bool largest, bool sorted, void *_Nonnull values,
                int64_t *_Nonnull indices, const void *_Nonnull in, st_dtype dtype);

/// The element that st_select chooses in a row.
typedef enum __attribute__((enum_extensibility(closed), swift_name("Selection"))) st_selection : uint8_t {
  ST_SELECT_KTH __attribute__((swift_name("kth"))),              // the k-th smallest, k counted from 0
  ST_SELECT_MEDIAN __attribute__((swift_name("median"))),        // the lower median; the first NaN if there is one
  ST_SELECT_NANMEDIAN __attribute__((swift_name("nanmedian"))),  // the lower median of the numbers
  ST_SELECT_MODE __attribute__((swift_name("mode"))),            // the most frequent value; ties go to the smallest
} st_selection;

/// Selects one element of each row, n > 0, and its index; both outputs are [rows]. Of equal elements, the median's
/// index is that of a stable sort, the other indices are PyTorch's. Only ST_SELECT_KTH uses `k`.
int64_t st_select(st_selection what, int64_t rows, int64_t n, int64_t k, void *_Nonnull values,
                  int64_t *_Nonnull indices, const void *_Nonnull in, st_dtype dtype);

/// Sorts n rows of `width` elements lexicographically. The sort is stable. `order` gets the argsort.
int64_t st_sort_rows(int64_t n, int64_t width, int64_t *_Nonnull order, const void *_Nonnull in, st_dtype dtype);

/// Numbers the runs of equal neighbouring rows (n rows of `width` elements; NaN is not equal to anything). `run` gets
/// the number of each row's run, `start` the first row of each run; `start` has room for n elements. Returns the number
/// of runs.
int64_t st_runs(int64_t n, int64_t width, int64_t *_Nonnull run, int64_t *_Nonnull start, const void *_Nonnull in,
                st_dtype dtype);

#endif
