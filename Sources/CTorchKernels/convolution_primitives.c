// Makes oneDNN's convolution primitives, each for one thread, and keeps them.
#include "convolution_primitives.h"

#include <stdlib.h>

#ifdef HAVE_ONEDNN

#if DNNL_VERSION_MAJOR >= 3
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

static void clear(cv_entry *e) {
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
  cv_cache *c = state;
  if (!c) return;
  for (int i = 0; i < ENTRIES; i++) clear(&c->entries[i]);
  dnnl_stream_destroy(c->stream);
  dnnl_primitive_attr_destroy(c->attributes);
  free(c);
}

cv_cache *cv_thread_cache(void) {
  void **state = cv_onednn_state();
  if (!state) return NULL;
  if (!*state) {
    cv_cache *c = calloc(1, sizeof *c);
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

static uint64_t hash(const cv_key *k) {
  uint64_t words[sizeof *k / 8], h = 0;
  memcpy(words, k, sizeof *k);
  for (size_t i = 0; i < sizeof *k / 8; i++) h = (h ^ words[i]) * 0x9e3779b97f4a7c15u, h ^= h >> 29;
  return h;
}

int cv_spatial_rank(const st_convolution_plan *p) {
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

static bool make_primitive_desc(dnnl_primitive_desc_t *d, cv_cache *c, const cv_key *k, memory_desc *m,
                                memory_desc *bias, int rank) {
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

borrowed_desc cv_layout(const cv_entry *e, int operand) {
  static const dnnl_query_t names[3][OPERANDS] = {
      {dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md},
      {dnnl_query_diff_src_md, dnnl_query_weights_md, dnnl_query_diff_dst_md},
      {dnnl_query_src_md, dnnl_query_diff_weights_md, dnnl_query_diff_dst_md}};
  return dnnl_primitive_desc_query_md(e->desc, names[e->key.pass][operand], 0);
}

int cv_result(int32_t pass) {
  return pass == ST_CONVOLUTION_FORWARD ? DST : pass == ST_CONVOLUTION_BACKWARD_INPUT ? SRC : WEIGHTS;
}

static bool build_memory(cv_entry *e, cv_cache *c, int operand, memory_desc *plain) {
  borrowed_desc chosen = cv_layout(e, operand);
  e->bytes[operand] = (int64_t)dnnl_memory_desc_get_size(chosen);
  if (dnnl_memory_create(&e->memory[operand], chosen, c->engine, DNNL_MEMORY_NONE) != dnnl_success) return false;
  if (dnnl_memory_desc_equal(chosen, BORROW(*plain))) return true;
  if (dnnl_memory_create(&e->plain[operand], BORROW(*plain), c->engine, DNNL_MEMORY_NONE) != dnnl_success) return false;
  bool writes = operand == cv_result(e->key.pass);
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

static bool build(cv_entry *e, cv_cache *c) {
  const cv_key *k = &e->key;
  const st_convolution_plan *p = &k->plan;
  int rank = cv_spatial_rank(p), first = 3 - rank, grouped = p->groups > 1;
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
  if (cv_is_wide(k)) {
    types[SRC] = dnnl_f32;
    int64_t stride = 1;
    for (int i = rank + 1; i >= 0; i--) strides[SRC][i] = stride, stride *= dims[SRC][i];
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
  if (made && k->bias && !cv_is_wide(k))
    made = dnnl_memory_create(&e->bias, BORROW(bias), c->engine, DNNL_MEMORY_NONE) == dnnl_success;
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

cv_entry *cv_find(cv_cache *c, const cv_key *k) {
  cv_entry *e = &c->entries[hash(k) % ENTRIES];
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

bool cv_copy_between(cv_cache *c, dnnl_primitive_t reorder, dnnl_memory_t from, const void *a, dnnl_memory_t to,
                     const void *b) {
  dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}};
  return dnnl_memory_set_data_handle(from, (void *)a) == dnnl_success &&
         dnnl_memory_set_data_handle(to, (void *)b) == dnnl_success &&
         dnnl_primitive_execute(reorder, c->stream, 2, arguments) == dnnl_success &&
         dnnl_stream_wait(c->stream) == dnnl_success;
}

#else

void cv_onednn_forget(void *state) { (void)state; }

#endif
