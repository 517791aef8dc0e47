// What a GPU's compiler needs to make kernels from the same table of formulas.
#ifndef ST_CUDA_H
#define ST_CUDA_H

#include "st_pointwise.h"

/// A file of CUDA C++, or one that such files include.
typedef struct {
  const char *_Nonnull name;
  const char *_Nonnull text;
} st_cuda_source;

/// The sources, in no order that matters.
const st_cuda_source *_Nonnull st_cuda_sources(int *_Nonnull count);

/// A formula's name in the table, which is that of its type in formulas.cuh.
const char *_Nonnull st_formula_name(st_formula formula);

/// For which numbers the table has an expression of a formula.
typedef struct {
  bool real, integer, boolean, complex;
  bool complex_to_real;  // a complex number's result is real
} st_formula_forms;

st_formula_forms st_forms_of_formula(st_formula formula);

#endif
