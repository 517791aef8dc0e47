// Pointwise kernels, one for each line of formulas.inc.
#ifndef ST_POINTWISE_H
#define ST_POINTWISE_H

#include "st_types.h"

/// The formulas, named as in formulas.inc.
typedef enum __attribute__((enum_extensibility(closed), swift_name("Formula"))) st_formula : uint16_t {
#define ST_FORMULA(name, n, cost, result) ST_FORMULA_##name __attribute__((swift_name(#name))),
#include "formulas.inc"
  ST_FORMULA_count __attribute__((swift_name("_count")))
} st_formula;

/// Computes out = formula(in[0], …), elementwise over `sizes`.
///
/// Inputs of any dtype are converted to `compute` when they are read (int64 -> float32 and so on, as C converts; to
/// bool: x != 0). The formula is evaluated in `compute`; float16, bfloat16 and the float8 dtypes are evaluated in
/// float32, complex32 in complex64, and each result is rounded once. The result is bool for comparisons and predicates,
/// and the real type for a complex number's magnitude and angle. It is converted to the dtype of `out` when it is
/// written. A float outside an integer's range converts as PyTorch does on x86-64 (through int64 for the narrow types).
/// `out` may be the same memory as an input, with the same strides; the caller must refuse partial overlap. The caller
/// has ordered the dimensions (the last is innermost), merged them and dropped those of size 1. Returns false, and
/// writes nothing, if the formula has no version for `compute` (e.g. bitwise_and in float32).
bool st_pointwise(st_formula formula, st_dtype compute, int ndim, const int64_t *_Nullable sizes,
                  const st_operand *_Nonnull out, int inputs, const st_operand *_Nonnull in);

/// Like st_pointwise, for n contiguous elements: all inputs have the dtype `compute`, and `out` has the dtype of the
/// result. Uses no scratch memory, and runs on the calling thread if n is small. For formulas with one input, in
/// which case `b` may be NULL, or two.
bool st_pointwise_contiguous(st_formula formula, st_dtype compute, int64_t n, void *_Nonnull out,
                             const void *_Nonnull a, const void *_Nullable b);

/// Returns the number of a formula's inputs (1…ST_MOST_INPUTS).
int st_formula_arity(st_formula formula);
/// Returns whether a formula's result is bool.
bool st_formula_is_predicate(st_formula formula);

/// Copies and casts between any two dtypes: out = convert(in). Both may be strided; transposes use tiles that fit the
/// cache. The caller has ordered and merged the dimensions, as for st_pointwise.
void st_copy(int ndim, const int64_t *_Nullable sizes, const st_operand *_Nonnull out, const st_operand *_Nonnull in);

#endif
