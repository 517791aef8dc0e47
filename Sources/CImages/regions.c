// Pools the pixels inside boxes: by interpolated points, by the greatest pixel, by the mean.
#include "ci_regions.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

#pragma STDC FP_CONTRACT OFF

// MARK: - Points

// Points of one bin that lie on the image, along one side. The weights of a point belong to the pixels `low` and
// `high`.
#define ALIGN(NAME, T, CEIL)                                                                                           \
    typedef struct {                                                                                                   \
        size_t low, high;                                                                                              \
        T low_weight, high_weight;                                                                                     \
    } NAME##_point;                                                                                                    \
    typedef struct {                                                                                                   \
        NAME##_point *points;                                                                                          \
        size_t count, capacity;                                                                                        \
    } NAME##_points;                                                                                                   \
    /* One side of a box: where it begins, the length of a bin, and the points along a bin. */                         \
    typedef struct {                                                                                                   \
        T start, bin;                                                                                                  \
        int64_t grid;                                                                                                  \
        int is_number;                                                                                                 \
    } NAME##_side;                                                                                                     \
    static NAME##_side NAME##_side_of(T from, T to, size_t bins, const ci_regions *s) {                                \
        T start = from * (T)s->scale - (T)s->offset, length = to * (T)s->scale - (T)s->offset - start;                 \
        if (s->is_at_least_one && length < 1) length = 1;                                                              \
        T bin = length / (T)bins;                                                                                      \
        double grid = s->sampling > 0 ? (double)s->sampling : (double)CEIL(bin);                                       \
        grid = grid > INT32_MAX ? INT32_MAX : grid > INT32_MIN ? grid : INT32_MIN;                                     \
        int is_number = isfinite(start) && isfinite(length);                                                           \
        return (NAME##_side){start, bin, is_number ? (int64_t)grid : 0, is_number};                                    \
    }                                                                                                                  \
    /* Appends the points of a bin. Points outside of the image give nothing, and are not even looked at: a box may */ \
    /* be much greater than the image. Returns 1 if there is no memory. */                                             \
    static int NAME##_append(NAME##_points *list, NAME##_side side, size_t place, size_t pixels) {                     \
        if (side.grid <= 0) return 0;                                                                                  \
        T start = side.start + (T)place * side.bin;                                                                    \
        double step = (double)side.bin / (double)side.grid, first = 0, last = (double)side.grid;                       \
        if (step > 0) {                                                                                                \
            double a = (-1 - (double)start) / step - 3, b = ((double)pixels - (double)start) / step + 3;               \
            first = a > first ? (a < last ? floor(a) : last) : first;                                                  \
            last = b < last ? (b > first ? ceil(b) : first) : last;                                                    \
        }                                                                                                              \
        for (int64_t i = (int64_t)first; i < (int64_t)last; i++) {                                                     \
            T x = start + (T)((float)i + .5f) * side.bin / (T)side.grid;                                               \
            if (!(x >= -1 && x <= (T)pixels)) continue;                                                                \
            if (x <= 0) x = 0;                                                                                         \
            NAME##_point point = {(size_t)x, (size_t)x + 1, 0, 0};                                                     \
            if (point.low >= pixels - 1) {                                                                             \
                point.low = point.high = pixels - 1;                                                                   \
                x = (T)point.low;                                                                                      \
            }                                                                                                          \
            point.high_weight = x - (T)point.low;                                                                      \
            point.low_weight = 1 - point.high_weight;                                                                  \
            if (list->count == list->capacity) {                                                                       \
                size_t capacity = 2 * list->capacity + 64;                                                             \
                NAME##_point *more = realloc(list->points, capacity * sizeof(NAME##_point));                           \
                if (!more) return 1;                                                                                   \
                list->points = more;                                                                                   \
                list->capacity = capacity;                                                                             \
            }                                                                                                          \
            list->points[list->count++] = point;                                                                       \
        }                                                                                                              \
        return 0;                                                                                                      \
    }                                                                                                                  \
    /* Appends the points of all bins. `ends` gets the number of points up to each bin. */                             \
    static int NAME##_append_bins(                                                                                     \
        NAME##_points *list, size_t *ends, NAME##_side side, size_t bins, size_t pixels) {                             \
        list->count = 0;                                                                                               \
        for (size_t i = 0; i < bins; i++) {                                                                            \
            if (NAME##_append(list, side, i, pixels)) return 1;                                                        \
            ends[i] = list->count;                                                                                     \
        }                                                                                                              \
        return 0;                                                                                                      \
    }                                                                                                                  \
    /* Either reads the image, or adds to it: the loops are the same. */                                               \
    static inline __attribute__((always_inline)) int NAME##_run(                                                       \
        const T *in, const T *boxes, T *out, T *in_grad, const T *grad, const ci_regions *s) {                         \
        size_t bins = s->new_height * s->new_width, plane = s->height * s->width;                                      \
        if (bins == 0 || s->boxes == 0 || s->channels == 0 || plane == 0) return 0;                                    \
        size_t new_channels = s->is_by_position ? s->channels / bins : s->channels;                                    \
        NAME##_points rows = {0}, columns = {0};                                                                       \
        size_t *ends = malloc((s->new_height + s->new_width) * sizeof(size_t));                                        \
        int status = ends ? 0 : 1;                                                                                     \
        for (size_t n = 0; n < s->boxes && status == 0; n++) {                                                         \
            const T *box = boxes + 5 * n;                                                                              \
            NAME##_side x = NAME##_side_of(box[1], box[3], s->new_width, s);                                           \
            NAME##_side y = NAME##_side_of(box[2], box[4], s->new_height, s);                                          \
            if (!x.is_number || !y.is_number) continue;                                                                \
            size_t *column_ends = ends + s->new_height;                                                                \
            status = NAME##_append_bins(&rows, ends, y, s->new_height, s->height)                                      \
                || NAME##_append_bins(&columns, column_ends, x, s->new_width, s->width);                               \
            if (status) break;                                                                                         \
            double points = (double)y.grid * (double)x.grid;                                                           \
            T count = (T)(points < 1 && !s->is_by_position ? 1 : points);                                              \
            size_t image = (size_t)box[0] * s->channels * plane, target = n * new_channels * bins;                     \
            for (size_t c = 0; c < new_channels; c++) {                                                                \
                for (size_t b = 0; b < bins; b++, target++) {                                                          \
                    size_t row = b / s->new_width, column = b % s->new_width;                                          \
                    size_t channel = s->is_by_position ? c * bins + b : c;                                             \
                    size_t at = image + channel * plane;                                                               \
                    T sum = 0;                                                                                         \
                    for (size_t i = row ? ends[row - 1] : 0; i < ends[row]; i++) {                                     \
                        NAME##_point v = rows.points[i];                                                               \
                        size_t low = at + v.low * s->width, high = at + v.high * s->width;                             \
                        for (size_t j = column ? column_ends[column - 1] : 0; j < column_ends[column]; j++) {          \
                            NAME##_point u = columns.points[j];                                                        \
                            T w1 = v.low_weight * u.low_weight, w2 = v.low_weight * u.high_weight;                     \
                            T w3 = v.high_weight * u.low_weight, w4 = v.high_weight * u.high_weight;                   \
                            if (in) {                                                                                  \
                                sum += w1 * in[low + u.low] + w2 * in[low + u.high] + w3 * in[high + u.low]            \
                                    + w4 * in[high + u.high];                                                          \
                            } else {                                                                                   \
                                T g = grad[target];                                                                    \
                                in_grad[low + u.low] += g * w1 / count;                                                \
                                in_grad[low + u.high] += g * w2 / count;                                               \
                                in_grad[high + u.low] += g * w3 / count;                                               \
                                in_grad[high + u.high] += g * w4 / count;                                              \
                            }                                                                                          \
                        }                                                                                              \
                    }                                                                                                  \
                    if (in) out[target] = sum / count;                                                                 \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
        free(rows.points);                                                                                             \
        free(columns.points);                                                                                          \
        free(ends);                                                                                                    \
        return status;                                                                                                 \
    }

ALIGN(float, float, ceilf)
ALIGN(double, double, ceil)

int ci_roi_align_floats(const float *in, const float *boxes, float *out, const ci_regions *size) {
    return float_run(in, boxes, out, 0, 0, size);
}

int ci_roi_align_doubles(const double *in, const double *boxes, double *out, const ci_regions *size) {
    return double_run(in, boxes, out, 0, 0, size);
}

int ci_roi_align_adjoint_floats(const float *grad, const float *boxes, float *in_grad, const ci_regions *size) {
    return float_run(0, boxes, 0, in_grad, grad, size);
}

int ci_roi_align_adjoint_doubles(const double *grad, const double *boxes, double *in_grad, const ci_regions *size) {
    return double_run(0, boxes, 0, in_grad, grad, size);
}

// MARK: - Whole pixels

/// One side of a box in whole pixels. A coordinate that is no number, or far from every image, becomes a far one.
typedef struct {
    int64_t start, length;
    int is_number;
} pixel_side;

static int64_t pixel(double x) {
    double most = (double)(1LL << 40);
    return (int64_t)(x > most ? most : x > -most ? x : -most);
}

static int64_t clamp(int64_t x, int64_t most) { return x < 0 ? 0 : x < most ? x : most; }

// The first pixel of a bin, or the one behind its last. Bins are computed in the type of the boxes.
#define POOL(NAME, T, ROUND, FLOOR, CEIL, LEAST)                                                                       \
    static pixel_side NAME##_side(T from, T to, int64_t more, const ci_regions *s) {                                   \
        T a = ROUND(from * (T)s->scale), b = ROUND(to * (T)s->scale);                                                  \
        int64_t start = pixel(a), length = pixel(b) - start + more;                                                    \
        return (pixel_side){start, length < 1 ? 1 : length, !isnan(a) && !isnan(b)};                                   \
    }                                                                                                                  \
    static int64_t NAME##_first(pixel_side side, size_t place, size_t bins, int64_t most) {                            \
        T bin = (T)side.length / (T)bins;                                                                              \
        return clamp(pixel((double)FLOOR((T)place * bin)) + side.start, most);                                         \
    }                                                                                                                  \
    static int64_t NAME##_behind(pixel_side side, size_t place, size_t bins, int64_t most) {                           \
        T bin = (T)side.length / (T)bins;                                                                              \
        return clamp(pixel((double)CEIL((T)(place + 1) * bin)) + side.start, most);                                    \
    }                                                                                                                  \
    void ci_roi_pool_##NAME(const T *in, const T *boxes, T *out, int64_t *places, const ci_regions *s) {               \
        size_t bins = s->new_height * s->new_width, plane = s->height * s->width;                                      \
        for (size_t n = 0; n < s->boxes && s->channels > 0; n++) {                                                     \
            const T *box = boxes + 5 * n;                                                                              \
            pixel_side x = NAME##_side(box[1], box[3], 1, s), y = NAME##_side(box[2], box[4], 1, s);                   \
            size_t image = (size_t)box[0] * s->channels * plane;                                                       \
            for (size_t b = 0; b < bins; b++) {                                                                        \
                size_t row = b / s->new_width, column = b % s->new_width;                                              \
                int64_t top = NAME##_first(y, row, s->new_height, (int64_t)s->height);                                 \
                int64_t bottom = NAME##_behind(y, row, s->new_height, (int64_t)s->height);                             \
                int64_t left = NAME##_first(x, column, s->new_width, (int64_t)s->width);                               \
                int64_t right = NAME##_behind(x, column, s->new_width, (int64_t)s->width);                             \
                int is_empty = bottom <= top || right <= left || !x.is_number || !y.is_number;                         \
                for (size_t c = 0; c < s->channels; c++) {                                                             \
                    size_t target = (n * s->channels + c) * bins + b, start = image + c * plane;                       \
                    T most = is_empty ? 0 : LEAST;                                                                     \
                    int64_t place = -1;                                                                                \
                    for (int64_t i = top; i < bottom && !is_empty; i++) {                                              \
                        for (int64_t j = left; j < right; j++) {                                                       \
                            size_t at = start + (size_t)i * s->width + (size_t)j;                                      \
                            if (in[at] > most) {                                                                       \
                                most = in[at];                                                                         \
                                place = (int64_t)at;                                                                   \
                            }                                                                                          \
                        }                                                                                              \
                    }                                                                                                  \
                    out[target] = place < 0 && !is_empty ? -FLT_MAX : most;                                            \
                    places[target] = place;                                                                            \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    static inline __attribute__((always_inline)) void NAME##_mean(                                                     \
        const T *in, const T *boxes, T *out, T *in_grad, const T *grad, const ci_regions *s) {                         \
        size_t bins = s->new_height * s->new_width, plane = s->height * s->width;                                      \
        if (bins == 0 || s->channels == 0 || plane == 0) return;                                                       \
        size_t new_channels = s->channels / bins;                                                                      \
        for (size_t n = 0; n < s->boxes; n++) {                                                                        \
            const T *box = boxes + 5 * n;                                                                              \
            pixel_side x = NAME##_side(box[1], box[3], 0, s), y = NAME##_side(box[2], box[4], 0, s);                   \
            if (!x.is_number || !y.is_number) continue;                                                                \
            size_t image = (size_t)box[0] * s->channels * plane;                                                       \
            for (size_t b = 0; b < bins; b++) {                                                                        \
                size_t row = b / s->new_width, column = b % s->new_width;                                              \
                /* The last row and column are in no bin; torchvision leaves them out too. */                          \
                int64_t top = NAME##_first(y, row, s->new_height, (int64_t)s->height - 1);                             \
                int64_t bottom = NAME##_behind(y, row, s->new_height, (int64_t)s->height - 1);                         \
                int64_t left = NAME##_first(x, column, s->new_width, (int64_t)s->width - 1);                           \
                int64_t right = NAME##_behind(x, column, s->new_width, (int64_t)s->width - 1);                         \
                if (bottom <= top || right <= left) continue;                                                          \
                T area = (T)((bottom - top) * (right - left));                                                         \
                for (size_t c = 0; c < new_channels; c++) {                                                            \
                    size_t target = (n * new_channels + c) * bins + b, start = image + (c * bins + b) * plane;         \
                    T sum = 0, share = in ? 0 : grad[target] / area;                                                   \
                    for (int64_t i = top; i < bottom; i++) {                                                           \
                        for (int64_t j = left; j < right; j++) {                                                       \
                            size_t at = start + (size_t)i * s->width + (size_t)j;                                      \
                            if (in) {                                                                                  \
                                sum += in[at];                                                                         \
                            } else {                                                                                   \
                                in_grad[at] += share;                                                                  \
                            }                                                                                          \
                        }                                                                                              \
                    }                                                                                                  \
                    if (in) out[target] = sum / area;                                                                  \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
    int ci_ps_roi_pool_##NAME(const T *in, const T *boxes, T *out, const ci_regions *s) {                              \
        NAME##_mean(in, boxes, out, 0, 0, s);                                                                          \
        return 0;                                                                                                      \
    }                                                                                                                  \
    int ci_ps_roi_pool_adjoint_##NAME(const T *grad, const T *boxes, T *in_grad, const ci_regions *s) {                \
        NAME##_mean(0, boxes, 0, in_grad, grad, s);                                                                    \
        return 0;                                                                                                      \
    }

POOL(floats, float, roundf, floorf, ceilf, -FLT_MAX)
POOL(doubles, double, round, floor, ceil, -DBL_MAX)
