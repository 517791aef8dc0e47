// Reductions: chooses the kernel, the pieces and the order in which they combine. Pieces depend on sizes only.
#include "reduce_internal.h"
#include "st_parallel.h"
#include <math.h>

typedef struct {
  const st_reduce_shape *shape;
  const st_reduce_kernels *kernels;
  st_class class;
  st_reduction op;        // the reduction whose kernels run
  st_reduction reduction; // the reduction that was asked for: `op` or a test of its value
  double power;   // 0: no power
  bool direct;    // the kernels read the input directly
  const void *in;
  void *out;
  st_dtype in_dtype, out_dtype;
  int64_t pieces, piece;  // of the reduced positions
  int64_t columns, tiles, tile;
  st_acc *partial;
} reduce_job;

typedef enum { IN_RESULT, IN_ELEMENT, COUNT } kind;

typedef struct {
  const char *name;
  kind kind;
  st_reduction op;                     // whose kernels run
  st_acc identity, integer_identity;
} reduction_facts;

static const reduction_facts facts[ST_REDUCTION_count] = {
#define LOWEST (-INFINITY)
#define HIGHEST INFINITY
#define REDUCTION(name_, kind_, identity_, term, combine) \
  [ST_REDUCTION_##name_] = {.name = #name_, .kind = kind_, .op = ST_REDUCTION_##name_, .identity.f = identity_},
#define REDUCTION_TEST(name_, of, e) [ST_REDUCTION_##name_] = {.name = #name_, .op = ST_REDUCTION_##of},
#include "reductions.inc"
#undef LOWEST
#undef HIGHEST
#define LOWEST INT64_MIN
#define HIGHEST INT64_MAX
#define REDUCTION(name, kind, identity, term, combine) [ST_REDUCTION_##name].integer_identity.i = identity,
#include "reductions.inc"
};

const char *st_reduction_name(st_reduction op) { return facts[op].name; }
bool st_reduction_counts(st_reduction op) { return facts[facts[op].op].kind == COUNT; }

static st_acc identity(const reduce_job *job) {
  return job->class == CLASS_I64 ? facts[job->op].integer_identity : facts[job->op].identity;
}

// Combines `from` into `into`, element by element.
static void combine_all(const reduce_job *job, st_acc *restrict into, const st_acc *restrict from, int64_t n) {
#define EACH(FIELD, T, combine) \
  for (int64_t i = 0; i < n; i++) { \
    T a = (T)into[i].FIELD, b = (T)from[i].FIELD; \
    into[i].FIELD = combine(a, b); \
  }
#define EACH_IN_RESULT(combine) EACH(i, uint64_t, combine)
#define EACH_IN_ELEMENT(combine) EACH(i, int64_t, combine)
#define EACH_COUNT EACH_IN_RESULT
  if (job->class == CLASS_I64) {
    switch (job->op) {
#define REDUCTION(name, kind, identity, term, combine) case ST_REDUCTION_##name: EACH_##kind(combine) break;
#include "reductions.inc"
      default: break;
    }
  } else {
    switch (job->op) {
#define REDUCTION(name, kind, identity, term, combine) case ST_REDUCTION_##name: EACH(f, double, combine) break;
#include "reductions.inc"
      default: break;
    }
  }
#undef EACH
}

// Returns the result of a test of the value of its reduction.
static bool test(const reduce_job *job, double kept, double count) {
  switch (job->reduction) {
#define REDUCTION_TEST(name, of, e) case ST_REDUCTION_##name: return e;
#include "reductions.inc"
    default: return false;
  }
}

static st_acc combine(const reduce_job *job, st_acc a, st_acc b) {
  combine_all(job, &a, &b, 1);
  return a;
}

static void store(const reduce_job *job, int64_t at, st_acc value) {
  bool is_float = job->class != CLASS_I64;
  if (job->reduction != job->op) {
    value.i = test(job, is_float ? value.f : (double)value.i, (double)job->shape->red.count);
    is_float = false;
  }
  if (is_float && job->out_dtype == ST_F32)
    ((float *)job->out)[at] = (float)value.f;
  else
    st_acc_store(job->out, at, job->out_dtype, value, is_float);
}

static void raise_to_power(const reduce_job *job, void *p, int64_t n) {
  if (job->class == CLASS_F32)
    for (int64_t i = 0; i < n; i++) ((float *)p)[i] = powf(fabsf(((float *)p)[i]), (float)job->power);
  else
    for (int64_t i = 0; i < n; i++) ((double *)p)[i] = pow(fabs(((double *)p)[i]), job->power);
}

// Reduces the positions [begin, end) of the output whose input begins at `offset`.
static st_acc reduce_range(const reduce_job *job, int64_t offset, int64_t begin, int64_t end) {
  const st_reduce_shape *shape = job->shape;
  int64_t length = shape->red.rank ? shape->red.sizes[shape->red.rank - 1] : 1,
          stride = shape->red.rank ? shape->red.in[shape->red.rank - 1] : 1;
  void (*kernel)(const void *, int64_t, int64_t, int64_t, st_acc *) = job->kernels->rows[job->class][job->op];
  void (*stage)(void *, const void *, st_dtype, int64_t, int64_t) = job->kernels->stage[job->class];
  size_t size = st_class_size(job->class);
  bool direct = job->direct && stride == 1 && (length >= 64 || shape->red.rank <= 1);
  bool bytes = !job->power && stride == 1 && st_size(job->in_dtype) == 1 &&
               (job->op == ST_REDUCTION_countNonzero || (job->op == ST_REDUCTION_sum && job->in_dtype == ST_BOOL));
  st_acc total = identity(job), part;
  double staged[STAGED];
  int64_t filled = 0;
  for (int64_t at = begin; at < end;) {
    int64_t run = st_min64(end - at, length - at % length);
    const char *x = st_at(job->in, offset + st_offset(&shape->red, shape->red.rank, at, NULL), job->in_dtype);
    at += run;
    if (bytes) {
      part.i = job->kernels->count_bytes((const uint8_t *)x, run);
      if (job->class != CLASS_I64) part.f = (double)part.i;
      total = combine(job, total, part);
      continue;
    }
    if (direct) {
      kernel(x, run, 1, 0, &part);
      total = combine(job, total, part);
      continue;
    }
    while (run > 0) {
      int64_t k = st_min64(run, STAGED - filled);
      stage((char *)staged + (size_t)filled * size, x, job->in_dtype, k, stride);
      x += k * stride * (int64_t)st_size(job->in_dtype);
      run -= k;
      filled += k;
      if (filled < STAGED && !(run == 0 && at >= end)) continue;
      if (job->power) raise_to_power(job, staged, filled);
      kernel(staged, filled, 1, 0, &part);
      total = combine(job, total, part);
      filled = 0;
    }
  }
  return total;
}

static void rows_body(void *context, int64_t begin, int64_t end) {
  const reduce_job *job = context;
  const st_reduce_shape *shape = job->shape;
  if (job->pieces > 1) {
    for (int64_t i = begin; i < end; i++) {
      int64_t first = i % job->pieces * job->piece;
      job->partial[i] = reduce_range(job, st_offset(&shape->keep, shape->keep.rank, i / job->pieces, NULL), first,
                                     st_min64(first + job->piece, shape->red.count));
    }
    return;
  }
  bool simple = job->direct && (shape->red.rank == 0 || (shape->red.rank == 1 && shape->red.in[0] == 1));
  int64_t width = shape->keep.rank ? shape->keep.sizes[shape->keep.rank - 1] : 1,
          in_step = shape->keep.rank ? shape->keep.in[shape->keep.rank - 1] : 0;
  int64_t out_step = shape->keep.rank ? shape->keep.out[shape->keep.rank - 1] : 0;
  for (int64_t o = begin; o < end;) {
    st_acc results[256];
    int64_t out, in = st_offset(&shape->keep, shape->keep.rank, o, &out);
    int64_t k = st_min64(st_min64(end - o, width - o % width), 256);
    if (simple)
      job->kernels->rows[job->class][job->op](st_at(job->in, in, job->in_dtype), shape->red.count, k, in_step, results);
    else
      for (int64_t j = 0; j < k; j++) results[j] = reduce_range(job, in + j * in_step, 0, shape->red.count);
    for (int64_t j = 0; j < k; j++) store(job, out + j * out_step, results[j]);
    o += k;
  }
}

// Reduces rows [begin, end) of `width` columns at `offset`. Narrow rows that are adjacent in memory are joined.
static void column_block(const reduce_job *job, int64_t offset, int64_t width, int64_t begin, int64_t end,
                         st_acc *acc) {
  const st_reduce_shape *shape = job->shape;
  void (*kernel)(const void *const *, int64_t, int64_t, st_acc *) = job->kernels->columns[job->class][job->op];
  void (*stage)(void *, const void *, st_dtype, int64_t, int64_t) = job->kernels->stage[job->class];
  size_t size = st_class_size(job->class);
  _Alignas(64) char staged[ROWS * STAGED_COLUMNS * 8];
  const void *rows[ROWS];
  int64_t together = 1;
  if (width < 64 && width == job->columns && shape->red.rank == 1 && shape->red.in[0] == width)
    together = STAGED_COLUMNS / width;
  if (together > 1 && end - begin >= together) {
    st_acc wide[STAGED_COLUMNS];
    int64_t all = together * width;
    for (int64_t j = 0; j < all; j++) wide[j] = identity(job);
    int64_t groups = (end - begin) / together;
    for (int64_t g = 0; g < groups; g += ROWS) {
      int64_t k = st_min64(ROWS, groups - g);
      for (int64_t r = 0; r < k; r++) {
        const char *x = st_at(job->in, offset + (begin + (g + r) * together) * width, job->in_dtype);
        rows[r] = x;
        if (job->direct) continue;
        rows[r] = staged + (size_t)(r * STAGED_COLUMNS) * size;
        stage((void *)rows[r], x, job->in_dtype, all, 1);
        if (job->power) raise_to_power(job, (void *)rows[r], all);
      }
      kernel(rows, k, all, wide);
    }
    for (int64_t t = 0; t < together; t++) combine_all(job, acc, wide + t * width, width);
    begin += groups * together;
  }
  while (begin < end) {
    int64_t k = st_min64(ROWS, end - begin);
    for (int64_t r = 0; r < k; r++) {
      const char *x = st_at(job->in, offset + st_offset(&shape->red, shape->red.rank, begin + r, NULL), job->in_dtype);
      rows[r] = x;
      if (job->direct) continue;
      rows[r] = staged + (size_t)(r * STAGED_COLUMNS) * size;
      stage((void *)rows[r], x, job->in_dtype, width, 1);
      if (job->power) raise_to_power(job, (void *)rows[r], width);
    }
    kernel(rows, k, width, acc);
    begin += k;
  }
}

static void columns_body(void *context, int64_t begin, int64_t end) {
  const reduce_job *job = context;
  const st_reduce_shape *shape = job->shape;
  int64_t step = shape->keep.out[shape->keep.rank - 1];
  for (int64_t i = begin; i < end; i++) {
    int64_t p = i % job->pieces, t = i / job->pieces % job->tiles, o = i / job->pieces / job->tiles;
    int64_t out, in = st_offset(&shape->keep, shape->keep.rank - 1, o, &out);
    int64_t first = t * job->tile, width = st_min64(job->tile, job->columns - first);
    st_acc local[DIRECT_COLUMNS],
        *acc = job->pieces > 1 ? job->partial + p * shape->keep.count + o * job->columns + first : local;
    st_acc nothing = identity(job);
    for (int64_t c = 0; c < width; c++) acc[c] = nothing;
    column_block(job, in + first, width, p * job->piece, st_min64((p + 1) * job->piece, shape->red.count), acc);
    if (job->pieces > 1) continue;
    for (int64_t c = 0; c < width; c++) store(job, out + (first + c) * step, acc[c]);
  }
}

static void combine_body(void *context, int64_t begin, int64_t end) {
  const reduce_job *job = context;
  st_acc total[256];
  for (int64_t o = begin; o < end;) {
    int64_t n = 1, out, step = 0;
    st_offset(&job->shape->keep, job->shape->keep.rank, o, &out);
    if (job->columns > 0) {
      n = st_min64(st_min64(end - o, job->columns - o % job->columns), 256);
      step = job->shape->keep.out[job->shape->keep.rank - 1];
      memcpy(total, job->partial + o, (size_t)n * sizeof *total);
      for (int64_t k = 1; k < job->pieces; k++)
        combine_all(job, total, job->partial + k * job->shape->keep.count + o, n);
    } else {
      *total = identity(job);
      for (int64_t k = 0; k < job->pieces; k++) *total = combine(job, *total, job->partial[o * job->pieces + k]);
    }
    for (int64_t i = 0; i < n; i++) store(job, out + i * step, total[i]);
    o += n;
  }
}

static void fill_body(void *context, int64_t begin, int64_t end) {
  const reduce_job *job = context;
  for (int64_t o = begin; o < end; o++) {
    int64_t out;
    st_offset(&job->shape->keep, job->shape->keep.rank, o, &out);
    store(job, out, identity(job));
  }
}

static size_t partial_bytes(const reduce_job *job) {
  return (size_t)(job->pieces * job->shape->keep.count) * sizeof(st_acc);
}

static int64_t reduce(reduce_job *job) {
  const st_reduce_shape *shape = job->shape;
  if (shape->keep.count == 0) return 0;
  if (shape->red.count == 0) {
    st_parallel_for(shape->keep.count, PIECE, fill_body, job);
    return 0;
  }
  job->kernels = st_reduce_table();
  job->direct = job->in_dtype == st_class_dtype(job->class) && !job->power;
  int64_t work = job->power ? PIECE / 16 : PIECE;
  size_t capacity = 0;
  if (st_is_columnar(shape)) {
    job->columns = shape->keep.sizes[shape->keep.rank - 1];
    int64_t widest = job->direct ? DIRECT_COLUMNS : STAGED_COLUMNS;
    job->tiles = (job->columns + widest - 1) / widest;
    job->tile = (job->columns + job->tiles - 1) / job->tiles;
    if (job->tiles > 1) job->tile = st_min64(widest, (job->tile + 63) / 64 * 64);
    job->tiles = (job->columns + job->tile - 1) / job->tile;
    job->piece = st_max64(4 * ROWS, st_grain(2 * PIECE, job->tile));
    job->pieces = (shape->red.count + job->piece - 1) / job->piece;
    int64_t tasks = shape->keep.count / job->columns * job->tiles * job->pieces;
    size_t bytes = partial_bytes(job);
    if (job->pieces > 1 && !(job->partial = st_scratch(bytes, &capacity))) return (int64_t)bytes;
    st_parallel_for(tasks, st_grain(work, job->tile * st_min64(job->piece, shape->red.count)), columns_body, job);
  } else {
    job->piece = PIECE;
    job->pieces = (shape->red.count + PIECE - 1) / PIECE;
    size_t bytes = partial_bytes(job);
    if (job->pieces > 1 && !(job->partial = st_scratch(bytes, &capacity))) return (int64_t)bytes;
    st_parallel_for(shape->keep.count * job->pieces, st_grain(work, st_min64(shape->red.count, PIECE)), rows_body, job);
  }
  if (job->pieces > 1) {
    st_parallel_for(shape->keep.count, st_grain(PIECE, job->pieces), combine_body, job);
    st_deallocate(job->partial, capacity);
  }
  return 0;
}

int64_t st_reduce(st_reduction op, const st_reduce_shape *shape, void *out, st_dtype out_dtype, const void *in,
                  st_dtype in_dtype) {
  reduce_job job = {.shape = shape,
                    .op = facts[op].op,
                    .reduction = op,
                    .in = in,
                    .out = out,
                    .in_dtype = in_dtype,
                    .out_dtype = out_dtype};
  job.class = st_class_of(in_dtype);
  bool by_value = facts[job.op].kind != IN_RESULT;
  if (!by_value && !st_is_float(out_dtype)) job.class = CLASS_I64;
  if (!by_value && st_is_float(out_dtype) && (!st_is_float(in_dtype) || out_dtype == ST_F64)) job.class = CLASS_F64;
  return reduce(&job);
}

int64_t st_reduce_power(const st_reduce_shape *shape, double p, void *out, const void *in, st_dtype dtype) {
  if (p == 1 || p == 2) {
    return st_reduce(p == 1 ? ST_REDUCTION_sumOfAbs : ST_REDUCTION_sumOfSquares, shape, out, dtype, in, dtype);
  }
  reduce_job job = {.shape = shape,
                    .op = ST_REDUCTION_sum,
                    .reduction = ST_REDUCTION_sum,
                    .power = p,
                    .in = in,
                    .out = out,
                    .in_dtype = dtype,
                    .out_dtype = dtype,
                    .class = st_class_of(dtype)};
  return reduce(&job);
}
