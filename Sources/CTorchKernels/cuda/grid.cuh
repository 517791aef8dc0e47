// Sampling of planes [batch, channels, sizes…] at the points of a grid, in two and three dimensions. The steps are
// those of grid_sample_typed.inc; numbers of half types are kept in float.
#include "copy.cuh"

enum { grid_linear, grid_nearest, grid_cubic };
enum { grid_zeros, grid_border, grid_reflection };
struct GridShape {
  int64_t batch, channels, points, dims, sizes[3];  // sizes from the outermost to the innermost
  int mode, padding, aligns, unused;
};

// The source elements along one dimension (-1: outside), their weights, and the derivatives of these.
template <class A> struct AxisTaps {
  int count;
  int64_t index[4];
  A weight[4], slope[4];
};

// Brings a coordinate into the plane as the padding says, and multiplies `slope` by the derivative.
template <class A> A grid_pad(const GridShape &s, A x, int64_t size, A &slope) {
  if (s.padding == grid_zeros) return x;
  if (s.padding == grid_reflection) {
    A low = s.aligns ? (A)0 : (A)-0.5, span = (A)(s.aligns ? size - 1 : size);
    if (span == 0) {
      slope = 0, x = 0;
    } else {
      x -= low;
      if (x < 0) slope = -slope, x = -x;
      A extra = fmod(x, span), flips = floor(x / span);
      if (fmod(flips, (A)2) == 0) {
        x = extra + low;
      } else {
        slope = -slope, x = span - extra + low;
      }
    }
  }
  // The borders count as outside. NaN becomes the first element in two dimensions, the last in three.
  A last = (A)(size - 1);
  if (!(x > 0) && (x <= 0 || s.dims == 2)) {
    slope = 0;
    return 0;
  }
  if (!(x < last)) {
    slope = 0;
    return last;
  }
  return x;
}
template <class A> int64_t grid_index(A x, int64_t size) { return x >= 0 && x < (A)size ? (int64_t)x : -1; }

template <class A> AxisTaps<A> grid_along(const GridShape &s, A coordinate, int64_t size) {
  AxisTaps<A> taps;
  A slope = (A)(s.aligns ? size - 1 : size) / 2, moved = coordinate + 1, x;
  if (s.dims == 2) {
    x = s.aligns ? moved * slope : moved * slope - (A)0.5;
  } else {
    x = s.aligns ? moved / 2 * (A)(size - 1) : (moved * (A)size - 1) / 2;
  }
  if (s.mode == grid_cubic) {
    A below = floor(x), t = x - below, a = (A)-0.75;
    taps.count = 4;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      A v = k == 0 ? t + 1 : k == 1 ? t : k == 2 ? 1 - t : 2 - t, sign = k < 2 ? (A)1 : (A)-1, ignored = 0;
      bool is_near = k == 1 || k == 2;
      taps.index[k] = grid_index(grid_pad(s, below + (A)(k - 1), size, ignored), size);
      taps.weight[k] = is_near ? ((a + 2) * v - (a + 3)) * v * v + 1 : ((a * v - 5 * a) * v + 8 * a) * v - 4 * a;
      taps.slope[k] = sign * slope * (is_near ? (3 * (a + 2) * v - 2 * (a + 3)) * v : (3 * a * v - 10 * a) * v + 8 * a);
    }
    return taps;
  }
  x = grid_pad(s, x, size, slope);
  taps.index[2] = taps.index[3] = -1, taps.weight[2] = taps.weight[3] = taps.slope[2] = taps.slope[3] = 0;
  if (s.mode == grid_nearest) {
    taps.count = 1;
    taps.index[0] = grid_index(rint(x), size), taps.index[1] = -1;
    taps.weight[0] = 1, taps.weight[1] = taps.slope[0] = taps.slope[1] = 0;
    return taps;
  }
  A below = floor(x);
  taps.count = 2;
  taps.index[0] = grid_index(below, size), taps.index[1] = grid_index(below + 1, size);
  taps.weight[1] = x - below;
  taps.weight[0] = s.dims == 2 ? 1 - taps.weight[1] : below + 1 - x;
  taps.slope[0] = -slope, taps.slope[1] = slope;
  return taps;
}

