// Discrete Fourier transforms: the order of the work. Kernels compute on blocks of several transforms side by side; a
// long transform is two rounds of short ones, so it has as many side by side.
#include "fft_plan.h"
#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"

#include <string.h>

#define ST_FFT_INLINE static inline __attribute__((always_inline, unused))

typedef float fft_vf __attribute__((ext_vector_type(8)));
typedef double fft_vd __attribute__((ext_vector_type(4)));

/// Transforms by blocks: `groups` groups of `lanes` transforms each. All distances are in complex numbers.
typedef struct {
  const fft_plan *plan;
  const void *in;
  void *out;
  int64_t groups, lanes, blocks, in_group, out_group, in_lane, out_lane, in_step, out_step;
  // The numbers that are read and written for each transform, and those for which a block has room.
  int64_t in_count, out_count, room;
  bool swaps_in, swaps_out, to_real;
  double scale;
  // The plan whose factors multiply the results: element k of lane j by its root to the power k · j.
  const fft_plan *factors;
  _Atomic int64_t missing;
} fft_job;

/// A product of complex numbers with a table. Results from `filled` on are 0.
typedef struct {
  const void *in, *table;
  void *out;
  int64_t filled;
  bool swaps_in, swaps_out;
  double scale;
} fft_product;

typedef struct {
  const fft_plan *plan;
  const void *in;
  void *out;
  bool to_real;
  double scale;
} fft_pairs_job;

#pragma STDC FP_CONTRACT OFF
#define ST_KERNELS "fft_kernels.inc"
#include "reduce_each_isa.inc"

typedef struct {
  void (*blocks)(void *, int64_t, int64_t);
  void (*multiply)(void *, int64_t, int64_t);
  void (*pairs)(void *, int64_t, int64_t);
  void (*widen)(void *, const void *, int64_t, bool);
  void (*narrow)(void *, const void *, int64_t, bool);
} kernels;

#define KERNELS(type, isa)                                                                                      \
  {                                                                                                             \
    fft_blocks_##type##_##isa, fft_multiply_##type##_##isa, fft_pairs_##type##_##isa, fft_widen_##type##_##isa, \
        fft_narrow_##type##_##isa                                                                               \
  }

static const kernels *kernels_of(const fft_plan *p) {
#if ST_X86
  static const kernels all[3][2] = {{KERNELS(f32, base), KERNELS(f64, base)},
                                    {KERNELS(f32, avx2), KERNELS(f64, avx2)},
                                    {KERNELS(f32, avx512), KERNELS(f64, avx512)}};
  return &all[st_isa()][p->is_double];
#else
  static const kernels all[2] = {KERNELS(f32, base), KERNELS(f64, base)};
  return &all[p->is_double];
#endif
}

enum { PIECE_WORK = 1 << 14, PIECE_NUMBERS = 1 << 14 };

static int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static int64_t bytes_of(const fft_plan *p) { return p->is_double ? 16 : 8; }

/// Whether blocks compute transforms of this plan.
static bool has_blocks(const fft_plan *p) {
  switch (p->method) {
  case FFT_PASSES: return true;
  case FFT_TWO_STEPS: return false;
  case FFT_CHIRP: return p->first->method == FFT_PASSES;
  case FFT_HALVES: return has_blocks(p->first);
  }
  return false;
}

/// The elements for which a block of this plan needs room.
static int64_t room_of(const fft_plan *p) {
  switch (p->method) {
  case FFT_CHIRP: return p->first->n;
  case FFT_HALVES: return max64(room_of(p->first), p->n / 2 + 1);
  default: return p->n;
  }
}

static int64_t run_blocks(fft_job *job) {
  const fft_plan *p = job->plan;
  int64_t lanes = p->is_double ? 4 : 8;
  job->blocks = (job->lanes + lanes - 1) / lanes;
  job->room = room_of(p);
  int64_t grain = max64(1, PIECE_WORK / (job->room * lanes));
  st_parallel_for(job->groups * job->blocks, grain, kernels_of(p)->blocks, job);
  return st_missing(&job->missing);
}

// MARK: - Long transforms

