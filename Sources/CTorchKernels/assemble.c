#include "include/st_assemble.h"

#include "include/st_parallel.h"
#include "strided.h"

enum { grain = 65536 };

static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

typedef struct {
  int outer;                       // dimensions without the last, which is the row
  const st_assembled *dims;
  int64_t sizes[ST_MAX_DIMS];
  int64_t width, part, parts;      // a long row is cut into parts
  void *out;
  const void *in, *filler;
} job;

// The position of a walk: for each outer dimension the stretch, the position in it, and the source's offset.
typedef struct {
  int64_t stretch[ST_MAX_DIMS], inside[ST_MAX_DIMS], length[ST_MAX_DIMS], offset[ST_MAX_DIMS], step[ST_MAX_DIMS];
  bool fills[ST_MAX_DIMS];
  int64_t from;                    // the sum of the offsets
  int filled;                      // number of dimensions in a filler stretch
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

static inline bool advance_inside(cursor *c, int d, int64_t count) {
  if ((c->inside[d] += count) == c->length[d]) return false;
  c->offset[d] += count * c->step[d];
  c->from += count * c->step[d];
  return true;
}

// Moves to the next stretch of the innermost outer dimension. After its last stretch, the dimension outside it moves
// too.
static void advance_outside(const job *j, cursor *c) {
  for (int d = j->outer - 1; d >= 0; d--) {
    if (d < j->outer - 1 && advance_inside(c, d, 1)) return;
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

// The piece of a stretch that belongs to a part of a row.
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
    if (count > 0)
      runs[found++] = (run){count, (s.start + skipped * s.step) * dim->stride, s.step * dim->stride, s.start < 0};
    at += s.length;
  }
  return found;
}

typedef struct {
  uint64_t low, high;
} wide;

// Most runs are borders of few elements, for which vectors would only cost time.
#define ROWS(T)                                                                                                        \
  static inline void row_##T(T *restrict to, const T *restrict in, const run *runs, int count, T filler) {             \
    for (const run *r = runs; r < runs + count; r++) {                                                                 \
      int64_t n = r->count, step = r->step;                                                                            \
      const T *from = in + r->from;                                                                                    \
      if (r->fills) {                                                                                                  \
        for (int64_t i = 0; i < n; i++) to[i] = filler;                                                                \
      } else if (step == 1) {                                                                                          \
        st_copy_run((char *)to, (const char *)from, n * (int64_t)sizeof(T));                                           \
      } else {                                                                                                         \
        _Pragma("clang loop vectorize(disable) unroll(disable)")                                                       \
        for (int64_t i = 0; i < n; i++) to[i] = from[i * step];                                                        \
      }                                                                                                                \
      to += n;                                                                                                         \
    }                                                                                                                  \
  }                                                                                                                    \
  static void parts_##T(void *context, int64_t begin, int64_t end) {                                                   \
    const job *j = context;                                                                                            \
    cursor c;                                                                                                          \
    run runs[ST_MAX_STRETCHES];                                                                                        \
    int64_t part = begin % j->parts;                                                                                   \
    T *to = (T *)j->out + begin / j->parts * j->width + part * j->part;                                                \
    const T filler = *(const T *)j->filler;                                                                            \
    const int last = j->outer - 1;                                                                                     \
    int count = 0;                                                                                                     \
    start(j, &c, begin / j->parts);                                                                                    \
    for (int64_t k = begin; k < end;) {                                                                                \
      int64_t first = part * j->part, width = least(j->part, j->width - first);                                        \
      if (k == begin || j->parts > 1) count = find_runs(&j->dims[j->outer], first, first + width, runs);               \
      int64_t rows = j->parts > 1 || last < 0 ? 1 : least(end - k, c.length[last] - c.inside[last]);                   \
      const T *in = (const T *)j->in + c.from;                                                                         \
      for (int64_t row = 0; row < rows; row++) {                                                                       \
        if (c.filled) {                                                                                                \
          for (int64_t i = 0; i < width; i++) to[i] = filler;                                                          \
        } else {                                                                                                       \
          row_##T(to, in, runs, count, filler);                                                                        \
          in += rows > 1 ? c.step[last] : 0;                                                                           \
        }                                                                                                              \
        to += width;                                                                                                   \
      }                                                                                                                \
      k += rows;                                                                                                       \
      if (j->parts > 1 && ++part < j->parts) continue;                                                                 \
      part = 0;                                                                                                        \
      if (last < 0 || !advance_inside(&c, last, rows)) advance_outside(j, &c);                                         \
    }                                                                                                                  \
  }

ROWS(uint8_t)
ROWS(uint16_t)
ROWS(uint32_t)
ROWS(uint64_t)
ROWS(wide)

void st_assemble(int ndim, const st_assembled *dims, void *out, const void *in, const void *filler, size_t item) {
  job j = {.outer = ndim - 1, .dims = dims, .out = out, .in = in, .filler = filler};
  int64_t rows = 1;
  for (int d = 0; d < ndim; d++) {
    for (int64_t k = 0; k < dims[d].count; k++) j.sizes[d] += dims[d].stretches[k].length;
    if (d < j.outer) rows *= j.sizes[d];
  }
  j.width = j.sizes[j.outer];
  if (rows == 0 || j.width == 0) return;
  j.part = j.width < grain ? j.width : grain;
  j.parts = (j.width + j.part - 1) / j.part;
  void (*body)(void *, int64_t, int64_t) = item == 1   ? parts_uint8_t
                                           : item == 2 ? parts_uint16_t
                                           : item == 4 ? parts_uint32_t
                                           : item == 8 ? parts_uint64_t
                                                       : parts_wide;
  st_parallel_evenly(rows * j.parts, grain / j.part, body, &j);
}
