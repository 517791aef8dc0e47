// float32 products on processors with AVX2 or AVX-512. One side is read where it lies, row by row, if it is contiguous
// along the sum; the other side is packed into panels of two vectors of columns. If the packed side is the left one,
// the tiles of the output are written transposed. So a product of few rows with a large weight packs the rows and reads
// the weight once.
//
// Each element is one chain of fused multiply-adds over blocks of the sum, so its bits do not depend on the tiles, the
// sides, the vectors or the number of threads.
#include "isa.h"
#include "matmul_internal.h"

#if defined(__x86_64__)

#pragma STDC FP_CONTRACT ON

enum {
  MOST_WIDTH = 32,    // columns of a panel
  HEIGHT = 6,         // rows of a tile
  STEPS = 512,        // of a block of the sum, so that a panel stays in the first cache
  BLOCK_ROWS = 96,    // of a piece, so that its rows stay in the second cache
  FEW_ROWS = 1024,    // up to this number, each piece packs its own columns
  SHARED_ROWS = 256,  // of such a piece
  AHEAD = 8,          // steps by which packing prefetches
  GROUP = 4           // panels of a piece of columns, and panels that are packed together
};
/// Elements of the packed side that are kept at a time.
enum { LEAST_PACKED = 1 << 17, MOST_PACKED = 4 << 20 };
/// Steps from which a product is worth packing.
enum { LEAST_STEPS = 8 };
/// Rows and columns of a product that packs two sides, and steps from which this costs more than it saves.
enum { FEW = 96, MANY = 256 };
/// Pieces of a product of few rows, if it has as many columns.
enum { LEAST_PIECES = 8 };
/// Multiply-adds of a parallel piece, and elements of a piece of packing.
enum { PIECE_WORK = 1 << 18, PIECE_ELEMENTS = 1 << 13 };

#define UNROLLED _Pragma("clang loop unroll(full)")

/// Computes a tile: c (+)= a · b (+ bias). Element (r, s) of a is a[r * stride + s], or a[s * rows + r] if it is
/// packed.
typedef void (*micro)(int64_t steps, const float *a, int64_t stride, const float *b, float *c, int64_t ldc,
                      const float *bias, bool accumulate);

/// The kernels for vectors of `lanes` elements; panels are two vectors wide.
typedef struct {
  int64_t lanes;
  /// By rows, then whether a is packed, then vectors of columns.
  micro micros[HEIGHT][2][2];
  /// Packs columns that are contiguous in memory.
  void (*pack_columns)(const float *b, int64_t stride, int64_t steps, int64_t cols, float *to);
} kernels;

#define LANES 8
#define FEATURES ST_AVX2_FEATURES
#define NAME(x) x##_avx2
#include "matmul_panels_kernels.inc"

#define LANES 16
#define FEATURES ST_AVX512_FEATURES
#define NAME(x) x##_avx512
#include "matmul_panels_kernels.inc"

#pragma clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function)

typedef float half __attribute__((ext_vector_type(4)));
typedef half unaligned_half __attribute__((aligned(4)));
typedef float pair __attribute__((ext_vector_type(2), aligned(4)));

/// Transposes a tile of rows x `width` into columns [0, cols) of out, which lie `ldc` elements apart.
static void store_transposed(const float *tile, int width, int64_t rows, int64_t cols, float *out, int64_t ldc,
                             const float *bias, bool accumulate) {
  if (rows < HEIGHT) {
    for (int64_t j = 0; j < cols; j++)
      for (int64_t i = 0; i < rows; i++) {
        float v = tile[i * width + j];
        if (accumulate) v += out[j * ldc + i];
        out[j * ldc + i] = bias ? v + bias[i] : v;
      }
    return;
  }
  half first = bias ? *(const unaligned_half *)bias : (half)0.0f;
  pair second = bias ? *(const pair *)(bias + 4) : (pair)0.0f;
  for (int64_t j = 0; j < cols; j += 4) {
    half x[HEIGHT];
    UNROLLED for (int i = 0; i < HEIGHT; i++) x[i] = *(const half *)(tile + i * width + j);
    half a = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5), b = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
    half c = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7), d = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
    half e = __builtin_shufflevector(x[4], x[5], 0, 4, 1, 5), f = __builtin_shufflevector(x[4], x[5], 2, 6, 3, 7);
    half four[4] = {__builtin_shufflevector(a, b, 0, 1, 4, 5), __builtin_shufflevector(a, b, 2, 3, 6, 7),
                    __builtin_shufflevector(c, d, 0, 1, 4, 5), __builtin_shufflevector(c, d, 2, 3, 6, 7)};
    pair two[4] = {e.lo, e.hi, f.lo, f.hi};
    for (int i = 0; i < 4 && j + i < cols; i++) {
      float *to = out + (j + i) * ldc;
      if (accumulate) {
        four[i] += *(const unaligned_half *)to;
        two[i] += *(const pair *)(to + 4);
      }
      *(unaligned_half *)to = bias ? four[i] + first : four[i];
      *(pair *)(to + 4) = bias ? two[i] + second : two[i];
    }
  }
}

