// Reads of elements at index tensors.
#include "copy.cuh"

// Where a kernel leaves word of the first index that is out of range. The host reads it after it has waited. The device
// stays usable, and what the kernel computes with such an index is not handed out.
struct Mistake {
  unsigned long long code, index, operand, size;
};
void report(Mistake *mistake, int64_t index, int operand, int64_t size) {
  if (atomicCAS(&mistake->code, 0ull, 1ull) != 0) return;
  mistake->index = index, mistake->operand = operand, mistake->size = size;
}

#define MOST_INDEX_DIMS 8
#define MOST_INDICES 8
// The loops, the innermost dimension first. Row 0 of the strides is the result's, row 1 the input's, and the others are
// those of the indices. Index k addresses `extent[k]` positions that are `step[k]` elements apart.
struct IndexShape {
  int dims, indices, wraps, unused;
  int64_t sizes[MOST_INDEX_DIMS];
  int64_t strides[2 + MOST_INDICES][MOST_INDEX_DIMS];
  const int64_t *index[MOST_INDICES];
  int64_t extent[MOST_INDICES], step[MOST_INDICES];
};

template <class Word> void index_get(const Word *in, Word *out, const IndexShape &shape, int64_t n, Mistake *mistake) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t to = 0, from = 0, at[MOST_INDICES] = {}, rest = i;
    for (int d = 0; d < shape.dims; d++) {
      int64_t quotient = rest / shape.sizes[d], place = rest - quotient * shape.sizes[d];
      rest = quotient;
      to += place * shape.strides[0][d], from += place * shape.strides[1][d];
#pragma unroll
      for (int k = 0; k < MOST_INDICES; k++) {
        if (k < shape.indices) at[k] += place * shape.strides[2 + k][d];
      }
    }
    bool is_inside = true;
#pragma unroll
    for (int k = 0; k < MOST_INDICES; k++) {
      if (k >= shape.indices) break;
      int64_t given = shape.index[k][at[k]], index = given < 0 && shape.wraps ? given + shape.extent[k] : given;
      if (index < 0 || index >= shape.extent[k]) {
        report(mistake, given, k, shape.extent[k]);
        is_inside = false;
      } else {
        from += index * shape.step[k];
      }
    }
    // Any value does for a result that is not handed out.
    Word word = {};
    if (is_inside) word = in[from];
    out[to] = word;
  }
}
