// Decompositions of small matrices of real numbers. For these, calling LAPACK costs more than the arithmetic.
#ifndef ST_LINALG_SMALL_H
#define ST_LINALG_SMALL_H

#include "linalg_internal.h"

/// Computes the parts from `begin` on, before `end`.
typedef void (*linalg_small_kernel)(const st_linalg_operands *, linalg_parts, int64_t begin, int64_t end);

/// Returns the kernel of these operands, or NULL if LAPACK is to compute them. The bits do not depend on the
/// instruction set.
linalg_small_kernel linalg_small(const st_linalg_operands *operands);

#endif
