// Reading and writing by index tensors. One walk serves advanced indexing, gather, scatter and selection along a
// dimension.
#include "st_index.h"
#include "st_pointwise.h"
#include "reduce_isa.h"
#include "st_parallel.h"
#include <stdatomic.h>

enum { CHECKED = 65536, MOVED = 16384, MOST_INDICES = ST_MAX_DIMS, MOST_DIMS = ST_MAX_DIMS + 2 };

#define ALWAYS_INLINE static inline __attribute__((always_inline))

// The last dimension is a run whose elements share their indices. The one before it has rows with indices of their own.
// Either may have size 1.
typedef struct {
  int ndim, split, indices;
  bool wraps;
  size_t item;
  st_dtype dtype;
  st_scatter_mode mode;
  char *indexed, *other;  // the operand that is indexed; the other operand
  const int64_t *sizes, *indexed_strides, *other_strides;
  const st_index_operand *index;
  // If tasks share the destinations: each task writes those whose index offset is in its range.
  int64_t range, span;
  _Atomic bool bad;
} plan;

// The position of a walk: offsets in elements.
typedef struct {
  int64_t indexed, other;
  int64_t index[MOST_INDICES];
  int64_t rows, run;
  int64_t low, high;  // index offsets that this task writes
} cursor;

static void prepare(plan *p, int ndim, const int64_t *sizes, const st_operand *indexed, const st_operand *other,
                    int indices, const st_index_operand *index) {
  p->indexed = indexed->data;
  p->other = other->data;
  p->dtype = indexed->dtype;
  p->item = st_size(indexed->dtype);
  p->ndim = ndim;
  p->sizes = sizes;
  p->indexed_strides = indexed->strides;
  p->other_strides = other->strides;
  p->indices = indices;
  p->index = index;
}

// Calls `rows` for every row of the walk whose coordinate along `split` is in [begin, end), in row-major order.
ALWAYS_INLINE void walk(plan *p, cursor *c, int64_t begin, int64_t end, void (*rows)(plan *, const cursor *)) {
  int outer = p->ndim - 2;
  int64_t low[MOST_DIMS], high[MOST_DIMS], at[MOST_DIMS];
  c->indexed = c->other = 0;
  for (int k = 0; k < p->indices; k++) c->index[k] = 0;
  for (int d = 0; d < p->ndim; d++) {
    low[d] = d == p->split ? begin : 0;
    high[d] = d == p->split ? end : p->sizes[d];
    at[d] = low[d];
    c->indexed += low[d] * p->indexed_strides[d];
    c->other += low[d] * p->other_strides[d];
    for (int k = 0; k < p->indices; k++) c->index[k] += low[d] * p->index[k].strides[d];
  }
  c->rows = high[outer] - low[outer];
  c->run = high[outer + 1] - low[outer + 1];
  while (true) {
    rows(p, c);
    int d = outer - 1;
    for (; d >= 0; d--) {
      bool carries = ++at[d] == high[d];
      int64_t by = carries ? low[d] - high[d] + 1 : 1;
      if (carries) at[d] = low[d];
      c->indexed += by * p->indexed_strides[d];
      c->other += by * p->other_strides[d];
      for (int k = 0; k < p->indices; k++) c->index[k] += by * p->index[k].strides[d];
      if (!carries) break;
    }
    if (d < 0) return;
  }
}

enum { BLOCK = 512, LONG_RUN = 128, MANY_RUNS = 64, MOST_RANGES = 16 };

#define OFFSETS(INDEX, BECOMES, OFFSET)                      \
  for (int64_t i = 0; i < rows; i++) {                       \
    int64_t x = INDEX;                                       \
    x += wrap & (x >> 63);                                   \
    outside |= (uint64_t)x | ((uint64_t)n - 1 - (uint64_t)x); \
    offsets[i] BECOMES (int64_t)(OFFSET);                    \
  }
// Products of int64 vectors are slow.
#define OFFSETS_OF_STEP(INDEX, BECOMES)                \
  if (step == 1) {                                     \
    OFFSETS(INDEX, BECOMES, x)                         \
  } else {                                             \
    OFFSETS(INDEX, BECOMES, (uint64_t)x * (uint64_t)step) \
  }

