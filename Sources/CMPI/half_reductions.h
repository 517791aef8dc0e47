// The sums, products, minima and maxima of float16 and bfloat16, as functions that MPI calls.
#ifndef CMPI_HALF_REDUCTIONS_H
#define CMPI_HALF_REDUCTIONS_H

#include "cmpi.h"

/// Combines `*count` elements of `in` with those of `out` and stores them there. MPI's datatype is not needed.
typedef void half_function(void *in, void *out, int *count, void *type);

/// By type (float16, bfloat16) and operation (CMPI_SUM to CMPI_MAX).
extern half_function *const half_functions[2][CMPI_BAND];

#endif
