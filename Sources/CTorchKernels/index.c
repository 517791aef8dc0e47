// Gathers and scatters. Indices are checked before anything is written.
#include "st_index.h"
#include "reduce_isa.h"
#include "st_parallel.h"
#include <stdatomic.h>

enum { CHECKED = 65536, MOVED = 65536 };

typedef struct {
  const int64_t *index;
  int64_t n;
  _Atomic int64_t first_bad;
} check_job;

static void note_bad(check_job *job, int64_t at) {
  int64_t known = atomic_load(&job->first_bad);
  while ((known < 0 || at < known) && !atomic_compare_exchange_weak(&job->first_bad, &known, at)) {}
}

static void check_body(void *context, int64_t begin, int64_t end) {
  check_job *job = context;
  const int64_t *index = job->index;
  uint64_t n = (uint64_t)job->n;
  for (int64_t i = begin; i < end;) {
    int64_t stop = st_min64(end, i + 512);
    int64_t bad = 0;
    for (int64_t k = i; k < stop; k++) bad |= (uint64_t)index[k] >= n;
    if (bad) {
      while ((uint64_t)index[i] < n) i++;
      note_bad(job, i);
      return;
    }
    i = stop;
  }
}

static int64_t check(const int64_t *index, int64_t count, int64_t n) {
  check_job job = {index, n, -1};
  st_parallel_for(count, CHECKED, check_body, &job);
  return job.first_bad;
}

typedef struct {
  int64_t n, inner, count;
  void *out;
  const void *in;
  const int64_t *index;
  size_t item;
} select_job;

#define SELECT_ITEMS(T) \
  for (int64_t i = 0; i < k; i++) ((T *)out)[i] = ((const T *)in)[index[i]]

typedef struct {
  uint64_t low, high;
} st_wide_item;

static void select_body(void *context, int64_t begin, int64_t end) {
  const select_job *job = context;
  size_t row = (size_t)job->inner * job->item;
  for (int64_t at = begin; at < end;) {
    int64_t o = at / job->count, j = at % job->count, k = st_min64(end - at, job->count - j);
    const char *in = (const char *)job->in + (size_t)(o * job->n) * row;
    char *out = (char *)job->out + (size_t)at * row;
    const int64_t *index = job->index + j;
    switch (row) {
      case 1: SELECT_ITEMS(uint8_t); break;
      case 2: SELECT_ITEMS(uint16_t); break;
      case 4: SELECT_ITEMS(uint32_t); break;
      case 8: SELECT_ITEMS(uint64_t); break;
      case 16: SELECT_ITEMS(st_wide_item); break;
      default:
        for (int64_t i = 0; i < k; i++) memcpy(out + (size_t)i * row, in + (size_t)index[i] * row, row);
    }
    at += k;
  }
}

int64_t st_index_select(int64_t outer, int64_t n, int64_t inner, int64_t count, void *out, const void *in, const int64_t *index, size_t item) {
  int64_t bad = check(index, count, n);
  if (bad >= 0) return bad;
  if (inner == 0 || count == 0) return -1;
  select_job job = {n, inner, count, out, in, index, item};
  st_parallel_for(outer * count, st_grain(MOVED, inner * (int64_t)item), select_body, &job);
  return -1;
}

#define HALF_ADD(a, b) (_Float16)((float)(a) + (float)(b))
#define BF16_ADD(a, b) st_f32_to_bf16(st_bf16_to_f32(a) + st_bf16_to_f32(b))
#define PLAIN_ADD(a, b) (a) + (b)
#define OR(a, b) (a) | (b)

typedef struct {
  _Float16 re, im;
} complex_half;

static inline complex_half pair_add(complex_half a, complex_half b) { return (complex_half){HALF_ADD(a.re, b.re), HALF_ADD(a.im, b.im)}; }
static inline complex_half pair_mul(complex_half a, complex_half b) {
  return (complex_half){(_Float16)((float)a.re * b.re - (float)a.im * b.im), (_Float16)((float)a.re * b.im + (float)a.im * b.re)};
}

