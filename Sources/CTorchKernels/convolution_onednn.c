// oneDNN's convolution primitives, each on one thread. Work is cut by size into pieces of images, rows and channels. A
// piece brings its images into the order that the primitive computes with, so they stay in the cache until it is done.
// Weights are brought into theirs once a call, or by the caller.
#include <stdlib.h>

#include "convolution_internal.h"
#include "isa.h"
#include "st_memory.h"

#if defined(__has_include)
#if __has_include(<oneapi/dnnl/dnnl.h>)
#include <oneapi/dnnl/dnnl.h>
#define HAVE_ONEDNN 1
#endif
#endif

/// The largest size of a dimension.
enum { MOST = 1 << 24 };

bool cv_onednn_takes(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *p) {
  (void)pass;
#ifdef HAVE_ONEDNN
  // oneDNN counts in 32 bits.
  double images =
      (double)p->in_channels * (double)cv_volume(p->in) + (double)p->out_channels * (double)cv_volume(p->out);
  if (images > 0x1p28) return false;
  for (int d = 0; d < 3; d++)
    if (p->in[d] > MOST || p->out[d] > MOST || p->stride[d] > MOST || p->padding[d] > MOST ||
        (double)p->kernel[d] * (double)p->dilation[d] > MOST)
      return false;
#if defined(__x86_64__)
  // oneDNN does not support an instruction set as low as the baseline.
  if (st_isa() == ST_BASELINE) return false;
#endif
  return dtype == ST_F32 || (dtype == ST_BF16 && st_multiplies_bfloat16());
#else
  (void)dtype, (void)p;
  return false;
#endif
}

#ifdef HAVE_ONEDNN

// Functions of libgomp. Its header comes with the compiler.
extern void omp_set_num_threads(int);
extern int omp_get_max_threads(void);

typedef dnnl_memory_desc_t memory_desc;
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t borrowed_desc;
#define BORROW(d) (d)
static bool make_strided(memory_desc *d, int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                         const dnnl_dims_t strides) {
  return dnnl_memory_desc_create_with_strides(d, rank, dims, type, strides) == dnnl_success;
}
static bool make_any(memory_desc *d, int rank, const dnnl_dims_t dims, dnnl_data_type_t type) {
  return dnnl_memory_desc_create_with_tag(d, rank, dims, type, dnnl_format_tag_any) == dnnl_success;
}
static void free_desc(memory_desc *d) {
  if (*d) dnnl_memory_desc_destroy(*d);
  *d = NULL;
}
#else
typedef const dnnl_memory_desc_t *borrowed_desc;
#define BORROW(d) (&(d))
static bool make_strided(memory_desc *d, int rank, const dnnl_dims_t dims, dnnl_data_type_t type,
                         const dnnl_dims_t strides) {
  return dnnl_memory_desc_init_by_strides(d, rank, dims, type, strides) == dnnl_success;
}
static bool make_any(memory_desc *d, int rank, const dnnl_dims_t dims, dnnl_data_type_t type) {
  return dnnl_memory_desc_init_by_tag(d, rank, dims, type, dnnl_format_tag_any) == dnnl_success;
}
static void free_desc(memory_desc *d) { (void)d; }
#endif

/// The key of a piece: pieces with equal keys share a primitive. Keys are compared as bytes, so there is no padding.
typedef struct {
  st_convolution_plan plan;  // of the piece
  int64_t strides[3][5];     // of input, weight and output
  int32_t pass, dtype, bias, blocked;
} key;

enum { SRC, WEIGHTS, DST, OPERANDS };

typedef struct {
  key key;
  bool failed;
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive;
  // In oneDNN's order and in the caller's, and the primitive that copies between them, if they differ.
  dnnl_memory_t memory[OPERANDS], plain[OPERANDS], bias, scratchpad;
  dnnl_primitive_t reorder[OPERANDS];
  int64_t bytes[OPERANDS];
  size_t scratchpad_bytes;
} entry;

/// A direct-mapped cache: a collision evicts. Each thread has one, so no lock is needed and memory objects can point
/// anywhere. oneDNN's own cache shares the generated code.
enum { ENTRIES = 256 };
typedef struct {
  dnnl_engine_t engine;
  dnnl_primitive_attr_t attributes;
  dnnl_stream_t stream;
  entry entries[ENTRIES];
} cache;

static void clear(entry *e) {
  for (int i = 0; i < OPERANDS; i++) {
    if (e->memory[i]) dnnl_memory_destroy(e->memory[i]);
    if (e->plain[i]) dnnl_memory_destroy(e->plain[i]);
    if (e->reorder[i]) dnnl_primitive_destroy(e->reorder[i]);
  }
  if (e->bias) dnnl_memory_destroy(e->bias);
  if (e->scratchpad) dnnl_memory_destroy(e->scratchpad);
  if (e->primitive) dnnl_primitive_destroy(e->primitive);
  if (e->desc) dnnl_primitive_desc_destroy(e->desc);
  memset(e, 0, sizeof *e);
}

