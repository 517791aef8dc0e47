// Reductions: chooses the kernel, the pieces and the order in which they combine. Pieces depend on sizes only.
#include "reduce_internal.h"
#include "st_parallel.h"
#include <math.h>

typedef struct {
  st_plan plan;
  const st_reduce_kernels *kernels;
  st_class class;
  int op;
  st_reduction reduction;
  double power;   // 0: no power
  bool direct;    // the kernels read the input directly
  const void *in;
  void *out;
  st_dtype in_dtype, out_dtype;
  int64_t pieces, piece;  // of the reduced positions
  int64_t columns, tiles, tile;
  st_acc *partial;
} reduce_job;

static st_acc identity(const reduce_job *job) {
  bool integer = job->class == CLASS_I64;
  st_acc a = {.i = 0};
  switch (job->op) {
    case OP_PROD: if (integer) a.i = 1; else a.f = 1; break;
    case OP_MAX: if (integer) a.i = INT64_MIN; else a.f = -INFINITY; break;
    case OP_MIN: if (integer) a.i = INT64_MAX; else a.f = INFINITY; break;
    default: break;
  }
  return a;
}

// Combines `from` into `into`, element by element.
static void combine_all(const reduce_job *job, st_acc *restrict into, const st_acc *restrict from, int64_t n) {
#define EACH(FIELD, e) for (int64_t i = 0; i < n; i++) into[i].FIELD = (e)
  if (job->class == CLASS_I64) {
    switch (job->op) {
      case OP_PROD: EACH(i, (int64_t)((uint64_t)into[i].i * (uint64_t)from[i].i)); break;
      case OP_MAX: EACH(i, st_max64(into[i].i, from[i].i)); break;
      case OP_MIN: EACH(i, st_min64(into[i].i, from[i].i)); break;
      default: EACH(i, (int64_t)((uint64_t)into[i].i + (uint64_t)from[i].i));
    }
    return;
  }
  switch (job->op) {
    case OP_PROD: EACH(f, into[i].f * from[i].f); break;
    case OP_MAX: EACH(f, from[i].f > into[i].f || from[i].f != from[i].f ? from[i].f : into[i].f); break;
    case OP_MIN: EACH(f, from[i].f < into[i].f || from[i].f != from[i].f ? from[i].f : into[i].f); break;
    default: EACH(f, into[i].f + from[i].f);
  }
#undef EACH
}

static st_acc combine(const reduce_job *job, st_acc a, st_acc b) {
  combine_all(job, &a, &b, 1);
  return a;
}

