// Decodes GIF files, of one picture or several.
#include "buffer.h"

/// The most codes, of 12 bits.
#define CODES 4096

typedef struct {
    const uint8_t *data;
    size_t size, place;
} reader;

/// Returns the next byte, or -1 at the end.
static int next_byte(reader *r) { return r->place < r->size ? r->data[r->place++] : -1; }

/// Returns the next 16 bits, or -1 at the end.
static int next_pair(reader *r) {
    int low = next_byte(r), high = next_byte(r);
    return high < 0 ? -1 : low | high << 8;
}

/// Reads a table of 2 to 256 colors; the others are black. Returns 0 if the file ends.
static int read_colors(reader *r, int flags, uint8_t colors[256][3]) {
    size_t count = (size_t)2 << (flags & 7);
    memset(colors, 0, 256 * 3);
    if (r->size - r->place < 3 * count) return 0;
    memcpy(colors, r->data + r->place, 3 * count);
    r->place += 3 * count;
    return 1;
}

/// Skips blocks up to an empty one. Returns 0 if the file ends.
static int skip_blocks(reader *r) {
    for (;;) {
        int length = next_byte(r);
        if (length == 0) return 1;
        if (length < 0 || (size_t)length > r->size - r->place) return 0;
        r->place += length;
    }
}

/// The bits of a picture, in blocks of at most 255 bytes.
typedef struct {
    reader *reader;
    int left, count;
    uint32_t bits;
} bit_reader;

/// Returns the next code of `width` bits, or -1 at the end of the blocks or of the file.
static int next_code(bit_reader *b, int width) {
    while (b->count < width) {
        if (b->left == 0) {
            int length = next_byte(b->reader);
            if (length <= 0) return -1;
            b->left = length;
        }
        int byte = next_byte(b->reader);
        if (byte < 0) return -1;
        b->left--;
        b->bits |= (uint32_t)byte << b->count;
        b->count += 8;
    }
    int code = b->bits & ((1u << width) - 1);
    b->bits >>= width;
    b->count -= width;
    return code;
}

/// Where a picture is drawn.
typedef struct {
    uint8_t *canvas;
    int canvas_width, canvas_height, left, top, width, height, is_interlaced;
    const uint8_t (*colors)[3];
    /// An index, or -1.
    int transparent;
    /// The next pixel. Interlaced rows come in four passes.
    int x, y, pass;
} drawing;

static void draw(drawing *d, int index) {
    int x = d->left + d->x, y = d->top + d->y;
    if (index != d->transparent && x < d->canvas_width && y < d->canvas_height) {
        memcpy(d->canvas + ((size_t)y * d->canvas_width + x) * 3, d->colors[index], 3);
    }
    if (++d->x < d->width) return;
    d->x = 0;
    if (!d->is_interlaced) {
        d->y++;
        return;
    }
    static const int starts[4] = {0, 4, 2, 1}, steps[4] = {8, 8, 4, 2};
    d->y += steps[d->pass];
    while (d->y >= d->height && d->pass < 3) d->y = starts[++d->pass];
}

/// Reads the pixels of a picture: strings of indices, each an earlier string with one more index. Returns nonzero
/// unless all pixels are there.
static int read_pixels(reader *r, drawing *d) {
    int size = next_byte(r);
    if (size < 1 || size > 8) return 1;
    uint16_t prefix[CODES];
    uint8_t last[CODES], string[CODES];
    const int clear = 1 << size, end = clear + 1;
    bit_reader bits = {r, 0, 0, 0};
    int width = size + 1, next = end + 1, previous = -1, first = 0;
    uint64_t missing = (uint64_t)d->width * d->height;
    while (missing > 0) {
        int code = next_code(&bits, width);
        if (code < 0 || code == end) return 1;
        if (code == clear) {
            width = size + 1;
            next = end + 1;
            previous = -1;
            continue;
        }
        // A code that is not known yet is the previous string with its own first index.
        if (code > next || (code == next && previous < 0) || (code >= clear && previous < 0)) return 1;
        int length = 0, part = code;
        if (code == next) {
            string[length++] = (uint8_t)first;
            part = previous;
        }
        // Prefixes are smaller than their codes, so this ends. A string has at most as many indices as there are codes.
        for (; part > end; part = prefix[part]) string[length++] = last[part];
        first = part;
        string[length++] = (uint8_t)part;
        while (length > 0 && missing > 0) {
            draw(d, string[--length]);
            missing--;
        }
        if (previous >= 0 && next < CODES) {
            prefix[next] = (uint16_t)previous;
            last[next] = (uint8_t)first;
            if (++next == 1 << width && width < 12) width++;
        }
        previous = code;
    }
    // What is left of the blocks.
    if ((size_t)bits.left > r->size - r->place) return 1;
    r->place += bits.left;
    return !skip_blocks(r);
}

