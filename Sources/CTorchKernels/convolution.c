// Chooses the method of a convolution, and computes by columns: images become matrices whose products with the weight
// are the results. Pieces are cut by size.
#include "convolution_internal.h"
#include "st_memory.h"

typedef void gather(const st_convolution_plan *p, const void *image, int64_t c0, int64_t c1, int64_t r0, int64_t r1,
                    void *columns);
typedef void scatter(const st_convolution_plan *p, void *image, int64_t count, int64_t r0, int64_t r1,
                     const void *columns);
typedef void load(const void *from, void *to, int64_t count);
typedef void add(void *to, const void *from, int64_t count);
typedef void store(const void *from, int64_t from_row, void *to, int64_t to_row, int64_t rows, int64_t count,
                   const void *bias);

/// The copies of one dtype. Half types are computed in float32.
typedef struct {
  int64_t size, compute_size;
  gather *gather;
  scatter *scatter;
  load *load;
  add *add;
  store *store;
} column_kernels;

#define S uint8_t
#define T uint8_t
#define NAME(f) f##_u8
#define LOAD(x) (x)
#define ROUND(x) ((uint8_t)(x))
#include "convolution_columns.inc"
#define S uint16_t
#define T uint16_t
#define NAME(f) f##_u16
#define LOAD(x) (x)
#define ROUND(x) ((uint16_t)(x))
#include "convolution_columns.inc"
#define S uint32_t
#define T uint32_t
#define NAME(f) f##_u32
#define LOAD(x) (x)
#define ROUND(x) (x)
#include "convolution_columns.inc"
#define S uint64_t
#define T uint64_t
#define NAME(f) f##_u64
#define LOAD(x) (x)
#define ROUND(x) (x)
#include "convolution_columns.inc"
#define S uint16_t
#define T float
// PyTorch sums float16 images in float16.
#define SUM(x) mm_from_f16(mm_to_f16(x))
#define NAME(f) f##_f16
#define LOAD mm_from_f16
#define ROUND mm_to_f16
#include "convolution_columns.inc"
#define S uint16_t
#define T float
#define NAME(f) f##_bf16
#define LOAD mm_from_bf16
#define ROUND mm_to_bf16
#include "convolution_columns.inc"
#define S float
#define T float
#define NAME(f) f##_f32
#define LOAD(x) (x)
#define ROUND(x) (x)
#include "convolution_columns.inc"
#define S double
#define T double
#define NAME(f) f##_f64
#define LOAD(x) (x)
#define ROUND(x) (x)
#include "convolution_columns.inc"

static const column_kernels *kernels_for(st_dtype dtype) {
  switch (dtype) {
  case ST_U8:
  case ST_I8: return &kernels_u8;
  case ST_I16: return &kernels_u16;
  case ST_I32: return &kernels_u32;
  case ST_I64: return &kernels_u64;
  case ST_F16: return &kernels_f16;
  case ST_BF16: return &kernels_bf16;
  case ST_F32: return &kernels_f32;
  case ST_F64: return &kernels_f64;
  default: return NULL;
  }
}

/// Bytes of the columns that a piece makes at a time, and of partial sums of a weight's gradient.
enum { COLUMN_BYTES = 1 << 20, PARTIAL_BYTES = 64 << 20 };
/// The most parts in which images are summed into a weight's gradient, and elements of a piece that adds parts.
enum { MOST_PARTS = 16, PIECE_ELEMENTS = 1 << 14 };

typedef struct {
  const convolution *c;
  const column_kernels *f;
  st_dtype compute;
  int64_t in_channels, out_channels;  // of a group
  int64_t outputs, inputs;            // positions of an image
  int64_t rows, row_width, k;         // output rows of an image, their width; rows of a group's columns
  int64_t step;                       // output rows whose columns are made at a time
  bool direct;                        // the image itself is the columns
  const char *weight;                 // [out channels, k] of all groups, in the computing type
  int64_t parts, images_each;         // of a weight's gradient
  char *sums;                         // [parts, out channels, k]
} work;

// Returns a thread's scratch memory, or records that there is none.
static void *scratch_of(const work *w, int slot, int64_t bytes) {
  void *memory = mm_scratch(slot, (size_t)cv_max(bytes, 1));
  if (!memory) st_note_missing(w->c->missing, (size_t)bytes);
  return memory;
}

static void multiply(const work *w, int64_t m, int64_t n, int64_t k, st_matrix a, st_matrix b, void *out, int64_t ldc) {
  st_matrix c = {out, 0, ldc, 1};
  int64_t missing = st_matmul(w->compute, w->compute, 1, m, n, k, &a, &b, NULL, &c);
  if (missing) st_note_missing(w->c->missing, (size_t)missing);
}

