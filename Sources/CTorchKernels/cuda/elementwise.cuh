// Walks over the elements of a result and of inputs that are broadcast to it.

// The operands of a launch. An input without an address is a number, passed by value.
struct alignas(16) Number {
  char bytes[16];
};
template <int inputs> struct Operands {
  void *out;
  const void *in[inputs];
  Number numbers[inputs];
};

// A divisor below 2^31. Its quotients are a multiplication and a shift (Granlund and Montgomery, 1994).
struct Divisor {
  unsigned divisor, magic, shift;
  unsigned quotient(unsigned n) const { return (__umulhi(n, magic) + n) >> shift; }
};

// Sizes and strides, the innermost dimension first. Row 0 of the strides is the result's. All offsets are below 2^31.
#define MOST_FEW_DIMS 5
template <int inputs> struct FewDims {
  int dims;
  Divisor sizes[MOST_FEW_DIMS];
  int strides[1 + inputs][MOST_FEW_DIMS];
};
// The same for any number of dimensions and any offset.
template <int inputs> struct ManyDims {
  int dims;
  int64_t sizes[64];
  int64_t strides[1 + inputs][64];
};

template <class First, class... Rest> struct Largest {
  static constexpr int size = sizeof(First) > Largest<Rest...>::size ? sizeof(First) : Largest<Rest...>::size;
};
template <class Only> struct Largest<Only> {
  static constexpr int size = sizeof(Only);
};

template <int... k> struct Places {};

// Op::of(T…) computes an element of the result. Out and T are the memory types of the result and the inputs.
template <class Op, class Out, class... T> struct Elementwise {
  static constexpr int inputs = sizeof...(T);
  // A thread moves 16 bytes of the widest operand at a time, and begins two such loads before it uses the first.
  static constexpr int width = 16 / Largest<Out, T...>::size, unroll = 2;

  // Processes n contiguous elements at each address. Addresses are multiples of 16, except those of single elements.
  // Bit k of `singles` says that input k is a single element.
  template <int... k>
  static void contiguous(Places<k...>, const Operands<inputs> &operands, int64_t n, unsigned singles) {
    auto run = [&](T... single) {
      int64_t vectors = n / width, tile = (int64_t)blockDim.x * unroll;
      for (int64_t first = blockIdx.x * tile + threadIdx.x; first < vectors; first += gridDim.x * tile) {
        auto evaluate = [&](Loaded<T>... x) {
#pragma unroll
          for (int u = 0; u < unroll; u++) {
            int64_t vector = first + u * (int64_t)blockDim.x;
            if (vector >= vectors) break;
            Several<Out, width> y;
#pragma unroll
            for (int j = 0; j < width; j++) y.element[j] = Op::of(x.part[u].element[j]...);
            ((Several<Out, width> *)operands.out)[vector] = y;
          }
        };
        evaluate(load<T>((const T *)operands.in[k], single, singles >> k & 1, first, vectors)...);
      }
      // The elements after the last whole vector.
      int64_t last = vectors * width + blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
      if (last < n) {
        ((Out *)operands.out)[last] = Op::of((singles >> k & 1 ? single : ((const T *)operands.in[k])[last])...);
      }
    };
    run(single<T>(operands.in[k], operands.numbers[k], singles >> k & 1)...);
  }

  template <int... k>
  static void strided(Places<k...>, const Operands<inputs> &operands, unsigned n, const FewDims<inputs> &shape) {
    for (unsigned i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) {
      int at[1 + inputs] = {};
      unsigned rest = i;
#pragma unroll
      for (int d = 0; d < MOST_FEW_DIMS; d++) {
        if (d == shape.dims) break;
        unsigned quotient = shape.sizes[d].quotient(rest), place = rest - quotient * shape.sizes[d].divisor;
        rest = quotient;
#pragma unroll
        for (int o = 0; o <= inputs; o++) at[o] += (int)place * shape.strides[o][d];
      }
      ((Out *)operands.out)[at[0]] = Op::of(element<T>(operands.in[k], operands.numbers[k], at[1 + k])...);
    }
  }

  template <int... k>
  static void wide(Places<k...>, const Operands<inputs> &operands, int64_t n, const ManyDims<inputs> &shape) {
    int64_t step = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += step) {
      int64_t at[1 + inputs] = {};
      int64_t rest = i;
      for (int d = 0; d < shape.dims; d++) {
        int64_t quotient = rest / shape.sizes[d], place = rest - quotient * shape.sizes[d];
        rest = quotient;
#pragma unroll
        for (int o = 0; o <= inputs; o++) at[o] += place * shape.strides[o][d];
      }
      ((Out *)operands.out)[at[0]] = Op::of(element<T>(operands.in[k], operands.numbers[k], at[1 + k])...);
    }
  }

 private:
  template <class S> struct Loaded {
    Several<S, width> part[unroll];
  };

  template <class S> static S single(const void *address, const Number &number, bool is_single) {
    S s = {};
    if (is_single) s = address ? *(const S *)address : *(const S *)&number;
    return s;
  }
  template <class S> static S element(const void *address, const Number &number, int64_t at) {
    return address ? ((const S *)address)[at] : *(const S *)&number;
  }
  template <class S>
  static Loaded<S> load(const S *x, S single, bool is_single, int64_t first, int64_t vectors) {
    Loaded<S> loaded;
#pragma unroll
    for (int u = 0; u < unroll; u++) {
      int64_t vector = first + u * (int64_t)blockDim.x;
      if (is_single) {
#pragma unroll
        for (int j = 0; j < width; j++) loaded.part[u].element[j] = single;
      } else if (vector < vectors) {
        loaded.part[u] = ((const Several<S, width> *)x)[vector];
      }
    }
    return loaded;
  }
};
