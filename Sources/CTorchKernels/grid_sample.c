// Sampling at the points of a grid: linear, nearest and cubic, in two and three dimensions.
#include "st_grid_sample.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"
#include <math.h>

enum {
  POINTS = 32,    // points of one block
  TAPS = 64,      // source elements of one point, at most
  CHANNELS = 16,  // planes of one task of the adjoint
};

typedef struct {
  const st_grid_shape *shape;
  int64_t plane, blocks, tasks;
  void *out, *grid_grad;
  const void *in, *grid, *grad;
  _Atomic int64_t missing;
} grid_job;

static inline int64_t most_taps(const st_grid_shape *s) {
  int64_t one = s->mode == ST_GRID_NEAREST ? 1 : s->mode == ST_GRID_LINEAR ? 2 : 4;
  return s->dims == 3 ? one * one * one : one * one;
}

#define GRID(name) name##_f16
#define E _Float16
#define A float
#define IS_HALF true
#define ROUND(x) LOAD(STORE(x))
#define LOAD(x) ((float)(x))
#define STORE(x) ((_Float16)(x))
#include "grid_sample_typed.inc"

#define GRID(name) name##_bf16
#define E uint16_t
#define A float
#define IS_HALF true
#define ROUND(x) LOAD(STORE(x))
#define LOAD(x) st_bf16_to_f32(x)
#define STORE(x) st_f32_to_bf16(x)
#include "grid_sample_typed.inc"

#define GRID(name) name##_f32
#define E float
#define A float
#define IS_HALF false
#define ROUND(x) (x)
#define LOAD(x) (x)
#define STORE(x) (x)
#include "grid_sample_typed.inc"

#define GRID(name) name##_f64
#define E double
#define A double
#define IS_HALF false
#define ROUND(x) (x)
#define LOAD(x) (x)
#define STORE(x) (x)
#include "grid_sample_typed.inc"

static grid_job make_job(const st_grid_shape *shape) {
  grid_job job = {.shape = shape, .plane = 1, .blocks = (shape->points + POINTS - 1) / POINTS,
                  .tasks = (shape->channels + CHANNELS - 1) / CHANNELS};
  for (int64_t d = 0; d < shape->dims; d++) job.plane *= shape->sizes[d];
  return job;
}

#define FOR_FLOATS(X) X(ST_F16, f16) X(ST_BF16, bf16) X(ST_F32, f32) X(ST_F64, f64)

void st_grid_sample(const st_grid_shape *shape, void *out, const void *in, const void *grid, st_dtype dtype) {
  grid_job job = make_job(shape);
  job.out = out;
  job.in = in;
  job.grid = grid;
  if (shape->batch * job.blocks == 0) return;
  void (*body)(void *, int64_t, int64_t);
  switch (dtype) {
#define CASE(type, name) \
  case type: body = sample_body_##name; break;
    FOR_FLOATS(CASE)
#undef CASE
    default: return;
  }
  int64_t work = POINTS * most_taps(shape) * (shape->channels + 8);
  st_parallel_evenly(shape->batch * job.blocks, st_grain(32768, work), body, &job);
}

int64_t st_grid_sample_backward(const st_grid_shape *shape, void *in_grad, void *grid_grad, const void *grad,
                                const void *in, const void *grid, st_dtype dtype) {
  grid_job job = make_job(shape);
  job.out = in_grad;
  job.grid_grad = grid_grad;
  job.in = in;
  job.grid = grid;
  job.grad = grad;
  void (*of_grid)(void *, int64_t, int64_t), (*of_planes)(void *, int64_t, int64_t);
  switch (dtype) {
#define CASE(type, name) \
  case type: of_grid = grid_grad_body_##name; of_planes = planes_grad_body_##name; break;
    FOR_FLOATS(CASE)
#undef CASE
    default: return 0;
  }
  int64_t work = POINTS * most_taps(shape);
  if (grid_grad && shape->batch * job.blocks > 0)
    st_parallel_evenly(shape->batch * job.blocks, st_grain(32768, work * (shape->channels + 8)), of_grid, &job);
  if (in_grad && shape->batch * job.tasks > 0)
    st_parallel_evenly(shape->batch * job.tasks, st_grain(32768, st_max64(work * job.blocks, job.plane) * CHANNELS),
                       of_planes, &job);
  return st_missing(&job.missing);
}
