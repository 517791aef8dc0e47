// Draws by rejection: gamma, Dirichlet, Poisson and binomial, with the numbers of PyTorch's CUDA generators. How many
// words an element takes depends on the words, so each thread has a sequence of its own. PyTorch's uniform and normal
// numbers are floats here, even for double. The algorithms are those of random_rejection.c.
#include "random.cuh"

// A thread's words, in order.
struct Sequence {
  uint64_t seed, thread, at;
  Philox four;
  float second;
  bool has_second;

  Sequence(const Start &start, uint64_t thread) : thread(thread), second(0), has_second(false) {
    Start now = start.now();
    seed = now.seed, at = now.offset;
    four = philox(seed, thread, at);
  }
  uint32_t word() {
    // A register cannot be chosen at run time.
    int k = at % 4;
    uint32_t x = k == 0 ? four.number[0] : k == 1 ? four.number[1] : k == 2 ? four.number[2] : four.number[3];
    if (++at % 4 == 0) four = philox(seed, thread, at);
    return x;
  }
  float uniform() { return uniform_float(word()); }
  // A multiple of 2^-24 below 1.
  float low_uniform() { return (float)(word() & 0xffffff) * 5.9604645e-8f; }
  float normal() {
    if (has_second) {
      has_second = false;
      return second;
    }
    uint32_t x = word(), y = word();
    float two[4];
    NormalNumbers<float>::of(Philox{{x, y, x, y}}, two);
    second = two[1], has_second = true;
    return two[0];
  }
  double wide_normal() {
    uint32_t x = word(), y = word(), z = word(), w = word();
    double two[2];
    NormalNumbers<double>::of(Philox{{x, y, z, w}}, two);
    return two[0];
  }
};

// The least positive normal number of an element's type, and the distance from 1 to the next number.
template <class T> struct Bounds;
template <> struct Bounds<float> {
  static constexpr double least = 1.1754943508222875e-38, epsilon = 1.1920928955078125e-7;
};
template <> struct Bounds<double> {
  static constexpr double least = 2.2250738585072014e-308, epsilon = 2.220446049250313e-16;
};
template <> struct Bounds<Half> {
  static constexpr double least = 6.103515625e-05, epsilon = 0.0009765625;
};
template <> struct Bounds<BFloat> {
  static constexpr double least = 1.1754943508222875e-38, epsilon = 0.0078125;
};

// Marsaglia and Tsang (2000).
template <class T, class A> struct GammaNumber {
  const T *in;
  static constexpr int threads = 256, each = 1;
  A of(Sequence &numbers, int64_t i) const {
    A a = (A)value(in[i]).v, scale = 1, result = 0;
    bool is_zero = a == 0;
    if (a < 1 && !is_zero) {
      scale = pow((A)(1 - (A)numbers.uniform()), (A)1 / a);
      T raised;
      store(raised, Real<A>::from(a + 1));
      a = (A)value(raised).v;
    }
    A d = a - (A)(1.0f / 3.0f), c = 1 / sqrt(9 * d);
    while (!is_zero) {
      A x, y;
      do {
        x = numbers.normal();
        y = 1 + c * x;
      } while (y <= 0);
      A v = y * y * y, u = 1 - (A)numbers.uniform(), xx = x * x;
      result = scale * d * v;
      // A concentration that is negative or NaN would accept nothing.
      if (u < 1 - (A)0.0331f * xx * xx || log(u) < (A)0.5 * xx + d * (1 - v + log(v)) || !(d > 0)) break;
    }
    A least = (A)Bounds<T>::least;
    return least > result ? least : result;
  }
};

// Below a rate of 64, counts how many uniform numbers can be multiplied; above 4000, rounds normal ones. Between them
// PyTorch inverts a gamma function; here it is Hörmann's transformed rejection (PTRS), so those numbers are not
// PyTorch's.
template <class T, class A> struct PoissonNumber {
  const T *in;
  static constexpr int threads = 512, each = 1;
  double of(Sequence &numbers, int64_t i) const {
    double rate = (double)value(in[i]).v;
    if (rate < 64) {
      float product = expf((float)rate);
      double count = 0;
      for (;; count++) {
        product *= numbers.uniform();
        if (!(product > 1)) return count;
      }
    }
    if (rate > 4000) {
      double x = floor(sqrt(rate) * numbers.wide_normal() + rate + 0.5);
      return x < 0 ? 0 : x < 4294967295.0 ? x : 4294967295.0;
    }
    if (rate != rate) return rate;
    double root = sqrt(rate), log_rate = log(rate), b = 0.931 + 2.53 * root, a = -0.059 + 0.02483 * b;
    double inverse = 1.1239 + 1.1328 / (b - 3.4), least = 0.9277 - 3.6224 / (b - 2);
    for (;;) {
      double u = numbers.uniform() - 0.5, v = numbers.uniform(), us = 0.5 - fabs(u);
      double k = floor((2 * a / us + b) * u + rate + 0.43);
      if (us >= 0.07 && v <= least) return k;
      if (k < 0 || (us < 0.013 && v > us)) continue;
      if (log(v) + log(inverse) - log(a / (us * us) + b) <= -rate + k * log_rate - lgamma(k + 1)) return k;
    }
  }
};

