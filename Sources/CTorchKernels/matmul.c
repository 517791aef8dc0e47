// Chooses the method of each product: matrix times vector, oneDNN or own kernels. A batch of small products is shared
// out in whole products.
#include <pthread.h>
#include <stdlib.h>

#include "convolution_internal.h"

static inline int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

typedef struct {
  void *memory[MM_SCRATCH_COUNT];
  size_t bytes[MM_SCRATCH_COUNT];
  void *onednn, *convolution;
} thread_state;

static _Thread_local thread_state *state;
static pthread_key_t state_key;
static bool has_key;
static pthread_once_t state_once = PTHREAD_ONCE_INIT;

static void forget(void *p) {
  thread_state *t = p;
  for (int i = 0; i < MM_SCRATCH_COUNT; i++) free(t->memory[i]);
  mm_onednn_forget(t->onednn);
  cv_onednn_forget(t->convolution);
  free(t);
  state = NULL;
}

static void make_key(void) { has_key = pthread_key_create(&state_key, forget) == 0; }

// Returns the calling thread's state, or NULL if there is no memory.
static thread_state *thread(void) {
  if (state) return state;
  pthread_once(&state_once, make_key);
  thread_state *t = has_key ? calloc(1, sizeof *t) : NULL;
  if (t && pthread_setspecific(state_key, t)) {
    free(t);
    t = NULL;
  }
  return state = t;
}

void **mm_onednn_state(void) {
  thread_state *t = thread();
  return t ? &t->onednn : NULL;
}

void **cv_onednn_state(void) {
  thread_state *t = thread();
  return t ? &t->convolution : NULL;
}

/// Bytes that a slot keeps; a larger slot is freed when less is requested.
enum { KEPT_BYTES = 16 << 20 };

void *mm_scratch(int slot, size_t bytes) {
  thread_state *t = thread();
  if (!t) return NULL;
  if (t->bytes[slot] < bytes || (t->bytes[slot] > KEPT_BYTES && bytes <= KEPT_BYTES)) {
    free(t->memory[slot]);
    size_t whole = (bytes + 4095) & ~(size_t)4095;
    t->memory[slot] = st_kept_scratch(whole);
    t->bytes[slot] = t->memory[slot] ? whole : 0;
  }
  return t->memory[slot];
}

/// Multiply-adds of a parallel piece, and multiply-adds from which one product is shared rather than a batch of
/// products.
enum { PIECE_WORK = 1 << 18, SHARED_WORK = 1 << 22 };
/// Up to this number of multiply-adds the own kernels cost less than a call of oneDNN.
enum { SMALL_WORK = 3 << 12, SMALL_WORK_BF16 = 1 << 11 };
/// Elements of a parallel piece of a matrix, if each is read once.
enum { PIECE_ELEMENTS = 1 << 15, WIDE_LANES = 256 };

typedef struct {
  st_dtype dtype, out_dtype;
  const mm_kernels *kernels, *out_kernels;
  int64_t m, n, k;
  const st_matrix *a, *b, *out;
  const void *bias;
  _Atomic int64_t *missing;
} product;

typedef struct {
  const mm_kernels *kernels;
  const void *matrix, *vector, *bias;
  void *out;
  int64_t lane_stride, step_stride, bias_stride, out_stride, k;
} gemv;

static void run_gemv(void *context, int64_t begin, int64_t end) {
  const gemv *t = context;
  t->kernels->gemv(t->matrix, t->lane_stride, t->step_stride, t->vector, t->bias, t->bias_stride, t->out, t->out_stride,
                   begin, end, t->k);
}

// Returns the number of lanes of a piece. If rows are summed, a piece is wide enough to read memory in long runs, and
// two threads share the pieces evenly.
static int64_t gemv_piece(int64_t lanes, int64_t k, bool in_rows) {
  int64_t most = max64(1, PIECE_ELEMENTS / k);
  if (in_rows) return (most + 3) / 4 * 4;
  most = max64(WIDE_LANES, most);
  if (lanes <= most / 2) return lanes;
  int64_t pieces = ((lanes + most - 1) / most + 1) / 2 * 2;
  return ((lanes + pieces - 1) / pieces + 15) / 16 * 16;
}

