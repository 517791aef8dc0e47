// The layout of the kernel tables of the instruction sets, and the table for this process.
#ifndef ST_POINTWISE_KERNELS_H
#define ST_POINTWISE_KERNELS_H

#include "include/st_pointwise.h"

/// The formulas that PyTorch evaluates in uint16, uint32 and uint64, and those that it evaluates in the float8 dtypes.
#define ST_STORED_FORMULAS(X)                                                                         \
  X(mul) X(eq) X(ne) X(bitwiseAnd) X(bitwiseOr) X(bitwiseXor) X(maximum) X(minimum) X(fmax) X(fmin)   \
  X(clamp) X(where) X(ceil) X(floor) X(trunc) X(round)                                    \
  X(isnan) X(isinf) X(isfinite) X(isposinf) X(isneginf) X(signbit)
#define ST_FLOAT8_FORMULAS(X) X(eq) X(ne) X(isnan) X(isinf) X(isfinite) X(abs) X(mul)

#define ST_ONE(name, swift, bytes) +1
enum { ST_DTYPES = 0 ST_EACH_DTYPE(ST_ONE) };
#undef ST_ONE

/// A kernel for n contiguous elements. `in` has ST_MOST_INPUTS addresses; those beyond the formula's inputs are unused.
typedef void (*st_kernel)(int64_t n, void *out, const void *const *in);
/// Converts n contiguous elements of one dtype to another.
typedef void (*st_converter)(int64_t n, void *out, const void *in);

typedef struct {
  st_kernel kernel[ST_FORMULA_count][ST_DTYPES];
  st_kernel with_numbers[ST_FORMULA_count]
                        [2];  // float32, float64: all inputs but the first are single elements; may be NULL
  st_converter converter[ST_DTYPES][ST_DTYPES];  // [to][from]
} st_kernels;

extern const st_kernels st_kernels_baseline, st_kernels_avx2, st_kernels_avx512;

const st_kernels *st_chosen_kernels(void);

#endif
