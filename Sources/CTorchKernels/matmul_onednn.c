// oneDNN's matmul primitive. This file cuts tiles by size and computes each on one thread, because oneDNN itself may
// split a sum by the number of threads.
#include <stdlib.h>

#include "isa.h"
#include "matmul_internal.h"
#include "onednn.h"
#include "st_memory.h"

#ifdef HAVE_ONEDNN
#include <pthread.h>

#if DNNL_VERSION_MAJOR >= 3
static bool make_desc(memory_desc *d, const dnnl_dims_t dims, dnnl_data_type_t type, const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(d, 2, dims, type, strides) == dnnl_success;
}
static void free_desc(memory_desc *d) { dnnl_memory_desc_destroy(*d); }
static bool make_matmul(dnnl_primitive_desc_t *d, dnnl_engine_t engine, memory_desc *a, memory_desc *b,
                        memory_desc *bias, memory_desc *c, dnnl_primitive_attr_t attributes) {
  return dnnl_matmul_primitive_desc_create(d, engine, *a, *b, bias ? *bias : NULL, *c, attributes) == dnnl_success;
}
static dnnl_status_t make_memory(dnnl_memory_t *memory, const memory_desc *d, dnnl_engine_t engine) {
  return dnnl_memory_create(memory, *d, engine, DNNL_MEMORY_NONE);
}
static dnnl_status_t make_borrowed_memory(dnnl_memory_t *memory, borrowed_desc d, dnnl_engine_t engine) {
  return dnnl_memory_create(memory, d, engine, DNNL_MEMORY_NONE);
}
static size_t desc_bytes(borrowed_desc d) { return dnnl_memory_desc_get_size(d); }
#else
static bool make_desc(memory_desc *d, const dnnl_dims_t dims, dnnl_data_type_t type, const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(d, 2, dims, type, strides) == dnnl_success;
}
static void free_desc(memory_desc *d) { (void)d; }
static bool make_matmul(dnnl_primitive_desc_t *d, dnnl_engine_t engine, memory_desc *a, memory_desc *b,
                        memory_desc *bias, memory_desc *c, dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t operation;
  return dnnl_matmul_desc_init(&operation, a, b, bias, c) == dnnl_success &&
         dnnl_primitive_desc_create(d, &operation, attributes, engine, NULL) == dnnl_success;
}
static dnnl_status_t make_memory(dnnl_memory_t *memory, const memory_desc *d, dnnl_engine_t engine) {
  return dnnl_memory_create(memory, d, engine, DNNL_MEMORY_NONE);
}
static dnnl_status_t make_borrowed_memory(dnnl_memory_t *memory, borrowed_desc d, dnnl_engine_t engine) {
  return dnnl_memory_create(memory, d, engine, DNNL_MEMORY_NONE);
}
static size_t desc_bytes(borrowed_desc d) { return dnnl_memory_desc_get_size(d); }
#endif

static dnnl_engine_t engine;
static dnnl_primitive_attr_t attributes;
static bool usable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void) {
#if defined(__x86_64__)
  // Use no more than the environment allows. Without a setting, oneDNN decides.
  if (st_isa() == ST_AVX2 && st_isa_of_processor() > ST_AVX2 && dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2) != dnnl_success)
    return;
#endif
  usable = dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success &&
           dnnl_primitive_attr_create(&attributes) == dnnl_success &&
           dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user) == dnnl_success;
}

void *mm_onednn_engine(void) {
  pthread_once(&once, start);
  return usable ? engine : NULL;
}

/// The key of a product: products with equal keys share a primitive. Keys are compared as bytes, so there is no
/// padding.
typedef struct {
  int64_t m, n, k, a_row, a_col, b_row, b_col, ldc;
  int32_t dtype, bias, out_dtype, unused;
} key;

