// The source texts that kernels for GPUs are compiled from, including the table of formulas. The program carries them.
#include "include/st_cuda.h"

#include "pointwise_kernels.h"

// clang supports #embed in every version of C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char ptx_text[] = {
#embed "cuda/ptx.cuh"
    , 0};
static const char numbers_text[] = {
#embed "cuda/numbers.cuh"
    , 0};
static const char integers_text[] = {
#embed "cuda/integers.cuh"
    , 0};
static const char complex_text[] = {
#embed "cuda/complex.cuh"
    , 0};
static const char formulas_text[] = {
#embed "cuda/formulas.cuh"
    , 0};
static const char dtypes_text[] = {
#embed "cuda/dtypes.cuh"
    , 0};
static const char elementwise_text[] = {
#embed "cuda/elementwise.cuh"
    , 0};
static const char copy_text[] = {
#embed "cuda/copy.cuh"
    , 0};
static const char pointwise_text[] = {
#embed "cuda/pointwise.cuh"
    , 0};
static const char reduce_text[] = {
#embed "cuda/reduce.cuh"
    , 0};
static const char softmax_text[] = {
#embed "cuda/softmax.cuh"
    , 0};
static const char optimizers_text[] = {
#embed "cuda/optimizers.cuh"
    , 0};
static const char products_text[] = {
#embed "cuda/products.cuh"
    , 0};
static const char arg_text[] = {
#embed "cuda/arg.cuh"
    , 0};
static const char index_text[] = {
#embed "cuda/index.cuh"
    , 0};
static const char blocks_text[] = {
#embed "cuda/blocks.cuh"
    , 0};
static const char row_text[] = {
#embed "cuda/row.cuh"
    , 0};
static const char mistake_text[] = {
#embed "cuda/mistake.cuh"
    , 0};
static const char moments_text[] = {
#embed "cuda/moments.cuh"
    , 0};
static const char scan_text[] = {
#embed "cuda/scan.cuh"
    , 0};
static const char assemble_text[] = {
#embed "cuda/assemble.cuh"
    , 0};
static const char compact_text[] = {
#embed "cuda/compact.cuh"
    , 0};
static const char search_text[] = {
#embed "cuda/search.cuh"
    , 0};
static const char sort_text[] = {
#embed "cuda/sort.cuh"
    , 0};
static const char random_text[] = {
#embed "cuda/random.cuh"
    , 0};
static const char rejection_text[] = {
#embed "cuda/rejection.cuh"
    , 0};
static const char choose_text[] = {
#embed "cuda/choose.cuh"
    , 0};
static const char normalize_text[] = {
#embed "cuda/normalize.cuh"
    , 0};
static const char pool_text[] = {
#embed "cuda/pool.cuh"
    , 0};
static const char resample_text[] = {
#embed "cuda/resample.cuh"
    , 0};
static const char grid_text[] = {
#embed "cuda/grid.cuh"
    , 0};
static const char convolution_text[] = {
#embed "cuda/convolution.cuh"
    , 0};
static const char recurrent_text[] = {
#embed "cuda/recurrent.cuh"
    , 0};
static const char attention_text[] = {
#embed "cuda/attention.cuh"
    , 0};
static const char ctc_text[] = {
#embed "cuda/ctc.cuh"
    , 0};
static const char table_text[] = {
#embed "include/formulas.inc"
    , 0};
static const char reductions_text[] = {
#embed "include/reductions.inc"
    , 0};
static const char special_text[] = {
#embed "special.c"
    , 0};
static const char special_header_text[] = {
#embed "special.h"
    , 0};
static const char special_series_text[] = {
#embed "special_series.h"
    , 0};

// The GPU's compiler has the parts of the C library that special.c includes built in.
static const st_cuda_source sources[] = {
    {"ptx.cuh", ptx_text},
    {"numbers.cuh", numbers_text},
    {"integers.cuh", integers_text},
    {"complex.cuh", complex_text},
    {"formulas.cuh", formulas_text},
    {"dtypes.cuh", dtypes_text},
    {"elementwise.cuh", elementwise_text},
    {"copy.cuh", copy_text},
    {"pointwise.cuh", pointwise_text},
    {"reduce.cuh", reduce_text},
    {"softmax.cuh", softmax_text},
    {"optimizers.cuh", optimizers_text},
    {"products.cuh", products_text},
    {"arg.cuh", arg_text},
    {"index.cuh", index_text},
    {"blocks.cuh", blocks_text},
    {"row.cuh", row_text},
    {"mistake.cuh", mistake_text},
    {"moments.cuh", moments_text},
    {"scan.cuh", scan_text},
    {"assemble.cuh", assemble_text},
    {"compact.cuh", compact_text},
    {"search.cuh", search_text},
    {"sort.cuh", sort_text},
    {"random.cuh", random_text},
    {"rejection.cuh", rejection_text},
    {"choose.cuh", choose_text},
    {"normalize.cuh", normalize_text},
    {"pool.cuh", pool_text},
    {"resample.cuh", resample_text},
    {"grid.cuh", grid_text},
    {"convolution.cuh", convolution_text},
    {"recurrent.cuh", recurrent_text},
    {"attention.cuh", attention_text},
    {"ctc.cuh", ctc_text},
    {"formulas.inc", table_text},
    {"reductions.inc", reductions_text},
    {"special.c", special_text},
    {"special.h", special_header_text},
    {"special_series.h", special_series_text},
    {"float.h", ""},
    {"math.h", ""},
    {"stdbool.h", ""},
    {"stdint.h", ""},
};

const st_cuda_source *st_cuda_sources(int *count) {
  *count = (int)(sizeof sources / sizeof *sources);
  return sources;
}

static const char *const names[ST_FORMULA_count] = {
#define ST_FORMULA(name, n, cost, result) [ST_FORMULA_##name] = #name,
#include "include/formulas.inc"
};

const char *st_formula_name(st_formula formula) { return names[formula]; }

enum { SAME, TRUTH, PART };

static const st_formula_forms forms[ST_FORMULA_count] = {
#define ST_REAL(name, n, result, e) [ST_FORMULA_##name].real = true,
#define ST_INTEGER(name, n, result, e) [ST_FORMULA_##name].integer = true,
#define ST_BOOLEAN(name, n, result, e) [ST_FORMULA_##name].boolean = true,
#define ST_COMPLEX(name, n, result, e) \
  [ST_FORMULA_##name].complex = true, [ST_FORMULA_##name].complex_to_real = result == PART,
#include "include/formulas.inc"
#define TAKES_UNSIGNED(name) [ST_FORMULA_##name].wide_unsigned = true,
#define TAKES_FLOAT8(name) [ST_FORMULA_##name].float8 = true,
    ST_STORED_FORMULAS(TAKES_UNSIGNED) ST_FLOAT8_FORMULAS(TAKES_FLOAT8)
};

st_formula_forms st_forms_of_formula(st_formula formula) { return forms[formula]; }
