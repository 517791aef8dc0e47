// Normalization of rows, and its gradients. Work is cut by size alone, and partial sums are added in order, so the
// number of threads does not change the bits.
#include "normalize_internal.h"
#include <math.h>

typedef struct {
  elements e;
  st_norm_rows form;
  bool centered, stream;
  double eps;
  void *out, *mean, *rstd, *grad_weight, *grad_bias;
  const void *in, *grad, *weight, *bias;
  char *partial;   // of the parameters' gradients
  int64_t pieces;  // of samples; a sample is `groups` rows
  _Atomic int64_t missing;
} rows_job;

static void rows_body(void *context, int64_t begin, int64_t end) {
  rows_job *job = context;
  const elements *e = &job->e;
  const st_norm_rows *f = &job->form;
  int64_t n = f->n, per_row = n / f->inner;
  size_t bytes = (size_t)(n * e->size), capacity = 0;
  void *buffer = e->staged ? st_scratch(bytes, &capacity) : NULL;
  if (e->staged && !buffer) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t r = begin; r < end; r++) {
    const void *x = in_memory(e, job->in, r * n);
    void *out = in_memory(e, job->out, r * n);
    if (e->staged) {
      e->widen(n, buffer, x);
      x = out = buffer;
    }
    double mean = 0, squares;
    if (job->centered) e->k->moments(x, n, &mean, &squares);
    else squares = e->k->squares(x, n);
    double rstd = rounded(e, 1 / sqrt(squares / (double)n + job->eps));
    mean = rounded(e, mean);
    if (job->mean) e->k->set(job->mean, r, mean);
    e->k->set(job->rstd, r, rstd);
    int64_t first = r % f->groups * per_row;
    if (f->inner == 1) {
      e->k->affine_each(out, x, at(e, job->weight, first), at(e, job->bias, first), n, mean, rstd, job->stream);
    } else {
      for (int64_t c = 0; c < per_row; c++)
        e->k->affine(at(e, out, c * f->inner), at(e, x, c * f->inner), f->inner, mean,
                     rstd * get(e, job->weight, first + c, 1), get(e, job->bias, first + c, 0), job->stream);
    }
    if (e->staged) e->narrow(n, in_memory(e, job->out, r * n), buffer);
  }
  settle(job->stream);
  if (buffer) st_deallocate(buffer, capacity);
}

int64_t st_normalize_rows(bool centered, const st_norm_rows *form, double eps, void *out, void *mean, void *rstd,
                          const void *in, const void *weight, const void *bias, st_dtype dtype) {
  rows_job job = {.e = norm_elements(dtype),
                  .form = *form,
                  .centered = centered,
                  .eps = eps,
                  .out = out,
                  .mean = mean,
                  .rstd = rstd,
                  .in = in,
                  .weight = weight,
                  .bias = bias};
  if (form->rows == 0 || form->n == 0) return 0;
  job.stream = !job.e.staged && form->rows * form->n * job.e.size >= STREAMED;
  st_parallel_evenly(form->rows, st_grain(PIECE, form->n), rows_body, &job);
  return st_missing(&job.missing);
}

/// The gradient of a row whose elements have weights of their own. Adds to the parameters' gradients.
static void row_gradient_each(const rows_job *job, void *out, const void *g, const void *x, double mean, double rstd,
                              const void *w, void *dw, void *db) {
  const elements *e = &job->e;
  int64_t n = job->form.n;
  if (dw || db) e->k->add_parameters(dw, db, g, x, n, mean, rstd);
  if (!out) return;
  double sum = 0, dot = 0;
  e->k->dots(g, x, w, n, mean, &sum, &dot);
  double c = job->centered ? sum / (double)n * rstd : 0;
  e->k->gradient_each(out, g, x, w, n, mean, rstd, dot * rstd * rstd * rstd / (double)n, c, job->stream);
}

/// The gradient of a row in which neighbours share a weight. Writes each weight's sums of g and of g * (x - mean).
static void row_gradient_runs(const rows_job *job, void *out, const void *g, const void *x, double mean, double rstd,
                              const void *w, double *sums) {
  const elements *e = &job->e;
  int64_t n = job->form.n, inner = job->form.inner, runs = n / inner;
  double sum = 0, dot = 0;
  for (int64_t c = 0; c < runs; c++) {
    double *own = sums + 2 * c;
    own[0] = own[1] = 0;
    e->k->dots(at(e, g, c * inner), at(e, x, c * inner), NULL, inner, mean, own, own + 1);
    double a = get(e, w, c, 1);
    sum += a * own[0];
    dot += a * own[1];
    own[1] *= rstd;
  }
  if (!out) return;
  double shared = job->centered ? sum / (double)n * rstd : 0, slope = dot * rstd * rstd * rstd / (double)n;
  for (int64_t c = 0; c < runs; c++)
    e->k->gradient(at(e, out, c * inner), at(e, g, c * inner), at(e, x, c * inner), inner, mean, rstd * get(e, w, c, 1),
                   slope, shared, job->stream);
}