enum { SRC, WEIGHTS, DST, BIAS, SCRATCHPAD, OPERANDS };
typedef struct {
  key key;
  dnnl_primitive_t primitive;
  dnnl_memory_t memory[OPERANDS];
  size_t scratchpad;
  bool failed;
} entry;

/// A direct-mapped cache: a collision evicts. Each thread has one, so no lock is needed and memory objects can point
/// anywhere. oneDNN's own cache shares the generated code.
enum { ENTRIES = 256 };
typedef struct {
  dnnl_stream_t stream;
  entry entries[ENTRIES];
} cache;

static void clear(entry *e) {
  for (int i = 0; i < OPERANDS; i++)
    if (e->memory[i]) dnnl_memory_destroy(e->memory[i]);
  if (e->primitive) dnnl_primitive_destroy(e->primitive);
  memset(e, 0, sizeof *e);
}

void mm_onednn_forget(void *state) {
  cache *c = state;
  if (!c) return;
  for (int i = 0; i < ENTRIES; i++) clear(&c->entries[i]);
  dnnl_stream_destroy(c->stream);
  free(c);
}

static cache *thread_cache(void) {
  void **state = mm_onednn_state();
  if (!state) return NULL;
  if (!*state) {
    pthread_once(&once, start);
    cache *c = usable ? calloc(1, sizeof *c) : NULL;
    if (c && dnnl_stream_create(&c->stream, engine, dnnl_stream_default_flags) != dnnl_success) {
      free(c);
      c = NULL;
    }
    *state = c;
  }
  return *state;
}

