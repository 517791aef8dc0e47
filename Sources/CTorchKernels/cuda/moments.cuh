// The mean and variance, and the sum of powers.
#include "reduce.cuh"

// The number of some elements, their mean, and the sum of squared distances from it. Chan, Golub and LeVeque (1983).
template <class A> struct Moments {
  A n, mean, squares;
};

// `variance` or `mean` may be null.
template <class A, class Out> struct MomentsJob {
  Out *variance, *mean;
  double correction;
  static Moments<A> none() { return {0, 0, 0}; }
  template <class X> Moments<A> of(X x) const { return {1, accumulated<A>(x), 0}; }
  static Moments<A> combine(Moments<A> a, Moments<A> b) {
    if (a.n == 0) return b;
    if (b.n == 0) return a;
    A n = a.n + b.n, d = b.mean - a.mean, part = b.n / n;
    return {n, a.mean + d * part, a.squares + b.squares + d * d * (a.n * part)};
  }
  void write(int64_t at, Moments<A> kept, int64_t count) const {
    double degrees = (double)count - correction;
    A none = (A)NAN;
    if (mean) store(mean[at], Real<A>::from(count ? kept.mean : none));
    if (variance) store(variance[at], Real<A>::from(count ? kept.squares / (A)(degrees > 0 ? degrees : 0) : none));
  }
};

// The sum of |x|^p.
template <class A, class Out> struct PowerJob {
  Out *out;
  double p;
  static A none() { return 0; }
  template <class X> A of(X x) const { return pow(fabs(accumulated<A>(x)), (A)p); }
  static A combine(A a, A b) { return a + b; }
  void write(int64_t at, A kept, int64_t) const { store(out[at], Real<A>::from(kept)); }
};
