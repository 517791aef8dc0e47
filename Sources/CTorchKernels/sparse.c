#include "include/st_sparse.h"

#include <string.h>

#include "include/st_parallel.h"
#include "isa.h"

// A product and a sum are two roundings here, so that every instruction set gives the same bits.
#pragma STDC FP_CONTRACT OFF

enum {
  SPAN = 64,         // sums of a row that stay in registers
  PIECE_COST = 1 << 14
};

typedef struct {
  int64_t rows, inner, width, count;
  const int64_t *starts, *columns;
  const void *values, *dense;
  void *out;
  _Atomic bool is_wrong;
} job;

// The sums of `n` columns of one row. If `n` is a constant, they stay in registers.
#define ROW(name, T)                                                                                              \
  static inline __attribute__((always_inline)) void name(const job *t, int64_t begin, int64_t end, int64_t first, \
                                                         int64_t n, T *out) {                                     \
    const T *values = t->values, *dense = (const T *)t->dense + first;                                            \
    T sums[SPAN];                                                                                                 \
    for (int64_t j = 0; j < n; j++) sums[j] = 0;                                                                  \
    for (int64_t i = begin; i < end; i++) {                                                                       \
      const T v = values[i], *row = dense + t->columns[i] * t->width;                                             \
      for (int64_t j = 0; j < n; j++) sums[j] += v * row[j];                                                      \
    }                                                                                                             \
    for (int64_t j = 0; j < n; j++) out[j] = sums[j];                                                             \
  }                                                                                                               \
  static inline __attribute__((always_inline)) void name##s(job *t, int64_t from, int64_t to) {                   \
    for (int64_t r = from; r < to; r++) {                                                                         \
      int64_t begin = t->starts[r], end = t->starts[r + 1];                                                       \
      bool fits = 0 <= begin && begin <= end && end <= t->count;                                                  \
      for (int64_t i = begin; fits && i < end; i++) fits = 0 <= t->columns[i] && t->columns[i] < t->inner;        \
      if (!fits) {                                                                                                \
        t->is_wrong = true;                                                                                       \
        continue;                                                                                                 \
      }                                                                                                           \
      T *out = (T *)t->out + r * t->width;                                                                        \
      int64_t first = 0;                                                                                          \
      for (; first + SPAN <= t->width; first += SPAN) name(t, begin, end, first, SPAN, out + first);              \
      for (; first + 16 <= t->width; first += 16) name(t, begin, end, first, 16, out + first);                    \
      if (first < t->width) name(t, begin, end, first, t->width - first, out + first);                            \
    }                                                                                                             \
  }
ROW(row_f32, float)
ROW(row_f64, double)

#define ROWS(isa)                                                                                 \
  static void f32_##isa(void *context, int64_t from, int64_t to) { row_f32s(context, from, to); } \
  static void f64_##isa(void *context, int64_t from, int64_t to) { row_f64s(context, from, to); }
ROWS(baseline)
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function)
ROWS(avx2)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target(ST_AVX512_FEATURES))), apply_to = function)
ROWS(avx512)
#pragma clang attribute pop
#endif

bool st_row_product(int64_t rows, int64_t inner, int64_t width, int64_t count, const int64_t *starts,
                    const int64_t *columns, const void *values, const void *dense, void *out, st_dtype dtype) {
  job t = {rows, inner, width, count, starts, columns, values, dense, out, false};
  void (*body)(void *, int64_t, int64_t) = dtype == ST_F64 ? f64_baseline : f32_baseline;
#if defined(__x86_64__)
  if (st_isa() == ST_AVX512) {
    body = dtype == ST_F64 ? f64_avx512 : f32_avx512;
  } else if (st_isa() == ST_AVX2) {
    body = dtype == ST_F64 ? f64_avx2 : f32_avx2;
  }
#endif
  // Rows of about the same work.
  int64_t cost = (count / (rows > 0 ? rows : 1) + 1) * width, grain = PIECE_COST / (cost > 0 ? cost : 1);
  st_parallel_evenly(rows, grain > 0 ? grain : 1, body, &t);
  return !t.is_wrong;
}
