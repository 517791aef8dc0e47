#include "strided.h"

#include <stdbool.h>
#include <string.h>

#include "reduce_isa.h"

typedef struct {
  uint64_t low, high;
} wide;

#define ST_KERNELS "strided_isa.inc"
#include "reduce_each_isa.inc"

enum { longest_run = 16384 };  // longer runs use memcpy, which is then as fast

void st_copy_long_run(void *to, const void *from, int64_t bytes) {
  if (bytes > longest_run) {
    memcpy(to, from, (size_t)bytes);
  } else {
    ST_PICK(copy_run)(to, from, bytes);
  }
}

// With fewer columns than this (and at least as many rows), a loop down each column is faster than one along each row.
// The same holds if columns are contiguous.
enum { short_row = 16 };

static bool goes_by_column(int64_t rows, int64_t columns, int64_t row_stride) {
  return rows >= columns && (columns < short_row || row_stride == 1);
}

// Common small steps and row lengths have loops of their own, in which they are constants. Those loops vectorize.
#define MOVES(T)                                                                                                  \
  static void interleave_##T(T *restrict dst, const T *restrict src, int64_t rows, int64_t columns, int64_t cs) { \
    const T *b = src + cs, *c = columns > 2 ? b + cs : b;                                                         \
    if (columns == 2) {                                                                                           \
      for (int64_t i = 0; i < rows; i++) dst[2 * i] = src[i], dst[2 * i + 1] = b[i];                              \
    } else {                                                                                                      \
      for (int64_t i = 0; i < rows; i++) dst[3 * i] = src[i], dst[3 * i + 1] = b[i], dst[3 * i + 2] = c[i];       \
    }                                                                                                             \
  }                                                                                                               \
  static void load_row_##T(T *restrict d, const T *restrict s, int64_t columns, int64_t cs) {                     \
    if (cs == 1) {                                                                                                \
      st_copy_run((char *)d, (const char *)s, columns *(int64_t)sizeof(T));                                       \
    } else if (cs == 0) {                                                                                         \
      T v = *s;                                                                                                   \
      for (int64_t j = 0; j < columns; j++) d[j] = v;                                                             \
    } else if (cs == -1) {                                                                                        \
      ST_PICK(reverse_##T)(d, s, columns);                                                                        \
    } else if (cs == 2) {                                                                                         \
      for (int64_t j = 0; j < columns; j++) d[j] = s[2 * j];                                                      \
    } else if (cs == 3) {                                                                                         \
      for (int64_t j = 0; j < columns; j++) d[j] = s[3 * j];                                                      \
    } else {                                                                                                      \
      for (int64_t j = 0; j < columns; j++) d[j] = s[j * cs];                                                     \
    }                                                                                                             \
  }                                                                                                               \
  static void load_##T(T *restrict dst, const T *restrict src, int64_t rows, int64_t columns, int64_t rs,         \
                       int64_t cs) {                                                                              \
    if (rs == 1 && (columns == 2 || columns == 3)) {                                                              \
      interleave_##T(dst, src, rows, columns, cs);                                                                \
    } else if (goes_by_column(rows, columns, rs)) {                                                               \
      for (int64_t j = 0; j < columns; j++) {                                                                     \
        for (int64_t i = 0; i < rows; i++) dst[i * columns + j] = src[i * rs + j * cs];                           \
      }                                                                                                           \
    } else {                                                                                                      \
      for (int64_t i = 0; i < rows; i++) load_row_##T(dst + i * columns, src + i * rs, columns, cs);              \
    }                                                                                                             \
  }                                                                                                               \
  static void store_##T(T *restrict dst, const T *restrict src, int64_t rows, int64_t columns, int64_t rs,        \
                        int64_t cs) {                                                                             \
    if (goes_by_column(rows, columns, rs)) {                                                                      \
      for (int64_t j = 0; j < columns; j++) {                                                                     \
        for (int64_t i = 0; i < rows; i++) dst[i * rs + j * cs] = src[i * columns + j];                           \
      }                                                                                                           \
      return;                                                                                                     \
    }                                                                                                             \
    for (int64_t i = 0; i < rows; i++) {                                                                          \
      T *d = dst + i * rs;                                                                                        \
      const T *s = src + i * columns;                                                                             \
      if (cs == 1) {                                                                                              \
        st_copy_run((char *)d, (const char *)s, columns *(int64_t)sizeof(T));                                     \
      } else {                                                                                                    \
        for (int64_t j = 0; j < columns; j++) d[j * cs] = s[j];                                                   \
      }                                                                                                           \
    }                                                                                                             \
  }

