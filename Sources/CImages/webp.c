#include "buffer.h"
#include <webp/decode.h>

int ci_decode_webp(const uint8_t *data, size_t size, int mode, uint64_t most, ci_image *image) {
    memset(image, 0, sizeof *image);
    WebPBitstreamFeatures features;
    if (WebPGetFeatures(data, size, &features) != VP8_STATUS_OK) return ci_fail(image, "WebPGetFeatures failed.");
    if (features.has_animation) return ci_fail(image, "Animated webp files are not supported.");
    if (features.width <= 0 || features.height <= 0) return ci_fail(image, "no pixels");
    char message[160];
    if (ci_exceeds(image, (uint64_t)features.width * features.height, most, message)) {
        return ci_fail(image, "%s", message);
    }
    if (!ci_plausible(features.width, features.height, size)) {
        return ci_fail(image, "promises %d x %d pixels, more than its %zu bytes can hold", features.width,
            features.height, size);
    }
    int channels = mode == CI_RGB_ALPHA || (mode != CI_RGB && features.has_alpha) ? 4 : 3;
    size_t stride = (size_t)features.width * channels, total = stride * features.height;
    if (!ci_reserve(image, total, total)) return ci_fail(image, "no memory");
    uint8_t *end = channels == 4 ? WebPDecodeRGBAInto(data, size, image->bytes, total, (int)stride)
                                 : WebPDecodeRGBInto(data, size, image->bytes, total, (int)stride);
    if (!end) return ci_fail(image, "WebPDecodeRGB[A] failed.");
    image->width = features.width;
    image->height = features.height;
    image->channels = channels;
    image->sample_size = 1;
    image->count = total;
    return 0;
}
