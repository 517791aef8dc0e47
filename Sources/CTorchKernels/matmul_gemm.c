// One matrix product: packs blocks of a and b into panels, then computes tiles of the output in parallel.
#include "matmul_internal.h"
#include "st_memory.h"

static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t round_up(int64_t a, int64_t b) { return ceil_div(a, b) * b; }

/// Bytes of a panel along the summed dimension, of a packed block, and of float32 sums that are not rounded yet. With
/// the first two, a panel and a block fit the caches.
enum { STEP_BYTES = 2048, BLOCK_BYTES = 4 << 20, SUMS_BYTES = 64 << 20 };
/// Multiply-adds of a parallel piece, and elements of a parallel packing piece.
enum { PIECE_WORK = 1 << 18, PIECE_ELEMENTS = 1 << 14 };

/// Bytes of the largest tile, and of each packed side of a product that is computed on the stack. The sides of such a
/// product are at most SMALL_SIDE.
enum { MAX_TILE_BYTES = 8 * 3 * 64, SMALL_BYTES = 16 << 10, SMALL_SIDE = 64 };

typedef struct {
  const mm_kernels *kernels, *out_kernels;
  const char *a, *b, *bias;
  char *c;
  int64_t a_row, a_col, b_row, b_col, ldc;
  int64_t m, n, k, panel_cols, tile_rows, tile_cols, tiles_across;
  int64_t a_panels, b_panels;
  bool accumulate, pack_b;
  char *packed_a, *packed_b;
} block;

/// Packs the panel of b that begins at column j; pack_rows packs the panel of a that begins at row i.
static inline void pack_columns(const block *t, int64_t j) {
  const mm_kernels *f = t->kernels;
  int64_t cols = min64(t->panel_cols, t->n - j);
  f->pack(t->b + j * t->b_col * f->size, t->b_col, t->b_row, cols, t->k,
          (int)min64(t->panel_cols, round_up(cols, f->lanes)), t->packed_b + j * t->k * f->compute_size);
}

static inline void pack_rows(const block *t, int64_t i) {
  const mm_kernels *f = t->kernels;
  int64_t rows = min64(f->rows, t->m - i), half = f->rows / 2;
  f->pack(t->a + i * t->a_row * f->size, t->a_row, t->a_col, rows, t->k, (int)(rows > half ? f->rows : half),
          t->packed_a + i * t->k * f->compute_size);
}

/// Packs panels [begin, end). Panels of b come first, if b must be packed; panels of a follow.
static void pack_panels(void *context, int64_t begin, int64_t end) {
  const block *t = context;
  int64_t of_b = t->pack_b ? t->b_panels : 0;
  for (int64_t p = begin; p < end; p++) {
    if (p < of_b)
      pack_columns(t, p * t->panel_cols);
    else
      pack_rows(t, (p - of_b) * t->kernels->rows);
  }
}

/// Computes rows [i0, i1) and columns [j0, j1) of the output.
static void compute_tile(const block *t, int64_t i0, int64_t i1, int64_t j0, int64_t j1) {
  const mm_kernels *f = t->kernels, *g = t->out_kernels;
  _Alignas(64) char tile[MAX_TILE_BYTES];
  int half_rows = f->rows / 2;
  for (int64_t j = j0; j < j1; j += t->panel_cols) {
    int64_t cols = min64(t->panel_cols, j1 - j), vectors = 1 + (cols > f->lanes) + (cols > 2 * f->lanes);
    const char *b = t->packed_b + j * t->k * f->compute_size;
    const char *bias = t->bias ? t->bias + j * g->size : NULL;
    for (int64_t i = i0; i < i1; i += f->rows) {
      int64_t rows = min64(f->rows, i1 - i);
      bool half = rows <= half_rows;
      mm_micro micro = f->micro[half][vectors - 1];
      const char *a = t->packed_a + i * t->k * f->compute_size;
      char *c = t->c + (i * t->ldc + j) * g->size;
      if (g->native && rows == (half ? half_rows : f->rows) && cols == vectors * f->lanes) {
        micro(t->k, a, b, c, t->ldc, bias, t->accumulate);
      } else {
        micro(t->k, a, b, tile, vectors * f->lanes, NULL, false);
        g->store(tile, (int)vectors * f->lanes, rows, cols, c, t->ldc, bias, t->accumulate);
      }
    }
  }
}

