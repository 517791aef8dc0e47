// Copies and casts.
#include "include/st_pointwise.h"

#include <string.h>

#include "blocks.h"
#include "include/st_parallel.h"
#include "strided.h"

enum {
  grain = 65536,
  least_row = 64,  // rows with fewer bytes are not copied row by row
};

typedef struct {
  char *out;
  const char *in;
  size_t out_size, in_size;
  st_converter converter;
} straight;

static void copy_piece(void *context, int64_t begin, int64_t end) {
  const straight *c = context;
  char *to = c->out + (size_t)begin * c->out_size;
  const char *from = c->in + (size_t)begin * c->in_size;
  if (c->converter) {
    c->converter(end - begin, to, from);
  } else {
    memmove(to, from, (size_t)(end - begin) * c->in_size);
  }
}

typedef struct {
  char *out;
  const char *in;
  size_t size;
  int outer;  // dimensions without the last, which is the row
  int64_t width, step;
  int64_t part, parts;  // a long row is cut into parts
  const int64_t *sizes, *out_strides, *in_strides;
} rows;

static void copy_rows(void *context, int64_t begin, int64_t end) {
  const rows *c = context;
  int64_t index[ST_MAX_DIMS], part = begin % c->parts, rest = begin / c->parts, to = 0, from = 0;
  for (int d = c->outer - 1; d >= 0; d--) {
    index[d] = rest % c->sizes[d];
    rest /= c->sizes[d];
    to += index[d] * c->out_strides[d];
    from += index[d] * c->in_strides[d];
  }
  for (int64_t k = begin; k < end; k++) {
    int64_t first = part * c->part, count = c->width - first < c->part ? c->width - first : c->part;
    st_load_strided(c->size, c->out + (to + first) * (int64_t)c->size,
                    c->in + (from + first * c->step) * (int64_t)c->size, 1, count, 0, c->step);
    if (++part < c->parts) continue;
    part = 0;
    for (int d = c->outer - 1; d >= 0; d--) {
      bool wraps = ++index[d] == c->sizes[d];
      to += c->out_strides[d] * (wraps ? 1 - c->sizes[d] : 1);
      from += c->in_strides[d] * (wraps ? 1 - c->sizes[d] : 1);
      if (!wraps) break;
      index[d] = 0;
    }
  }
}

// Returns whether rows along the last dimension are the best order for both operands: the result's rows are contiguous,
// and no other dimension of the source has a smaller stride.
static bool goes_by_rows(int ndim, const int64_t *sizes, const st_operand *out, const st_operand *in) {
  if (out->dtype != in->dtype || out->strides[ndim - 1] != 1) return false;
  if (sizes[ndim - 1] * (int64_t)st_size(out->dtype) < least_row) return false;
  int64_t step = in->strides[ndim - 1];
  step = step < 0 ? -step : step;
  for (int d = 0; d < ndim - 1; d++) {
    int64_t other = in->strides[d] < 0 ? -in->strides[d] : in->strides[d];
    if (other != 0 && other < step) return false;
  }
  return true;
}

void st_copy(int ndim, const int64_t *sizes, const st_operand *out, const st_operand *in) {
  int64_t count = 1;
  for (int d = 0; d < ndim; d++) count *= sizes[d];
  if (count == 0) return;
  if (ndim == 0 || (ndim == 1 && out->strides[0] == 1 && in->strides[0] == 1)) {
    st_converter converter = out->dtype == in->dtype ? NULL : st_chosen_kernels()->converter[out->dtype][in->dtype];
    straight c = {out->data, in->data, st_size(out->dtype), st_size(in->dtype), converter};
    st_parallel_evenly(count, grain, copy_piece, &c);
    return;
  }
  if (goes_by_rows(ndim, sizes, out, in)) {
    int64_t width = sizes[ndim - 1], part = width < grain ? width : grain, parts = (width + part - 1) / part,
            to[ST_MAX_DIMS], from[ST_MAX_DIMS];
    rows c = {out->data, in->data, st_size(out->dtype), ndim - 1, width, in->strides[ndim - 1], part, parts, sizes,
              to,        from};
    // Walks the source forwards, because the processor prefetches in that direction.
    for (int d = 0; d < c.outer; d++) {
      bool backwards = in->strides[d] < 0;
      to[d] = backwards ? -out->strides[d] : out->strides[d];
      from[d] = backwards ? -in->strides[d] : in->strides[d];
      if (!backwards) continue;
      c.out += (sizes[d] - 1) * out->strides[d] * (int64_t)c.size;
      c.in += (sizes[d] - 1) * in->strides[d] * (int64_t)c.size;
    }
    st_parallel_evenly(count / width * parts, grain / part, copy_rows, &c);
    return;
  }
  st_run_blocks(NULL, in->dtype, in->dtype, grain, ndim, sizes, out, 1, in);
}
