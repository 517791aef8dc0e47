#include "strided.h"

#include <string.h>

// Below this many columns (and more rows) a loop down each column beats one along each row; so it does where a column is contiguous.
enum { short_row = 16 };

#define MOVES(T)                                                                                                                      \
  static void gather_##T(T *restrict dst, const T *restrict src, int64_t rows, int64_t columns, int64_t rs, int64_t cs) {             \
    if (rows >= columns && (columns < short_row || rs == 1)) {                                                                           \
      for (int64_t j = 0; j < columns; j++) {                                                                                         \
        for (int64_t i = 0; i < rows; i++) dst[i * columns + j] = src[i * rs + j * cs];                                               \
      }                                                                                                                               \
      return;                                                                                                                         \
    }                                                                                                                                 \
    for (int64_t i = 0; i < rows; i++) {                                                                                              \
      T *d = dst + i * columns;                                                                                                       \
      const T *s = src + i * rs;                                                                                                      \
      if (cs == 1) {                                                                                                                  \
        memcpy(d, s, (size_t)columns * sizeof(T));                                                                                    \
      } else if (cs == 0) {                                                                                                           \
        T v = *s;                                                                                                                     \
        for (int64_t j = 0; j < columns; j++) d[j] = v;                                                                               \
      } else {                                                                                                                        \
        for (int64_t j = 0; j < columns; j++) d[j] = s[j * cs];                                                                       \
      }                                                                                                                               \
    }                                                                                                                                 \
  }                                                                                                                                   \
  static void scatter_##T(T *restrict dst, const T *restrict src, int64_t rows, int64_t columns, int64_t rs, int64_t cs) {            \
    if (rows >= columns && (columns < short_row || rs == 1)) {                                                                           \
      for (int64_t j = 0; j < columns; j++) {                                                                                         \
        for (int64_t i = 0; i < rows; i++) dst[i * rs + j * cs] = src[i * columns + j];                                               \
      }                                                                                                                               \
      return;                                                                                                                         \
    }                                                                                                                                 \
    for (int64_t i = 0; i < rows; i++) {                                                                                              \
      T *d = dst + i * rs;                                                                                                            \
      const T *s = src + i * columns;                                                                                                 \
      if (cs == 1) {                                                                                                                  \
        memcpy(d, s, (size_t)columns * sizeof(T));                                                                                    \
      } else {                                                                                                                        \
        for (int64_t j = 0; j < columns; j++) d[j * cs] = s[j];                                                                       \
      }                                                                                                                               \
    }                                                                                                                                 \
  }

MOVES(uint8_t)
MOVES(uint16_t)
MOVES(uint32_t)
MOVES(uint64_t)

void st_load_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride) {
  if (column_stride == 1 && row_stride == columns) {
    memcpy(dst, src, size * (size_t)(rows * columns));
    return;
  }
  switch (size) {
  case 1: gather_uint8_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 2: gather_uint16_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 4: gather_uint32_t(dst, src, rows, columns, row_stride, column_stride); break;
  default: gather_uint64_t(dst, src, rows, columns, row_stride, column_stride); break;
  }
}

void st_store_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride) {
  if (column_stride == 1 && row_stride == columns) {
    memcpy(dst, src, size * (size_t)(rows * columns));
    return;
  }
  switch (size) {
  case 1: scatter_uint8_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 2: scatter_uint16_t(dst, src, rows, columns, row_stride, column_stride); break;
  case 4: scatter_uint32_t(dst, src, rows, columns, row_stride, column_stride); break;
  default: scatter_uint64_t(dst, src, rows, columns, row_stride, column_stride); break;
  }
}
