// Optimizer steps: one pass over memory, in parallel pieces.
#include "st_optim.h"
#include "reduce_isa.h"
#include "st_parallel.h"
#include <math.h>

typedef struct {
  double lr, momentum, dampening, weight_decay;
  bool first, nesterov, maximize;
} sgd_options;

typedef struct {
  double shrink, weight_decay, one_minus_beta1, beta2, one_minus_beta2, root_correction2, eps, step_size;
  bool decoupled, maximize;
} adam_options;

#define ST_KERNELS "optim_kernels.inc"
#include "reduce_each_isa.inc"

enum { GRAIN = 16384, BLOCK = 512 };

typedef struct {
  void *arrays[5];  // param, grad, then the optimizer's state
  st_dtype dtype;
  const void *options;
} step_job;

static void load(float *to, const void *from, int64_t at, int64_t n, st_dtype t) {
  if (t == ST_F16)
    for (int64_t i = 0; i < n; i++) to[i] = (float)((const _Float16 *)from)[at + i];
  else
    for (int64_t i = 0; i < n; i++) to[i] = st_bf16_to_f32(((const uint16_t *)from)[at + i]);
}

static void store(const float *from, void *to, int64_t at, int64_t n, st_dtype t) {
  if (t == ST_F16)
    for (int64_t i = 0; i < n; i++) ((_Float16 *)to)[at + i] = (_Float16)from[i];
  else
    for (int64_t i = 0; i < n; i++) ((uint16_t *)to)[at + i] = st_f32_to_bf16(from[i]);
}

static void step_f32(const step_job *job, float *a[5], int64_t n, bool adam) {
  if (adam)
    ST_PICK(adam_f32)(a[0], a[1], a[2], a[3], a[4], n, job->options);
  else
    ST_PICK(sgd_f32)(a[0], a[1], a[2], n, job->options);
}

static void step_piece(const step_job *job, int64_t begin, int64_t end, bool adam) {
  int64_t n = end - begin;
  if (job->dtype == ST_F64) {
    double *a[5];
    for (int i = 0; i < 5; i++) a[i] = job->arrays[i] ? (double *)job->arrays[i] + begin : NULL;
    if (adam)
      ST_PICK(adam_f64)(a[0], a[1], a[2], a[3], a[4], n, job->options);
    else
      ST_PICK(sgd_f64)(a[0], a[1], a[2], n, job->options);
    return;
  }
  float *a[5];
  if (job->dtype == ST_F32) {
    for (int i = 0; i < 5; i++) a[i] = job->arrays[i] ? (float *)job->arrays[i] + begin : NULL;
    step_f32(job, a, n, adam);
    return;
  }
  float staged[5][BLOCK];
  for (int64_t at = begin; at < end; at += BLOCK) {
    int64_t k = st_min64(end - at, BLOCK);
    for (int i = 0; i < 5; i++) {
      a[i] = job->arrays[i] ? staged[i] : NULL;
      if (a[i]) load(a[i], job->arrays[i], at, k, job->dtype);
    }
    step_f32(job, a, k, adam);
    for (int i = 0; i < 5; i++)
      if (a[i] && i != 1) store(a[i], job->arrays[i], at, k, job->dtype);
  }
}

static void sgd_body(void *context, int64_t begin, int64_t end) { step_piece(context, begin, end, false); }
static void adam_body(void *context, int64_t begin, int64_t end) { step_piece(context, begin, end, true); }

void st_sgd(int64_t n, void *param, const void *grad, void *momentum_buffer, st_dtype dtype, bool first, double lr,
            double momentum, double dampening, double weight_decay, bool nesterov, bool maximize) {
  sgd_options options = {lr, momentum, dampening, weight_decay, first, nesterov, maximize};
  step_job job = {{param, (void *)grad, momentum_buffer}, dtype, &options};
  st_parallel_for(n, GRAIN, sgd_body, &job);
}

void st_adam(int64_t n, void *param, const void *grad, void *exp_avg, void *exp_avg_sq, void *max_exp_avg_sq,
             st_dtype dtype, int64_t step, double lr, double beta1, double beta2, double eps, double weight_decay,
             bool decoupled, bool maximize) {
  adam_options options = {1 - lr * weight_decay,
                          weight_decay,
                          1 - beta1,
                          beta2,
                          1 - beta2,
                          sqrt(1 - pow(beta2, (double)step)),
                          eps,
                          lr / (1 - pow(beta1, (double)step)),
                          decoupled,
                          maximize};
  step_job job = {{param, (void *)grad, exp_avg, exp_avg_sq, max_exp_avg_sq}, dtype, &options};
  st_parallel_for(n, GRAIN, adam_body, &job);
}
