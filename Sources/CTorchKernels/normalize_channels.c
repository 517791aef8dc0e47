// Normalization of channels, and its gradients. Work is cut by size alone, and partial sums are added in order, so the
// number of threads does not change the bits.
#include "normalize_internal.h"
#include <math.h>

enum {
  FEW = 16,  // runs of fewer elements are gathered before they are computed
  GATHERED = 2048
};

typedef struct {
  double count, mean, squares;
} moments;

static moments merged(moments a, moments b) {
  if (a.count == 0) return b;
  double n = a.count + b.count, d = b.mean - a.mean;
  return (moments){n, a.mean + d * (b.count / n), a.squares + b.squares + d * d * (a.count * (b.count / n))};
}

typedef struct {
  double first, second;  // mean and squares; or the sums of g and of g * (x - mean)
} pair;

typedef struct {
  elements e;
  st_norm_channels form;
  bool given, backward, stream, gathered;
  double eps;
  st_dtype mean_dtype;
  void *out, *mean, *variance, *rstd, *grad_weight, *grad_bias;
  const void *in, *grad, *weight, *bias;
  int64_t length, pieces, piece;  // the elements of a channel, in pieces
  int64_t tiles;
  pair *partial;  // of each channel's pieces
  char *columns;  // three numbers for each channel, if channels are neighbours
} channels_job;

/// Copies the elements [p, p + n) of channel c into a buffer, or back from it.
static void gather(const channels_job *job, void *buffer, const void *from, int64_t c, int64_t p, int64_t n) {
  const elements *e = &job->e;
  const st_norm_channels *f = &job->form;
  for (int64_t done = 0; done < n;) {
    int64_t o = (p + done) / f->inner, i = (p + done) % f->inner, k = st_min64(f->inner - i, n - done);
    e->widen(k, at(e, buffer, done), in_memory(e, from, (o * f->channels + c) * f->inner + i));
    done += k;
  }
}

static void scatter(const channels_job *job, const void *buffer, void *to, int64_t c, int64_t p, int64_t n) {
  const elements *e = &job->e;
  const st_norm_channels *f = &job->form;
  for (int64_t done = 0; done < n;) {
    int64_t o = (p + done) / f->inner, i = (p + done) % f->inner, k = st_min64(f->inner - i, n - done);
    e->narrow(k, in_memory(e, to, (o * f->channels + c) * f->inner + i), at(e, buffer, done));
    done += k;
  }
}

/// Elements of a channel that are neighbours, in memory or in the buffers.
typedef struct {
  const void *x, *g;
  void *out;
  int64_t n;
} run;

static run next_run(const channels_job *job, char *x, char *g, int64_t c, int64_t p, int64_t end) {
  const elements *e = &job->e;
  const st_norm_channels *f = &job->form;
  if (job->gathered) {
    run r = {x, g, x, st_min64(end - p, GATHERED)};
    if (job->in) gather(job, x, job->in, c, p, r.n);
    if (job->grad) gather(job, g, job->grad, c, p, r.n);
    return r;
  }
  int64_t first = (p / f->inner * f->channels + c) * f->inner + p % f->inner;
  return (run){at(e, job->in, first), at(e, job->grad, first), at(e, job->out, first),
               st_min64(end - p, f->inner - p % f->inner)};
}

#define BUFFERS                                       \
  _Alignas(64) char x[GATHERED * 8], g[GATHERED * 8]; \
  const elements *e = &job->e;

static pair channel_sums(const channels_job *job, int64_t c, int64_t begin, int64_t end) {
  BUFFERS
  pair sums = {0, 0};
  moments m = {0, 0, 0};
  double mean = job->backward ? e->k->get(job->mean, c) : 0;
  for (int64_t p = begin; p < end;) {
    run r = next_run(job, x, g, c, p, end);
    if (job->backward) {
      e->k->dots(r.g, r.x, NULL, r.n, mean, &sums.first, &sums.second);
    } else {
      moments own = {.count = (double)r.n};
      e->k->moments(r.x, r.n, &own.mean, &own.squares);
      m = merged(m, own);
    }
    p += r.n;
  }
  return job->backward ? sums : (pair){m.mean, m.squares};
}

