// Binary search in ascending rows.
#include "st_index.h"
#include "reduce_isa.h"
#include "st_parallel.h"

enum { SEARCHED = 4096 };

typedef struct {
  int64_t rows, n, m;
  const void *sorted;
  const int64_t *sorter;
  const void *values;
  st_dtype dtype;
  bool right;
  int64_t *out;
} search_job;

// A comparison with NaN is false, so a NaN value searches to the end of the row.
#define SEARCH(T)                                                                     \
  {                                                                                   \
    const T *row = (const T *)job->sorted + base;                                     \
    T value = ((const T *)job->values)[i];                                            \
    while (low < high) {                                                              \
      int64_t middle = low + (high - low) / 2;                                        \
      T x = row[sorter ? sorter[middle] : middle];                                    \
      if (job->right ? !(x > value) : !(x >= value)) low = middle + 1;                \
      else high = middle;                                                             \
    }                                                                                 \
  }                                                                                   \
  break;

static void search_body(void *context, int64_t begin, int64_t end) {
  const search_job *job = context;
  for (int64_t i = begin; i < end; i++) {
    int64_t base = i / job->m * job->n, low = 0, high = job->n;
    const int64_t *sorter = job->sorter ? job->sorter + base : NULL;
    switch (job->dtype) {
      case ST_BOOL: case ST_U8: SEARCH(uint8_t)
      case ST_I8: SEARCH(int8_t)
      case ST_I16: SEARCH(int16_t)
      case ST_I32: SEARCH(int32_t)
      case ST_I64: SEARCH(int64_t)
      case ST_F32: SEARCH(float)
      case ST_F64: SEARCH(double)
      default: break;
    }
    job->out[i] = low;
  }
}

void st_searchsorted(int64_t rows, int64_t n, int64_t m, const void *sorted, const int64_t *sorter, const void *values,
                     st_dtype dtype, bool right, int64_t *out) {
  search_job job = {rows, n, m, sorted, sorter, values, dtype, right, out};
  st_parallel_for(rows * m, SEARCHED, search_body, &job);
}