// The source elements of a point, at most 16.
template <class A> struct PointTaps {
  AxisTaps<A> axis[3];
  int dims, counts[3];

  template <class T> static PointTaps of(const GridShape &s, const T *point) {
    PointTaps taps;
    taps.dims = (int)s.dims;
    for (int d = 0; d < 3; d++) taps.counts[d] = 1;
    for (int d = 0; d < taps.dims; d++) {
      taps.axis[d] = grid_along(s, (A)value(point[taps.dims - 1 - d]).v, s.sizes[d]);
      taps.counts[d] = taps.axis[d].count;
    }
    return taps;
  }
  int count() const { return counts[0] * counts[1] * counts[2]; }
  // The position in the plane of tap k, or -1; its weight, and the weight's derivative by coordinate `by`, from the
  // innermost.
  int64_t index(const GridShape &s, int k) const {
    int64_t at = 0;
    bool is_inside = true;
    for (int d = dims - 1, rest = k; d >= 0; d--) is_inside &= axis[d].index[rest % counts[d]] >= 0, rest /= counts[d];
    int place[3];
    for (int d = dims - 1, rest = k; d >= 0; d--) place[d] = rest % counts[d], rest /= counts[d];
    for (int d = 0; d < dims; d++) at = at * s.sizes[d] + axis[d].index[place[d]];
    return is_inside ? at : -1;
  }
  A weight(int k, int by) const {
    A w = 1;
    for (int d = dims - 1, rest = k; d >= 0; d--) {
      int i = rest % counts[d];
      w *= dims - 1 - d == by ? axis[d].slope[i] : axis[d].weight[i];
      rest /= counts[d];
    }
    return w;
  }
};
int64_t grid_plane(const GridShape &s) { return s.sizes[0] * s.sizes[1] * (s.dims == 3 ? s.sizes[2] : 1); }

// Each thread samples all channels at one point.
template <class T, class A> void grid_sample(const T *in, const T *grid, T *out, const GridShape &s) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (i >= s.batch * s.points) return;
  int64_t sample = i / s.points, point = i % s.points, plane = grid_plane(s);
  PointTaps<A> taps = PointTaps<A>::of(s, grid + i * s.dims);
  A bias = 0;
  if (s.dims == 2 && s.mode != grid_nearest) {
    // Weights that are not finite give NaN, also outside.
    for (int k = 0; k < taps.count(); k++)
      if (taps.index(s, k) < 0) bias += taps.weight(k, -1) * 0;
  }
  for (int64_t c = 0; c < s.channels; c++) {
    const T *from = in + (sample * s.channels + c) * plane;
    A sum = bias;
    for (int k = 0; k < taps.count(); k++) {
      int64_t at = taps.index(s, k);
      if (at >= 0) sum += taps.weight(k, -1) * (A)value(from[at]).v;
    }
    store(out[(sample * s.channels + c) * s.points + point], Real<A>::from(sum));
  }
}

template <class T, class A>
void grid_gradient(const T *in, const T *grid, const T *grad, T *out, const GridShape &s) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (i >= s.batch * s.points) return;
  int64_t sample = i / s.points, point = i % s.points, plane = grid_plane(s);
  PointTaps<A> taps = PointTaps<A>::of(s, grid + i * s.dims);
  A sums[3] = {0, 0, 0};
  for (int k = 0; k < taps.count() && s.mode != grid_nearest; k++) {
    int64_t at = taps.index(s, k);
    if (at < 0) continue;
    A share = 0;
    for (int64_t c = 0; c < s.channels; c++) {
      int64_t row = sample * s.channels + c;
      share += (A)value(grad[row * s.points + point]).v * (A)value(in[row * plane + at]).v;
    }
    for (int d = 0; d < s.dims; d++) sums[d] += share * taps.weight(k, d);
  }
  for (int d = 0; d < s.dims; d++) store(out[i * s.dims + d], Real<A>::from(sums[d]));
}

// Where each tap of each point goes in the samples' planes, and its weight. What is outside gets the key `none`.
template <class T, class A, class K>
void grid_keys(const T *grid, const GridShape &s, K *keys, A *weights, int count, int64_t none) {
  int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
  if (i >= s.batch * s.points) return;
  PointTaps<A> taps = PointTaps<A>::of(s, grid + i * s.dims);
  for (int k = 0; k < count; k++) {
    int64_t at = taps.index(s, k);
    keys[i * count + k] = (K)(at < 0 ? none : i / s.points * grid_plane(s) + at);
    weights[i * count + k] = taps.weight(k, -1);
  }
}
// Adds the gradients of all taps with one destination, in order. Records are sorted by destination.
template <class T, class A, class K>
void grid_scatter(const K *keys, const uint32_t *places, const A *weights, const T *grad, T *out, const GridShape &s,
                  int64_t n, int count, int64_t none) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x, plane = grid_plane(s);
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n * s.channels; i += threads) {
    int64_t row = i % n, c = i / n;
    K key = keys[row];
    if ((int64_t)key == none || (row > 0 && keys[row - 1] == key)) continue;
    int64_t sample = (int64_t)key / plane, channel = sample * s.channels + c;
    A sum = 0;
    for (; row < n && keys[row] == key; row++) {
      int64_t point = places[row] / count % s.points;
      sum += weights[places[row]] * (A)value(grad[channel * s.points + point]).v;
    }
    store(out[channel * plane + (int64_t)key % plane], Real<A>::from(sum));
  }
}
