// Random draws: the numbers of PyTorch's CUDA generators. The generator is Philox4x32-10 (Salmon and others, 2011). A
// thread is a subsequence; its k-th four numbers are those at the generator's offset and 4k further.
#include "copy.cuh"
#include "blocks.cuh"

struct Philox {
  uint32_t number[4];
};
Philox philox(uint64_t seed, uint64_t subsequence, uint64_t offset) {
  uint32_t c[4] = {(uint32_t)(offset / 4), (uint32_t)(offset / 4 >> 32), (uint32_t)subsequence,
                   (uint32_t)(subsequence >> 32)};
  uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  for (int round = 0; round < 10; round++) {
    uint32_t low = c[0] * 0xd2511f53u, high = __umulhi(c[0], 0xd2511f53u);
    uint32_t other_low = c[2] * 0xcd9e8d57u, other_high = __umulhi(c[2], 0xcd9e8d57u);
    c[0] = other_high ^ c[1] ^ key[0], c[1] = other_low, c[2] = high ^ c[3] ^ key[1], c[3] = low;
    key[0] += 0x9e3779b9u, key[1] += 0xbb67ae85u;
  }
  return {c[0], c[1], c[2], c[3]};
}

// Where the numbers of a launch begin. In a captured graph, the seed and the generator's offset are in memory that each
// replay writes; `offset` counts from there.
struct Start {
  uint64_t seed, offset;
  const uint64_t *replayed;
  Start now() const { return replayed ? Start{replayed[0], replayed[1] + offset, nullptr} : *this; }
};

// What a thread makes of four numbers: uniform numbers in (0, 1], normal ones, and integers. A double takes two.
template <class A> struct UniformNumbers;
template <class A> struct NormalNumbers;
float uniform_float(uint32_t x) { return fmaf((float)x, 2.3283064e-10f, 2.3283064e-10f / 2); }
double uniform_double(uint32_t low, uint32_t high) {
  uint64_t bits = (uint64_t)low ^ (uint64_t)high << 21;
  return fma((double)bits, 1.1102230246251565e-16, 1.1102230246251565e-16 / 2);
}
template <> struct UniformNumbers<float> {
  typedef float Number;
  static constexpr int count = 4;
  static void of(const Philox &p, float *to) {
    for (int j = 0; j < 4; j++) to[j] = uniform_float(p.number[j]);
  }
};
template <> struct UniformNumbers<double> {
  typedef double Number;
  static constexpr int count = 2;
  static void of(const Philox &p, double *to) {
    for (int j = 0; j < 2; j++) to[j] = uniform_double(p.number[2 * j], p.number[2 * j + 1]);
  }
};
// Box and Muller (1958), the sine first.
template <> struct NormalNumbers<float> {
  typedef float Number;
  static constexpr int count = 4;
  static void of(const Philox &p, float *to) {
    constexpr float turn = 2.3283064e-10f * 6.2831855f;
    for (int j = 0; j < 4; j += 2) {
      float u = uniform_float(p.number[j]), v = fmaf((float)p.number[j + 1], turn, turn / 2);
      float size = sqrtf(-2 * logf(u));
      to[j] = size * __sinf(v), to[j + 1] = size * __cosf(v);
    }
  }
};
template <> struct NormalNumbers<double> {
  typedef double Number;
  static constexpr int count = 2;
  static void of(const Philox &p, double *to) {
    double u = uniform_double(p.number[0], p.number[1]);
    uint64_t bits = (uint64_t)p.number[2] ^ (uint64_t)p.number[3] << 21;
    double v = fma((double)bits, 2 * 1.1102230246251565e-16, 1.1102230246251565e-16);
    double size = sqrt(-2 * log(u)), angle = 3.14159265358979323846 * v;
    to[0] = size * sin(angle), to[1] = size * cos(angle);
  }
};
struct Words {
  typedef uint64_t Number;
  static constexpr int count = 4;
  static void of(const Philox &p, uint64_t *to) {
    for (int j = 0; j < 4; j++) to[j] = p.number[j];
  }
};
struct LongWords {
  typedef uint64_t Number;
  static constexpr int count = 2;
  static void of(const Philox &p, uint64_t *to) {
    for (int j = 0; j < 2; j++) to[j] = (uint64_t)p.number[2 * j] << 32 | p.number[2 * j + 1];
  }
};

