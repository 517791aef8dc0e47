// Inclusive scans. Floats accumulate in double (half types in float), as in PyTorch.
#define ST_ISA ST_BASELINE
#include "complex_math.h"
#include "reduce_internal.h"
#include "st_parallel.h"
#include <math.h>

// ROW is not a multiple of a page. If it were, rows that are scanned together would share a few cache sets.
enum { LINES = 64, ROW = 4080 };

typedef struct {
  st_scan_op op;
  int64_t n, inner, tiles;
  void *out;
  int64_t *indices;
  const void *in;
  st_dtype dtype;
  double *starts;  // of a long line that is cut into rows: the sum before each row
} scan_job;

static double log_add(double a, double b) {
  double low = a < b || a != a ? a : b, high = a < b || a != a ? b : a;
  if (a != a || b != b) return NAN;
  return low != high || isfinite(low) ? log1p(exp(low - high)) + high : b;
}

#define LOOP(T, A, FROM, TO, START, NEXT)                                       \
  if (inner == 1) {                                                             \
    const T *x = (const T *)job->in + at;                                       \
    T *out = (T *)job->out + at;                                                \
    A a = START;                                                                \
    for (int64_t j = 0; j < n; j++) {                                           \
      A b = (A)FROM(x[j]);                                                      \
      a = NEXT;                                                                 \
      out[j] = (T)TO(a);                                                        \
    }                                                                           \
  } else {                                                                      \
    A acc[LINES];                                                               \
    for (int64_t c = 0; c < width; c++) acc[c] = START;                         \
    for (int64_t j = 0; j < n; j++) {                                           \
      const T *x = (const T *)job->in + at + j * inner;                         \
      T *out = (T *)job->out + at + j * inner;                                  \
      for (int64_t c = 0; c < width; c++) {                                     \
        A a = acc[c], b = (A)FROM(x[c]);                                        \
        acc[c] = NEXT;                                                          \
        out[c] = (T)TO(acc[c]);                                                 \
      }                                                                         \
    }                                                                           \
  }

// Says whether b replaces a. A NaN does, and then stays.
#define REPLACES(BETTER) (b != b || (a == a && BETTER))
#define EXTREME(T, FROM, BETTER)                                                \
  if (inner == 1) {                                                             \
    const T *x = (const T *)job->in + at;                                       \
    T *out = (T *)job->out + at, best = x[0];                                   \
    int64_t where = 0;                                                          \
    __typeof__(FROM(best)) a = FROM(best);                                      \
    for (int64_t j = 0; j < n; j++) {                                           \
      __typeof__(a) b = FROM(x[j]);                                             \
      if (REPLACES(BETTER)) best = x[j], a = b, where = j;                      \
      out[j] = best;                                                            \
      if (job->indices) job->indices[at + j] = where;                           \
    }                                                                           \
  } else {                                                                      \
    T best[LINES];                                                              \
    int64_t where[LINES];                                                       \
    for (int64_t j = 0; j < n; j++) {                                           \
      const T *x = (const T *)job->in + at + j * inner;                         \
      T *out = (T *)job->out + at + j * inner;                                  \
      for (int64_t c = 0; c < width; c++) {                                     \
        bool better = j == 0;                                                   \
        if (!better) {                                                          \
          __typeof__(FROM(x[c])) b = FROM(x[c]), a = FROM(best[c]);             \
          better = REPLACES(BETTER);                                            \
        }                                                                       \
        if (better) best[c] = x[c], where[c] = j;                               \
        out[c] = best[c];                                                       \
        if (job->indices) job->indices[at + j * inner + c] = where[c];          \
      }                                                                         \
    }                                                                           \
  }

#define PLAIN(x) (x)
#define INTEGER(T) \
  switch (job->op) {                                                            \
    case ST_SCAN_SUM: LOOP(T, uint64_t, PLAIN, PLAIN, 0, a + b) break;          \
    case ST_SCAN_PROD: LOOP(T, uint64_t, PLAIN, PLAIN, 1, a * b) break;         \
    case ST_SCAN_MAX: EXTREME(T, PLAIN, b >= a) break;                          \
    case ST_SCAN_MIN: EXTREME(T, PLAIN, b <= a) break;                          \
    case ST_SCAN_LOGSUMEXP: break;                                              \
  }                                                                             \
  break;
#define FLOATING(T, A, FROM, TO) \
  switch (job->op) {                                                            \
    case ST_SCAN_SUM: LOOP(T, A, FROM, TO, 0, a + b) break;                     \
    case ST_SCAN_PROD: LOOP(T, A, FROM, TO, 1, a * b) break;                    \
    case ST_SCAN_MAX: EXTREME(T, FROM, b >= a) break;                           \
    case ST_SCAN_MIN: EXTREME(T, FROM, b <= a) break;                           \
    case ST_SCAN_LOGSUMEXP: LOOP(T, double, FROM, TO, -INFINITY, log_add(a, b)) break; \
  }                                                                             \
  break;

#define COMPLEX(T)                                                              \
  switch (job->op) {                                                            \
    case ST_SCAN_SUM: LOOP(T, double _Complex, PLAIN, PLAIN, 0, a + b) break;   \
    case ST_SCAN_PROD: LOOP(T, double _Complex, PLAIN, PLAIN, 1, a * b) break;  \
    case ST_SCAN_LOGSUMEXP: LOOP(T, double _Complex, PLAIN, PLAIN, -INFINITY, v_logaddexp(a, b)) break; \
    case ST_SCAN_MAX: case ST_SCAN_MIN: break;                                  \
  }                                                                             \
  break;

