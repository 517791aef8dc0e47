// Scaled dot product attention: softmax(query · keyᵀ · scale + mask) · value, and its gradients. Both walk blocks of
// queries and keys, so their memory is linear in the lengths. Half types are computed in float32. The results do not
// depend on the number of threads. The functions return 0, or the bytes of a scratch allocation that failed (-1 if they
// overflow); results are then undefined.
#ifndef ST_ATTENTION_H
#define ST_ATTENTION_H

#include "st_types.h"

/// The sizes: queries [batch…, groups, l, e], keys [batch…, s, e], values [batch…, s, ev], results [batch…, groups, l,
/// ev]. The queries of all groups share the keys and values. No size is 0. If `causal`, query i has the keys up to i.
typedef struct {
  int32_t dims;  // the number of batch dimensions
  const int64_t *_Nonnull batch;
  int64_t groups, l, s, e, ev;
  double scale;
  bool causal;
} st_attention_plan;

/// Matrices: the strides of the batch dimensions, of the group (unless keys or values) and of a row, in elements. The
/// elements of a row are contiguous.
typedef struct {
  void *_Nonnull data;
  const int64_t *_Nonnull batch;
  int64_t group, row;
} st_attention_operand;

/// A mask [batch…, groups, l, s] of any strides. A bool is true if the query attends to the key; a number (float16,
/// bfloat16, float32 or float64) is added to the score.
typedef struct {
  const void *_Nonnull data;
  const int64_t *_Nonnull batch;
  int64_t group, row, column;
  st_dtype dtype;
} st_attention_mask;

/// Computes the result `out`, and, unless it is NULL, the logarithm of each row's sum of exponentials: `logsumexp`,
/// contiguous [batch…, groups, l], float64 for float64, else float32. It is -infinity for a row without allowed
/// keys; the result of that row is 0.
int64_t st_attention(st_dtype dtype, const st_attention_plan *_Nonnull plan, const st_attention_operand *_Nonnull query,
                     const st_attention_operand *_Nonnull key, const st_attention_operand *_Nonnull value,
                     const st_attention_mask *_Nullable mask, const st_attention_operand *_Nonnull out,
                     void *_Nullable logsumexp);

/// Computes the gradients that are not NULL from the operands and results of st_attention and the result's gradient
/// `grad`. `grad_key` and `grad_value` are the sums over the groups.
int64_t st_attention_backward(st_dtype dtype, const st_attention_plan *_Nonnull plan,
                              const st_attention_operand *_Nonnull query, const st_attention_operand *_Nonnull key,
                              const st_attention_operand *_Nonnull value, const st_attention_mask *_Nullable mask,
                              const st_attention_operand *_Nonnull out, const void *_Nonnull logsumexp,
                              const st_attention_operand *_Nonnull grad,
                              const st_attention_operand *_Nullable grad_query,
                              const st_attention_operand *_Nullable grad_key,
                              const st_attention_operand *_Nullable grad_value);

#endif