// Computes the offsets, in elements, of `rows` rows from `start` on. Returns false if an index is out of range.
ALWAYS_INLINE bool find_offsets(const plan *p, const cursor *c, int64_t start, int64_t rows,
                                int64_t *restrict offsets) {
  int outer = p->ndim - 2;
  uint64_t outside = 0;  // negative if x or n - 1 - x was negative once
  if (p->indices == 0) memset(offsets, 0, (size_t)rows * sizeof *offsets);
  for (int k = 0; k < p->indices; k++) {
    int64_t stride = p->index[k].strides[outer], n = p->index[k].size, step = p->index[k].step, wrap = p->wraps ? n : 0;
    const int64_t *index = p->index[k].data + c->index[k] + start * stride;
    if (k == 0 && stride == 1) {
      OFFSETS_OF_STEP(index[i], =)
    } else if (k == 0) {
      OFFSETS_OF_STEP(index[i * stride], =)
    } else {
      OFFSETS_OF_STEP(index[i * stride], +=)
    }
  }
  return (int64_t)outside >= 0;
}

// Returns whether valid indices are themselves the offsets, contiguous in memory. This is so for gather and scatter
// along the last dimension.
ALWAYS_INLINE bool is_direct(const plan *p) {
  return p->indices == 1 && !p->wraps && p->index[0].step == 1 && p->index[0].strides[p->ndim - 2] == 1;
}

ALWAYS_INLINE bool are_within(const int64_t *index, int64_t count, int64_t n) {
  uint64_t outside = 0;
  for (int64_t i = 0; i < count; i++) outside |= (uint64_t)index[i] | ((uint64_t)n - 1 - (uint64_t)index[i]);
  return (int64_t)outside >= 0;
}

#define BLOCK_PREAMBLE                                                                   \
  int outer = p->ndim - 2;                                                               \
  int64_t run = c->run;                                                                  \
  int64_t indexed_row = p->indexed_strides[outer], other_row = p->other_strides[outer];  \
  int64_t indexed_step = p->indexed_strides[outer + 1], other_step = p->other_strides[outer + 1];

ALWAYS_INLINE void get_rows(plan *p, const cursor *c, size_t item) {
  BLOCK_PREAMBLE
  int64_t rows = c->rows, found[BLOCK];
  bool direct = is_direct(p);
  const char *in = p->indexed + c->indexed * (int64_t)item;
  char *out = p->other + c->other * (int64_t)item;
  for (int64_t start = 0; start < rows; start += BLOCK) {
    int64_t some = st_min64(BLOCK, rows - start);
    const int64_t *offsets = direct ? p->index[0].data + c->index[0] + start : found;
    if (direct ? !are_within(offsets, some, p->index[0].size) : !find_offsets(p, c, start, some, found)) {
      atomic_store(&p->bad, true);
      return;
    }
    const char *from = in + start * indexed_row * (int64_t)item;
    char *to = out + start * other_row * (int64_t)item;
    if (run == 1) {
      for (int64_t i = 0; i < some; i++)
        memcpy(to + i * other_row * (int64_t)item, from + (offsets[i] + i * indexed_row) * (int64_t)item, item);
    } else if (indexed_step == 1 && other_step == 1) {
      for (int64_t i = 0; i < some; i++)
        memcpy(to + i * other_row * (int64_t)item, from + (offsets[i] + i * indexed_row) * (int64_t)item,
               (size_t)run * item);
    } else {
      for (int64_t i = 0; i < some; i++) {
        const char *source = from + (offsets[i] + i * indexed_row) * (int64_t)item;
        for (int64_t j = 0; j < run; j++)
          memcpy(to + (i * other_row + j * other_step) * (int64_t)item, source + j * indexed_step * (int64_t)item,
                 item);
      }
    }
  }
}

#define GET_ROWS(item) \
  static void get_rows_##item(plan *p, const cursor *c) { get_rows(p, c, item); }
GET_ROWS(1)
GET_ROWS(2)
GET_ROWS(4)
GET_ROWS(8)
GET_ROWS(16)

static void get_walk(void *context, int64_t begin, int64_t end) {
  plan *p = context;
  cursor c;
  switch (p->item) {
    case 1: walk(p, &c, begin, end, get_rows_1); break;
    case 2: walk(p, &c, begin, end, get_rows_2); break;
    case 4: walk(p, &c, begin, end, get_rows_4); break;
    case 8: walk(p, &c, begin, end, get_rows_8); break;
    default: walk(p, &c, begin, end, get_rows_16);
  }
}

