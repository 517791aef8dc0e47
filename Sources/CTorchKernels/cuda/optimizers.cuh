// Steps of optimizers for many tensors, in one pass and one launch. The order of operations is the CPU's
// (optim_kernels.inc).
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"
#include "row.cuh"

// The tensors of a launch, each with `kinds` addresses. A block has a chunk of one tensor: tensor t has the blocks from
// ends[t - 1] on, up to ends[t].
#define MOST_TENSORS 60
template <int kinds> struct TensorList {
  void *at[kinds][MOST_TENSORS];
  int64_t sizes[MOST_TENSORS];
  int ends[MOST_TENSORS], tensors;
};
// The chunk of this block: elements `begin` … `end` of `tensor`.
struct Chunk {
  static constexpr int size = 4096;
  int tensor;
  int64_t begin, end;
  template <int kinds> static Chunk of(const TensorList<kinds> &list) {
    int low = 0, high = list.tensors - 1;
    while (low < high) {
      int middle = (low + high) / 2;
      if (list.ends[middle] <= blockIdx.x) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int64_t begin = (int64_t)(blockIdx.x - (low > 0 ? list.ends[low - 1] : 0)) * size, n = list.sizes[low];
    return {low, begin, begin + size < n ? begin + size : n};
  }
};

struct SGDOptions {
  double rate, momentum, dampening, decay;
  int first, nesterov, maximize;
};
// If the device counts the steps, `rate` is the learning rate, and the kernel corrects it and the root.
struct AdamOptions {
  double rate, beta1, beta2, one_minus_beta1, one_minus_beta2, root_correction2, eps, decay, shrink;
  int counted, maximize;
};

template <class T, class A> struct Optimizer {
  typedef Row<T> Elements;
  static constexpr int width = Elements::width;
  static A read(T x) { return (A)value(x).v; }
  static void write(T &to, A x) { store(to, Real<A>::from(x)); }
  template <int kinds> static Elements elements(const TensorList<kinds> &list, int kind, int tensor) {
    return {(T *)list.at[kind][tensor], list.sizes[tensor], 1};
  }

  // The tensors are the parameter, the gradient and the momentum, which may be null.
  static void sgd(const TensorList<3> &list, const SGDOptions &o) {
    A decay = (A)o.decay, momentum = (A)o.momentum, damp = (A)(1 - o.dampening), rate = (A)-o.rate;
    Chunk chunk = Chunk::of(list);
    Elements parameter = elements(list, 0, chunk.tensor), grad = elements(list, 1, chunk.tensor),
             buffer = elements(list, 2, chunk.tensor);
    for (int64_t i = chunk.begin + parameter.begin(); i < chunk.end; i += Elements::stride) {
      auto ps = parameter.load(i), gs = grad.load(i), bs = ps;
      if (buffer.at && !o.first) bs = buffer.load(i);
#pragma unroll
      for (int j = 0; j < width; j++) {
        A p = read(ps.element[j]), g = read(gs.element[j]);
        if (o.maximize) g = -g;
        if (o.decay != 0) g = fma(decay, p, g);
        if (buffer.at) {
          A b = o.first ? g : fma(damp, g, read(bs.element[j]) * momentum);
          write(bs.element[j], b);
          g = o.nesterov ? fma(momentum, b, g) : b;
        }
        write(ps.element[j], fma(rate, g, p));
      }
      if (buffer.at) buffer.store(i, bs);
      parameter.store(i, ps);
    }
  }

  // The tensors are the parameter, the gradient, the mean, the mean square, its largest value, which is null without
  // amsgrad, and the number of steps, if it is counted.
  static void adam(const TensorList<6> &list, const AdamOptions &o) {
    A decay = (A)o.decay, shrink = (A)o.shrink, w = (A)o.one_minus_beta1, beta2 = (A)o.beta2;
    A v = (A)o.one_minus_beta2, root = (A)o.root_correction2, eps = (A)o.eps, rate = (A)-o.rate;
    Chunk chunk = Chunk::of(list);
    if (o.counted) {
      __shared__ A corrected[2];
      if (threadIdx.x == 0) {
        double step = *(const float *)list.at[5][chunk.tensor];
        corrected[0] = (A)(-o.rate / (1 - pow(o.beta1, step)));
        corrected[1] = (A)sqrt(1 - pow(o.beta2, step));
      }
      __syncthreads();
      rate = corrected[0], root = corrected[1];
    }
    Elements parameter = elements(list, 0, chunk.tensor), grad = elements(list, 1, chunk.tensor),
             mean = elements(list, 2, chunk.tensor), square = elements(list, 3, chunk.tensor),
             most = elements(list, 4, chunk.tensor);
    for (int64_t i = chunk.begin + parameter.begin(); i < chunk.end; i += Elements::stride) {
      auto ps = parameter.load(i), gs = grad.load(i), ms = mean.load(i), ss = square.load(i), largest = ss;
      if (most.at) largest = most.load(i);
#pragma unroll
      for (int j = 0; j < width; j++) {
        A p = read(ps.element[j]), g = read(gs.element[j]);
        if (o.maximize) g = -g;
        if (o.shrink != 1) p *= shrink;
        if (o.decay != 0) g = fma(decay, p, g);
        A m = read(ms.element[j]), d = g - m;
        m = w < (A)0.5 ? fma(w, d, m) : fma(-d, 1 - w, g);
        A s = fma(v * g, g, read(ss.element[j]) * beta2);
        write(ms.element[j], m);
        write(ss.element[j], s);
        if (most.at) {
          A before = read(largest.element[j]);
          s = s > before || s != s ? s : before;
          write(largest.element[j], s);
        }
        write(ps.element[j], p + rate * m / (sqrt(s) / root + eps));
      }
      mean.store(i, ms);
      square.store(i, ss);
      if (most.at) most.store(i, largest);
      parameter.store(i, ps);
    }
  }
};
