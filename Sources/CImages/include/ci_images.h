// Image files to and from interleaved pixels, over libjpeg, libpng and libwebp, which report errors by longjmp, which
// Swift cannot do; and GIF files.
#ifndef CI_IMAGES_H
#define CI_IMAGES_H

#include <stddef.h>
#include <stdint.h>

/// The channels that a caller wants. The values are those of torchvision's ImageReadMode.
enum { CI_UNCHANGED, CI_GRAY, CI_GRAY_ALPHA, CI_RGB, CI_RGB_ALPHA };

/// A decoded image, or the bytes of an encoded one.
typedef struct {
    /// Memory of malloc, to be released with `ci_free`: rows of interleaved samples, or an encoded file.
    uint8_t *bytes;
    /// The bytes used, and the bytes allocated.
    size_t count, capacity;
    uint32_t width, height;
    int channels;
    /// The pictures of a GIF, one after the other in `bytes`.
    uint32_t frames;
    /// 1 for uint8, 2 for uint16.
    int sample_size;
    /// Whether decoding failed because there are more pixels than the caller takes.
    int is_too_large;
    /// What went wrong.
    char message[256];
} ci_image;

/// Decode `size` bytes. Return 0, or another number and `message`; then `bytes` is null. `mode` is one of the above.
/// Memory grows with the rows that arrive, or the size is first compared with what the file's bytes can hold. An image
/// of more than `most` pixels is refused before memory for them is taken.
int ci_decode_jpeg(const uint8_t *data, size_t size, int mode, uint64_t most, ci_image *image);
int ci_decode_png(const uint8_t *data, size_t size, int mode, uint64_t most, ci_image *image);
int ci_decode_webp(const uint8_t *data, size_t size, int mode, uint64_t most, ci_image *image);

/// Decodes the pictures of a GIF, as RGB. `most` counts the pixels of all pictures.
int ci_decode_gif(const uint8_t *data, size_t size, uint64_t most, ci_image *image);

/// Encode interleaved 8-bit pixels with 1 or 3 channels into `file`. Return 0, or another number and `message`.
int ci_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, ci_image *file);
int ci_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int level, ci_image *file);

void ci_free(uint8_t *bytes);

/// For each new pixel of a side: the first old pixel and the number of old pixels that it is the sum of. Their weights
/// are in a table with `most` numbers for each new pixel. Neither the first nor the last old pixels ever decrease.
typedef struct {
    const int64_t *starts, *counts;
    size_t most;
} ci_taps;

/// Planes [height, width, interleaved], which become [interleaved, new_height, new_width]. The strides of planes and
/// rows are in elements; those of pixels and interleaved elements are `interleaved` and 1.
typedef struct {
    size_t planes, interleaved, height, plane_stride, row_stride, new_height, new_width;
    ci_taps rows, columns;
} ci_resize;

/// Resize. Bytes are sums in float32, rounded to the nearest integer, halves to even, and clamped to 0...255. Return 0,
/// or 1 if there is no memory.
int ci_resize_bytes(
    const uint8_t *in, uint8_t *out, const float *column_weights, const float *row_weights, const ci_resize *size);
int ci_resize_floats(
    const float *in, float *out, const float *column_weights, const float *row_weights, const ci_resize *size);
int ci_resize_doubles(
    const double *in, double *out, const double *column_weights, const double *row_weights, const ci_resize *size);

/// Planes [height, width], `channels` for each image, which become [new_height, new_width].
typedef struct {
    size_t planes, channels, height, width, new_height, new_width;
    /// The coordinates of the first new pixel.
    float x, y;
    /// Whether the matrix has three rows, of which the third divides, or two.
    int is_projective, is_nearest;
} ci_warp;

/// Moves pixels. `fill` has a value for each channel, or is null.
void ci_warp_floats(const float *in, float *out, const ci_warp *size, const float *matrix, const float *fill);
void ci_warp_doubles(const double *in, double *out, const ci_warp *size, const double *matrix, const double *fill);

#endif
