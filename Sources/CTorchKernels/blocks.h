// The one driver behind every pointwise call: walks strided operands in blocks that fit the first-level cache, staged
// in the kernel's dtype.
#ifndef ST_BLOCKS_H
#define ST_BLOCKS_H

#include "pointwise_kernels.h"

/// Runs `kernel` (NULL: a copy of the one input), which reads `in_dtype` and writes `out_dtype`, over strided operands
/// of any dtype; `grain` elements a piece.
void st_run_blocks(st_kernel kernel, st_dtype in_dtype, st_dtype out_dtype, int64_t grain, int ndim,
                   const int64_t *sizes, const st_operand *out, int inputs, const st_operand *in);

#endif
