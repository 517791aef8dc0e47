// The cells of recurrent layers: what a step computes from the products of the hidden states. T is float or double.
#include "copy.cuh"

// How the numbers of a step are rounded.
struct NotRounded {
  template <class T> static T of(T x) { return x; }
};
template <class Small> struct RoundedTo {
  template <class T> static T of(T x) {
    Small y;
    store(y, Real<T>::from(x));
    return (T)value(y).v;
  }
};

enum { cell_tanh, cell_relu, cell_lstm, cell_gru };

// The rows of a step: they begin at `first`, and row n's state before the step is in row before + n, or, from
// `before_count` on, in the initial states.
struct StepRows {
  int64_t rows, first, before, before_count, hidden, state;
};
template <class T> struct StepArrays {
  T *gates, *out, *cells, *extra;
  const T *first_hidden, *first_cell, *bias;
};

template <class T> T sigmoid(T x) { return 1 / (1 + exp(-x)); }
template <class T>
const T *state_before(const T *states, const T *initial, const StepRows &s, int64_t n, int64_t size) {
  return n < s.before_count ? states + (s.before + n) * size : initial + n * size;
}

template <int cell, class T, class R>
void recurrent_cells(const T *product, const StepArrays<T> &a, const StepRows &s, int projects) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x, H = s.hidden;
  if (i >= s.rows * H) return;
  int64_t n = i / H, u = i % H, q = s.first + n;
  constexpr int gates = cell == cell_lstm ? 4 : cell == cell_gru ? 3 : 1;
  T *g = a.gates + q * gates * H + u;
  T part[gates];
#pragma unroll
  for (int v = 0; v < gates; v++) {
    T bias = a.bias ? a.bias[v * H + u] : T(0);
    part[v] = R::of(product[n * gates * H + v * H + u] + bias);
  }
  if constexpr (cell == cell_lstm) {
    T x[4];
#pragma unroll
    for (int v = 0; v < 4; v++) {
      x[v] = R::of(part[v] + R::of(g[v * H]));
      x[v] = R::of(v == 2 ? tanh(x[v]) : sigmoid(x[v]));
      g[v * H] = x[v];
    }
    T state = state_before(a.cells, a.first_cell, s, n, H)[u];
    state = R::of(R::of(x[1] * state) + R::of(x[0] * x[2]));
    a.cells[q * H + u] = state;
    (projects ? a.extra : a.out)[q * H + u] = R::of(x[3] * R::of(tanh(state)));
  } else if constexpr (cell == cell_gru) {
    T reset = R::of(sigmoid(R::of(part[0] + R::of(g[0])))), update = R::of(sigmoid(R::of(part[1] + R::of(g[H]))));
    T fresh = R::of(tanh(R::of(R::of(g[2 * H]) + R::of(part[2] * reset))));
    g[0] = reset, g[H] = update, g[2 * H] = fresh;
    a.extra[q * H + u] = part[2];
    T state = state_before(a.out, a.first_hidden, s, n, H)[u];
    a.out[q * H + u] = R::of(R::of(R::of(state - fresh) * update) + fresh);
  } else {
    T x = R::of(part[0] + R::of(g[0]));
    a.out[q * H + u] = cell == cell_tanh ? R::of(tanh(x)) : x < 0 ? T(0) : x;
  }
}

template <class T, class R> void round_all(T *x, int64_t n) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (i < n) x[i] = R::of(x[i]);
}

template <class T> struct StepGradients {
  const T *out, *last_hidden, *last_cell;
  T *gates, *extra, *first_hidden, *first_cell;
  int64_t stride;       // of the rows of the gates' gradients
  int64_t after_count;  // rows from here on begin with the gradients of the last states
};

// The gradients of the gates from that of the hidden state.
template <int cell, class T>
void cell_gradient(const StepArrays<T> &a, const StepGradients<T> &d, const StepRows &s, int64_t n, int64_t u, T grad) {
  int64_t H = s.hidden, q = s.first + n;
  T *to = d.gates + q * d.stride + u;
  if constexpr (cell == cell_lstm) {
    const T *g = a.gates + q * 4 * H + u;
    T in = g[0], forget = g[H], fresh = g[2 * H], out = g[3 * H], shown = tanh(a.cells[q * H + u]);
    T old = state_before(a.cells, a.first_cell, s, n, H)[u], *carried = d.first_cell + n * H + u;
    T state = n >= d.after_count ? (d.last_cell ? d.last_cell[n * H + u] : T(0)) : *carried;
    state += grad * out * (1 - shown * shown);
    to[0] = state * fresh * in * (1 - in);
    to[H] = state * old * forget * (1 - forget);
    to[2 * H] = state * in * (1 - fresh * fresh);
    to[3 * H] = grad * shown * out * (1 - out);
    *carried = state * forget;
  } else if constexpr (cell == cell_gru) {
    const T *g = a.gates + q * 3 * H + u;
    T reset = g[0], update = g[H], fresh = g[2 * H], part = a.extra[q * H + u];
    T old = state_before(a.out, a.first_hidden, s, n, H)[u];
    T of_new = grad * (1 - update) * (1 - fresh * fresh);
    T of_reset = of_new * part * reset * (1 - reset), of_update = grad * (old - fresh) * update * (1 - update);
    T *own = d.extra + q * d.stride + u;
    to[0] = own[0] = of_reset;
    to[H] = own[H] = of_update;
    to[2 * H] = of_new;
    own[2 * H] = of_new * reset;
    d.first_hidden[n * H + u] = grad * update;
  } else {
    T x = a.out[q * H + u];
    to[0] = cell == cell_tanh ? grad * (1 - x * x) : x <= 0 ? T(0) : grad;
  }
}

// `product` is what the gates of the next step give the hidden state. With a projection only its gradient is written.
template <int cell, class T>
void recurrent_backward(const T *product, const StepArrays<T> &a, const StepGradients<T> &d, const StepRows &s,
                        int projects) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x, P = s.state;
  if (i >= s.rows * P) return;
  int64_t n = i / P, u = i % P, q = s.first + n;
  bool begins = n >= d.after_count;
  T grad = begins ? (d.last_hidden ? d.last_hidden[i] : T(0)) : product[i];
  if (!begins && cell == cell_gru) grad += d.first_hidden[i];
  if (d.out) grad += d.out[q * P + u];
  if (projects) {
    d.extra[q * P + u] = grad;
  } else {
    cell_gradient<cell>(a, d, s, n, u, grad);
  }
}
// The same for the gradient of the hidden states before a projection.
template <int cell, class T>
void projected_backward(const T *product, const StepArrays<T> &a, const StepGradients<T> &d, const StepRows &s) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (i >= s.rows * s.hidden) return;
  cell_gradient<cell>(a, d, s, i / s.hidden, i % s.hidden, product[i]);
}
// The gradient of the initial states; a GRU's have a part already.
template <class T> void finish_hidden(const T *product, T *first_hidden, int adds, int64_t n) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (i < n) first_hidden[i] = adds ? product[i] + first_hidden[i] : product[i];
}