static void scan_lines(const scan_job *job, int64_t at, int64_t width) {
  int64_t n = job->n, inner = job->inner;
  switch (job->dtype) {
    case ST_BOOL:
      switch (job->op) {
        case ST_SCAN_SUM: case ST_SCAN_LOGSUMEXP: LOOP(bool, bool, PLAIN, PLAIN, 0, a | b) break;
        case ST_SCAN_PROD: LOOP(bool, bool, PLAIN, PLAIN, 1, a & b) break;
        case ST_SCAN_MAX: EXTREME(bool, PLAIN, b >= a) break;
        case ST_SCAN_MIN: EXTREME(bool, PLAIN, b <= a) break;
      }
      break;
    case ST_U8: INTEGER(uint8_t)
    case ST_I8: INTEGER(int8_t)
    case ST_I16: INTEGER(int16_t)
    case ST_I32: INTEGER(int32_t)
    case ST_I64: INTEGER(int64_t)
    case ST_F16: FLOATING(_Float16, float, (float), PLAIN)
    case ST_BF16: FLOATING(uint16_t, float, st_bf16_to_f32, st_f32_to_bf16)
    case ST_F32: FLOATING(float, double, PLAIN, PLAIN)
    case ST_F64: FLOATING(double, double, PLAIN, PLAIN)
    case ST_C64: COMPLEX(float _Complex)
    case ST_C128: COMPLEX(double _Complex)
    case ST_C32: case ST_U16: case ST_U32: case ST_U64: case ST_F8_E4M3FN: case ST_F8_E5M2: break;
  }
}

static void scan_body(void *context, int64_t begin, int64_t end) {
  const scan_job *job = context;
  for (int64_t t = begin; t < end; t++) {
    int64_t first = t % job->tiles * LINES;
    scan_lines(job, t / job->tiles * job->n * job->inner + first, st_min64(LINES, job->inner - first));
  }
}

// Scans eight neighbouring rows at a time. A single row would wait for each of its additions.
enum { LINE_ROWS = 8 };

static void rows_body(void *context, int64_t begin, int64_t end) {
  const scan_job *job = context;
  int64_t n = job->n;
  for (int64_t group = begin; group < end; group++) {
    const float *x = (const float *)job->in + group * LINE_ROWS * n;
    float *out = (float *)job->out + group * LINE_ROWS * n;
    double sum[LINE_ROWS] = {0};
    if (job->starts) memcpy(sum, job->starts + group * LINE_ROWS, sizeof sum);
    for (int64_t j = 0; j < n; j++) {
      for (int r = 0; r < LINE_ROWS; r++) {
        sum[r] += (double)x[r * n + j];
        out[r * n + j] = (float)sum[r];
      }
    }
  }
}

static void row_sums_body(void *context, int64_t begin, int64_t end) {
  const scan_job *job = context;
  int64_t n = job->n;
  for (int64_t group = begin; group < end; group++) {
    const float *x = (const float *)job->in + group * LINE_ROWS * n;
    double sum[LINE_ROWS] = {0};
    for (int64_t j = 0; j < n; j++) {
      for (int r = 0; r < LINE_ROWS; r++) sum[r] += (double)x[r * n + j];
    }
    memcpy(job->starts + 1 + group * LINE_ROWS, sum, sizeof sum);
  }
}

// Scans a long line as rows, each of which starts with the sum of the rows before it.
static int64_t scan_long_line(scan_job job) {
  int64_t length = job.n, groups = length / (LINE_ROWS * ROW), rows = groups * LINE_ROWS;
  job.n = ROW;
  size_t bytes = (size_t)(rows + 1) * sizeof(double), capacity;
  job.starts = st_scratch(bytes, &capacity);
  if (!job.starts) return (int64_t)bytes;
  job.starts[0] = 0;
  st_parallel_for(groups, 1, row_sums_body, &job);
  for (int64_t r = 0; r < rows; r++) job.starts[r + 1] += job.starts[r];
  st_parallel_for(groups, 1, rows_body, &job);
  double sum = job.starts[rows];
  for (int64_t i = rows * ROW; i < length; i++) {
    sum += (double)((const float *)job.in)[i];
    ((float *)job.out)[i] = (float)sum;
  }
  st_deallocate(job.starts, capacity);
  return 0;
}

int64_t st_scan(st_scan_op op, int64_t outer, int64_t n, int64_t inner, void *out, int64_t *indices, const void *in,
                st_dtype dtype) {
  if (outer == 0 || n == 0 || inner == 0) return 0;
  scan_job job = {.op = op,
                  .n = n,
                  .inner = inner,
                  .tiles = (inner + LINES - 1) / LINES,
                  .out = out,
                  .indices = indices,
                  .in = in,
                  .dtype = dtype};
  if (op == ST_SCAN_SUM && dtype == ST_F32 && outer == 1 && inner == 1 && n > 4 * LINE_ROWS * ROW) {
    return scan_long_line(job);
  }
  if (op == ST_SCAN_SUM && dtype == ST_F32 && inner == 1 && outer >= LINE_ROWS) {
    int64_t whole = outer / LINE_ROWS * LINE_ROWS;
    st_parallel_for(outer / LINE_ROWS, st_grain(32768, n * LINE_ROWS), rows_body, &job);
    job.in = (const float *)in + whole * n;
    job.out = (float *)out + whole * n;
    outer -= whole;
  }
  st_parallel_for(outer * job.tiles, st_grain(op == ST_SCAN_LOGSUMEXP ? 2048 : 32768, n * st_min64(LINES, inner)),
                  scan_body, &job);
  return 0;
}
