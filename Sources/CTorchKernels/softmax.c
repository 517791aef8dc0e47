// Softmax, log-softmax, cross entropy and their gradients.
#include "st_softmax.h"
#include "reduce_internal.h"
#include "st_parallel.h"
#include <math.h>

#define ST_KERNELS "softmax_kernels.inc"
#include "reduce_each_isa.inc"

typedef struct {
  bool log, backward;
  int64_t n, inner, tiles;
  void *out;
  const void *in, *y;  // the input; or the output's gradient, and the output
  st_dtype dtype;
  _Atomic int64_t missing;
} softmax_job;

enum { TILE = 64 };  // columns of one task

static void line_f64(const softmax_job *job, const double *x, const double *y, double *out) {
  int64_t n = job->n, step = job->inner;
  if (job->backward) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += job->log ? x[i * step] : x[i * step] * y[i * step];
    for (int64_t i = 0; i < n; i++)
      out[i * step] = job->log ? x[i * step] - exp(y[i * step]) * sum : y[i * step] * (x[i * step] - sum);
    return;
  }
  double max = -INFINITY, sum = 0;
  for (int64_t i = 0; i < n; i++) max = x[i * step] > max ? x[i * step] : max;
  for (int64_t i = 0; i < n; i++) {
    double e = exp(x[i * step] - max);
    sum += e;
    if (!job->log) out[i * step] = e;
  }
  double rest = job->log ? log(sum) : 1 / sum;
  for (int64_t i = 0; i < n; i++) out[i * step] = job->log ? (x[i * step] - max) - rest : out[i * step] * rest;
}

static void line_half(const softmax_job *job, int64_t at, float *scratch) {
  int64_t n = job->n, step = job->inner;
  float *x = scratch, *y = scratch + n;
  void (*stage)(void *, const void *, st_dtype, int64_t, int64_t) = st_reduce_table()->stage[CLASS_F32];
  stage(x, st_at(job->in, at, job->dtype), job->dtype, n, step);
  if (job->backward) {
    stage(y, st_at(job->y, at, job->dtype), job->dtype, n, step);
    ST_PICK(rows_backward)(job->log, x, y, x, 1, n);
  } else {
    ST_PICK(rows)(job->log, x, x, 1, n);
  }
  for (int64_t i = 0; i < n; i++) {
    if (job->dtype == ST_F16)
      ((_Float16 *)job->out)[at + i * step] = (_Float16)x[i];
    else
      ((uint16_t *)job->out)[at + i * step] = st_f32_to_bf16(x[i]);
  }
}

static void lines_body(void *context, int64_t begin, int64_t end) {
  softmax_job *job = context;
  int64_t n = job->n, inner = job->inner;
  size_t bytes = 2 * (size_t)n * sizeof(float), capacity = 0;
  float *scratch = job->dtype == ST_F64 ? NULL : st_scratch(bytes, &capacity);
  if (!scratch && job->dtype != ST_F64) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t line = begin; line < end; line++) {
    int64_t at = line / inner * n * inner + line % inner;
    if (job->dtype == ST_F64)
      line_f64(job, (const double *)job->in + at, job->backward ? (const double *)job->y + at : NULL,
               (double *)job->out + at);
    else
      line_half(job, at, scratch);
  }
  if (scratch) st_deallocate(scratch, capacity);
}

static void rows_body(void *context, int64_t begin, int64_t end) {
  const softmax_job *job = context;
  int64_t at = begin * job->n;
  const float *x = (const float *)job->in + at;
  float *out = (float *)job->out + at;
  if (job->backward)
    ST_PICK(rows_backward)(job->log, x, (const float *)job->y + at, out, end - begin, job->n);
  else
    ST_PICK(rows)(job->log, x, out, end - begin, job->n);
}

static void columns_body(void *context, int64_t begin, int64_t end) {
  const softmax_job *job = context;
  for (int64_t t = begin; t < end; t++) {
    int64_t at = t / job->tiles * job->n * job->inner, first = t % job->tiles * TILE,
            last = st_min64(first + TILE, job->inner);
    const float *x = (const float *)job->in + at;
    float *out = (float *)job->out + at;
    if (job->backward)
      ST_PICK(columns_backward)(job->log, x, (const float *)job->y + at, out, job->n, job->inner, first, last);
    else
      ST_PICK(columns)(job->log, x, out, job->n, job->inner, first, last);
  }
}

static int64_t softmax(softmax_job *job, int64_t outer) {
  if (outer == 0 || job->n == 0 || job->inner == 0) return 0;
  job->tiles = (job->inner + TILE - 1) / TILE;
  if (job->dtype != ST_F32)
    st_parallel_for(outer * job->inner, st_grain(4096, job->n), lines_body, job);
  else if (job->inner == 1)
    st_parallel_for(outer, st_grain(16384, job->n), rows_body, job);
  else
    st_parallel_for(outer * job->tiles, st_grain(16384, job->n * st_min64(TILE, job->inner)), columns_body, job);
  return st_missing(&job->missing);
}

