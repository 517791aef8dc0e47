// Connectionist temporal classification. A sequence is computed by one thread, in log space.
#include "st_ctc.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"
#include <math.h>

#define REAL float
#define TYPED(name) name##_f32
#define EXP expf
#define LOG logf
#include "ctc_typed.inc"
#undef REAL
#undef TYPED
#undef EXP
#undef LOG

#define REAL double
#define TYPED(name) name##_f64
#define EXP exp
#define LOG log
#include "ctc_typed.inc"
#undef REAL
#undef TYPED
#undef EXP
#undef LOG

typedef struct {
  const st_ctc *form;
  bool zero_infinity;
  void *losses, *alpha, *out;
  const void *grad, *in;
  st_dtype dtype;
  _Atomic int64_t missing;
} ctc_job;

static void forward_body(void *context, int64_t begin, int64_t end) {
  const ctc_job *job = context;
  for (int64_t b = begin; b < end; b++) {
    if (job->dtype == ST_F64) forward_f64(job->form, b, job->losses, job->alpha, job->in);
    else forward_f32(job->form, b, job->losses, job->alpha, job->in);
  }
}

static void backward_body(void *context, int64_t begin, int64_t end) {
  ctc_job *job = context;
  size_t bytes = 2 * (size_t)job->form->states * st_size(job->dtype), capacity = 0;
  void *scratch = st_scratch(bytes, &capacity);
  if (!scratch) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t b = begin; b < end; b++) {
    if (job->dtype == ST_F64)
      backward_f64(job->form, b, job->zero_infinity, job->out, ((const double *)job->grad)[b],
                   ((const double *)job->losses)[b], job->alpha, job->in, scratch);
    else
      backward_f32(job->form, b, job->zero_infinity, job->out, ((const float *)job->grad)[b],
                   ((const float *)job->losses)[b], job->alpha, job->in, scratch);
  }
  st_deallocate(scratch, capacity);
}

/// Sequences of one piece.
static int64_t grain(const st_ctc *form) {
  return st_grain(2048, st_max64(form->steps, 1) * form->states);
}

void st_ctc_loss(const st_ctc *form, void *losses, void *alpha, const void *in, st_dtype dtype) {
  ctc_job job = {.form = form, .losses = losses, .alpha = alpha, .in = in, .dtype = dtype};
  st_parallel_for(form->batch, grain(form), forward_body, &job);
}

int64_t st_ctc_backward(const st_ctc *form, bool zero_infinity, void *out, const void *grad, const void *losses,
                        const void *alpha, const void *in, st_dtype dtype) {
  ctc_job job = {.form = form,
                 .zero_infinity = zero_infinity,
                 .losses = (void *)losses,
                 .alpha = (void *)alpha,
                 .out = out,
                 .grad = grad,
                 .in = in,
                 .dtype = dtype};
  st_parallel_for(form->batch, grain(form), backward_body, &job);
  return st_missing(&job.missing);
}