#define BY_DTYPE(dtype, CASE)                                                       \
  switch (dtype) {                                                                  \
    case ST_BOOL: CASE(uint8_t, OR) break;                                          \
    case ST_U8: case ST_I8: CASE(uint8_t, PLAIN_ADD) break;                         \
    case ST_I16: CASE(uint16_t, PLAIN_ADD) break;                                   \
    case ST_I32: CASE(uint32_t, PLAIN_ADD) break;                                   \
    case ST_I64: CASE(uint64_t, PLAIN_ADD) break;                                   \
    case ST_F16: CASE(_Float16, HALF_ADD) break;                                    \
    case ST_BF16: CASE(uint16_t, BF16_ADD) break;                                   \
    case ST_F32: CASE(float, PLAIN_ADD) break;                                      \
    case ST_F64: CASE(double, PLAIN_ADD) break;                                     \
    case ST_C64: CASE(float _Complex, PLAIN_ADD) break;                             \
    case ST_C128: CASE(double _Complex, PLAIN_ADD) break;                           \
    case ST_C32: CASE(complex_half, pair_add) break;                                \
  }

typedef struct {
  int64_t n, inner, count, ranges, range;
  void *out;
  const void *source;
  const int64_t *index;
  st_dtype dtype;
} add_job;

#define ADD_ROW(T, ADD)                                           \
  {                                                               \
    T *restrict a = (T *)job->out + (o * job->n + d) * inner;     \
    const T *b = (const T *)job->source + (o * job->count + j) * inner; \
    for (int64_t i = 0; i < inner; i++) a[i] = (T)(ADD(a[i], b[i])); \
  }

// A task owns the destinations [low, high) of one outer position and adds to them in the order of the indices.
static void add_body(void *context, int64_t begin, int64_t end) {
  const add_job *job = context;
  int64_t inner = job->inner;
  for (int64_t t = begin; t < end; t++) {
    int64_t o = t / job->ranges, low = t % job->ranges * job->range, high = st_min64(low + job->range, job->n);
    for (int64_t j = 0; j < job->count; j++) {
      int64_t d = job->index[j];
      if (d < low || d >= high) continue;
      BY_DTYPE(job->dtype, ADD_ROW)
    }
  }
}

int64_t st_index_add(int64_t outer, int64_t n, int64_t inner, int64_t count, void *out, const void *source, const int64_t *index, st_dtype dtype) {
  int64_t bad = check(index, count, n);
  if (bad >= 0) return bad;
  if (inner == 0 || count == 0 || outer == 0) return -1;
  add_job job = {n, inner, count, 1, n, out, source, index, dtype};
  // Every range reads all indices: worth it where rows are long and there is work for all.
  int64_t ranges = st_min64(st_min64(st_min64(16, n), inner / 8), count * inner / 16384);
  if (ranges > 1 && outer < 4) {
    job.range = (n + ranges - 1) / ranges;
    job.ranges = (n + job.range - 1) / job.range;
  }
  st_parallel_for(outer * job.ranges, st_grain(32768, count * inner / job.ranges), add_body, &job);
  return -1;
}

typedef struct {
  int ndim, dim, split;
  const int64_t *sizes;
  int64_t n, count;
  st_operand indexed, other, index;  // the input of a gather or the output of a scatter; the other one; the indices
  st_scatter_mode mode;
  check_job *check;
  int64_t shape[ST_MAX_DIMS + 1], strides[3][ST_MAX_DIMS + 1];
} walk_job;

static int64_t stride_of(const st_operand *a, int d) { return a->strides ? a->strides[d] : 0; }

// Calls `row` for every innermost run of the index's shape whose coordinate along `split` lies in [begin, end), in row-major order.
static void walk(const walk_job *job, int64_t begin, int64_t end, void (*row)(const walk_job *, int64_t size, int64_t at, int64_t indexed, int64_t other, int64_t index)) {
  int last = job->ndim - 1;
  int64_t coordinate[ST_MAX_DIMS + 1] = {0}, low[ST_MAX_DIMS + 1] = {0}, high[ST_MAX_DIMS + 1];
  for (int d = 0; d < job->ndim; d++) high[d] = job->sizes[d];
  low[job->split] = begin;
  high[job->split] = end;
  for (int d = 0; d < job->ndim; d++) coordinate[d] = low[d];
  while (true) {
    int64_t at = 0, indexed = 0, other = 0, index = 0;
    for (int d = 0; d < job->ndim; d++) {
      at = at * job->sizes[d] + coordinate[d];
      if (d != job->dim) indexed += coordinate[d] * stride_of(&job->indexed, d);
      other += coordinate[d] * stride_of(&job->other, d);
      index += coordinate[d] * stride_of(&job->index, d);
    }
    row(job, high[last] - low[last], at, indexed, other, index);
    int d = last - 1;
    while (d >= 0 && ++coordinate[d] == high[d]) {
      coordinate[d] = low[d];
      d--;
    }
    if (d < 0) return;
  }
}

