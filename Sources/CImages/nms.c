// Suppresses boxes that overlap better ones.
#include "ci_regions.h"

#pragma STDC FP_CONTRACT OFF

// Comparisons with NaN are false, so a NaN beside a number is not chosen.
#define MORE(a, b) ((a) < (b) ? (b) : (a))
#define LESS(a, b) ((b) < (a) ? (b) : (a))

#define NMS(NAME, T)                                                                                                   \
    size_t NAME(                                                                                                       \
        const T *boxes, const int64_t *order, size_t count, double threshold, uint8_t *suppressed, int64_t *kept) {    \
        size_t found = 0;                                                                                              \
        for (size_t a = 0; a < count; a++) {                                                                           \
            int64_t i = order[a];                                                                                      \
            if (suppressed[i]) continue;                                                                               \
            kept[found++] = i;                                                                                         \
            const T *p = boxes + 4 * i;                                                                                \
            T area = (p[2] - p[0]) * (p[3] - p[1]);                                                                    \
            for (size_t b = a + 1; b < count; b++) {                                                                   \
                int64_t j = order[b];                                                                                  \
                if (suppressed[j]) continue;                                                                           \
                const T *q = boxes + 4 * j;                                                                            \
                T left = MORE(p[0], q[0]), top = MORE(p[1], q[1]);                                                     \
                T right = LESS(p[2], q[2]), bottom = LESS(p[3], q[3]);                                                 \
                T w = MORE((T)0, right - left), h = MORE((T)0, bottom - top), shared = w * h;                          \
                T overlap = shared / (area + (q[2] - q[0]) * (q[3] - q[1]) - shared);                                  \
                if (overlap > threshold) suppressed[j] = 1;                                                            \
            }                                                                                                          \
        }                                                                                                              \
        return found;                                                                                                  \
    }

NMS(ci_nms_floats, float)
NMS(ci_nms_doubles, double)