static int64_t count_of(const plan *p) {
  int64_t count = 1;
  for (int d = 0; d < p->ndim; d++) count *= p->sizes[d];
  return count;
}

// Returns the dimension to cut: the outermost long one, else the longest. With `free_only`, only dimensions along which
// no two coordinates share a destination.
static int split_of(const plan *p, bool free_only) {
  int best = -1;
  for (int d = 0; d < p->ndim; d++) {
    if (free_only && (p->indexed_strides[d] == 0 || p->sizes[d] == 1)) continue;
    if (best < 0 || (p->sizes[best] < 64 && p->sizes[d] > p->sizes[best])) best = d;
  }
  return best;
}

static bool has_empty_target(int indices, const st_index_operand *index) {
  for (int k = 0; k < indices; k++)
    if (index[k].size == 0) return true;
  return false;
}

bool st_index_get(int ndim, const int64_t *sizes, const st_operand *out, const st_operand *in, int indices,
                  const st_index_operand *index, bool wraps) {
  plan p = {.wraps = wraps, .mode = ST_SCATTER_SET};
  prepare(&p, ndim, sizes, in, out, indices, index);
  int64_t count = count_of(&p);
  if (count == 0) return true;
  if (has_empty_target(indices, index)) return false;
  p.split = split_of(&p, false);
  int64_t size = p.sizes[p.split];
  st_parallel_for(size, st_grain(MOVED, count / size), get_walk, &p);
  return !p.bad;
}

typedef struct {
  const int64_t *index;
  int64_t low;
  uint64_t width;
  _Atomic bool bad;
} check_job;

static void check_body(void *context, int64_t begin, int64_t end) {
  check_job *job = context;
  const int64_t *index = job->index;
  uint64_t low = (uint64_t)job->low, last = job->width - 1, outside = 0;
  for (int64_t i = begin; i < end; i++) {
    uint64_t x = (uint64_t)index[i] - low;
    outside |= x | (last - x);
  }
  if ((int64_t)outside < 0) atomic_store(&job->bad, true);
}

static bool in_range(const st_index_operand *index, bool wraps) {
  if (index->size == 0) return index->count == 0;
  check_job job = {index->data, wraps ? -index->size : 0, (uint64_t)index->size * (wraps ? 2 : 1), false};
  st_parallel_for(index->count, CHECKED, check_body, &job);
  return !job.bad;
}

// Finds the rows of a block that this task writes: all, or those whose index offsets are in its range. Writes their
// offsets in `indexed` and in `other`. Returns their number.
static int64_t own_rows(const plan *p, const cursor *c, int64_t rows, int64_t *restrict offsets,
                        int64_t *restrict sources) {
  int outer = p->ndim - 2;
  int64_t indexed_row = p->indexed_strides[outer], other_row = p->other_strides[outer], kept = 0;
  uint64_t low = (uint64_t)c->low, width = (uint64_t)c->high - low;
#pragma clang loop vectorize(disable)
  for (int64_t i = 0; i < rows; i++) {
    int64_t at = offsets[i];
    offsets[kept] = at + i * indexed_row;
    sources[kept] = i * other_row;
    kept += (uint64_t)at - low < width;
  }
  return kept;
}

// Each loop keeps its values in registers. If stores miss the cache, a load from the stack would wait for earlier
// stores whose addresses end in the same bits. `sources` is NULL if all rows are written and have one element.
#define PUT_ROWS(T, EXPRESSION)                                           \
  {                                                                       \
    T *out = (T *)p->indexed + c->indexed + start * indexed_row;          \
    const T *source = (const T *)p->other + c->other + start * other_row; \
    if (!sources) {                                                       \
      for (int64_t i = 0; i < some; i++) {                                \
        T *to = out + offsets[i] + i * indexed_row;                       \
        T a = *to, b = source[i * other_row];                             \
        (void)a, (void)b;                                                 \
        *to = (T)(EXPRESSION);                                            \
      }                                                                   \
    } else if (run == 1) {                                                \
      for (int64_t r = 0; r < some; r++) {                                \
        T *to = out + offsets[r];                                         \
        T a = *to, b = source[sources[r]];                                \
        (void)a, (void)b;                                                 \
        *to = (T)(EXPRESSION);                                            \
      }                                                                   \
    } else if (indexed_step == 1 && other_step == 1) {                    \
      for (int64_t r = 0; r < some; r++) {                                \
        T *restrict to = out + offsets[r];                                \
        const T *restrict from = source + sources[r];                     \
        for (int64_t j = 0; j < run; j++) {                               \
          T a = to[j], b = from[j];                                       \
          (void)a, (void)b;                                               \
          to[j] = (T)(EXPRESSION);                                        \
        }                                                                 \
      }                                                                   \
    } else {                                                              \
      for (int64_t r = 0; r < some; r++) {                                \
        T *restrict to = out + offsets[r];                                \
        const T *restrict from = source + sources[r];                     \
        for (int64_t j = 0; j < run; j++) {                               \
          T a = to[j * indexed_step], b = from[j * other_step];           \
          (void)a, (void)b;                                               \
          to[j * indexed_step] = (T)(EXPRESSION);                         \
        }                                                                 \
      }                                                                   \
    }                                                                     \
  }

