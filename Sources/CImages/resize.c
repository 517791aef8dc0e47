// Resizes images along both sides with tables of weights: first the width, then the height.
#include "ci_images.h"
#include "cloned.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

// Sums are of fused products, as in PyTorch. Without the instruction, the C library computes the same, but slowly.
#pragma STDC FP_CONTRACT OFF

#define INLINE static inline __attribute__((always_inline))

/// The rows whose new width is computed together. Their elements lie side by side, so vectors run across rows.
#define ROWS 16
/// The new pixels of a row that are computed together. What they are sums of stays in the first cache.
#define PIXELS 32

typedef uint8_t byte16 __attribute__((vector_size(16)));
typedef int32_t int16 __attribute__((vector_size(64)));
typedef float float4 __attribute__((vector_size(16)));
typedef float float16 __attribute__((vector_size(64)));
typedef double double4 __attribute__((vector_size(32)));
typedef double double16 __attribute__((vector_size(128)));

/// A vector of 16 equal elements.
#define ALL(T, x) ((x) - (T##16){0})

// TURN transposes 4×4 elements. Each step takes the elements of two vectors by turns.
#define TURN(NAME, T)                                                                                                  \
    INLINE void NAME##_turn(T##4 v[4]) {                                                                               \
        T##4 a = __builtin_shufflevector(v[0], v[2], 0, 4, 1, 5), b = __builtin_shufflevector(v[0], v[2], 2, 6, 3, 7); \
        T##4 c = __builtin_shufflevector(v[1], v[3], 0, 4, 1, 5), d = __builtin_shufflevector(v[1], v[3], 2, 6, 3, 7); \
        v[0] = __builtin_shufflevector(a, c, 0, 4, 1, 5);                                                              \
        v[1] = __builtin_shufflevector(a, c, 2, 6, 3, 7);                                                              \
        v[2] = __builtin_shufflevector(b, d, 0, 4, 1, 5);                                                              \
        v[3] = __builtin_shufflevector(b, d, 2, 6, 3, 7);                                                              \
    }                                                                                                                  \
    /* Puts `count` elements of ROWS rows side by side. */                                                             \
    INLINE void NAME##_gather(const T *const *rows, size_t first, size_t count, T *side) {                             \
        size_t i = 0;                                                                                                  \
        for (; i + 4 <= count; i += 4) {                                                                               \
            for (int r = 0; r < ROWS; r += 4) {                                                                        \
                T##4 v[4];                                                                                             \
                for (int k = 0; k < 4; k++) memcpy(&v[k], rows[r + k] + first + i, sizeof v[k]);                       \
                NAME##_turn(v);                                                                                        \
                for (int k = 0; k < 4; k++) memcpy(side + (i + k) * ROWS + r, &v[k], sizeof v[k]);                     \
            }                                                                                                          \
        }                                                                                                              \
        for (; i < count; i++) {                                                                                       \
            for (int r = 0; r < ROWS; r++) side[i * ROWS + r] = rows[r][first + i];                                    \
        }                                                                                                              \
    }

TURN(ci_resize_floats, float)
TURN(ci_resize_doubles, double)

INLINE void ci_resize_bytes_turn(float4 v[4]) { ci_resize_floats_turn(v); }