static void forward(void *context, int64_t begin, int64_t end) {
  const work *w = context;
  const convolution *c = w->c;
  const st_convolution_plan *p = c->plan;
  const column_kernels *f = w->f;
  bool narrow = f->size != f->compute_size;
  int64_t steps = cv_ceil_div(w->rows, w->step);
  for (int64_t i = begin; i < end; i++) {
    int64_t image = i / (p->groups * steps), group = i / steps % p->groups, r0 = i % steps * w->step;
    int64_t r1 = cv_min(w->rows, r0 + w->step), count = (r1 - r0) * w->row_width, first = group * w->out_channels;
    const char *source =
        (const char *)c->input->data + (image * p->in_channels + group * w->in_channels) * w->inputs * f->size;
    char *to = (char *)c->output->data + ((image * p->out_channels + first) * w->outputs + r0 * w->row_width) * f->size;
    st_matrix b = {(char *)source + r0 * w->row_width * f->size, 0, w->outputs, 1};
    if (!w->direct) {
      char *columns = scratch_of(w, MM_SCRATCH_COLUMNS, w->k * count * f->compute_size);
      if (!columns) return;
      f->gather(p, source, 0, w->in_channels, r0, r1, columns);
      b = (st_matrix){columns, 0, count, 1};
    }
    char *tile = to;
    if (narrow && !(tile = scratch_of(w, MM_SCRATCH_TILE, w->out_channels * count * f->compute_size))) return;
    int64_t ldc = narrow ? count : w->outputs;
    st_matrix a = {(char *)w->weight + first * w->k * f->compute_size, 0, w->k, 1};
    multiply(w, w->out_channels, count, w->k, a, b, tile, ldc);
    if (narrow || c->bias)
      f->store(tile, ldc, to, w->outputs, w->out_channels, count,
               c->bias ? (const char *)c->bias + first * f->size : NULL);
  }
}

static void backward_input(void *context, int64_t begin, int64_t end) {
  const work *w = context;
  const convolution *c = w->c;
  const st_convolution_plan *p = c->plan;
  const column_kernels *f = w->f;
  bool narrow = f->size != f->compute_size;
  for (int64_t i = begin; i < end; i++) {
    int64_t image = i / p->groups, group = i % p->groups, first = group * w->in_channels;
    char *to = (char *)c->input->data + (image * p->in_channels + first) * w->inputs * f->size, *sums = to;
    int64_t elements = w->in_channels * w->inputs;
    if (narrow && !(sums = scratch_of(w, MM_SCRATCH_TILE, elements * f->compute_size))) return;
    if (!w->direct) memset(sums, 0, (size_t)(elements * f->compute_size));
    st_matrix a = {(char *)w->weight + group * w->out_channels * w->k * f->compute_size, 0, 1, w->k};
    for (int64_t r0 = 0; r0 < w->rows; r0 += w->step) {
      int64_t r1 = cv_min(w->rows, r0 + w->step), count = (r1 - r0) * w->row_width;
      const char *gradient =
          (const char *)c->output->data +
          ((image * p->out_channels + group * w->out_channels) * w->outputs + r0 * w->row_width) * f->size;
      st_matrix b = {(char *)gradient, 0, w->outputs, 1};
      int64_t columns_bytes = w->k * count * f->compute_size, wide = w->out_channels * count * f->compute_size;
      char *columns = scratch_of(w, MM_SCRATCH_COLUMNS, (w->direct ? 0 : columns_bytes) + (narrow ? wide : 0));
      if (!columns) return;
      if (narrow) {
        char *converted = columns + (w->direct ? 0 : columns_bytes);
        for (int64_t o = 0; o < w->out_channels; o++)
          f->load(gradient + o * w->outputs * f->size, converted + o * count * f->compute_size, count);
        b = (st_matrix){converted, 0, count, 1};
      }
      if (w->direct) {
        multiply(w, w->k, count, w->out_channels, a, b, sums + r0 * w->row_width * f->compute_size, w->inputs);
      } else {
        multiply(w, w->k, count, w->out_channels, a, b, columns, count);
        f->scatter(p, sums, w->in_channels, r0, r1, columns);
      }
    }
    if (narrow || c->bias)
      f->store(sums, w->inputs, to, w->inputs, w->in_channels, w->inputs,
               c->bias ? (const char *)c->bias + first * f->size : NULL);
  }
}

