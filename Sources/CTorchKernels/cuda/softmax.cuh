// Softmax and cross entropy. Values are kept as float, or as double for double.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"
#include "blocks.cuh"
#include "mistake.cuh"

template <class A, class T> A real_of(T x) { return (A)value(x).v; }

// The maximum of some numbers, and the sum of exp(x - maximum).
template <class A> struct LogSum {
  A most, sum;
  static LogSum none() { return {(A)-INFINITY, 0}; }
  // The same for a single number.
  static LogSum of(A x) { return {x, 1}; }
  static LogSum combine(LogSum a, LogSum b) {
    // NaN wins. Without a finite maximum there is nothing to rescale.
    if (a.most != a.most) return a;
    if (b.most != b.most) return b;
    if (a.most < b.most) {
      LogSum c = a;
      a = b, b = c;
    }
    return {a.most, b.most == a.most ? a.sum + b.sum : a.sum + b.sum * exp(b.most - a.most)};
  }
};

// A sum.
template <class A> struct PlainSum {
  A sum;
  static PlainSum none() { return {0}; }
  static PlainSum combine(PlainSum a, PlainSum b) { return {a.sum + b.sum}; }
};

// x is [outer, n, inner]. Block b handles row (b / inner, b % inner).
template <class T, class A> struct Softmax {
  static void forward(bool log_, const T *in, T *out, int64_t n, int64_t inner) {
    int64_t start = blockIdx.x / inner * n * inner + blockIdx.x % inner;
    LogSum<A> kept = LogSum<A>::none();
    for (int64_t i = threadIdx.x; i < n; i += 256)
      kept = LogSum<A>::combine(kept, LogSum<A>::of(real_of<A>(in[start + i * inner])));
    kept = over_block(kept);
    A offset = kept.most + log(kept.sum), scale = 1 / kept.sum;
    for (int64_t i = threadIdx.x; i < n; i += 256) {
      A x = real_of<A>(in[start + i * inner]);
      store(out[start + i * inner], Real<A>::from(log_ ? x - offset : exp(x - kept.most) * scale));
    }
  }

  static void backward(bool log_, const T *grad, const T *result, T *out, int64_t n, int64_t inner) {
    int64_t start = blockIdx.x / inner * n * inner + blockIdx.x % inner;
    PlainSum<A> kept = PlainSum<A>::none();
    for (int64_t i = threadIdx.x; i < n; i += 256) {
      A g = real_of<A>(grad[start + i * inner]);
      kept.sum += log_ ? g : g * real_of<A>(result[start + i * inner]);
    }
    A sum = over_block(kept).sum;
    for (int64_t i = threadIdx.x; i < n; i += 256) {
      A g = real_of<A>(grad[start + i * inner]), y = real_of<A>(result[start + i * inner]);
      store(out[start + i * inner], Real<A>::from(log_ ? g - exp(y) * sum : y * (g - sum)));
    }
  }
};

// Block r handles row r of [rows, classes]. A target that is no class counts as none, and must be `ignored`.
template <class T, class A> struct CrossEntropy {
  static void forward(const T *in, const int64_t *target, A *losses, A *statistics, int64_t rows, int64_t classes,
                      int64_t ignored, Mistake *mistake) {
    const T *row = in + blockIdx.x * classes;
    LogSum<A> kept = LogSum<A>::none();
    for (int64_t i = threadIdx.x; i < classes; i += 256)
      kept = LogSum<A>::combine(kept, LogSum<A>::of(real_of<A>(row[i])));
    kept = over_block(kept);
    if (threadIdx.x != 0) return;
    int64_t t = target[blockIdx.x];
    A log_sum = log(kept.sum);
    bool counts = t >= 0 && t < classes;
    if (!counts && t != ignored) report(mistake, mistake_target, t, 0, classes);
    losses[blockIdx.x] = counts ? log_sum + (kept.most - real_of<A>(row[t])) : 0;
    statistics[blockIdx.x] = kept.most, statistics[rows + blockIdx.x] = log_sum;
  }

  // `scale_step` is 0 if all rows have one scale.
  static void backward(const T *in, const int64_t *target, const A *statistics, const A *scale, int64_t scale_step,
                       T *out, int64_t rows, int64_t classes) {
    const T *row = in + blockIdx.x * classes;
    int64_t t = target[blockIdx.x];
    A factor = scale[blockIdx.x * scale_step], most = statistics[blockIdx.x];
    A log_sum = statistics[rows + blockIdx.x];
    bool counts = t >= 0 && t < classes;
    for (int64_t i = threadIdx.x; i < classes; i += 256) {
      A p = exp(real_of<A>(row[i]) - most - log_sum) - (i == t ? 1 : 0);
      store(out[blockIdx.x * classes + i], Real<A>::from(counts ? factor * p : 0));
    }
  }
};
