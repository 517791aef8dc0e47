// Computes out = formula(in…), elementwise.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "formulas.cuh"
#include "dtypes.cuh"

struct Operands {
  void *out;
  const void *in[ST_MOST_INPUTS];
};

// Row-major sizes, and strides in elements: of the result, then of the inputs.
struct Shape {
  int dims;
  int64_t sizes[64];
  int64_t strides[1 + ST_MOST_INPUTS][64];
};

template <class T, int n> struct alignas(n * sizeof(T) < 16 ? n * sizeof(T) : 16) Several {
  T element[n];
};

template <class First, class... Rest> struct Largest {
  static constexpr int size = sizeof(First) > Largest<Rest...>::size ? sizeof(First) : Largest<Rest...>::size;
};
template <class Only> struct Largest<Only> {
  static constexpr int size = sizeof(Only);
};

template <int... k> struct Places {};

// F is a formula, In the type that it is evaluated in. Out and T are the memory types of the result and the inputs.
template <class F, class In, class Out, class... T> struct Pointwise {
  typedef typename In::E E;

  // Processes n contiguous elements at each address. Addresses are multiples of 16, except those of single elements.
  // Bit k of `numbers` says that input k is a single element.
  template <int... k> static void contiguous(Places<k...>, int64_t n, Operands operands, unsigned numbers) {
    // A thread moves 16 bytes of the widest operand at a time.
    constexpr int width = 16 / Largest<Out, T...>::size;
    int64_t step = (int64_t)gridDim.x * blockDim.x * width;
    for (int64_t i = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) * width; i < n; i += step) {
      int count = n - i < width ? (int)(n - i) : width;
      auto evaluate = [&](Several<T, width>... x) {
        Several<Out, width> y;
#pragma unroll
        for (int j = 0; j < width; j++) {
          if (j < count) store(y.element[j], In::template apply<F>(Into<E>::of(value(x.element[j]))...));
        }
        Out *out = (Out *)operands.out + i;
        if (count == width) {
          *(Several<Out, width> *)out = y;
        } else {
          for (int j = 0; j < count; j++) out[j] = y.element[j];
        }
      };
      evaluate(read<T, width>((const T *)operands.in[k], i, count, numbers >> k & 1)...);
    }
  }

  // Index is the type of element numbers: 32 bits if they suffice, because 64-bit division is slow.
  template <class Index, int... k> static void strided(Places<k...>, Index n, Operands operands, Shape shape) {
    for (Index i = blockIdx.x * (Index)blockDim.x + threadIdx.x; i < n; i += gridDim.x * (Index)blockDim.x) {
      int64_t at[1 + sizeof...(T)] = {};
      Index rest = i;
      for (int d = shape.dims - 1; d >= 0; d--) {
        Index size = (Index)shape.sizes[d], place = rest % size;
        rest /= size;
        for (int o = 0; o <= (int)sizeof...(T); o++) at[o] += (int64_t)place * shape.strides[o][d];
      }
      store(((Out *)operands.out)[at[0]],
            In::template apply<F>(Into<E>::of(value(((const T *)operands.in[k])[at[1 + k]]))...));
    }
  }

 private:
  template <class S, int width> static Several<S, width> read(const S *x, int64_t i, int count, bool number) {
    if (!number && count == width) return *(const Several<S, width> *)(x + i);
    Several<S, width> several;
#pragma unroll
    for (int j = 0; j < width; j++) several.element[j] = x[number ? 0 : j < count ? i + j : i];
    return several;
  }
};
