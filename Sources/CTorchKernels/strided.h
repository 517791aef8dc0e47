// Blocks of strided memory: gathered into contiguous scratch and scattered back. Strides in elements.
#ifndef ST_STRIDED_H
#define ST_STRIDED_H

#include <stddef.h>
#include <stdint.h>

/// dst[i, j] (contiguous rows of `columns`) = src[i * row_stride + j * column_stride], elements of 1, 2, 4, 8 or 16 bytes.
void st_load_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride);
/// The reverse.
void st_store_strided(size_t size, void *dst, const void *src, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride);

#endif
