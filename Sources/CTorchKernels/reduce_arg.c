// Finds the index of a maximum or minimum.
#include "reduce_internal.h"
#include "st_parallel.h"

typedef struct {
  const st_reduce_shape *shape;
  const st_reduce_kernels *kernels;
  st_class class;
  st_dtype dtype;
  bool max, direct;
  const void *in;
  void *values;
  int64_t *indices;
  int64_t pieces, piece, columns, tiles, tile;
  st_acc *best;    // of each piece
  int64_t *where;
} arg_job;

static bool is_better(const arg_job *job, st_acc x, st_acc best) {
  if (job->class == CLASS_I64) return job->max ? x.i > best.i : x.i < best.i;
  if (best.f != best.f) return false;
  return x.f != x.f || (job->max ? x.f > best.f : x.f < best.f);
}

static void store(const arg_job *job, int64_t at, st_acc value, int64_t index) {
  if (job->indices) job->indices[at] = index;
  if (job->values) st_acc_store(job->values, at, job->dtype, value, job->class != CLASS_I64);
}

// Finds the extreme value of the reduced positions [begin, end), end > begin.
static int64_t arg_range(const arg_job *job, int64_t offset, int64_t begin, int64_t end, st_acc *best) {
  const st_reduce_shape *shape = job->shape;
  int64_t length = shape->red.rank ? shape->red.sizes[shape->red.rank - 1] : 1,
          stride = shape->red.rank ? shape->red.in[shape->red.rank - 1] : 1;
  double staged[STAGED], saved[STAGED];
  size_t size = st_class_size(job->class);
  const void *block = NULL;
  int64_t block_at = 0, block_size = 0;
  for (int64_t at = begin; at < end;) {
    const char *x = st_at(job->in, offset + st_offset(&shape->red, shape->red.rank, at, NULL), job->dtype);
    int64_t k = st_min64(st_min64(end - at, length - at % length), STAGED);
    bool direct = job->direct && stride == 1;
    const void *p = x;
    if (!direct) {
      int64_t filled = 0;
      while (true) {  // short runs share a block
        job->kernels->stage[job->class]((char *)staged + (size_t)filled * size, x, job->dtype, k, stride);
        filled += k;
        if (filled == STAGED || at + filled == end) break;
        x = st_at(job->in, offset + st_offset(&shape->red, shape->red.rank, at + filled, NULL), job->dtype);
        k = st_min64(st_min64(end - at - filled, length - (at + filled) % length), STAGED - filled);
      }
      p = staged;
      k = filled;
    }
    st_acc part;
    job->kernels->rows[job->class][job->max ? ST_REDUCTION_max : ST_REDUCTION_min](p, k, 1, 0, &part);
    if (!block || is_better(job, part, *best)) {
      *best = part;
      block = p;
      block_at = at;
      block_size = k;
      if (!direct) block = memcpy(saved, staged, (size_t)k * size);
      if (job->class != CLASS_I64 && part.f != part.f) break;
    }
    at += k;
  }
  return block_at + job->kernels->find[job->class](block, block_size, *best);
}

static void rows_body(void *context, int64_t begin, int64_t end) {
  const arg_job *job = context;
  const st_reduce_shape *shape = job->shape;
  for (int64_t i = begin; i < end; i++) {
    int64_t out, in = st_offset(&shape->keep, shape->keep.rank, i / job->pieces, &out);
    int64_t first = i % job->pieces * job->piece;
    st_acc best;
    int64_t index = arg_range(job, in, first, st_min64(first + job->piece, shape->red.count), &best);
    if (job->pieces > 1)
      job->best[i] = best, job->where[i] = index;
    else
      store(job, out, best, index);
  }
}

static void columns_body(void *context, int64_t begin, int64_t end) {
  const arg_job *job = context;
  const st_reduce_shape *shape = job->shape;
  _Alignas(64) char staged[ROWS * STAGED_COLUMNS * 8];
  const void *rows[ROWS];
  double best[DIRECT_COLUMNS];
  int64_t index[DIRECT_COLUMNS];
  size_t size = st_class_size(job->class);
  for (int64_t i = begin; i < end; i++) {
    int64_t p = i % job->pieces, t = i / job->pieces % job->tiles, o = i / job->pieces / job->tiles;
    int64_t out, in = st_offset(&shape->keep, shape->keep.rank - 1, o, &out), first = t * job->tile,
                 width = st_min64(job->tile, job->columns - first);
    int64_t last = st_min64((p + 1) * job->piece, shape->red.count);
    for (int64_t at = p * job->piece; at < last;) {
      int64_t k = st_min64(ROWS, last - at);
      for (int64_t r = 0; r < k; r++) {
        const char *x = st_at(job->in, in + first + st_offset(&shape->red, shape->red.rank, at + r, NULL), job->dtype);
        rows[r] = x;
        if (job->direct) continue;
        rows[r] = staged + (size_t)(r * STAGED_COLUMNS) * size;
        job->kernels->stage[job->class]((void *)rows[r], x, job->dtype, width, 1);
      }
      if (at == p * job->piece) {
        memcpy(best, rows[0], (size_t)width * size);
        for (int64_t c = 0; c < width; c++) index[c] = at;
      }
      job->kernels->arg_columns[job->class][job->max](rows, k, width, best, index, at);
      at += k;
    }
    for (int64_t c = 0; c < width; c++) {
      st_acc value;
      if (job->class == CLASS_F32)
        value.f = ((float *)best)[c];
      else
        memcpy(&value, &best[c], sizeof value);
      int64_t at = (o * job->columns + first + c) * job->pieces + p;
      if (job->pieces > 1)
        job->best[at] = value, job->where[at] = index[c];
      else
        store(job, out + (first + c) * shape->keep.out[shape->keep.rank - 1], value, index[c]);
    }
  }
}

static void combine_body(void *context, int64_t begin, int64_t end) {
  const arg_job *job = context;
  for (int64_t o = begin; o < end; o++) {
    const st_acc *p = job->best + o * job->pieces;
    int64_t best = 0, out;
    for (int64_t k = 1; k < job->pieces; k++)
      if (is_better(job, p[k], p[best])) best = k;
    st_offset(&job->shape->keep, job->shape->keep.rank, o, &out);
    store(job, out, p[best], job->where[o * job->pieces + best]);
  }
}

int64_t st_reduce_arg(bool max, const st_reduce_shape *shape, void *values, int64_t *indices, const void *in,
                      st_dtype dtype) {
  arg_job job = {.shape = shape,
                 .max = max,
                 .in = in,
                 .dtype = dtype,
                 .values = values,
                 .indices = indices,
                 .class = st_class_of(dtype),
                 .kernels = st_reduce_table()};
  if (shape->keep.count == 0 || shape->red.count == 0) return 0;
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
  job.pieces = (shape->red.count + job.piece - 1) / job.piece;
  size_t capacity = 0;
  if (job.pieces > 1) {
    int64_t parts = shape->keep.count * job.pieces;
    size_t bytes = (size_t)parts * (sizeof(st_acc) + sizeof(int64_t));
    job.best = st_scratch(bytes, &capacity);
    if (!job.best) return (int64_t)bytes;
    job.where = (int64_t *)(job.best + parts);
  }
  st_parallel_for(tasks * job.pieces, st_grain(PIECE, work), columnar ? columns_body : rows_body, &job);
  if (job.pieces > 1) {
    st_parallel_for(shape->keep.count, st_grain(PIECE, job.pieces), combine_body, &job);
    st_deallocate(job.best, capacity);
  }
  return 0;
}
