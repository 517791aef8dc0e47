// The loops of normalization for this processor.
#include "normalize_internal.h"

#define ST_KERNELS "normalize_kernels.inc"
#include "reduce_each_isa.inc"

static void copy_floats(int64_t n, void *to, const void *from) { memcpy(to, from, (size_t)n * sizeof(float)); }
static void copy_doubles(int64_t n, void *to, const void *from) { memcpy(to, from, (size_t)n * sizeof(double)); }

elements norm_elements(st_dtype dtype) {
  elements e = {.k = ST_PICK(kernels)(dtype == ST_F64), .dtype = dtype, .wide = dtype == ST_F64 ? ST_F64 : ST_F32};
  e.size = (int64_t)st_size(e.wide);
  e.staged = dtype != e.wide;
  st_converter copy = dtype == ST_F64 ? copy_doubles : copy_floats;
  e.widen = e.staged ? st_chosen_kernels()->converter[e.wide][dtype] : copy;
  e.narrow = e.staged ? st_chosen_kernels()->converter[dtype][e.wide] : copy;
  return e;
}