static void channel_map(const channels_job *job, int64_t c, const double numbers[4], int64_t begin, int64_t end) {
  BUFFERS
  for (int64_t p = begin; p < end;) {
    run r = next_run(job, x, g, c, p, end);
    if (!job->backward) e->k->affine(r.out, r.x, r.n, numbers[0], numbers[1], numbers[2], job->stream);
    else
      e->k->gradient(r.out, r.g, job->given ? NULL : r.x, r.n, numbers[0], numbers[1], numbers[2], numbers[3],
                     job->stream);
    if (job->gathered) scatter(job, x, job->out, c, p, r.n);
    p += r.n;
  }
  settle(job->stream);
}

static double rounded_to(st_dtype dtype, double x) {
  switch (dtype) {
  case ST_F64: return x;
  case ST_BF16: return (double)st_bf16_to_f32(st_f32_to_bf16((float)x));
  case ST_F16: return (double)(_Float16)(float)x;
  default: return (double)(float)x;
  }
}

/// Writes a channel's statistics, or its parameters' gradients, and returns the numbers of its map: the mean, the
/// factor, and the bias (or the factor of x - mean, and the constant).
static void finish(const channels_job *job, int64_t c, pair s, double numbers[4]) {
  const elements *e = &job->e;
  double n = (double)job->length;
  if (!job->backward && !job->given) {
    double variance = (s.second < 0 ? 0 : s.second) / n;
    e->k->set(job->mean, c, rounded_to(job->mean_dtype, s.first));
    if (job->variance) e->k->set(job->variance, c, variance);
    e->k->set(job->rstd, c, 1 / sqrt(variance + job->eps));
  }
  double mean = e->k->get(job->mean, c), rstd = e->k->get(job->rstd, c), scale = rstd * get(e, job->weight, c, 1);
  numbers[0] = mean;
  numbers[1] = scale;
  numbers[2] = numbers[3] = 0;
  if (!job->backward) {
    numbers[2] = get(e, job->bias, c, 0);
    return;
  }
  if (job->grad_weight) e->k->set(job->grad_weight, c, s.second * rstd);
  if (job->grad_bias) e->k->set(job->grad_bias, c, s.first);
  if (job->given) return;
  numbers[2] = s.second / n * rstd * rstd * scale;
  numbers[3] = s.first / n * scale;
}

static bool wants_sums(const channels_job *job) {
  return job->backward ? !job->given || job->grad_weight || job->grad_bias : !job->given;
}

static void whole_channels_body(void *context, int64_t begin, int64_t end) {
  const channels_job *job = context;
  for (int64_t c = begin; c < end; c++) {
    double numbers[4];
    pair sums = wants_sums(job) ? channel_sums(job, c, 0, job->length) : (pair){0, 0};
    finish(job, c, sums, numbers);
    if (job->out) channel_map(job, c, numbers, 0, job->length);
  }
}

/// The numbers of a channel's pieces together.
static pair joined(const channels_job *job, int64_t c) {
  const pair *own = job->partial + c * job->pieces;
  pair sums = {0, 0};
  moments m = {0, 0, 0};
  for (int64_t p = 0; p < job->pieces; p++) {
    int64_t n = st_min64(job->piece, job->length - p * job->piece);
    sums.first += own[p].first;
    sums.second += own[p].second;
    m = merged(m, (moments){(double)n, own[p].first, own[p].second});
  }
  return job->backward ? sums : (pair){m.mean, m.squares};
}

static void piece_sums_body(void *context, int64_t begin, int64_t end) {
  const channels_job *job = context;
  for (int64_t i = begin; i < end; i++) {
    int64_t first = i % job->pieces * job->piece;
    job->partial[i] = channel_sums(job, i / job->pieces, first, st_min64(first + job->piece, job->length));
  }
}

