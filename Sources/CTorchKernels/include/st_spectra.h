// Eigenvalues and singular values of batches of matrices.
#ifndef ST_SPECTRA_H
#define ST_SPECTRA_H

#include "st_types.h"

/// What is computed of each matrix.
typedef enum __attribute__((enum_extensibility(closed), swift_name("SpectrumKind"))) st_spectrum_kind : uint8_t {
  /// The eigenvalues of a Hermitian matrix, given by its lower triangle, in ascending order.
  ST_SPECTRUM_HERMITIAN_LOWER __attribute__((swift_name("hermitianLower"))),
  /// The same, given by its upper triangle.
  ST_SPECTRUM_HERMITIAN_UPPER __attribute__((swift_name("hermitianUpper"))),
  /// The eigenvalues of a square matrix.
  ST_SPECTRUM_GENERAL __attribute__((swift_name("general"))),
  /// The singular values, in descending order.
  ST_SPECTRUM_SINGULAR __attribute__((swift_name("singular"))),
} st_spectrum_kind;

/// Which vectors are computed with the values.
typedef enum __attribute__((enum_extensibility(closed), swift_name("SpectrumVectors"))) st_spectrum_vectors : uint8_t {
  ST_SPECTRUM_NO_VECTORS __attribute__((swift_name("none"))),
  /// As many as there are values.
  ST_SPECTRUM_THIN __attribute__((swift_name("thin"))),
  /// Full bases. It differs from `thin` for singular vectors only.
  ST_SPECTRUM_FULL __attribute__((swift_name("fullBases"))),
} st_spectrum_vectors;

/// `count` matrices, none of them empty.
typedef struct {
  st_spectrum_kind kind;
  st_spectrum_vectors vectors;
  /// ST_F32, ST_F64, ST_C64 or ST_C128.
  st_dtype dtype;
  int64_t count, rows, columns;
} st_spectra_form;

/// Returns whether LAPACK's sizes, of 32 bits, can hold those of a matrix and of its scratch memory.
bool st_spectra_fit(const st_spectra_form *_Nonnull form);

/// Computes spectra. All matrices are contiguous and column-major, `in` included, which is overwritten.
///
/// - `values` are real, except those of `general`, which are complex.
/// - `left`: U of singular vectors; the eigenvectors of `general`, complex; those of Hermitian matrices replace `in`.
/// - `right`: the conjugate transpose of V.
/// - `info`: for each matrix 0; or LAPACK's positive number if the values did not converge; or -1 if an element is NaN,
///   -2 if one is infinite: then all results of the matrix are NaN.
///
/// The bits depend neither on the number of threads nor on the other matrices. Returns 0, ST_NO_LAPACK (st_linalg.h),
/// or the bytes of an allocation that failed.
/// - Precondition: st_spectra_fit(form).
int64_t st_spectra(const st_spectra_form *_Nonnull form, void *_Nonnull values, void *_Nullable left,
                   void *_Nullable right, int32_t *_Nonnull info, void *_Nonnull in);

#endif
