// Finds the elements that are not zero, and gathers and scatters by mask.
#include "st_index.h"
#include "reduce_isa.h"
#include "st_parallel.h"

enum { PIECE = 32768, WORD = 64 };

int64_t st_nonzero_pieces(int64_t n) { return (n + PIECE - 1) / PIECE; }

// Returns a word whose bit j says whether byte j is not zero.
static uint64_t bits_of_bytes(const uint8_t *bytes) {
  uint64_t bits = 0;
  for (int g = 0; g < 8; g++) {
    uint64_t w;
    memcpy(&w, bytes + 8 * g, 8);
    uint64_t set = (((w & 0x7f7f7f7f7f7f7f7f) + 0x7f7f7f7f7f7f7f7f) | w) >> 7 & 0x0101010101010101;
    bits |= (set * 0x0102040810204080) >> 56 << (8 * g);
  }
  return bits;
}

#define FLAGS(T, IS)                                              \
  {                                                               \
    const T *x = (const T *)data + at;                            \
    for (int j = 0; j < size; j++) flags[j] = (uint8_t)(IS);      \
  }                                                               \
  break;

// Returns a bit mask of the elements from `at` on that are not zero. `size` is at most 64.
static uint64_t bits_at(const void *data, st_dtype dtype, int64_t at, int size) {
  uint8_t flags[WORD];
  switch (dtype) {
    case ST_BOOL: case ST_U8: case ST_I8:
      if (size == WORD) return bits_of_bytes((const uint8_t *)data + at);
      FLAGS(uint8_t, x[j] != 0)
    case ST_F8_E4M3FN: case ST_F8_E5M2: FLAGS(uint8_t, (x[j] & 0x7f) != 0)
    case ST_I16: case ST_U16: FLAGS(uint16_t, x[j] != 0)
    case ST_F16: case ST_BF16: FLAGS(uint16_t, (x[j] & 0x7fff) != 0)
    case ST_I32: case ST_U32: FLAGS(uint32_t, x[j] != 0)
    case ST_I64: case ST_U64: FLAGS(uint64_t, x[j] != 0)
    case ST_F32: FLAGS(float, x[j] != 0)
    case ST_F64: FLAGS(double, x[j] != 0)
    case ST_C64: FLAGS(float _Complex, x[j] != 0)
    case ST_C128: FLAGS(double _Complex, x[j] != 0)
    case ST_C32: FLAGS(uint32_t, (x[j] & 0x7fff7fff) != 0)
  }
  if (size < WORD) memset(flags + size, 0, (size_t)(WORD - size));
  return bits_of_bytes(flags);
}

typedef struct {
  int64_t n;
  const void *data;
  st_dtype dtype;
  int64_t *starts;
} count_job;

static void count_body(void *context, int64_t begin, int64_t end) {
  const count_job *job = context;
  for (int64_t piece = begin; piece < end; piece++) {
    int64_t stop = st_min64(job->n, (piece + 1) * PIECE), count = 0;
    for (int64_t at = piece * PIECE; at < stop; at += WORD)
      count += __builtin_popcountll(bits_at(job->data, job->dtype, at, (int)st_min64(WORD, stop - at)));
    job->starts[piece] = count;
  }
}

int64_t st_nonzero_count(int64_t n, const void *data, st_dtype dtype, int64_t *starts) {
  count_job job = {n, data, dtype, starts};
  int64_t pieces = st_nonzero_pieces(n), total = 0;
  st_parallel_for(pieces, 1, count_body, &job);
  for (int64_t i = 0; i < pieces; i++) {
    int64_t count = starts[i];
    starts[i] = total;
    total += count;
  }
  return total;
}

typedef struct {
  int ndim;
  const int64_t *sizes;
  int64_t n, total;
  const void *data;
  st_dtype dtype;
  const int64_t *starts;
  int64_t *out;
} places_job;