static void backward_weight(void *context, int64_t begin, int64_t end) {
  const work *w = context;
  const convolution *c = w->c;
  const st_convolution_plan *p = c->plan;
  const column_kernels *f = w->f;
  bool narrow = f->size != f->compute_size;
  for (int64_t i = begin; i < end; i++) {
    int64_t part = i / p->groups, group = i % p->groups, elements = w->out_channels * w->k;
    char *sums = w->sums + (part * p->groups + group) * elements * f->compute_size;
    char *tile = scratch_of(w, MM_SCRATCH_TILE, elements * f->compute_size);
    if (!tile) return;
    bool started = false;
    int64_t last = cv_min(p->batch, (part + 1) * w->images_each);
    for (int64_t image = part * w->images_each; image < last; image++) {
      const char *source =
          (const char *)c->input->data + (image * p->in_channels + group * w->in_channels) * w->inputs * f->size;
      for (int64_t r0 = 0; r0 < w->rows; r0 += w->step) {
        int64_t r1 = cv_min(w->rows, r0 + w->step), count = (r1 - r0) * w->row_width;
        const char *gradient =
            (const char *)c->output->data +
            ((image * p->out_channels + group * w->out_channels) * w->outputs + r0 * w->row_width) * f->size;
        st_matrix a = {(char *)gradient, 0, w->outputs, 1};
        st_matrix b = {(char *)source + r0 * w->row_width * f->size, 0, 1, w->outputs};
        int64_t columns_bytes = w->k * count * f->compute_size, wide = w->out_channels * count * f->compute_size;
        char *columns = scratch_of(w, MM_SCRATCH_COLUMNS, (w->direct ? 0 : columns_bytes) + (narrow ? wide : 0));
        if (!columns) return;
        if (!w->direct) {
          f->gather(p, source, 0, w->in_channels, r0, r1, columns);
          b = (st_matrix){columns, 0, 1, count};
        }
        if (narrow) {
          char *converted = columns + (w->direct ? 0 : columns_bytes);
          for (int64_t o = 0; o < w->out_channels; o++)
            f->load(gradient + o * w->outputs * f->size, converted + o * count * f->compute_size, count);
          a = (st_matrix){converted, 0, count, 1};
        }
        multiply(w, w->out_channels, w->k, count, a, b, started ? tile : sums, w->k);
        if (started) f->add(sums, tile, elements);
        started = true;
      }
    }
  }
}

// Adds the parts of the weight's gradient in their order, and rounds.
static void add_parts(void *context, int64_t begin, int64_t end) {
  const work *w = context;
  const column_kernels *f = w->f;
  int64_t elements = w->c->plan->out_channels * w->k;
  char *sums = w->sums + begin * f->compute_size;
  for (int64_t part = 1; part < w->parts; part++) f->add(sums, sums + part * elements * f->compute_size, end - begin);
  if (w->sums != w->c->weight->data)
    f->store(sums, 0, (char *)w->c->weight->data + begin * f->size, 0, 1, end - begin, NULL);
}

/// Whether each output is made of the input at the same position alone. Then the steps between them are 1.
static bool is_pointwise(const st_convolution_plan *p) {
  for (int d = 0; d < 3; d++)
    if (p->kernel[d] != 1 || p->padding[d] != 0 || p->in[d] != p->out[d]) return false;
  return true;
}

static void by_columns(const convolution *c) {
  const st_convolution_plan *p = c->plan;
  const column_kernels *f = kernels_for(c->dtype);
  bool narrow = f->size != f->compute_size;
  work w = {.c = c, .f = f, .compute = narrow ? ST_F32 : c->dtype};
  w.in_channels = p->in_channels / p->groups;
  w.out_channels = p->out_channels / p->groups;
  w.outputs = cv_volume(p->out);
  w.inputs = cv_volume(p->in);
  w.k = w.in_channels * cv_volume(p->kernel);
  w.rows = p->out[0] * p->out[1];
  w.row_width = p->out[2];
  w.direct = !narrow && is_pointwise(p);
  if (w.direct) {
    // Rows need not be kept apart.
    w.rows = w.outputs;
    w.row_width = 1;
  }
  w.step = cv_min(w.rows, cv_max(1, COLUMN_BYTES / (cv_max(w.k, 1) * w.row_width * f->compute_size)));
  if (w.direct) w.step = w.rows;
  size_t capacity = 0;
  void *scratch = NULL;
  int64_t elements = p->out_channels * w.k;
  if (c->pass == ST_CONVOLUTION_BACKWARD_WEIGHT) {
    w.parts = cv_min(cv_min(p->batch, MOST_PARTS), cv_max(1, PARTIAL_BYTES / (elements * f->compute_size)));
    w.images_each = cv_ceil_div(p->batch, w.parts);
    w.parts = cv_ceil_div(p->batch, w.images_each);
    w.sums = c->weight->data;
    if (narrow || w.parts > 1) {
      size_t bytes = (size_t)(w.parts * elements * f->compute_size);
      w.sums = scratch = st_scratch(bytes, &capacity);
      if (!scratch) {
        st_note_missing(c->missing, bytes);
        return;
      }
    }
    st_parallel_for(w.parts * p->groups, 1, backward_weight, &w);
    if (scratch) st_parallel_for(elements, PIECE_ELEMENTS, add_parts, &w);
  } else {
    w.weight = c->weight->data;
    if (narrow) {
      size_t bytes = (size_t)(elements * f->compute_size);
      scratch = st_scratch(bytes, &capacity);
      if (!scratch) {
        st_note_missing(c->missing, bytes);
        return;
      }
      f->load(c->weight->data, scratch, elements);
      w.weight = scratch;
    }
    int64_t pieces = p->batch * p->groups;
    if (c->pass == ST_CONVOLUTION_FORWARD) st_parallel_for(pieces * cv_ceil_div(w.rows, w.step), 1, forward, &w);
    else st_parallel_for(pieces, 1, backward_input, &w);
  }
  if (scratch) st_deallocate(scratch, capacity);
}

