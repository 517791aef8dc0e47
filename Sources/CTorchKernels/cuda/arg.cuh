// The maximum or minimum of each result's elements and its first index. NaN wins.
#include "reduce.cuh"

template <class In, bool largest, int most> struct Arg {
  typedef ReduceShape<most> Shape;

  // Returns whether element a comes before element b.
  template <class X> static bool precedes(X a, int64_t i, X b, int64_t j) {
    bool a_is_nan = a != a, b_is_nan = b != b;
    if (a_is_nan || b_is_nan) return a_is_nan && (!b_is_nan || i < j);
    if (a == b) return i < j;
    return largest ? a > b : a < b;
  }

  // Each block of 256 threads finds one result. No result has 0 elements.
  static void rows(const In *in, In *values, int64_t *indices, const Shape &shape, int64_t count) {
    __shared__ In all[256];
    __shared__ int64_t places[256];
    const In *row = in + offset_of(blockIdx.x, shape.keeps, shape.keep_sizes, shape.keep_in);
    int64_t best = threadIdx.x < count ? threadIdx.x : 0;
    In kept = row[offset_of(best, shape.reds, shape.red_sizes, shape.red_in)];
    for (int64_t i = threadIdx.x + 256; i < count; i += 256) {
      In x = row[offset_of(i, shape.reds, shape.red_sizes, shape.red_in)];
      if (precedes(value(x), i, value(kept), best)) kept = x, best = i;
    }
    all[threadIdx.x] = kept, places[threadIdx.x] = best;
    for (int half = 128; half > 0; half /= 2) {
      __syncthreads();
      if (threadIdx.x < half) {
        In x = all[threadIdx.x + half];
        int64_t i = places[threadIdx.x + half];
        if (precedes(value(x), i, value(kept), best)) kept = x, best = i;
        all[threadIdx.x] = kept, places[threadIdx.x] = best;
      }
    }
    if (threadIdx.x != 0) return;
    int64_t to = offset_of(blockIdx.x, shape.keeps, shape.keep_sizes, shape.keep_out);
    if (values) values[to] = kept;
    if (indices) indices[to] = best;
  }
};
