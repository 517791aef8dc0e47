#include "buffer.h"
#include <png.h>
#include <setjmp.h>

typedef struct {
    const uint8_t *data;
    size_t left;
    ci_image *image;
} stream;

static void leave(png_structp png, png_const_charp message) {
    stream *s = png_get_error_ptr(png);
    snprintf(s->image->message, sizeof s->image->message, "%s", message);
    png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp message) { (void)png, (void)message; }

static void read_bytes(png_structp png, png_bytep target, png_size_t count) {
    stream *s = png_get_io_ptr(png);
    if (count > s->left) png_error(png, "Image is incomplete or truncated");
    memcpy(target, s->data, count);
    s->data += count;
    s->left -= count;
}

static void write_bytes(png_structp png, png_bytep source, png_size_t count) {
    ci_image *file = png_get_io_ptr(png);
    if (!ci_reserve(file, file->count + count, SIZE_MAX)) png_error(png, "no memory");
    memcpy(file->bytes + file->count, source, count);
    file->count += count;
}

static void flush(png_structp png) { (void)png; }

/// Fails with the message that `leave` or the caller left in `image`.
static int failed(ci_image *image) {
    char message[sizeof image->message];
    memcpy(message, image->message, sizeof message);
    return ci_fail(image, "%s", message);
}

/// Asks libpng for the channels of `mode`.
static void convert(png_structp png, png_infop info, int mode, int type, int depth) {
    int is_palette = type & PNG_COLOR_MASK_PALETTE, has_color = type & PNG_COLOR_MASK_COLOR;
    int has_alpha = type & PNG_COLOR_MASK_ALPHA, wants_color = mode == CI_RGB || mode == CI_RGB_ALPHA;
    int wants_alpha = mode == CI_GRAY_ALPHA || mode == CI_RGB_ALPHA;
    int wanted = (wants_color ? PNG_COLOR_MASK_COLOR : 0) | (wants_alpha ? PNG_COLOR_MASK_ALPHA : 0);
    if (type == wanted) return;
    if (is_palette) {
        png_set_palette_to_rgb(png);
        has_alpha = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
        depth = 8;
    } else if (wants_color && !has_color) {
        png_set_gray_to_rgb(png);
    }
    // torchvision adds an alpha of 1, 3 or 15 to grays of 1, 2 or 4 bits.
    if (wants_alpha && !has_alpha) png_set_add_alpha(png, (1 << depth) - 1, PNG_FILLER_AFTER);
    if (!wants_alpha && has_alpha) png_set_strip_alpha(png);
    if (!wants_color && has_color) png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, 0.2989, 0.587);
}

/// Whether the chunks before the pixels lie inside the file. libpng allocates the sizes that some of them declare.
static int chunks_fit(const uint8_t *data, size_t size) {
    size_t place = 8;
    while (size - place >= 12) {
        const uint8_t *p = data + place;
        size_t length = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        if (!memcmp(p + 4, "IDAT", 4)) return 1;
        if (length > size - place - 12) return 0;
        place += 12 + length;
    }
    return 0;
}

int ci_decode_png(const uint8_t *data, size_t size, int mode, uint64_t most, ci_image *image) {
    memset(image, 0, sizeof *image);
    stream s = {data, size, image};
    if (size < 8 || png_sig_cmp(data, 0, 8)) return ci_fail(image, "Content is not png!");
    if (!chunks_fit(data, size)) return ci_fail(image, "Image is incomplete or truncated");
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &s, leave, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_read_struct(&png, NULL, NULL);
        return ci_fail(image, "no memory");
    }
    png_bytep *volatile rows = NULL;
    if (setjmp(png_jmpbuf(png))) {
        free(rows);
        png_destroy_read_struct(&png, &info, NULL);
        return failed(image);
    }
    png_set_read_fn(png, &s, read_bytes);
    png_read_info(png, info);
    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    int type = png_get_color_type(png, info), depth = png_get_bit_depth(png, info);
    char message[160];
    if (ci_exceeds(image, (uint64_t)width * height, most, message)) png_error(png, message);
    // Deflate makes at most 1032 bytes of one.
    uint64_t raw = (uint64_t)png_get_rowbytes(png, info) * height;
    if (raw / 1032 > size) {
        snprintf(message, sizeof message, "promises %u x %u pixels, more than its %zu bytes can hold", width, height,
            size);
        png_error(png, message);
    }
    // Indices of a palette become bytes. Grays of 1, 2 and 4 bits are stretched to 0...255.
    if (type == PNG_COLOR_TYPE_PALETTE) png_set_packing(png);
    if (type == PNG_COLOR_TYPE_GRAY && depth < 8) png_set_expand_gray_1_2_4_to_8(png);
    if (depth == 16) png_set_swap(png);
    int passes = png_set_interlace_handling(png);
    if (mode != CI_UNCHANGED) convert(png, info, mode, type, depth);
    png_read_update_info(png, info);
    image->width = width;
    image->height = height;
    image->channels = png_get_channels(png, info);
    image->sample_size = png_get_bit_depth(png, info) == 16 ? 2 : 1;
    size_t stride = (size_t)width * image->channels * image->sample_size, total = stride * height;
    if (png_get_rowbytes(png, info) != stride) png_error(png, "rows of an unexpected size");
    if (passes > 1) {
        if (!ci_reserve(image, total, total)) png_error(png, "no memory");
        // Interlaced rows are read seven times, and what one pass leaves out must be defined.
        memset(image->bytes, 0, total);
        rows = malloc(height * sizeof *rows);
        if (!rows) png_error(png, "no memory");
        for (size_t y = 0; y < height; y++) rows[y] = image->bytes + y * stride;
        png_read_image(png, rows);
    } else {
        if (!ci_reserve(image, ci_first(total, size), total)) png_error(png, "no memory");
        for (size_t y = 0; y < height; y++) {
            if (!ci_reserve(image, (y + 1) * stride, total)) png_error(png, "no memory");
            png_read_row(png, image->bytes + y * stride, NULL);
        }
    }
    image->count = total;
    free(rows);
    png_destroy_read_struct(&png, &info, NULL);
    return 0;
}

int ci_encode_png(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int level, ci_image *file) {
    memset(file, 0, sizeof *file);
    stream s = {NULL, 0, file};
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &s, leave, ignore);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) {
        png_destroy_write_struct(&png, NULL);
        return ci_fail(file, "no memory");
    }
    if (setjmp(png_jmpbuf(png))) {
        png_destroy_write_struct(&png, &info);
        return failed(file);
    }
    png_set_write_fn(png, file, write_bytes, flush);
    png_set_compression_level(png, level);
    png_set_IHDR(png, info, width, height, 8, channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
        PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (size_t y = 0; y < height; y++) png_write_row(png, pixels + y * width * channels);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return 0;
}
