// The loops over the steps of a recurrent layer. Sequences do not depend on each other: if there are many, pieces of
// them run through all steps on one thread. Otherwise each step's units are shared out. Every number is computed in one
// order, so the pieces do not change the bits.
#include "recurrent_internal.h"

#include <stdlib.h>
#include <string.h>

#include "scratch.h"
#include "st_memory.h"
#include "st_parallel.h"

enum {
  PIECE_ROWS = 16,        // sequences of a piece
  MORE_ROWS = 32,         // the same, if there is a piece for every thread
  PIECE_WORK = 1 << 17,   // multiply-adds of a piece of a step
  PIECE_PACKED = 1 << 14, // elements of a piece of packing
  FEW_ROWS = 4            // up to this number of rows in all, packing costs more than it saves
};

static const recurrent_kernels *kernels_of(st_dtype dtype) {
#if defined(__x86_64__)
  if (st_isa() == ST_AVX512) return &st_recurrent_kernels_avx512[dtype == ST_F64];
  if (st_isa() == ST_AVX2) return &st_recurrent_kernels_avx2[dtype == ST_F64];
#endif
  return &st_recurrent_kernels_baseline[dtype == ST_F64];
}

static inline int64_t min64(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t max64(int64_t a, int64_t b) { return a > b ? a : b; }

/// A kernel that runs at each step, and the matrix whose panels it goes over.
typedef struct {
  recurrent_step run;
  const recurrent_matrix *matrix;
} phase;

/// The phases of a pass over the steps.
typedef struct {
  const recurrent_kernels *kernels;
  const recurrent_job *job;
  phase phases[2];
  int count;
  bool descending;
  /// What runs when no earlier step is left for a row; NULL for nothing.
  phase finish;
} pass;

/// Runs rows [begin, end) through all steps.
static void run_rows(void *context, int64_t begin, int64_t end) {
  const pass *p = context;
  const st_recurrent_form *f = p->job->form;
  int lanes = p->kernels->lanes;
  for (int64_t i = 0; i < f->steps; i++) {
    int64_t t = p->descending ? f->steps - 1 - i : i, last = min64(end, f->batch_sizes[t]);
    if (last <= begin) continue;
    for (int k = 0; k < p->count; k++)
      p->phases[k].run(p->job, t, begin, last, 0, recurrent_panels(p->phases[k].matrix, lanes));
  }
  if (!p->finish.run) return;
  // Rows of one length end at the same step.
  int64_t t = p->descending ? 0 : f->steps - 1;
  for (int64_t r = begin; r < end;) {
    while (f->batch_sizes[t] <= r) t--;
    int64_t next = min64(end, f->batch_sizes[t]);
    p->finish.run(p->job, t, r, next, 0, recurrent_panels(p->finish.matrix, lanes));
    r = next;
  }
}

typedef struct {
  const recurrent_job *job;
  recurrent_step run;
  int64_t step, rows;
} columns;

static void run_columns(void *context, int64_t begin, int64_t end) {
  const columns *c = context;
  c->run(c->job, c->step, 0, c->rows, begin, end);
}

/// Shares out the panels of a phase of one step.
static void share(const pass *p, const phase *phase, int64_t t, int64_t rows) {
  int lanes = p->kernels->lanes;
  int64_t panels = recurrent_panels(phase->matrix, lanes);
  double each = (double)rows * (double)phase->matrix->k * (double)(recurrent_panel_vectors(phase->matrix) * lanes);
  columns c = {p->job, phase->run, t, rows};
  int64_t grain = each >= PIECE_WORK ? 1 : (int64_t)(PIECE_WORK / each);
  // One thread goes over all panels, so every other step begins with those that are still in its cache.
  st_parallel_for(panels, st_num_threads() == 1 ? panels : grain, run_columns, &c);
}

static void run_pass(const pass *p) {
  const st_recurrent_form *f = p->job->form;
  int64_t batch = f->batch_sizes[0];
  double work = (double)f->state * (double)f->hidden * (double)st_recurrent_gates(f->cell);
  if (batch >= 2 * PIECE_ROWS) {
    // A row's numbers do not depend on the piece that it is in. Larger pieces read the weight less often.
    int64_t rows = batch / MORE_ROWS >= st_num_threads() ? MORE_ROWS : PIECE_ROWS;
    st_parallel_for(batch, rows, run_rows, (void *)p);
  } else if ((double)batch * work < PIECE_WORK) {
    run_rows((void *)p, 0, batch);
  } else {
    for (int64_t i = 0; i < f->steps; i++) {
      int64_t t = p->descending ? f->steps - 1 - i : i;
      for (int k = 0; k < p->count; k++) share(p, &p->phases[k], t, f->batch_sizes[t]);
    }
    if (!p->finish.run) return;
    pass last = *p;
    last.count = 0;
    run_rows(&last, 0, batch);
  }
}

typedef struct {
  const recurrent_kernels *kernels;
  const recurrent_matrix *matrix;
} packing;

static void run_packing(void *context, int64_t begin, int64_t end) {
  const packing *p = context;
  p->kernels->pack(p->matrix, begin, end);
}

/// Memory of one call.
typedef struct {
  void *memory[3];
  size_t capacity[3];
  int count;
} scratch;

static void *take(scratch *s, size_t bytes) {
  void *memory = st_scratch(bytes, &s->capacity[s->count]);
  if (memory) s->memory[s->count++] = memory;
  return memory;
}

static void give_back(scratch *s) {
  for (int i = 0; i < s->count; i++) st_deallocate(s->memory[i], s->capacity[i]);
}

/// Packs a matrix. Returns 0, or the bytes that could not be allocated.
static int64_t pack(scratch *s, const recurrent_kernels *kernels, recurrent_matrix *m) {
  int64_t panels = recurrent_panels(m, kernels->lanes);
  int64_t each = m->k * recurrent_panel_vectors(m) * kernels->lanes;
  size_t bytes = (size_t)(panels * each * kernels->size);
  m->packed = take(s, bytes);
  if (!m->packed) return (int64_t)bytes;
  packing p = {kernels, m};
  st_parallel_for(panels, max64(1, PIECE_PACKED / each), run_packing, &p);
  return 0;
}

/// Computes the first row of each step. Returns 0, or the bytes that could not be allocated.
static int64_t find_offsets(scratch *s, recurrent_job *job) {
  const st_recurrent_form *f = job->form;
  size_t bytes = (size_t)(f->steps + 1) * sizeof(int64_t);
  int64_t *offset = take(s, bytes), rows = 0;
  if (!offset) return (int64_t)bytes;
  for (int64_t t = 0; t < f->steps; t++) {
    offset[t] = rows;
    rows += f->batch_sizes[t];
  }
  offset[f->steps] = rows;
  job->offset = offset;
  return 0;
}

/// Copies the last states of the sequences.
static void copy_last(const recurrent_job *job, int64_t size, void *to, const void *states, int64_t width) {
  const st_recurrent_form *f = job->form;
  size_t row = (size_t)(width * size);
  int64_t t = f->reversed ? 0 : f->steps - 1, n = 0;
  // The rows of a step that the next step lacks end there.
  for (; t >= 0; t--) {
    int64_t rows = f->batch_sizes[t] - n;
    if (rows <= 0) continue;
    memcpy((char *)to + (size_t)n * row, (const char *)states + (size_t)(job->offset[t] + n) * row, (size_t)rows * row);
    n += rows;
  }
}

int64_t st_recurrent_forward(const st_recurrent_form *f, const st_recurrent_forward_operands *o) {
  const recurrent_kernels *kernels = kernels_of(f->dtype);
  int64_t gates = st_recurrent_gates(f->cell), H = f->hidden, P = f->state, batch = f->batch_sizes[0];
  recurrent_job job = {.form = f,
                       .weight = {o->weight, H * P, P, 1, gates, H, P, NULL},
                       .gates = o->gates,
                       .out = o->out,
                       .cells = o->cells,
                       .extra = o->extra,
                       .first_hidden = o->first_hidden,
                       .first_cell = o->first_cell,
                       .bias = o->bias};
  if (o->projection) job.projection = (recurrent_matrix){o->projection, 0, H, 1, 1, P, H, NULL};
  scratch s = {.count = 0};
  int64_t missing = find_offsets(&s, &job);
  if (batch > 1 && f->rows > FEW_ROWS) {
    if (!missing) missing = pack(&s, kernels, &job.weight);
    if (!missing && o->projection) missing = pack(&s, kernels, &job.projection);
  }
  if (!missing) {
    pass p = {.kernels = kernels,
              .job = &job,
              .phases = {{kernels->forward, &job.weight}, {kernels->project, &job.projection}},
              .count = o->projection ? 2 : 1,
              .descending = f->reversed};
    run_pass(&p);
    copy_last(&job, kernels->size, o->last_hidden, o->out, P);
    if (o->last_cell) copy_last(&job, kernels->size, o->last_cell, o->cells, H);
  }
  give_back(&s);
  return missing;
}

int64_t st_recurrent_backward(const st_recurrent_form *f, const st_recurrent_backward_operands *o) {
  const recurrent_kernels *kernels = kernels_of(f->dtype);
  int64_t gates = st_recurrent_gates(f->cell), H = f->hidden, P = f->state;
  recurrent_job job = {.form = f,
                       .weight = {o->weight, 0, 1, P, 1, P, gates * H, NULL},
                       .gates = (void *)o->gates,
                       .out = (void *)o->out,
                       .cells = (void *)o->cells,
                       .extra = (void *)o->extra,
                       .first_hidden = o->first_hidden,
                       .first_cell = o->first_cell,
                       .grad_out = o->grad_out,
                       .grad_last_hidden = o->grad_last_hidden,
                       .grad_last_cell = o->grad_last_cell,
                       .grad_gates = o->grad_gates,
                       .grad_stride = o->grad_stride,
                       .grad_extra = o->grad_extra,
                       .grad_first_hidden = o->grad_first_hidden,
                       .grad_first_cell = o->grad_first_cell};
  if (o->projection) job.projection = (recurrent_matrix){o->projection, 0, 1, H, 1, H, P, NULL};
  scratch s = {.count = 0};
  int64_t missing = find_offsets(&s, &job);
  if (!missing) missing = pack(&s, kernels, &job.weight);
  if (!missing && o->projection) missing = pack(&s, kernels, &job.projection);
  if (!missing) {
    pass p = {.kernels = kernels,
              .job = &job,
              .phases = {{kernels->backward, &job.weight}, {kernels->project_backward, &job.projection}},
              .count = o->projection ? 2 : 1,
              .descending = !f->reversed,
              .finish = {kernels->finish, &job.weight}};
    run_pass(&p);
  }
  give_back(&s);
  return missing;
}