static void compute_tiles(void *context, int64_t begin, int64_t end) {
  const block *t = context;
  for (int64_t index = begin; index < end; index++) {
    int64_t i = index / t->tiles_across * t->tile_rows, j = index % t->tiles_across * t->tile_cols;
    compute_tile(t, i, min64(t->m, i + t->tile_rows), j, min64(t->n, j + t->tile_cols));
  }
}

/// Computes a product whose panels fit on the stack, on one thread and without blocks. Returns false if they do not
/// fit.
static bool small_gemm(const mm_kernels *f, const mm_kernels *g, int64_t m, int64_t n, int64_t k, const st_matrix *a,
                       const st_matrix *b, const void *bias, const st_matrix *out) {
  _Alignas(64) char packed_a[SMALL_BYTES], packed_b[SMALL_BYTES];
  int64_t panel_cols = f->vectors * f->lanes, step = k * f->compute_size;
  if (m > SMALL_SIDE || n > SMALL_SIDE || step * (m + f->rows) > SMALL_BYTES || step * (n + panel_cols) > SMALL_BYTES)
    return false;
  block t = {.kernels = f,
             .out_kernels = g,
             .a = a->data,
             .b = b->data,
             .bias = bias,
             .c = out->data,
             .a_row = a->row,
             .a_col = a->col,
             .b_row = b->row,
             .b_col = b->col,
             .ldc = out->row,
             .m = m,
             .n = n,
             .k = k,
             .panel_cols = panel_cols,
             .packed_a = packed_a,
             .packed_b = packed_b};
  for (int64_t j = 0; j < n; j += panel_cols) pack_columns(&t, j);
  for (int64_t i = 0; i < m; i += f->rows) pack_rows(&t, i);
  compute_tile(&t, 0, m, 0, n);
  return true;
}

/// Chooses tiles that are large enough to be efficient and numerous enough to share. The choice depends on the sizes
/// only.
static void choose_tiles(block *t) {
  const mm_kernels *f = t->kernels;
  t->tile_rows = min64(round_up(t->m, f->rows), f->rows * 12);
  t->tile_cols = min64(round_up(t->n, t->panel_cols), t->panel_cols * 4);
  while (t->tile_cols > t->panel_cols && ceil_div(t->m, t->tile_rows) * ceil_div(t->n, t->tile_cols) < 32)
    t->tile_cols -= t->panel_cols;
  while (t->tile_rows > f->rows && ceil_div(t->m, t->tile_rows) * ceil_div(t->n, t->tile_cols) < 32 &&
         t->tile_rows * t->tile_cols * t->k > PIECE_WORK)
    t->tile_rows = round_up(t->tile_rows / 2, f->rows);
  t->tiles_across = ceil_div(t->n, t->tile_cols);
}