void cv_onednn_forget(void *state) {
  cache *c = state;
  if (!c) return;
  for (int i = 0; i < ENTRIES; i++) clear(&c->entries[i]);
  dnnl_stream_destroy(c->stream);
  dnnl_primitive_attr_destroy(c->attributes);
  free(c);
}

static cache *thread_cache(void) {
  void **state = cv_onednn_state();
  if (!state) return NULL;
  if (!*state) {
    cache *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->engine = mm_onednn_engine();
    if (!c->engine || dnnl_primitive_attr_create(&c->attributes) != dnnl_success ||
        dnnl_primitive_attr_set_scratchpad_mode(c->attributes, dnnl_scratchpad_mode_user) != dnnl_success ||
        dnnl_stream_create(&c->stream, c->engine, dnnl_stream_default_flags) != dnnl_success) {
      if (c->attributes) dnnl_primitive_attr_destroy(c->attributes);
      free(c);
      return NULL;
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

// Returns the number of spatial dimensions without those in front that do nothing.
static int spatial_rank(const st_convolution_plan *p) {
  int first = 0;
  while (first < 2 && p->in[first] == 1 && p->out[first] == 1 && p->kernel[first] == 1 && p->stride[first] == 1 &&
         p->padding[first] == 0)
    first++;
  return 3 - first;
}

static bool is_slow(dnnl_primitive_desc_t d) {
  const char *name = NULL;
  return dnnl_primitive_desc_query(d, dnnl_query_impl_info_str, 0, &name) != dnnl_success || !name ||
         strncmp(name, "ref", 3) == 0;
}

static bool make_primitive_desc(dnnl_primitive_desc_t *d, cache *c, const key *k, memory_desc *m, memory_desc *bias,
                                int rank) {
  dnnl_dims_t stride, dilation, before, after;
  for (int i = 0; i < rank; i++) {
    int s = 3 - rank + i;
    const st_convolution_plan *p = &k->plan;
    stride[i] = p->stride[s];
    dilation[i] = p->dilation[s] - 1;
    before[i] = p->padding[s];
    after[i] = (p->out[s] - 1) * p->stride[s] + (p->kernel[s] - 1) * p->dilation[s] + 1 - p->in[s] - p->padding[s];
  }
#if DNNL_VERSION_MAJOR >= 3
  dnnl_status_t status =
      k->pass == ST_CONVOLUTION_FORWARD
          ? dnnl_convolution_forward_primitive_desc_create(
                d, c->engine, dnnl_forward_inference, dnnl_convolution_direct, m[SRC], m[WEIGHTS], bias ? *bias : NULL,
                m[DST], stride, dilation, before, after, c->attributes)
      : k->pass == ST_CONVOLUTION_BACKWARD_INPUT
          ? dnnl_convolution_backward_data_primitive_desc_create(d, c->engine, dnnl_convolution_direct, m[SRC],
                                                                 m[WEIGHTS], m[DST], stride, dilation, before, after,
                                                                 NULL, c->attributes)
          : dnnl_convolution_backward_weights_primitive_desc_create(d, c->engine, dnnl_convolution_direct, m[SRC],
                                                                    m[WEIGHTS], NULL, m[DST], stride, dilation, before,
                                                                    after, NULL, c->attributes);
  return status == dnnl_success;
#else
  dnnl_convolution_desc_t operation;
  dnnl_status_t status =
      k->pass == ST_CONVOLUTION_FORWARD
          ? dnnl_dilated_convolution_forward_desc_init(&operation, dnnl_forward_inference, dnnl_convolution_direct,
                                                       &m[SRC], &m[WEIGHTS], bias, &m[DST], stride, dilation, before,
                                                       after)
      : k->pass == ST_CONVOLUTION_BACKWARD_INPUT
          ? dnnl_dilated_convolution_backward_data_desc_init(&operation, dnnl_convolution_direct, &m[SRC], &m[WEIGHTS],
                                                             &m[DST], stride, dilation, before, after)
          : dnnl_dilated_convolution_backward_weights_desc_init(&operation, dnnl_convolution_direct, &m[SRC],
                                                                &m[WEIGHTS], NULL, &m[DST], stride, dilation, before,
                                                                after);
  return status == dnnl_success &&
         dnnl_primitive_desc_create(d, &operation, c->attributes, c->engine, NULL) == dnnl_success;
#endif
}

static borrowed_desc query(const entry *e, int operand) {
  static const dnnl_query_t names[3][OPERANDS] = {
      {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
      {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
      {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md}};
  return dnnl_primitive_desc_query_md(e->desc, names[e->key.pass][operand], 0);
}

// The operand that a pass writes.
static int result_of(int32_t pass) {
  return pass == ST_CONVOLUTION_FORWARD ? DST : pass == ST_CONVOLUTION_BACKWARD_INPUT ? SRC : WEIGHTS;
}

static bool build_memory(entry *e, cache *c, int operand, memory_desc *plain) {
  borrowed_desc chosen = query(e, operand);
  e->bytes[operand] = (int64_t)dnnl_memory_desc_get_size(chosen);
  if (dnnl_memory_create(&e->memory[operand], chosen, c->engine, DNNL_MEMORY_NONE) != dnnl_success) return false;
  if (dnnl_memory_desc_equal(chosen, BORROW(*plain))) return true;
  if (dnnl_memory_create(&e->plain[operand], BORROW(*plain), c->engine, DNNL_MEMORY_NONE) != dnnl_success) return false;
  bool writes = operand == result_of(e->key.pass);
  borrowed_desc from = writes ? chosen : BORROW(*plain), to = writes ? BORROW(*plain) : chosen;
  dnnl_primitive_desc_t d = NULL;
  if (dnnl_reorder_primitive_desc_create(&d, from, c->engine, to, c->engine, c->attributes) != dnnl_success)
    return false;
  size_t bytes = dnnl_memory_desc_get_size(dnnl_primitive_desc_query_md(d, dnnl_query_scratchpad_md, 0));
  // The scratchpad of a reorder is not passed on.
  bool made = bytes == 0 && dnnl_primitive_create(&e->reorder[operand], d) == dnnl_success;
  dnnl_primitive_desc_destroy(d);
  return made;
}

static bool build(entry *e, cache *c) {
  const key *k = &e->key;
  const st_convolution_plan *p = &k->plan;
  int rank = spatial_rank(p), first = 3 - rank, grouped = p->groups > 1;
  dnnl_data_type_t type = k->dtype == ST_BF16 ? dnnl_bf16 : dnnl_f32;
  dnnl_data_type_t types[OPERANDS] = {type, k->pass == ST_CONVOLUTION_BACKWARD_WEIGHT ? dnnl_f32 : type, type};
  dnnl_dims_t dims[OPERANDS], strides[OPERANDS];
  int ranks[OPERANDS] = {rank + 2, rank + 2 + grouped, rank + 2};
  int64_t outer[OPERANDS][2] = {{p->batch, p->in_channels},
                                {p->out_channels / p->groups, p->in_channels / p->groups},
                                {p->batch, p->out_channels}};
  const int64_t *space[OPERANDS] = {p->in, p->kernel, p->out};
  for (int o = 0; o < OPERANDS; o++) {
    int shift = o == WEIGHTS && grouped;
    if (shift) {
      dims[o][0] = p->groups;
      strides[o][0] = outer[o][0] * k->strides[o][0];
    }
    for (int i = 0; i < 2; i++) {
      dims[o][shift + i] = outer[o][i];
      strides[o][shift + i] = k->strides[o][i];
    }
    for (int i = 0; i < rank; i++) {
      dims[o][shift + 2 + i] = space[o][first + i];
      strides[o][shift + 2 + i] = k->strides[o][2 + first + i];
    }
  }
  memory_desc plain[OPERANDS] = {0}, wanted[OPERANDS] = {0}, bias = {0};
  bool made = true;
  for (int o = 0; o < OPERANDS && made; o++) {
    made = make_strided(&plain[o], ranks[o], dims[o], types[o], strides[o]) &&
           (o == WEIGHTS || k->blocked ? make_any(&wanted[o], ranks[o], dims[o], types[o])
                                       : make_strided(&wanted[o], ranks[o], dims[o], types[o], strides[o]));
  }
  made = made && make_strided(&bias, 1, (dnnl_dims_t){p->out_channels}, type, (dnnl_dims_t){1});
  made = made && make_primitive_desc(&e->desc, c, k, wanted, k->bias ? &bias : NULL, rank) && !is_slow(e->desc) &&
         dnnl_primitive_create(&e->primitive, e->desc) == dnnl_success;
  for (int o = 0; o < OPERANDS && made; o++) made = build_memory(e, c, o, &plain[o]);
  if (made && k->bias) made = dnnl_memory_create(&e->bias, BORROW(bias), c->engine, DNNL_MEMORY_NONE) == dnnl_success;
  if (made) {
    borrowed_desc pad = dnnl_primitive_desc_query_md(e->desc, dnnl_query_scratchpad_md, 0);
    e->scratchpad_bytes = dnnl_memory_desc_get_size(pad);
    made = dnnl_memory_create(&e->scratchpad, pad, c->engine, DNNL_MEMORY_NONE) == dnnl_success;
  }
  for (int o = 0; o < OPERANDS; o++) {
    free_desc(&plain[o]);
    free_desc(&wanted[o]);
  }
  free_desc(&bias);
  return made;
}

static entry *find(cache *c, const key *k) {
  entry *e = &c->entries[hash(k) % ENTRIES];
  if (memcmp(&e->key, k, sizeof *k) != 0) {
    clear(e);
    e->key = *k;
    if (!build(e, c)) {
      clear(e);
      e->key = *k;
      e->failed = true;
    }
  }
  return e->failed ? NULL : e;
}

// MARK: - Cutting

/// Bytes of a piece's images, multiply-adds that a piece keeps if pieces are few, their wanted number, and outputs of a
/// piece of whole images.
enum { PIECE_BYTES = 2 << 20, PIECE_WORK = 1 << 22, FEW_PIECES = 16, PIECE_OUTPUTS = 256 };
/// The most parts in which a weight's gradient is summed, and their bytes.
enum { MOST_PARTS = 16, PARTIAL_BYTES = 64 << 20, PIECE_ELEMENTS = 1 << 14 };

/// A call, cut into pieces: `images` images, `rows` rows of the first spatial dimension (of the result, or of the
/// output for a weight's gradient) and `channels` channels of the result (groups, if there are several).
typedef struct {
  const convolution *c;
  int axis;
  int64_t images, rows, channels, image_pieces, row_pieces, channel_pieces;
  const char *packed;
  int64_t packed_step;
  bool blocked;
  int64_t parts, part_bytes;  // of a weight's gradient
  char *sums;
  _Atomic int failed;
} cut;

static int64_t result_rows(const cut *t) {
  const st_convolution_plan *p = t->c->plan;
  return t->c->pass == ST_CONVOLUTION_BACKWARD_INPUT ? p->in[t->axis] : p->out[t->axis];
}

static int64_t result_channels(const convolution *c) {
  const st_convolution_plan *p = c->plan;
  return p->groups > 1 ? p->groups : c->pass == ST_CONVOLUTION_BACKWARD_INPUT ? p->in_channels : p->out_channels;
}

/// The rows of input and output that a piece works on.
typedef struct {
  int64_t in0, in1, out0, out1, padding;
} row_range;

// Returns false if the rows r0 to r1 of the result depend on nothing.
static bool range_of(const cut *t, int64_t r0, int64_t r1, row_range *r) {
  const st_convolution_plan *p = t->c->plan;
  int a = t->axis;
  int64_t s = p->stride[a], pad = p->padding[a], reach = (p->kernel[a] - 1) * p->dilation[a];
  if (t->c->pass == ST_CONVOLUTION_BACKWARD_INPUT) {
    r->in0 = r0, r->in1 = r1;
    r->out0 = cv_max(0, cv_ceil_div(r0 + pad - reach, s));
    r->out1 = cv_min(p->out[a], (r1 - 1 + pad) / s + 1);
    r->padding = pad + r0 - r->out0 * s;
    return r->out1 > r->out0 && r->padding >= 0;
  }
  r->out0 = r0, r->out1 = r1;
  r->in0 = cv_max(0, r0 * s - pad);
  r->in1 = cv_min(p->in[a], (r1 - 1) * s - pad + reach + 1);
  r->padding = cv_max(0, pad - r0 * s);
  return r->in1 > r->in0;
}

// Chooses the rows of a piece: about `wanted`, and such that every piece depends on something.
static void cut_rows(cut *t, int64_t pieces) {
  const st_convolution_plan *p = t->c->plan;
  int64_t all = result_rows(t), s = p->stride[t->axis];
  t->rows = all;
  t->row_pieces = 1;
  if (pieces <= 1) return;
  int64_t rows = cv_ceil_div(all, pieces);
  if (t->c->pass == ST_CONVOLUTION_BACKWARD_INPUT) {
    // Pieces begin where a window does.
    if (p->padding[t->axis] % s != 0) return;
    rows = cv_ceil_div(rows, s) * s;
  }
  int64_t count = cv_ceil_div(all, rows);
  for (int64_t i = 0; i < count; i++) {
    row_range r;
    if (!range_of(t, i * rows, cv_min(all, (i + 1) * rows), &r)) return;
  }
  t->rows = rows;
  t->row_pieces = count;
}

static bool has_inner_channels(const st_convolution_operand *o, int64_t channels) {
  return channels > 1 && o->strides[1] == 1 && o->strides[4] >= channels;
}

static int64_t round_channels(const convolution *c, int64_t channels) {
  return c->plan->groups > 1 ? channels : cv_ceil_div(channels, 16) * 16;
}

// Chooses the pieces. The choice depends on the sizes only.
static void choose(cut *t) {
  const convolution *c = t->c;
  const st_convolution_plan *p = c->plan;
  int64_t size = (int64_t)st_size(c->dtype), outputs = cv_volume(p->out);
  int64_t bytes = (p->in_channels * cv_volume(p->in) + p->out_channels * outputs) * size;
  double work = (double)p->batch * (double)outputs * (double)p->out_channels * (double)cv_volume(p->kernel) *
                (double)(p->in_channels / p->groups);
  t->axis = 3 - spatial_rank(p);
  t->blocked = !has_inner_channels(c->input, p->in_channels) && !has_inner_channels(c->output, p->out_channels);
  int64_t most_rows =
      cv_max(1, result_rows(t) / (8 * (c->pass == ST_CONVOLUTION_BACKWARD_INPUT ? p->stride[t->axis] : 1)));
  int64_t wanted_rows = cv_min(most_rows, cv_ceil_div(bytes, PIECE_BYTES));
  cut_rows(t, wanted_rows);
  t->images = cv_max(1, cv_min(cv_min(p->batch, cv_ceil_div(PIECE_OUTPUTS, outputs)), PIECE_BYTES / bytes));
  int64_t channel_pieces = 1, all = result_channels(c);
  for (;;) {
    t->channels = cv_min(all, round_channels(c, cv_ceil_div(all, channel_pieces)));
    t->channel_pieces = cv_ceil_div(all, t->channels);
    t->image_pieces = cv_ceil_div(p->batch, t->images);
    double pieces = (double)(t->image_pieces * t->row_pieces * t->channel_pieces);
    if (pieces >= FEW_PIECES || work / pieces < 2 * PIECE_WORK) break;
    if (t->row_pieces * 2 <= most_rows) {
      int64_t before = t->row_pieces;
      cut_rows(t, t->row_pieces * 2);
      if (t->row_pieces > before) continue;
      most_rows = 1;
    }
    if (p->groups > 1 ? t->channels > 1 : t->channels >= 64) channel_pieces = t->channel_pieces * 2;
    else if (t->images > 1) t->images /= 2;
    else break;
  }
}

// MARK: - Pieces

typedef struct {
  key key;
  int64_t offsets[OPERANDS];  // in elements
  int64_t channel0;
} piece;

// Returns the piece of images, rows and channels of these numbers.
static piece piece_at(const cut *t, int64_t image, int64_t row, int64_t channel) {
  const convolution *c = t->c;
  const st_convolution_plan *p = c->plan;
  piece q;
  memset(&q, 0, sizeof q);
  key *k = &q.key;
  k->plan = *p;
  k->pass = c->pass;
  k->dtype = c->dtype;
  k->bias = c->bias != NULL && c->pass == ST_CONVOLUTION_FORWARD;
  k->blocked = t->blocked;
  memcpy(k->strides[SRC], c->input->strides, sizeof k->strides[SRC]);
  memcpy(k->strides[WEIGHTS], c->weight->strides, sizeof k->strides[WEIGHTS]);
  memcpy(k->strides[DST], c->output->strides, sizeof k->strides[DST]);
  int64_t image0 = image * t->images;
  k->plan.batch = cv_min(t->images, p->batch - image0);
  row_range r;
  int64_t r0 = row * t->rows;
  if (t->row_pieces > 1 && range_of(t, r0, cv_min(result_rows(t), r0 + t->rows), &r)) {
    k->plan.in[t->axis] = r.in1 - r.in0;
    k->plan.out[t->axis] = r.out1 - r.out0;
    k->plan.padding[t->axis] = r.padding;
  } else {
    r.in0 = r.out0 = 0;
  }
  int64_t first = channel * t->channels, count = cv_min(t->channels, result_channels(c) - first);
  int64_t in0 = 0, out0 = 0;
  if (p->groups > 1) {
    in0 = first * (p->in_channels / p->groups);
    out0 = first * (p->out_channels / p->groups);
    k->plan.in_channels = count * (p->in_channels / p->groups);
    k->plan.out_channels = count * (p->out_channels / p->groups);
    k->plan.groups = count;
    q.offsets[WEIGHTS] = out0 * c->weight->strides[0];
  } else if (c->pass == ST_CONVOLUTION_BACKWARD_INPUT) {
    in0 = first;
    k->plan.in_channels = count;
    q.offsets[WEIGHTS] = in0 * c->weight->strides[1];
  } else {
    out0 = first;
    k->plan.out_channels = count;
    q.offsets[WEIGHTS] = out0 * c->weight->strides[0];
  }
  q.channel0 = c->pass == ST_CONVOLUTION_BACKWARD_INPUT ? in0 : out0;
  q.offsets[SRC] = image0 * c->input->strides[0] + in0 * c->input->strides[1] + r.in0 * c->input->strides[2 + t->axis];
  q.offsets[DST] =
      image0 * c->output->strides[0] + out0 * c->output->strides[1] + r.out0 * c->output->strides[2 + t->axis];
  return q;
}

static bool copy_between(cache *c, dnnl_primitive_t reorder, dnnl_memory_t from, const void *a, dnnl_memory_t to,
                         const void *b) {
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  return dnnl_memory_set_data_handle(from, (void *)a) == dnnl_success &&
         dnnl_memory_set_data_handle(to, (void *)b) == dnnl_success &&
         dnnl_primitive_execute(reorder, c->stream, 2, arguments) == dnnl_success &&
         dnnl_stream_wait(c->stream) == dnnl_success;
}

// Runs a piece. `weight` is in oneDNN's order: the operand, or where the gradient goes.
static bool run(const cut *t, cache *c, entry *e, const piece *q, char *weight) {
  const convolution *v = t->c;
  int result = result_of(v->pass);
  int64_t size = (int64_t)st_size(v->dtype);
  char *plain[OPERANDS] = {(char *)v->input->data + q->offsets[SRC] * size, NULL,
                           (char *)v->output->data + q->offsets[DST] * size};
  char *data[OPERANDS] = {plain[SRC], weight, plain[DST]};
  static const int slots[OPERANDS] = {MM_SCRATCH_COLUMNS, 0, MM_SCRATCH_TILE};
  for (int o = SRC; o <= DST; o += DST) {
    if (!e->reorder[o]) continue;
    if (!(data[o] = mm_scratch(slots[o], (size_t)e->bytes[o]))) {
      st_note_missing(v->missing, (size_t)e->bytes[o]);
      return true;
    }
    if (o != result && !copy_between(c, e->reorder[o], e->plain[o], plain[o], e->memory[o], data[o])) return false;
  }
  char *pad = mm_scratch(MM_SCRATCH_ONEDNN, e->scratchpad_bytes + 64);
  if (!pad) {
    st_note_missing(v->missing, e->scratchpad_bytes + 64);
    return true;
  }
  static const int names[3][OPERANDS] = {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
                                         {DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_DST},
                                         {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}};
  dnnl_exec_arg_t arguments[OPERANDS + 2];
  int count = 0;
  for (int o = 0; o < OPERANDS; o++) {
    if (dnnl_memory_set_data_handle(e->memory[o], data[o]) != dnnl_success) return false;
    arguments[count++] = (dnnl_exec_arg_t){names[v->pass][o], e->memory[o]};
  }
  if (e->bias) {
    const char *bias = (const char *)v->bias + q->channel0 * size;
    if (dnnl_memory_set_data_handle(e->bias, (void *)bias) != dnnl_success) return false;
    arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_BIAS, e->bias};
  }
  if (dnnl_memory_set_data_handle(e->scratchpad, pad) != dnnl_success) return false;
  arguments[count++] = (dnnl_exec_arg_t){DNNL_ARG_SCRATCHPAD, e->scratchpad};
  if (dnnl_primitive_execute(e->primitive, c->stream, count, arguments) != dnnl_success ||
      dnnl_stream_wait(c->stream) != dnnl_success)
    return false;
  return result == WEIGHTS || !e->reorder[result] ||
         copy_between(c, e->reorder[result], e->memory[result], data[result], e->plain[result], plain[result]);
}

// Adds a bias to the input channels of a piece, which oneDNN's primitive does not.
static void add_bias(const cut *t, const piece *q) {
  const convolution *v = t->c;
  const st_convolution_plan *p = &q->key.plan;
  const int64_t *s = v->input->strides;
  for (int64_t n = 0; n < p->batch; n++)
    for (int64_t z = 0; z < p->in[0]; z++)
      for (int64_t y = 0; y < p->in[1]; y++)
        for (int64_t c = 0; c < p->in_channels; c++) {
          int64_t at = q->offsets[SRC] + n * s[0] + c * s[1] + z * s[2] + y * s[3];
          if (v->dtype == ST_F32) {
            float *row = (float *)v->input->data + at, b = ((const float *)v->bias)[q->channel0 + c];
            if (s[4] == 1)
              for (int64_t x = 0; x < p->in[2]; x++) row[x] += b;
            else
              for (int64_t x = 0; x < p->in[2]; x++) row[x * s[4]] += b;
          } else {
            uint16_t *row = (uint16_t *)v->input->data + at;
            float b = mm_from_bf16(((const uint16_t *)v->bias)[q->channel0 + c]);
            for (int64_t x = 0; x < p->in[2]; x++) row[x * s[4]] = mm_to_bf16(mm_from_bf16(row[x * s[4]]) + b);
          }
        }
}

static void run_pieces(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  const convolution *v = t->c;
  cache *c = thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  for (int64_t i = begin; i < end; i++) {
    int64_t channel = i % t->channel_pieces, row = i / t->channel_pieces % t->row_pieces;
    piece q = piece_at(t, i / (t->channel_pieces * t->row_pieces), row, channel);
    entry *e = c ? find(c, &q.key) : NULL;
    char *weight = (char *)v->weight->data + q.offsets[WEIGHTS] * (int64_t)st_size(v->dtype);
    bool done = e != NULL;
    if (done && e->reorder[WEIGHTS]) {
      // The weight was packed for the first piece of these channels. Other pieces mostly take the same order.
      piece first = piece_at(t, 0, 0, channel);
      entry *f = memcmp(&first.key, &q.key, sizeof first.key) == 0 ? e : find(c, &first.key);
      if (f && f != e && (e->failed || memcmp(&e->key, &q.key, sizeof q.key) != 0)) {
        // Both share a place in the cache, so the second displaced the first.
        f = NULL;
      }
      done = f && t->packed && dnnl_memory_desc_equal(query(f, WEIGHTS), query(e, WEIGHTS));
      weight = (char *)t->packed + channel * t->packed_step;
    }
    if (!done || !run(t, c, e, &q, weight)) {
      __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
      break;
    }
    if (v->bias && v->pass == ST_CONVOLUTION_BACKWARD_INPUT) add_bias(t, &q);
  }
  if (threads != 1) omp_set_num_threads(threads);
}

// MARK: - Weights

// Finds the bytes of one packed chunk; 0 if oneDNN takes the weight as it is, negative if there is no primitive.
static int64_t packed_step(const cut *t) {
  cache *c = thread_cache();
  if (!c) return -1;
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  int64_t bytes = 0;
  for (int64_t channel = 0; channel < t->channel_pieces && bytes >= 0; channel += cv_max(1, t->channel_pieces - 1)) {
    piece q = piece_at(t, 0, 0, channel);
    entry *e = find(c, &q.key);
    bytes = !e ? -1 : cv_max(bytes, e->reorder[WEIGHTS] ? (e->bytes[WEIGHTS] + 63) / 64 * 64 : 0);
  }
  if (threads != 1) omp_set_num_threads(threads);
  return bytes;
}

static void pack_chunks(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  cache *c = thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  for (int64_t channel = begin; channel < end; channel++) {
    piece q = piece_at(t, 0, 0, channel);
    entry *e = c ? find(c, &q.key) : NULL;
    const char *weight = (const char *)t->c->weight->data + q.offsets[WEIGHTS] * (int64_t)st_size(t->c->dtype);
    if (!e || (e->reorder[WEIGHTS] && !copy_between(c, e->reorder[WEIGHTS], e->plain[WEIGHTS], weight,
                                                    e->memory[WEIGHTS], t->packed + channel * t->packed_step)))
      __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
  }
  if (threads != 1) omp_set_num_threads(threads);
}

int64_t cv_onednn_packed_bytes(const convolution *c) {
  cut t = {.c = c};
  choose(&t);
  return cv_max(0, packed_step(&t)) * t.channel_pieces;
}

bool cv_onednn_pack(const convolution *c, void *packed) {
  cut t = {.c = c, .packed = packed};
  choose(&t);
  t.packed_step = packed_step(&t);
  if (t.packed_step <= 0) return false;
  st_parallel_for(t.channel_pieces, 1, pack_chunks, &t);
  return t.failed == 0;
}

// MARK: - The weight's gradient

// Sums the images and rows of each part, in their order.
static void run_parts(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  cache *c = thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  int64_t items = t->image_pieces * t->row_pieces, each = cv_ceil_div(items, t->parts);
  for (int64_t i = begin; i < end; i++) {
    int64_t part = i / t->channel_pieces, channel = i % t->channel_pieces;
    char *sums = t->sums + i * t->part_bytes;
    int64_t first = part * each, last = cv_min(items, first + each);
    for (int64_t item = first; item < last; item++) {
      piece q = piece_at(t, item / t->row_pieces, item % t->row_pieces, channel);
      entry *e = c ? find(c, &q.key) : NULL;
      char *to = sums;
      if (e && item > first) to = mm_scratch(MM_SCRATCH_WEIGHT, (size_t)t->part_bytes);
      if (e && !to) {
        st_note_missing(t->c->missing, (size_t)t->part_bytes);
        break;
      }
      // Sums of different orders cannot be added.
      if (!e || e->bytes[WEIGHTS] > t->part_bytes || !run(t, c, e, &q, to)) {
        __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
        break;
      }
      if (item > first) {
        float *a = (float *)sums, *b = (float *)to;
        for (int64_t j = 0; j < e->bytes[WEIGHTS] / 4; j++) a[j] += b[j];
      }
    }
  }
  if (threads != 1) omp_set_num_threads(threads);
}

static void add_parts(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  float *sums = (float *)t->sums;
  int64_t step = t->channel_pieces * t->part_bytes / 4;
  for (int64_t part = 1; part < t->parts; part++)
    for (int64_t i = begin; i < end; i++) sums[i] += sums[part * step + i];
}

// Brings the sums of each chunk of channels into the caller's order.
static void unpack_chunks(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  cache *c = thread_cache();
  int64_t size = (int64_t)st_size(t->c->dtype);
  for (int64_t channel = begin; channel < end; channel++) {
    piece q = piece_at(t, 0, 0, channel);
    entry *e = c ? find(c, &q.key) : NULL;
    char *sums = t->sums + channel * t->part_bytes, *to = (char *)t->c->weight->data + q.offsets[WEIGHTS] * size;
    if (!e) {
      __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
    } else if (e->reorder[WEIGHTS]) {
      if (!copy_between(c, e->reorder[WEIGHTS], e->memory[WEIGHTS], sums, e->plain[WEIGHTS], to))
        __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
    } else {
      memcpy(to, sums, (size_t)e->bytes[WEIGHTS]);
    }
  }
}

static bool backward_weight(cut *t) {
  int64_t step = 0;
  cache *c = thread_cache();
  if (!c) return false;
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  // All pieces must have one order.
  bool uniform = true;
  for (int64_t channel = 0; channel < t->channel_pieces && uniform; channel += cv_max(1, t->channel_pieces - 1)) {
    piece q = piece_at(t, 0, 0, channel);
    entry *e = find(c, &q.key);
    if (!e) uniform = false;
    for (int64_t row = 0; row < t->row_pieces && uniform; row++) {
      for (int last = 0; last < 2 && uniform; last++) {
        piece other = piece_at(t, last ? t->image_pieces - 1 : 0, row, channel);
        e = find(c, &q.key);
        int64_t bytes = e ? e->bytes[WEIGHTS] : -1;
        entry *f = e && memcmp(&other.key, &q.key, sizeof q.key) ? find(c, &other.key) : e;
        uniform = f && f->bytes[WEIGHTS] == bytes &&
                  (f == e || memcmp(&e->key, &q.key, sizeof q.key) != 0 ||
                   dnnl_memory_desc_equal(query(e, WEIGHTS), query(f, WEIGHTS)));
        step = cv_max(step, bytes);
      }
    }
  }
  if (threads != 1) omp_set_num_threads(threads);
  if (!uniform) return false;
  t->part_bytes = (step + 63) / 64 * 64;
  int64_t items = t->image_pieces * t->row_pieces, bytes = t->part_bytes * t->channel_pieces;
  t->parts = cv_min(cv_min(items, cv_max(1, MOST_PARTS / t->channel_pieces)), cv_max(1, PARTIAL_BYTES / bytes));
  t->parts = cv_ceil_div(items, cv_ceil_div(items, t->parts));
  size_t whole = (size_t)(t->parts * bytes), capacity;
  t->sums = st_scratch(whole, &capacity);
  if (!t->sums) {
    st_note_missing(t->c->missing, whole);
    return true;
  }
  st_parallel_for(t->parts * t->channel_pieces, 1, run_parts, t);
  if (t->failed == 0 && st_missing(t->c->missing) == 0) {
    if (t->parts > 1) st_parallel_for(bytes / 4, PIECE_ELEMENTS, add_parts, t);
    st_parallel_for(t->channel_pieces, 1, unpack_chunks, t);
  }
  st_deallocate(t->sums, capacity);
  return t->failed == 0;
}

bool cv_onednn(const convolution *c) {
  if (!cv_onednn_takes(c->pass, c->dtype, c->plan)) return false;
  cut t = {.c = c, .packed = c->packed};
  choose(&t);
  if (c->pass == ST_CONVOLUTION_BACKWARD_WEIGHT) return c->dtype == ST_F32 && backward_weight(&t);
  t.packed_step = packed_step(&t);
  if (t.packed_step < 0) return false;
  void *scratch = NULL;
  size_t capacity;
  if (t.packed_step > 0 && !t.packed) {
    size_t bytes = (size_t)(t.packed_step * t.channel_pieces);
    t.packed = scratch = st_scratch(bytes, &capacity);
    if (!scratch) {
      st_note_missing(c->missing, bytes);
      return true;
    }
    st_parallel_for(t.channel_pieces, 1, pack_chunks, &t);
  }
  if (t.failed == 0) st_parallel_for(t.image_pieces * t.row_pieces * t.channel_pieces, 1, run_pieces, &t);
  if (scratch) st_deallocate(scratch, capacity);
  return t.failed == 0;
}

#else

bool cv_onednn(const convolution *c) {
  (void)c;
  return false;
}
int64_t cv_onednn_packed_bytes(const convolution *c) {
  (void)c;
  return 0;
}
bool cv_onednn_pack(const convolution *c, void *packed) {
  (void)c, (void)packed;
  return false;
}
void cv_onednn_forget(void *state) { (void)state; }

#endif
