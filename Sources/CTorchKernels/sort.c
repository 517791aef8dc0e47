// Sorting and selecting along rows. Elements become records of an order-preserving unsigned key and the index that they
// came from.
#include "reduce_internal.h"
#include "st_memory.h"
#include "st_parallel.h"
#include "st_sort.h"
#include <stdlib.h>

enum {
  KEY_BLOCK = 256,        // keys made at a time
  LEAST_BYTE_SORT = 64,   // longer rows are sorted by bytes, shorter ones merged
  SORT_PIECE = 65536,     // elements of one piece of a long row
};

typedef struct {
  int64_t n, kept;  // elements of a row, and of a row's result
  int64_t k;
  int key_bits;
  uint64_t least;   // int64 keys count from this element
  uint64_t flip;    // reverses the order of the keys
  bool sorted;
  st_selection what;
  const void *in;
  void *values;
  int64_t *indices;
  st_dtype dtype;
  int64_t row;      // the long row that is being sorted, and its records
  void *records;
  _Atomic int64_t missing;
} sort_job;

static const void *st_element(const void *x, int64_t i, st_dtype dtype) {
  return (const char *)x + i * (int64_t)st_size(dtype);
}

// Allocates a piece's scratch memory. Records a failure in the job.
static void *scratch_for(sort_job *job, int64_t bytes, size_t *capacity) {
  void *p = st_scratch((size_t)bytes, capacity);
  if (!p) st_note_missing(&job->missing, (size_t)bytes);
  return p;
}

/// Returns the largest key of `key_bits` bits. For floats it is the key of NaN.
static uint64_t all_bits(int key_bits) { return UINT64_MAX >> (64 - key_bits); }

#define GATHER(T) \
  for (int64_t i = first; i < last; i++) ((T *)to)[i] = ((const T *)from)[PLACE(x[i])];

// Narrow records: elements of up to four bytes and their indices share a word, so that one move moves both.
#define RECORD uint64_t
#define KEY_T uint32_t
#define KEY(record) ((uint32_t)((record) >> 32))
#define PLACE(record) ((int64_t)(uint32_t)(record))
#define MAKE(key, place) ((uint64_t)(key) << 32 | (uint64_t)(place))
#define NAME(function) narrow_##function
#include "sort_records.inc"

typedef struct {
  uint64_t key;
  int64_t place;
} wide_record;

#define RECORD wide_record
#define KEY_T uint64_t
#define KEY(record) ((record).key)
#define PLACE(record) ((record).place)
#define MAKE(key, place) ((wide_record){key, place})
#define NAME(function) wide_##function
#include "sort_records.inc"

/// Chooses the form of the keys. Returns true if they fit the narrow records. Keys of int64 count from the smallest
/// element, because close numbers are common.
static bool choose_keys(sort_job *job, int64_t rows, bool descending) {
  job->key_bits = 8 * (int)st_size(job->dtype);
  if (job->dtype == ST_I64) {
    const int64_t *x = job->in;
    int64_t least = INT64_MAX, most = INT64_MIN;
    for (int64_t i = 0; i < rows * job->n; i++) {
      least = x[i] < least ? x[i] : least;
      most = x[i] > most ? x[i] : most;
    }
    job->least = (uint64_t)least;
    uint64_t range = (uint64_t)most - (uint64_t)least;
    job->key_bits = range == 0 ? 1 : 64 - __builtin_clzll(range);
  }
  job->flip = descending ? all_bits(job->key_bits) : 0;
  return job->key_bits <= 32 && job->n <= UINT32_MAX;
}

int64_t st_sort(int64_t rows, int64_t n, bool descending, void *values, int64_t *indices, const void *in,
                st_dtype dtype) {
  sort_job job = {.n = n, .kept = n, .in = in, .values = values, .indices = indices, .dtype = dtype};
  if (rows == 0 || n == 0) return 0;
  bool narrow = choose_keys(&job, rows, descending);
  if (n > 2 * SORT_PIECE) {
    (narrow ? narrow_sort_long_rows : wide_sort_long_rows)(&job, rows);
  } else {
    st_parallel_for(rows, st_grain(8192, n), narrow ? narrow_sort_body : wide_sort_body, &job);
  }
  return st_missing(&job.missing);
}

