// Finds the elements that a flag says, in order. Memory is cut into pieces; `starts` gets the number of flags before
// each piece and, last, that of all.
#include "copy.cuh"
#include "blocks.cuh"
#include "mistake.cuh"

// The elements of a piece, and of a thread.
#define PIECE 2048
#define PIECE_WIDTH 8

template <class T> bool is_nonzero(T x) { return value(x) != 0; }
template <class T> bool is_nonzero(Pair<T> x) { return x.re != 0 || x.im != 0; }
bool is_nonzero(HalfComplex x) { return half_value(x.re) != 0 || half_value(x.im) != 0; }

// Which elements are not zero.
template <class T> struct Nonzero {
  const T *in;
  bool at(int64_t i) const { return is_nonzero(in[i]); }
};

template <class T> bool is_same(T x, T y) { return value(x) == value(y); }
// Which rows are not equal to the row before them. NaN is not equal to anything.
template <class T> struct RunStarts {
  const T *in;
  int64_t width;
  bool at(int64_t row) const {
    if (row == 0) return true;
    const T *x = in + row * width;
    bool same = true;
    for (int64_t i = 0; i < width && same; i++) same = is_same(x[i], x[i - width]);
    return !same;
  }
};

template <class Flags> void count_flags(const Flags &flags, int64_t n, int64_t *starts) {
  int64_t first = blockIdx.x * (int64_t)PIECE + threadIdx.x * PIECE_WIDTH;
  Count mine = {0};
  for (int j = 0; j < PIECE_WIDTH; j++) mine.n += first + j < n && flags.at(first + j);
  mine = over_block(mine);
  if (threadIdx.x == 0) starts[blockIdx.x] = mine.n;
}

// One block turns the counts of pieces into starts.
void make_starts(int64_t *starts, int64_t pieces) {
  int64_t before = 0;
  for (int64_t first = 0; first < pieces; first += 256) {
    int64_t i = first + threadIdx.x, mine = i < pieces ? starts[i] : 0;
    Count total, upto = scan_block(Count{mine}, total);
    if (i < pieces) starts[i] = before + upto.n - mine;
    before += total.n;
  }
  if (threadIdx.x == 0) starts[pieces] = before;
}

// Calls to(i, k, is_flagged) for each element: k flagged elements are before element i.
template <class Flags, class To> void each_flag(const Flags &flags, int64_t n, const int64_t *starts, To to) {
  int64_t first = blockIdx.x * (int64_t)PIECE + threadIdx.x * PIECE_WIDTH;
  unsigned bits = 0;
  for (int j = 0; j < PIECE_WIDTH; j++) bits |= (unsigned)(first + j < n && flags.at(first + j)) << j;
  Count total, upto = scan_block(Count{__popc(bits)}, total);
  int64_t k = starts[blockIdx.x] + upto.n - __popc(bits);
  for (int j = 0; j < PIECE_WIDTH && first + j < n; j++) {
    bool is_flagged = bits >> j & 1;
    to(first + j, k, is_flagged);
    k += is_flagged;
  }
}

struct Sizes {
  int64_t dims, sizes[64];
};
// Writes the coordinates of nonzero elements, [dims, total].
template <class T>
void nonzero_places(const Nonzero<T> &flags, int64_t n, const int64_t *starts, const Sizes &shape, int64_t total,
                    int64_t *out) {
  each_flag(flags, n, starts, [&](int64_t i, int64_t k, bool is_flagged) {
    if (!is_flagged) return;
    for (int64_t d = shape.dims - 1; d >= 0; d--) {
      int64_t quotient = i / shape.sizes[d];
      out[d * total + k] = i - quotient * shape.sizes[d];
      i = quotient;
    }
  });
}

template <class Word>
void masked_select(const Nonzero<uint8_t> &mask, int64_t n, const int64_t *starts, const Word *in, Word *out) {
  each_flag(mask, n, starts, [&](int64_t i, int64_t k, bool is_flagged) {
    if (is_flagged) out[k] = in[i];
  });
}

// If there are too few source elements, writes nothing and reports their number.
template <class Word>
void masked_scatter(const Nonzero<uint8_t> &mask, int64_t n, const int64_t *starts, int64_t pieces, const Word *source,
                    int64_t available, Word *out, Mistake *mistake) {
  if (starts[pieces] > available) {
    if (threadIdx.x == 0) report(mistake, mistake_few_elements, available, 0, starts[pieces]);
    return;
  }
  each_flag(mask, n, starts, [&](int64_t i, int64_t k, bool is_flagged) {
    if (is_flagged) out[i] = source[k];
  });
}

// Numbers the runs of equal rows and writes the first row of each.
template <class T>
void number_runs(const RunStarts<T> &flags, int64_t n, const int64_t *starts, int64_t *numbers, int64_t *first) {
  each_flag(flags, n, starts, [&](int64_t i, int64_t k, bool is_flagged) {
    numbers[i] = k + is_flagged - 1;
    if (is_flagged) first[k] = i;
  });
}