typedef struct {
  uint64_t low, high;
} wide_item;

static void set_block(plan *p, const cursor *c, int64_t start, int64_t some, const int64_t *restrict offsets,
                      const int64_t *restrict sources) {
  BLOCK_PREAMBLE
  switch (p->item) {
    case 1: PUT_ROWS(uint8_t, b) break;
    case 2: PUT_ROWS(uint16_t, b) break;
    case 4: PUT_ROWS(uint32_t, b) break;
    case 8: PUT_ROWS(uint64_t, b) break;
    default: PUT_ROWS(wide_item, b)
  }
}

#define F(x) (float)(x)
#define B(x) st_bf16_to_f32(x)
#define LARGER(a, b) ((b) > (a) || (b) != (b) ? (b) : (a))
#define SMALLER(a, b) ((b) < (a) || (b) != (b) ? (b) : (a))

typedef struct {
  _Float16 re, im;
} complex_half;

static inline complex_half pair_add(complex_half a, complex_half b) {
  return (complex_half){(_Float16)(F(a.re) + F(b.re)), (_Float16)(F(a.im) + F(b.im))};
}
static inline complex_half pair_mul(complex_half a, complex_half b) {
  return (complex_half){(_Float16)(F(a.re) * F(b.re) - F(a.im) * F(b.im)),
                        (_Float16)(F(a.re) * F(b.im) + F(a.im) * F(b.re))};
}

#define COMBINE_ROWS(T, SUM, TIMES, MAX, MIN)             \
  switch (p->mode) {                                      \
    case ST_SCATTER_ADD: PUT_ROWS(T, SUM) break;          \
    case ST_SCATTER_MUL: PUT_ROWS(T, TIMES) break;        \
    case ST_SCATTER_MAX: PUT_ROWS(T, MAX) break;          \
    default: PUT_ROWS(T, MIN) break;                      \
  }                                                       \
  break;
#define COMBINE_INTEGERS(T) \
  COMBINE_ROWS(T, (uint64_t)a + (uint64_t)b, (uint64_t)a * (uint64_t)b, b > a ? b : a, b < a ? b : a)
#define COMBINE_FLOATS(T) COMBINE_ROWS(T, a + b, a * b, LARGER(a, b), SMALLER(a, b))

static void combine_block(plan *p, const cursor *c, int64_t start, int64_t some, const int64_t *restrict offsets,
                          const int64_t *restrict sources) {
  BLOCK_PREAMBLE
  if (p->mode == ST_SCATTER_ADD && (p->dtype == ST_F32 || p->dtype == ST_F64) && run >= LONG_RUN && indexed_step == 1 &&
      other_step == 1) {
    for (int64_t r = 0; r < some; r++) {
      void *to = p->indexed + (c->indexed + start * indexed_row + offsets[r]) * (int64_t)p->item;
      st_pointwise_contiguous(ST_FORMULA_add, p->dtype, run, to, to,
                              p->other + (c->other + start * other_row + sources[r]) * (int64_t)p->item);
    }
    return;
  }
  switch (p->dtype) {
    case ST_BOOL: COMBINE_ROWS(uint8_t, a | b, a & b, a | b, a & b)
    case ST_U8: COMBINE_INTEGERS(uint8_t)
    case ST_I8: COMBINE_INTEGERS(int8_t)
    case ST_I16: COMBINE_INTEGERS(int16_t)
    case ST_I32: COMBINE_INTEGERS(int32_t)
    case ST_I64: COMBINE_INTEGERS(int64_t)
    case ST_U16: COMBINE_INTEGERS(uint16_t)
    case ST_U32: COMBINE_INTEGERS(uint32_t)
    case ST_U64: COMBINE_INTEGERS(uint64_t)
    case ST_F16: COMBINE_ROWS(_Float16, F(a) + F(b), F(a) * F(b), LARGER(F(a), F(b)), SMALLER(F(a), F(b)))
    case ST_BF16:
      COMBINE_ROWS(uint16_t, st_f32_to_bf16(B(a) + B(b)), st_f32_to_bf16(B(a) * B(b)),
                   LARGER(B(a), B(b)) == B(a) ? a : b, SMALLER(B(a), B(b)) == B(a) ? a : b)
    case ST_F32: COMBINE_FLOATS(float)
    case ST_F64: COMBINE_FLOATS(double)
    // Complex numbers have no order.
    case ST_C64: COMBINE_ROWS(float _Complex, a + b, a * b, a, a)
    case ST_C128: COMBINE_ROWS(double _Complex, a + b, a * b, a, a)
    case ST_C32: COMBINE_ROWS(complex_half, pair_add(a, b), pair_mul(a, b), a, a)
    case ST_F8_E4M3FN: case ST_F8_E5M2: break;
  }
}

