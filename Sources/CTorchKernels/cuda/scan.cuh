// Inclusive scans along the middle dimension of [outer, n, inner]. A line is cut into pieces by its size alone.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"
#include "blocks.cuh"

// A truth value: its sum is "or", its product "and".
struct Truth {
  int v;
  friend Truth operator+(Truth a, Truth b) { return {a.v | b.v}; }
};
template <class To, class T> To number(T x) { return Into<To>::of(value(x)); }
template <> Truth number<Truth, Bool>(Bool x) { return {value(x)}; }
template <class T> void write(T &to, uint64_t x) { store(to, (int64_t)x); }
void write(Bool &to, Truth x) { to.bits = (uint8_t)x.v; }
template <class T, class A> void write(T &to, Real<A> x) { store(to, x); }
template <class T, class A> void write(T &to, Complex<A> x) { store(to, x); }

template <class E> E one() { return E(1); }
template <> Truth one<Truth>() { return {1}; }
template <class E> E zero() { return E(0); }
template <> Truth zero<Truth>() { return {0}; }
uint64_t product(uint64_t a, uint64_t b) { return a * b; }
Truth product(Truth a, Truth b) { return {a.v & b.v}; }
template <class T> Real<T> product(Real<T> a, Real<T> b) { return a * b; }
template <class T> Complex<T> product(Complex<T> a, Complex<T> b) { return TIMES(a, b); }
template <class T> Complex<T> log_add(Complex<T> a, Complex<T> b) { return LOGADDEXP(a, b); }
template <class T> Real<T> log_add(Real<T> a, Real<T> b) {
  if (a != a || b != b) return Real<T>::from((T)NAN);
  T low = a < b ? a.v : b.v, high = a < b ? b.v : a.v;
  return Real<T>::from(low != high || isfinite(low) ? log1p(exp(low - high)) + high : high);
}

// What a scan keeps of some elements. E is the type of the numbers.
template <class T, class E> struct SumOf {
  E e;
  static SumOf none() { return {zero<E>()}; }
  static SumOf of(T x, int64_t) { return {number<E>(x)}; }
  static SumOf combine(SumOf a, SumOf b) { return {a.e + b.e}; }
  void to(T *out, int64_t *, int64_t at) const { write(out[at], e); }
};
template <class T, class E> struct ProductOf {
  E e;
  static ProductOf none() { return {one<E>()}; }
  static ProductOf of(T x, int64_t) { return {number<E>(x)}; }
  static ProductOf combine(ProductOf a, ProductOf b) { return {product(a.e, b.e)}; }
  void to(T *out, int64_t *, int64_t at) const { write(out[at], e); }
};
template <class T, class E> struct LogSumExpOf {
  E e;
  static LogSumExpOf none() { return {E((double)-INFINITY)}; }
  static LogSumExpOf of(T x, int64_t) { return {number<E>(x)}; }
  static LogSumExpOf combine(LogSumExpOf a, LogSumExpOf b) { return {log_add(a.e, b.e)}; }
  void to(T *out, int64_t *, int64_t at) const { write(out[at], e); }
};
// The extreme and its last index, negative for no element. A NaN wins, and the last of several.
template <class T, bool largest> struct ExtremeOf {
  int64_t index;
  alignas(8) T x;
  static ExtremeOf none() {
    ExtremeOf s = {-1};
    return s;
  }
  static ExtremeOf of(T x, int64_t index) { return {index, x}; }
  static ExtremeOf combine(ExtremeOf a, ExtremeOf b) {
    if (a.index < 0 || b.index < 0) return a.index < 0 ? b : a;
    auto x = value(a.x), y = value(b.x);
    return y != y || (x == x && (largest ? y >= x : y <= x)) ? b : a;
  }
  void to(T *out, int64_t *indices, int64_t at) const {
    out[at] = x;
    if (indices) indices[at] = index;
  }
};

template <class S, class T> struct Scan {
  // The elements of a thread, which are 8 bytes or more, and of a step of a block of 256 threads.
  static constexpr int width = sizeof(T) < 4 ? 8 : 4, step = 256 * width;

  // Block (l, p) scans piece p of line l. It begins with the combination of the totals of the pieces before it. If
  // there is no `out`, it only finds the piece's total.
  static void lines(const T *in, T *out, int64_t *indices, S *totals, int64_t n, int64_t inner, int64_t piece) {
    int64_t start = blockIdx.x / inner * n * inner + blockIdx.x % inner;
    int64_t begin = blockIdx.y * piece, end = begin + piece < n ? begin + piece : n;
    S carry = S::none();
    if (out && gridDim.y > 1)
      for (unsigned p = 0; p < blockIdx.y; p++) carry = S::combine(carry, totals[blockIdx.x * (int64_t)gridDim.y + p]);
    for (int64_t first = begin; first < end; first += step) {
      S kept[width];
      int64_t mine = first + threadIdx.x * width;
      Several<T, width> part = {};
      bool is_whole = inner == 1 && end - mine >= width;
      if (is_whole && (uint64_t)(in + start + mine) % alignof(Several<T, width>) == 0) {
        part = *(const Several<T, width> *)(in + start + mine);
      } else {
#pragma unroll
        for (int j = 0; j < width; j++)
          if (mine + j < end) part.element[j] = in[start + (mine + j) * inner];
      }
#pragma unroll
      for (int j = 0; j < width; j++) {
        S x = mine + j < end ? S::of(part.element[j], mine + j) : S::none();
        kept[j] = j == 0 ? x : S::combine(kept[j - 1], x);
      }
      S total, upto = scan_block(kept[width - 1], total), before = shuffled_up(upto, 1);
      // The values before this thread's: those of the lane before it, or of the warp before it.
      before = before_warp(upto, before);
      if (threadIdx.x > 0) before = S::combine(carry, before);
      if (threadIdx.x == 0) before = carry;
      if (out) {
        int64_t places[width] = {};
#pragma unroll
        for (int j = 0; j < width; j++)
          if (mine + j < end) S::combine(before, kept[j]).to(part.element, places, j);
        bool moves_together = is_whole && (uint64_t)(out + start + mine) % alignof(Several<T, width>) == 0;
        if (moves_together) *(Several<T, width> *)(out + start + mine) = part;
#pragma unroll
        for (int j = 0; j < width; j++) {
          if (mine + j >= end) break;
          int64_t at = start + (mine + j) * inner;
          if (!moves_together) out[at] = part.element[j];
          if (indices) indices[at] = places[j];
        }
      }
      carry = S::combine(carry, total);
    }
    if (!out && threadIdx.x == 0) totals[blockIdx.x * (int64_t)gridDim.y + blockIdx.y] = carry;
  }

  // Each thread scans one line; neighbouring threads scan neighbouring lines.
  static void columns(const T *in, T *out, int64_t *indices, int64_t lines, int64_t n, int64_t inner) {
    int64_t line = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
    if (line >= lines) return;
    int64_t at = line / inner * n * inner + line % inner;
    S kept = S::none();
    for (int64_t i = 0; i < n; i++, at += inner) {
      kept = S::combine(kept, S::of(in[at], i));
      kept.to(out, indices, at);
    }
  }

 private:
  // Returns the inclusive value of the thread before this one.
  static S before_warp(S upto, S lane_before) {
    __shared__ S last[8];
    if (threadIdx.x % 32 == 31) last[threadIdx.x / 32] = upto;
    __syncthreads();
    S before = lane_before;
    if (threadIdx.x % 32 == 0 && threadIdx.x > 0) before = last[threadIdx.x / 32 - 1];
    __syncthreads();
    return before;
  }
};
