// Pooling: maxima and averages of windows, and their adjoints.
#include "st_pool.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"
#include <math.h>

enum {
  BLOCK = 64,     // results computed at a time
  CHANNELS = 64,  // channels of one task of an adjoint
};

typedef struct {
  const st_pool_shape *shape;
  int64_t divisor;
  /// The results low ..< high along the width whose windows have `taps` elements and start `stride` apart.
  int64_t low, high, taps, stride;
  /// The elements of a source plane, and the tasks of one plane.
  int64_t source, tasks;
  /// Whether positions in a plane fit 32 bits.
  bool is_small;
  void *out;
  const void *in;
  int64_t *indices;
  const int64_t *scattered;
  int64_t count;
  void (*row)(const void *job, int64_t row);
  void (*plane)(const void *job, int64_t plane, int64_t first, int64_t last, void *sums, void *scratch);
  size_t sum_size, scratch_size;
  _Atomic int64_t missing;
} pool_job;

static inline int64_t window_count(const st_pool_axis *axis, int64_t at) {
  int64_t length = axis->ends[at] - axis->starts[at];
  return length <= 0 ? 0 : (length - 1) / axis->step + 1;
}

/// Finds the longest run of regular windows along the width, if all planes have the same windows.
static void find_interior(pool_job *job) {
  const st_pool_axis *axis = &job->shape->axis[2];
  job->low = job->high = 0;
  job->stride = job->taps = 1;
  if (axis->plane != 0 && job->shape->outer > 1) return;
  int64_t most = 0;
  for (int64_t i = 0; i < axis->out; i++) most = st_max64(most, window_count(axis, i));
  int64_t i = 0;
  while (i < axis->out && window_count(axis, i) != most) i++;
  int64_t stride = i + 1 < axis->out ? axis->starts[i + 1] - axis->starts[i] : 1, end = i;
  while (end < axis->out && window_count(axis, end) == most &&
         axis->starts[end] == axis->starts[i] + (end - i) * stride)
    end++;
  if (end - i < 4 || stride < 1) return;
  job->low = i;
  job->high = end;
  job->taps = most;
  job->stride = stride;
}

#define ST_KERNELS "pool_kernels.inc"
#include "reduce_each_isa.inc"

static void rows_body(void *context, int64_t begin, int64_t end) {
  const pool_job *job = context;
  for (int64_t row = begin; row < end; row++) job->row(job, row);
}

static void run_rows(pool_job *job) {
  const st_pool_shape *s = job->shape;
  int64_t rows = s->outer * s->axis[0].out * s->axis[1].out, width = s->axis[2].out * s->inner;
  if (rows == 0 || width == 0) return;
  job->source = s->axis[0].in * s->axis[1].in * s->axis[2].in;
  job->is_small = job->source < INT32_MAX;
  find_interior(job);
  int64_t window = st_max64(window_count(&s->axis[0], 0) * window_count(&s->axis[1], 0), 1) * st_max64(job->taps, 1);
  st_parallel_evenly(rows, st_grain(32768, width * window), rows_body, job);
}

static void planes_body(void *context, int64_t begin, int64_t end) {
  pool_job *job = context;
  int64_t inner = job->shape->inner, channels = st_min64(inner, CHANNELS);
  // Half types are summed in float32.
  size_t sums = (size_t)(job->source * channels) * job->sum_size, capacity = 0;
  size_t bytes = sums + job->scratch_size;
  char *scratch = bytes ? st_scratch(bytes, &capacity) : NULL;
  if (bytes && !scratch) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t task = begin; task < end; task++) {
    int64_t first = task % job->tasks * CHANNELS;
    job->plane(job, task / job->tasks, first, st_min64(first + CHANNELS, inner), scratch, scratch + sums);
  }
  if (scratch) st_deallocate(scratch, capacity);
}

static int64_t run_planes(pool_job *job) {
  const st_pool_shape *s = job->shape;
  job->tasks = (s->inner + CHANNELS - 1) / CHANNELS;
  if (s->outer == 0 || s->inner == 0 || job->source == 0) return 0;
  st_parallel_evenly(s->outer * job->tasks, st_grain(65536, job->source * st_min64(s->inner, CHANNELS)), planes_body,
                     job);
  return st_missing(&job->missing);
}

#define FOR_ALL(X) X(ST_U8, u8) X(ST_I8, i8) X(ST_I16, i16) X(ST_I32, i32) X(ST_I64, i64) FOR_FLOATS(X)
#define FOR_FLOATS(X) X(ST_F16, f16) X(ST_BF16, bf16) X(ST_F32, f32) X(ST_F64, f64)

void st_max_pool(const st_pool_shape *shape, void *out, int64_t *indices, const void *in, st_dtype dtype) {
  pool_job job = {.shape = shape, .out = out, .in = in, .indices = indices};
  switch (dtype) {
#define CASE(type, name) \
  case type: job.row = ST_PICK(max_row_##name); break;
    FOR_ALL(CASE)
#undef CASE
    default: return;
  }
  run_rows(&job);
}

void st_avg_pool(const st_pool_shape *shape, int64_t divisor, void *out, const void *in, st_dtype dtype) {
  pool_job job = {.shape = shape, .out = out, .in = in, .divisor = divisor};
  switch (dtype) {
#define CASE(type, name) \
  case type: job.row = ST_PICK(avg_row_##name); break;
    CASE(ST_I64, i64)
    FOR_FLOATS(CASE)
#undef CASE
    default: return;
  }
  run_rows(&job);
}

int64_t st_avg_pool_backward(const st_pool_shape *shape, int64_t divisor, void *out, const void *grad, st_dtype dtype) {
  pool_job job = {.shape = shape, .out = out, .in = grad, .divisor = divisor};
  size_t size = dtype == ST_F64 ? 8 : 4;
  switch (dtype) {
#define CASE(type, name) \
  case type: job.plane = ST_PICK(avg_backward_##name); break;
    FOR_FLOATS(CASE)
#undef CASE
    default: return 0;
  }
  job.sum_size = st_size(dtype) == 2 ? 4 : 0;
  job.scratch_size = (size_t)(shape->axis[2].in + shape->axis[2].out + CHANNELS) * size;
  job.source = shape->axis[0].in * shape->axis[1].in * shape->axis[2].in;
  find_interior(&job);
  return run_planes(&job);
}

int64_t st_plane_scatter(int64_t outer, int64_t source, int64_t count, int64_t inner, void *out, const void *grad,
                         const int64_t *indices, st_dtype dtype) {
  st_pool_shape shape = {.outer = outer, .inner = inner};
  pool_job job = {
      .shape = &shape, .out = out, .in = grad, .scattered = indices, .count = count, .source = source};
  switch (dtype) {
#define CASE(type, name) \
  case type: job.plane = ST_PICK(scatter_##name); break;
    FOR_FLOATS(CASE)
#undef CASE
    default: return 0;
  }
  job.sum_size = st_size(dtype) == 2 ? 4 : 0;
  return run_planes(&job);
}