static void piece_map_body(void *context, int64_t begin, int64_t end) {
  const channels_job *job = context;
  const elements *e = &job->e;
  for (int64_t i = begin; i < end; i++) {
    int64_t c = i / job->pieces, first = i % job->pieces * job->piece;
    double numbers[4] = {e->k->get(job->mean, c)};
    for (int k = 1; k < 4; k++) numbers[k] = e->k->get(job->columns, (k - 1) * job->form.channels + c);
    channel_map(job, c, numbers, first, st_min64(first + job->piece, job->length));
  }
}

// Channels that are neighbours (inner = 1) are columns of a matrix.

/// Returns rows of a tile of columns: in memory, or widened into a buffer. Sets their stride.
static const void *tile_rows(const channels_job *job, char *buffer, const void *from, int64_t row, int64_t rows,
                             int64_t first, int64_t width, int64_t *stride) {
  const elements *e = &job->e;
  int64_t channels = job->form.channels;
  if (!e->staged) {
    *stride = channels;
    return at(e, from, row * channels + first);
  }
  *stride = TILE;
  for (int64_t r = 0; r < rows; r++)
    e->widen(width, at(e, buffer, r * TILE), in_memory(e, from, (row + r) * channels + first));
  return buffer;
}

static void column_sums_body(void *context, int64_t begin, int64_t end) {
  const channels_job *job = context;
  const elements *e = &job->e;
  _Alignas(64) char x[ROWS * TILE * 8], g[ROWS * TILE * 8];
  for (int64_t i = begin; i < end; i++) {
    int64_t piece = i / job->tiles, first = i % job->tiles * TILE, width = st_min64(TILE, job->form.channels - first);
    int64_t last = st_min64((piece + 1) * job->piece, job->length), stride, count = 0;
    double a[TILE] = {0}, b[TILE] = {0}, mean[TILE], squares[TILE];
    for (int64_t row = piece * job->piece; row < last; row += ROWS) {
      int64_t n = st_min64(ROWS, last - row);
      const void *rows = tile_rows(job, x, job->in, row, n, first, width, &stride);
      if (job->backward) {
        const void *grads = tile_rows(job, g, job->grad, row, n, first, width, &stride);
        e->k->column_dots(grads, rows, stride, n, width, at(e, job->mean, first), a, b);
        continue;
      }
      e->k->column_moments(rows, stride, n, width, mean, squares);
      double both = (double)(count + n), share = (double)n / both, weight = (double)count * share;
      for (int64_t c = 0; c < width; c++) {
        double d = mean[c] - a[c];
        a[c] += d * share;
        b[c] += squares[c] + d * d * weight;
      }
      count += n;
    }
    for (int64_t c = 0; c < width; c++) job->partial[(first + c) * job->pieces + piece] = (pair){a[c], b[c]};
  }
}

static void rows_map_body(void *context, int64_t begin, int64_t end) {
  const channels_job *job = context;
  const elements *e = &job->e;
  int64_t channels = job->form.channels;
  _Alignas(64) char x[GATHERED * 8], g[GATHERED * 8];
  for (int64_t row = begin; row < end; row++) {
    for (int64_t c = 0; c < channels; c += GATHERED) {
      int64_t n = e->staged ? st_min64(GATHERED, channels - c) : channels, first = row * channels + c;
      const void *in = in_memory(e, job->in, first), *grad = in_memory(e, job->grad, first);
      void *out = in_memory(e, job->out, first);
      if (e->staged) {
        e->widen(n, x, in);
        if (grad) e->widen(n, g, grad);
        in = out = x;
        grad = g;
      }
      const void *mean = at(e, job->mean, c), *numbers[3];
      for (int k = 0; k < 3; k++) numbers[k] = at(e, job->columns, k * channels + c);
      if (job->backward)
        e->k->gradient_columns(out, grad, in, mean, numbers[0], numbers[1], numbers[2], n, job->stream);
      else e->k->affine_columns(out, in, mean, numbers[0], numbers[1], n, job->stream);
      if (!e->staged) break;
      e->narrow(n, in_memory(e, job->out, first), x);
    }
  }
  settle(job->stream);
}

