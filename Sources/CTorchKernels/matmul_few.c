// float32 products of a matrix with 2 to 8 vectors, which read the matrix once, where it lies: rows of dot products if
// it is contiguous along the sum, and sums of rows if it is contiguous along the other dimension.
#include "isa.h"
#include "matmul_internal.h"

#if defined(__x86_64__)

#pragma STDC FP_CONTRACT ON

enum {
  LANES = 8,
  MOST = 8,      // vectors
  SHORT = 1024,  // elements of a row whose successor is prefetched
  SPAN = 512,    // sums of each vector that stay in the first cache
  STEPS = 8      // rows that are added in a pass
};
/// Elements of a parallel piece.
enum { PIECE_ELEMENTS = 1 << 15 };

/// out[i * out_lane + v * out_vector] = sum over s of matrix[i * lane + s * step] * vectors[v * stride + s] + bias[i *
/// bias_lane + v * bias_vector]
typedef struct {
  const float *matrix, *vectors, *bias;
  float *out;
  int64_t lane, step, stride, out_lane, out_vector, bias_lane, bias_vector, steps;
  int count;
} product;

static inline void put(const product *p, int64_t i, int v, float sum) {
  if (p->bias) sum += p->bias[i * p->bias_lane + v * p->bias_vector];
  p->out[i * p->out_lane + v * p->out_vector] = sum;
}

#pragma clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function)

typedef float vector __attribute__((ext_vector_type(LANES)));
typedef vector unaligned __attribute__((aligned(4)));
typedef float half __attribute__((ext_vector_type(4)));

#define UNROLLED _Pragma("clang loop unroll(full)")
#define LOAD(p) (*(const unaligned *)(p))

// Computes R rows times C vectors.
#define DOTS(R, C)                                                                                      \
  static void dots_##R##_##C(const product *p, int64_t i, int v) {                                      \
    const float *w = p->matrix + i * p->lane, *x = p->vectors + v * p->stride;                          \
    vector sum[R][C];                                                                                   \
    UNROLLED for (int r = 0; r < R; r++) UNROLLED for (int c = 0; c < C; c++) sum[r][c] = (vector)0.0f; \
    /* Short rows end before the processor notices that they are read in order. */                      \
    int64_t s = 0, ahead = p->steps <= SHORT ? 2 * R * p->lane : 0;                                     \
    for (; s + LANES <= p->steps; s += LANES) {                                                         \
      vector row[R];                                                                                    \
      UNROLLED for (int r = 0; r < R; r++) __builtin_prefetch(w + r * p->lane + s + ahead, 0, 2);       \
      UNROLLED for (int r = 0; r < R; r++) row[r] = LOAD(w + r * p->lane + s);                          \
      UNROLLED for (int c = 0; c < C; c++) {                                                            \
        vector y = LOAD(x + c * p->stride + s);                                                         \
        UNROLLED for (int r = 0; r < R; r++) sum[r][c] += row[r] * y;                                   \
      }                                                                                                 \
    }                                                                                                   \
    UNROLLED for (int r = 0; r < R; r++) UNROLLED for (int c = 0; c < C; c++) {                         \
      half h = sum[r][c].lo + sum[r][c].hi;                                                             \
      float total = (h[0] + h[2]) + (h[1] + h[3]);                                                      \
      for (int64_t t = s; t < p->steps; t++) total += w[r * p->lane + t] * x[c * p->stride + t];        \
      put(p, i + r, v + c, total);                                                                      \
    }                                                                                                   \
  }
DOTS(3, 4)
DOTS(3, 3)
DOTS(3, 2)
DOTS(1, 4)
DOTS(1, 3)
DOTS(1, 2)

static void run_dots(void *context, int64_t begin, int64_t end) {
  typedef void (*dots)(const product *, int64_t, int);
  static const dots three[] = {dots_3_2, dots_3_3, dots_3_4}, one[] = {dots_1_2, dots_1_3, dots_1_4};
  const product *p = context;
  for (int64_t i = begin, rows; i < end; i += rows) {
    rows = end - i >= 3 ? 3 : 1;
    // The rows stay in the first cache for the second half of the vectors.
    int first = p->count > 4 ? (p->count + 1) / 2 : p->count;
    for (int v = 0; v < p->count; v += first) {
      int count = p->count - v < first ? p->count - v : first;
      (rows == 3 ? three : one)[count - 2](p, i, v);
    }
  }
}