// The number of successes. Few are counted by the trials up to each success, many by Hörmann's rejection (BTRS).
template <class T, class A> struct BinomialNumber {
  const T *counts, *chances;
  static constexpr int threads = 128, each = 8;
  A of(Sequence &numbers, int64_t i) const {
    A count = (A)value(counts[i]).v, p = (A)value(chances[i]).v;
    if (count <= 0 || p <= 0) return 0;
    if (p >= 1) return count;
    if (p != p || count != count) return (A)NAN;
    A less = p <= (A)0.5 ? p : (A)(1.0 - p);
    A k = count * less >= 10 ? rejected(numbers, count, less) : counted(numbers, count, less);
    return p <= (A)0.5 ? k : count - k;
  }

 private:
  static A counted(Sequence &numbers, A count, A p) {
    A log_failure = log1p(-p), trials = 0, successes = 0;
    for (;; successes++) {
      trials += ceil(log((A)numbers.low_uniform()) / log_failure);
      if (!(trials <= count)) return successes;
    }
  }

  static A rejected(Sequence &numbers, A count, A p) {
    A deviation = sqrt(count * p * (1 - p)), b = (A)(1.15 + 2.53 * deviation);
    A a = (A)(-0.0873 + 0.0248 * b + 0.01 * p), c = (A)(count * p + 0.5), least = (A)(0.92 - 4.2 / b);
    A odds = p / (1 - p), alpha = (A)((2.83 + 5.1 / b) * deviation), m = floor((count + 1) * p);
    for (;;) {
      A u = (A)(numbers.low_uniform() - 0.5), v = numbers.low_uniform(), us = (A)(0.5 - fabs(u));
      A k = floor((2 * a / us + b) * u + c);
      if (k < 0 || k > count) continue;
      if (us >= 0.07 && v <= least) return k;
      v = log(v * alpha / (a / (us * us) + b));
      A bound = (A)((m + 0.5) * log((m + 1) / (odds * (count - m + 1))) +
                    (count + 1) * log((count - m + 1) / (count - k + 1)) +
                    (k + 0.5) * log(odds * (count - k + 1) / (k + 1)) + tail(m) + tail(count - m) - tail(k) -
                    tail(count - k));
      if (v <= bound) return k;
    }
  }

  // What Stirling's formula lacks for k!.
  static A tail(A k) {
    constexpr double first[] = {0.0810614667953272,  0.0413406959554092,  0.0276779256849983, 0.02079067210376509,
                                0.0166446911898211,  0.0138761288230707,  0.0118967099458917, 0.0104112652619720,
                                0.00925546218271273, 0.00833056343336287};
    if (k < 10) return (A)first[(int)k];
    A square = (k + 1) * (k + 1);
    return (A)((1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1));
  }
};

// Blocks of Job::threads threads fill n elements; each thread has Job::each elements, a block's width apart.
template <class Job, class T> void draw_rejected(const Start &start, T *out, int64_t n, const Job &job) {
  int64_t first = blockIdx.x * (int64_t)(Job::threads * Job::each) + threadIdx.x;
  if (first >= n) return;
  Sequence numbers(start, blockIdx.x * (int64_t)Job::threads + threadIdx.x);
  for (int k = 0; k < Job::each; k++) {
    int64_t i = first + k * Job::threads;
    if (i < n) store(out[i], Real<decltype(job.of(numbers, i))>::from(job.of(numbers, i)));
  }
}

// Block r divides row r of n gamma numbers by their sum.
template <class T, class A> void share_rows(T *out, int64_t n) {
  out += blockIdx.x * n;
  A sum = 0;
  for (int64_t i = threadIdx.x; i < n; i += 256) sum += (A)value(out[i]).v;
  sum = over_block(Share<A>{sum}).sum;
  A least = (A)Bounds<T>::least, most = (A)(1 - Bounds<T>::epsilon);
  for (int64_t i = threadIdx.x; i < n; i += 256) {
    A part = (A)value(out[i]).v / sum;
    part = least > part ? least : part;
    store(out[i], Real<A>::from(most < part ? most : part));
  }
}