static int64_t in_pieces(channels_job *job) {
  const elements *e = &job->e;
  int64_t channels = job->form.channels;
  bool columns = job->form.inner == 1;
  job->tiles = (channels + TILE - 1) / TILE;
  job->piece = columns ? st_max64(4 * ROWS, st_grain(PIECE, st_min64(channels, TILE))) : PIECE;
  job->pieces = (job->length + job->piece - 1) / job->piece;
  size_t sums = (size_t)(channels * job->pieces) * sizeof(pair), bytes = sums + (size_t)(3 * channels * e->size);
  size_t capacity = 0;
  char *scratch = st_scratch(bytes, &capacity);
  if (!scratch) return (int64_t)bytes;
  job->partial = (pair *)scratch;
  job->columns = scratch + sums;
  if (wants_sums(job)) {
    if (columns)
      st_parallel_for(job->pieces * job->tiles, st_grain(PIECE, job->piece * st_min64(channels, TILE)),
                      column_sums_body, job);
    else st_parallel_for(channels * job->pieces, 1, piece_sums_body, job);
  }
  for (int64_t c = 0; c < channels; c++) {
    double numbers[4];
    finish(job, c, wants_sums(job) ? joined(job, c) : (pair){0, 0}, numbers);
    for (int k = 1; k < 4; k++) e->k->set(job->columns, (k - 1) * channels + c, numbers[k]);
  }
  if (job->out) {
    if (columns) st_parallel_for(job->length, st_grain(PIECE, channels), rows_map_body, job);
    else st_parallel_for(channels * job->pieces, 1, piece_map_body, job);
  }
  st_deallocate(scratch, capacity);
  return 0;
}

static int64_t normalize_channels(channels_job *job) {
  const st_norm_channels *f = &job->form;
  job->length = f->outer * f->inner;
  if (f->channels == 0 || job->length == 0) return 0;
  job->stream = !job->e.staged && f->channels * job->length * job->e.size >= STREAMED;
  job->gathered = job->e.staged || f->inner < FEW;
  if (f->inner == 1 || (f->channels < 32 && job->length > PIECE)) return in_pieces(job);
  st_parallel_for(f->channels, st_grain(PIECE, job->length), whole_channels_body, job);
  return 0;
}

int64_t st_normalize_channels(bool given, const st_norm_channels *form, double eps, st_dtype mean_dtype, void *out,
                              void *mean, void *variance, void *rstd, const void *in, const void *weight,
                              const void *bias, st_dtype dtype) {
  channels_job job = {.e = norm_elements(dtype),
                      .form = *form,
                      .given = given,
                      .eps = eps,
                      .mean_dtype = mean_dtype,
                      .out = out,
                      .mean = mean,
                      .variance = variance,
                      .rstd = rstd,
                      .in = in,
                      .weight = weight,
                      .bias = bias};
  return normalize_channels(&job);
}

int64_t st_normalize_channels_backward(bool given, const st_norm_channels *form, void *out, void *grad_weight,
                                       void *grad_bias, const void *grad, const void *in, const void *mean,
                                       const void *rstd, const void *weight, st_dtype dtype) {
  channels_job job = {.e = norm_elements(dtype),
                      .form = *form,
                      .given = given,
                      .backward = true,
                      .out = out,
                      .mean = (void *)mean,
                      .rstd = (void *)rstd,
                      .grad_weight = grad_weight,
                      .grad_bias = grad_bias,
                      .in = in,
                      .grad = grad,
                      .weight = weight};
  return normalize_channels(&job);
}