/// Packs rows that are contiguous in memory into the panels of tiles of six rows, step by step.
static void pack_contiguous_rows(const float *a, int64_t stride, int64_t steps, int64_t rows, float *to) {
  for (int64_t s = 0; s < steps; s++) {
    const float *from = a + s * stride;
    for (int64_t r = 0; r < rows; r += HEIGHT) {
      __builtin_prefetch(from + AHEAD * stride + r);
      float *panel = to + r * steps + s * HEIGHT;
      *(unaligned_half *)panel = *(const unaligned_half *)(from + r);
      *(pair *)(panel + 4) = *(const pair *)(from + r + 4);
    }
  }
}

#pragma clang attribute pop

static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

/// out = a · b, or its transpose if `transposed`: then out has `cols` rows. The bias is added along the columns, or
/// along the rows if `transposed`.
typedef struct {
  mm_pack pack;
  const float *a, *b, *bias;
  float *out;
  int64_t rows, cols, steps, block;  // block: steps of a block
  int64_t a_row, a_col, b_row, b_col, ldc;
  bool transposed;
  const kernels *kernels;
  int64_t width;  // columns of a panel
  int64_t piece_rows, group;
  float *packed;  // b from step `begin` to `end`: block by block, panel by panel
  int64_t packed_cols, begin, end;
  _Atomic int64_t *missing;
} product;

/// Packs columns [j, j + cols) and steps [s, s + steps) of b into neighbouring panels. The last one is one
/// vector wide if that is enough.
static void pack_columns(const product *p, int64_t s, int64_t steps, int64_t j, int64_t cols, float *to) {
  int64_t c = 0, width = p->width, half_width = width / 2;
  if (p->b_col == 1) {
    c = cols / width * width;
    p->kernels->pack_columns(p->b + s * p->b_row + j, p->b_row, steps, c, to);
  }
  for (; c < cols; c += width) {
    int64_t lanes = min64(width, cols - c);
    p->pack(p->b + s * p->b_row + (j + c) * p->b_col, p->b_col, p->b_row, lanes, steps,
            (int)(lanes > half_width ? width : half_width), to + c * steps);
  }
}

/// Returns the rows of the next tile, if `left` rows are left: tiles of fewer than four rows are slow.
static inline int64_t tile_rows(int64_t left) {
  return left == 7 || left == 8 ? 4 : left == 9 ? 5 : min64(left, HEIGHT);
}

/// Computes rows [i0, i1) and one panel of columns [j, j + cols), for a block of the sum.
static void multiply(const product *p, const float *a, bool packed_a, int64_t s, int64_t steps, int64_t i0, int64_t i1,
                     int64_t j, int64_t cols, const float *panel) {
  _Alignas(64) float tile[HEIGHT * MOST_WIDTH];
  int lanes = (int)p->kernels->lanes, vectors = cols > lanes ? 2 : 1, width = vectors * lanes;
  bool accumulate = s > 0, last = s + steps == p->steps;
  for (int64_t i = i0, rows; i < i1; i += rows) {
    rows = tile_rows(i1 - i);
    micro kernel = p->kernels->micros[rows - 1][packed_a][vectors - 1];
    const float *x = packed_a ? a + (i - i0) * steps : a + (i - i0) * p->a_row;
    if (p->transposed) {
      kernel(steps, x, p->a_row, panel, tile, width, NULL, false);
      store_transposed(tile, width, rows, cols, p->out + j * p->ldc + i, p->ldc, last && p->bias ? p->bias + i : NULL,
                       accumulate);
      continue;
    }
    const float *bias = last && p->bias ? p->bias + j : NULL;
    float *out = p->out + i * p->ldc + j;
    if (cols == width) {
      kernel(steps, x, p->a_row, panel, out, p->ldc, bias, accumulate);
    } else {
      kernel(steps, x, p->a_row, panel, tile, width, NULL, false);
      for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
          float v = tile[r * width + c];
          if (accumulate) v += out[r * p->ldc + c];
          out[r * p->ldc + c] = bias ? v + bias[c] : v;
        }
    }
  }
}

