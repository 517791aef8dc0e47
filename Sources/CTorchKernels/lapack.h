// The routines of BLAS and LAPACK that kernels call, with Fortran's conventions: names in lower case with an
// underscore, arguments by address, and the lengths of texts as last arguments. Integers have 32 bits.
#ifndef ST_LAPACK_H
#define ST_LAPACK_H

#include <complex.h>
#include <stddef.h>
#include <stdint.h>

typedef float _Complex lapack_c32;
typedef double _Complex lapack_c64;

/// Sets the number of OpenBLAS's own threads.
void openblas_set_num_threads(int count);
/// Returns 0 if OpenBLAS was built without threads. Then it must not be called from two threads at once.
int openblas_get_parallel(void);

// For each letter p of a type: its elements T, and real numbers R. `orthogonal` is the start of the names for
// orthogonal or unitary matrices.
#define LAPACK_EACH(p, T, R, orthogonal)                                                                              \
  void p##trsm_(const char *side, const char *upper, const char *form, const char *unit, const int32_t *m,            \
                const int32_t *n, const T *alpha, const T *a, const int32_t *lda, T *b, const int32_t *ldb, size_t,   \
                size_t, size_t, size_t);                                                                              \
  void p##getrf_(const int32_t *m, const int32_t *n, T *a, const int32_t *lda, int32_t *pivots, int32_t *info);       \
  void p##getrs_(const char *form, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda,             \
                 const int32_t *pivots, T *b, const int32_t *ldb, int32_t *info, size_t);                             \
  void p##potrf_(const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *info, size_t);               \
  void p##potrs_(const char *upper, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda, T *b,      \
                 const int32_t *ldb, int32_t *info, size_t);                                                          \
  void p##potri_(const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *info, size_t);               \
  void p##geqrf_(const int32_t *m, const int32_t *n, T *a, const int32_t *lda, T *tau, T *work, const int32_t *lwork, \
                 int32_t *info);                                                                                      \
  void orthogonal##gqr_(const int32_t *m, const int32_t *n, const int32_t *k, T *a, const int32_t *lda, const T *tau, \
                        T *work, const int32_t *lwork, int32_t *info);                                                \
  void orthogonal##mqr_(const char *side, const char *form, const int32_t *m, const int32_t *n, const int32_t *k,     \
                        const T *a, const int32_t *lda, const T *tau, T *c, const int32_t *ldc, T *work,              \
                        const int32_t *lwork, int32_t *info, size_t, size_t);                                         \
  void p##sytrf_(const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *pivots, T *work,             \
                 const int32_t *lwork, int32_t *info, size_t);                                                        \
  void p##sytrs_(const char *upper, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda,            \
                 const int32_t *pivots, T *b, const int32_t *ldb, int32_t *info, size_t);                             \
  void p##gels_(const char *form, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda,  \
                T *b, const int32_t *ldb, T *work, const int32_t *lwork, int32_t *info, size_t);

LAPACK_EACH(s, float, float, sor)
LAPACK_EACH(d, double, double, dor)
LAPACK_EACH(c, lapack_c32, float, cun)
LAPACK_EACH(z, lapack_c64, double, zun)

// Complex routines take further scratch memory, of real numbers.
#define LAPACK_EACH_REAL(p, T)                                                                                       \
  void p##gelsy_(const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,            \
                 const int32_t *ldb, int32_t *pivots, const T *rcond, int32_t *rank, T *work, const int32_t *lwork,  \
                 int32_t *info);                                                                                     \
  void p##gelsd_(const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,            \
                 const int32_t *ldb, T *s, const T *rcond, int32_t *rank, T *work, const int32_t *lwork,             \
                 int32_t *iwork, int32_t *info);                                                                     \
  void p##gelss_(const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,            \
                 const int32_t *ldb, T *s, const T *rcond, int32_t *rank, T *work, const int32_t *lwork,             \
                 int32_t *info);

LAPACK_EACH_REAL(s, float)
LAPACK_EACH_REAL(d, double)

#define LAPACK_EACH_COMPLEX(p, T, R)                                                                                 \
  void p##hetrf_(const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *pivots, T *work,            \
                 const int32_t *lwork, int32_t *info, size_t);                                                       \
  void p##hetrs_(const char *upper, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda,           \
                 const int32_t *pivots, T *b, const int32_t *ldb, int32_t *info, size_t);                            \
  void p##gelsy_(const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,            \
                 const int32_t *ldb, int32_t *pivots, const R *rcond, int32_t *rank, T *work, const int32_t *lwork,  \
                 R *rwork, int32_t *info);                                                                           \
  void p##gelsd_(const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,            \
                 const int32_t *ldb, R *s, const R *rcond, int32_t *rank, T *work, const int32_t *lwork, R *rwork,   \
                 int32_t *iwork, int32_t *info);                                                                     \
  void p##gelss_(const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,            \
                 const int32_t *ldb, R *s, const R *rcond, int32_t *rank, T *work, const int32_t *lwork, R *rwork,   \
                 int32_t *info);

LAPACK_EACH_COMPLEX(c, lapack_c32, float)
LAPACK_EACH_COMPLEX(z, lapack_c64, double)

#endif
