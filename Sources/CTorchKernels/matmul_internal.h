// What the matrix multiplication files share: kernels by instruction set, element conversions and scratch memory.
#ifndef MATMUL_INTERNAL_H
#define MATMUL_INTERNAL_H

#include <string.h>

#include "scratch.h"
#include "st_matmul.h"
#include "st_parallel.h"

/// Packs k steps of `lanes` lanes from a strided source to panel[step * width + lane], in the computing type. Lanes up
/// to `width` are filled with zeros.
typedef void (*mm_pack)(const void *source, int64_t lane_stride, int64_t step_stride, int64_t lanes, int64_t k,
                        int width, void *panel);
/// Computes c (+)= a panel x b panel (+ bias) for a full tile of the kernel's rows and columns, in the computing type.
typedef void (*mm_micro)(int64_t k, const void *a, const void *b, void *c, int64_t ldc, const void *bias,
                         bool accumulate);
/// Writes a tile of the computing type to c, or adds it if `accumulate`, with bias. Rounds once to the storage type.
typedef void (*mm_store)(const void *tile, int width, int64_t rows, int64_t cols, void *c, int64_t ldc,
                         const void *bias, bool accumulate);
/// Computes out[i * out_stride] = sum over j of matrix[i * lane_stride + j * step_stride] * vector[j] + bias[i *
/// bias_stride] for lanes [begin, end). The vector has the computing type.
typedef void (*mm_gemv)(const void *matrix, int64_t lane_stride, int64_t step_stride, const void *vector,
                        const void *bias, int64_t bias_stride, void *out, int64_t out_stride, int64_t begin,
                        int64_t end, int64_t k);

/// Bytes of sums that a matrix times vector keeps in the first-level cache. They determine the width of a piece.
enum { GEMV_BYTES = 4096 };

/// The kernels of one storage type for one instruction set. micro[h][v - 1] has rows >> h rows and v vectors of
/// columns.
typedef struct {
  int size, compute_size, rows, vectors, lanes;
  bool native;
  mm_pack pack;
  mm_micro micro[2][3];
  mm_store store;
  mm_gemv gemv;
} mm_kernels;

/// Returns the kernels for a dtype on this processor.
const mm_kernels *mm_kernels_for(st_dtype dtype);

enum {
  MM_SCRATCH_A, MM_SCRATCH_B, MM_SCRATCH_VECTOR, MM_SCRATCH_ONEDNN,
  // Of convolutions: columns or the source, a tile of results, and a weight.
  MM_SCRATCH_COLUMNS, MM_SCRATCH_TILE, MM_SCRATCH_WEIGHT, MM_SCRATCH_COUNT
};
/// Returns memory of the calling thread, aligned to 64 bytes. It is valid until the next call for the same slot, and is
/// kept until the thread exits. Returns NULL if there is no memory.
void *mm_scratch(int slot, size_t bytes);

/// Computes one product with the own kernels. `out_kernels` stores the result: they are the same kernels, or float32's
/// for a half type. Records a failed scratch allocation in `missing`.
void mm_gemm(const mm_kernels *kernels, const mm_kernels *out_kernels, int64_t m, int64_t n, int64_t k,
             const st_matrix *a, const st_matrix *b, const void *bias, const st_matrix *out, _Atomic int64_t *missing);

/// Computes one product with oneDNN, in tiles chosen by size. Returns false if oneDNN is absent or cannot read the
/// operands.
bool mm_onednn(st_dtype dtype, st_dtype out_dtype, int64_t m, int64_t n, int64_t k, const st_matrix *a,
               const st_matrix *b, const void *bias, const st_matrix *out, _Atomic int64_t *missing);

/// Computes one float32 product with panels of one side. Returns false if the processor has no kernel for it.
bool mm_panels(int64_t m, int64_t n, int64_t k, const st_matrix *a, const st_matrix *b, const void *bias,
               const st_matrix *out, _Atomic int64_t *missing);

/// Computes one float32 product of a matrix with a few vectors. Returns false if there is no kernel for it.
bool mm_few(int64_t m, int64_t n, int64_t k, const st_matrix *a, const st_matrix *b, const void *bias,
            const st_matrix *out, _Atomic int64_t *missing);

/// Returns oneDNN's engine for this process, or NULL if oneDNN is absent.
void *mm_onednn_engine(void);
/// Frees a thread's state of mm_onednn.
void mm_onednn_forget(void *state);
/// Returns the address of the calling thread's state of mm_onednn, or NULL if there is no memory for it.
void **mm_onednn_state(void);

static inline float mm_from_f16(uint16_t h) {
  // Multiplication shifts the exponent and also normalizes subnormals.
  uint32_t bits = (uint32_t)(h & 0x7fff) << 13;
  float f;
  memcpy(&f, &bits, 4);
  f *= 0x1p112f;
  memcpy(&bits, &f, 4);
  bits |= ((uint32_t)(h & 0x8000) << 16) | ((h & 0x7c00) == 0x7c00 ? 0x7f800000u : 0);
  memcpy(&f, &bits, 4);
  return f;
}

static inline uint16_t mm_to_f16(float f) {
  uint32_t bits, sign;
  memcpy(&bits, &f, 4);
  sign = (bits >> 16) & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) return (uint16_t)(sign | 0x7e00);
  if (bits >= 0x47800000) return (uint16_t)(sign | 0x7c00);
  if (bits < 0x38800000) {
    // Adding 0.5 rounds a subnormal half at its last bit.
    float g;
    memcpy(&g, &bits, 4);
    g += 0.5f;
    memcpy(&bits, &g, 4);
    return (uint16_t)(sign | (bits - 0x3f000000));
  }
  bits += 0xc8000fffu + ((bits >> 13) & 1);
  return (uint16_t)(sign | (bits >> 13));
}

static inline float mm_from_bf16(uint16_t b) {
  uint32_t bits = (uint32_t)b << 16;
  float f;
  memcpy(&f, &bits, 4);
  return f;
}

static inline uint16_t mm_to_bf16(float f) {
  uint32_t bits;
  memcpy(&bits, &f, 4);
  return f != f ? 0x7fc0 : (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

#endif
