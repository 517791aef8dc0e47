// Linear maps along the spatial dimensions of planes: interpolation and its adjoint.
#include "copy.cuh"

// Result i is the sum of weights[k] · source[indices[k]] over offsets[i] <= k < offsets[i + 1]. Without offsets the
// dimension is left as it is.
template <class W> struct ResampleAxis {
  int64_t in, out;
  const int64_t *offsets, *indices;
  const W *weights;

  // Calls body(source coordinate, weight) for result i.
  template <class Body> void each(int64_t i, Body body) const {
    if (!offsets) {
      body(i, (W)1);
      return;
    }
    for (int64_t k = offsets[i]; k < offsets[i + 1]; k++) body(indices[k], weights[k]);
  }
};
template <class A, class T> A to_number(T x) { return Into<Real<A>>::of(value(x)).v; }

template <class W> struct ResampleShape {
  int64_t outer, inner;
  ResampleAxis<W> axis[3];
};

// All dimensions of [outer, depth, height, width, inner] in one pass.
template <class T, class A> void resample(const T *in, T *out, const ResampleShape<A> &s, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  const ResampleAxis<A> *a = s.axis;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t rest = i / s.inner, channel = i - rest * s.inner;
    int64_t x = rest % a[2].out, y = rest / a[2].out % a[1].out;
    int64_t z = rest / a[2].out / a[1].out % a[0].out, plane = rest / a[2].out / a[1].out / a[0].out;
    A sum = 0;
    a[0].each(z, [&](int64_t d, A wz) {
      a[1].each(y, [&](int64_t h, A wy) {
        const T *row = in + ((plane * a[0].in + d) * a[1].in + h) * a[2].in * s.inner + channel;
        a[2].each(x, [&](int64_t w, A wx) { sum = fma(wz * wy * wx, to_number<A>(row[w * s.inner]), sum); });
      });
    });
    store(out[i], Real<A>::from(sum));
  }
}

// The middle dimension of [outer, size, inner].
template <class In, class Out, class A>
void resample_line(const In *in, Out *out, const ResampleAxis<A> &axis, int64_t inner, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t rest = i / inner, channel = i - rest * inner, at = rest % axis.out;
    const In *line = in + rest / axis.out * axis.in * inner + channel;
    A sum = 0;
    axis.each(at, [&](int64_t w, A weight) { sum = fma(weight, to_number<A>(line[w * inner]), sum); });
    store(out[i], Real<A>::from(sum));
  }
}

// The same for bytes, by integer weights with `bits` fractional bits.
void resample_bytes(const uint8_t *in, uint8_t *out, const ResampleAxis<int32_t> &axis, int64_t inner, int bits,
                    int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t rest = i / inner, channel = i - rest * inner, at = rest % axis.out;
    const uint8_t *line = in + rest / axis.out * axis.in * inner + channel;
    int32_t sum = bits > 0 ? 1 << (bits - 1) : 0;
    axis.each(at, [&](int64_t w, int32_t weight) { sum += weight * line[w * inner]; });
    sum >>= bits;
    out[i] = (uint8_t)(sum < 0 ? 0 : sum > 255 ? 255 : sum);
  }
}
