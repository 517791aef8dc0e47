// Pointwise calls: chooses the instruction set and dispatches to a kernel.
#include "include/st_pointwise.h"

#include <stddef.h>

#include "blocks.h"
#include "include/st_isa.h"
#include "include/st_parallel.h"
#include "pointwise_kernels.h"
#include "strided.h"

// The type of a formula's result.
typedef enum { SAME, TRUTH, PART } result_type;

typedef struct {
  uint8_t arity, cost;
  uint8_t result, complex_result;
  bool float8;  // has a form for float8
} formula_facts;

static const formula_facts facts[ST_FORMULA_count] = {
#define ST_FORMULA(name, n, cost_, result_) [ST_FORMULA_##name] = {.arity = n, .cost = cost_, .result = result_},
#define ST_COMPLEX(name, n, result_, e) [ST_FORMULA_##name].complex_result = result_,
#include "include/formulas.inc"
#define TAKES_FLOAT8(name) [ST_FORMULA_##name].float8 = true,
ST_FLOAT8_FORMULAS(TAKES_FLOAT8)
};

// Elements of a parallel piece of a cheap formula.
enum { cheap_grain = 32768, least_grain = 2048 };

static inline int64_t grain_of(st_formula formula) {
  int64_t grain = cheap_grain / facts[formula].cost;
  return grain < least_grain ? least_grain : grain;
}

static inline const st_kernels *kernels(void) {
#if defined(__x86_64__)
  static const st_kernels *const tables[] = {
      [ST_BASELINE] = &st_kernels_baseline, [ST_AVX2] = &st_kernels_avx2, [ST_AVX512] = &st_kernels_avx512};
  return tables[st_isa()];
#else
  return &st_kernels_baseline;
#endif
}

const st_kernels *st_chosen_kernels(void) { return kernels(); }

int st_formula_arity(st_formula formula) { return facts[formula].arity; }
bool st_formula_is_predicate(st_formula formula) { return facts[formula].result == TRUTH; }

static inline st_dtype result_dtype(st_formula formula, st_dtype in) {
  switch ((result_type)(st_is_complex(in) ? facts[formula].complex_result : facts[formula].result)) {
    case SAME: return in;
    case TRUTH: return ST_BOOL;
    case PART: return in == ST_C32 ? ST_F16 : in == ST_C64 ? ST_F32 : ST_F64;
  }
}

static inline bool is_float8(st_dtype t) { return t == ST_F8_E4M3FN || t == ST_F8_E5M2; }
static inline bool is_half(st_dtype t) { return t == ST_F16 || t == ST_BF16 || t == ST_C32; }

// Returns the dtype in which a formula is evaluated.
static inline st_dtype staged(st_dtype compute) {
  return compute == ST_C32 ? ST_C64 : is_half(compute) || is_float8(compute) ? ST_F32 : compute;
}

typedef struct {
  st_kernel kernel;
  char *out;
  const char *in[ST_MOST_INPUTS];
  size_t in_size, out_size;
} contiguous;

static void run_contiguous(void *context, int64_t begin, int64_t end) {
  const contiguous *c = context;
  const char *in[ST_MOST_INPUTS];
  for (int k = 0; k < ST_MOST_INPUTS; k++) in[k] = c->in[k] ? c->in[k] + (size_t)begin * c->in_size : NULL;
  c->kernel(end - begin, c->out + (size_t)begin * c->out_size, (const void *const *)in);
}

static inline void run_contiguous_kernel(st_formula formula, st_kernel kernel, st_dtype dtype, int64_t n, void *out,
                                         const void *const *in) {
  if (n <= least_grain) {
    kernel(n, out, in);
    return;
  }
  contiguous context = {kernel, out, {NULL}, st_size(dtype), st_size(result_dtype(formula, dtype))};
  for (int k = 0; k < ST_MOST_INPUTS; k++) context.in[k] = in[k];
  st_parallel_evenly(n, grain_of(formula), run_contiguous, &context);
}

// How an operand is walked: contiguous, a single element throughout, or neither.
typedef enum { strided_walk, contiguous_walk, constant_walk } walk;

static walk walk_of(int ndim, const int64_t *strides) {
  if (ndim == 0 || strides[0] == 1) return contiguous_walk;
  return strides[0] == 0 ? constant_walk : strided_walk;
}

enum { spread_bytes = 4096 };  // bytes of a constant that is repeated for the kernels

typedef struct {
  contiguous all;
  bool constant[ST_MOST_INPUTS];
  int64_t chunk;
} with_constants;

