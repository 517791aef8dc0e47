// The routines of BLAS and LAPACK that kernels call, with Fortran's conventions: names in lower case with an
// underscore, arguments by address, and the lengths of texts as last arguments. Integers have 32 bits. The library is
// loaded at the first use, because its start takes milliseconds that most programs need not spend.
#ifndef ST_LAPACK_H
#define ST_LAPACK_H

#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef float _Complex lapack_c32;
typedef double _Complex lapack_c64;

// For each letter p of a type: its elements T, and real numbers R. `orthogonal` is the start of the names for
// orthogonal or unitary matrices.
#define LAPACK_EACH(ROUTINE, p, T, R, orthogonal)                                                                    \
  ROUTINE(p##trsm_, const char *side, const char *upper, const char *form, const char *unit, const int32_t *m,       \
          const int32_t *n, const T *alpha, const T *a, const int32_t *lda, T *b, const int32_t *ldb, size_t,        \
          size_t, size_t, size_t)                                                                                    \
  ROUTINE(p##getrf_, const int32_t *m, const int32_t *n, T *a, const int32_t *lda, int32_t *pivots, int32_t *info)   \
  ROUTINE(p##getrs_, const char *form, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda,        \
          const int32_t *pivots, T *b, const int32_t *ldb, int32_t *info, size_t)                                    \
  ROUTINE(p##potrf_, const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *info, size_t)           \
  ROUTINE(p##potrs_, const char *upper, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda, T *b, \
          const int32_t *ldb, int32_t *info, size_t)                                                                 \
  ROUTINE(p##potri_, const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *info, size_t)           \
  ROUTINE(p##geqrf_, const int32_t *m, const int32_t *n, T *a, const int32_t *lda, T *tau, T *work,                  \
          const int32_t *lwork, int32_t *info)                                                                       \
  ROUTINE(orthogonal##gqr_, const int32_t *m, const int32_t *n, const int32_t *k, T *a, const int32_t *lda,          \
          const T *tau, T *work, const int32_t *lwork, int32_t *info)                                                \
  ROUTINE(orthogonal##mqr_, const char *side, const char *form, const int32_t *m, const int32_t *n,                  \
          const int32_t *k, const T *a, const int32_t *lda, const T *tau, T *c, const int32_t *ldc, T *work,         \
          const int32_t *lwork, int32_t *info, size_t, size_t)                                                       \
  ROUTINE(p##sytrf_, const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *pivots, T *work,        \
          const int32_t *lwork, int32_t *info, size_t)                                                               \
  ROUTINE(p##sytrs_, const char *upper, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda,       \
          const int32_t *pivots, T *b, const int32_t *ldb, int32_t *info, size_t)                                    \
  ROUTINE(p##gels_, const char *form, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a,                 \
          const int32_t *lda, T *b, const int32_t *ldb, T *work, const int32_t *lwork, int32_t *info, size_t)

// Complex routines take further scratch memory, of real numbers.
#define LAPACK_EACH_REAL(ROUTINE, p, T)                                                                            \
  ROUTINE(p##gelsy_, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,      \
          const int32_t *ldb, int32_t *pivots, const T *rcond, int32_t *rank, T *work, const int32_t *lwork,       \
          int32_t *info)                                                                                           \
  ROUTINE(p##gelsd_, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,      \
          const int32_t *ldb, T *s, const T *rcond, int32_t *rank, T *work, const int32_t *lwork, int32_t *iwork,  \
          int32_t *info)                                                                                           \
  ROUTINE(p##gelss_, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,      \
          const int32_t *ldb, T *s, const T *rcond, int32_t *rank, T *work, const int32_t *lwork, int32_t *info)   \
  ROUTINE(p##syevd_, const char *job, const char *uplo, const int32_t *n, T *a, const int32_t *lda, T *w, T *work, \
          const int32_t *lwork, int32_t *iwork, const int32_t *liwork, int32_t *info, size_t, size_t)              \
  ROUTINE(p##geev_, const char *left, const char *right, const int32_t *n, T *a, const int32_t *lda, T *wr, T *wi, \
          T *vl, const int32_t *ldvl, T *vr, const int32_t *ldvr, T *work, const int32_t *lwork, int32_t *info,    \
          size_t, size_t)                                                                                          \
  ROUTINE(p##gesdd_, const char *job, const int32_t *m, const int32_t *n, T *a, const int32_t *lda, T *s, T *u,    \
          const int32_t *ldu, T *vt, const int32_t *ldvt, T *work, const int32_t *lwork, int32_t *iwork,           \
          int32_t *info, size_t)

#define LAPACK_EACH_COMPLEX(ROUTINE, p, T, R)                                                                      \
  ROUTINE(p##hetrf_, const char *upper, const int32_t *n, T *a, const int32_t *lda, int32_t *pivots, T *work,      \
          const int32_t *lwork, int32_t *info, size_t)                                                             \
  ROUTINE(p##hetrs_, const char *upper, const int32_t *n, const int32_t *nrhs, const T *a, const int32_t *lda,     \
          const int32_t *pivots, T *b, const int32_t *ldb, int32_t *info, size_t)                                  \
  ROUTINE(p##gelsy_, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,      \
          const int32_t *ldb, int32_t *pivots, const R *rcond, int32_t *rank, T *work, const int32_t *lwork,       \
          R *rwork, int32_t *info)                                                                                 \
  ROUTINE(p##gelsd_, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,      \
          const int32_t *ldb, R *s, const R *rcond, int32_t *rank, T *work, const int32_t *lwork, R *rwork,        \
          int32_t *iwork, int32_t *info)                                                                           \
  ROUTINE(p##gelss_, const int32_t *m, const int32_t *n, const int32_t *nrhs, T *a, const int32_t *lda, T *b,      \
          const int32_t *ldb, R *s, const R *rcond, int32_t *rank, T *work, const int32_t *lwork, R *rwork,        \
          int32_t *info)                                                                                           \
  ROUTINE(p##heevd_, const char *job, const char *uplo, const int32_t *n, T *a, const int32_t *lda, R *w, T *work, \
          const int32_t *lwork, R *rwork, const int32_t *lrwork, int32_t *iwork, const int32_t *liwork,            \
          int32_t *info, size_t, size_t)                                                                           \
  ROUTINE(p##geev_, const char *left, const char *right, const int32_t *n, T *a, const int32_t *lda, T *w, T *vl,  \
          const int32_t *ldvl, T *vr, const int32_t *ldvr, T *work, const int32_t *lwork, R *rwork, int32_t *info, \
          size_t, size_t)                                                                                          \
  ROUTINE(p##gesdd_, const char *job, const int32_t *m, const int32_t *n, T *a, const int32_t *lda, R *s, T *u,    \
          const int32_t *ldu, T *vt, const int32_t *ldvt, T *work, const int32_t *lwork, R *rwork, int32_t *iwork, \
          int32_t *info, size_t)

/// Every routine: its name and its arguments.
#define LAPACK_ALL(ROUTINE)                           \
  LAPACK_EACH(ROUTINE, s, float, float, sor)          \
  LAPACK_EACH(ROUTINE, d, double, double, dor)        \
  LAPACK_EACH(ROUTINE, c, lapack_c32, float, cun)     \
  LAPACK_EACH(ROUTINE, z, lapack_c64, double, zun)    \
  LAPACK_EACH_REAL(ROUTINE, s, float)                 \
  LAPACK_EACH_REAL(ROUTINE, d, double)                \
  LAPACK_EACH_COMPLEX(ROUTINE, c, lapack_c32, float)  \
  LAPACK_EACH_COMPLEX(ROUTINE, z, lapack_c64, double)

#define LAPACK_POINTER(name, ...) void (*name)(__VA_ARGS__);
typedef struct {
  LAPACK_ALL(LAPACK_POINTER)
} lapack_routines;
#undef LAPACK_POINTER

/// The routines. They are set after lapack_load has returned true.
extern lapack_routines lapack;

/// Loads the library if it is not loaded yet. Returns false if there is none.
bool lapack_load(void);
/// Returns whether threads must not call the library at once.
bool lapack_is_alone(void);

#endif
