// Mean and variance. Each block computes its own mean, then the squared deviations from it. Blocks are merged in order
// (Chan, Golub, LeVeque).
#include "reduce_internal.h"
#include "st_parallel.h"
#include <math.h>

typedef struct {
  double n, mean, squares;
} moments;

typedef struct {
  const st_reduce_shape *shape;
  const st_reduce_kernels *kernels;
  st_class class;
  st_dtype dtype;
  bool direct;
  double correction;
  const void *in;
  void *variance, *mean;
  int64_t pieces, piece, columns, tiles, tile;
  moments *partial;
} moments_job;

static moments merge(moments a, moments b) {
  if (a.n == 0) return b;
  double n = a.n + b.n, d = b.mean - a.mean;
  return (moments){n, a.mean + d * (b.n / n), a.squares + b.squares + d * d * (a.n * (b.n / n))};
}

/// Makes moments from the sums of deviations from `shift`.
static moments about(double n, double shift, double sum, double squares) {
  return (moments){n, shift + sum / n, squares - sum * (sum / n)};
}

static void store(const moments_job *job, int64_t at, moments m) {
  if (job->mean) st_acc_store(job->mean, at, job->dtype, (st_acc){.f = m.n ? m.mean : NAN}, true);
  double degrees = m.n - job->correction;
  double squares = m.squares < 0 ? 0 : m.squares;
  if (job->variance)
    st_acc_store(job->variance, at, job->dtype, (st_acc){.f = m.n ? squares / (degrees > 0 ? degrees : 0) : NAN}, true);
}

static double in_class(const moments_job *job, double x) { return job->class == CLASS_F32 ? (double)(float)x : x; }

static moments moments_range(const moments_job *job, int64_t offset, int64_t begin, int64_t end) {
  const st_reduce_shape *shape = job->shape;
  int64_t length = shape->red.rank ? shape->red.sizes[shape->red.rank - 1] : 1,
          stride = shape->red.rank ? shape->red.in[shape->red.rank - 1] : 1;
  moments total = {0, 0, 0};
  double staged[STAGED];
  size_t size = st_class_size(job->class);
  bool direct = job->direct && stride == 1 && (length >= 64 || shape->red.rank <= 1);
  for (int64_t at = begin; at < end;) {
    const char *x = st_at(job->in, offset + st_offset(&shape->red, shape->red.rank, at, NULL), job->dtype);
    int64_t k = st_min64(end - at, length - at % length);
    if (!direct) {
      k = st_min64(k, STAGED);
      int64_t filled = 0;
      while (true) {
        job->kernels->stage[job->class]((char *)staged + (size_t)filled * size, x, job->dtype, k, stride);
        filled += k;
        if (filled == STAGED || at + filled == end) break;
        x = st_at(job->in, offset + st_offset(&shape->red, shape->red.rank, at + filled, NULL), job->dtype);
        k = st_min64(st_min64(end - at - filled, length - (at + filled) % length), STAGED - filled);
      }
      x = (const char *)staged;
      k = filled;
    }
    k = st_min64(k, 8 * STAGED);  // so that the second pass reads the first-level cache
    st_acc sum;
    double d, squares;
    job->kernels->rows[job->class][ST_REDUCTION_sum](x, k, 1, 0, &sum);
    double shift = in_class(job, sum.f / (double)k);
    job->kernels->deviation_rows[job->class](x, k, shift, &d, &squares);
    total = merge(total, about((double)k, shift, d, squares));
    at += k;
  }
  return total;
}

static void rows_body(void *context, int64_t begin, int64_t end) {
  const moments_job *job = context;
  const st_reduce_shape *shape = job->shape;
  for (int64_t i = begin; i < end; i++) {
    int64_t out, in = st_offset(&shape->keep, shape->keep.rank, i / job->pieces, &out);
    int64_t first = i % job->pieces * job->piece;
    moments m = moments_range(job, in, first, st_min64(first + job->piece, shape->red.count));
    if (job->pieces > 1)
      job->partial[i] = m;
    else
      store(job, out, m);
  }
}

