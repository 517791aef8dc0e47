#include "buffer.h"
#include <setjmp.h>
#include <jpeglib.h>
#include <jerror.h>

typedef struct {
    struct jpeg_error_mgr base;
    jmp_buf place;
    char message[JMSG_LENGTH_MAX];
} errors;

static void leave(j_common_ptr info) {
    errors *e = (errors *)info->err;
    e->base.format_message(info, e->message);
    longjmp(e->place, 1);
}

static void leave_with(j_common_ptr info, const char *message) {
    errors *e = (errors *)info->err;
    snprintf(e->message, sizeof e->message, "%s", message);
    longjmp(e->place, 1);
}

static void ignore(j_common_ptr info, int level) { (void)info, (void)level; }
static void nothing(j_decompress_ptr info) { (void)info; }

static struct jpeg_error_mgr *prepare(errors *e) {
    jpeg_std_error(&e->base);
    e->base.error_exit = leave;
    e->base.emit_message = ignore;
    e->message[0] = 0;
    return &e->base;
}

static boolean refill(j_decompress_ptr info) {
    leave_with((j_common_ptr)info, "Image is incomplete or truncated");
    return FALSE;
}

static void skip(j_decompress_ptr info, long count) {
    if (count <= 0) return;
    if ((size_t)count > info->src->bytes_in_buffer) refill(info);
    info->src->next_input_byte += count;
    info->src->bytes_in_buffer -= count;
}

/// A hostile file repeats scans, each of which costs the time of the whole image.
static void count_scans(j_common_ptr info) {
    if (((j_decompress_ptr)info)->input_scan_number > 500) leave_with(info, "more than 500 scans");
}

static inline uint8_t without_black(int black, int ink) {
    int product = black * ink + 128;
    int value = black - (((product >> 8) + product) >> 8);
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

/// Converts a row of CMYK, which Adobe's programs store inverted, to `channels` (1 or 3).
static void convert_cmyk(const uint8_t *row, uint8_t *target, uint32_t width, int channels) {
    for (uint32_t x = 0; x < width; x++, row += 4, target += channels) {
        int black = row[3];
        uint8_t r = without_black(black, 255 - row[0]), g = without_black(black, 255 - row[1]),
                b = without_black(black, 255 - row[2]);
        if (channels == 3) {
            target[0] = r, target[1] = g, target[2] = b;
        } else {
            target[0] = (r * 19595 + g * 38470 + b * 7471 + 0x8000) >> 16;
        }
    }
}

int ci_decode_jpeg(const uint8_t *data, size_t size, int mode, uint64_t most, ci_image *image) {
    memset(image, 0, sizeof *image);
    struct jpeg_decompress_struct info;
    errors e;
    struct jpeg_progress_mgr progress = {.progress_monitor = count_scans};
    memset(&info, 0, sizeof info);
    info.err = prepare(&e);
    if (setjmp(e.place)) {
        jpeg_destroy_decompress(&info);
        return ci_fail(image, "%s", e.message);
    }
    jpeg_create_decompress(&info);
    struct jpeg_source_mgr source = {
        .next_input_byte = data, .bytes_in_buffer = size, .init_source = nothing, .fill_input_buffer = refill,
        .skip_input_data = skip, .resync_to_restart = jpeg_resync_to_restart, .term_source = nothing};
    info.src = &source;
    info.progress = &progress;
    jpeg_read_header(&info, TRUE);

    int isCMYK = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    int channels = info.num_components;
    switch (mode) {
    case CI_UNCHANGED: break;
    case CI_GRAY:
        channels = 1;
        info.out_color_space = isCMYK ? JCS_CMYK : JCS_GRAYSCALE;
        break;
    case CI_RGB:
        channels = 3;
        info.out_color_space = isCMYK ? JCS_CMYK : JCS_RGB;
        break;
    default: leave_with((j_common_ptr)&info, "The provided mode is not supported for JPEG files");
    }
    uint64_t pixels = (uint64_t)info.image_width * info.image_height;
    char message[160];
    if (ci_exceeds(image, pixels, most, message)) leave_with((j_common_ptr)&info, message);
    // A block of 64 pixels takes at least a bit in Huffman codes.
    if (info.arith_code ? !ci_plausible(info.image_width, info.image_height, size) : pixels / 512 > size) {
        snprintf(message, sizeof message, "promises %u x %u pixels, more than its %zu bytes can hold",
            info.image_width, info.image_height, size);
        leave_with((j_common_ptr)&info, message);
    }
    jpeg_start_decompress(&info);

    int isConverted = isCMYK && mode != CI_UNCHANGED;
    if (!isConverted) channels = info.output_components;
    image->width = info.output_width;
    image->height = info.output_height;
    image->channels = channels;
    image->sample_size = 1;
    size_t stride = (size_t)info.output_width * channels, total = stride * info.output_height;
    JSAMPARRAY line = isConverted ? info.mem->alloc_sarray((j_common_ptr)&info, JPOOL_IMAGE, info.output_width * 4, 1)
                                  : NULL;
    if (!ci_reserve(image, ci_first(total, size), total)) leave_with((j_common_ptr)&info, "no memory");
    while (info.output_scanline < info.output_height) {
        // Several rows a call: libjpeg makes them in groups.
        size_t y = info.output_scanline, end = y + (isConverted ? 1 : 4);
        if (end > info.output_height) end = info.output_height;
        if (!ci_reserve(image, end * stride, total)) leave_with((j_common_ptr)&info, "no memory");
        if (isConverted) {
            jpeg_read_scanlines(&info, line, 1);
            convert_cmyk(line[0], image->bytes + y * stride, info.output_width, channels);
        } else {
            JSAMPROW rows[4];
            for (size_t k = y; k < end; k++) rows[k - y] = image->bytes + k * stride;
            jpeg_read_scanlines(&info, rows, (JDIMENSION)(end - y));
        }
    }
    image->count = total;
    jpeg_finish_decompress(&info);
    jpeg_destroy_decompress(&info);
    return 0;
}

int ci_encode_jpeg(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, int quality, ci_image *file) {
    memset(file, 0, sizeof *file);
    struct jpeg_compress_struct info;
    errors e;
    memset(&info, 0, sizeof info);
    info.err = prepare(&e);
    // libjpeg writes these two behind setjmp, so they are not in registers.
    unsigned char *volatile bytes = NULL;
    volatile unsigned long count = 0;
    if (setjmp(e.place)) {
        jpeg_destroy_compress(&info);
        free(bytes);
        return ci_fail(file, "%s", e.message);
    }
    jpeg_create_compress(&info);
    jpeg_mem_dest(&info, (unsigned char **)&bytes, (unsigned long *)&count);
    info.image_width = width;
    info.image_height = height;
    info.input_components = channels;
    info.in_color_space = channels == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < height) {
        JSAMPROW row = (JSAMPROW)(pixels + (size_t)info.next_scanline * width * channels);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    jpeg_destroy_compress(&info);
    file->bytes = bytes;
    file->count = file->capacity = count;
    return 0;
}