/// Returns the rows of a from row i on: packed into `scratch`, or in place if that is NULL.
static const float *rows_of(const product *p, int64_t s, int64_t steps, int64_t i, int64_t rows, float *scratch) {
  const float *a = p->a + i * p->a_row + s * p->a_col;
  if (!scratch) return a;
  int64_t r = 0;
  if (p->a_row == 1) {
    // The tiles before the last ones have six rows.
    r = rows / HEIGHT * HEIGHT - (rows % HEIGHT ? HEIGHT : 0);
    r = r < 0 ? 0 : r;
    pack_contiguous_rows(a, p->a_col, steps, r, scratch);
  }
  for (int64_t height; r < rows; r += height) {
    height = tile_rows(rows - r);
    p->pack(a + r * p->a_row, p->a_row, p->a_col, height, steps, (int)height, scratch + r * steps);
  }
  return scratch;
}

static void run_packing(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  // A piece is some panels of one block after the other.
  for (int64_t s = p->begin; s < p->end; s += p->block) {
    int64_t steps = min64(p->block, p->end - s), j = begin * p->width;
    pack_columns(p, s, steps, j, min64(p->cols, end * p->width) - j,
                 p->packed + (s - p->begin) * p->packed_cols + j * steps);
  }
}

/// Computes pieces of rows with the packed columns.
static void run_rows(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  bool packs = p->a_col != 1;
  float *scratch = NULL;
  size_t bytes = (size_t)(p->piece_rows * p->block) * sizeof(float);
  if (packs && !(scratch = mm_scratch(MM_SCRATCH_A, bytes))) {
    st_note_missing(p->missing, bytes);
    return;
  }
  for (int64_t piece = begin; piece < end; piece++) {
    int64_t i = piece * p->piece_rows, last = min64(p->rows, i + p->piece_rows);
    for (int64_t s = p->begin; s < p->end; s += p->block) {
      int64_t steps = min64(p->block, p->end - s);
      const float *a = rows_of(p, s, steps, i, last - i, scratch);
      for (int64_t j = 0; j < p->cols; j += p->width)
        multiply(p, a, packs, s, steps, i, last, j, min64(p->width, p->cols - j),
                 p->packed + (s - p->begin) * p->packed_cols + j * steps);
    }
  }
}

/// Packs groups of columns and computes pieces of rows with them, so that no thread waits for another. The rows are
/// contiguous along the sum.
static void run_pieces(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  size_t bytes = (size_t)(p->group * p->block) * sizeof(float);
  float *panels = mm_scratch(MM_SCRATCH_B, bytes);
  if (!panels) {
    st_note_missing(p->missing, bytes);
    return;
  }
  int64_t groups = ceil_div(p->cols, p->group);
  for (int64_t piece = begin; piece < end; piece++) {
    int64_t g = piece % groups * p->group, cols = min64(p->group, p->cols - g);
    int64_t i = piece / groups * p->piece_rows, last = min64(p->rows, i + p->piece_rows);
    for (int64_t s = 0; s < p->steps; s += p->block) {
      int64_t steps = min64(p->block, p->steps - s);
      pack_columns(p, s, steps, g, cols, panels);
      for (int64_t j = 0; j < cols; j += p->width)
        multiply(p, p->a + i * p->a_row + s, false, s, steps, i, last, g + j, min64(p->width, cols - j),
                 panels + j * steps);
    }
  }
}

/// Returns the size of pieces of about `most` of `count`, a multiple of `unit`, that threads can share evenly.
static int64_t even_piece(int64_t count, int64_t most, int64_t unit) {
  int64_t pieces = ceil_div(count, most);
  pieces = pieces <= 2 ? pieces : round_up(pieces, pieces <= 8 ? 4 : 8);
  return round_up(ceil_div(count, pieces), unit);
}

