// Tensors that are put together from stretches of another one, and triangles of matrices.
#include "copy.cuh"

#define MOST_ASSEMBLED 32
// Three stretches of result coordinates, one after the other. They come from the source's coordinates start,
// start + step, …; a negative start means the filler. The innermost dimension is first.
struct Assembled {
  int64_t size, stride;
  int64_t length[2], start[3], step[3];
};
struct AssembleShape {
  int64_t dims;
  Assembled dim[MOST_ASSEMBLED];
};

template <class Word>
void assemble(const Word *in, Word *out, const Number &filler, const AssembleShape &shape, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t from = 0, rest = i;
    bool is_filler = false;
    for (int d = 0; d < shape.dims; d++) {
      const Assembled &a = shape.dim[d];
      int64_t quotient = rest / a.size, place = rest - quotient * a.size;
      rest = quotient;
      int s = 0;
      if (place >= a.length[0]) place -= a.length[0], s = 1;
      if (s == 1 && place >= a.length[1]) place -= a.length[1], s = 2;
      is_filler |= a.start[s] < 0;
      from += (a.start[s] + place * a.step[s]) * a.stride;
    }
    out[i] = is_filler ? *(const Word *)&filler : in[from];
  }
}

// Keeps what is on or right of the diagonal of each matrix, or what is on or left of it. The rest becomes 0.
template <class Word>
void triangle(const Word *in, Word *out, int upper, int64_t diagonal, int64_t rows, int64_t columns, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t row = i / columns % rows, right = i % columns - row;
    Word word = {};
    if (upper ? right >= diagonal : right <= diagonal) word = in[i];
    out[i] = word;
  }
}
