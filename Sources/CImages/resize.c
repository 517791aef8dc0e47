// Resizes images along both sides with tables of weights: first the height, then the width.
#include "ci_images.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#define CLONED __attribute__((target_clones("avx2", "default")))
#else
#define CLONED
#endif

/// The rows that are computed together. Their elements lie side by side, so vectors run across rows.
#define ROWS 16

/// Adds `weight` times a row of bytes or numbers to `sum`.
#define ADD(NAME, T, S)                                                                                       \
    CLONED static void NAME(T *restrict sum, const S *restrict row, T weight, size_t count, int is_first) {   \
        if (is_first) {                                                                                       \
            for (size_t i = 0; i < count; i++) sum[i] = weight * (T)row[i];                                   \
        } else {                                                                                              \
            for (size_t i = 0; i < count; i++) sum[i] += weight * (T)row[i];                                  \
        }                                                                                                     \
    }

#define RESIZE(NAME, T, S, ADDED)                                                                                  \
    /* Computes ROWS rows of one plane from rows whose elements lie side by side. */                              \
    CLONED static void NAME##_across(const T *restrict side, const ci_resize *s, const T *weights, T *restrict out, \
        size_t rows) {                                                                                            \
        size_t k = s->interleaved;                                                                                \
        for (size_t x = 0; x < s->new_width; x++) {                                                               \
            const T *w = weights + x * s->columns.most;                                                           \
            size_t start = s->columns.starts[x], taps = s->columns.counts[x];                                     \
            for (size_t c = 0; c < k; c++) {                                                                      \
                T sum[ROWS];                                                                                      \
                memset(sum, 0, sizeof sum);                                                                       \
                for (size_t j = 0; j < taps; j++) {                                                               \
                    const T *row = side + ((start + j) * k + c) * ROWS;                                           \
                    for (int r = 0; r < ROWS; r++) sum[r] += w[j] * row[r];                                       \
                }                                                                                                 \
                T *target = out + c * s->new_height * s->new_width + x;                                           \
                for (size_t r = 0; r < rows; r++) target[r * s->new_width] = sum[r];                              \
            }                                                                                                     \
        }                                                                                                         \
    }                                                                                                             \
    int NAME(const S *in, T *out, const T *column_weights, const T *row_weights, const ci_resize *s) {            \
        size_t length = s->width * s->interleaved;                                                                \
        T *memory = malloc((length * ROWS + length) * sizeof(T));                                                 \
        if (!memory) return 1;                                                                                    \
        T *side = memory, *sum = memory + length * ROWS;                                                          \
        memset(side, 0, length * ROWS * sizeof(T));                                                               \
        for (size_t p = 0; p < s->planes; p++) {                                                                  \
            const S *plane = in + p * s->height * length;                                                         \
            T *target = out + p * s->interleaved * s->new_height * s->new_width;                                  \
            for (size_t y = 0; y < s->new_height; y += ROWS) {                                                    \
                size_t rows = s->new_height - y < ROWS ? s->new_height - y : ROWS;                                \
                for (size_t r = 0; r < rows; r++) {                                                               \
                    const T *w = row_weights + (y + r) * s->rows.most;                                            \
                    const S *row = plane + (size_t)s->rows.starts[y + r] * length;                                \
                    for (size_t j = 0; j < (size_t)s->rows.counts[y + r]; j++) {                                  \
                        ADDED(sum, row + j * length, w[j], length, j == 0);                                       \
                    }                                                                                             \
                    for (size_t i = 0; i < length; i++) side[i * ROWS + r] = sum[i];                              \
                }                                                                                                 \
                NAME##_across(side, s, column_weights, target + y * s->new_width, rows);                          \
            }                                                                                                     \
        }                                                                                                         \
        free(memory);                                                                                             \
        return 0;                                                                                                 \
    }

ADD(add_bytes, float, uint8_t)
ADD(add_floats, float, float)
ADD(add_doubles, double, double)
RESIZE(ci_resize_bytes, float, uint8_t, add_bytes)
RESIZE(ci_resize_floats, float, float, add_floats)
RESIZE(ci_resize_doubles, double, double, add_doubles)

CLONED void ci_round_to_bytes(const float *numbers, uint8_t *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        float x = numbers[i] < 0 ? 0 : numbers[i] > 255 ? 255 : numbers[i];
        bytes[i] = (uint8_t)rintf(x);
    }
}
