#include "blocks.h"

#include <string.h>

#include "include/st_parallel.h"
#include "strided.h"

enum {
  most_operands = 1 + ST_MOST_INPUTS,  // the result and the inputs
  block_bytes = 4096,      // bytes of one operand's staged block
  most_planes = 64,        // most planes of one block
  tile = 32,               // side of a block that transposes
};

typedef struct {
  char *data;
  const int64_t *strides;
  size_t size;             // bytes of an element in memory
  st_dtype dtype, staged;  // the dtype in memory, and in the kernel
  bool linear;             // every block is contiguous in memory
  bool constant;           // one element for the whole result
  bool repeats;            // the same rows and columns in every plane
} operand;

// A block has `planes` × `rows` × `columns` elements. Rows and columns run along the last two dimensions. A plane is a
// row-major position in the other dimensions.
typedef struct {
  st_kernel kernel;
  const st_kernels *table;
  int operands, ndim;
  operand operand[most_operands];
  const int64_t *sizes;
  int64_t height, width, depth;                   // sizes of the last two dimensions, product of the others
  int64_t planes, rows, columns;
  int64_t plane_blocks, row_blocks, column_blocks;
} plan;

// A thread's staged data.
typedef struct {
  _Alignas(64) char staged[most_operands][block_bytes];
  _Alignas(64) char raw[block_bytes];
  const void *base[most_operands];
  int64_t planes[most_operands], rows[most_operands], columns[most_operands];
  int64_t offset[most_operands][most_planes];
} scratch;

static int64_t block_count(int64_t size, int64_t step) { return size <= step ? 1 : (size + step - 1) / step; }

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static void choose_blocks(plan *p, size_t widest) {
  int64_t room = block_bytes / (int64_t)widest;
  int w = p->ndim - 1, h = p->ndim - 2;
  p->width = w >= 0 ? p->sizes[w] : 1;
  p->height = h >= 0 ? p->sizes[h] : 1;
  p->depth = 1;
  for (int d = 0; d < h; d++) p->depth *= p->sizes[d];
  p->planes = 1;
  bool transposed = false, staged = false;
  for (int k = 0; k < p->operands; k++) {
    operand *o = &p->operand[k];
    int64_t column = w >= 0 ? o->strides[w] : 0, row = h >= 0 ? o->strides[h] : 0;
    if (h >= 0 && row != 0 && column != 0 && (row < 0 ? -row : row) < (column < 0 ? -column : column))
      transposed = true;
    if (o->dtype != o->staged || column != 1) staged = true;
  }
  if (transposed && p->width > 4) {
    p->columns = least(p->width, p->height < tile ? room / p->height : tile);
    p->rows = least(p->height, room / p->columns);
  } else if (p->width >= room / 2) {
    transposed = false;
    p->rows = 1;
    p->columns = least(p->width, staged ? room : 16 * room);
  } else {
    transposed = false;
    p->columns = p->width;
    p->rows = p->height > 1 ? least(p->height, room / p->width) : 1;
    if (p->rows == p->height && p->depth > 1)
      p->planes = least(least(p->depth, most_planes), room / (p->rows * p->columns));
  }
  for (int k = 0; k < p->operands; k++) {
    operand *o = &p->operand[k];
    int64_t expected = 1;
    o->linear = !transposed;
    o->constant = o->repeats = true;
    for (int d = p->ndim - 1; d >= 0; d--) {
      if (o->strides[d] != expected) o->linear = false;
      if (o->strides[d] != 0) o->constant = false;
      if (o->strides[d] != 0 && d < h) o->repeats = false;
      expected *= p->sizes[d];
    }
  }
  p->plane_blocks = block_count(p->depth, p->planes);
  p->row_blocks = block_count(p->height, p->rows);
  p->column_blocks = block_count(p->width, p->columns);
}

// Computes the offsets of `count` planes from `first` on, for every operand.
static void locate_planes(const plan *p, scratch *s, int64_t first, int64_t count) {
  int outer = p->ndim > 2 ? p->ndim - 2 : 0;
  int64_t index[ST_MAX_DIMS];
  int64_t rest = first;
  for (int d = outer - 1; d >= 0; d--) {
    index[d] = rest % p->sizes[d];
    rest /= p->sizes[d];
  }
  int64_t at[most_operands];
  for (int k = 0; k < p->operands; k++) {
    at[k] = 0;
    for (int d = 0; d < outer; d++) at[k] += index[d] * p->operand[k].strides[d];
  }
  for (int64_t q = 0; q < count; q++) {
    for (int k = 0; k < p->operands; k++) s->offset[k][q] = at[k];
    for (int d = outer - 1; d >= 0; d--) {
      bool wraps = ++index[d] == p->sizes[d];
      for (int k = 0; k < p->operands; k++) at[k] += p->operand[k].strides[d] * (wraps ? 1 - p->sizes[d] : 1);
      if (!wraps) break;
      index[d] = 0;
    }
  }
}