// What becomes of a number. `a` and `b` are the distribution's parameters.
template <class A> struct Parameters {
  double a, b;
};
template <class T, class A> struct Uniform : Parameters<A> {
  typedef UniformNumbers<A> Source;
  void write(T *out, int64_t i, A x) const {
    // The bounds are rounded to the element's type. The upper one becomes the lower one.
    T low, high, range, y;
    store(low, Real<double>::from(this->a)), store(high, Real<double>::from(this->b));
    store(range, Real<A>::from((A)value(high).v - (A)value(low).v));
    store(y, FMA(Real<A>::from(x), Real<A>::from((A)value(range).v), Real<A>::from((A)value(low).v)));
    out[i] = value(y) == value(high) ? low : y;
  }
};
template <class T, class A> struct Normal : Parameters<A> {
  typedef NormalNumbers<A> Source;
  void write(T *out, int64_t i, A x) const { store(out[i], Real<A>::from(fma(x, (A)this->b, (A)this->a))); }
};
template <class T, class A> struct LogNormal : Parameters<A> {
  typedef NormalNumbers<A> Source;
  void write(T *out, int64_t i, A x) const { store(out[i], Real<A>::from(exp(fma(x, (A)this->b, (A)this->a)))); }
};
template <class T, class A> struct Bernoulli : Parameters<A> {
  typedef UniformNumbers<A> Source;
  void write(T *out, int64_t i, A x) const { store(out[i], (int)(x < (A)this->a)); }
};
template <class T, class A> struct Exponential : Parameters<A> {
  typedef UniformNumbers<A> Source;
  void write(T *out, int64_t i, A x) const {
    A epsilon = sizeof(A) == 8 ? (A)2.220446049250313e-16 : (A)1.1920929e-7f;
    A logarithm = x >= 1 - epsilon / 2 ? -epsilon / 2 : log(x);
    store(out[i], Real<A>::from((A)-1 / (A)this->a * logarithm));
  }
};
template <class T, class A> struct Cauchy : Parameters<A> {
  typedef UniformNumbers<A> Source;
  void write(T *out, int64_t i, A x) const {
    constexpr A epsilon = (A)1.1920929e-7f;
    if (sizeof(A) == 4) x = x > 1 - epsilon ? 1 - epsilon : x < epsilon ? epsilon : x;
    A angle = (A)3.14159265358979323846 * (x - (A)0.5);
    store(out[i], Real<A>::from(fma((A)this->b, tan(angle), (A)this->a)));
  }
};
template <class T, class A> struct Geometric : Parameters<A> {
  typedef UniformNumbers<A> Source;
  void write(T *out, int64_t i, A x) const { store(out[i], Real<A>::from(ceil(log(x) / log1p(-(A)this->a)))); }
};
// Slopes for the elements of `in` that are not positive, and 1 for the others.
template <class T, class A> struct RReluSlopes {
  typedef UniformNumbers<A> Source;
  double a, b;
  const T *in;
  void write(T *out, int64_t i, A x) const {
    bool is_positive = !(value(in[i]) <= 0);
    store(out[i], Real<A>::from(is_positive ? 1 : fma(x, (A)(b - a), (A)a)));
  }
};
// Integers from `base` on; a range of 0 stands for 2^64. Source_ is Words or LongWords.
template <class T, class Source_> struct Integers {
  typedef Source_ Source;
  uint64_t range;
  int64_t base;
  void write(T *out, int64_t i, uint64_t x) const {
    store(out[i], (int64_t)((range ? x % range : x) + (uint64_t)base));
  }
};

// Blocks of 256 threads fill n elements. The k-th numbers of thread t go to the elements t + threads · (count · k + j).
template <class Job, class T> void draw(Start start, T *out, int64_t n, const Job &job) {
  typedef typename Job::Source Source;
  start = start.now();
  int64_t thread = blockIdx.x * 256ll + threadIdx.x, threads = gridDim.x * 256ll;
  for (int64_t first = thread; first < n; first += threads * Source::count, start.offset += 4) {
    typename Source::Number x[Source::count];
    Source::of(philox(start.seed, thread, start.offset), x);
    for (int j = 0; j < Source::count; j++) {
      int64_t i = first + threads * j;
      if (i < n) job.write(out, i, x[j]);
    }
  }
}

