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

// Whether `width` neighbouring results are of one window and move together: neighbours in memory are channels.
template <int width> bool moves_together(const PoolShape &s, const void *in, const void *out) {
  return width > 1 && s.inner % width == 0 && (uint64_t)in % 16 == 0 && (uint64_t)out % 16 == 0;
}

// Each thread finds `width` results. The first of equal maxima; the last NaN.
template <int width, class T> void max_pools(const T *in, T *out, int64_t *indices, const PoolShape &s, int64_t n) {
  typedef Several<T, width> Part;
  int64_t threads = (int64_t)gridDim.x * blockDim.x, rows = s.axis[1].in, columns = s.axis[2].in;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n / width; i += threads) {
    PlanePlace p = place_of(i * width, s.inner, s.axis[0].out, s.axis[1].out, s.axis[2].out);
    Window z = window_of(s.axis[0], p.at[0], p.plane, false), y = window_of(s.axis[1], p.at[1], p.plane, false),
           x = window_of(s.axis[2], p.at[2], p.plane, false);
    const T *plane = in + p.plane * s.axis[0].in * rows * columns * s.inner + p.channel;
    int64_t begin = (z.first * rows + y.first) * columns + x.first, best_at[width];
    Part best = *(const Part *)(plane + begin * s.inner);
#pragma unroll
    for (int j = 0; j < width; j++) best_at[j] = begin;
    bool first = true;
    for (int64_t d = z.first; d < z.end; d += z.step)
      for (int64_t h = y.first; h < y.end; h += y.step)
        for (int64_t w = x.first; w < x.end; w += x.step) {
          int64_t at = (d * rows + h) * columns + w;
          Part part = *(const Part *)(plane + at * s.inner);
#pragma unroll
          for (int j = 0; j < width; j++) {
            auto v = value(part.element[j]);
            if (first || v > value(best.element[j]) || v != v) best.element[j] = part.element[j], best_at[j] = at;
          }
          first = false;
        }
    ((Part *)out)[i] = best;
    if (!indices) continue;
#pragma unroll
    for (int j = 0; j < width; j++) indices[i * width + j] = best_at[j];
  }
}
template <class T> void max_pool(const T *in, T *out, int64_t *indices, const PoolShape &s, int64_t n) {
  // The places of 16 results would need too many registers.
  constexpr int width = sizeof(T) == 1 ? 8 : 16 / sizeof(T);
  if (moves_together<width>(s, in, out)) return max_pools<width>(in, out, indices, s, n);
  max_pools<1>(in, out, indices, s, n);
}

// The numbers that are added: A is float, double or int64_t.
template <class A, class T> A pool_number(T x) { return (A)value(x).v; }
template <> int64_t pool_number<int64_t, int64_t>(int64_t x) { return x; }
void store_average(int64_t &to, int64_t x) { to = x; }
template <class T, class A> void store_average(T &to, A x) { store(to, Real<A>::from(x)); }

template <int width, class T, class A> void avg_pools(const T *in, T *out, const PoolShape &s, int64_t n) {
  typedef Several<T, width> Part;
  int64_t threads = (int64_t)gridDim.x * blockDim.x, rows = s.axis[1].in, columns = s.axis[2].in;
  bool pads = s.counts_pads;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n / width; i += threads) {
    PlanePlace p = place_of(i * width, s.inner, s.axis[0].out, s.axis[1].out, s.axis[2].out);
    Window z = window_of(s.axis[0], p.at[0], p.plane, pads), y = window_of(s.axis[1], p.at[1], p.plane, pads),
           x = window_of(s.axis[2], p.at[2], p.plane, pads);
    const T *plane = in + p.plane * s.axis[0].in * rows * columns * s.inner + p.channel;
    A sum[width] = {};
    for (int64_t d = z.first; d < z.end; d += z.step)
      for (int64_t h = y.first; h < y.end; h += y.step)
        for (int64_t w = x.first; w < x.end; w += x.step) {
          Part part = *(const Part *)(plane + ((d * rows + h) * columns + w) * s.inner);
#pragma unroll
          for (int j = 0; j < width; j++) sum[j] += pool_number<A>(part.element[j]);
        }
    int64_t divisor = s.divisor ? s.divisor : z.count * y.count * x.count;
    Part average;
#pragma unroll
    for (int j = 0; j < width; j++) store_average(average.element[j], sum[j] / (A)divisor);
    ((Part *)out)[i] = average;
  }
}
template <class T, class A> void avg_pool(const T *in, T *out, const PoolShape &s, int64_t n) {
  constexpr int width = 16 / sizeof(T);
  if (moves_together<width>(s, in, out)) return avg_pools<width, T, A>(in, out, s, n);
  avg_pools<1, T, A>(in, out, s, n);
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

// Each thread adds what all windows over `width` elements of the source give them.
template <int width, class T, class A> void avg_pools_backward(const T *grad, T *out, const PoolShape &s, int64_t n) {
  typedef Several<T, width> Part;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  const PoolAxis *a = s.axis;
  bool pads = s.counts_pads;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n / width; i += threads) {
    PlanePlace p = place_of(i * width, s.inner, a[0].in, a[1].in, a[2].in);
    int64_t first[3], last[3];
    for (int k = 0; k < 3; k++) windows_at(a[k], p.at[k], first[k], last[k]);
    A sum[width] = {};
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
          Part part = *(const Part *)(grad + at);
#pragma unroll
          for (int j = 0; j < width; j++) sum[j] += (A)value(part.element[j]).v / (A)divisor;
        }
      }
    }
    Part total;
#pragma unroll
    for (int j = 0; j < width; j++) store(total.element[j], Real<A>::from(sum[j]));
    ((Part *)out)[i] = total;
  }
}
template <class T, class A> void avg_pool_backward(const T *grad, T *out, const PoolShape &s, int64_t n) {
  constexpr int width = 16 / sizeof(T);
  if (moves_together<width>(s, grad, out)) return avg_pools_backward<width, T, A>(grad, out, s, n);
  avg_pools_backward<1, T, A>(grad, out, s, n);
}