/// Whether the images themselves are the columns of a product that oneDNN's matmul computes well.
static bool is_product(const st_convolution_plan *p) {
  return is_pointwise(p) && p->groups == 1 && cv_volume(p->out) >= 64;
}

bool st_convolution_takes_strides(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *plan) {
  return cv_onednn_takes(pass, dtype, plan);
}

static void row_major(st_convolution_operand *o, int64_t outer, int64_t channels, const int64_t sizes[3]) {
  o->strides[4] = 1;
  o->strides[3] = sizes[2];
  o->strides[2] = sizes[1] * sizes[2];
  o->strides[1] = cv_volume(sizes);
  o->strides[0] = o->strides[1] * channels;
  (void)outer;
}

static bool same_strides(const st_convolution_operand *a, const st_convolution_operand *b, const int64_t sizes[5]) {
  for (int d = 0; d < 5; d++)
    if (sizes[d] != 1 && a->strides[d] != b->strides[d]) return false;
  return true;
}

// Whether all operands are row-major.
static bool are_row_major(const convolution *c) {
  const st_convolution_plan *p = c->plan;
  st_convolution_operand in = *c->input, weight = *c->weight, out = *c->output;
  row_major(&in, p->batch, p->in_channels, p->in);
  row_major(&weight, p->out_channels, p->in_channels / p->groups, p->kernel);
  row_major(&out, p->batch, p->out_channels, p->out);
  return same_strides(&in, c->input, (int64_t[]){p->batch, p->in_channels, p->in[0], p->in[1], p->in[2]}) &&
         same_strides(
             &weight, c->weight,
             (int64_t[]){p->out_channels, p->in_channels / p->groups, p->kernel[0], p->kernel[1], p->kernel[2]}) &&
         same_strides(&out, c->output, (int64_t[]){p->batch, p->out_channels, p->out[0], p->out[1], p->out[2]});
}

int64_t st_convolution(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *plan,
                       const st_convolution_operand *input, const st_convolution_operand *weight,
                       const st_convolution_operand *output, const void *bias, const void *packed) {
  _Atomic int64_t missing = 0;
  convolution c = {pass, dtype, plan, input, weight, output, bias, packed, &missing};
  bool plain = are_row_major(&c);
  if (plain && cv_is_depthwise(dtype, plan)) cv_depthwise(&c);
  else if (plain && is_product(plan) && dtype == ST_F32) by_columns(&c);
  else if (!cv_onednn(&c)) {
    if (!plain) return -2;
    by_columns(&c);
  }
  return st_missing(&missing);
}

int64_t st_convolution_packed_bytes(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *plan,
                                    const st_convolution_operand *input, const st_convolution_operand *weight,
                                    const st_convolution_operand *output, bool bias) {
  convolution c = {pass, dtype, plan, input, weight, output, bias ? input->data : NULL, NULL, NULL};
  if (pass == ST_CONVOLUTION_BACKWARD_WEIGHT || !cv_onednn_takes(pass, dtype, plan)) return 0;
  if (are_row_major(&c) && (cv_is_depthwise(dtype, plan) || (is_product(plan) && dtype == ST_F32))) return 0;
  return cv_onednn_packed_bytes(&c);
}

bool st_convolution_pack(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *plan,
                         const st_convolution_operand *input, const st_convolution_operand *weight,
                         const st_convolution_operand *output, bool bias, void *packed) {
  convolution c = {pass, dtype, plan, input, weight, output, bias ? input->data : NULL, NULL, NULL};
  return cv_onednn_pack(&c, packed);
}