static void columns_body(void *context, int64_t begin, int64_t end) {
  const moments_job *job = context;
  const st_reduce_shape *shape = job->shape;
  enum { WIDEST = 512 };
  _Alignas(64) char staged[ROWS * STAGED_COLUMNS * 8];
  const void *rows[ROWS];
  moments total[WIDEST];
  st_acc sums[WIDEST];
  double shift[WIDEST], d[WIDEST], squares[WIDEST];
  size_t size = st_class_size(job->class);
  for (int64_t i = begin; i < end; i++) {
    int64_t p = i % job->pieces, t = i / job->pieces % job->tiles, o = i / job->pieces / job->tiles;
    int64_t out, in = st_offset(&shape->keep, shape->keep.rank - 1, o, &out), first = t * job->tile,
                 width = st_min64(job->tile, job->columns - first);
    int64_t last = st_min64((p + 1) * job->piece, shape->red.count);
    for (int64_t c = 0; c < width; c++) total[c] = (moments){0, 0, 0};
    for (int64_t at = p * job->piece; at < last;) {
      int64_t k = st_min64(ROWS, last - at);
      for (int64_t r = 0; r < k; r++) {
        const char *x = st_at(job->in, in + first + st_offset(&shape->red, shape->red.rank, at + r, NULL), job->dtype);
        rows[r] = x;
        if (job->direct) continue;
        rows[r] = staged + (size_t)(r * STAGED_COLUMNS) * size;
        job->kernels->stage[job->class]((void *)rows[r], x, job->dtype, width, 1);
      }
      memset(sums, 0, (size_t)width * sizeof *sums);
      job->kernels->columns[job->class][ST_REDUCTION_sum](rows, k, width, sums);
      for (int64_t c = 0; c < width; c++) shift[c] = in_class(job, sums[c].f / (double)k);
      job->kernels->deviation_columns[job->class](rows, k, width, shift, d, squares);
      for (int64_t c = 0; c < width; c++) total[c] = merge(total[c], about((double)k, shift[c], d[c], squares[c]));
      at += k;
    }
    for (int64_t c = 0; c < width; c++) {
      if (job->pieces > 1)
        job->partial[(o * job->columns + first + c) * job->pieces + p] = total[c];
      else
        store(job, out + (first + c) * shape->keep.out[shape->keep.rank - 1], total[c]);
    }
  }
}

static void combine_body(void *context, int64_t begin, int64_t end) {
  const moments_job *job = context;
  for (int64_t o = begin; o < end; o++) {
    moments total = {0, 0, 0};
    for (int64_t k = 0; k < job->pieces; k++) total = merge(total, job->partial[o * job->pieces + k]);
    int64_t out;
    st_offset(&job->shape->keep, job->shape->keep.rank, o, &out);
    store(job, out, total);
  }
}

int64_t st_reduce_moments(const st_reduce_shape *shape, double correction, void *variance, void *mean, const void *in,
                          st_dtype dtype) {
  moments_job job = {.shape = shape,
                 .correction = correction,
                     .in = in,
                     .dtype = dtype,
                     .variance = variance,
                     .mean = mean,
                     .class = st_class_of(dtype),
                     .kernels = st_reduce_table()};
  if (shape->keep.count == 0) return 0;
  job.direct = dtype == st_class_dtype(job.class);
  bool columnar = st_is_columnar(shape);
  int64_t tasks = shape->keep.count, work;
  if (columnar) {
    job.columns = shape->keep.sizes[shape->keep.rank - 1];
    job.tile = job.direct ? 512 : STAGED_COLUMNS;
    job.tiles = (job.columns + job.tile - 1) / job.tile;
    int64_t width = st_min64(job.tile, job.columns);
    job.piece = st_max64(4 * ROWS, st_grain(2 * PIECE, width));
    tasks = shape->keep.count / job.columns * job.tiles;
    work = width * st_min64(job.piece, shape->red.count);
  } else {
    job.piece = PIECE;
    work = st_min64(PIECE, shape->red.count);
  }
  job.pieces = st_max64(1, (shape->red.count + job.piece - 1) / job.piece);
  size_t bytes = (size_t)(shape->keep.count * job.pieces) * sizeof(moments), capacity = 0;
  if (job.pieces > 1 && !(job.partial = st_scratch(bytes, &capacity))) return (int64_t)bytes;
  st_parallel_for(tasks * job.pieces, st_grain(PIECE, work), columnar ? columns_body : rows_body, &job);
  if (job.pieces > 1) {
    st_parallel_for(shape->keep.count, st_grain(PIECE, job.pieces), combine_body, &job);
    st_deallocate(job.partial, capacity);
  }
  return 0;
}
