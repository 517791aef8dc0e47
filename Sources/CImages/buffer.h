// Memory that grows with the data, and error messages.
#ifndef CI_BUFFER_H
#define CI_BUFFER_H

#include "ci_images.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline int ci_fail(ci_image *image, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(image->message, sizeof image->message, format, arguments);
    va_end(arguments);
    free(image->bytes);
    image->bytes = NULL;
    image->count = image->capacity = 0;
    return 1;
}

/// Whether an image has more than `most` pixels. If it has, `image` and `message` say so.
static inline int ci_exceeds(ci_image *image, uint64_t pixels, uint64_t most, char message[160]) {
    if (pixels <= most) return 0;
    image->is_too_large = 1;
    snprintf(message, 160, "has %llu pixels, more than the limit of %llu", (unsigned long long)pixels,
        (unsigned long long)most);
    return 1;
}

/// Makes room for `wanted` bytes. The capacity at least doubles, up to `total`. Returns false if there is no memory.
static inline int ci_reserve(ci_image *image, size_t wanted, size_t total) {
    if (wanted <= image->capacity) return 1;
    size_t capacity = image->capacity > total / 2 ? total : image->capacity * 2;
    if (capacity < wanted) capacity = wanted;
    uint8_t *bytes = realloc(image->bytes, capacity);
    if (!bytes) return 0;
    image->bytes = bytes;
    image->capacity = capacity;
    return 1;
}

/// The bytes to begin with, for an image of `total` bytes from a file of `size`: files are rarely smaller by a factor
/// of 64.
static inline size_t ci_first(size_t total, size_t size) {
    size_t first = size > ((size_t)1 << 40) ? total : size * 64 + ((size_t)1 << 20);
    return first < total ? first : total;
}

/// Whether a file of `size` bytes may hold this many pixels, if its format can store any number of equal pixels in a
/// few bytes: 16 million, and 512 for each byte.
static inline int ci_plausible_pixels(uint64_t pixels, size_t size) {
    return pixels <= ((uint64_t)1 << 24) + 512 * (uint64_t)size;
}

static inline int ci_plausible(uint32_t width, uint32_t height, size_t size) {
    return ci_plausible_pixels((uint64_t)width * height, size);
}

#endif
