#include "include/st_assemble.h"

#include <string.h>

#include "include/st_parallel.h"

enum {
  grain = 65536,
  chunk = 16,          // bytes
  short_bytes = 512,   // that are copied without a call
};

typedef struct {
  int outer;                       // dimensions but for the last, which is the row
  const st_assembled *dims;
  int64_t sizes[ST_MAX_DIMS];
  int64_t width, part, parts;      // a long row is cut
  char *out;
  const char *in;
  const void *filler;
  size_t item;
} job;

// Where a walk is: along each outer dimension the stretch, the place in it, and where that is in the source.
typedef struct {
  int64_t stretch[ST_MAX_DIMS], inside[ST_MAX_DIMS], length[ST_MAX_DIMS], offset[ST_MAX_DIMS], step[ST_MAX_DIMS];
  bool fills[ST_MAX_DIMS];
  int64_t from;                    // the sum of the offsets
  int filled;                      // how many fill
} cursor;

static void enter(const job *j, cursor *c, int d, int64_t stretch, int64_t inside) {
  const st_stretch *s = &j->dims[d].stretches[stretch];
  c->stretch[d] = stretch;
  c->inside[d] = inside;
  c->length[d] = s->length;
  c->fills[d] = s->start < 0;
  c->step[d] = c->fills[d] ? 0 : s->step * j->dims[d].stride;
  c->offset[d] = c->fills[d] ? 0 : s->start * j->dims[d].stride + inside * c->step[d];
  c->from += c->offset[d];
  c->filled += c->fills[d];
}

static void start(const job *j, cursor *c, int64_t row) {
  c->from = 0;
  c->filled = 0;
  for (int d = j->outer - 1; d >= 0; d--) {
    int64_t inside = row % j->sizes[d], stretch = 0;
    row /= j->sizes[d];
    while (inside >= j->dims[d].stretches[stretch].length) inside -= j->dims[d].stretches[stretch++].length;
    enter(j, c, d, stretch, inside);
  }
}

static void advance(const job *j, cursor *c) {
  for (int d = j->outer - 1; d >= 0; d--) {
    if (++c->inside[d] < c->length[d]) {
      c->offset[d] += c->step[d];
      c->from += c->step[d];
      return;
    }
    const st_assembled *dim = &j->dims[d];
    c->from -= c->offset[d];
    c->filled -= c->fills[d];
    int64_t next = c->stretch[d];
    bool wraps = false;
    do {
      if (++next == dim->count) next = 0, wraps = true;
    } while (dim->stretches[next].length == 0);
    enter(j, c, d, next, 0);
    if (!wraps) return;
  }
}

// What a stretch of the row is while a part of the row is made.
typedef struct {
  int64_t count, from, step;
  bool fills;
} run;

static int find_runs(const st_assembled *dim, int64_t first, int64_t end, run *runs) {
  int found = 0;
  int64_t at = 0;
  for (int64_t k = 0; k < dim->count; k++) {
    st_stretch s = dim->stretches[k];
    int64_t skipped = at < first ? first - at : 0, count = (at + s.length > end ? end - at : s.length) - skipped;
    if (count > 0) runs[found++] = (run){count, (s.start + skipped * s.step) * dim->stride, s.step * dim->stride, s.start < 0};
    at += s.length;
  }
  return found;
}

static inline void copy_run(char *restrict to, const char *restrict from, int64_t bytes) {
  typedef uint8_t part __attribute__((ext_vector_type(chunk)));
  typedef part unaligned __attribute__((aligned(1), may_alias));
  if (bytes > short_bytes) {
    memcpy(to, from, (size_t)bytes);
    return;
  }
  int64_t i = 0;
#pragma clang loop unroll_count(4)
  for (; i + chunk <= bytes; i += chunk) *(unaligned *)(to + i) = *(const unaligned *)(from + i);
  for (; i < bytes; i++) to[i] = from[i];
}

// `in` is NULL where all is filler. Most runs are borders of few elements: vectors would only be in the way.
#define ROW(T)                                                                                                        \
  static __attribute__((no_builtin("memcpy"))) void row_##T(int count, const run *runs, T *restrict to, const T *in, T filler) { \
    for (const run *r = runs; r < runs + count; r++) {                                                                \
      int64_t n = r->count, step = r->step;                                                                           \
      if (!in || r->fills) {                                                                                          \
        for (int64_t i = 0; i < n; i++) to[i] = filler;                                                               \
      } else if (step == 1) {                                                                                         \
        copy_run((char *)to, (const char *)(in + r->from), n * (int64_t)sizeof(T));                                   \
      } else {                                                                                                        \
        const T *from = in + r->from;                                                                                 \
        _Pragma("clang loop vectorize(disable) unroll(disable)")                                                      \
        for (int64_t i = 0; i < n; i++) to[i] = from[i * step];                                                       \
      }                                                                                                               \
      to += n;                                                                                                        \
    }                                                                                                                 \
  }

typedef struct {
  uint64_t low, high;
} wide;

ROW(uint8_t)
ROW(uint16_t)
ROW(uint32_t)
ROW(uint64_t)
ROW(wide)

static void some_parts(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  cursor c;
  start(j, &c, begin / j->parts);
  run runs[ST_MAX_STRETCHES];
  int count = 0;
  int64_t part = begin % j->parts;
  char *to = j->out + (begin / j->parts * j->width + part * j->part) * (int64_t)j->item;
  for (int64_t k = begin; k < end; k++) {
    int64_t first = part * j->part, last = j->width - first < j->part ? j->width : first + j->part;
    if (k == begin || j->parts > 1) count = find_runs(&j->dims[j->outer], first, last, runs);
    const void *from = c.filled ? NULL : j->in + c.from * (int64_t)j->item;
    switch (j->item) {
    case 1: row_uint8_t(count, runs, (uint8_t *)to, from, *(const uint8_t *)j->filler); break;
    case 2: row_uint16_t(count, runs, (uint16_t *)to, from, *(const uint16_t *)j->filler); break;
    case 4: row_uint32_t(count, runs, (uint32_t *)to, from, *(const uint32_t *)j->filler); break;
    case 8: row_uint64_t(count, runs, (uint64_t *)to, from, *(const uint64_t *)j->filler); break;
    default: row_wide(count, runs, (wide *)to, from, *(const wide *)j->filler); break;
    }
    to += (last - first) * (int64_t)j->item;
    if (++part < j->parts) continue;
    part = 0;
    advance(j, &c);
  }
}

void st_assemble(int ndim, const st_assembled *dims, void *out, const void *in, const void *filler, size_t item) {
  job j = {.outer = ndim - 1, .dims = dims, .out = out, .in = in, .filler = filler, .item = item};
  int64_t rows = 1;
  for (int d = 0; d < ndim; d++) {
    for (int64_t k = 0; k < dims[d].count; k++) j.sizes[d] += dims[d].stretches[k].length;
    if (d < j.outer) rows *= j.sizes[d];
  }
  j.width = j.sizes[j.outer];
  if (rows == 0 || j.width == 0) return;
  j.part = j.width < grain ? j.width : grain;
  j.parts = (j.width + j.part - 1) / j.part;
  st_parallel_for(rows * j.parts, grain / j.part, some_parts, &j);
}
