// Steps of optimizers over n numbers, in one pass. The order of operations is the CPU's (optim_kernels.inc).
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"

struct SGDOptions {
  double rate, momentum, dampening, decay;
  int first, nesterov, maximize;
};
// If the device counts the steps, `step` is there, `rate` is the learning rate, and the kernel corrects both.
struct AdamOptions {
  double rate, beta1, beta2, one_minus_beta1, one_minus_beta2, root_correction2, eps, decay, shrink;
  const float *step;
  int maximize;
};

template <class T, class A> struct Optimizer {
  static A read(T x) { return (A)value(x).v; }
  static void write(T &to, A x) { store(to, Real<A>::from(x)); }

  static void sgd(T *parameter, const T *grad, T *buffer, int64_t n, const SGDOptions &o) {
    A decay = (A)o.decay, momentum = (A)o.momentum, damp = (A)(1 - o.dampening), rate = (A)-o.rate;
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += gridDim.x * (int64_t)blockDim.x) {
      A p = read(parameter[i]), g = read(grad[i]);
      if (o.maximize) g = -g;
      if (o.decay != 0) g = fma(decay, p, g);
      if (buffer) {
        A b = o.first ? g : fma(damp, g, read(buffer[i]) * momentum);
        write(buffer[i], b);
        g = o.nesterov ? fma(momentum, b, g) : b;
      }
      write(parameter[i], fma(rate, g, p));
    }
  }

  // `most` is null without amsgrad.
  static void adam(T *parameter, const T *grad, T *mean, T *square, T *most, int64_t n, const AdamOptions &o) {
    A decay = (A)o.decay, shrink = (A)o.shrink, w = (A)o.one_minus_beta1, beta2 = (A)o.beta2;
    A v = (A)o.one_minus_beta2, root = (A)o.root_correction2, eps = (A)o.eps, rate = (A)-o.rate;
    if (o.step) {
      __shared__ A corrected[2];
      if (threadIdx.x == 0) {
        corrected[0] = (A)(-o.rate / (1 - pow(o.beta1, (double)*o.step)));
        corrected[1] = (A)sqrt(1 - pow(o.beta2, (double)*o.step));
      }
      __syncthreads();
      rate = corrected[0], root = corrected[1];
    }
    for (int64_t i = blockIdx.x * (int64_t)blockDim.x + threadIdx.x; i < n; i += gridDim.x * (int64_t)blockDim.x) {
      A p = read(parameter[i]), g = read(grad[i]);
      if (o.maximize) g = -g;
      if (o.shrink != 1) p *= shrink;
      if (o.decay != 0) g = fma(decay, p, g);
      A m = read(mean[i]), d = g - m;
      m = w < (A)0.5 ? fma(w, d, m) : fma(-d, 1 - w, g);
      A s = fma(v * g, g, read(square[i]) * beta2);
      write(mean[i], m);
      write(square[i], s);
      if (most) {
        A largest = read(most[i]);
        s = s > largest || s != s ? s : largest;
        write(most[i], s);
      }
      write(parameter[i], p + rate * m / (sqrt(s) / root + eps));
    }
  }
};
