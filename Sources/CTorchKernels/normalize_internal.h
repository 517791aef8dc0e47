// What the normalization files share: the loops over neighbours by type and instruction set, and elements that are
// computed in another type than that of the memory.
#ifndef NORMALIZE_INTERNAL_H
#define NORMALIZE_INTERNAL_H

#include "pointwise_kernels.h"
#include "reduce_internal.h"
#include "st_normalize.h"
#include "st_parallel.h"

enum {
  BLOCK = 4096,        // elements whose sum is kept in the kernel's type
  TILE = 64,           // columns of one task
  STREAMED = 16 << 20  // bytes of a result that is written past the caches
};

typedef struct {
  void (*moments)(const void *x, int64_t n, double *mean, double *squares);
  double (*squares)(const void *x, int64_t n);
  void (*dots)(const void *g, const void *x, const void *w, int64_t n, double shift, double *sum, double *dot);
  void (*affine)(void *out, const void *x, int64_t n, double shift, double scale, double bias, bool stream);
  void (*affine_each)(void *out, const void *x, const void *w, const void *b, int64_t n, double shift, double scale,
                      bool stream);
  void (*affine_columns)(void *out, const void *x, const void *shift, const void *scale, const void *bias, int64_t n,
                         bool stream);
  void (*gradient)(void *out, const void *g, const void *x, int64_t n, double shift, double a, double b, double c,
                   bool stream);
  void (*gradient_each)(void *out, const void *g, const void *x, const void *w, int64_t n, double shift, double rstd,
                        double b, double c, bool stream);
  void (*gradient_columns)(void *out, const void *g, const void *x, const void *shift, const void *a, const void *b,
                           const void *c, int64_t n, bool stream);
  void (*add_parameters)(void *dw, void *db, const void *g, const void *x, int64_t n, double shift, double rstd);
  void (*column_moments)(const void *x, int64_t stride, int64_t rows, int64_t columns, double *mean, double *squares);
  void (*column_dots)(const void *g, const void *x, int64_t stride, int64_t rows, int64_t columns, const void *shift,
                      double *sum, double *dot);
  double (*get)(const void *x, int64_t i);
  void (*set)(void *x, int64_t i, double value);
} norm_kernels;

/// Elements that a kernel computes in another type than that of the memory.
typedef struct {
  const norm_kernels *k;
  st_dtype dtype, wide;
  int64_t size;  // of an element of `wide`
  bool staged;
  st_converter widen, narrow;
} elements;

/// Returns the loops for elements of a dtype on this processor.
elements norm_elements(st_dtype dtype);

static inline void *at(const elements *e, const void *x, int64_t i) { return x ? (char *)x + i * e->size : NULL; }
static inline void *in_memory(const elements *e, const void *x, int64_t i) {
  return x ? (char *)x + i * (int64_t)st_size(e->dtype) : NULL;
}
static inline double get(const elements *e, const void *x, int64_t i, double otherwise) {
  return x ? e->k->get(x, i) : otherwise;
}
/// Returns a number as the kernels' type holds it.
static inline double rounded(const elements *e, double x) { return e->wide == ST_F64 ? x : (double)(float)x; }

/// Makes stores past the caches visible to other threads.
static inline void settle(bool stream) {
  if (stream) __c11_atomic_thread_fence(__ATOMIC_SEQ_CST);
}

#endif
