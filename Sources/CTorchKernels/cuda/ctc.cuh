// Connectionist temporal classification (Graves and others, 2006). Block b handles sequence b; its threads share the
// states of a step. Logarithms of probabilities are added.
#include "numbers.cuh"
#include "mistake.cuh"

struct CTCShape {
  int64_t steps, batch, classes, states, blank;
  const int64_t *targets, *starts, *lengths, *input_lengths;
};

template <class T> T log_sum(T a, T b, T c) {
  T most = a > b ? a : b;
  most = c > most ? c : most;
  if (most == (T)-INFINITY) most = 0;
  return log(exp(a - most) + exp(b - most) + exp(c - most)) + most;
}

// The labels of a sequence, with a blank before, between and after them.
struct CTCLabels {
  const int64_t *target;
  int64_t states, blank, classes;

  CTCLabels(const CTCShape &f, int64_t b)
      : target(f.targets + f.starts[b]), states(2 * f.lengths[b] + 1), blank(f.blank), classes(f.classes) {}
  // A label that is no class is read as the blank; its word has been left.
  int64_t at(int64_t s) const {
    if (s % 2 == 0) return blank;
    int64_t label = target[s / 2];
    return label >= 0 && label < classes ? label : blank;
  }
  // A label may follow another one without a blank between them if it differs.
  bool skips_to(int64_t s) const { return s > 1 && s % 2 == 1 && target[s / 2 - 1] != target[s / 2]; }
};

template <class T> void ctc_forward(const T *in, T *losses, T *alpha, const CTCShape &f, Mistake *mistake) {
  int64_t b = blockIdx.x, row = f.batch * f.classes, steps = f.input_lengths[b];
  CTCLabels labels(f, b);
  const T *x = in + b * f.classes;
  T *own = alpha + b * f.steps * f.states;
  for (int64_t i = threadIdx.x; i < f.lengths[b]; i += 256) {
    int64_t label = labels.target[i];
    if (label < 0 || label >= f.classes) report(mistake, mistake_target, label, 0, f.classes);
  }
  // States that are not reached have the probability 0.
  for (int64_t i = threadIdx.x; i < f.steps * f.states; i += 256) own[i] = (T)-INFINITY;
  __syncthreads();
  if (steps == 0) {
    if (threadIdx.x == 0) losses[b] = labels.states == 1 ? (T)0 : (T)INFINITY;
    return;
  }
  if (threadIdx.x == 0) {
    own[0] = x[f.blank];
    if (labels.states > 1) own[1] = x[labels.at(1)];
  }
  for (int64_t t = 1; t < steps; t++) {
    __syncthreads();
    const T *old = own + (t - 1) * f.states, *now = x + t * row;
    for (int64_t s = threadIdx.x; s < labels.states; s += 256) {
      T before = s > 0 ? old[s - 1] : (T)-INFINITY, two_before = labels.skips_to(s) ? old[s - 2] : (T)-INFINITY;
      own[t * f.states + s] = log_sum(old[s], before, two_before) + now[labels.at(s)];
    }
  }
  __syncthreads();
  if (threadIdx.x != 0) return;
  const T *last = own + (steps - 1) * f.states;
  T before = labels.states > 1 ? last[labels.states - 2] : (T)-INFINITY;
  losses[b] = -log_sum(last[labels.states - 1], before, (T)-INFINITY);
}

// `rows` has room for two rows of backward variables of each sequence, `links` for two numbers of each state.
template <class T>
void ctc_backward(const T *in, const T *grads, const T *losses, const T *alpha, T *out, T *rows, int64_t *links,
                  const CTCShape &f, int zero_infinity) {
  int64_t b = blockIdx.x, row = f.batch * f.classes, steps = f.input_lengths[b];
  CTCLabels labels(f, b);
  int64_t states = labels.states;
  const T *x = in + b * f.classes, *own = alpha + b * f.steps * f.states;
  T *result = out + b * f.classes, *old = rows + b * 2 * f.states, *fresh = old + f.states;
  int64_t *next = links + b * 2 * f.states, *is_first = next + f.states;
  T loss = losses[b], grad = grads[b];
  bool none = zero_infinity && loss == (T)INFINITY;
  // The states of one label are a chain, from the first to the last.
  for (int64_t s = threadIdx.x; s < states; s += 256) {
    int64_t label = labels.at(s), after = s + 1, before = s - 1;
    while (after < states && labels.at(after) != label) after++;
    while (before >= 0 && labels.at(before) != label) before--;
    next[s] = after < states ? after : -1;
    is_first[s] = before < 0;
  }
  for (int64_t t = f.steps - 1; t >= 0; t--) {
    T *g = result + t * row;
    const T *now = x + t * row, *a = own + t * f.states;
    __syncthreads();
    if (none || t >= steps) {
      for (int64_t c = threadIdx.x; c < f.classes; c += 256) g[c] = 0;
      continue;
    }
    for (int64_t s = threadIdx.x; s < states; s += 256) {
      T y;
      if (t == steps - 1) {
        y = s >= states - 2 ? now[labels.at(s)] : (T)-INFINITY;
      } else {
        T after = s + 1 < states ? old[s + 1] : (T)-INFINITY;
        T two_after = s + 2 < states && labels.skips_to(s + 2) ? old[s + 2] : (T)-INFINITY;
        y = log_sum(old[s], after, two_after) + now[labels.at(s)];
      }
      fresh[s] = y;
    }
    for (int64_t c = threadIdx.x; c < f.classes; c += 256) g[c] = exp(now[c]) * grad;
    __syncthreads();
    // Equation (16) of the paper: the sum over all states of the label.
    for (int64_t s = threadIdx.x; s < states; s += 256) {
      if (!is_first[s]) continue;
      T sum = (T)-INFINITY;
      for (int64_t k = s; k >= 0; k = next[k])
        if (t < steps - 1 || k >= states - 2) sum = log_sum(sum, a[k] + fresh[k], (T)-INFINITY);
      int64_t label = labels.at(s);
      g[label] = (exp(now[label]) - exp(sum + loss - now[label])) * grad;
    }
    T *swap = old;
    old = fresh, fresh = swap;
  }
}
