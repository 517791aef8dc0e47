// What the convolution files share.
#ifndef CONVOLUTION_INTERNAL_H
#define CONVOLUTION_INTERNAL_H

#include "matmul_internal.h"
#include "st_convolution.h"

/// A call of st_convolution.
typedef struct {
  st_convolution_pass pass;
  st_dtype dtype;
  const st_convolution_plan *plan;
  const st_convolution_operand *input, *weight, *output;
  const void *bias, *packed;
  _Atomic int64_t *missing;
} convolution;

static inline int64_t cv_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t cv_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t cv_ceil_div(int64_t a, int64_t b) { return a > 0 ? (a + b - 1) / b : -(-a / b); }
static inline int64_t cv_volume(const int64_t sizes[3]) { return sizes[0] * sizes[1] * sizes[2]; }

/// Returns the range of positions o below `count` whose input o * stride + offset lies in [0, size).
static inline void cv_range(int64_t offset, int64_t stride, int64_t size, int64_t count, int64_t *begin, int64_t *end) {
  int64_t b = cv_max(0, cv_ceil_div(-offset, stride));
  int64_t e = size - 1 - offset < 0 ? 0 : cv_min(count, (size - 1 - offset) / stride + 1);
  *begin = cv_min(b, count);
  *end = cv_max(e, *begin);
}

/// Whether the convolution has one channel in and out a group, at most two spatial dimensions, row-major operands and
/// a dtype that the direct kernels compute.
bool cv_is_depthwise(st_dtype dtype, const st_convolution_plan *p);
/// Computes such a convolution.
void cv_depthwise(const convolution *c);

/// Whether oneDNN computes the dtype of this convolution.
bool cv_onednn_takes(st_convolution_pass pass, st_dtype dtype, const st_convolution_plan *p);
/// Computes a convolution with oneDNN. Returns false, having written nothing that counts, if it could not.
bool cv_onednn(const convolution *c);
/// The bytes of a packed weight, or 0; and the packing. `c->bias` only says whether there is a bias.
int64_t cv_onednn_packed_bytes(const convolution *c);
bool cv_onednn_pack(const convolution *c, void *packed);
/// Frees a thread's state.
void cv_onednn_forget(void *state);
/// Returns the address of the calling thread's state, or NULL if there is no memory for it.
void **cv_onednn_state(void);

#endif