/// Packs with f and stores with g. They are the same, or g is float32's if sums must not be rounded yet.
static void gemm(const mm_kernels *f, const mm_kernels *g, int64_t m, int64_t n, int64_t k, const st_matrix *a,
                 const st_matrix *b, const void *bias, char *c, int64_t ldc, _Atomic int64_t *missing) {
  int64_t step = STEP_BYTES / f->compute_size, size = f->size;
  step = ceil_div(k, ceil_div(k, step));
  block t = {
      .kernels = f, .out_kernels = g, .a_row = a->row, .a_col = a->col, .b_row = b->row, .b_col = b->col, .ldc = ldc};
  t.panel_cols = f->vectors * f->lanes;
  int64_t block_rows = BLOCK_BYTES / (step * f->compute_size) / f->rows * f->rows;
  int64_t block_cols = BLOCK_BYTES / (step * f->compute_size) / t.panel_cols * t.panel_cols;
  size_t a_bytes = (size_t)(min64(round_up(m, f->rows), block_rows) * step * f->compute_size);
  size_t b_bytes = (size_t)(min64(round_up(n, t.panel_cols), block_cols) * step * f->compute_size);
  t.packed_a = mm_scratch(MM_SCRATCH_A, a_bytes);
  t.packed_b = mm_scratch(MM_SCRATCH_B, b_bytes);
  if (!t.packed_a || !t.packed_b) {
    st_note_missing(missing, t.packed_a ? b_bytes : a_bytes);
    return;
  }
  for (int64_t j = 0; j < n; j += block_cols)
    for (int64_t s = 0; s < k; s += step)
      for (int64_t i = 0; i < m; i += block_rows) {
        t.m = min64(block_rows, m - i);
        t.n = min64(block_cols, n - j);
        t.k = min64(step, k - s);
        t.a = (const char *)a->data + (i * a->row + s * a->col) * size;
        t.b = (const char *)b->data + (s * b->row + j * b->col) * size;
        t.c = c + (i * ldc + j) * g->size;
        t.bias = bias && s + t.k == k ? (const char *)bias + j * g->size : NULL;
        t.accumulate = s > 0;
        t.pack_b = i == 0;
        t.a_panels = ceil_div(t.m, f->rows);
        t.b_panels = ceil_div(t.n, t.panel_cols);
        choose_tiles(&t);
        int64_t tiles = ceil_div(t.m, t.tile_rows) * t.tiles_across;
        st_parallel_for(t.a_panels + (t.pack_b ? t.b_panels : 0), max64(1, PIECE_ELEMENTS / (t.panel_cols * t.k)),
                        pack_panels, &t);
        st_parallel_for(tiles, max64(1, PIECE_WORK / (t.tile_rows * t.tile_cols * t.k)), compute_tiles, &t);
      }
}

typedef struct {
  const mm_kernels *kernels;
  const float *sums;
  int64_t n;
  const char *bias;
  char *out;
  int64_t ldc;
} rounding;

static void round_rows(void *context, int64_t begin, int64_t end) {
  const rounding *t = context;
  t->kernels->store(t->sums + begin * t->n, (int)t->n, end - begin, t->n, t->out + begin * t->ldc * t->kernels->size,
                    t->ldc, t->bias, false);
}

void mm_gemm(const mm_kernels *f, const mm_kernels *g, int64_t m, int64_t n, int64_t k, const st_matrix *a,
             const st_matrix *b, const void *bias, const st_matrix *out, _Atomic int64_t *missing) {
  if (small_gemm(f, g, m, n, k, a, b, bias, out)) return;
  bool rounds = f == g && (f == mm_kernels_for(ST_F16) || f == mm_kernels_for(ST_BF16));
  if (!rounds || k * f->compute_size <= STEP_BYTES) {
    gemm(f, g, m, n, k, a, b, bias, out->data, out->row, missing);
    return;
  }
  // A sum that is cut into blocks is kept in float32, one band of rows at a time, and rounded at the end.
  int64_t band = min64(m, max64(1, SUMS_BYTES / (n * (int64_t)sizeof(float))));
  size_t bytes = (size_t)(band * n) * sizeof(float), capacity;
  float *sums = st_scratch(bytes, &capacity);
  if (!sums) {
    st_note_missing(missing, bytes);
    return;
  }
  for (int64_t i = 0; i < m; i += band) {
    int64_t rows = min64(band, m - i);
    st_matrix part = *a;
    part.data = (char *)a->data + i * a->row * f->size;
    gemm(f, mm_kernels_for(ST_F32), rows, n, k, &part, b, NULL, (char *)sums, n, missing);
    rounding t = {f, sums, n, bias, (char *)out->data + i * out->row * f->size, out->row};
    st_parallel_for(rows, max64(1, PIECE_ELEMENTS / n), round_rows, &t);
  }
  st_deallocate(sums, capacity);
}
