// One layer and direction of a recurrent network: the loop over the steps, forward and backward. All arrays are
// contiguous and of one type, float or double. The functions return 0, or the bytes of a scratch allocation that
// failed; results are then undefined. Results do not depend on the number of threads.
#ifndef ST_RECURRENT_H
#define ST_RECURRENT_H

#include <stdbool.h>
#include "st_types.h"

/// The cells. A cell has `st_recurrent_gates` blocks of `hidden` rows in its weights, in PyTorch's order: LSTM input,
/// forget, cell, output; GRU reset, update, new.
typedef enum { ST_RECURRENT_TANH, ST_RECURRENT_RELU, ST_RECURRENT_LSTM, ST_RECURRENT_GRU } st_recurrent_cell;

/// The number of gates G of a cell.
static inline int64_t st_recurrent_gates(st_recurrent_cell cell) {
  return cell == ST_RECURRENT_LSTM ? 4 : cell == ST_RECURRENT_GRU ? 3 : 1;
}

/// The form of a layer. Rows are packed: step t has batch_sizes[t] rows, which follow those of step t - 1. Batch sizes
/// are positive and do not increase. So the first step has a row of every sequence; their number is `batch`.
typedef struct {
  st_recurrent_cell cell;
  /// The type of the arrays: ST_F32 or ST_F64.
  st_dtype dtype;
  /// The type to which each step's numbers are rounded: ST_F16, ST_BF16, or `dtype` for none.
  st_dtype rounded_to;
  /// Whether the steps run from the last to the first.
  bool reversed;
  /// The units H of a gate, and the size P of the hidden state. They differ only if an LSTM has a projection.
  int64_t hidden, state;
  /// The number of steps and their rows, and the sum of the rows.
  int64_t steps, rows;
  const int64_t *_Nonnull batch_sizes;
} st_recurrent_form;

/// What the forward pass reads and writes.
typedef struct {
  /// [rows, G * H]: on entry the inputs' part of the gates, with its bias; on return the gates' values. For the cells
  /// tanh and relu, undefined on return.
  void *_Nonnull gates;
  /// [rows, P]: the hidden state after each step.
  void *_Nonnull out;
  /// LSTM: [rows, H], the cell state after each step.
  void *_Nullable cells;
  /// GRU: [rows, H], the hidden part of the new gate, before the reset gate multiplies it. LSTM with a projection:
  /// [rows, H], the hidden states before the projection. Otherwise NULL.
  void *_Nullable extra;
  /// [batch, P] and, for LSTM, [batch, H]: the initial and the final states of the sequences.
  const void *_Nonnull first_hidden;
  const void *_Nullable first_cell;
  void *_Nonnull last_hidden;
  void *_Nullable last_cell;
  /// [G * H, P] and NULL or [G * H].
  const void *_Nonnull weight;
  const void *_Nullable bias;
  /// [P, H], or NULL if there is no projection.
  const void *_Nullable projection;
} st_recurrent_forward_operands;

int64_t st_recurrent_forward(const st_recurrent_form *_Nonnull form,
                             const st_recurrent_forward_operands *_Nonnull operands);

/// What the backward pass reads (the forward pass's arrays and the gradients of its results, NULL for zeros) and
/// writes.
typedef struct {
  const void *_Nullable gates;
  const void *_Nonnull out;
  const void *_Nullable cells, *_Nullable extra;
  const void *_Nonnull first_hidden;
  const void *_Nullable first_cell;
  const void *_Nonnull weight;
  const void *_Nullable projection;
  const void *_Nullable grad_out, *_Nullable grad_last_hidden, *_Nullable grad_last_cell;
  /// [rows, G * H], rows `grad_stride` elements apart: the gradients of the inputs' part of the gates. Products with
  /// them are faster if the stride is no multiple of a large power of two.
  void *_Nonnull grad_gates;
  int64_t grad_stride;
  /// GRU: the gradients of the hidden part of the gates, of the same form. LSTM with a projection: [rows, P], the
  /// gradients of the projected states. Otherwise NULL.
  void *_Nullable grad_extra;
  /// [batch, P], and for LSTM [batch, H]: the gradients of the initial states.
  void *_Nonnull grad_first_hidden;
  void *_Nullable grad_first_cell;
} st_recurrent_backward_operands;

int64_t st_recurrent_backward(const st_recurrent_form *_Nonnull form,
                              const st_recurrent_backward_operands *_Nonnull operands);

#endif
