// The reduction kernels of each instruction set, and their helper functions.
#include "reduce_internal.h"
#include <math.h>

typedef uint64_t v8ul __attribute__((ext_vector_type(8)));

#define ST_KERNELS "reduce_kernels.inc"
#include "reduce_each_isa.inc"

const st_reduce_kernels *st_reduce_table(void) { return ST_PICK(&table); }

void st_acc_store(void *out, int64_t at, st_dtype dtype, st_acc value, bool is_float) {
  double f = is_float ? value.f : (double)value.i;
  int64_t i = is_float ? st_f64_to_i64(value.f) : value.i;
  switch (dtype) {
    case ST_BOOL: ((bool *)out)[at] = is_float ? value.f != 0 : value.i != 0; break;
    case ST_U8: ((uint8_t *)out)[at] = (uint8_t)i; break;
    case ST_I8: ((int8_t *)out)[at] = (int8_t)i; break;
    case ST_I16: ((int16_t *)out)[at] = (int16_t)i; break;
    case ST_I32: ((int32_t *)out)[at] = (int32_t)i; break;
    case ST_I64: ((int64_t *)out)[at] = i; break;
    case ST_F16: ((_Float16 *)out)[at] = (_Float16)(float)f; break;
    case ST_BF16: ((uint16_t *)out)[at] = st_f32_to_bf16((float)f); break;
    case ST_F32: ((float *)out)[at] = (float)f; break;
    case ST_F64: ((double *)out)[at] = f; break;
    default: break;
  }
}