static void put_rows(plan *p, const cursor *c) {
  int64_t offsets[BLOCK], sources[BLOCK];
  bool listed = c->high < INT64_MAX || c->run > 1;
  void (*put_block)(plan *, const cursor *, int64_t, int64_t, const int64_t *, const int64_t *) =
      p->mode == ST_SCATTER_SET ? set_block : combine_block;
  if (!listed && is_direct(p)) {
    put_block(p, c, 0, c->rows, p->index[0].data + c->index[0], NULL);
    return;
  }
  for (int64_t start = 0; start < c->rows; start += BLOCK) {
    int64_t some = st_min64(BLOCK, c->rows - start);
    find_offsets(p, c, start, some, offsets);
    if (listed) some = own_rows(p, c, some, offsets, sources);
    put_block(p, c, start, some, offsets, listed ? sources : NULL);
  }
}

static void put_piece(void *context, int64_t begin, int64_t end) {
  cursor c = {.low = 0, .high = INT64_MAX};
  walk(context, &c, begin, end, put_rows);
}

static void put_range(void *context, int64_t begin, int64_t end) {
  plan *p = context;
  for (int64_t r = begin; r < end; r++) {
    cursor c = {.low = r * p->range, .high = st_min64((r + 1) * p->range, p->span)};
    walk(p, &c, 0, p->sizes[p->split], put_rows);
  }
}

bool st_index_put(st_scatter_mode mode, int ndim, const int64_t *sizes, const st_operand *out, const st_operand *source,
                  int indices, const st_index_operand *index, bool wraps) {
  plan p = {.wraps = wraps, .mode = mode};
  prepare(&p, ndim, sizes, out, source, indices, index);
  int64_t count = count_of(&p);
  if (count == 0) return true;
  for (int k = 0; k < indices; k++)
    if (!in_range(&index[k], wraps)) return false;
  p.split = split_of(&p, true);
  // Many long runs are not cut. If they were, two threads would write to the same cache line where pieces meet.
  bool whole_runs = p.split == p.ndim - 1 && p.sizes[p.split] >= LONG_RUN && count / p.sizes[p.split] >= MANY_RUNS;
  if (p.split >= 0 && p.sizes[p.split] >= 8 && !whole_runs) {
    int64_t size = p.sizes[p.split], grain = st_grain(MOVED, count / size);
    // Each piece walks all dimensions outside the cut one.
    if (p.split > 0) grain = st_max64(st_max64(grain, 256), size / 16);
    st_parallel_for(size, grain, put_piece, &p);
    return true;
  }
  // Every task reads all indices and writes its own destinations. The number of tasks does not change the result.
  p.split = 0;
  p.span = 1;
  for (int k = 0; k < indices; k++) p.span += (p.index[k].size - 1) * p.index[k].step;
  int64_t ranges = st_min64(st_min64(whole_runs ? MOST_RANGES : st_num_threads(), count / (2 * MOVED)),
                            st_min64(p.span, MOST_RANGES));
  p.range = ranges > 1 ? (p.span + ranges - 1) / ranges : p.span;
  st_parallel_for((p.span + p.range - 1) / p.range, 1, put_range, &p);
  return true;
}