static void places_body(void *context, int64_t begin, int64_t end) {
  const places_job *job = context;
  int last = job->ndim - 1;
  int64_t width = job->sizes[last], total = job->total;
  for (int64_t piece = begin; piece < end; piece++) {
    int64_t start = piece * PIECE, stop = st_min64(job->n, start + PIECE), k = job->starts[piece];
    int64_t coordinate[ST_MAX_DIMS];
    int64_t row = start / width, row_start = row * width;
    for (int d = last - 1; d >= 0; d--) {
      coordinate[d] = row % job->sizes[d];
      row /= job->sizes[d];
    }
    for (int64_t at = start; at < stop; at += WORD) {
      uint64_t bits = bits_at(job->data, job->dtype, at, (int)st_min64(WORD, stop - at));
      for (; bits; bits &= bits - 1, k++) {
        int64_t i = at + __builtin_ctzll(bits);
        while (i >= row_start + width) {
          row_start += width;
          for (int d = last - 1; d >= 0 && ++coordinate[d] == job->sizes[d]; d--) coordinate[d] = 0;
        }
        job->out[last * total + k] = i - row_start;
        for (int d = 0; d < last; d++) job->out[d * total + k] = coordinate[d];
      }
    }
  }
}

void st_nonzero_places(int ndim, const int64_t *sizes, const void *data, st_dtype dtype, const int64_t *starts,
                       int64_t total, int64_t *out) {
  if (total == 0 || ndim == 0) return;
  places_job job = {ndim, sizes, 1, total, data, dtype, starts, out};
  for (int d = 0; d < ndim; d++) job.n *= sizes[d];
  st_parallel_for(st_nonzero_pieces(job.n), 1, places_body, &job);
}

typedef struct {
  int64_t n;
  const uint8_t *mask;
  const int64_t *starts;
  char *out;
  const char *in;
  size_t item;
  bool scatters;
} mask_job;

static inline __attribute__((always_inline)) void move_masked(const mask_job *job, int64_t begin, int64_t end,
                                                              size_t item, bool scatters) {
  for (int64_t piece = begin; piece < end; piece++) {
    int64_t stop = st_min64(job->n, (piece + 1) * PIECE);
    size_t k = (size_t)job->starts[piece];
    for (int64_t at = piece * PIECE; at < stop; at += WORD) {
      uint64_t bits = bits_at(job->mask, ST_BOOL, at, (int)st_min64(WORD, stop - at));
      for (; bits; bits &= bits - 1, k++) {
        size_t i = (size_t)at + (size_t)__builtin_ctzll(bits);
        memcpy(job->out + (scatters ? i : k) * item, job->in + (scatters ? k : i) * item, item);
      }
    }
  }
}

static inline __attribute__((always_inline)) void move_sized(const mask_job *job, int64_t begin, int64_t end,
                                                             bool scatters) {
  switch (job->item) {
    case 1: move_masked(job, begin, end, 1, scatters); break;
    case 2: move_masked(job, begin, end, 2, scatters); break;
    case 4: move_masked(job, begin, end, 4, scatters); break;
    case 8: move_masked(job, begin, end, 8, scatters); break;
    default: move_masked(job, begin, end, 16, scatters);
  }
}

static void select_body(void *context, int64_t begin, int64_t end) { move_sized(context, begin, end, false); }
static void scatter_body(void *context, int64_t begin, int64_t end) { move_sized(context, begin, end, true); }

void st_masked_select(int64_t n, const uint8_t *mask, const int64_t *starts, void *out, const void *in, size_t item) {
  mask_job job = {n, mask, starts, out, in, item, false};
  st_parallel_for(st_nonzero_pieces(n), 1, select_body, &job);
}

void st_masked_scatter(int64_t n, const uint8_t *mask, const int64_t *starts, void *out, const void *source,
                       size_t item) {
  mask_job job = {n, mask, starts, out, source, item, true};
  st_parallel_for(st_nonzero_pieces(n), 1, scatter_body, &job);
}