static void store(const reduce_job *job, int64_t at, st_acc value) {
  bool is_float = job->class != CLASS_I64;
  if (job->reduction == ST_REDUCE_ANY || job->reduction == ST_REDUCE_ALL) {
    double count = is_float ? value.f : (double)value.i;
    value.i = job->reduction == ST_REDUCE_ANY ? count > 0 : count == (double)job->plan.red_count;
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
  const st_plan *plan = &job->plan;
  int64_t length = plan->reds ? plan->red[plan->reds - 1].size : 1,
          stride = plan->reds ? plan->red[plan->reds - 1].in : 1;
  void (*kernel)(const void *, int64_t, int64_t, int64_t, st_acc *) = job->kernels->rows[job->class][job->op];
  void (*stage)(void *, const void *, st_dtype, int64_t, int64_t) = job->kernels->stage[job->class];
  size_t size = st_class_size(job->class);
  bool direct = job->direct && stride == 1 && (length >= 64 || plan->reds <= 1);
  bool bytes = !job->power && stride == 1 && st_size(job->in_dtype) == 1 &&
               (job->op == OP_COUNT || (job->op == OP_SUM && job->in_dtype == ST_BOOL));
  st_acc total = identity(job), part;
  double staged[STAGED];
  int64_t filled = 0;
  for (int64_t at = begin; at < end;) {
    int64_t run = st_min64(end - at, length - at % length);
    const char *x = st_at(job->in, offset + st_offset(plan->red, plan->reds, at, NULL), job->in_dtype);
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
  const st_plan *plan = &job->plan;
  if (job->pieces > 1) {
    for (int64_t i = begin; i < end; i++) {
      int64_t first = i % job->pieces * job->piece;
      job->partial[i] = reduce_range(job, st_offset(plan->keep, plan->keeps, i / job->pieces, NULL), first,
                                     st_min64(first + job->piece, plan->red_count));
    }
    return;
  }
  bool simple = job->direct && (plan->reds == 0 || (plan->reds == 1 && plan->red[0].in == 1));
  int64_t width = plan->keeps ? plan->keep[plan->keeps - 1].size : 1,
          in_step = plan->keeps ? plan->keep[plan->keeps - 1].in : 0;
  int64_t out_step = plan->keeps ? plan->keep[plan->keeps - 1].out : 0;
  for (int64_t o = begin; o < end;) {
    st_acc results[256];
    int64_t out, in = st_offset(plan->keep, plan->keeps, o, &out);
    int64_t k = st_min64(st_min64(end - o, width - o % width), 256);
    if (simple)
      job->kernels->rows[job->class][job->op](st_at(job->in, in, job->in_dtype), plan->red_count, k, in_step, results);
    else
      for (int64_t j = 0; j < k; j++) results[j] = reduce_range(job, in + j * in_step, 0, plan->red_count);
    for (int64_t j = 0; j < k; j++) store(job, out + j * out_step, results[j]);
    o += k;
  }
}

// Reduces rows [begin, end) of `width` columns at `offset`. Narrow rows that are adjacent in memory are joined.
static void column_block(const reduce_job *job, int64_t offset, int64_t width, int64_t begin, int64_t end,
                         st_acc *acc) {
  const st_plan *plan = &job->plan;
  void (*kernel)(const void *const *, int64_t, int64_t, st_acc *) = job->kernels->columns[job->class][job->op];
  void (*stage)(void *, const void *, st_dtype, int64_t, int64_t) = job->kernels->stage[job->class];
  size_t size = st_class_size(job->class);
  _Alignas(64) char staged[ROWS * STAGED_COLUMNS * 8];
  const void *rows[ROWS];
  int64_t together = 1;
  if (width < 64 && width == job->columns && plan->reds == 1 && plan->red[0].in == width)
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
      const char *x = st_at(job->in, offset + st_offset(plan->red, plan->reds, begin + r, NULL), job->in_dtype);
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
  const st_plan *plan = &job->plan;
  const st_dim *inner = &plan->keep[plan->keeps - 1];
  for (int64_t i = begin; i < end; i++) {
    int64_t p = i % job->pieces, t = i / job->pieces % job->tiles, o = i / job->pieces / job->tiles;
    int64_t out, in = st_offset(plan->keep, plan->keeps - 1, o, &out);
    int64_t first = t * job->tile, width = st_min64(job->tile, job->columns - first);
    st_acc local[DIRECT_COLUMNS],
        *acc = job->pieces > 1 ? job->partial + p * plan->keep_count + o * job->columns + first : local;
    st_acc nothing = identity(job);
    for (int64_t c = 0; c < width; c++) acc[c] = nothing;
    column_block(job, in + first, width, p * job->piece, st_min64((p + 1) * job->piece, plan->red_count), acc);
    if (job->pieces > 1) continue;
    for (int64_t c = 0; c < width; c++) store(job, out + (first + c) * inner->out, acc[c]);
  }
}

static void combine_body(void *context, int64_t begin, int64_t end) {
  const reduce_job *job = context;
  st_acc total[256];
  for (int64_t o = begin; o < end;) {
    int64_t n = 1, out, step = 0;
    st_offset(job->plan.keep, job->plan.keeps, o, &out);
    if (job->columns > 0) {
      n = st_min64(st_min64(end - o, job->columns - o % job->columns), 256);
      step = job->plan.keep[job->plan.keeps - 1].out;
      memcpy(total, job->partial + o, (size_t)n * sizeof *total);
      for (int64_t k = 1; k < job->pieces; k++) combine_all(job, total, job->partial + k * job->plan.keep_count + o, n);
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
    st_offset(job->plan.keep, job->plan.keeps, o, &out);
    store(job, out, identity(job));
  }
}

static size_t partial_bytes(const reduce_job *job) {
  return (size_t)(job->pieces * job->plan.keep_count) * sizeof(st_acc);
}

static int64_t reduce(reduce_job *job, const st_reduce_shape *shape) {
  st_plan *plan = &job->plan;
  st_plan_make(plan, shape, true);
  if (plan->keep_count == 0) return 0;
  if (plan->red_count == 0) {
    st_parallel_for(plan->keep_count, PIECE, fill_body, job);
    return 0;
  }
  job->kernels = st_reduce_table();
  job->direct = job->in_dtype == st_class_dtype(job->class) && !job->power;
  int64_t work = job->power ? PIECE / 16 : PIECE;
  size_t capacity = 0;
  if (st_plan_is_columnar(plan)) {
    job->columns = plan->keep[plan->keeps - 1].size;
    int64_t widest = job->direct ? DIRECT_COLUMNS : STAGED_COLUMNS;
    job->tiles = (job->columns + widest - 1) / widest;
    job->tile = (job->columns + job->tiles - 1) / job->tiles;
    if (job->tiles > 1) job->tile = st_min64(widest, (job->tile + 63) / 64 * 64);
    job->tiles = (job->columns + job->tile - 1) / job->tile;
    job->piece = st_max64(4 * ROWS, st_grain(2 * PIECE, job->tile));
    job->pieces = (plan->red_count + job->piece - 1) / job->piece;
    int64_t tasks = plan->keep_count / job->columns * job->tiles * job->pieces;
    size_t bytes = partial_bytes(job);
    if (job->pieces > 1 && !(job->partial = st_scratch(bytes, &capacity))) return (int64_t)bytes;
    st_parallel_for(tasks, st_grain(work, job->tile * st_min64(job->piece, plan->red_count)), columns_body, job);
  } else {
    job->piece = PIECE;
    job->pieces = (plan->red_count + PIECE - 1) / PIECE;
    size_t bytes = partial_bytes(job);
    if (job->pieces > 1 && !(job->partial = st_scratch(bytes, &capacity))) return (int64_t)bytes;
    st_parallel_for(plan->keep_count * job->pieces, st_grain(work, st_min64(plan->red_count, PIECE)), rows_body, job);
  }
  if (job->pieces > 1) {
    st_parallel_for(plan->keep_count, st_grain(PIECE, job->pieces), combine_body, job);
    st_deallocate(job->partial, capacity);
  }
  return 0;
}

int64_t st_reduce(st_reduction op, const st_reduce_shape *shape, void *out, st_dtype out_dtype, const void *in,
                  st_dtype in_dtype) {
  static const int ops[] = {OP_SUM,   OP_PROD,  OP_MAX,     OP_MIN, OP_COUNT,
                            OP_COUNT, OP_COUNT, OP_SQUARES, OP_ABS, OP_NANSUM};
  reduce_job job = {.op = ops[op], .reduction = op, .in = in, .out = out, .in_dtype = in_dtype, .out_dtype = out_dtype};
  job.class = st_class_of(in_dtype);
  bool by_value = job.op == OP_COUNT || job.op == OP_MAX || job.op == OP_MIN;
  if (!by_value && !st_is_float(out_dtype)) job.class = CLASS_I64;
  if (!by_value && st_is_float(out_dtype) && (!st_is_float(in_dtype) || out_dtype == ST_F64)) job.class = CLASS_F64;
  return reduce(&job, shape);
}

int64_t st_reduce_power(const st_reduce_shape *shape, double p, void *out, const void *in, st_dtype dtype) {
  if (p == 1 || p == 2) {
    return st_reduce(p == 1 ? ST_REDUCE_SUM_ABS : ST_REDUCE_SUM_SQUARES, shape, out, dtype, in, dtype);
  }
  reduce_job job = {.op = OP_SUM,
                    .reduction = ST_REDUCE_SUM,
                    .power = p,
                    .in = in,
                    .out = out,
                    .in_dtype = dtype,
                    .out_dtype = dtype,
                    .class = st_class_of(dtype)};
  return reduce(&job, shape);
}