static int64_t transform(const fft_plan *p, void *out, const void *in, bool inverse, double scale);

static int64_t two_steps(const fft_plan *p, void *out, const void *in, bool inverse, double scale) {
  size_t capacity, bytes = (size_t)(p->n * bytes_of(p));
  void *middle = st_scratch(bytes, &capacity);
  if (!middle) return (int64_t)bytes;
  int64_t n1 = p->first->n, n2 = p->second->n;
  fft_job columns = {.plan = p->first,
                     .in = in,
                     .out = middle,
                     .groups = 1,
                     .lanes = n2,
                     .in_lane = 1,
                     .out_lane = 1,
                     .in_step = n2,
                     .out_step = n2,
                     .in_count = n1,
                     .out_count = n1,
                     .swaps_in = inverse,
                     .scale = 1,
                     .factors = p};
  int64_t failed = run_blocks(&columns);
  if (!failed) {
    fft_job rows = {.plan = p->second,
                    .in = middle,
                    .out = out,
                    .groups = 1,
                    .lanes = n1,
                    .in_lane = n2,
                    .out_lane = 1,
                    .in_step = 1,
                    .out_step = n1,
                    .in_count = n2,
                    .out_count = n2,
                    .swaps_out = inverse,
                    .scale = scale};
    failed = run_blocks(&rows);
  }
  st_deallocate(middle, capacity);
  return failed;
}

static int64_t chirp(const fft_plan *p, void *out, const void *in, bool inverse, double scale) {
  int64_t size = p->first->n;
  size_t capacity, bytes = (size_t)(size * bytes_of(p));
  char *a = st_scratch(2 * bytes, &capacity), *b = a + bytes;
  if (!a) return (int64_t)(2 * bytes);
  const kernels *k = kernels_of(p);
  fft_product before = {.in = in, .table = p->fine, .out = a, .filled = p->n, .swaps_in = inverse, .scale = 1};
  st_parallel_for(size, PIECE_NUMBERS, k->multiply, &before);
  int64_t failed = transform(p->first, b, a, false, 1);
  if (!failed) {
    fft_product spectrum = {.in = b, .table = p->coarse, .out = b, .filled = size, .scale = 1};
    st_parallel_for(size, PIECE_NUMBERS, k->multiply, &spectrum);
    failed = transform(p->first, a, b, true, 1);
  }
  if (!failed) {
    fft_product after = {.in = a, .table = p->fine, .out = out, .filled = p->n, .swaps_out = inverse, .scale = scale};
    st_parallel_for(p->n, PIECE_NUMBERS, k->multiply, &after);
  }
  st_deallocate(a, capacity);
  return failed;
}

/// Computes one complex transform of contiguous numbers.
static int64_t transform(const fft_plan *p, void *out, const void *in, bool inverse, double scale) {
  if (p->method == FFT_TWO_STEPS) return two_steps(p, out, in, inverse, scale);
  if (!has_blocks(p)) return chirp(p, out, in, inverse, scale);
  fft_job job = {.plan = p,
                 .in = in,
                 .out = out,
                 .groups = 1,
                 .lanes = 1,
                 .in_lane = 1,
                 .out_lane = 1,
                 .in_step = 1,
                 .out_step = 1,
                 .in_count = p->n,
                 .out_count = p->n,
                 .swaps_in = inverse,
                 .swaps_out = inverse,
                 .scale = scale};
  return run_blocks(&job);
}

/// Computes one long transform of an even number of real numbers.
static int64_t halves(const fft_plan *p, void *out, const void *in, bool to_real, double scale) {
  int64_t half = p->n / 2;
  fft_pairs_job job = {.plan = p, .to_real = to_real, .scale = 1};
  if (!to_real) {
    int64_t failed = transform(p->first, out, in, false, scale);
    if (failed) return failed;
    job.in = job.out = out;
    st_parallel_for(half / 2 + 1, PIECE_NUMBERS, kernels_of(p)->pairs, &job);
    return 0;
  }
  size_t capacity, bytes = (size_t)(half * bytes_of(p));
  void *pairs = st_scratch(bytes, &capacity);
  if (!pairs) return (int64_t)bytes;
  job.in = in;
  job.out = pairs;
  st_parallel_for(half / 2 + 1, PIECE_NUMBERS, kernels_of(p)->pairs, &job);
  int64_t failed = transform(p->first, out, pairs, true, scale);
  st_deallocate(pairs, capacity);
  return failed;
}

