// Computes out = formula(in…), elementwise.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "formulas.cuh"
#include "dtypes.cuh"
#include "elementwise.cuh"

// F is a formula, In the type that it is evaluated in.
template <class F, class In, class Out, class... T> struct Evaluate {
  static Out of(T... x) {
    typedef typename In::E E;
    Out y;
    store(y, In::template apply<F>(Into<E>::of(value(x))...));
    return y;
  }
};
template <class F, class In, class Out, class... T>
struct Pointwise : Elementwise<Evaluate<F, In, Out, T...>, Out, T...> {};
