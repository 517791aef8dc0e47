// Resizes images along both sides with tables of weights: first the width, then the height.
#include "ci_images.h"
#include "cloned.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sums are of fused products, as in PyTorch. Without the instruction, the C library computes the same, but slowly.
#pragma STDC FP_CONTRACT OFF

/// The rows that are computed together. Their elements lie side by side, so vectors run across rows.
#define ROWS 16

/// Adds `weight` times a row to `sum`.
#define ADD(NAME, T, FMA)                                                                                              \
    CLONED static void NAME##_add(T *restrict sum, const T *restrict row, T weight, size_t count, int is_first) {      \
        if (is_first) {                                                                                                \
            for (size_t i = 0; i < count; i++) sum[i] = weight * row[i];                                               \
        } else {                                                                                                       \
            for (size_t i = 0; i < count; i++) sum[i] = FMA(weight, row[i], sum[i]);                                   \
        }                                                                                                              \
    }

#define RESIZE(NAME, T, S, FMA)                                                                                        \
    /* Computes the new width of ROWS rows whose elements lie side by side. */                                         \
    CLONED static void NAME##_across(const T *restrict side, const ci_resize *s, const T *weights, T *restrict out,    \
        size_t rows) {                                                                                                 \
        size_t k = s->interleaved;                                                                                     \
        for (size_t x = 0; x < s->new_width; x++) {                                                                    \
            const T *w = weights + x * s->columns.most;                                                                \
            size_t start = s->columns.starts[x], taps = s->columns.counts[x];                                          \
            for (size_t c = 0; c < k; c++) {                                                                           \
                T sum[ROWS];                                                                                           \
                const T *first = side + (start * k + c) * ROWS;                                                        \
                for (int r = 0; r < ROWS; r++) sum[r] = w[0] * first[r];                                               \
                for (size_t j = 1; j < taps; j++) {                                                                    \
                    const T *row = first + j * k * ROWS;                                                               \
                    for (int r = 0; r < ROWS; r++) sum[r] = FMA(w[j], row[r], sum[r]);                                 \
                }                                                                                                      \
                T *target = out + c * s->height * s->new_width + x;                                                    \
                for (size_t r = 0; r < rows; r++) target[r * s->new_width] = sum[r];                                   \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    CLONED int NAME(const S *in, T *out, const T *column_weights, const T *row_weights, const ci_resize *s) {          \
        size_t length = s->width * s->interleaved, narrow = s->height * s->new_width;                                  \
        T *memory = malloc((length * ROWS + narrow * s->interleaved) * sizeof(T));                                     \
        if (!memory) return 1;                                                                                         \
        T *side = memory, *between = memory + length * ROWS;                                                           \
        memset(side, 0, length * ROWS * sizeof(T));                                                                    \
        for (size_t p = 0; p < s->planes; p++) {                                                                       \
            const S *plane = in + p * s->height * length;                                                              \
            for (size_t y = 0; y < s->height; y += ROWS) {                                                             \
                size_t rows = s->height - y < ROWS ? s->height - y : ROWS;                                             \
                /* In tiles, which stay in the first cache. */                                                         \
                for (size_t first = 0; first < length; first += ROWS) {                                                \
                    size_t last = first + ROWS < length ? first + ROWS : length;                                       \
                    for (size_t r = 0; r < rows; r++) {                                                                \
                        const S *row = plane + (y + r) * length;                                                       \
                        for (size_t i = first; i < last; i++) side[i * ROWS + r] = row[i];                             \
                    }                                                                                                  \
                }                                                                                                      \
                NAME##_across(side, s, column_weights, between + y * s->new_width, rows);                              \
            }                                                                                                          \
            for (size_t c = 0; c < s->interleaved; c++) {                                                              \
                for (size_t y = 0; y < s->new_height; y++) {                                                           \
                    T *target = out + ((p * s->interleaved + c) * s->new_height + y) * s->new_width;                   \
                    const T *row = between + c * narrow + (size_t)s->rows.starts[y] * s->new_width;                    \
                    const T *w = row_weights + y * s->rows.most;                                                       \
                    for (size_t j = 0; j < (size_t)s->rows.counts[y]; j++) {                                           \
                        NAME##_add(target, row + j * s->new_width, w[j], s->new_width, j == 0);                        \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        free(memory);                                                                                                  \
        return 0;                                                                                                      \
    }

ADD(ci_resize_bytes, float, __builtin_fmaf)
ADD(ci_resize_floats, float, __builtin_fmaf)
ADD(ci_resize_doubles, double, __builtin_fma)
RESIZE(ci_resize_bytes, float, uint8_t, __builtin_fmaf)
RESIZE(ci_resize_floats, float, float, __builtin_fmaf)
RESIZE(ci_resize_doubles, double, double, __builtin_fma)

CLONED void ci_round_to_bytes(const float *numbers, uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float x = numbers[i] < 0 ? 0 : numbers[i] > 255 ? 255 : numbers[i];
        bytes[i] = (uint8_t)rintf(x);
    }
}
