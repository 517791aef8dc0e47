// Element types and operands.
#ifndef ST_TYPES_H
#define ST_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Element types. The raw values are those of Swift's `DType`.
typedef enum __attribute__((enum_extensibility(closed))) st_dtype : uint8_t {
  ST_BOOL = 0, ST_U8 = 1, ST_I8 = 2, ST_I16 = 3, ST_I32 = 4, ST_I64 = 5,
  ST_F16 = 6, ST_BF16 = 7, ST_F32 = 8, ST_F64 = 9,
  ST_C64 = 10, ST_C128 = 11, ST_C32 = 12,  // real part, then imaginary part
  // Storage dtypes. Few kernels except copies support them.
  ST_U16 = 13, ST_U32 = 14, ST_U64 = 15,
  ST_F8_E4M3FN = 16, ST_F8_E5M2 = 17,
} st_dtype;

/// Returns the bytes of an element.
static inline size_t st_size(st_dtype t) {
  static const uint8_t sizes[] = {1, 1, 1, 2, 4, 8, 2, 2, 4, 8, 8, 16, 4, 2, 4, 8, 1, 1};
  return sizes[t];
}

/// Returns whether kernels compute with the dtype in floating point.
static inline bool st_is_float(st_dtype t) { return t >= ST_F16 && t <= ST_F64; }

/// The largest number of dimensions that a kernel accepts.
#define ST_MAX_DIMS 64

/// A strided operand: the address of its first element, and one stride for each dimension, in elements (0 broadcasts).
typedef struct {
  void *_Nonnull data;
  const int64_t *_Nullable strides;
  st_dtype dtype;
} st_operand;

#endif
