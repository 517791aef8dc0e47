// Pooling of planes [outer, depth, height, width, inner], and the averages' adjoint.
#include "copy.cuh"

// The windows along one dimension, as PoolWindows says.
enum { windows_slide, windows_adapt, windows_start };
struct PoolAxis {
  int64_t in, out, kind, kernel, stride, padding, dilation;
  const int64_t *starts;
};
struct PoolShape {
  int64_t inner, outer;
  PoolAxis axis[3];
  int64_t divisor;      // of averages; 0 for the number of elements
  int64_t counts_pads;  // whether these are counted with the padding
};

// A window's coordinates: first, first + step, … below end. `count` is its factor of an average's divisor.
struct Window {
  int64_t first, end, step, count;
};
Window window_of(const PoolAxis &a, int64_t i, int64_t plane, bool counts_padding) {
  Window w;
  w.step = 1;
  if (a.kind == windows_slide) {
    int64_t first = i * a.stride - a.padding, reach = (a.kernel - 1) * a.dilation + 1;
    int64_t padded = first + reach < a.in + a.padding ? first + reach : a.in + a.padding;
    w.step = a.dilation;
    w.first = first >= 0 ? first : first + (a.dilation - 1 - first) / a.dilation * a.dilation;
    w.end = padded < a.in ? padded : a.in;
    if (w.end < w.first) w.end = w.first;
    w.count = counts_padding ? padded - first : w.end - w.first > 1 ? w.end - w.first : 1;
  } else if (a.kind == windows_adapt) {
    // (i · in) / out without a product that overflows.
    int64_t whole = a.in / a.out, rest = a.in % a.out;
    w.first = i * whole + i * rest / a.out;
    w.end = (i + 1) * whole + ((i + 1) * rest + a.out - 1) / a.out;
    w.count = w.end - w.first;
  } else {
    w.first = a.starts[plane * a.out + i];
    w.end = w.first + a.kernel;
    w.count = a.kernel;
  }
  return w;
}

// The position of a result: its plane, coordinates and channel.
struct PlanePlace {
  int64_t plane, at[3], channel;
};
PlanePlace place_of(int64_t i, int64_t inner, int64_t depth, int64_t height, int64_t width) {
  PlanePlace p;
  p.channel = i % inner, i /= inner;
  p.at[2] = i % width, i /= width;
  p.at[1] = i % height, i /= height;
  p.at[0] = i % depth, p.plane = i / depth;
  return p;
}

// The first of equal maxima; the last NaN.
template <class T> void max_pool(const T *in, T *out, int64_t *indices, const PoolShape &s, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x, height = s.axis[1].in, width = s.axis[2].in;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    PlanePlace p = place_of(i, s.inner, s.axis[0].out, s.axis[1].out, s.axis[2].out);
    Window z = window_of(s.axis[0], p.at[0], p.plane, false), y = window_of(s.axis[1], p.at[1], p.plane, false),
           x = window_of(s.axis[2], p.at[2], p.plane, false);
    const T *plane = in + p.plane * s.axis[0].in * height * width * s.inner + p.channel;
    int64_t best_at = (z.first * height + y.first) * width + x.first;
    T best = plane[best_at * s.inner];
    bool first = true;
    for (int64_t d = z.first; d < z.end; d += z.step)
      for (int64_t h = y.first; h < y.end; h += y.step)
        for (int64_t w = x.first; w < x.end; w += x.step) {
          int64_t at = (d * height + h) * width + w;
          T element = plane[at * s.inner];
          auto v = value(element);
          if (first || v > value(best) || v != v) best = element, best_at = at;
          first = false;
        }
    out[i] = best;
    if (indices) indices[i] = best_at;
  }
}

// The numbers that are added: A is float, double or int64_t.
template <class A, class T> A pool_number(T x) { return (A)value(x).v; }
template <> int64_t pool_number<int64_t, int64_t>(int64_t x) { return x; }
void store_average(int64_t &to, int64_t x) { to = x; }
template <class T, class A> void store_average(T &to, A x) { store(to, Real<A>::from(x)); }

template <class T, class A> void avg_pool(const T *in, T *out, const PoolShape &s, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x, height = s.axis[1].in, width = s.axis[2].in;
  bool pads = s.counts_pads;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    PlanePlace p = place_of(i, s.inner, s.axis[0].out, s.axis[1].out, s.axis[2].out);
    Window z = window_of(s.axis[0], p.at[0], p.plane, pads), y = window_of(s.axis[1], p.at[1], p.plane, pads),
           x = window_of(s.axis[2], p.at[2], p.plane, pads);
    const T *plane = in + p.plane * s.axis[0].in * height * width * s.inner + p.channel;
    A sum = 0;
    for (int64_t d = z.first; d < z.end; d += z.step)
      for (int64_t h = y.first; h < y.end; h += y.step)
        for (int64_t w = x.first; w < x.end; w += x.step)
          sum += pool_number<A>(plane[((d * height + h) * width + w) * s.inner]);
    int64_t divisor = s.divisor ? s.divisor : z.count * y.count * x.count;
    store_average(out[i], sum / (A)divisor);
  }
}

// The windows that may hold a coordinate: first … last.
void windows_at(const PoolAxis &a, int64_t x, int64_t &first, int64_t &last) {
  first = 0, last = a.out - 1;
  if (a.kind == windows_slide) {
    int64_t reach = (a.kernel - 1) * a.dilation + 1, low = x + a.padding - reach + 1;
    first = low > 0 ? (low + a.stride - 1) / a.stride : 0;
    if ((x + a.padding) / a.stride < last) last = (x + a.padding) / a.stride;
  } else if (a.kind == windows_adapt) {
    int64_t whole = a.out / a.in, rest = a.out % a.in;
    first = x * whole + x * rest / a.in;
    int64_t end = (x + 1) * whole + ((x + 1) * rest + a.in - 1) / a.in;
    if (end - 1 < last) last = end - 1;
  }
}
bool is_within(const Window &w, int64_t x) { return x >= w.first && x < w.end && (x - w.first) % w.step == 0; }

// Each thread adds what all windows over an element of the source give it.
template <class T, class A> void avg_pool_backward(const T *grad, T *out, const PoolShape &s, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  const PoolAxis *a = s.axis;
  bool pads = s.counts_pads;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    PlanePlace p = place_of(i, s.inner, a[0].in, a[1].in, a[2].in);
    int64_t first[3], last[3];
    for (int k = 0; k < 3; k++) windows_at(a[k], p.at[k], first[k], last[k]);
    A sum = 0;
    for (int64_t d = first[0]; d <= last[0]; d++) {
      Window z = window_of(a[0], d, p.plane, pads);
      if (!is_within(z, p.at[0])) continue;
      for (int64_t h = first[1]; h <= last[1]; h++) {
        Window y = window_of(a[1], h, p.plane, pads);
        if (!is_within(y, p.at[1])) continue;
        for (int64_t w = first[2]; w <= last[2]; w++) {
          Window x = window_of(a[2], w, p.plane, pads);
          if (!is_within(x, p.at[2])) continue;
          int64_t at = (((p.plane * a[0].out + d) * a[1].out + h) * a[2].out + w) * s.inner + p.channel;
          int64_t divisor = s.divisor ? s.divisor : z.count * y.count * x.count;
          sum += (A)value(grad[at]).v / (A)divisor;
        }
      }
    }
    store(out[i], Real<A>::from(sum));
  }
}
