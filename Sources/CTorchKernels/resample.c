// Interpolation and its adjoint, as linear maps along the dimensions.
#include "st_resample.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"

enum {
  COLUMNS = 256,         // sums held at a time
  SLOT_BYTES = 1 << 16,  // about the bytes of rows that a task holds
};

typedef struct {
  const st_resample_shape *shape;
  void *out;
  const void *in;
  /// A task is `lines` result lines of one plane; `tasks` of them make a plane. It holds at most `held` source lines.
  int64_t lines, tasks, held;
  /// The map along the width as `taps` tables of one index and one weight for each result; NULL if they would be much
  /// larger than the map. Missing taps have the index of a zero behind the line.
  int64_t taps;
  bool is_padded;
  int32_t *indices;
  void *weights;
  void (*task)(const void *job, int64_t task, char *scratch);
  size_t scratch;
  _Atomic int64_t missing;
} resample_job;

static inline int64_t most_taps(const st_resample_axis *axis, int64_t *least) {
  int64_t most = 0;
  *least = INT64_MAX;
  for (int64_t i = 0; i < axis->out; i++) {
    int64_t count = axis->offsets[i + 1] - axis->offsets[i];
    most = st_max64(most, count);
    *least = st_min64(*least, count);
  }
  return most;
}

/// Finds the source lines low ..< high that the result lines first ..< last need.
static void find_lines(const st_resample_axis *axis, int64_t first, int64_t last, int64_t *low, int64_t *high) {
  if (!axis->offsets) {
    *low = first;
    *high = last;
    return;
  }
  *low = INT64_MAX;
  *high = 0;
  for (int64_t k = axis->offsets[first]; k < axis->offsets[last]; k++) {
    *low = st_min64(*low, axis->indices[k]);
    *high = st_max64(*high, axis->indices[k] + 1);
  }
  if (*low > *high) *low = *high;
}

#define ST_KERNELS "resample_kernels.inc"
#include "reduce_each_isa.inc"

static void tasks_body(void *context, int64_t begin, int64_t end) {
  resample_job *job = context;
  size_t capacity = 0;
  char *scratch = st_scratch(job->scratch, &capacity);
  if (!scratch) {
    st_note_missing(&job->missing, job->scratch);
    return;
  }
  for (int64_t task = begin; task < end; task++) job->task(job, task, scratch);
  st_deallocate(scratch, capacity);
}

/// Makes the tables of the map along the width. Returns the bytes that were missing.
static int64_t make_tables(resample_job *job, bool is_double, size_t *capacity) {
  const st_resample_axis *axis = &job->shape->axis[2];
  *capacity = 0;
  if (!axis->offsets || job->shape->inner != 1 || axis->in >= INT32_MAX) return 0;
  int64_t least, most = most_taps(axis, &least), total = axis->offsets[axis->out];
  if (most == 0 || most > 64 || most * axis->out > 4 * total + 1024) return 0;
  job->taps = most;
  job->is_padded = least < most;
  size_t size = is_double ? 8 : 4, count = (size_t)(most * axis->out), bytes = count * (size + 4);
  char *memory = st_scratch(bytes, capacity);
  if (!memory) return (int64_t)bytes;
  job->weights = memory;
  job->indices = (int32_t *)(void *)(memory + count * size);
  for (int64_t i = 0; i < axis->out; i++)
    for (int64_t k = 0; k < most; k++) {
      int64_t from = axis->offsets[i] + k, to = k * axis->out + i;
      bool is_there = from < axis->offsets[i + 1];
      double weight = is_there ? axis->weights[from] : 0;
      job->indices[to] = (int32_t)(is_there ? axis->indices[from] : axis->in);
      if (is_double)
        ((double *)job->weights)[to] = weight;
      else
        ((float *)job->weights)[to] = (float)weight;
    }
  return 0;
}

int64_t st_resample(const st_resample_shape *shape, void *out, const void *in, st_dtype dtype) {
  const st_resample_axis *a = shape->axis;
  resample_job job = {.shape = shape, .out = out, .in = in};
  switch (dtype) {
    case ST_F16: job.task = ST_PICK(resample_f16); break;
    case ST_BF16: job.task = ST_PICK(resample_bf16); break;
    case ST_F32: job.task = ST_PICK(resample_f32); break;
    case ST_F64: job.task = ST_PICK(resample_f64); break;
    case ST_U8: job.task = ST_PICK(resample_u8); break;
    default: return 0;
  }
  int64_t line = a[2].out * shape->inner, source = a[2].in * shape->inner;
  if (shape->outer * a[0].out * a[1].out * line == 0) return 0;
  size_t size = dtype == ST_F64 ? 8 : 4, capacity;
  int64_t missing = make_tables(&job, dtype == ST_F64, &capacity);
  if (missing) return missing;
  job.lines = st_max64(1, st_min64(SLOT_BYTES / (int64_t)((size_t)line * size), a[1].out));
  job.tasks = (a[1].out + job.lines - 1) / job.lines;
  for (int64_t first = 0; first < a[1].out; first += job.lines) {
    int64_t low, high;
    find_lines(&a[1], first, st_min64(first + job.lines, a[1].out), &low, &high);
    job.held = st_max64(job.held, high - low);
  }
  // The held lines with their addresses, and a line that is read with a zero behind it.
  job.scratch = (size_t)job.held * ((size_t)st_max64(line, source + 1) * size + sizeof(void *)) +
                (size_t)(source + 1) * size + 64;
  int64_t work = job.lines * line * 4;
  st_parallel_evenly(shape->outer * a[0].out * job.tasks, st_grain(65536, work), tasks_body, &job);
  if (job.weights) st_deallocate(job.weights, capacity);
  return st_missing(&job.missing);
}

