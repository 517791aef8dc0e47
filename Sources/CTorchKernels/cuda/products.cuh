// Matrix products that cuBLAS does not have: of integers. Sums wrap.
#include "numbers.cuh"
#include "integers.cuh"

// A batch of matrices. Strides count elements.
struct Matrices {
  int64_t batch, row, column;
};

// Each thread of a 16 × 16 block computes an element of out [batch, m, n] = a [m, k] · b [k, n] (+ bias [n]).
template <class I> struct IntegerProduct {
  static void run(const I *a, const I *b, const I *bias, I *out, int64_t m, int64_t n, int64_t k,
                  const Matrices &a_form, const Matrices &b_form, int64_t out_batch) {
    __shared__ I left[16][17], right[16][17];
    typedef typename Wrapping<I>::type W;
    int64_t tiles = (m + 15) / 16, batch = blockIdx.y / tiles;
    int64_t i = blockIdx.y % tiles * 16 + threadIdx.y, j = (int64_t)blockIdx.x * 16 + threadIdx.x;
    a += batch * a_form.batch, b += batch * b_form.batch;
    W sum = 0;
    for (int64_t first = 0; first < k; first += 16) {
      int64_t across = first + threadIdx.x, down = first + threadIdx.y;
      left[threadIdx.y][threadIdx.x] = i < m && across < k ? a[i * a_form.row + across * a_form.column] : I(0);
      right[threadIdx.y][threadIdx.x] = down < k && j < n ? b[down * b_form.row + j * b_form.column] : I(0);
      __syncthreads();
      for (int l = 0; l < 16; l++) sum += (W)left[threadIdx.y][l] * (W)right[l][threadIdx.x];
      __syncthreads();
    }
    if (i < m && j < n) out[batch * out_batch + i * n + j] = (I)(sum + (bias ? (W)bias[j] : W(0)));
  }
};