static int incomplete(ci_image *image) { return ci_fail(image, "Image is incomplete or truncated"); }

int ci_decode_gif(const uint8_t *data, size_t size, uint64_t most, ci_image *image) {
    memset(image, 0, sizeof *image);
    reader r = {data, size, 6};
    if (size < 6 || memcmp(data, "GIF8", 4)) return ci_fail(image, "Content is not gif!");
    int width = next_pair(&r), height = next_pair(&r), flags = next_byte(&r), background = next_byte(&r);
    if (next_byte(&r) < 0) return incomplete(image);
    uint8_t shared[256][3], own[256][3], back[3] = {0};
    int has_shared = flags & 0x80;
    if (has_shared) {
        if (!read_colors(&r, flags, shared)) return incomplete(image);
        memcpy(back, shared[background], 3);
    }
    // What applies to the next picture: whether it begins with the background, and its transparent index.
    int is_fresh = 0, transparent = -1, has_control = 0;
    for (;;) {
        int kind = next_byte(&r);
        if (kind == ';') break;
        if (kind == '!') {
            int label = next_byte(&r);
            // The first control before a picture counts.
            if (label == 0xf9 && !has_control && r.size - r.place >= 5) {
                has_control = 1;
                const uint8_t *control = data + r.place;
                if (control[0] == 4) {
                    is_fresh = (control[1] >> 2 & 7) == 2;
                    transparent = control[1] & 1 ? control[4] : -1;
                }
            }
            if (label < 0 || !skip_blocks(&r)) return incomplete(image);
            continue;
        }
        if (kind < 0) return incomplete(image);
        if (kind != ',') return ci_fail(image, "a block of an unknown kind, %d", kind);
        drawing d = {.colors = NULL};
        d.left = next_pair(&r);
        d.top = next_pair(&r);
        d.width = next_pair(&r);
        d.height = next_pair(&r);
        flags = next_byte(&r);
        if (flags < 0) return incomplete(image);
        if (d.width == 0 || d.height == 0) return ci_fail(image, "no pixels");
        if (flags & 0x80 && !read_colors(&r, flags, own)) return incomplete(image);
        if (!(flags & 0x80) && !has_shared) return ci_fail(image, "Global and local color maps are missing.");
        if (image->frames == 0) {
            image->width = width > d.width ? width : d.width;
            image->height = height > d.height ? height : d.height;
        }
        size_t canvas = (size_t)image->width * image->height, whole = canvas * 3;
        // Pixels of the file and of the result are compared with the bytes that are read so far.
        uint64_t pixels = (uint64_t)canvas * (image->frames + 1), own_pixels = (uint64_t)d.width * d.height;
        char message[160];
        if (ci_exceeds(image, pixels > own_pixels ? pixels : own_pixels, most, message)) {
            return ci_fail(image, "%s", message);
        }
        if (!ci_plausible_pixels(pixels > own_pixels ? pixels : own_pixels, size)) {
            return ci_fail(image, "promises %u x %u pixels in %u pictures, more than its %zu bytes can hold",
                image->width, image->height, image->frames + 1, size);
        }
        if (!ci_reserve(image, image->count + whole, SIZE_MAX)) return ci_fail(image, "no memory");
        d.canvas = image->bytes + image->count;
        if (image->frames == 0 || is_fresh) {
            for (size_t i = 0; i < canvas; i++) memcpy(d.canvas + i * 3, back, 3);
        } else {
            memcpy(d.canvas, d.canvas - whole, whole);
        }
        d.canvas_width = (int)image->width;
        d.canvas_height = (int)image->height;
        d.is_interlaced = flags & 0x40;
        d.colors = flags & 0x80 ? own : shared;
        d.transparent = transparent;
        if (read_pixels(&r, &d)) return incomplete(image);
        image->count += whole;
        image->frames++;
        is_fresh = has_control = 0;
        transparent = -1;
    }
    if (image->frames == 0) return ci_fail(image, "no picture");
    image->channels = 3;
    image->sample_size = 1;
    return 0;
}
