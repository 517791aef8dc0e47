// Eigenvalues and singular values: LAPACK's divide-and-conquer drivers, some matrices in each piece.
#include "linalg_internal.h"
#include "lapack.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_spectra.h"

#include <limits.h>
#include <math.h>

// About the product of the sizes of all matrices of a piece.
enum { PIECE_WORK = 1 << 15 };

typedef struct {
  const st_spectra_form *form;
  void *values, *left, *right, *in;
  int32_t *info;
  // LAPACK's scratch memory: elements, real numbers and integers.
  int work, real_work, int_work;
  // The bytes of all scratch memory of a piece.
  size_t bytes;
  _Atomic int64_t missing;
} spectra_job;

/// Returns the number of left and of right singular vectors.
static int64_t left_count(const st_spectra_form *f) {
  return f->vectors == ST_SPECTRUM_FULL ? f->rows : st_min64(f->rows, f->columns);
}
static int64_t right_count(const st_spectra_form *f) {
  return f->vectors == ST_SPECTRUM_FULL ? f->columns : st_min64(f->rows, f->columns);
}

#define ELEMENT float
#define REAL float
#define COMPLEX 0
#define NAMED(name) name##_f32
#define LAPACK(real, complex) lapack.s##real##_
#include "linalg_spectra.inc"

#define ELEMENT double
#define REAL double
#define COMPLEX 0
#define NAMED(name) name##_f64
#define LAPACK(real, complex) lapack.d##real##_
#include "linalg_spectra.inc"

#define ELEMENT lapack_c32
#define REAL float
#define COMPLEX 1
#define NAMED(name) name##_c64
#define LAPACK(real, complex) lapack.c##complex##_
#include "linalg_spectra.inc"

#define ELEMENT lapack_c64
#define REAL double
#define COMPLEX 1
#define NAMED(name) name##_c128
#define LAPACK(real, complex) lapack.z##complex##_
#include "linalg_spectra.inc"

bool st_spectra_fit(const st_spectra_form *f) {
  const int64_t n = st_min64(f->rows, f->columns), longest = st_max64(f->rows, f->columns);
  // No product below overflows.
  if (longest > INT_MAX || n > 1 << 20) return false;
  // The squares of which scratch memory consists, and at most 64 columns of each block.
  const bool wanted = f->vectors != ST_SPECTRUM_NO_VECTORS;
  int64_t squares = !wanted || f->kind == ST_SPECTRUM_GENERAL ? 0
                    : f->kind != ST_SPECTRUM_SINGULAR         ? 2
                    : st_is_complex(f->dtype)                 ? 22
                                                              : 5;
  return squares * n * n + 256 * n + (f->vectors == ST_SPECTRUM_FULL ? 64 : 1) * longest <= INT_MAX;
}

int64_t st_spectra(const st_spectra_form *form, void *values, void *left, void *right, int32_t *info, void *in) {
  if (form->count == 0) return 0;
  if (!lapack_load()) return ST_NO_LAPACK;
  spectra_job job = {.form = form, .values = values, .left = left, .right = right, .in = in, .info = info};
  void (*pieces)(void *, int64_t, int64_t);
  switch (form->dtype) {
    case ST_F32: plan_f32(&job), pieces = pieces_f32; break;
    case ST_F64: plan_f64(&job), pieces = pieces_f64; break;
    case ST_C64: plan_c64(&job), pieces = pieces_c64; break;
    case ST_C128: plan_c128(&job), pieces = pieces_c128; break;
    default: return 0;
  }
  int64_t n = st_min64(form->rows, form->columns), work = n * n * st_max64(form->rows, form->columns);
  linalg_parallel_for(form->count, st_grain(PIECE_WORK, work), pieces, &job);
  return st_missing(&job.missing);
}
