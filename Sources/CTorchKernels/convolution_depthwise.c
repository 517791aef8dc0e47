// Convolutions with one channel in and out a group. A window of rows with their border is copied to scratch memory,
// with the columns of each remainder modulo the stride apart, so that every tap of the kernel reads neighbouring
// elements.
#include "convolution_internal.h"
#include "isa.h"

#pragma STDC FP_CONTRACT ON

/// The most taps of a kernel, and bytes of a window and elements of a piece.
enum { MOST_TAPS = 128, WINDOW_BYTES = 128 << 10, PIECE_ELEMENTS = 1 << 15 };

typedef struct {
  int64_t size[2], pad[2], spread[2];       // of the source
  int64_t columns, phases, phase_row, row;  // of the window, in elements
  int64_t step;                             // window rows from one result row to the next
  int64_t width, rows;                      // of the results
  int64_t reach;                            // window rows of one result row
  int64_t taps, offsets[MOST_TAPS];
} window;

typedef struct {
  void (*fill)(const window *w, const void *plane, int64_t first, int64_t count, void *rows);
  void (*correlate)(const window *w, const void *rows, const void *weights, const void *bias, void *out, int64_t count);
  void (*accumulate)(const window *w, const void *rows, const void *gradient, int64_t count, double *sums);
} kernels;

#define T float
#define LANES 4
#define NAME(f) f##_f32_baseline
#include "convolution_depthwise.inc"
#define T double
#define LANES 2
#define NAME(f) f##_f64_baseline
#include "convolution_depthwise.inc"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function)
#define T float
#define LANES 8
#define NAME(f) f##_f32_avx2
#include "convolution_depthwise.inc"
#define T double
#define LANES 4
#define NAME(f) f##_f64_avx2
#include "convolution_depthwise.inc"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(ST_AVX512_FEATURES))), apply_to = function)
#define T float
#define LANES 16
#define NAME(f) f##_f32_avx512
#include "convolution_depthwise.inc"
#define T double
#define LANES 8
#define NAME(f) f##_f64_avx512
#include "convolution_depthwise.inc"
#pragma clang attribute pop
#endif

static const kernels *kernels_for(st_dtype dtype) {
#if defined(__x86_64__)
  if (st_isa() == ST_AVX512) return dtype == ST_F32 ? &kernels_f32_avx512 : &kernels_f64_avx512;
  if (st_isa() == ST_AVX2) return dtype == ST_F32 ? &kernels_f32_avx2 : &kernels_f64_avx2;
#endif
  return dtype == ST_F32 ? &kernels_f32_baseline : &kernels_f64_baseline;
}

/// The most elements that a vector reads after the end of a row.
enum { SLACK = 32 };

bool cv_is_depthwise(st_dtype dtype, const st_convolution_plan *p) {
  return (dtype == ST_F32 || dtype == ST_F64) && p->groups > 1 && p->groups == p->in_channels &&
         p->groups == p->out_channels && p->in[0] == 1 && p->out[0] == 1 && p->kernel[0] == 1 && p->padding[0] == 0 &&
         p->kernel[1] * p->kernel[2] <= MOST_TAPS && p->stride[2] <= 64 && p->stride[1] <= 64 &&
         p->padding[1] <= 4096 && p->padding[2] <= 4096 && p->dilation[1] * p->kernel[1] <= 4096 &&
         p->dilation[2] * p->kernel[2] <= 4096;
}

// Returns how results read the input, or, if `transposed`, how the input's gradient reads the output's.
static window window_of(const st_convolution_plan *p, bool transposed) {
  window w = {.phases = 1, .step = 1, .spread = {1, 1}, .taps = p->kernel[1] * p->kernel[2]};
  const int64_t *k = p->kernel + 1, *d = p->dilation + 1, *s = p->stride + 1;
  for (int i = 0; i < 2; i++) {
    w.size[i] = transposed ? p->out[i + 1] : p->in[i + 1];
    w.pad[i] = transposed ? (k[i] - 1) * d[i] - p->padding[i + 1] : p->padding[i + 1];
    if (transposed) w.spread[i] = s[i];
  }
  w.rows = transposed ? p->in[1] : p->out[1];
  w.width = transposed ? p->in[2] : p->out[2];
  if (!transposed) w.step = s[0], w.phases = s[1];
  w.reach = (k[0] - 1) * d[0] + 1;
  w.columns = (w.width - 1) * w.phases + (k[1] - 1) * d[1] + 1;
  w.phase_row = cv_ceil_div(w.columns, w.phases) + SLACK;
  w.row = w.phase_row * w.phases;
  for (int64_t t = 0; t < w.taps; t++) {
    // The adjoint turns the kernel round.
    int64_t u = transposed ? w.taps - 1 - t : t, y = u / k[1] * d[0], x = u % k[1] * d[1];
    w.offsets[t] = y * w.row + x % w.phases * w.phase_row + x / w.phases;
  }
  return w;
}

