// Decompositions of small matrices in vectors.
#include "linalg_small.h"
#include "reduce_isa.h"

#include <math.h>

// The largest number of rows and columns, and the matrices and right-hand sides that are computed side by side: one
// waits for results while another is computed.
enum { SMALL_MOST = 32, SMALL_PAIR = 2, SMALL_SIDES = 4 };

#define SMALL_INLINE static inline __attribute__((always_inline, unused))

typedef float small_vf __attribute__((ext_vector_type(8)));
typedef int32_t small_mf __attribute__((ext_vector_type(8)));
typedef double small_vd __attribute__((ext_vector_type(4)));
typedef long small_md __attribute__((ext_vector_type(4)));

#pragma STDC FP_CONTRACT OFF
#define ST_KERNELS "linalg_small_kernels.inc"
#include "reduce_each_isa.inc"

#define SMALL_PICK(name) (is_double ? ST_PICK(name##_f64) : ST_PICK(name##_f32))

linalg_small_kernel linalg_small(const st_linalg_operands *o) {
  bool is_double = o->dtype == ST_F64;
  if (!is_double && o->dtype != ST_F32) return NULL;
  if (o->a_rows > SMALL_MOST || o->a_columns > SMALL_MOST) return NULL;
  switch (o->what) {
  case ST_LINALG_LU: return SMALL_PICK(small_lu);
  case ST_LINALG_CHOLESKY: return SMALL_PICK(small_cholesky);
  case ST_LINALG_LU_SOLVE: return o->form == ST_MATRIX_PLAIN ? SMALL_PICK(small_solve) : NULL;
  default: return NULL;
  }
}