// Thread t draws the elements from 4t on, by the probabilities `in`.
template <class T, class P>
void draw_bernoulli(Start start, T *out, int64_t n, const P *in) {
  int64_t thread = blockIdx.x * 256ll + threadIdx.x;
  if (4 * thread >= n) return;
  start = start.now();
  Philox numbers = philox(start.seed, thread, start.offset);
  for (int j = 0; j < 4 && 4 * thread + j < n; j++) {
    double p = (double)value(in[4 * thread + j]).v, x = uniform_float(numbers.number[j]);
    // For results other than double, PyTorch rounds the probabilities to float.
    if (sizeof(T) < 8) p = (float)p;
    store(out[4 * thread + j], (int)(x <= p));
  }
}

// Permutes the places of equal keys: the thread of the first of them does.
template <class K> void permute_equal(Start start, const K *keys, uint32_t *places, int64_t n) {
  int64_t t = blockIdx.x * 256ll + threadIdx.x;
  if (t >= n - 1 || keys[t] != keys[t + 1] || (t > 0 && keys[t - 1] == keys[t])) return;
  int64_t size = 1, drawn = 0;
  start = start.now();
  while (t + size < n && keys[t + size] == keys[t]) size++;
  for (int64_t i = size - 1; i > 0; i--, drawn++) {
    Philox numbers = philox(start.seed, t, start.offset + drawn / 4 * 4);
    int64_t r = numbers.number[drawn % 4] % (uint32_t)(i + 1);
    uint32_t place = places[t + i];
    places[t + i] = places[t + r], places[t + r] = place;
  }
}
// Keys of all bits are signed.
template <class K> void keep_low_bits(K *keys, int64_t n, int bits) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  constexpr int all = 8 * sizeof(K);
  K mask = (K)-1 >> (all - bits), sign = bits == all ? (K)1 << (all - 1) : (K)0;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads)
    keys[i] = (keys[i] & mask) ^ sign;
}
void write_places(const uint32_t *places, int64_t *out, int64_t n) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < n; i += threads) out[i] = places[i];
}

// Block r sums the weights of row r, [rows, n], and writes their shares up to each category.
template <class A> struct Share {
  A sum;
  static Share combine(Share a, Share b) { return {a.sum + b.sum}; }
};
template <class T, class A> void sum_shares(const T *in, A *sums, int64_t n) {
  in += blockIdx.x * n, sums += blockIdx.x * n;
  A total = 0;
  for (int64_t i = threadIdx.x; i < n; i += 256) total += (A)value(in[i]).v;
  total = over_block(Share<A>{total}).sum;
  A before = 0;
  for (int64_t first = 0; first < n; first += 256) {
    int64_t i = first + threadIdx.x;
    Share<A> all, upto = scan_block(Share<A>{i < n ? (A)value(in[i]).v / total : (A)0}, all);
    if (i < n) sums[i] = before + upto.sum;
    before += all.sum;
  }
}
// Blocks of 128 threads draw `count` categories for each row; blockIdx.y goes through the rows.
template <class T, class A>
void draw_categories(Start start, const T *in, const A *sums, int64_t *out, int64_t rows, int64_t n, int64_t count) {
  start = start.now();
  int64_t thread = (blockIdx.y * (int64_t)gridDim.x + blockIdx.x) * 128 + threadIdx.x;
  for (int64_t row = blockIdx.y; row < rows; row += gridDim.y, start.offset += 4) {
    int64_t i = blockIdx.x * 128ll + threadIdx.x;
    if (i >= count) continue;
    A wanted = (A)uniform_float(philox(start.seed, thread, start.offset).number[0]);
    int64_t low = 0, high = n;
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      if (sums[row * n + middle] < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    // Rounding may leave the last sum below 1. A category without weight is not drawn.
    if (low == n) low = n - 1;
    while (low > 0 && value(in[row * n + low]) == 0) low--;
    out[row * count + i] = low;
  }
}