typedef struct {
  const convolution *c;
  const kernels *f;
  window w;
  int64_t size, band;  // bytes of an element; result rows of a window
} work;

static char *window_memory(const work *t) {
  size_t bytes = (size_t)(((t->band - 1) * t->w.step + t->w.reach) * t->w.row + SLACK) * (size_t)t->size;
  char *memory = mm_scratch(MM_SCRATCH_COLUMNS, bytes);
  if (!memory) st_note_missing(t->c->missing, bytes);
  return memory;
}

static void correlate(void *context, int64_t begin, int64_t end) {
  const work *t = context;
  const convolution *c = t->c;
  const window *w = &t->w;
  bool forward = c->pass == ST_CONVOLUTION_FORWARD;
  const char *source = forward ? c->input->data : c->output->data;
  char *out = forward ? c->output->data : c->input->data, *rows = window_memory(t);
  if (!rows) return;
  for (int64_t plane = begin; plane < end; plane++) {
    int64_t channel = plane % c->plan->groups;
    const char *weights = (const char *)c->weight->data + channel * w->taps * t->size;
    for (int64_t r = 0; r < w->rows; r += t->band) {
      int64_t count = cv_min(t->band, w->rows - r);
      t->f->fill(w, source + plane * w->size[0] * w->size[1] * t->size, r * w->step, (count - 1) * w->step + w->reach,
                 rows);
      t->f->correlate(w, rows, weights, c->bias ? (const char *)c->bias + channel * t->size : NULL,
                      out + (plane * w->rows + r) * w->width * t->size, count);
    }
  }
}

static void accumulate(void *context, int64_t begin, int64_t end) {
  const work *t = context;
  const convolution *c = t->c;
  const window *w = &t->w;
  char *rows = window_memory(t);
  if (!rows) return;
  for (int64_t channel = begin; channel < end; channel++) {
    double sums[MOST_TAPS] = {0};
    for (int64_t n = 0; n < c->plan->batch; n++) {
      int64_t plane = n * c->plan->groups + channel;
      for (int64_t r = 0; r < w->rows; r += t->band) {
        int64_t count = cv_min(t->band, w->rows - r);
        t->f->fill(w, (const char *)c->input->data + plane * w->size[0] * w->size[1] * t->size, r * w->step,
                   (count - 1) * w->step + w->reach, rows);
        t->f->accumulate(w, rows, (const char *)c->output->data + (plane * w->rows + r) * w->width * t->size, count,
                         sums);
      }
    }
    for (int64_t i = 0; i < w->taps; i++) {
      if (c->dtype == ST_F32) ((float *)c->weight->data)[channel * w->taps + i] = (float)sums[i];
      else ((double *)c->weight->data)[channel * w->taps + i] = sums[i];
    }
  }
}

void cv_depthwise(const convolution *c) {
  work t = {.c = c, .f = kernels_for(c->dtype), .size = (int64_t)st_size(c->dtype)};
  t.w = window_of(c->plan, c->pass == ST_CONVOLUTION_BACKWARD_INPUT);
  t.band = cv_min(t.w.rows, cv_max(1, (WINDOW_BYTES / (t.w.row * t.size) - t.w.reach) / t.w.step + 1));
  if (c->pass == ST_CONVOLUTION_BACKWARD_WEIGHT) st_parallel_for(c->plan->groups, 1, accumulate, &t);
  else
    st_parallel_for(c->plan->batch * c->plan->groups, cv_max(1, PIECE_ELEMENTS / (t.w.rows * t.w.width)), correlate,
                    &t);
}
