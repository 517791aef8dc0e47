// Binary search in ascending rows.
#include "copy.cuh"

// Each of `rows` rows of n elements is searched for its m values. `sorter`, if given, is the order of a row. A NaN
// searches to the end, because no comparison with it holds.
template <class T>
void searchsorted(const T *sorted, const int64_t *sorter, const T *values, int64_t *out, int64_t n, int64_t m,
                  int right, int64_t count) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += threads) {
    int64_t base = i / m * n, low = 0, high = n;
    auto wanted = value(values[i]);
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      auto x = value(sorted[base + (sorter ? sorter[base + middle] : middle)]);
      if (right ? !(x > wanted) : !(x >= wanted)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    out[i] = low;
  }
}
