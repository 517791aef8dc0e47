// Reads and writes of elements at index tensors.
#include "copy.cuh"
#include "mistake.cuh"

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
        report(mistake, mistake_index, given, k, shape.extent[k]);
        is_inside = false;
      } else {
        from += index * shape.step[k];
      }
    }
    // The value does not matter, because the host raises an error.
    Word word = {};
    if (is_inside) word = in[from];
    out[to] = word;
  }
}

// How a write combines with what is there; the values are those of st_scatter_mode.
enum { put_set, put_add, put_multiply, put_max, put_min };

// The loops of writes, the innermost dimension first: those along which an index varies, and the others, whose elements
// share their indices.
struct PutShape {
  int dims, runs, indices, wraps;
  int64_t sizes[MOST_INDEX_DIMS], out[MOST_INDEX_DIMS], source[MOST_INDEX_DIMS];
  int64_t run_sizes[MOST_INDEX_DIMS], run_out[MOST_INDEX_DIMS], run_source[MOST_INDEX_DIMS];
  int64_t strides[MOST_INDICES][MOST_INDEX_DIMS];
  const int64_t *index[MOST_INDICES];
  int64_t extent[MOST_INDICES], step[MOST_INDICES];
};

// Finds where each row of indices writes. A row with an index that is out of range gets the key `none`, and is
// reported if `mistake` is not null.
template <class K> void put_keys(const PutShape &shape, K *keys, int64_t n, int64_t none, Mistake *mistake) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
    int64_t to = 0, at[MOST_INDICES] = {}, rest = i;
    for (int d = 0; d < shape.dims; d++) {
      int64_t quotient = rest / shape.sizes[d], place = rest - quotient * shape.sizes[d];
      rest = quotient;
      to += place * shape.out[d];
#pragma unroll
      for (int k = 0; k < MOST_INDICES; k++) {
        if (k < shape.indices) at[k] += place * shape.strides[k][d];
      }
    }
#pragma unroll
    for (int k = 0; k < MOST_INDICES; k++) {
      if (k >= shape.indices) break;
      int64_t given = shape.index[k][at[k]], index = given < 0 && shape.wraps ? given + shape.extent[k] : given;
      if (index < 0 || index >= shape.extent[k]) {
        if (mistake) report(mistake, mistake_index, given, k, shape.extent[k]);
        to = none;
        break;
      }
      to += index * shape.step[k];
    }
    keys[i] = (K)to;
  }
}

// The numbers that are combined.
template <class E> E put_combine(int mode, E a, E b) {
  switch (mode) {
    case put_add: return a + b;
    case put_multiply: return a * b;
    case put_max: return b > a || b != b ? b : a;
    default: return b < a || b != b ? b : a;
  }
}
// Complex numbers have no order.
template <class T> Complex<T> put_combine(int mode, Complex<T> a, Complex<T> b) {
  return mode == put_add ? a + b : mode == put_multiply ? TIMES(a, b) : a;
}
template <class T> struct PutNumber {
  static auto of(T x) { return value(x); }
  template <class E> static void write(T &to, E x) { store(to, x); }
};
// Integers wrap.
#define PUT_INTEGER(T)                                                         \
  template <> struct PutNumber<T> {                                            \
    static T of(T x) { return x; }                                             \
    static void write(T &to, T x) { to = x; }                                  \
  };                                                                           \
  template <> T put_combine<T>(int mode, T a, T b) {                           \
    switch (mode) {                                                            \
      case put_add: return (T)((uint64_t)a + (uint64_t)b);                     \
      case put_multiply: return (T)((uint64_t)a * (uint64_t)b);                \
      case put_max: return b > a ? b : a;                                      \
      default: return b < a ? b : a;                                           \
    }                                                                          \
  }
PUT_INTEGER(uint8_t)
PUT_INTEGER(int8_t)
PUT_INTEGER(int16_t)
PUT_INTEGER(int32_t)
PUT_INTEGER(int64_t)
PUT_INTEGER(uint16_t)
PUT_INTEGER(uint32_t)
PUT_INTEGER(uint64_t)
// Sums and maxima of truth values are "or", products and minima "and".
struct PutTruth {
  int v;
};
PutTruth put_combine(int mode, PutTruth a, PutTruth b) {
  return {mode == put_add || mode == put_max ? a.v | b.v : a.v & b.v};
}
template <> struct PutNumber<Bool> {
  static PutTruth of(Bool x) { return {value(x)}; }
  static void write(Bool &to, PutTruth x) { to.bits = (uint8_t)x.v; }
};

// Walks over the first rows of equal keys and over the elements that share their indices: calls
// body(row, key, offset in out, offset in source).
template <class K, class Body>
void each_destination(const K *keys, const PutShape &shape, int64_t n, int64_t run, int64_t none, Body body) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n * run; i += threads) {
    int64_t row = i / run, rest = i - row * run;
    K key = keys[row];
    if ((int64_t)key == none || (row > 0 && keys[row - 1] == key)) continue;
    int64_t to = (int64_t)key, from = 0;
    for (int d = 0; d < shape.runs; d++) {
      int64_t quotient = rest / shape.run_sizes[d], place = rest - quotient * shape.run_sizes[d];
      rest = quotient;
      to += place * shape.run_out[d], from += place * shape.run_source[d];
    }
    body(row, key, to, from);
  }
}
int64_t put_source(const PutShape &shape, int64_t row) {
  int64_t from = 0;
  for (int d = 0; d < shape.dims; d++) {
    int64_t quotient = row / shape.sizes[d];
    from += (row - quotient * shape.sizes[d]) * shape.source[d];
    row = quotient;
  }
  return from;
}

// Writes the last row of each destination. Rows are sorted by their keys; equal ones are in order.
template <class Word, class K>
void put_last(const K *keys, const uint32_t *places, const Word *source, Word *out, const PutShape &shape, int64_t n,
              int64_t run, int64_t none) {
  each_destination(keys, shape, n, run, none, [&](int64_t row, K key, int64_t to, int64_t from) {
    while (row + 1 < n && keys[row + 1] == key) row++;
    out[to] = source[from + put_source(shape, places[row])];
  });
}

// Combines the rows of each destination, in order, with what is there.
template <class T, class K>
void put_all(const K *keys, const uint32_t *places, const T *source, T *out, const PutShape &shape, int64_t n,
             int64_t run, int64_t none, int mode) {
  each_destination(keys, shape, n, run, none, [&](int64_t row, K key, int64_t to, int64_t from) {
    auto kept = PutNumber<T>::of(out[to]);
    for (; row < n && keys[row] == key; row++)
      kept = put_combine(mode, kept, PutNumber<T>::of(source[from + put_source(shape, places[row])]));
    PutNumber<T>::write(out[to], kept);
  });
}
