// Softmax and cross entropy. Values are kept as float, or as double for double.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"
#include "blocks.cuh"
#include "row.cuh"
#include "mistake.cuh"

template <class A, class T> A real_of(T x) { return (A)value(x).v; }

// The maximum of some numbers, and the sum of exp(x - maximum).
template <class A> struct LogSum {
  A most, sum;
  static LogSum none() { return {(A)-INFINITY, 0}; }
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
  // Adds the elements of this thread's parts of a row.
  template <class T> static LogSum of_row(const Row<const T> &row) {
    LogSum kept = none();
    for (int64_t first = row.begin(); first < row.n; first += row.stride) {
      auto part = row.load(first);
      int count = row.count(first);
      A most = (A)-INFINITY, sum = 0;
#pragma unroll
      for (int j = 0; j < row.width; j++) {
        A x = real_of<A>(part.element[j]);
        if (j < count && (x > most || x != x)) most = x;
      }
#pragma unroll
      for (int j = 0; j < row.width; j++) {
        A x = real_of<A>(part.element[j]);
        if (j < count) sum += x == most ? 1 : exp(x - most);
      }
      kept = combine(kept, {most, sum});
    }
    return kept;
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
  static int64_t start(int64_t n, int64_t inner) { return blockIdx.x / inner * n * inner + blockIdx.x % inner; }

  static void forward(bool log_, const T *in, T *out, int64_t n, int64_t inner) {
    Row<const T> row = {in + start(n, inner), n, inner};
    Row<T> to = {out + start(n, inner), n, inner};
    LogSum<A> kept = over_block(LogSum<A>::of_row(row));
    A offset = kept.most + log(kept.sum), scale = 1 / kept.sum;
    for (int64_t first = row.begin(); first < n; first += row.stride) {
      auto x = row.load(first);
      typename Row<T>::Part y;
#pragma unroll
      for (int j = 0; j < row.width; j++) {
        A v = real_of<A>(x.element[j]);
        store(y.element[j], Real<A>::from(log_ ? v - offset : exp(v - kept.most) * scale));
      }
      to.store(first, y);
    }
  }

  static void backward(bool log_, const T *grad, const T *result, T *out, int64_t n, int64_t inner) {
    Row<const T> g_row = {grad + start(n, inner), n, inner}, y_row = {result + start(n, inner), n, inner};
    Row<T> to = {out + start(n, inner), n, inner};
    PlainSum<A> kept = PlainSum<A>::none();
    for (int64_t first = to.begin(); first < n; first += to.stride) {
      auto g = g_row.load(first), y = y_row.load(first);
      int count = to.count(first);
#pragma unroll
      for (int j = 0; j < to.width; j++) {
        A slope = real_of<A>(g.element[j]);
        if (j < count) kept.sum += log_ ? slope : slope * real_of<A>(y.element[j]);
      }
    }
    A sum = over_block(kept).sum;
    for (int64_t first = to.begin(); first < n; first += to.stride) {
      auto g = g_row.load(first), y = y_row.load(first);
      typename Row<T>::Part x;
#pragma unroll
      for (int j = 0; j < to.width; j++) {
        A slope = real_of<A>(g.element[j]), v = real_of<A>(y.element[j]);
        store(x.element[j], Real<A>::from(log_ ? slope - exp(v) * sum : v * (slope - sum)));
      }
      to.store(first, x);
    }
  }
};

// Block r handles row r of [rows, classes]. A target that is no class counts as none, and must be `ignored`.
template <class T, class A> struct CrossEntropy {
  static void forward(const T *in, const int64_t *target, A *losses, A *statistics, int64_t rows, int64_t classes,
                      int64_t ignored, Mistake *mistake) {
    const T *row = in + blockIdx.x * classes;
    LogSum<A> kept = over_block(LogSum<A>::of_row(Row<const T>{row, classes, 1}));
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
    Row<const T> row = {in + blockIdx.x * classes, classes, 1};
    Row<T> to = {out + blockIdx.x * classes, classes, 1};
    int64_t t = target[blockIdx.x];
    A factor = scale[blockIdx.x * scale_step], most = statistics[blockIdx.x];
    A log_sum = statistics[rows + blockIdx.x];
    bool counts = t >= 0 && t < classes;
    for (int64_t first = row.begin(); first < classes; first += row.stride) {
      auto x = row.load(first);
      typename Row<T>::Part y;
#pragma unroll
      for (int j = 0; j < row.width; j++) {
        A p = exp(real_of<A>(x.element[j]) - most - log_sum) - (first + j == t ? 1 : 0);
        store(y.element[j], Real<A>::from(counts ? factor * p : 0));
      }
      to.store(first, y);
    }
  }
};
