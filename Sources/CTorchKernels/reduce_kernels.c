// The reduction kernels of each instruction set, and their helper functions.
#include "reduce_internal.h"
#include <math.h>
#include <stdlib.h>

typedef uint64_t v8ul __attribute__((ext_vector_type(8)));

#define ST_KERNELS "reduce_kernels.inc"
#include "reduce_each_isa.inc"

const st_reduce_kernels *st_reduce_table(void) { return ST_PICK(&table); }

static int merge(st_dim *dims, int n) {
  int k = 0;
  for (int d = 0; d < n; d++) {
    if (dims[d].size == 1) continue;
    if (k && dims[k - 1].in == dims[d].in * dims[d].size && dims[k - 1].out == dims[d].out * dims[d].size) {
      dims[k - 1] = (st_dim){dims[k - 1].size * dims[d].size, dims[d].in, dims[d].out};
    } else {
      dims[k++] = dims[d];
    }
  }
  return k;
}

static void sort_by_stride(st_dim *dims, int n) {
  for (int i = 1; i < n; i++) {
    st_dim d = dims[i];
    int j = i;
    for (; j > 0 && llabs(dims[j - 1].in) < llabs(d.in); j--) dims[j] = dims[j - 1];
    dims[j] = d;
  }
}

void st_plan_make(st_plan *plan, const st_reduce_shape *shape, bool reorder) {
  plan->keep_count = plan->red_count = 1;
  for (int d = 0; d < shape->keep; d++) {
    plan->keep[d] = (st_dim){shape->keep_sizes[d], shape->keep_in_strides[d], shape->keep_out_strides[d]};
    plan->keep_count *= shape->keep_sizes[d];
  }
  for (int d = 0; d < shape->red; d++) {
    plan->red[d] = (st_dim){shape->red_sizes[d], shape->red_in_strides[d], 0};
    plan->red_count *= shape->red_sizes[d];
  }
  // A dimension of size 1 may have any stride, so it must not take part in the sort.
  int keeps = 0, reds = 0;
  for (int d = 0; d < shape->keep; d++)
    if (plan->keep[d].size != 1) plan->keep[keeps++] = plan->keep[d];
  for (int d = 0; d < shape->red; d++)
    if (plan->red[d].size != 1) plan->red[reds++] = plan->red[d];
  sort_by_stride(plan->keep, keeps);
  if (reorder) sort_by_stride(plan->red, reds);
  plan->keeps = merge(plan->keep, keeps);
  plan->reds = merge(plan->red, reds);
}

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
