// The driver of all pointwise calls that need it. It walks strided operands in blocks that fit the first-level cache,
// and stages them in the kernel's dtype.
#ifndef ST_BLOCKS_H
#define ST_BLOCKS_H

#include "pointwise_kernels.h"

/// Runs `kernel` (NULL: a copy of the one input) over strided operands of any dtype. The kernel reads `in_dtype` and
/// writes `out_dtype`. `grain` is the number of elements of a parallel piece. No size is 0; the caller has ordered and
/// merged the dimensions.
void st_run_blocks(st_kernel kernel, st_dtype in_dtype, st_dtype out_dtype, int64_t grain, int ndim,
                   const int64_t *sizes, const st_operand *out, int inputs, const st_operand *in);

#endif