static void run_with_constants(void *context, int64_t begin, int64_t end) {
  const with_constants *c = context;
  for (int64_t at = begin; at < end; at += c->chunk) {
    const char *in[ST_MOST_INPUTS];
    for (int k = 0; k < ST_MOST_INPUTS; k++)
      in[k] = c->all.in[k] && !c->constant[k] ? c->all.in[k] + (size_t)at * c->all.in_size : c->all.in[k];
    c->all.kernel(end - at < c->chunk ? end - at : c->chunk, c->all.out + (size_t)at * c->all.out_size,
                  (const void *const *)in);
  }
}

// Handles contiguous tensors and constants without the driver. Returns false if the driver is needed.
static bool run_simply(st_formula formula, st_kernel kernel, st_dtype in_dtype, st_dtype out_dtype, int ndim, int64_t n,
                       const st_operand *out, int inputs, const st_operand *in) {
  // If there are several dimensions after merging, an operand is strided.
  if (ndim > 1 || out->dtype != out_dtype || walk_of(ndim, out->strides) != contiguous_walk) return false;
  size_t size = st_size(in_dtype);
  with_constants c = {.all = {kernel, out->data, {NULL}, size, st_size(out_dtype)},
                      .chunk = spread_bytes / (int64_t)size};
  walk walks[ST_MOST_INPUTS];
  for (int k = 0; k < inputs; k++) {
    walks[k] = walk_of(ndim, in[k].strides);
    if (walks[k] == contiguous_walk && n == 1 && in[k].dtype != in_dtype) walks[k] = constant_walk;
    if (walks[k] == strided_walk || (walks[k] == contiguous_walk && in[k].dtype != in_dtype)) return false;
  }
  bool numbers = inputs > 1 && walks[0] == contiguous_walk && (in_dtype == ST_F32 || in_dtype == ST_F64);
  for (int k = 1; k < inputs; k++) numbers &= walks[k] == constant_walk;
  st_kernel with_numbers = numbers ? kernels()->with_numbers[formula][in_dtype == ST_F64] : NULL;
  if (with_numbers) c.all.kernel = with_numbers, c.chunk = n;
  _Alignas(64) char spread[ST_MOST_INPUTS][spread_bytes];
  bool any = false;
  for (int k = 0; k < inputs; k++) {
    c.all.in[k] = in[k].data;
    c.constant[k] = walks[k] == constant_walk;
    if (!c.constant[k]) continue;
    any = true;
    kernels()->converter[in_dtype][in[k].dtype](1, spread[k], in[k].data);
    if (!with_numbers) st_load_strided(size, spread[k] + size, spread[k], 1, (n < c.chunk ? n : c.chunk) - 1, 0, 0);
    c.all.in[k] = spread[k];
  }
  if (any && (n > c.chunk || n > least_grain)) {
    st_parallel_evenly(n, grain_of(formula), run_with_constants, &c);
  } else {
    run_contiguous_kernel(formula, c.all.kernel, in_dtype, n, out->data, (const void *const *)c.all.in);
  }
  return true;
}

bool st_pointwise(st_formula formula, st_dtype compute, int ndim, const int64_t *sizes, const st_operand *out,
                  int inputs, const st_operand *in) {
  st_dtype in_dtype = staged(compute);
  st_dtype out_dtype = result_dtype(formula, in_dtype);
  st_kernel kernel = kernels()->kernel[formula][in_dtype];
  if (!kernel || inputs != facts[formula].arity || (is_float8(compute) && !facts[formula].float8)) return false;
  int64_t n = 1;
  for (int d = 0; d < ndim; d++) n *= sizes[d];
  if (n == 0 || run_simply(formula, kernel, in_dtype, out_dtype, ndim, n, out, inputs, in)) return true;
  st_run_blocks(kernel, in_dtype, out_dtype, grain_of(formula), ndim, sizes, out, inputs, in);
  return true;
}

// The driver stages float16, bfloat16 and complex32.
static __attribute__((noinline)) bool contiguous_halves(st_formula formula, st_dtype compute, int64_t n, void *out,
                                                        const void *const *inputs) {
  const int64_t one = 1;
  st_operand in[ST_MOST_INPUTS], result = {out, &one, result_dtype(formula, compute)};
  int arity = facts[formula].arity;
  for (int k = 0; k < arity; k++) in[k] = (st_operand){(void *)inputs[k], &one, compute};
  return st_pointwise(formula, compute, n != 1, &n, &result, arity, in);
}

bool st_pointwise_contiguous(st_formula formula, st_dtype compute, int64_t n, void *out, const void *a, const void *b) {
  const void *in[ST_MOST_INPUTS] = {a, b};
  st_kernel kernel = kernels()->kernel[formula][compute];
  if (__builtin_expect(!kernel, 0))
    return is_half(compute) && contiguous_halves(formula, compute, n, out, in);
  run_contiguous_kernel(formula, kernel, compute, n, out, in);
  return true;
}
