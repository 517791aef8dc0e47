// Element types and operands.
#ifndef ST_TYPES_H
#define ST_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The element types: the name in C, the name in Swift's `DType`, and the bytes of an element. A complex number is its
/// real part, then its imaginary part. The types from U16 on are for storage: few kernels except copies support them.
#define ST_EACH_DTYPE(X)                                                                                          \
  X(BOOL, bool, 1) X(U8, uint8, 1) X(I8, int8, 1) X(I16, int16, 2) X(I32, int32, 4) X(I64, int64, 8)              \
  X(F16, float16, 2) X(BF16, bfloat16, 2) X(F32, float32, 4) X(F64, float64, 8)                                   \
  X(C64, complex64, 8) X(C128, complex128, 16) X(C32, complex32, 4)                                               \
  X(U16, uint16, 2) X(U32, uint32, 4) X(U64, uint64, 8) X(F8_E4M3FN, float8_e4m3fn, 1) X(F8_E5M2, float8_e5m2, 1)

/// Element types.
typedef enum __attribute__((enum_extensibility(closed), swift_name("KernelDType"))) st_dtype : uint8_t {
#define ST_DTYPE(name, swift, bytes) ST_##name __attribute__((swift_name(#swift))),
  ST_EACH_DTYPE(ST_DTYPE)
#undef ST_DTYPE
} st_dtype;

/// Returns the bytes of an element.
static inline size_t st_size(st_dtype t) {
#define ST_BYTES(name, swift, bytes) [ST_##name] = bytes,
  static const uint8_t sizes[] = {ST_EACH_DTYPE(ST_BYTES)};
#undef ST_BYTES
  return sizes[t];
}

/// Returns whether kernels compute with the dtype in floating point.
static inline bool st_is_float(st_dtype t) { return t >= ST_F16 && t <= ST_F64; }

/// Returns whether elements are complex numbers.
static inline bool st_is_complex(st_dtype t) { return t == ST_C64 || t == ST_C128 || t == ST_C32; }

/// The largest number of dimensions that a kernel accepts.
#define ST_MAX_DIMS 64

/// A strided operand: the address of its first element, and one stride for each dimension, in elements (0 broadcasts).
typedef struct {
  void *_Nonnull data;
  const int64_t *_Nullable strides;
  st_dtype dtype;
} st_operand;

#endif
