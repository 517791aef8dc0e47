// Decompositions of small matrices of real numbers. For these, calling LAPACK costs more than the arithmetic.
#ifndef ST_LINALG_SMALL_H
#define ST_LINALG_SMALL_H

#include "linalg_internal.h"

/// Computes one part, like the kernels of linalg.c.
typedef void (*linalg_small_kernel)(const st_linalg_operands *, linalg_part);

/// Returns the kernel of these operands, or NULL if LAPACK is to compute them. The bits do not depend on the
/// instruction set.
linalg_small_kernel linalg_small(const st_linalg_operands *operands);

#endif