MOVES(uint8_t)
MOVES(uint16_t)
MOVES(uint32_t)
MOVES(uint64_t)
MOVES(wide)

typedef uint32_t four __attribute__((ext_vector_type(4)));
typedef four four_unaligned __attribute__((aligned(4), may_alias));

static inline four load_four(const uint32_t *p) { return *(const four_unaligned *)p; }
static inline void store_four(uint32_t *p, four v) { *(four_unaligned *)p = v; }

// Transposes dst[i * dst_stride + j] = src[i + j * src_stride], in registers, 4 × 4 at a time.
static void transpose_words(uint32_t *restrict dst, int64_t dst_stride, const uint32_t *restrict src,
                            int64_t src_stride, int64_t rows, int64_t columns) {
  int64_t whole_rows = rows & ~(int64_t)3, whole_columns = columns & ~(int64_t)3;
  for (int64_t j = 0; j < whole_columns; j += 4) {
    const uint32_t *s = src + j * src_stride;
    uint32_t *d = dst + j;
    for (int64_t i = 0; i < whole_rows; i += 4) {
      four a = load_four(s + i), b = load_four(s + i + src_stride), c = load_four(s + i + 2 * src_stride),
           e = load_four(s + i + 3 * src_stride);
      four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
      four ce = __builtin_shufflevector(c, e, 0, 4, 1, 5), ce_high = __builtin_shufflevector(c, e, 2, 6, 3, 7);
      uint32_t *to = d + i * dst_stride;
      store_four(to, __builtin_shufflevector(ab, ce, 0, 1, 4, 5));
      store_four(to + dst_stride, __builtin_shufflevector(ab, ce, 2, 3, 6, 7));
      store_four(to + 2 * dst_stride, __builtin_shufflevector(ab_high, ce_high, 0, 1, 4, 5));
      store_four(to + 3 * dst_stride, __builtin_shufflevector(ab_high, ce_high, 2, 3, 6, 7));
    }
  }
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t j = i < whole_rows ? whole_columns : 0; j < columns; j++)
      dst[i * dst_stride + j] = src[i + j * src_stride];
  }
}

void st_load_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride,
                     int64_t column_stride) {
  if (column_stride == 1 && row_stride == columns) {
    memcpy(dst, src, size * (size_t)(rows * columns));
    return;
  }
  switch (size) {
  case 1: load_uint8_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 2: load_uint16_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 4:
    if (row_stride == 1 && rows >= 4 && columns >= 4 && column_stride != 0) {
      transpose_words(dst, columns, src, column_stride, rows, columns);
    } else {
      load_uint32_t(dst, src, rows, columns, row_stride, column_stride);
    }
    break;
  case 8: load_uint64_t(dst, src, rows, columns, row_stride, column_stride); break;
  default: load_wide(dst, src, rows, columns, row_stride, column_stride); break;
  }
}

void st_store_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride,
                      int64_t column_stride) {
  if (column_stride == 1 && row_stride == columns) {
    memcpy(dst, src, size * (size_t)(rows * columns));
    return;
  }
  switch (size) {
  case 1: store_uint8_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 2: store_uint16_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 4:
    if (row_stride == 1 && rows >= 4 && columns >= 4) {
      transpose_words(dst, column_stride, src, columns, columns, rows);
    } else {
      store_uint32_t(dst, src, rows, columns, row_stride, column_stride);
    }
    break;
  case 8: store_uint64_t(dst, src, rows, columns, row_stride, column_stride); break;
  default: store_wide(dst, src, rows, columns, row_stride, column_stride); break;
  }
}
