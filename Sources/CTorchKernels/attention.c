// Attention in blocks (Dao, 2023): scores exist for one block of queries and keys at a time. The forward pass corrects
// its sums when a greater score comes; the backward pass computes the weights again.
#include <math.h>

#include "attention_internal.h"
#include "isa.h"
#include "st_memory.h"

#pragma STDC FP_CONTRACT ON

/// Forward: bytes of a block of keys and values, which stay in the second-level cache with a chunk's queries and
/// results; most keys of a block; rows of scores, which stay in the first-level cache.
enum { FORWARD_KEY_BYTES = 128 << 10, FORWARD_MOST_KEYS = 256, FORWARD_ROWS = 24 };
/// Bytes of a chunk's queries and results.
enum { CHUNK_BYTES = 256 << 10 };
/// Backward: rows and keys of a block of scores.
enum { BACKWARD_ROWS = 48, BACKWARD_KEYS = 128 };
/// Up to this number of queries, packing keys would cost more than it saves; rows that are read at a time.
enum { SINGLE_QUERIES = 2, SINGLE_ROWS = 64 };
/// The number of tasks from which work is not divided further.
enum { TASKS = 16 };
/// Forward: multiply-adds of a parallel piece; single queries wait for memory instead.
enum { PIECE_WORK = 1 << 18, SINGLE_PIECE_WORK = 1 << 16 };

#define BYTES 16
#define ISA_NAME(f) f##_baseline
#include "attention_isa.inc"

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target(ST_AVX2_FEATURES))), apply_to = function)
#define BYTES 32
#define ISA_NAME(f) f##_avx2
#include "attention_isa.inc"
#pragma clang attribute pop

#pragma clang attribute push(__attribute__((target(ST_AVX512_FEATURES))), apply_to = function)
#define BYTES 64
#define ISA_NAME(f) f##_avx512
#include "attention_isa.inc"
#pragma clang attribute pop
#endif

static const attention_functions *functions(st_dtype dtype) {
  bool wide = dtype == ST_F64;
#if defined(__x86_64__)
  if (st_isa() == ST_AVX512) return wide ? &at_functions_f64_avx512 : &at_functions_f32_avx512;
  if (st_isa() == ST_AVX2) return wide ? &at_functions_f64_avx2 : &at_functions_f32_avx2;
#endif
  return wide ? &at_functions_f64_baseline : &at_functions_f32_baseline;
}

// Returns false if the bytes of a task could overflow, which only operands with repeated elements reach.
static bool prepare(attention_job *job) {
  const st_attention_plan *p = job->plan;
  if (((double)p->l + (double)p->s) * ((double)p->e + (double)p->ev + 64) > 0x1p50) return false;
  job->storage = mm_kernels_for(job->dtype);
  job->native = mm_kernels_for(job->dtype == ST_F64 ? ST_F64 : ST_F32);
  job->pairs = 1;
  for (int d = 0; d < p->dims; d++) job->pairs *= p->batch[d];
  return true;
}

static void forward_tasks(void *context, int64_t begin, int64_t end) {
  attention_job *job = context;
  const st_attention_plan *p = job->plan;
  for (int64_t task = begin; task < end; task++) {
    int64_t head = task / job->query_chunks, first = task % job->query_chunks * job->query_rows;
    if (!functions(job->dtype)->forward(job, head / p->groups, head % p->groups, first,
                                        at_min(p->l, first + job->query_rows)))
      return;
  }
}

int64_t st_attention(st_dtype dtype, const st_attention_plan *plan, const st_attention_operand *query,
                     const st_attention_operand *key, const st_attention_operand *value, const st_attention_mask *mask,
                     const st_attention_operand *out, void *logsumexp) {
  attention_job job = {.dtype = dtype, .plan = plan, .query = query, .key = key, .value = value, .out = out,
                       .mask = mask, .logsumexp = logsumexp};
  if (!prepare(&job)) return -1;
  int64_t heads = job.pairs * plan->groups, size = job.native->size;
  // A chunk is large, so that the keys are packed seldom, but a few heads are divided.
  int64_t most = at_max(SINGLE_QUERIES, CHUNK_BYTES / size / (plan->e + plan->ev));
  int64_t shared = at_ceil_div(plan->l, at_ceil_div(TASKS, heads));
  // Single queries are one task.
  int64_t rows = at_min(most, at_max(shared, 2 * FORWARD_ROWS)), chunks = at_ceil_div(plan->l, rows);
  job.query_rows = at_round_up(at_ceil_div(plan->l, chunks), FORWARD_ROWS);
  job.query_chunks = at_ceil_div(plan->l, job.query_rows);
  double work = (double)at_min(job.query_rows, plan->l) * (double)plan->s * (double)(plan->e + plan->ev);
  int64_t piece = plan->l <= SINGLE_QUERIES ? SINGLE_PIECE_WORK : PIECE_WORK;
  st_parallel_for(heads * job.query_chunks, at_max(1, (int64_t)(piece / work)), forward_tasks, &job);
  return st_missing(&job.missing);
}

static void backward_tasks(void *context, int64_t begin, int64_t end) {
  attention_job *job = context;
  for (int64_t task = begin; task < end; task++)
    if (!functions(job->dtype)->backward(job, task / job->key_chunks, task % job->key_chunks)) return;
}

static void add_up_tasks(void *context, int64_t begin, int64_t end) {
  attention_job *job = context;
  int64_t groups = job->plan->groups;
  for (int64_t head = begin; head < end; head++)
    functions(job->dtype)->add_up(job, head / groups, head % groups);
}

int64_t st_attention_backward(st_dtype dtype, const st_attention_plan *plan, const st_attention_operand *query,
                              const st_attention_operand *key, const st_attention_operand *value,
                              const st_attention_mask *mask, const st_attention_operand *out, const void *logsumexp,
                              const st_attention_operand *grad, const st_attention_operand *grad_query,
                              const st_attention_operand *grad_key, const st_attention_operand *grad_value) {
  attention_job job = {.dtype = dtype, .plan = plan, .query = query, .key = key, .value = value, .out = out,
                       .mask = mask, .logsumexp = (void *)logsumexp, .grad = grad, .grad_query = grad_query,
                       .grad_key = grad_key, .grad_value = grad_value};
  if (!prepare(&job)) return -1;
  // A few heads are divided by keys. Each chunk has its own gradient of the queries.
  int64_t chunks = at_min(at_ceil_div(TASKS / 2, job.pairs), at_ceil_div(plan->s, 2 * BACKWARD_KEYS));
  job.key_rows = at_round_up(at_ceil_div(plan->s, chunks), BACKWARD_KEYS);
  job.key_chunks = at_ceil_div(plan->s, job.key_rows);
  size_t capacity = 0;
  if (job.key_chunks > 1 && grad_query) {
    int64_t width = functions(dtype)->width;
    size_t bytes = (size_t)(job.key_chunks * job.pairs * plan->groups * plan->l * at_round_up(plan->e, width)) *
                   (size_t)job.native->size;
    job.partial = st_scratch(bytes, &capacity);
    if (!job.partial) return (int64_t)bytes;
  }
  double work = (double)plan->groups * (double)plan->l * (double)job.key_rows * (double)(plan->e + plan->ev);
  st_parallel_for(job.pairs * job.key_chunks, at_max(1, (int64_t)((1 << 17) / work)), backward_tasks, &job);
  if (job.partial) {
    if (!st_missing(&job.missing)) st_parallel_for(job.pairs * plan->groups, 1, add_up_tasks, &job);
    st_deallocate(job.partial, capacity);
  }
  return st_missing(&job.missing);
}