INLINE void ci_resize_bytes_gather(const uint8_t *const *rows, size_t first, size_t count, float *side) {
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        byte16 v[ROWS], t[ROWS];
        for (int r = 0; r < ROWS; r++) memcpy(&v[r], rows[r] + first + i, sizeof v[r]);
        for (int step = 0; step < 4; step++) {
            for (int r = 0; r < 8; r++) {
                t[2 * r] = __builtin_shufflevector(
                    v[r], v[r + 8], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
                t[2 * r + 1] = __builtin_shufflevector(
                    v[r], v[r + 8], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
            }
            memcpy(v, t, sizeof v);
        }
        for (int k = 0; k < 16; k++) {
            for (int r = 0; r < ROWS; r++) side[(i + k) * ROWS + r] = v[k][r];
        }
    }
    for (; i < count; i++) {
        for (int r = 0; r < ROWS; r++) side[i * ROWS + r] = rows[r][first + i];
    }
}

INLINE void ci_resize_floats_write(float *out, const float16 *sum) { memcpy(out, sum, sizeof *sum); }

INLINE void ci_resize_doubles_write(double *out, const double16 *sum) { memcpy(out, sum, sizeof *sum); }

/// Rounds to the nearest integer, halves to even, and clamps to 0...255.
INLINE void ci_resize_bytes_write(uint8_t *out, const float16 *sum) {
    // From 2²³ to 2²⁴ numbers have no fraction: the sum is rounded, and its last bits are the integer.
    float16 large = *sum + 0x1.8p23f;
    int16 bits;
    memcpy(&bits, &large, sizeof bits);
    bits = __builtin_elementwise_min(__builtin_elementwise_max(bits - 0x4b400000, (int16){0}), (int16){0} + 255);
    byte16 bytes = __builtin_convertvector(bits, byte16);
    memcpy(out, &bytes, sizeof bytes);
}

// RESIZE defines a function for elements S, which computes in T.
#define RESIZE(NAME, T, S, FMA)                                                                                        \
    /* Computes the new pixels first ..< last of ROWS rows, whose old ones from `origin` on lie side by side. */       \
    INLINE void NAME##_across(const T *side, const ci_resize *s, const T *weights, size_t origin, size_t first,        \
        size_t last, T *const *out) {                                                                                  \
        size_t k = s->interleaved;                                                                                     \
        for (size_t x = first; x < last; x += 4) {                                                                     \
            int pixels = last - x < 4 ? (int)(last - x) : 4;                                                           \
            for (size_t c = 0; c < k; c++) {                                                                           \
                T sums[4][ROWS];                                                                                       \
                for (int i = 0; i < pixels; i++) {                                                                     \
                    const T *w = weights + (x + i) * s->columns.most;                                                  \
                    const T *from = side + (((size_t)s->columns.starts[x + i] - origin) * k + c) * ROWS;               \
                    size_t taps = s->columns.counts[x + i];                                                            \
                    T##16 sum, row;                                                                                    \
                    memcpy(&row, from, sizeof row);                                                                    \
                    sum = ALL(T, w[0]) * row;                                                                          \
                    for (size_t j = 1; j < taps; j++) {                                                                \
                        memcpy(&row, from + j * k * ROWS, sizeof row);                                                 \
                        sum = __builtin_elementwise_fma(ALL(T, w[j]), row, sum);                                       \
                    }                                                                                                  \
                    memcpy(sums[i], &sum, sizeof sum);                                                                 \
                }                                                                                                      \
                size_t place = c * s->new_width + x;                                                                   \
                if (pixels == 4) {                                                                                     \
                    for (int r = 0; r < ROWS; r += 4) {                                                                \
                        T##4 v[4];                                                                                     \
                        for (int i = 0; i < 4; i++) memcpy(&v[i], &sums[i][r], sizeof v[i]);                           \
                        NAME##_turn(v);                                                                                \
                        for (int i = 0; i < 4; i++) memcpy(out[r + i] + place, &v[i], sizeof v[i]);                    \
                    }                                                                                                  \
                } else {                                                                                               \
                    for (int r = 0; r < ROWS; r++) {                                                                   \
                        for (int i = 0; i < pixels; i++) out[r][place + i] = sums[i][r];                               \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    /* Computes a new row: the sum of old ones. */                                                                     \
    INLINE void NAME##_down(const T *const *rows, size_t place, const T *weights, size_t taps, S *out, size_t count) { \
        for (size_t x = 0; x < count; x += 16) {                                                                       \
            if (count < 16) {                                                                                          \
                /* In memory of its own. */                                                                            \
                S few[16];                                                                                             \
                T##16 sum = {0};                                                                                       \
                for (size_t j = 0; j < taps; j++) {                                                                    \
                    for (size_t i = 0; i < count; i++) {                                                               \
                        T pixel = rows[j][place + i];                                                                  \
                        sum[i] = j == 0 ? weights[0] * pixel : FMA(weights[j], pixel, sum[i]);                         \
                    }                                                                                                  \
                }                                                                                                      \
                NAME##_write(few, &sum);                                                                               \
                memcpy(out, few, count * sizeof *out);                                                                 \
                return;                                                                                                \
            }                                                                                                          \
            /* The last pixels may be computed twice. */                                                               \
            if (x + 16 > count) x = count - 16;                                                                        \
            T##16 sum, row;                                                                                            \
            memcpy(&row, rows[0] + place + x, sizeof row);                                                             \
            sum = ALL(T, weights[0]) * row;                                                                            \
            for (size_t j = 1; j < taps; j++) {                                                                        \
                memcpy(&row, rows[j] + place + x, sizeof row);                                                         \
                sum = __builtin_elementwise_fma(ALL(T, weights[j]), row, sum);                                         \
            }                                                                                                          \
            NAME##_write(out + x, &sum);                                                                               \
        }                                                                                                              \
    }                                                                                                                  \
    CLONED int NAME(const S *in, S *out, const T *column_weights, const T *row_weights, const ci_resize *s) {          \
        size_t k = s->interleaved, width = s->new_width, height = s->new_height, span = 0;                             \
        for (size_t x = 0; x < width; x += PIXELS) {                                                                   \
            size_t n = end_of(&s->columns, x, width) - (size_t)s->columns.starts[x];                                   \
            if (n > span) span = n;                                                                                    \
        }                                                                                                              \
        /* Rows of the new width, which take turns in a ring. An odd number of lines of the cache lies between them, */\
        /* so that they do not compete for the same places. */                                                         \
        size_t ring = s->rows.most + ROWS, line = 64 / sizeof(T), stride = ((width * k + line - 1) / line | 1) * line; \
        T *memory = malloc((span * k * ROWS + ring * stride) * sizeof(T) + s->rows.most * sizeof(T *));                \
        if (!memory) return 1;                                                                                         \
        T *side = memory, *between = side + span * k * ROWS;                                                           \
        const T **taps = (const T **)(between + ring * stride);                                                        \
        for (size_t p = 0; p < s->planes; p++) {                                                                       \
            const S *plane = in + p * s->plane_stride;                                                                 \
            size_t done = 0;                                                                                           \
            for (size_t y = 0; y < height; y++) {                                                                      \
                size_t start = s->rows.starts[y], count = s->rows.counts[y];                                           \
                if (done < start) done = start;                                                                        \
                while (done < start + count) {                                                                         \
                    const S *rows[ROWS];                                                                               \
                    T *targets[ROWS];                                                                                  \
                    size_t left = s->height - done;                                                                    \
                    for (size_t r = 0; r < ROWS; r++) {                                                                \
                        rows[r] = plane + (done + (r < left ? r : left - 1)) * s->row_stride;                          \
                        targets[r] = between + (done + r) % ring * stride;                                             \
                    }                                                                                                  \
                    for (size_t x = 0; x < width; x += PIXELS) {                                                       \
                        size_t first = s->columns.starts[x], last = x + PIXELS < width ? x + PIXELS : width;           \
                        NAME##_gather(rows, first * k, (end_of(&s->columns, x, width) - first) * k, side);             \
                        NAME##_across(side, s, column_weights, first, x, last, targets);                               \
                    }                                                                                                  \
                    done += ROWS;                                                                                      \
                }                                                                                                      \
                for (size_t j = 0; j < count; j++) taps[j] = between + (start + j) % ring * stride;                    \
                for (size_t c = 0; c < k; c++) {                                                                       \
                    NAME##_down(taps, c * width, row_weights + y * s->rows.most, count,                                \
                        out + ((p * k + c) * height + y) * width, width);                                              \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        free(memory);                                                                                                  \
        return 0;                                                                                                      \
    }

/// Where the old pixels end that the PIXELS new ones from `x` on are sums of.
INLINE size_t end_of(const ci_taps *taps, size_t x, size_t count) {
    size_t last = (x + PIXELS < count ? x + PIXELS : count) - 1;
    return (size_t)(taps->starts[last] + taps->counts[last]);
}

RESIZE(ci_resize_bytes, float, uint8_t, __builtin_fmaf)
RESIZE(ci_resize_floats, float, float, __builtin_fmaf)
RESIZE(ci_resize_doubles, double, double, __builtin_fma)
