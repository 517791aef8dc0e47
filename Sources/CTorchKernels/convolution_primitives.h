// oneDNN's convolution primitives, as convolution_primitives.c makes and keeps them.
#ifndef CONVOLUTION_PRIMITIVES_H
#define CONVOLUTION_PRIMITIVES_H

#include "convolution_internal.h"
#include "onednn.h"

#ifdef HAVE_ONEDNN

/// The key of a piece: pieces with equal keys share a primitive. Keys are compared as bytes, so there is no padding.
typedef struct {
  st_convolution_plan plan;  // of the piece
  int64_t strides[3][5];     // of input, weight and output
  int32_t pass, dtype, bias, blocked;
} cv_key;

/// Whether a piece's result is float32, to be rounded to bfloat16 after the bias is added.
static inline bool cv_is_wide(const cv_key *k) { return k->bias && k->pass == ST_CONVOLUTION_BACKWARD_INPUT; }

enum { SRC, WEIGHTS, DST, OPERANDS };

typedef struct {
  cv_key key;
  bool failed;
  dnnl_primitive_desc_t desc;
  dnnl_primitive_t primitive;
  // In oneDNN's order and in the caller's, and the primitive that copies between them, if they differ.
  dnnl_memory_t memory[OPERANDS], plain[OPERANDS], bias, scratchpad;
  dnnl_primitive_t reorder[OPERANDS];
  int64_t bytes[OPERANDS];
  size_t scratchpad_bytes;
} cv_entry;

/// A direct-mapped cache: a collision evicts. Each thread has one, so no lock is needed and memory objects can point
/// anywhere. oneDNN's own cache shares the generated code.
enum { ENTRIES = 256 };
typedef struct {
  dnnl_engine_t engine;
  dnnl_primitive_attr_t attributes;
  dnnl_stream_t stream;
  cv_entry entries[ENTRIES];
} cv_cache;

/// Returns the calling thread's primitives, or NULL if there is no memory for them.
cv_cache *cv_thread_cache(void);
/// Returns the primitive of a key, or NULL if oneDNN has none that is fast.
cv_entry *cv_find(cv_cache *c, const cv_key *k);
/// Returns the order in which a primitive reads or writes an operand.
borrowed_desc cv_layout(const cv_entry *e, int operand);
/// Returns the operand that a pass writes.
int cv_result(int32_t pass);
/// Returns the number of spatial dimensions without those in front that do nothing.
int cv_spatial_rank(const st_convolution_plan *p);
/// Copies memory from one order into another.
bool cv_copy_between(cv_cache *c, dnnl_primitive_t reorder, dnnl_memory_t from, const void *a, dnnl_memory_t to,
                     const void *b);

#endif
#endif