static void rows_backward_body(void *context, int64_t begin, int64_t end) {
  rows_job *job = context;
  const elements *e = &job->e;
  const st_norm_rows *f = &job->form;
  int64_t n = f->n, per_row = n / f->inner, channels = f->groups * per_row, samples = f->rows / f->groups;
  size_t bytes = (size_t)(2 * n * e->size), capacity = 0;
  char *buffer = e->staged ? st_scratch(bytes, &capacity) : NULL;
  if (e->staged && !buffer) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t p = begin; p < end; p++) {
    char *dw = NULL, *db = NULL;
    if (f->inner == 1 && job->partial) {
      char *own = job->partial + p * 2 * channels * e->size;
      if (job->grad_weight) dw = memset(own, 0, (size_t)(channels * e->size));
      if (job->grad_bias) db = memset(own + channels * e->size, 0, (size_t)(channels * e->size));
    }
    int64_t last = (p + 1) * samples / job->pieces * f->groups;
    for (int64_t r = p * samples / job->pieces * f->groups; r < last; r++) {
      const void *g = in_memory(e, job->grad, r * n), *x = in_memory(e, job->in, r * n);
      void *out = in_memory(e, job->out, r * n);
      if (e->staged) {
        e->widen(n, buffer, g);
        e->widen(n, buffer + n * e->size, x);
        g = buffer;
        x = buffer + n * e->size;
        if (out) out = buffer;
      }
      double mean = get(e, job->mean, r, 0), rstd = get(e, job->rstd, r, 1);
      int64_t first = r % f->groups * per_row;
      const void *w = at(e, job->weight, first);
      if (f->inner == 1) row_gradient_each(job, out, g, x, mean, rstd, w, at(e, dw, first), at(e, db, first));
      else
        row_gradient_runs(job, out, g, x, mean, rstd, w,
                          job->partial ? (double *)job->partial + 2 * r * per_row : NULL);
      if (e->staged && out) e->narrow(n, in_memory(e, job->out, r * n), buffer);
    }
  }
  settle(job->stream);
  if (buffer) st_deallocate(buffer, capacity);
}

/// Adds the partial gradients of the parameters.
static void parameters_body(void *context, int64_t begin, int64_t end) {
  const rows_job *job = context;
  const elements *e = &job->e;
  const st_norm_rows *f = &job->form;
  int64_t channels = f->groups * (f->n / f->inner);
  for (int64_t c = begin; c < end; c++) {
    double dw = 0, db = 0;
    if (f->inner == 1) {
      for (int64_t p = 0; p < job->pieces; p++) {
        const char *own = job->partial + p * 2 * channels * e->size;
        if (job->grad_weight) dw += e->k->get(own, c);
        if (job->grad_bias) db += e->k->get(own, channels + c);
      }
    } else {
      const double *sums = (const double *)job->partial + 2 * c;
      for (int64_t s = 0; s < f->rows / f->groups; s++, sums += 2 * channels) {
        db += sums[0];
        dw += sums[1];
      }
    }
    if (job->grad_weight) e->k->set(job->grad_weight, c, dw);
    if (job->grad_bias) e->k->set(job->grad_bias, c, db);
  }
}

int64_t st_normalize_rows_backward(bool centered, const st_norm_rows *form, void *out, void *grad_weight,
                                   void *grad_bias, const void *grad, const void *in, const void *mean,
                                   const void *rstd, const void *weight, st_dtype dtype) {
  rows_job job = {.e = norm_elements(dtype),
                  .form = *form,
                  .centered = centered,
                  .out = out,
                  .mean = (void *)mean,
                  .rstd = (void *)rstd,
                  .grad_weight = grad_weight,
                  .grad_bias = grad_bias,
                  .in = in,
                  .grad = grad,
                  .weight = weight};
  if (form->rows == 0 || form->n == 0) return 0;
  int64_t per_row = form->n / form->inner, channels = form->groups * per_row, samples = form->rows / form->groups;
  bool parameters = grad_weight || grad_bias;
  job.stream = !job.e.staged && form->rows * form->n * job.e.size >= STREAMED;
  // Few pieces if each keeps many partial sums.
  int64_t most = form->inner == 1 && parameters ? (channels > 16384 ? 16 : 64) : samples;
  job.pieces = st_max64(1, st_min64(st_min64(samples, most), form->rows * form->n / PIECE));
  size_t bytes = form->inner > 1 ? (size_t)(form->rows * per_row) * 2 * sizeof(double)
                 : parameters    ? (size_t)(job.pieces * 2 * channels * job.e.size)
                                 : 0;
  size_t capacity = 0;
  if (bytes && !(job.partial = st_scratch(bytes, &capacity))) return (int64_t)bytes;
  st_parallel_for(job.pieces, 1, rows_backward_body, &job);
  if (parameters) st_parallel_for(channels, st_grain(PIECE, 2 * job.pieces), parameters_body, &job);
  if (bytes) st_deallocate(job.partial, capacity);
  return st_missing(&job.missing);
}
