// The structures of DLPack (https://dmlc.github.io/dlpack), which frameworks in one process use to exchange tensors
// without a copy. The names are this project's own, so that a program can also include DLPack's header. The layout is
// that of DLPack 0.x and 1.x.
#ifndef ST_DLPACK_H
#define ST_DLPACK_H

#include <stdint.h>

/// DLDeviceType
enum { ST_DL_CPU = 1, ST_DL_CUDA = 2, ST_DL_CUDA_HOST = 3 };

/// DLDataTypeCode
enum {
  ST_DL_INT = 0, ST_DL_UINT = 1, ST_DL_FLOAT = 2, ST_DL_BFLOAT = 4, ST_DL_COMPLEX = 5, ST_DL_BOOL = 6,
  ST_DL_FLOAT8_E4M3FN = 10, ST_DL_FLOAT8_E5M2 = 12,
};

/// The version of DLPack that this layout follows.
enum { ST_DL_MAJOR_VERSION = 1, ST_DL_MINOR_VERSION = 0 };
/// Bits of `flags` in DLManagedTensorVersioned.
enum { ST_DL_FLAG_READ_ONLY = 1, ST_DL_FLAG_IS_COPIED = 2 };

/// DLTensor. Strides count elements; NULL means row-major order. `data` may be NULL if the tensor is empty.
typedef struct {
  void *_Nullable data;
  int32_t device_type;
  int32_t device_id;
  int32_t ndim;
  uint8_t dtype_code;
  uint8_t dtype_bits;
  uint16_t dtype_lanes;
  int64_t *_Nullable shape;
  int64_t *_Nullable strides;
  uint64_t byte_offset;
} st_dl_tensor;

/// DLManagedTensor, as it was before version 1.0.
typedef struct st_dl_managed {
  st_dl_tensor tensor;
  void *_Nullable manager;
  void (*_Nullable deleter)(struct st_dl_managed *_Nonnull);
} st_dl_managed;

/// DLManagedTensorVersioned.
typedef struct st_dl_versioned {
  uint32_t major;
  uint32_t minor;
  void *_Nullable manager;
  void (*_Nullable deleter)(struct st_dl_versioned *_Nonnull);
  uint64_t flags;
  st_dl_tensor tensor;
} st_dl_versioned;

#endif