static void run(product *p) {
  p->block = round_up(ceil_div(p->steps, ceil_div(p->steps, STEPS)), 8);
  if (p->rows <= FEW_ROWS && p->cols >= 2 * p->width && p->a_col == 1) {
    p->piece_rows = p->rows <= SHARED_ROWS ? p->rows : even_piece(p->rows, SHARED_ROWS, HEIGHT);
    int64_t row_pieces = ceil_div(p->rows, p->piece_rows), groups = max64(1, LEAST_PIECES / row_pieces);
    p->group = even_piece(p->cols, min64(GROUP * p->width, max64(p->width, p->cols / groups)), p->width);
    st_parallel_for(row_pieces * ceil_div(p->cols, p->group),
                    max64(1, PIECE_WORK / (p->piece_rows * p->group * p->steps)), run_pieces, p);
    return;
  }
  // Columns and steps whose panels are kept at a time: one block of many columns, or a few blocks of few.
  int64_t cols = p->cols, most = min64(MOST_PACKED / p->block / p->width * p->width, round_up(cols, p->width));
  int64_t span = max64(1, LEAST_PACKED / most / p->block) * p->block;
  const float *b = p->b, *bias = p->bias;
  float *out = p->out;
  size_t bytes = (size_t)(most * min64(span, p->steps)) * sizeof(float);
  if (!(p->packed = mm_scratch(MM_SCRATCH_B, bytes))) {
    st_note_missing(p->missing, bytes);
    return;
  }
  p->piece_rows = even_piece(p->rows, p->rows >= 8 * BLOCK_ROWS ? BLOCK_ROWS : max64(24, p->rows / 8), HEIGHT);
  for (int64_t j = 0; j < cols; j += most) {
    p->cols = min64(most, cols - j);
    p->packed_cols = round_up(p->cols, p->width);
    p->b = b + j * p->b_col;
    p->out = out + j * (p->transposed ? p->ldc : 1);
    p->bias = bias && !p->transposed ? bias + j : bias;
    for (p->begin = 0; p->begin < p->steps; p->begin += span) {
      p->end = min64(p->steps, p->begin + span);
      int64_t steps = p->end - p->begin;
      // Panels that are contiguous in memory are packed together.
      int64_t panels = max64(p->b_col == 1 ? GROUP : 1, PIECE_ELEMENTS / (p->width * steps));
      st_parallel_for(p->packed_cols / p->width, even_piece(p->packed_cols / p->width, panels, 1), run_packing, p);
      st_parallel_for(ceil_div(p->rows, p->piece_rows), max64(1, PIECE_WORK / (p->piece_rows * p->cols * steps)),
                      run_rows, p);
    }
  }
}

bool mm_panels(int64_t m, int64_t n, int64_t k, const st_matrix *a, const st_matrix *b, const void *bias,
               const st_matrix *out, _Atomic int64_t *missing) {
  if (st_isa() < ST_AVX2 || k < LEAST_STEPS) return false;
  // For few elements, packing both sides takes longer than it saves.
  bool packs_both = a->col != 1 && b->row != 1;
  if (packs_both && m <= FEW && n <= FEW && k >= MANY) return false;
  // oneDNN packs both sides faster if the processor has AVX-512.
  if (packs_both && m <= FEW_ROWS && st_isa() == ST_AVX512) return false;
  const kernels *best = st_isa() == ST_AVX512 ? &kernels_avx512 : &kernels_avx2;
  int64_t lanes = best->lanes;
  product p = {.pack = mm_kernels_for(ST_F32)->pack,
               .bias = bias,
               .out = out->data,
               .steps = k,
               .ldc = out->row,
               .missing = missing,
               .kernels = best,
               .width = 2 * lanes};
  // Elements that each choice packs.
  double left = (double)m * (double)k, right = (double)n * (double)k;
  p.transposed = left + (b->row == 1 ? 0 : right) < right + (a->col == 1 ? 0 : left) ||
                 (a->col != 1 && b->row != 1 && round_up(m, lanes) * n < round_up(n, lanes) * m);
  if (p.transposed) {
    p.a = b->data, p.rows = n, p.a_row = b->col, p.a_col = b->row;
    p.b = a->data, p.cols = m, p.b_row = a->col, p.b_col = a->row;
  } else {
    p.a = a->data, p.rows = m, p.a_row = a->row, p.a_col = a->col;
    p.b = b->data, p.cols = n, p.b_row = b->row, p.b_col = b->col;
  }
  run(&p);
  return true;
}

#else

bool mm_panels(int64_t m, int64_t n, int64_t k, const st_matrix *a, const st_matrix *b, const void *bias,
               const st_matrix *out, _Atomic int64_t *missing) {
  (void)m, (void)n, (void)k, (void)a, (void)b, (void)bias, (void)out, (void)missing;
  return false;
}

#endif
