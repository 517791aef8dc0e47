// Boxes (x1, y1, x2, y2), and what is pooled from the pixels inside them.
#ifndef CI_REGIONS_H
#define CI_REGIONS_H

#include <stddef.h>
#include <stdint.h>

/// Non-maximum suppression of `count` boxes that `order` lists from the best on. A box is kept if its overlap with no
/// kept box is greater than `threshold`. `kept` gets the numbers of the kept boxes, in order. Returns how many there
/// are. `suppressed` has a byte for each box and begins as zeros.
size_t ci_nms_floats(
    const float *boxes, const int64_t *order, size_t count, double threshold, uint8_t *suppressed, int64_t *kept);
size_t ci_nms_doubles(
    const double *boxes, const int64_t *order, size_t count, double threshold, uint8_t *suppressed, int64_t *kept);

/// Images [images, channels, height, width] and boxes [boxes, 5], whose first column is the image, from which
/// [boxes, new channels, new_height, new_width] are pooled.
typedef struct {
    size_t channels, height, width, boxes, new_height, new_width;
    /// Multiplies coordinates.
    double scale;
    /// What is subtracted from a multiplied coordinate.
    double offset;
    /// Points along each side of a bin; 0 for as many as the bin has pixels.
    int64_t sampling;
    /// Whether a box has at least one pixel along each side, and a bin at least one point.
    int is_at_least_one;
    /// Whether each bin has channels of its own: a new channel is the sum over the bins' channels.
    int is_by_position;
} ci_regions;

/// The mean of interpolated points in each bin of a box. Return 0, or 1 if there is no memory. Every image number is
/// that of an image. Boxes with coordinates that are no numbers give zeros.
int ci_roi_align_floats(const float *in, const float *boxes, float *out, const ci_regions *size);
int ci_roi_align_doubles(const double *in, const double *boxes, double *out, const ci_regions *size);

/// The adjoint of `ci_roi_align_…`: adds to `in_grad` what `grad` has for the pixels.
int ci_roi_align_adjoint_floats(const float *grad, const float *boxes, float *in_grad, const ci_regions *size);
int ci_roi_align_adjoint_doubles(const double *grad, const double *boxes, double *in_grad, const ci_regions *size);

/// The greatest pixel in each bin of a box, and its place in `in`. An empty bin gives 0 and the place -1, a bin of
/// NaNs -FLT_MAX and -1.
void ci_roi_pool_floats(const float *in, const float *boxes, float *out, int64_t *places, const ci_regions *size);
void ci_roi_pool_doubles(const double *in, const double *boxes, double *out, int64_t *places, const ci_regions *size);

/// The mean of the pixels in each bin of a box. Each bin has channels of its own. An empty bin gives 0. Return 0.
int ci_ps_roi_pool_floats(const float *in, const float *boxes, float *out, const ci_regions *size);
int ci_ps_roi_pool_doubles(const double *in, const double *boxes, double *out, const ci_regions *size);

/// The adjoint of `ci_ps_roi_pool_…`.
int ci_ps_roi_pool_adjoint_floats(const float *grad, const float *boxes, float *in_grad, const ci_regions *size);
int ci_ps_roi_pool_adjoint_doubles(const double *grad, const double *boxes, double *in_grad, const ci_regions *size);

#endif