/// Computes one transform of an odd number of real numbers, as one of complex numbers.
static int64_t odd(const fft_plan *p, void *out, const void *in, bool to_real, double scale) {
  size_t capacity, bytes = (size_t)(p->n * bytes_of(p));
  char *a = st_scratch(2 * bytes, &capacity), *b = a + bytes;
  if (!a) return (int64_t)(2 * bytes);
  kernels_of(p)->widen(a, in, p->n, to_real);
  int64_t failed = transform(p, b, a, to_real, scale);
  if (!failed) kernels_of(p)->narrow(out, b, p->n, to_real);
  st_deallocate(a, capacity);
  return failed;
}

// MARK: - Calls

bool fft_transform_table(fft_plan *plan, void *out, const void *in, _Atomic int64_t *missing) {
  int64_t failed = transform(plan, out, in, false, 1);
  if (failed) st_note_missing(missing, (size_t)failed);
  return failed == 0;
}

static int64_t run(const fft_plan *p, const st_fft_shape *shape, char *out, const char *in) {
  bool is_real = shape->kind >= ST_FFT_REAL, to_real = shape->kind == ST_FFT_TO_REAL;
  bool inverse = shape->kind == ST_FFT_INVERSE;
  int64_t n = shape->n, inner = shape->inner, number = bytes_of(p);
  if (has_blocks(p) && (!is_real || p->method == FFT_HALVES)) {
    int64_t in_count = !is_real  ? n
                       : to_real ? n / 2 + 1
                                 : n / 2,
            out_count = !is_real  ? n
                        : to_real ? n / 2
                                  : n / 2 + 1;
    fft_job job = {.plan = p,
                   .in = in,
                   .out = out,
                   .in_step = inner,
                   .out_step = inner,
                   .in_count = in_count,
                   .out_count = out_count,
                   .swaps_in = inverse,
                   .swaps_out = inverse,
                   .to_real = to_real,
                   .scale = shape->scale};
    // Side by side are the transforms that lie next to each other, or else those of the outer dimension.
    if (inner >= 4 || shape->outer == 1) {
      job.groups = shape->outer, job.lanes = inner;
      job.in_group = in_count * inner, job.out_group = out_count * inner;
      job.in_lane = job.out_lane = 1;
    } else {
      job.groups = inner, job.lanes = shape->outer;
      job.in_group = job.out_group = 1;
      job.in_lane = in_count * inner, job.out_lane = out_count * inner;
    }
    return run_blocks(&job);
  }
  int64_t in_bytes = (!is_real  ? n
                      : to_real ? n / 2 + 1
                                : 0) *
                         number +
                     (shape->kind == ST_FFT_REAL ? n * number / 2 : 0);
  int64_t out_bytes = (!is_real ? n : to_real ? 0 : n / 2 + 1) * number + (to_real ? n * number / 2 : 0);
  for (int64_t i = 0; i < shape->outer; i++, in += in_bytes, out += out_bytes) {
    int64_t failed = !is_real                  ? transform(p, out, in, inverse, shape->scale)
                     : p->method == FFT_HALVES ? halves(p, out, in, to_real, shape->scale)
                                               : odd(p, out, in, to_real, shape->scale);
    if (failed) return failed;
  }
  return 0;
}

int64_t st_fft(const st_fft_shape *shape, void *out, const void *in) {
  if (shape->outer == 0 || shape->inner == 0) return 0;
  _Atomic int64_t missing = 0;
  bool is_real = shape->kind >= ST_FFT_REAL;
  fft_plan *p = fft_plan_of(shape->n, shape->dtype == ST_C128, is_real && shape->n % 2 == 0, &missing);
  if (!p) return st_missing(&missing);
  int64_t failed = run(p, shape, out, in);
  fft_plan_release(p);
  return failed;
}
