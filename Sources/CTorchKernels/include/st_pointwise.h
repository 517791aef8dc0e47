// Pointwise kernels, one for each line of formulas.inc.
#ifndef ST_POINTWISE_H
#define ST_POINTWISE_H

#include "st_types.h"

/// The formulas, named after their lines in formulas.inc.
typedef enum __attribute__((enum_extensibility(closed), swift_name("Formula"))) st_formula : uint16_t {
#define ST_FORMULA(name, arity) ST_FORMULA_##name __attribute__((swift_name(#name))),
#include "formulas.inc"
#undef ST_FORMULA
  ST_FORMULA_count __attribute__((swift_name("_count")))
} st_formula;

/// out = formula(in[0], …), elementwise over `sizes`.
///
/// Inputs of any dtype are converted to `compute` as they are read (int64 -> float32 and so on, as C converts; to bool:
/// x != 0), the formula is evaluated in `compute` (float16, bfloat16 and the float8 dtypes are evaluated in float32,
/// complex32 in complex64, and each result is rounded once), and its result (bool for comparisons and predicates, a
/// complex number's real type for its magnitude and angle) is converted
/// to the dtype of `out` as it is written. A float out of an integer's range converts as PyTorch does on x86-64
/// (through int64 for the narrow ones). `out` may be the very memory of an input (same strides); partial overlap is the
/// caller's to refuse. Dimensions are row-major (the last is innermost); the caller has merged what merges. Returns
/// false where the formula has no version for `compute` (e.g. bitwise_and in float32): nothing is written then.
bool st_pointwise(st_formula formula, st_dtype compute, int ndim, const int64_t *_Nullable sizes,
                  const st_operand *_Nonnull out, int inputs, const st_operand *_Nonnull in);

/// The same for operands that are all contiguous and all of dtype `compute` (the result's own dtype for `out`): n
/// elements, no scratch, at once on this thread where n is small. `b`, `c`, `d` may be NULL by arity.
bool st_pointwise_contiguous(st_formula formula, st_dtype compute, int64_t n, void *_Nonnull out,
                             const void *_Nonnull a, const void *_Nullable b, const void *_Nullable c,
                             const void *_Nullable d);

/// Number of inputs a formula takes (1…4), and whether its result is bool.
int st_formula_arity(st_formula formula);
bool st_formula_is_predicate(st_formula formula);

/// out = convert(in): strided copy and cast between any two dtypes; transposes go through cache-sized tiles.
void st_copy(int ndim, const int64_t *_Nullable sizes, const st_operand *_Nonnull out, const st_operand *_Nonnull in);

#endif
