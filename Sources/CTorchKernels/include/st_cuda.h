// What NVRTC needs to compile kernels for a GPU from the same table of formulas.
#ifndef ST_CUDA_H
#define ST_CUDA_H

#include "st_pointwise.h"

/// A CUDA C++ file, or a file that such files include.
typedef struct {
  const char *_Nonnull name;
  const char *_Nonnull text;
} st_cuda_source;

/// Returns all source texts, in any order, and writes their number to `count`.
const st_cuda_source *_Nonnull st_cuda_sources(int *_Nonnull count);

/// Returns a formula's name in the table. Its type in formulas.cuh has the same name.
const char *_Nonnull st_formula_name(st_formula formula);

/// The kinds of numbers for which the table has an expression of a formula.
typedef struct {
  bool real, integer, boolean, complex;
  bool complex_to_real;  // the result for a complex number is real
  bool wide_unsigned;    // the expression for integers is also for uint16, uint32 and uint64
  bool float8;           // the expression for real numbers is also for float8
} st_formula_forms;

/// Returns the kinds of numbers for which the table has an expression of `formula`.
st_formula_forms st_forms_of_formula(st_formula formula);

#endif