int64_t st_topk(int64_t rows, int64_t n, int64_t k, bool largest, bool sorted, void *values, int64_t *indices,
                const void *in, st_dtype dtype) {
  sort_job job = {
      .n = n, .kept = k, .k = k, .sorted = sorted, .in = in, .values = values, .indices = indices, .dtype = dtype};
  bool narrow = choose_keys(&job, rows, largest);
  st_parallel_for(rows, st_grain(8192, n), narrow ? narrow_topk_body : wide_topk_body, &job);
  return st_missing(&job.missing);
}

int64_t st_select(st_selection what, int64_t rows, int64_t n, int64_t k, void *values, int64_t *indices, const void *in,
                  st_dtype dtype) {
  sort_job job = {
      .n = n, .kept = 1, .k = k, .what = what, .in = in, .values = values, .indices = indices, .dtype = dtype};
  bool narrow = choose_keys(&job, rows, false);
  st_parallel_for(rows, st_grain(8192, n), narrow ? narrow_select_body : wide_select_body, &job);
  return st_missing(&job.missing);
}

// Writes rows as bytes that compare like the rows: keys in big-endian order.
static void big_endian_keys(const void *in, int64_t count, st_dtype dtype, uint8_t *to) {
  sort_job job = {.dtype = dtype, .least = (uint64_t)INT64_MIN};
  uint64_t keys[KEY_BLOCK];
  size_t size = st_size(dtype);
  for (int64_t at = 0; at < count; at += KEY_BLOCK) {
    int64_t block = st_min64(KEY_BLOCK, count - at);
    wide_keys(&job, st_element(in, at, dtype), block, keys);
    for (int64_t i = 0; i < block; i++) {
      for (size_t b = 0; b < size; b++) *to++ = (uint8_t)(keys[i] >> 8 * (size - 1 - b));
    }
  }
}

int64_t st_sort_rows(int64_t n, int64_t width, int64_t *order, const void *in, st_dtype dtype) {
  size_t row = (size_t)width * st_size(dtype), capacity, order_capacity;
  uint8_t *keys = st_scratch((size_t)n * row, &capacity);
  if (!keys) return n * (int64_t)row;
  int64_t *scratch = st_scratch((size_t)n * sizeof(int64_t), &order_capacity);
  if (!scratch) {
    st_deallocate(keys, capacity);
    return n * (int64_t)sizeof(int64_t);
  }
  big_endian_keys(in, n * width, dtype, keys);
  int64_t *from = order, *to = scratch;
  for (int64_t i = 0; i < n; i++) order[i] = i;
  for (int64_t run = 1; run < n; run *= 2) {
    for (int64_t i = 0; i < n; i += 2 * run) {
      int64_t a = i, a_end = st_min64(i + run, n), b = a_end, b_end = st_min64(i + 2 * run, n), out = i;
      while (a < a_end && b < b_end) {
        bool right = memcmp(keys + (size_t)from[b] * row, keys + (size_t)from[a] * row, row) < 0;
        to[out++] = right ? from[b++] : from[a++];
      }
      while (a < a_end) to[out++] = from[a++];
      while (b < b_end) to[out++] = from[b++];
    }
    int64_t *swap = from;
    from = to, to = swap;
  }
  if (from != order) memcpy(order, from, (size_t)n * sizeof(int64_t));
  st_deallocate(keys, capacity);
  st_deallocate(scratch, order_capacity);
  return 0;
}

#define SAME_FLOATS(T, FROM)                                              \
  {                                                                       \
    const T *p = a, *q = b;                                               \
    for (int64_t i = 0; i < width; i++) same &= FROM(p[i]) == FROM(q[i]); \
  }                                                                       \
  return same;

static bool same_rows(const void *a, const void *b, int64_t width, st_dtype dtype) {
  bool same = true;
  switch (dtype) {
    case ST_F16: SAME_FLOATS(_Float16, )
    case ST_BF16: SAME_FLOATS(uint16_t, st_bf16_to_f32)
    case ST_F32: SAME_FLOATS(float, )
    case ST_F64: SAME_FLOATS(double, )
    default: return memcmp(a, b, (size_t)width * st_size(dtype)) == 0;
  }
}

int64_t st_runs(int64_t n, int64_t width, int64_t *run, int64_t *start, const void *in, st_dtype dtype) {
  int64_t runs = 0;
  for (int64_t i = 0; i < n; i++) {
    if (i == 0 || !same_rows(st_element(in, (i - 1) * width, dtype), st_element(in, i * width, dtype), width, dtype))
      start[runs++] = i;
    run[i] = runs - 1;
  }
  return runs;
}