static void check_row(const walk_job *job, int64_t size, int64_t at, int64_t indexed, int64_t other, int64_t index) {
  (void)indexed, (void)other;
  const int64_t *p = (const int64_t *)job->index.data + index;
  int64_t step = stride_of(&job->index, job->ndim - 1);
  int64_t bad = 0;
  for (int64_t i = 0; i < size; i++) bad |= (uint64_t)p[i * step] >= (uint64_t)job->n;
  if (!bad) return;
  int64_t i = 0;
  while ((uint64_t)p[i * step] < (uint64_t)job->n) i++;
  note_bad(job->check, at + i);
}

static void check_walk(void *context, int64_t begin, int64_t end) { walk(context, begin, end, check_row); }

/// Drops dimensions of size 1, so that the innermost run is as long as it can be. `dim` stays, but goes first where its size is 1.
static void simplify(walk_job *job, int ndim, const int64_t *sizes, int dim, const st_operand *indexed, const st_operand *other, const st_operand *index) {
  const st_operand *operands[3] = {indexed, other, index};
  int k = 0;
  bool alone = ndim == 0 || sizes[dim] == 1;
  if (alone) {
    job->shape[0] = 1;
    for (int i = 0; i < 3; i++) job->strides[i][0] = ndim ? stride_of(operands[i], dim) : 0;
    job->dim = 0;
    k = 1;
  }
  for (int d = 0; d < ndim; d++) {
    if (sizes[d] == 1) continue;
    if (d == dim) job->dim = k;
    job->shape[k] = sizes[d];
    for (int i = 0; i < 3; i++) job->strides[i][k] = stride_of(operands[i], d);
    k++;
  }
  job->ndim = k;
  job->sizes = job->shape;
  job->indexed = (st_operand){indexed->data, job->strides[0], indexed->dtype};
  job->other = (st_operand){other->data, job->strides[1], other->dtype};
  job->index = (st_operand){index->data, job->strides[2], index->dtype};
}

/// Prepares the walk and checks the indices: -1 where all are in range.
static int64_t begin_walk(walk_job *job) {
  check_job check = {NULL, job->n, -1};
  job->check = &check;
  job->count = 1;
  job->split = -1;
  for (int d = 0; d < job->ndim; d++) job->count *= job->sizes[d];
  if (job->count == 0) return -1;
  // Splitting along another dimension than `dim`, no two tasks share a destination.
  for (int d = 0; d < job->ndim; d++)
    if (d != job->dim && (job->split < 0 || job->sizes[d] > job->sizes[job->split]) && (d < job->ndim - 1 || job->split < 0 || job->sizes[job->split] == 1)) job->split = d;
  if (job->split < 0) job->split = 0;
  int64_t size = job->sizes[job->split];
  st_parallel_for(size, st_grain(CHECKED, job->count / size), check_walk, job);
  return check.first_bad;
}

#define GATHER_ROW(T)                                                                                            \
  {                                                                                                              \
    T *o = (T *)job->other.data + out;                                                                           \
    const T *x = (const T *)job->indexed.data + in;                                                              \
    if (last == job->dim)                                                                                        \
      for (int64_t i = 0; i < size; i++) o[i * out_step] = x[p[i * index_step] * along];                         \
    else                                                                                                         \
      for (int64_t i = 0; i < size; i++) o[i * out_step] = x[p[i * index_step] * along + i * in_step];           \
  }

static void gather_row(const walk_job *job, int64_t size, int64_t at, int64_t in, int64_t out, int64_t index) {
  (void)at;
  int last = job->ndim - 1;
  const int64_t *p = (const int64_t *)job->index.data + index;
  int64_t index_step = stride_of(&job->index, last), out_step = stride_of(&job->other, last), along = stride_of(&job->indexed, job->dim);
  int64_t in_step = stride_of(&job->indexed, last);
  switch (st_size(job->indexed.dtype)) {
    case 1: GATHER_ROW(uint8_t) break;
    case 2: GATHER_ROW(uint16_t) break;
    case 4: GATHER_ROW(uint32_t) break;
    case 8: GATHER_ROW(uint64_t) break;
    default: GATHER_ROW(st_wide_item)
  }
}

static void gather_walk(void *context, int64_t begin, int64_t end) { walk(context, begin, end, gather_row); }

int64_t st_gather(int ndim, const int64_t *sizes, int dim, int64_t n, const st_operand *out, const st_operand *in, const st_operand *index) {
  walk_job job = {.n = n};
  simplify(&job, ndim, sizes, dim, in, out, index);
  int64_t bad = begin_walk(&job);
  if (bad >= 0 || job.count == 0) return bad;
  int64_t size = job.sizes[job.split];
  st_parallel_for(size, st_grain(MOVED / 4, job.count / size), gather_walk, &job);
  return -1;
}