// Returns the block's elements in the kernel's dtype, contiguous: in place if possible, else in `target` if given, else
// in scratch.
static const void *stage(const plan *p, scratch *s, int k, const char *base, char *target, int64_t planes, int64_t rows,
                         int64_t columns) {
  const operand *o = &p->operand[k];
  int w = p->ndim - 1, h = p->ndim - 2;
  int64_t column = w >= 0 ? o->strides[w] : 1, row = h >= 0 ? o->strides[h] : 0;
  bool run = o->linear || (planes == 1 && rows == 1 && column == 1);
  if (run && o->dtype == o->staged) return base;
  char *staged = target ? target : s->staged[k];
  int64_t count = planes * rows * columns;
  // A broadcast operand often needs the same elements again. They are still staged.
  if (!target && s->base[k] == base && count <= s->planes[k] * s->rows[k] * s->columns[k] &&
      (o->constant || (columns == s->columns[k] && (planes == 1 || (o->repeats && rows == s->rows[k]))))) {
    return staged;
  }
  s->base[k] = target ? NULL : base;
  s->planes[k] = planes, s->rows[k] = rows, s->columns[k] = columns;
  const void *source = base;
  if (!run) {
    char *to = o->dtype == o->staged ? staged : s->raw;
    source = to;
    for (int64_t q = 0; q < planes; q++) {
      const char *from = base + (s->offset[k][q] - s->offset[k][0]) * (int64_t)o->size;
      st_load_strided(o->size, to + q * rows * columns * (int64_t)o->size, from, rows, columns, row, column);
    }
  }
  if (o->dtype != o->staged) p->table->converter[o->staged][o->dtype](count, staged, source);
  return staged;
}

static void run_block(const plan *p, scratch *s, int64_t planes, int64_t i, int64_t rows, int64_t j, int64_t columns) {
  const void *in[most_operands] = {NULL};
  int w = p->ndim - 1, h = p->ndim - 2;
  char *base[most_operands];
  for (int k = 0; k < p->operands; k++) {
    const operand *o = &p->operand[k];
    int64_t offset = s->offset[k][0] + (h >= 0 ? i * o->strides[h] : 0) + (w >= 0 ? j * o->strides[w] : 0);
    base[k] = o->data + offset * (int64_t)o->size;
  }
  const operand *o = &p->operand[0];
  int64_t column = w >= 0 ? o->strides[w] : 1, row = h >= 0 ? o->strides[h] : 0, count = planes * rows * columns;
  bool run = o->linear || (planes == 1 && rows == 1 && column == 1);
  char *target = !p->kernel && run && o->dtype == o->staged ? base[0] : NULL;
  for (int k = 1; k < p->operands; k++) in[k] = stage(p, s, k, base[k], target, planes, rows, columns);
  const void *result = in[1];
  if (p->kernel) {
    void *to = run && o->dtype == o->staged ? (void *)base[0] : s->staged[0];
    p->kernel(count, to, in + 1);
    result = to;
  }
  if (result == base[0]) return;
  if (o->dtype != o->staged) {
    void *to = run ? (void *)base[0] : s->raw;
    p->table->converter[o->dtype][o->staged](count, to, result);
    result = to;
  }
  if (result == base[0]) return;
  if (run) {
    memcpy(base[0], result, (size_t)count * o->size);
    return;
  }
  for (int64_t q = 0; q < planes; q++) {
    char *to = base[0] + (s->offset[0][q] - s->offset[0][0]) * (int64_t)o->size;
    st_store_strided(o->size, to, (const char *)result + q * rows * columns * (int64_t)o->size, rows, columns, row,
                     column);
  }
}

static void run_piece(void *context, int64_t begin, int64_t end) {
  const plan *p = context;
  scratch s;
  memset(s.base, 0, sizeof s.base);
  int64_t jb = 0, ib = 0, qb = 0;
  if (begin > 0) {
    jb = begin % p->column_blocks;
    ib = begin / p->column_blocks % p->row_blocks;
    qb = begin / p->column_blocks / p->row_blocks;
  }
  int64_t located = -1, planes = 0;
  for (int64_t b = begin; b < end; b++) {
    if (located != qb) {
      planes = least(p->planes, p->depth - qb * p->planes);
      locate_planes(p, &s, qb * p->planes, planes);
      located = qb;
    }
    int64_t i = ib * p->rows, j = jb * p->columns;
    run_block(p, &s, planes, i, least(p->rows, p->height - i), j, least(p->columns, p->width - j));
    if (++jb == p->column_blocks) {
      jb = 0;
      if (++ib == p->row_blocks) {
        ib = 0;
        qb++;
      }
    }
  }
}

void st_run_blocks(st_kernel kernel, st_dtype in_dtype, st_dtype out_dtype, int64_t grain, int ndim,
                   const int64_t *sizes, const st_operand *out, int inputs, const st_operand *in) {
  plan p;
  p.kernel = kernel;
  p.table = st_chosen_kernels();
  p.operands = inputs + 1;
  p.ndim = ndim;
  p.sizes = sizes;
  size_t widest = 1;
  for (int k = 0; k < p.operands; k++) {
    const st_operand *from = k == 0 ? out : &in[k - 1];
    operand *o = &p.operand[k];
    o->data = from->data;
    o->strides = from->strides;
    o->dtype = from->dtype;
    o->size = st_size(o->dtype);
    o->staged = k == 0 ? out_dtype : in_dtype;
    if (o->size > widest) widest = o->size;
    if (st_size(o->staged) > widest) widest = st_size(o->staged);
  }
  choose_blocks(&p, widest);
  int64_t in_block = p.planes * p.rows * p.columns;
  st_parallel_evenly(p.plane_blocks * p.row_blocks * p.column_blocks, grain > in_block ? grain / in_block : 1,
                     run_piece, &p);
}
