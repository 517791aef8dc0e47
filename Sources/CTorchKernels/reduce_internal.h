// What the reductions share: accumulators and kernel tables.
#ifndef ST_REDUCE_INTERNAL_H
#define ST_REDUCE_INTERNAL_H

#include "reduce_isa.h"
#include "scratch.h"
#include "st_memory.h"
#include "st_reduce.h"

/// The type that a kernel computes in. Blocks of floats end in a double accumulator, integers in an int64.
typedef enum { CLASS_F32, CLASS_F64, CLASS_I64, CLASSES } st_class;

typedef union {
  double f;
  int64_t i;
} st_acc;

enum {
  ROWS = 32,           // rows of one call of a column kernel: few enough to add in float32
  STAGED = 1024,       // elements staged at a time
  STAGED_COLUMNS = 128,
  DIRECT_COLUMNS = 1024,
  PIECE = 32768,       // elements of one piece of a long reduction
};

/// The kernels of one instruction set. Reductions that are tests of another one have no kernels of their own.
typedef struct {
  /// Writes out[i] = the reduction of the n elements at x + i * stride, for i < count.
  void (*rows[CLASSES][ST_REDUCTION_count])(const void *x, int64_t n, int64_t count, int64_t stride, st_acc *out);
  /// Updates acc[c] = op(acc[c], reduction over rows[0..<n][c]), n <= ROWS.
  void (*columns[CLASSES][ST_REDUCTION_count])(const void *const *rows, int64_t n, int64_t columns, st_acc *acc);
  /// Updates the running extreme of each column and its row index; NaN is the extreme. `base` is the index of rows[0].
  /// Indexed by [class][whether it is the maximum].
  void (*arg_columns[CLASSES][2])(const void *const *rows, int64_t n, int64_t columns, void *best, int64_t *index,
                            int64_t base);
  /// Returns the position of the first element equal to `value`, or of the first NaN if `value` is NaN.
  int64_t (*find[CLASSES])(const void *x, int64_t n, st_acc value);
  /// Computes the sum and the sum of squares of x - shift, for CLASS_F32 and CLASS_F64.
  void (*deviation_rows[2])(const void *x, int64_t n, double shift, double *sum, double *squares);
  void (*deviation_columns[2])(const void *const *rows, int64_t n, int64_t columns, const double *shift, double *sum,
                               double *squares);
  int64_t (*count_bytes)(const uint8_t *x, int64_t n);
  /// Converts n elements of `dtype`, `stride` apart, to the class's element type.
  void (*stage[CLASSES])(void *to, const void *from, st_dtype dtype, int64_t n, int64_t stride);
} st_reduce_kernels;

const st_reduce_kernels *st_reduce_table(void);

/// Returns the input's offset at a row-major position over the first n loops, and writes the output's offset to `out`
/// unless it is NULL.
static inline int64_t st_offset(const st_loops *loops, int n, int64_t position, int64_t *out) {
  int64_t in = 0, o = 0;
  for (int d = n - 1; d >= 0 && position; d--) {
    int64_t k = position % loops->sizes[d];
    position /= loops->sizes[d];
    in += k * loops->in[d];
    if (out) o += k * loops->out[d];
  }
  if (out) *out = o;
  return in;
}

/// Returns whether kernels run over kept columns (true) or along rows (false).
static inline bool st_is_columnar(const st_reduce_shape *p) {
  if (p->red.rank && p->red.in[p->red.rank - 1] == 1) return false;
  return p->keep.rank && p->keep.in[p->keep.rank - 1] == 1;
}

static inline st_class st_class_of(st_dtype t) {
  return t == ST_F64 ? CLASS_F64 : st_is_float(t) ? CLASS_F32 : CLASS_I64;
}
static inline st_dtype st_class_dtype(st_class c) { return c == CLASS_F64 ? ST_F64 : c == CLASS_F32 ? ST_F32 : ST_I64; }
static inline size_t st_class_size(st_class c) { return c == CLASS_F32 ? 4 : 8; }
static inline const char *st_at(const void *p, int64_t offset, st_dtype t) {
  return (const char *)p + offset * (int64_t)st_size(t);
}

// The combinations of reductions.inc.
#define PLUS(a, b) ((a) + (b))
#define TIMES(a, b) ((a) * (b))
#define LARGER(a, b) ((((b) > (a)) | ((b) != (b))) ? (b) : (a))
#define SMALLER(a, b) ((((b) < (a)) | ((b) != (b))) ? (b) : (a))

/// Writes one result as any dtype.
void st_acc_store(void *out, int64_t at, st_dtype dtype, st_acc value, bool is_float);

#endif