static void multiply(const product *p, const st_matrix *a, const st_matrix *b, const st_matrix *out) {
  const mm_kernels *f = p->kernels;
  if ((p->m == 1 || p->n == 1) && p->out_dtype == p->dtype) {
    bool row = p->m == 1;
    gemv t = row ? (gemv){f, b->data, a->data, p->bias, out->data, b->col, b->row, 1, 1, p->k}
                 : (gemv){f, a->data, b->data, p->bias, out->data, a->row, a->col, 0, out->row, p->k};
    int64_t stride = row ? a->col : b->row;
    if (!f->native || stride != 1) {
      // Every piece reads the vector, so it is converted once.
      size_t bytes = (size_t)p->k * (size_t)f->compute_size;
      void *vector = mm_scratch(MM_SCRATCH_VECTOR, bytes);
      if (!vector) {
        st_note_missing(p->missing, bytes);
        return;
      }
      f->pack(t.vector, stride, 0, p->k, 1, 0, vector);
      t.vector = vector;
    }
    int64_t lanes = row ? p->n : p->m;
    st_parallel_for(lanes, gemv_piece(lanes, p->k, t.step_stride == 1), run_gemv, &t);
    return;
  }
  if (p->dtype == ST_F32 && p->out_dtype == ST_F32 &&
      (mm_few(p->m, p->n, p->k, a, b, p->bias, out, p->missing) ||
       mm_panels(p->m, p->n, p->k, a, b, p->bias, out, p->missing)))
    return;
  double small = p->dtype == ST_BF16 ? SMALL_WORK_BF16 : SMALL_WORK;
  if ((double)p->m * (double)p->n * (double)p->k > small &&
      mm_onednn(p->dtype, p->out_dtype, p->m, p->n, p->k, a, b, p->bias, out, p->missing))
    return;
  mm_gemm(f, p->out_kernels, p->m, p->n, p->k, a, b, p->bias, out, p->missing);
}

static void run_products(void *context, int64_t begin, int64_t end) {
  const product *p = context;
  size_t size = st_size(p->dtype), out_size = st_size(p->out_dtype);
  for (int64_t i = begin; i < end; i++) {
    st_matrix a = *p->a, b = *p->b, out = *p->out;
    a.data = (char *)a.data + i * a.batch * (int64_t)size;
    b.data = (char *)b.data + i * b.batch * (int64_t)size;
    out.data = (char *)out.data + i * out.batch * (int64_t)out_size;
    multiply(p, &a, &b, &out);
  }
}

static void fill(const product *p, int64_t batch) {
  size_t size = st_size(p->out_dtype), row = (size_t)p->n * size;
  for (int64_t i = 0; i < batch; i++)
    for (int64_t r = 0; r < p->m; r++) {
      char *to = (char *)p->out->data + (i * p->out->batch + r * p->out->row) * (int64_t)size;
      if (p->bias)
        memcpy(to, p->bias, row);
      else
        memset(to, 0, row);
    }
}

int64_t st_matmul(st_dtype dtype, st_dtype out_dtype, int64_t batch, int64_t m, int64_t n, int64_t k,
                  const st_matrix *a, const st_matrix *b, const void *bias, const st_matrix *out) {
  if (batch <= 0 || m <= 0 || n <= 0) return 0;
  _Atomic int64_t missing = 0;
  product p = {dtype, out_dtype, mm_kernels_for(dtype), mm_kernels_for(out_dtype), m, n, k, a, b, out, bias, &missing};
  if (k <= 0) {
    fill(&p, batch);
    return 0;
  }
  // A batch with a single b and adjacent rows is one taller matrix.
  if (batch > 1 && b->batch == 0 && a->batch == m * a->row && out->batch == m * out->row) {
    p.m = m * batch;
    batch = 1;
  }
  double work = (double)p.m * (double)p.n * (double)p.k;
  if (work >= SHARED_WORK) {
    for (int64_t i = 0; i < batch; i++) run_products(&p, i, i + 1);
  } else {
    st_parallel_for(batch, max64(1, (int64_t)(PIECE_WORK / work)), run_products, &p);
  }
  return st_missing(&missing);
}
