// What the files of linear algebra share.
#ifndef ST_LINALG_INTERNAL_H
#define ST_LINALG_INTERNAL_H

#include "st_linalg.h"

/// The scratch memory of one matrix: numbers of elements, of real numbers and of integers.
typedef struct {
  int64_t elements, reals, integers;
} linalg_needs;

typedef struct {
  void *elements, *reals;
  int32_t *integers;
  linalg_needs needs;
} linalg_scratch;

/// A part of the work: a matrix, and those of its right-hand sides that are in this part.
typedef struct {
  int64_t matrix, first, count;
} linalg_part;

/// How the work is divided: the parts of a matrix, and the right-hand sides of a part.
typedef struct {
  int64_t of_matrix, width;
} linalg_parts;

/// Like st_parallel_for, for bodies that call LAPACK. It computes on the pool's threads, not on its own.
void linalg_parallel_for(int64_t count, int64_t grain, void (*body)(void *, int64_t, int64_t), void *context);

static inline int32_t linalg_leading(int64_t rows) { return rows < 1 ? 1 : (int32_t)rows; }
static inline const char *linalg_triangle(bool upper) { return upper ? "U" : "L"; }

/// Whether the pivots of an LU decomposition name rows.
static inline bool linalg_pivots_are_rows(const int32_t *pivots, int64_t count, int64_t rows) {
  for (int64_t i = 0; i < count; i++)
    if (pivots[i] < 1 || pivots[i] > rows) return false;
  return true;
}

/// Returns the scratch memory that LAPACK's optimum wants, from the answer to its query. Numbers of 32 bits may have
/// been rounded down.
static inline int64_t linalg_optimum(double answer) { return (int64_t)(answer * (1 + 0x1p-22)) + 1; }

#endif
