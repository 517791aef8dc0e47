// Copies and casts.
#include "include/st_pointwise.h"

#include <string.h>

#include "blocks.h"
#include "include/st_parallel.h"

enum { grain = 65536 };

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

static bool is_contiguous(int ndim, const int64_t *sizes, const int64_t *strides) {
  int64_t expected = 1;
  for (int d = ndim - 1; d >= 0; d--) {
    if (sizes[d] != 1 && strides[d] != expected) return false;
    expected *= sizes[d];
  }
  return true;
}

void st_copy(int ndim, const int64_t *sizes, const st_operand *out, const st_operand *in) {
  int64_t count = 1;
  for (int d = 0; d < ndim; d++) count *= sizes[d];
  if (count == 0) return;
  if (is_contiguous(ndim, sizes, out->strides) && is_contiguous(ndim, sizes, in->strides)) {
    st_converter converter = out->dtype == in->dtype ? NULL : st_chosen_kernels()->converter[out->dtype][in->dtype];
    straight c = {out->data, in->data, st_size(out->dtype), st_size(in->dtype), converter};
    st_parallel_for(count, grain, copy_piece, &c);
    return;
  }
  st_run_blocks(NULL, in->dtype, in->dtype, grain, ndim, sizes, out, 1, in);
}
