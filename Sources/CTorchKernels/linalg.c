// Decompositions of batches of matrices: LAPACK computes, and the pool runs matrices, and right-hand sides, side by
// side.
#include "linalg_internal.h"
#include "lapack.h"
#include "linalg_small.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"

#include <pthread.h>
#include <string.h>

/// Whether the pivots of an LDL decomposition name rows, and negative ones come in pairs.
static bool linalg_pivots_are_blocks(const int32_t *pivots, int64_t n) {
  for (int64_t i = 0; i < n; i++) {
    if (pivots[i] == 0 || pivots[i] > n || pivots[i] < -n) return false;
    if (pivots[i] > 0) continue;
    i++;
    if (i == n || pivots[i] >= 0 || pivots[i] < -n) return false;
  }
  return true;
}

/// Whether a decomposition writes ranks to the pivots.
static bool linalg_has_rank(st_decomposition what) {
  return what == ST_LINALG_LEAST_SQUARES_PIVOTED || what == ST_LINALG_LEAST_SQUARES_DIVIDED ||
         what == ST_LINALG_LEAST_SQUARES_ITERATED;
}

static bool linalg_is_least_squares(st_decomposition what) {
  return what == ST_LINALG_LEAST_SQUARES || linalg_has_rank(what);
}

#define T float
#define R float
#define COMPLEX 0
#define TYPED(name) linalg_##name##_f32
#define LAPACK(name) lapack.s##name##_
#define ORTHOGONAL(name) lapack.sor##name##_
#define REAL_PART(x) (x)
#define CONJUGATE(x) (x)
#include "linalg_typed.inc"
#undef T
#undef R
#undef TYPED
#undef LAPACK
#undef ORTHOGONAL

#define T double
#define R double
#define TYPED(name) linalg_##name##_f64
#define LAPACK(name) lapack.d##name##_
#define ORTHOGONAL(name) lapack.dor##name##_
#include "linalg_typed.inc"
#undef T
#undef R
#undef COMPLEX
#undef TYPED
#undef LAPACK
#undef ORTHOGONAL
#undef REAL_PART
#undef CONJUGATE

#define T lapack_c32
#define R float
#define COMPLEX 1
#define TYPED(name) linalg_##name##_c64
#define LAPACK(name) lapack.c##name##_
#define ORTHOGONAL(name) lapack.cun##name##_
#define REAL_PART(x) crealf(x)
#define CONJUGATE(x) conjf(x)
#include "linalg_typed.inc"
#undef T
#undef R
#undef TYPED
#undef LAPACK
#undef ORTHOGONAL
#undef REAL_PART
#undef CONJUGATE

#define T lapack_c64
#define R double
#define TYPED(name) linalg_##name##_c128
#define LAPACK(name) lapack.z##name##_
#define ORTHOGONAL(name) lapack.zun##name##_
#define REAL_PART(x) creal(x)
#define CONJUGATE(x) conj(x)
#include "linalg_typed.inc"
#undef T
#undef R
#undef COMPLEX
#undef TYPED
#undef LAPACK
#undef ORTHOGONAL
#undef REAL_PART
#undef CONJUGATE

typedef struct {
  linalg_needs (*needs)(const st_linalg_operands *);
  void (*compute)(const st_linalg_operands *, linalg_part, linalg_scratch);
} linalg_kernels;

static linalg_kernels kernels_of(st_dtype dtype) {
  switch (dtype) {
  case ST_F32: return (linalg_kernels){linalg_needs_f32, linalg_compute_f32};
  case ST_F64: return (linalg_kernels){linalg_needs_f64, linalg_compute_f64};
  case ST_C64: return (linalg_kernels){linalg_needs_c64, linalg_compute_c64};
  default: return (linalg_kernels){linalg_needs_c128, linalg_compute_c128};
  }
}

// MARK: - Pieces

enum { PIECE_WORK = 1 << 16, SIDES_OF_PIECE = 32 };

