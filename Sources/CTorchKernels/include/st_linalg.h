// Linear algebra: decompositions of batches of matrices, and solutions with them.
#ifndef ST_LINALG_H
#define ST_LINALG_H

#include "st_types.h"

/// What is computed of each matrix. The matrices `a` are decomposed in place, or hold a decomposition that is read.
/// Right-hand sides `b` are solved in place.
typedef enum __attribute__((enum_extensibility(closed), swift_name("Decomposition"))) st_decomposition : uint8_t {
  /// a = P L U: writes L below the diagonal, U on and above it, and min(rows, columns) pivots. `info` is the number of
  /// a diagonal element of U that is 0.
  ST_LINALG_LU __attribute__((swift_name("lu"))),
  /// b := op(a)⁻¹ b, with the LU decomposition and its pivots.
  ST_LINALG_LU_SOLVE __attribute__((swift_name("luSolve"))),
  /// a := Pᵀ, the matrix of the row interchanges that pivots name.
  ST_LINALG_INTERCHANGES __attribute__((swift_name("interchanges"))),
  /// a = L Lᴴ, or Uᴴ U if `upper`. Reads that triangle and writes zeros to the other one. `info` is the order of a
  /// leading minor that is not positive, or NaN.
  ST_LINALG_CHOLESKY __attribute__((swift_name("cholesky"))),
  /// b := (L Lᴴ)⁻¹ b, or with U.
  ST_LINALG_CHOLESKY_SOLVE __attribute__((swift_name("choleskySolve"))),
  /// a := (L Lᴴ)⁻¹, or with U. `info` is the number of a diagonal element that is 0.
  ST_LINALG_CHOLESKY_INVERSE __attribute__((swift_name("choleskyInverse"))),
  /// b := op(a)⁻¹ b, or b op(a)⁻¹ if `right`, with a triangular matrix, whose diagonal counts as ones if `unit`.
  ST_LINALG_TRIANGULAR_SOLVE __attribute__((swift_name("triangularSolve"))),
  /// a = Q R: writes R on and above the diagonal, and Q as Householder vectors below it and factors in `values`.
  ST_LINALG_QR __attribute__((swift_name("qr"))),
  /// Writes the first columns of the Q that the first columns of a, one for each of `values`, give.
  ST_LINALG_ORTHOGONAL __attribute__((swift_name("orthogonal"))),
  /// b := op(Q) b, or b op(Q) if `right`. Q is of Householder vectors, and has as many rows as a.
  ST_LINALG_REFLECT __attribute__((swift_name("reflect"))),
  /// a = L D Lᵀ, or L D Lᴴ if `hermitian`, by Bunch and Kaufman. Reads the lower triangle. Writes pivots, which are
  /// negative for blocks of two. `info` is the number of a block that is 0.
  ST_LINALG_LDL __attribute__((swift_name("ldl"))),
  /// b := (L D Lᵀ)⁻¹ b, or with Lᴴ.
  ST_LINALG_LDL_SOLVE __attribute__((swift_name("ldlSolve"))),
  /// The least squares of a x - b, by QR: x in the first rows of b, and if a has more rows than columns, in the other
  /// rows numbers whose squares sum to the residuals. b has max(rows, columns) rows. Destroys a. `info` is the number
  /// of a diagonal element of R that is 0. -4: a or b contains NaN or infinity, and nothing is written.
  ST_LINALG_LEAST_SQUARES __attribute__((swift_name("leastSquares"))),
  /// Like it, for matrices of any rank, by QR with pivoting: x is the shortest solution. Writes the rank to `pivots`.
  ST_LINALG_LEAST_SQUARES_PIVOTED __attribute__((swift_name("leastSquaresPivoted"))),
  /// Like it, by singular values, which are written to `values`: dividing and conquering, or by QR iteration.
  ST_LINALG_LEAST_SQUARES_DIVIDED __attribute__((swift_name("leastSquaresDivided"))),
  ST_LINALG_LEAST_SQUARES_ITERATED __attribute__((swift_name("leastSquaresIterated"))),
} st_decomposition;

/// The op of a matrix in a product or equation.
typedef enum __attribute__((enum_extensibility(closed), swift_name("MatrixForm"))) st_matrix_form : uint8_t {
  ST_MATRIX_PLAIN __attribute__((swift_name("plain"))),
  ST_MATRIX_TRANSPOSED __attribute__((swift_name("transposed"))),
  ST_MATRIX_ADJOINT __attribute__((swift_name("adjoint"))),
} st_matrix_form;

/// Batches of matrices in column-major memory, one after the other. Sizes fit 32 bits. What a decomposition does not
/// name may be NULL.
typedef struct {
  st_decomposition what;
  /// ST_F32, ST_F64, ST_C64 or ST_C128: the elements of a, b and c.
  st_dtype dtype;
  st_matrix_form form;
  bool upper, right, unit, hermitian;
  /// Singular values up to this part of the largest count as 0.
  double rcond;
  int64_t batch;
  /// The sizes of a matrix of a, b and c.
  int64_t a_rows, a_columns, b_rows, b_columns, c_rows, c_columns;
  void *_Nonnull a;
  void *_Nullable b;
  void *_Nullable c;
  /// `value_count` numbers for each matrix: elements, or real numbers if they are singular values.
  int64_t value_count;
  void *_Nullable values;
  /// `pivot_count` numbers for each matrix, counted from 1.
  int64_t pivot_count;
  int32_t *_Nullable pivots;
  /// For each matrix 0, or where it failed. -1: pivots that are read are out of range, and nothing is written.
  int32_t *_Nonnull info;
} st_linalg_operands;

/// The answer of a kernel that needs LAPACK if there is no library that has it.
enum { ST_NO_LAPACK = -2 };
/// Returns why no library with LAPACK could be loaded.
const char *_Nonnull st_lapack_problem(void);

/// Decomposes or solves. The result does not depend on the number of threads. Returns 0, ST_NO_LAPACK, or the bytes of
/// a scratch allocation that failed; if not 0, the results are undefined.
int64_t st_linalg(const st_linalg_operands *_Nonnull operands);

#endif
