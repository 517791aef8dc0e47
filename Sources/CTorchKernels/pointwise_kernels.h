// What the instruction sets' kernel tables look like, and the one chosen for this processor.
#ifndef ST_POINTWISE_KERNELS_H
#define ST_POINTWISE_KERNELS_H

#include "include/st_pointwise.h"

enum { ST_DTYPES = ST_C32 + 1 };

/// n contiguous elements; the inputs beyond the formula's arity are not read.
typedef void (*st_kernel)(int64_t n, void *out, const void *a, const void *b, const void *c, const void *d);
/// n contiguous elements of one dtype into another.
typedef void (*st_converter)(int64_t n, void *out, const void *in);

typedef struct {
  st_kernel kernel[ST_FORMULA_count][ST_DTYPES];
  st_kernel with_numbers[ST_FORMULA_count][2];   // float32 and float64: every input but the first is one element; NULL where there is none
  st_converter converter[ST_DTYPES][ST_DTYPES];  // [to][from]
} st_kernels;

extern const st_kernels st_kernels_baseline, st_kernels_avx2, st_kernels_avx512;

const st_kernels *st_chosen_kernels(void);

#endif