typedef struct {
  const st_linalg_operands *operands;
  linalg_kernels kernels;
  // If not NULL, this computes, and nothing is needed.
  linalg_small_kernel small;
  linalg_needs needs;
  linalg_parts parts;
  int64_t sides; // of a matrix
  _Atomic int64_t missing;
} linalg_job;

/// Whether right-hand sides are independent, so that parts of them can be solved side by side.
static bool has_parts(st_decomposition what) {
  return what == ST_LINALG_LU_SOLVE || what == ST_LINALG_CHOLESKY_SOLVE || what == ST_LINALG_TRIANGULAR_SOLVE ||
         what == ST_LINALG_REFLECT || what == ST_LINALG_LDL_SOLVE;
}

static size_t rounded(size_t bytes) { return (bytes + 63) / 64 * 64; }

static void run_parts(void *context, int64_t begin, int64_t end) {
  linalg_job *job = context;
  const st_linalg_operands *o = job->operands;
  if (job->small) {
    job->small(o, job->parts, begin, end);
    return;
  }
  size_t size = st_size(o->dtype), real = st_is_complex(o->dtype) ? size / 2 : size, capacity = 0;
  size_t elements = rounded((size_t)job->needs.elements * size), reals = rounded((size_t)job->needs.reals * real);
  size_t bytes = elements + reals + (size_t)job->needs.integers * sizeof(int32_t);
  char *memory = NULL;
  if (bytes > 0) {
    memory = st_scratch(bytes, &capacity);
    if (!memory) {
      st_note_missing(&job->missing, bytes);
      return;
    }
  }
  linalg_scratch scratch = {.needs = job->needs};
  if (memory) {
    scratch.elements = memory;
    scratch.reals = memory + elements;
    scratch.integers = (int32_t *)(memory + elements + reals);
  }
  for (int64_t i = begin; i < end; i++) {
    int64_t first = i % job->parts.of_matrix * job->parts.width;
    linalg_part part = {i / job->parts.of_matrix, first, st_min64(job->parts.width, job->sides - first)};
    job->kernels.compute(o, part, scratch);
  }
  if (memory) st_deallocate(memory, capacity);
}

static pthread_mutex_t alone = PTHREAD_MUTEX_INITIALIZER;

void linalg_parallel_for(int64_t count, int64_t grain, void (*body)(void *, int64_t, int64_t), void *context) {
  if (!lapack_is_alone()) {
    st_parallel_for(count, grain, body, context);
    return;
  }
  pthread_mutex_lock(&alone);
  if (count > 0) body(context, 0, count);
  pthread_mutex_unlock(&alone);
}

int64_t st_linalg(const st_linalg_operands *operands) {
  const st_linalg_operands *o = operands;
  if (o->batch == 0) return 0;
  linalg_job job = {.operands = o, .kernels = kernels_of(o->dtype), .small = linalg_small(o)};
  if (!job.small) {
    if (!lapack_load()) return ST_NO_LAPACK;
    job.needs = job.kernels.needs(o);
  }
  int64_t shorter = st_min64(o->a_rows, o->a_columns);
  job.sides = o->right ? o->b_rows : o->b_columns;
  int64_t width = job.sides;
  if (has_parts(o->what)) {
    int64_t grain = st_grain(PIECE_WORK, o->a_rows * shorter);
    width = st_min64(width, st_max64(SIDES_OF_PIECE, grain));
  }
  job.parts = (linalg_parts){width > 0 ? (job.sides + width - 1) / width : 1, width};
  int64_t work = o->a_rows * shorter * (o->b ? st_max64(width, 1) : o->a_columns);
  int64_t count = o->batch * job.parts.of_matrix, grain = st_grain(PIECE_WORK, work);
  if (job.small) st_parallel_for(count, grain, run_parts, &job);
  else linalg_parallel_for(count, grain, run_parts, &job);
  return st_missing(&job.missing);
}
