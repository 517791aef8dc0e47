// Copies and conversions.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"
#include "elementwise.cuh"

// Moves elements as they are. Their type has their size.
struct alignas(16) Word16 {
  uint64_t low, high;
};
template <class Word> struct Move {
  static Word of(Word x) { return x; }
};
template <class Word> struct Copy : Elementwise<Move<Word>, Word, Word> {};

template <class Out, class In> struct Converting {
  static Out of(In x) {
    Out y;
    store(y, value(x));
    return y;
  }
};
template <class Out, class In> struct Convert : Elementwise<Converting<Out, In>, Out, In> {};
