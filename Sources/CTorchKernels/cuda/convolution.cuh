// The columns of a convolution: for each output position the inputs under the kernel. Three spatial dimensions.
#include "copy.cuh"

struct ConvolutionShape {
  int64_t channels, groups;  // of the input
  int64_t in[3], out[3], kernel[3], stride[3], padding[3], dilation[3];
  int64_t strides[5];        // of the image: batch, channel, depth, height, width
};

// columns[b, g, k, l], with strides for b, g and k: k goes over a group's channels and the kernel, l over the outputs.
template <class Word>
void make_columns(const Word *in, Word *columns, const ConvolutionShape &s, int64_t batch_step, int64_t group_step,
                  int64_t row_step, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x, width = s.channels / s.groups;
  int64_t places = s.out[0] * s.out[1] * s.out[2], taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t l = i % places, rest = i / places, k = rest % (width * taps);
    rest /= width * taps;
    int64_t g = rest % s.groups, b = rest / s.groups, at[3], tap[3];
    at[2] = l % s.out[2], at[1] = l / s.out[2] % s.out[1], at[0] = l / s.out[2] / s.out[1];
    int64_t t = k % taps;
    tap[2] = t % s.kernel[2], tap[1] = t / s.kernel[2] % s.kernel[1], tap[0] = t / s.kernel[2] / s.kernel[1];
    int64_t from = b * s.strides[0] + (g * width + k / taps) * s.strides[1];
    bool is_inside = true;
#pragma unroll
    for (int d = 0; d < 3; d++) {
      int64_t x = at[d] * s.stride[d] - s.padding[d] + tap[d] * s.dilation[d];
      is_inside &= x >= 0 && x < s.in[d];
      from += x * s.strides[2 + d];
    }
    Word word = {};
    if (is_inside) word = in[from];
    columns[b * batch_step + g * group_step + k * row_step + l] = word;
  }
}

// The numbers that are added. Integers wrap.
template <class I> int64_t summand(I x) { return (int64_t)x; }
template <class T> Real<T> summand(Real<T> x) { return x; }
template <class T> Complex<T> summand(Complex<T> x) { return x; }

// The adjoint: each thread adds the columns [b, g, k, l] that an element of the image was read for. The image's memory
// is `strides`.
template <class C, class T>
void add_columns(const C *columns, T *out, const ConvolutionShape &s, const T *bias, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x, width = s.channels / s.groups;
  int64_t places = s.out[0] * s.out[1] * s.out[2], taps = s.kernel[0] * s.kernel[1] * s.kernel[2];
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t at[3], rest = i / s.in[2];
    at[2] = i % s.in[2], at[1] = rest % s.in[1], rest /= s.in[1];
    at[0] = rest % s.in[0], rest /= s.in[0];
    int64_t channel = rest % s.channels, b = rest / s.channels;
    const C *rows = columns + (b * s.channels + channel) * taps * places;
    auto sum = summand(value(C()));
    sum = Into<decltype(sum)>::of(0);
    for (int64_t z = 0; z < s.kernel[0]; z++) {
      int64_t d = at[0] + s.padding[0] - z * s.dilation[0];
      if (d < 0 || d % s.stride[0] != 0 || d / s.stride[0] >= s.out[0]) continue;
      for (int64_t y = 0; y < s.kernel[1]; y++) {
        int64_t h = at[1] + s.padding[1] - y * s.dilation[1];
        if (h < 0 || h % s.stride[1] != 0 || h / s.stride[1] >= s.out[1]) continue;
        for (int64_t x = 0; x < s.kernel[2]; x++) {
          int64_t w = at[2] + s.padding[2] - x * s.dilation[2];
          if (w < 0 || w % s.stride[2] != 0 || w / s.stride[2] >= s.out[2]) continue;
          int64_t tap = (z * s.kernel[1] + y) * s.kernel[2] + x;
          int64_t place = (d / s.stride[0] * s.out[1] + h / s.stride[1]) * s.out[2] + w / s.stride[2];
          sum = sum + summand(value(rows[tap * places + place]));
        }
      }
    }
    if (bias) sum = sum + Into<decltype(sum)>::of(value(bias[channel]));
    int64_t to = b * s.strides[0] + channel * s.strides[1];
    for (int d = 0; d < 3; d++) to += at[d] * s.strides[2 + d];
    store(out[to], sum);
  }
}

// Adds a bias for each channel to [batch, channels, places].
template <class T> void add_bias(T *out, const T *bias, int64_t channels, int64_t places, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads)
    store(out[i], summand(value(out[i])) + summand(value(bias[i / places % channels])));
}