// Adds rows of the matrix to the sums of some lanes.
static void run_sums(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  _Alignas(64) float sums[MOST * SPAN];
  for (int64_t i = begin; i < end; i += SPAN) {
    int64_t n = end - i < SPAN ? end - i : SPAN;
    for (int v = 0; v < p->count; v++) memset(sums + v * SPAN, 0, (size_t)n * sizeof(float));
    for (int64_t s = 0; s < p->steps; s += STEPS) {
      const float *w = p->matrix + s * p->step + i, *x = p->vectors + s;
      int64_t rows = p->steps - s < STEPS ? p->steps - s : STEPS, j = 0;
      for (; rows == STEPS && j + LANES <= n; j += LANES) {
        vector row[STEPS];
        if (j % 16 == 0) UNROLLED for (int r = 0; r < STEPS; r++)
            __builtin_prefetch(w + (2 * STEPS + r) * p->step + j, 0, 2);
        UNROLLED for (int r = 0; r < STEPS; r++) row[r] = LOAD(w + r * p->step + j);
        for (int v = 0; v < p->count; v++) {
          vector *sum = (vector *)(sums + v * SPAN + j), t = *sum;
          UNROLLED for (int r = 0; r < STEPS; r++) t += row[r] * (vector)x[v * p->stride + r];
          *sum = t;
        }
      }
      for (; j < n; j++)
        for (int v = 0; v < p->count; v++)
          for (int64_t r = 0; r < rows; r++) sums[v * SPAN + j] += w[r * p->step + j] * x[v * p->stride + r];
    }
    for (int v = 0; v < p->count; v++)
      for (int64_t j = 0; j < n; j++) put(p, i + j, v, sums[v * SPAN + j]);
  }
}

#pragma clang attribute pop

bool mm_few(int64_t m, int64_t n, int64_t k, const st_matrix *a, const st_matrix *b, const void *bias,
            const st_matrix *out, _Atomic int64_t *missing) {
  int64_t few = m < n ? m : n, lanes = m < n ? n : m;
  if (st_isa() < ST_AVX2 || few > MOST || few < 2 || k < LANES || k > INT32_MAX) return false;
  bool left = m < n;  // whether the vectors are the rows of a
  product p = left ? (product){.matrix = b->data,
                               .lane = b->col,
                               .step = b->row,
                               .vectors = a->data,
                               .stride = a->row,
                               .out_lane = 1,
                               .out_vector = out->row,
                               .bias_lane = 1}
                   : (product){.matrix = a->data,
                               .lane = a->row,
                               .step = a->col,
                               .vectors = b->data,
                               .stride = b->col,
                               .out_lane = out->row,
                               .out_vector = 1,
                               .bias_vector = 1};
  if (p.step != 1 && p.lane != 1) return false;
  p.bias = bias, p.out = out->data, p.steps = k, p.count = (int)few;
  int64_t step = left ? a->col : b->row;
  if (step != 1) {
    size_t bytes = (size_t)(few * k) * sizeof(float);
    float *vectors = mm_scratch(MM_SCRATCH_VECTOR, bytes);
    if (!vectors) {
      st_note_missing(missing, bytes);
      return true;
    }
    mm_kernels_for(ST_F32)->pack(p.vectors, step, p.stride, k, few, (int)k, vectors);
    p.vectors = vectors, p.stride = k;
  }
  int64_t piece = PIECE_ELEMENTS / k;
  if (p.step == 1) {
    st_parallel_for(lanes, piece < 12 ? 12 : piece / 3 * 3, run_dots, &p);
  } else {
    piece = piece < SPAN / 2 ? SPAN / 2 : piece / LANES * LANES;
    st_parallel_for(lanes, piece, run_sums, &p);
  }
  return true;
}

#else

bool mm_few(int64_t m, int64_t n, int64_t k, const st_matrix *a, const st_matrix *b, const void *bias,
            const st_matrix *out, _Atomic int64_t *missing) {
  (void)m, (void)n, (void)k, (void)a, (void)b, (void)bias, (void)out, (void)missing;
  return false;
}

#endif