int64_t st_softmax(bool log, int64_t outer, int64_t n, int64_t inner, void *out, const void *in, st_dtype dtype) {
  softmax_job job = {.log = log, .n = n, .inner = inner, .out = out, .in = in, .dtype = dtype};
  return softmax(&job, outer);
}

int64_t st_softmax_backward(bool log, int64_t outer, int64_t n, int64_t inner, void *out, const void *grad,
                            const void *y, st_dtype dtype) {
  softmax_job job = {
      .log = log, .backward = true, .n = n, .inner = inner, .out = out, .in = grad, .y = y, .dtype = dtype};
  return softmax(&job, outer);
}

typedef struct {
  int64_t rows, n;
  void *losses, *statistics, *out;
  const void *in, *scale;
  int64_t scale_step;
  const int64_t *target;
  st_dtype dtype;
  _Atomic int64_t missing;
} entropy_job;

static void entropy_rows_f64(const entropy_job *job, int64_t begin, int64_t end) {
  int64_t n = job->n;
  double *max = job->statistics, *log_sum = max + job->rows;
  for (int64_t r = begin; r < end; r++) {
    const double *x = (const double *)job->in + r * n;
    int64_t target = job->target[r];
    bool counts = target >= 0 && target < n;
    if (job->out) {
      double *out = (double *)job->out + r * n;
      double scale = counts ? ((const double *)job->scale)[r * job->scale_step] : 0;
      for (int64_t i = 0; i < n; i++) out[i] = exp((x[i] - max[r]) - log_sum[r]) * scale;
      if (counts) out[target] -= scale;
      continue;
    }
    double m = -INFINITY, sum = 0;
    for (int64_t i = 0; i < n; i++) m = x[i] > m ? x[i] : m;
    for (int64_t i = 0; i < n; i++) sum += exp(x[i] - m);
    max[r] = m;
    log_sum[r] = log(sum);
    ((double *)job->losses)[r] = counts ? -((x[target] - m) - log_sum[r]) : 0;
  }
}

static void narrow(const entropy_job *job, const float *x, int64_t at) {
  for (int64_t i = 0; i < job->n; i++) {
    if (job->dtype == ST_F16) ((_Float16 *)job->out)[at + i] = (_Float16)x[i];
    else ((uint16_t *)job->out)[at + i] = st_f32_to_bf16(x[i]);
  }
}

static void entropy_body(void *context, int64_t begin, int64_t end) {
  entropy_job *job = context;
  if (job->dtype == ST_F64) {
    entropy_rows_f64(job, begin, end);
    return;
  }
  int64_t n = job->n;
  float *losses = job->losses, *max = job->statistics, *log_sum = max + job->rows;
  bool staged = job->dtype != ST_F32;
  if (!staged && !job->out) {
    ST_PICK(entropy)((const float *)job->in + begin * n, job->target + begin, losses + begin, max + begin,
                     log_sum + begin, end - begin, n);
    return;
  }
  size_t bytes = (size_t)n * sizeof(float), capacity = 0;
  float *scratch = staged ? st_scratch(bytes, &capacity) : NULL;
  if (staged && !scratch) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t r = begin; r < end; r++) {
    const float *x = scratch;
    if (staged) st_reduce_table()->stage[CLASS_F32](scratch, st_at(job->in, r * n, job->dtype), job->dtype, n, 1);
    else x = (const float *)job->in + r * n;
    int64_t target = job->target[r];
    if (!job->out) {
      ST_PICK(entropy)(x, &target, losses + r, max + r, log_sum + r, 1, n);
      continue;
    }
    float scale = target >= 0 && target < n ? ((const float *)job->scale)[r * job->scale_step] : 0;
    ST_PICK(entropy_backward)(x, target, scale, max[r], log_sum[r], staged ? scratch : (float *)job->out + r * n, n,
                              staged ? n : (job->rows - r) * n);
    if (staged) narrow(job, scratch, r * n);
  }
  if (scratch) st_deallocate(scratch, capacity);
}

int64_t st_cross_entropy(int64_t rows, int64_t n, void *losses, void *statistics, const void *in,
                         const int64_t *target, st_dtype dtype) {
  entropy_job job = {
      .rows = rows, .n = n, .losses = losses, .statistics = statistics, .in = in, .target = target, .dtype = dtype};
  st_parallel_for(rows, st_grain(16384, n), entropy_body, &job);
  return st_missing(&job.missing);
}

int64_t st_cross_entropy_backward(int64_t rows, int64_t n, void *out, const void *scale, int64_t scale_step,
                                  const void *statistics, const void *in, const int64_t *target, st_dtype dtype) {
  if (n == 0) return 0;
  entropy_job job = {.rows = rows,
                     .n = n,
                     .statistics = (void *)statistics,
                     .out = out,
                     .in = in,
                     .scale = scale,
                     .scale_step = scale_step,
                     .target = target,
                     .dtype = dtype};
  st_parallel_for(rows, st_grain(16384, n), entropy_body, &job);
  return st_missing(&job.missing);
}
