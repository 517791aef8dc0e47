// Normalization, (x - mean) · rstd · weight + bias, and its gradients. Numbers other than elements have type A.
#include "moments.cuh"
#include "row.cuh"

// Rows of n elements. Row r has the weights of row r mod groups, of which `inner` neighbours share one.
struct NormRows {
  int64_t n, groups, inner;
};
// The statistics of channels, [outer, channels, inner], and what else is written of them.
template <class A> struct ChannelsJob : MomentsJob<A, A> {
  A *rstd;
  double eps;
  int mean_kind;  // 0 if the mean is kept, 1 if it is rounded to Half, 2 to BFloat
  void write(int64_t at, Moments<A> kept, int64_t count) const {
    A variance = count ? kept.squares / (A)count : (A)NAN, mean = count ? kept.mean : (A)NAN;
    Half half;
    BFloat bfloat;
    store(half, Real<A>::from(mean)), store(bfloat, Real<A>::from(mean));
    this->mean[at] = mean_kind == 0 ? mean : mean_kind == 1 ? (A)value(half).v : (A)value(bfloat).v;
    if (this->variance) this->variance[at] = variance;
    rstd[at] = 1 / sqrt(variance + (A)eps);
  }
};

// Two sums.
template <class A> struct SumPair {
  A a, b;
  static SumPair none() { return {0, 0}; }
  static SumPair combine(SumPair x, SumPair y) { return {x.a + y.a, x.b + y.b}; }
};

