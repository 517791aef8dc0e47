// What the files of recurrent layers share: a job, and the kernels by instruction set.
#ifndef RECURRENT_INTERNAL_H
#define RECURRENT_INTERNAL_H

#include "include/st_isa.h"
#include "include/st_recurrent.h"

/// Rows whose products with a panel are kept in a tile.
enum { RECURRENT_ROWS = 32 };

/// A matrix that rows are multiplied by. Column (block, unit) and step k is the element at block * block_stride +
/// unit * unit_stride + k * step_stride. A panel holds `blocks` vectors of columns: those of a range of units in every
/// block or, if the matrix has only one block, those of four neighbouring ranges.
typedef struct {
  const void *data;
  int64_t block_stride, unit_stride, step_stride;
  int64_t blocks, units, k;
  /// The panels, [panel][k][columns]; NULL to multiply by `data` itself. Its steps are then neighbours.
  void *packed;
} recurrent_matrix;

/// One call. Pointers are those of the operands.
typedef struct {
  const st_recurrent_form *form;
  /// The first row of each step, and behind them the number of rows.
  const int64_t *offset;
  recurrent_matrix weight, projection;
  void *gates, *out, *cells, *extra;
  const void *first_hidden, *first_cell, *bias;
  const void *grad_out, *grad_last_hidden, *grad_last_cell;
  void *grad_gates, *grad_extra, *grad_first_hidden, *grad_first_cell;
  int64_t grad_stride;
} recurrent_job;

/// Computes one step's rows [r0, r1) for the panels [p0, p1) of a matrix.
typedef void (*recurrent_step)(const recurrent_job *job, int64_t t, int64_t r0, int64_t r1, int64_t p0, int64_t p1);

/// The kernels of one type for one instruction set.
typedef struct {
  int size, lanes;
  /// Packs panels [begin, end).
  void (*pack)(const recurrent_matrix *matrix, int64_t begin, int64_t end);
  /// Computes the gates and the states, before a projection.
  recurrent_step forward;
  /// Computes the projected hidden states.
  recurrent_step project;
  /// Computes the gradients of the hidden states and, without a projection, of the gates.
  recurrent_step backward;
  /// Computes the gradients of the gates of an LSTM with a projection.
  recurrent_step project_backward;
  /// Computes the gradients of the initial hidden states of rows whose last step in the backward pass is t.
  recurrent_step finish;
} recurrent_kernels;

extern const recurrent_kernels st_recurrent_kernels_baseline[2];
#if defined(__x86_64__)
extern const recurrent_kernels st_recurrent_kernels_avx2[2], st_recurrent_kernels_avx512[2];
#endif

/// Units of a panel.
static inline int64_t recurrent_panel_units(const recurrent_matrix *m, int lanes) {
  return m->blocks == 1 ? 4 * lanes : lanes;
}
/// Vectors of columns of a panel.
static inline int64_t recurrent_panel_vectors(const recurrent_matrix *m) { return m->blocks == 1 ? 4 : m->blocks; }
static inline int64_t recurrent_panels(const recurrent_matrix *m, int lanes) {
  int64_t units = recurrent_panel_units(m, lanes);
  return (m->units + units - 1) / units;
}

/// Where the rows of a step come from: rows below `count` continue row `offset` + row of a neighbouring step; the
/// others begin.
typedef struct {
  int64_t offset, count;
} recurrent_source;

/// Returns the source of the states before step t.
static inline recurrent_source recurrent_before(const recurrent_job *job, int64_t t) {
  const st_recurrent_form *f = job->form;
  int64_t other = f->reversed ? t + 1 : t - 1;
  if (other < 0 || other == f->steps) return (recurrent_source){0, 0};
  int64_t rows = f->batch_sizes[t], others = f->batch_sizes[other];
  return (recurrent_source){job->offset[other], rows < others ? rows : others};
}

/// Returns the source of the gradients of the states after step t.
static inline recurrent_source recurrent_after(const recurrent_job *job, int64_t t) {
  const st_recurrent_form *f = job->form;
  int64_t other = f->reversed ? t - 1 : t + 1;
  if (other < 0 || other == f->steps) return (recurrent_source){0, 0};
  int64_t rows = f->batch_sizes[t], others = f->batch_sizes[other];
  return (recurrent_source){job->offset[other], rows < others ? rows : others};
}

#endif