static uint64_t hash(const key *k) {
  uint64_t words[sizeof *k / 8], h = 0;
  memcpy(words, k, sizeof *k);
  for (size_t i = 0; i < sizeof *k / 8; i++) h = (h ^ words[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
  return h;
}

static bool build(entry *e) {
  const key *k = &e->key;
  dnnl_data_type_t type = k->dtype == ST_BF16 ? dnnl_bf16 : dnnl_f32,
                   out_type = k->out_dtype == ST_BF16 ? dnnl_bf16 : dnnl_f32;
  memory_desc a, b, c, bias;
  dnnl_primitive_desc_t d = NULL;
  if (!make_desc(&a, (dnnl_dims_t){k->m, k->k}, type, (dnnl_dims_t){k->a_row, k->a_col})) return false;
  bool made = false;
  if (make_desc(&b, (dnnl_dims_t){k->k, k->n}, type, (dnnl_dims_t){k->b_row, k->b_col})) {
    if (make_desc(&c, (dnnl_dims_t){k->m, k->n}, out_type, (dnnl_dims_t){k->ldc, 1})) {
      if (make_desc(&bias, (dnnl_dims_t){1, k->n}, type, (dnnl_dims_t){k->n, 1})) {
        if (make_matmul(&d, engine, &a, &b, k->bias ? &bias : NULL, &c, attributes)) {
          borrowed_desc scratchpad = dnnl_primitive_desc_query_md(d, dnnl_query_scratchpad_md, 0);
          e->scratchpad = desc_bytes(scratchpad);
          made = dnnl_primitive_create(&e->primitive, d) == dnnl_success &&
                 make_memory(&e->memory[SRC], &a, engine) == dnnl_success &&
                 make_memory(&e->memory[WEIGHTS], &b, engine) == dnnl_success &&
                 make_memory(&e->memory[DST], &c, engine) == dnnl_success &&
                 (!k->bias || make_memory(&e->memory[BIAS], &bias, engine) == dnnl_success) &&
                 make_borrowed_memory(&e->memory[SCRATCHPAD], scratchpad, engine) == dnnl_success;
          dnnl_primitive_desc_destroy(d);
        }
        free_desc(&bias);
      }
      free_desc(&c);
    }
    free_desc(&b);
  }
  free_desc(&a);
  return made;
}

static entry *find(cache *c, const key *k) {
  entry *e = &c->entries[hash(k) % ENTRIES];
  if (memcmp(&e->key, k, sizeof *k) != 0) {
    clear(e);
    e->key = *k;
    if (!build(e)) {
      clear(e);
      e->key = *k;
      e->failed = true;
    }
  }
  return e->failed ? NULL : e;
}

static bool run(cache *c, const key *k, const void *a, const void *b, const void *bias, void *out) {
  entry *e = find(c, k);
  if (!e) return false;
  const int names[] = {DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS, DNNL_ARG_SCRATCHPAD};
  void *scratch = mm_scratch(MM_SCRATCH_ONEDNN, e->scratchpad + 64);
  if (!scratch) return false;
  const void *data[] = {a, b, out, bias, scratch};
  dnnl_exec_arg_t arguments[OPERANDS];
  int count = 0;
  for (int i = 0; i < OPERANDS; i++) {
    if (!e->memory[i]) continue;
    if (dnnl_memory_set_data_handle(e->memory[i], (void *)data[i]) != dnnl_success) return false;
    arguments[count++] = (dnnl_exec_arg_t){names[i], e->memory[i]};
  }
  return dnnl_primitive_execute(e->primitive, c->stream, count, arguments) == dnnl_success &&
         dnnl_stream_wait(c->stream) == dnnl_success;
}

/// Multiply-adds of a tile.
enum { TILE_WORK = 1 << 17 };

typedef struct {
  const mm_kernels *kernels, *out_kernels;
  key key;
  int64_t tile_rows, tile_cols, tiles_across;
  const char *a, *b, *bias;
  char *out;
  int64_t size, out_size;
  _Atomic int64_t *missing;
} tiling;

static void run_tiles(void *context, int64_t begin, int64_t end) {
  const tiling *t = context;
  cache *c = thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  for (int64_t index = begin; index < end; index++) {
    int64_t i = index / t->tiles_across * t->tile_rows, j = index % t->tiles_across * t->tile_cols;
    key k = t->key;
    k.m = k.m - i < t->tile_rows ? k.m - i : t->tile_rows;
    k.n = k.n - j < t->tile_cols ? k.n - j : t->tile_cols;
    const void *a = t->a + i * k.a_row * t->size, *b = t->b + j * k.b_col * t->size,
               *bias = t->bias ? t->bias + j * t->size : NULL;
    void *out = t->out + (i * k.ldc + j) * t->out_size;
    if (c && run(c, &k, a, b, bias, out)) continue;
    st_matrix left = {(void *)a, 0, k.a_row, k.a_col}, right = {(void *)b, 0, k.b_row, k.b_col},
              result = {out, 0, k.ldc, 1};
    mm_gemm(t->kernels, t->out_kernels, k.m, k.n, k.k, &left, &right, bias, &result, t->missing);
  }
  if (threads != 1) omp_set_num_threads(threads);
}

static inline int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Chooses tiles of at most 256 x 512. They are cut further while there are fewer than sixteen and each keeps enough
/// work. The choice depends on the sizes only, not on the number of threads.
static void choose_tiles(tiling *t) {
  int64_t m = t->key.m, n = t->key.n, across = ceil_div(n, 512), down = ceil_div(m, 256);
  double work = (double)m * (double)n * (double)t->key.k;
  while (across * down < 16 && work / (double)(across * down) > 2 * TILE_WORK) {
    if (n / across >= 192) across *= 2;
    else if (m / down >= (n < 64 ? 64 : 128)) down *= 2;
    else break;
  }
  t->tile_rows = ceil_div(ceil_div(m, down), 16) * 16;
  t->tile_cols = ceil_div(ceil_div(n, across), 16) * 16;
  t->tiles_across = ceil_div(n, t->tile_cols);
}

static bool readable(int64_t rows, int64_t cols, int64_t row, int64_t col) {
  return (col == 1 && row >= cols) || (row == 1 && col >= rows);
}

/// A copy of the lines of a matrix, further apart.
typedef struct {
  const char *from;
  char *to;
  int64_t bytes, from_stride, to_stride;
} spreading;

static void spread_body(void *context, int64_t begin, int64_t end) {
  const spreading *s = context;
  for (int64_t line = begin; line < end; line++)
    memcpy(s->to + line * s->to_stride, s->from + line * s->from_stride, (size_t)s->bytes);
}

/// Lines that are a multiple of 2 KiB apart compete for the same places of the first cache while oneDNN packs them,
/// which may halve its speed. Returns a copy of `lines` lines whose distance is another one, and sets their stride in
/// elements. Returns NULL if the lines are well apart, few, or used for too few products, or if there is no memory;
/// then the product is only slower.
static char *spread(const void *data, int64_t lines, int64_t length, int64_t uses, int64_t *stride, int64_t size,
                    size_t *capacity) {
  if (*stride * size % 2048 || lines < 256 || length < 256 || uses < 256) return NULL;
  spreading s = {data, NULL, length * size, *stride * size, (length * size + 63) / 64 * 64};
  if (s.to_stride % 2048 == 0) s.to_stride += 64;
  s.to = st_scratch((size_t)(lines * s.to_stride), capacity);
  if (!s.to) return NULL;
  st_parallel_for(lines, 16, spread_body, &s);
  *stride = s.to_stride / size;
  return s.to;
}

bool mm_onednn(st_dtype dtype, st_dtype out_dtype, int64_t m, int64_t n, int64_t k, const st_matrix *a,
               const st_matrix *b, const void *bias, const st_matrix *out, _Atomic int64_t *missing) {
  if (dtype != ST_F32 && !(dtype == ST_BF16 && st_multiplies_bfloat16())) return false;
#if defined(__x86_64__)
  // oneDNN (2.6) multiplies pairs along k. If k is odd, it multiplies the element after the row's end by zero; if that
  // element is infinite, the result is NaN.
  if (dtype == ST_BF16 && k % 2) return false;
  // oneDNN does not support an instruction set as low as the baseline.
  if (st_isa() == ST_BASELINE) return false;
#endif
  if (!readable(m, k, a->row, a->col) || !readable(k, n, b->row, b->col)) return false;
  key key = {m, n, k, a->row, a->col, b->row, b->col, out->row, dtype, bias != NULL, out_dtype, 0};
  int64_t size = (int64_t)st_size(dtype);
  size_t capacity[2];
  char *left = a->col == 1 ? spread(a->data, m, k, n, &key.a_row, size, &capacity[0])
                           : spread(a->data, k, m, n, &key.a_col, size, &capacity[0]);
  char *right = b->col == 1 ? spread(b->data, k, n, m, &key.b_row, size, &capacity[1])
                            : spread(b->data, n, k, m, &key.b_col, size, &capacity[1]);
  tiling t = {mm_kernels_for(dtype),
              mm_kernels_for(out_dtype),
              key,
              m,
              n,
              1,
              left ? left : a->data,
              right ? right : b->data,
              bias,
              out->data,
              size,
              (int64_t)st_size(out_dtype),
              missing};
  choose_tiles(&t);
  st_parallel_for(ceil_div(m, t.tile_rows) * t.tiles_across, 1, run_tiles, &t);
  if (left) st_deallocate(left, capacity[0]);
  if (right) st_deallocate(right, capacity[1]);
  return true;
}

#else

bool mm_onednn(st_dtype dtype, st_dtype out_dtype, int64_t m, int64_t n, int64_t k, const st_matrix *a,
               const st_matrix *b, const void *bias, const st_matrix *out, _Atomic int64_t *missing) {
  (void)dtype, (void)out_dtype, (void)m, (void)n, (void)k, (void)a, (void)b, (void)bias, (void)out, (void)missing;
  return false;
}

void mm_onednn_forget(void *state) { (void)state; }

void *mm_onednn_engine(void) { return NULL; }

#endif