template <class T, class A> struct Normalize {
  static A read(T x) { return (A)value(x).v; }
  static A number(const A *numbers, int64_t i, A otherwise) { return numbers ? numbers[i] : otherwise; }
  struct Merged : Moments<A> {
    static Merged combine(Merged a, Merged b) {
      Merged c;
      (Moments<A> &)c = MomentsJob<A, A>::combine(a, b);
      return c;
    }
  };

  // Block r handles row r.
  static void rows(const T *in, T *out, A *mean, A *rstd, const A *weight, const A *bias, const NormRows &form,
                   int centered, double eps) {
    int64_t start = blockIdx.x * form.n, weights = blockIdx.x % form.groups * (form.n / form.inner);
    Row<const T> row = {in + start, form.n, 1};
    Row<T> to = {out + start, form.n, 1};
    A center = 0, scale;
    if (centered) {
      Merged kept;
      kept.n = kept.mean = kept.squares = 0;
      for (int64_t first = row.begin(); first < form.n; first += row.stride) {
        auto part = row.load(first);
        int count = row.count(first);
        Merged x;
        x.n = (A)count, x.mean = x.squares = 0;
#pragma unroll
        for (int j = 0; j < row.width; j++)
          if (j < count) x.mean += read(part.element[j]);
        x.mean /= x.n;
#pragma unroll
        for (int j = 0; j < row.width; j++) {
          A d = read(part.element[j]) - x.mean;
          if (j < count) x.squares = fma(d, d, x.squares);
        }
        kept = Merged::combine(kept, x);
      }
      kept = over_block(kept);
      center = kept.mean, scale = 1 / sqrt(kept.squares / (A)form.n + (A)eps);
    } else {
      SumPair<A> kept = SumPair<A>::none();
      for (int64_t first = row.begin(); first < form.n; first += row.stride) {
        auto part = row.load(first);
        int count = row.count(first);
#pragma unroll
        for (int j = 0; j < row.width; j++)
          if (j < count) kept.a = fma(read(part.element[j]), read(part.element[j]), kept.a);
      }
      scale = 1 / sqrt(over_block(kept).a / (A)form.n + (A)eps);
    }
    if (threadIdx.x == 0) {
      if (mean) mean[blockIdx.x] = center;
      rstd[blockIdx.x] = scale;
    }
    for (int64_t first = row.begin(); first < form.n; first += row.stride) {
      auto part = row.load(first);
      typename Row<T>::Part y;
      int count = row.count(first);
#pragma unroll
      for (int j = 0; j < row.width; j++) {
        if (j >= count) break;
        int64_t w = weights + (first + j) / form.inner;
        A v = (read(part.element[j]) - center) * scale * number(weight, w, 1) + number(bias, w, 0);
        store(y.element[j], Real<A>::from(v));
      }
      to.store(first, y);
    }
  }

  // The gradient of row r's input.
  static void rows_backward(const T *in, const T *grad, T *out, const A *mean, const A *rstd, const A *weight,
                            const NormRows &form, int centered) {
    int64_t start = blockIdx.x * form.n, weights = blockIdx.x % form.groups * (form.n / form.inner);
    Row<const T> x_row = {in + start, form.n, 1}, g_row = {grad + start, form.n, 1};
    Row<T> to = {out + start, form.n, 1};
    A center = number(mean, blockIdx.x, 0), scale = rstd[blockIdx.x];
    // Calls to(j, g, x) for the elements of a part: the gradient of the normalized element, and this element.
    auto each = [&](int64_t first, auto to) {
      auto x_part = x_row.load(first), g_part = g_row.load(first);
      int count = x_row.count(first);
#pragma unroll
      for (int j = 0; j < Row<T>::width; j++) {
        if (j >= count) break;
        A g = read(g_part.element[j]) * number(weight, weights + (first + j) / form.inner, 1);
        to(j, g, (read(x_part.element[j]) - center) * scale);
      }
    };
    SumPair<A> kept = SumPair<A>::none();
    for (int64_t first = to.begin(); first < form.n; first += to.stride) {
      each(first, [&](int, A g, A x) {
        kept.a += g;
        kept.b = fma(g, x, kept.b);
      });
    }
    kept = over_block(kept);
    A shift = centered ? kept.a / (A)form.n : 0, slope = kept.b / (A)form.n;
    for (int64_t first = to.begin(); first < form.n; first += to.stride) {
      typename Row<T>::Part part;
      each(first, [&](int j, A g, A x) {
        store(part.element[j], Real<A>::from(scale * (g - shift - x * slope)));
      });
      to.store(first, part);
    }
  }

  // Sums of [outer, channels, inner] for each channel: of the gradient, and of its product with the normalized input.
  // The statistics of (o, c) are number o · stat_rows + c / stat_width.
  static SumPair<A> term(const T *in, const T *grad, const A *mean, const A *rstd, int64_t at, int64_t o, int64_t c,
                         int64_t stat_rows, int64_t stat_width) {
    int64_t s = o * stat_rows + c / stat_width;
    A g = read(grad[at]);
    return {g, g * ((read(in[at]) - number(mean, s, 0)) * rstd[s])};
  }
  // Block (c, p) adds piece p of channel c.
  static void channel_sums(const T *in, const T *grad, const A *mean, const A *rstd, SumPair<A> *partial,
                           int64_t channels, int64_t inner, int64_t count, int64_t piece, int64_t stat_rows,
                           int64_t stat_width) {
    int64_t c = blockIdx.x, begin = blockIdx.y * piece, end = begin + piece < count ? begin + piece : count;
    SumPair<A> kept = SumPair<A>::none();
    for (int64_t e = begin + threadIdx.x; e < end; e += 256) {
      int64_t o = e / inner, at = (o * channels + c) * inner + (e - o * inner);
      kept = SumPair<A>::combine(kept, term(in, grad, mean, rstd, at, o, c, stat_rows, stat_width));
    }
    kept = over_block(kept);
    if (threadIdx.x == 0) partial[c * gridDim.y + blockIdx.y] = kept;
  }
  // The same for neighbouring channels, inner = 1: thread (x, y) of a 32 × 8 block adds every eighth row.
  static void column_sums(const T *in, const T *grad, const A *mean, const A *rstd, SumPair<A> *partial,
                          int64_t channels, int64_t inner, int64_t count, int64_t piece, int64_t stat_rows,
                          int64_t stat_width) {
    __shared__ SumPair<A> all[8][32];
    int64_t c = blockIdx.x * 32ll + threadIdx.x;
    int64_t begin = blockIdx.y * piece, end = begin + piece < count ? begin + piece : count;
    SumPair<A> kept = SumPair<A>::none();
    if (c < channels) {
      for (int64_t o = begin + threadIdx.y; o < end; o += 8) {
        kept = SumPair<A>::combine(
            kept, term(in, grad, mean, rstd, o * channels + c, o, c, stat_rows, stat_width));
      }
    }
    all[threadIdx.y][threadIdx.x] = kept;
    __syncthreads();
    if (threadIdx.y != 0 || c >= channels) return;
    for (int y = 1; y < 8; y++) kept = SumPair<A>::combine(kept, all[y][threadIdx.x]);
    partial[c * gridDim.y + blockIdx.y] = kept;
  }
  // Each thread adds the pieces of a channel. Results may be null.
  static void finish_sums(const SumPair<A> *partial, SumPair<A> *sums, A *bias, A *weight, int64_t channels,
                          int64_t pieces) {
    int64_t c = blockIdx.x * (int64_t)blockDim.x + threadIdx.x;
    if (c >= channels) return;
    SumPair<A> kept = SumPair<A>::none();
    for (int64_t p = 0; p < pieces; p++) kept = SumPair<A>::combine(kept, partial[c * pieces + p]);
    if (sums) sums[c] = kept;
    if (bias) bias[c] = kept.a;
    if (weight) weight[c] = kept.b;
  }

  static void channels(const T *in, T *out, const A *mean, const A *rstd, const A *weight, const A *bias,
                       int64_t channels, int64_t inner, int64_t n) {
    int64_t threads = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
      int64_t c = i / inner % channels;
      A y = (read(in[i]) - mean[c]) * (rstd[c] * number(weight, c, 1)) + number(bias, c, 0);
      store(out[i], Real<A>::from(y));
    }
  }

  // The gradient of the input. Without `sums` the statistics do not depend on it. `count` is the elements of a channel.
  static void channels_backward(const T *in, const T *grad, T *out, const A *mean, const A *rstd, const A *weight,
                                const SumPair<A> *sums, int64_t channels, int64_t inner, int64_t count, int64_t n) {
    int64_t threads = (int64_t)gridDim.x * blockDim.x;
    for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) {
      int64_t c = i / inner % channels;
      A g = read(grad[i]), scale = rstd[c] * number(weight, c, 1);
      if (sums) g = g - sums[c].a / (A)count - (read(in[i]) - mean[c]) * rstd[c] * (sums[c].b / (A)count);
      store(out[i], Real<A>::from(g * scale));
    }
  }
};