#define SCATTER_LOOP(T, EXPRESSION)                                            \
  {                                                                            \
    T *o = (T *)job->indexed.data + out;                                       \
    const T *x = (const T *)job->other.data + in;                              \
    for (int64_t i = 0; i < size; i++) {                                       \
      T *slot = o + p[i * index_step] * along + i * out_step, a = *slot, b = x[i * in_step]; \
      (void)a, (void)b;                                                        \
      *slot = (T)(EXPRESSION);                                                 \
    }                                                                          \
  }
#define F(x) (float)(x)
#define B(x) st_bf16_to_f32(x)
#define LARGER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))
#define SMALLER(a, b) ((b) < (a) || (b) != (b) ? (b) : (a))

#define SCATTER_TYPED(T, SUM, TIMES, MAX, MIN)                  \
  switch (job->mode) {                                          \
    case ST_SCATTER_SET: SCATTER_LOOP(T, b) break;              \
    case ST_SCATTER_ADD: SCATTER_LOOP(T, SUM) break;            \
    case ST_SCATTER_MUL: SCATTER_LOOP(T, TIMES) break;          \
    case ST_SCATTER_MAX: SCATTER_LOOP(T, MAX) break;            \
    case ST_SCATTER_MIN: SCATTER_LOOP(T, MIN) break;            \
  }                                                             \
  break;
#define SCATTER_INTEGER(T) SCATTER_TYPED(T, (uint64_t)a + (uint64_t)b, (uint64_t)a * (uint64_t)b, b > a ? b : a, b < a ? b : a)
#define SCATTER_FLOAT(T) SCATTER_TYPED(T, a + b, a * b, LARGER(a, b), SMALLER(a, b))

static void scatter_row(const walk_job *job, int64_t size, int64_t at, int64_t out, int64_t in, int64_t index) {
  (void)at;
  int last = job->ndim - 1;
  const int64_t *p = (const int64_t *)job->index.data + index;
  int64_t index_step = stride_of(&job->index, last), in_step = stride_of(&job->other, last), along = stride_of(&job->indexed, job->dim);
  int64_t out_step = last == job->dim ? 0 : stride_of(&job->indexed, last);
  switch (job->indexed.dtype) {
    case ST_BOOL: SCATTER_TYPED(uint8_t, a | b, a & b, a | b, a & b)
    case ST_U8: SCATTER_INTEGER(uint8_t)
    case ST_I8: SCATTER_INTEGER(int8_t)
    case ST_I16: SCATTER_INTEGER(int16_t)
    case ST_I32: SCATTER_INTEGER(int32_t)
    case ST_I64: SCATTER_INTEGER(int64_t)
    case ST_F16: SCATTER_TYPED(_Float16, F(a) + F(b), F(a) * F(b), LARGER(F(a), F(b)), SMALLER(F(a), F(b)))
    case ST_BF16: SCATTER_TYPED(uint16_t, st_f32_to_bf16(B(a) + B(b)), st_f32_to_bf16(B(a) * B(b)), LARGER(B(a), B(b)) == B(a) ? a : b, SMALLER(B(a), B(b)) == B(a) ? a : b)
    case ST_F32: SCATTER_FLOAT(float)
    case ST_F64: SCATTER_FLOAT(double)
    // Complex numbers have no order.
    case ST_C64: SCATTER_TYPED(float _Complex, a + b, a * b, a, a)
    case ST_C128: SCATTER_TYPED(double _Complex, a + b, a * b, a, a)
    case ST_C32: SCATTER_TYPED(complex_half, pair_add(a, b), pair_mul(a, b), a, a)
  }
}

static void scatter_walk(void *context, int64_t begin, int64_t end) { walk(context, begin, end, scatter_row); }

int64_t st_scatter(st_scatter_mode mode, int ndim, const int64_t *sizes, int dim, int64_t n, const st_operand *out, const st_operand *source, const st_operand *index) {
  walk_job job = {.n = n, .mode = mode};
  simplify(&job, ndim, sizes, dim, out, source, index);
  int64_t bad = begin_walk(&job);
  if (bad >= 0 || job.count == 0) return bad;
  int64_t size = job.sizes[job.split];
  // Tasks may only split where they cannot meet: not along `dim`.
  int64_t grain = job.split == job.dim ? size : st_grain(MOVED / 4, job.count / size);
  st_parallel_for(size, grain, scatter_walk, &job);
  return -1;
}
