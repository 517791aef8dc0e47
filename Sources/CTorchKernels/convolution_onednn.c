// Convolution by oneDNN, each primitive on one thread. Work is cut by size into pieces of images, rows and channels. A
// piece brings its images into the order that the primitive computes with, so they stay in the cache until it is done.
// Weights are brought into theirs once a call, or by the caller.
#include "convolution_primitives.h"
#include "isa.h"
#include "st_memory.h"

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
  t->axis = 3 - cv_spatial_rank(p);
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
  cv_key key;
  int64_t offsets[OPERANDS];  // in elements
  int64_t channel0;
} piece;

// Returns the piece of images, rows and channels of these numbers.
static piece piece_at(const cut *t, int64_t image, int64_t row, int64_t channel) {
  const convolution *c = t->c;
  const st_convolution_plan *p = c->plan;
  piece q;
  memset(&q, 0, sizeof q);
  cv_key *k = &q.key;
  k->plan = *p;
  k->pass = c->pass;
  k->dtype = c->dtype;
  k->bias = c->bias != NULL && c->pass != ST_CONVOLUTION_BACKWARD_WEIGHT &&
            (c->pass == ST_CONVOLUTION_FORWARD || c->dtype == ST_BF16);
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

static int64_t source_elements(const st_convolution_plan *p) {
  return p->batch * p->in_channels * p->in[0] * p->in[1] * p->in[2];
}

// Runs a piece. `weight` is in oneDNN's order: the operand, or where the gradient goes. `wide` is the result of a piece
// that is float32.
static bool run(const cut *t, cv_cache *c, cv_entry *e, const piece *q, char *weight, float *wide) {
  const convolution *v = t->c;
  int result = cv_result(v->pass);
  int64_t size = (int64_t)st_size(v->dtype);
  char *plain[OPERANDS] = {wide ? (char *)wide : (char *)v->input->data + q->offsets[SRC] * size, NULL,
                           (char *)v->output->data + q->offsets[DST] * size};
  char *data[OPERANDS] = {plain[SRC], weight, plain[DST]};
  static const int slots[OPERANDS] = {MM_SCRATCH_COLUMNS, 0, MM_SCRATCH_TILE};
  for (int o = SRC; o <= DST; o += DST) {
    if (!e->reorder[o]) continue;
    if (!(data[o] = mm_scratch(slots[o], (size_t)e->bytes[o]))) {
      st_note_missing(v->missing, (size_t)e->bytes[o]);
      return true;
    }
    if (o != result && !cv_copy_between(c, e->reorder[o], e->plain[o], plain[o], e->memory[o], data[o])) return false;
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
         cv_copy_between(c, e->reorder[result], e->memory[result], data[result], e->plain[result], plain[result]);
}

// Adds a bias to the input channels of a piece, which oneDNN's primitive does not. `wide` is a float32 result, which
// is rounded on the way.
static void add_bias(const cut *t, const piece *q, const float *wide) {
  const convolution *v = t->c;
  const st_convolution_plan *p = &q->key.plan;
  const int64_t *s = v->input->strides, length = p->in[2];
  for (int64_t n = 0; n < p->batch; n++)
    for (int64_t c = 0; c < p->in_channels; c++)
      for (int64_t z = 0; z < p->in[0]; z++)
        for (int64_t y = 0; y < p->in[1]; y++) {
          int64_t at = q->offsets[SRC] + n * s[0] + c * s[1] + z * s[2] + y * s[3];
          if (wide) {
            uint16_t *row = (uint16_t *)v->input->data + at;
            float b = mm_from_bf16(((const uint16_t *)v->bias)[q->channel0 + c]);
            for (int64_t x = 0; x < length; x++) row[x * s[4]] = mm_to_bf16(wide[x] + b);
            wide += length;
          } else {
            float *row = (float *)v->input->data + at, b = ((const float *)v->bias)[q->channel0 + c];
            if (s[4] == 1)
              for (int64_t x = 0; x < length; x++) row[x] += b;
            else
              for (int64_t x = 0; x < length; x++) row[x * s[4]] += b;
          }
        }
}

static void run_pieces(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  const convolution *v = t->c;
  cv_cache *c = cv_thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  for (int64_t i = begin; i < end; i++) {
    int64_t channel = i % t->channel_pieces, row = i / t->channel_pieces % t->row_pieces;
    piece q = piece_at(t, i / (t->channel_pieces * t->row_pieces), row, channel);
    cv_entry *e = c ? cv_find(c, &q.key) : NULL;
    char *weight = (char *)v->weight->data + q.offsets[WEIGHTS] * (int64_t)st_size(v->dtype);
    bool done = e != NULL;
    if (done && e->reorder[WEIGHTS]) {
      // The weight was packed for the first piece of these channels. Other pieces mostly take the same order.
      piece first = piece_at(t, 0, 0, channel);
      cv_entry *f = memcmp(&first.key, &q.key, sizeof first.key) == 0 ? e : cv_find(c, &first.key);
      if (f && f != e && (e->failed || memcmp(&e->key, &q.key, sizeof q.key) != 0)) {
        // Both share a place in the cache, so the second displaced the first.
        f = NULL;
      }
      done = f && t->packed && dnnl_memory_desc_equal(cv_layout(f, WEIGHTS), cv_layout(e, WEIGHTS));
      weight = (char *)t->packed + channel * t->packed_step;
    }
    float *wide = NULL;
    if (done && cv_is_wide(&q.key)) {
      size_t bytes = (size_t)source_elements(&q.key.plan) * sizeof(float);
      if (!(wide = mm_scratch(MM_SCRATCH_WEIGHT, bytes))) {
        st_note_missing(v->missing, bytes);
        continue;
      }
    }
    if (!done || !run(t, c, e, &q, weight, wide)) {
      __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
      break;
    }
    if (v->bias && v->pass == ST_CONVOLUTION_BACKWARD_INPUT) add_bias(t, &q, wide);
  }
  if (threads != 1) omp_set_num_threads(threads);
}

// MARK: - Weights

// Finds the bytes of one packed chunk; 0 if oneDNN takes the weight as it is, negative if there is no primitive.
static int64_t packed_step(const cut *t) {
  cv_cache *c = cv_thread_cache();
  if (!c) return -1;
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  int64_t bytes = 0;
  for (int64_t channel = 0; channel < t->channel_pieces && bytes >= 0; channel += cv_max(1, t->channel_pieces - 1)) {
    piece q = piece_at(t, 0, 0, channel);
    cv_entry *e = cv_find(c, &q.key);
    bytes = !e ? -1 : cv_max(bytes, e->reorder[WEIGHTS] ? (e->bytes[WEIGHTS] + 63) / 64 * 64 : 0);
  }
  if (threads != 1) omp_set_num_threads(threads);
  return bytes;
}

static void pack_chunks(void *context, int64_t begin, int64_t end) {
  cut *t = context;
  cv_cache *c = cv_thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  for (int64_t channel = begin; channel < end; channel++) {
    piece q = piece_at(t, 0, 0, channel);
    cv_entry *e = c ? cv_find(c, &q.key) : NULL;
    const char *weight = (const char *)t->c->weight->data + q.offsets[WEIGHTS] * (int64_t)st_size(t->c->dtype);
    if (!e || (e->reorder[WEIGHTS] && !cv_copy_between(c, e->reorder[WEIGHTS], e->plain[WEIGHTS], weight,
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
  cv_cache *c = cv_thread_cache();
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  int64_t items = t->image_pieces * t->row_pieces, each = cv_ceil_div(items, t->parts);
  for (int64_t i = begin; i < end; i++) {
    int64_t part = i / t->channel_pieces, channel = i % t->channel_pieces;
    char *sums = t->sums + i * t->part_bytes;
    int64_t first = part * each, last = cv_min(items, first + each);
    for (int64_t item = first; item < last; item++) {
      piece q = piece_at(t, item / t->row_pieces, item % t->row_pieces, channel);
      cv_entry *e = c ? cv_find(c, &q.key) : NULL;
      char *to = sums;
      if (e && item > first) to = mm_scratch(MM_SCRATCH_WEIGHT, (size_t)t->part_bytes);
      if (e && !to) {
        st_note_missing(t->c->missing, (size_t)t->part_bytes);
        break;
      }
      // Sums of different orders cannot be added.
      if (!e || e->bytes[WEIGHTS] > t->part_bytes || !run(t, c, e, &q, to, NULL)) {
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
  cv_cache *c = cv_thread_cache();
  int64_t size = (int64_t)st_size(t->c->dtype);
  for (int64_t channel = begin; channel < end; channel++) {
    piece q = piece_at(t, 0, 0, channel);
    cv_entry *e = c ? cv_find(c, &q.key) : NULL;
    char *sums = t->sums + channel * t->part_bytes, *to = (char *)t->c->weight->data + q.offsets[WEIGHTS] * size;
    if (!e) {
      __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
    } else if (e->reorder[WEIGHTS]) {
      if (!cv_copy_between(c, e->reorder[WEIGHTS], e->memory[WEIGHTS], sums, e->plain[WEIGHTS], to))
        __c11_atomic_store(&t->failed, 1, __ATOMIC_RELAXED);
    } else {
      memcpy(to, sums, (size_t)e->bytes[WEIGHTS]);
    }
  }
}

static bool backward_weight(cut *t) {
  int64_t step = 0;
  cv_cache *c = cv_thread_cache();
  if (!c) return false;
  int threads = omp_get_max_threads();
  if (threads != 1) omp_set_num_threads(1);
  // All pieces must have one order.
  bool uniform = true;
  for (int64_t channel = 0; channel < t->channel_pieces && uniform; channel += cv_max(1, t->channel_pieces - 1)) {
    piece q = piece_at(t, 0, 0, channel);
    cv_entry *e = cv_find(c, &q.key);
    if (!e) uniform = false;
    for (int64_t row = 0; row < t->row_pieces && uniform; row++) {
      for (int last = 0; last < 2 && uniform; last++) {
        piece other = piece_at(t, last ? t->image_pieces - 1 : 0, row, channel);
        e = cv_find(c, &q.key);
        int64_t bytes = e ? e->bytes[WEIGHTS] : -1;
        cv_entry *f = e && memcmp(&other.key, &q.key, sizeof q.key) ? cv_find(c, &other.key) : e;
        uniform = f && f->bytes[WEIGHTS] == bytes &&
                  (f == e || memcmp(&e->key, &q.key, sizeof q.key) != 0 ||
                   dnnl_memory_desc_equal(cv_layout(e, WEIGHTS), cv_layout(f, WEIGHTS)));
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

#endif
