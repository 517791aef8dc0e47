// Gathers blocks of strided memory into contiguous scratch, and scatters them back. Strides count elements.
#ifndef ST_STRIDED_H
#define ST_STRIDED_H

#include <stddef.h>
#include <stdint.h>

/// Copies to contiguous rows of `columns` elements: dst[i, j] = src[i * row_stride + j * column_stride]. Elements have
/// 1, 2, 4, 8 or 16 bytes.
void st_load_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride,
                     int64_t column_stride);
/// Scatters contiguous rows to strided memory, the reverse of st_load_strided.
void st_store_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride,
                      int64_t column_stride);

/// Copies more than st_short_run bytes; see st_copy_run.
void st_copy_long_run(void *to, const void *from, int64_t bytes);

enum { st_short_run = 512 };  // a longer run is copied by a call

#define ST_MOVE(WIDTH)                                                                   \
  {                                                                                      \
    typedef uint8_t part __attribute__((ext_vector_type(WIDTH), aligned(1), may_alias)); \
    *(part *)to = *(const part *)from;                                                   \
    to += WIDTH, from += WIDTH, bytes -= WIDTH;                                          \
  }

/// Copies a row. Short rows avoid the cost of a memcpy call.
static inline void st_copy_run(char *restrict to, const char *restrict from, int64_t bytes) {
  if (bytes > st_short_run) {
    st_copy_long_run(to, from, bytes);
    return;
  }
  while (bytes >= 64) {
    ST_MOVE(32)
    ST_MOVE(32)
  }
  if (bytes >= 32) ST_MOVE(32)
  if (bytes >= 16) ST_MOVE(16)
  if (bytes >= 8) ST_MOVE(8)
  if (bytes >= 4) ST_MOVE(4)
  while (bytes > 0) ST_MOVE(1)
}
#undef ST_MOVE

#endif