// MARK: uint8

typedef struct {
  const st_resample_shape *shape;
  const int16_t *weights[3];
  int bits[3];
  uint8_t *out;
  const uint8_t *in;
  _Atomic int64_t missing;
} rounding_job;

/// Writes 16-bit weights with as many fractional bits as the largest allows, and returns this number.
static int round_weights(const st_resample_axis *axis, int16_t *to) {
  int64_t count = axis->offsets[axis->out];
  double most = 0;
  for (int64_t k = 0; k < count; k++) most = axis->weights[k] > most ? axis->weights[k] : most;
  int bits = 0;
  for (; bits < 22; bits++)
    if ((int)(0.5 + most * (double)(1 << (bits + 1))) >= 1 << 15) break;
  for (int64_t k = 0; k < count; k++) {
    double scaled = axis->weights[k] * (double)(1 << bits);
    to[k] = (int16_t)(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  }
  return bits;
}

/// Maps one dimension: [n, inner] to [out, inner].
static void round_line(const rounding_job *job, int d, uint8_t *out, const uint8_t *in, int64_t inner) {
  const st_resample_axis *axis = &job->shape->axis[d];
  const int16_t *weights = job->weights[d];
  int bits = job->bits[d];
  int32_t half = bits > 0 ? 1 << (bits - 1) : 0;
  int32_t sums[COLUMNS];
  for (int64_t i = 0; i < axis->out; i++)
    for (int64_t c = 0; c < inner; c += COLUMNS) {
      int64_t n = st_min64(COLUMNS, inner - c);
      for (int64_t j = 0; j < n; j++) sums[j] = half;
      for (int64_t k = axis->offsets[i]; k < axis->offsets[i + 1]; k++) {
        const uint8_t *x = in + axis->indices[k] * inner + c;
        for (int64_t j = 0; j < n; j++) sums[j] += weights[k] * x[j];
      }
      for (int64_t j = 0; j < n; j++) {
        int32_t v = sums[j] >> bits;
        out[i * inner + c + j] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
      }
    }
}

static void rounding_body(void *context, int64_t begin, int64_t end) {
  rounding_job *job = context;
  const st_resample_shape *s = job->shape;
  const st_resample_axis *h = &s->axis[1], *w = &s->axis[2];
  int64_t inner = s->inner;
  bool both = h->offsets && w->offsets;
  size_t bytes = both ? (size_t)(h->in * w->out * inner) : 0, capacity = 0;
  uint8_t *scratch = bytes ? st_scratch(bytes, &capacity) : NULL;
  if (bytes && !scratch) {
    st_note_missing(&job->missing, bytes);
    return;
  }
  for (int64_t plane = begin; plane < end; plane++) {
    const uint8_t *in = job->in + plane * h->in * w->in * inner;
    uint8_t *out = job->out + plane * h->out * w->out * inner, *middle = both ? scratch : out;
    if (w->offsets)
      for (int64_t i = 0; i < h->in; i++)
        round_line(job, 2, middle + i * w->out * inner, in + i * w->in * inner, inner);
    if (h->offsets) round_line(job, 1, out, w->offsets ? middle : in, w->out * inner);
    if (!h->offsets && !w->offsets) memcpy(out, in, (size_t)(h->in * w->in * inner));
  }
  if (scratch) st_deallocate(scratch, capacity);
}

int64_t st_resample_rounding(const st_resample_shape *shape, uint8_t *out, const uint8_t *in) {
  rounding_job job = {.shape = shape, .out = out, .in = in};
  int64_t counts[3] = {0};
  for (int d = 1; d < 3; d++)
    if (shape->axis[d].offsets) counts[d] = shape->axis[d].offsets[shape->axis[d].out];
  size_t bytes = (size_t)(counts[1] + counts[2] + 1) * sizeof(int16_t), capacity;
  int16_t *weights = st_scratch(bytes, &capacity);
  if (!weights) return (int64_t)bytes;
  for (int d = 1; d < 3; d++) {
    int16_t *own = weights + (d == 2 ? counts[1] : 0);
    if (shape->axis[d].offsets) job.bits[d] = round_weights(&shape->axis[d], own);
    job.weights[d] = own;
  }
  int64_t work = (shape->axis[1].in + shape->axis[1].out) * shape->axis[2].out * shape->inner * 4;
  if (shape->axis[1].out * shape->axis[2].out * shape->inner > 0)
    st_parallel_evenly(shape->outer, st_grain(65536, work), rounding_body, &job);
  st_deallocate(weights, capacity);
  return st_missing(&job.missing);
}
