// Takes the pixels of a new image from moved places of an old one.
#include "ci_images.h"
#include "cloned.h"
#include <math.h>

#pragma STDC FP_CONTRACT OFF

// A place is (gx, gy) in -1...1, where -1 and 1 are the outer edges of the old image. Outside of it, pixels are 0; with
// a fill, they are mixed with it by how far the place lies outside.
#define WARP(NAME, T, ROUND, FLOOR, FMA)                                                                               \
    static inline __attribute__((always_inline)) T NAME##_line(const T *m, T x, T y) {                                 \
        return FMA(y, m[1], x * m[0]) + m[2];                                                                          \
    }                                                                                                                  \
    CLONED void NAME(const T *in, T *out, const ci_warp *s, const T *matrix, const T *fill) {                          \
        long h = (long)s->height, w = (long)s->width;                                                                  \
        size_t plane = s->height * s->width, new_plane = s->new_height * s->new_width;                                 \
        for (size_t i = 0; i < new_plane; i++) {                                                                       \
            T x = (T)(i % s->new_width) + s->x, y = (T)(i / s->new_width) + s->y;                                      \
            T gx = NAME##_line(matrix, x, y), gy = NAME##_line(matrix + 3, x, y);                                      \
            if (s->is_projective) {                                                                                    \
                T d = NAME##_line(matrix + 6, x, y);                                                                   \
                gx = gx / d - 1;                                                                                       \
                gy = gy / d - 1;                                                                                       \
            }                                                                                                          \
            T px = FMA(gx + 1, (T)w / 2, (T)-0.5), py = FMA(gy + 1, (T)h / 2, (T)-0.5);                                \
            /* A place far outside, or none at all, must not become an integer. */                                     \
            int inside = px > -2 && px < (T)w + 1 && py > -2 && py < (T)h + 1;                                         \
            long places[4];                                                                                            \
            T weights[4];                                                                                              \
            int count = 0;                                                                                             \
            if (inside && s->is_nearest) {                                                                             \
                long cx = (long)ROUND(px), cy = (long)ROUND(py);                                                       \
                if (cx >= 0 && cx < w && cy >= 0 && cy < h) {                                                          \
                    places[count] = cy * w + cx;                                                                       \
                    weights[count++] = 1;                                                                              \
                }                                                                                                      \
            } else if (inside) {                                                                                       \
                T left = FLOOR(px), top = FLOOR(py), east = px - left, south = py - top;                               \
                for (int k = 0; k < 4; k++) {                                                                          \
                    long cx = (long)left + (k & 1), cy = (long)top + (k >> 1);                                         \
                    if (cx < 0 || cx >= w || cy < 0 || cy >= h) continue;                                              \
                    places[count] = cy * w + cx;                                                                       \
                    weights[count++] = (k & 1 ? east : 1 - east) * (k >> 1 ? south : 1 - south);                       \
                }                                                                                                      \
            }                                                                                                          \
            T mask = 0;                                                                                                \
            for (int k = 0; k < count; k++) mask += weights[k];                                                        \
            for (size_t p = 0; p < s->planes; p++) {                                                                   \
                T sum = 0;                                                                                             \
                for (int k = 0; k < count; k++) sum = FMA(in[p * plane + places[k]], weights[k], sum);                 \
                if (fill) {                                                                                            \
                    T value = fill[p % s->channels];                                                                   \
                    sum = s->is_nearest ? (mask < (T)0.5 ? value : sum) : sum * mask + (1 - mask) * value;             \
                }                                                                                                      \
                out[p * new_plane + i] = sum;                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    }

WARP(ci_warp_floats, float, __builtin_rintf, __builtin_floorf, __builtin_fmaf)
WARP(ci_warp_doubles, double, __builtin_rint, __builtin_floor, __builtin_fma)
