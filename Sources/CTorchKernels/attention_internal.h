// What the attention files share: the job of a call and the functions that one instruction set and type provide.
#ifndef ATTENTION_INTERNAL_H
#define ATTENTION_INTERNAL_H

#include "matmul_internal.h"
#include "st_attention.h"

/// One call. Operands that it does not have are NULL.
typedef struct {
  st_dtype dtype;
  const st_attention_plan *plan;
  const st_attention_operand *query, *key, *value, *out, *grad, *grad_query, *grad_key, *grad_value;
  const st_attention_mask *mask;
  void *logsumexp;
  const mm_kernels *storage, *native;  // of the operands' type, and of the type that computes
  int64_t pairs;                       // products of the batch dimensions
  int64_t query_rows, query_chunks;    // forward: queries of a task, tasks of a head
  int64_t key_rows, key_chunks;        // backward: the same for keys
  char *partial;                       // backward: gradients of the queries by chunk of keys, if there are several
  _Atomic int64_t missing;
} attention_job;

/// The functions of one computing type for one instruction set. `width` is the number of columns of a panel. They
/// return false if there is no memory.
typedef struct {
  int64_t width;
  bool (*forward)(attention_job *job, int64_t pair, int64_t group, int64_t begin, int64_t end);
  bool (*backward)(attention_job *job, int64_t pair, int64_t chunk);
  void (*add_up)(attention_job *job, int64_t pair, int64_t group);
} attention_functions;

/// Returns the offset of a batch in elements.
static inline int64_t at_batch(const st_attention_plan *plan, const int64_t *strides, int64_t index) {
  int64_t offset = 0;
  for (int d = plan->dims - 1; d >= 0; d--) {
    offset += index % plan->batch[d] * strides[d];
    index /= plan->batch[d];
  }
  return offset;
}

static inline int64_t at_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t at_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t at_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }
static inline int64_t at_round_up(int64_t a, int64_t b) { return at_ceil_div(a, b) * b; }

#endif
