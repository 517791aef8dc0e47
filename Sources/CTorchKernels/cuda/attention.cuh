// The weights of attention from scores, and their gradients, for a block of query rows. Scores are [batch, groups,
// rows, keys]; cuBLAS multiplies.
#include "numbers.cuh"
#include "integers.cuh"
#include "complex.cuh"
#include "dtypes.cuh"
#include "blocks.cuh"

#define MOST_MASK_DIMS 8
// The block begins with batch `first_batch` and row `first_row`. The mask's batch dimensions are outermost first.
struct AttentionShape {
  int64_t groups, rows, keys, first_batch, first_row, all_rows;
  double scale;
  int causal, dims;
  int64_t sizes[MOST_MASK_DIMS], strides[MOST_MASK_DIMS];
  int64_t group_stride, row_stride, key_stride;
};

template <class A> struct LargestOf {
  A a;
  // NaN wins.
  static LargestOf combine(LargestOf x, LargestOf y) { return y.a > x.a || y.a != y.a ? y : x; }
};
template <class A> struct SumOf {
  A a;
  static SumOf combine(SumOf x, SumOf y) { return {x.a + y.a}; }
};
// The sums of exponentials of scores, and of these times products.
template <class A> struct WeightedSum {
  A weights, products;
  static WeightedSum combine(WeightedSum x, WeightedSum y) {
    return {x.weights + y.weights, x.products + y.products};
  }
};

// A row of the block: its number among all rows, and its mask.
template <class M> struct AttentionRow {
  int64_t number, last_key;
  const M *mask;

  AttentionRow(const AttentionShape &s, const M *masks) {
    int64_t r = blockIdx.x, row = s.first_row + r % s.rows, g = r / s.rows % s.groups;
    int64_t batch = s.first_batch + r / s.rows / s.groups;
    number = (batch * s.groups + g) * s.all_rows + row;
    last_key = s.causal ? row : s.keys;
    mask = masks;
    if (!masks) return;
    mask += g * s.group_stride + row * s.row_stride;
    for (int d = s.dims - 1; d >= 0; d--) mask += batch % s.sizes[d] * s.strides[d], batch /= s.sizes[d];
  }
  // The score of a key; -infinity if the query does not attend to it.
  template <class A> A score(const AttentionShape &s, A x, int64_t key) const {
    if (key > last_key) return (A)-INFINITY;
    x *= (A)s.scale;
    if (!mask) return x;
    auto m = mask[key * s.key_stride];
    return masked(x, m);
  }
  template <class A> static A masked(A x, Bool m) { return m.bits ? x : (A)-INFINITY; }
  template <class A, class N> static A masked(A x, N m) { return x + (A)value(m).v; }
};

template <class T, class A, class M> struct Attention {
  // Block r writes the weights of row r and, unless it is null, the logarithm of their sum.
  static void weights(const A *scores, T *to, A *logs, const M *masks, const AttentionShape &s) {
    AttentionRow<M> row(s, masks);
    scores += blockIdx.x * s.keys, to += blockIdx.x * s.keys;
    A most = (A)-INFINITY, sum = 0;
    for (int64_t k = threadIdx.x; k < s.keys; k += 256)
      most = LargestOf<A>::combine({most}, {row.score(s, scores[k], k)}).a;
    most = over_block(LargestOf<A>{most}).a;
    // A row without allowed keys has no weights.
    bool is_blind = most == (A)-INFINITY;
    for (int64_t k = threadIdx.x; k < s.keys && !is_blind; k += 256) sum += exp(row.score(s, scores[k], k) - most);
    sum = over_block(SumOf<A>{sum}).a;
    for (int64_t k = threadIdx.x; k < s.keys; k += 256)
      store(to[k], Real<A>::from(is_blind ? (A)0 : exp(row.score(s, scores[k], k) - most) / sum));
    if (logs && threadIdx.x == 0) logs[row.number] = is_blind ? (A)-INFINITY : most + log(sum);
  }

  // Block r writes the weights of row r and the gradients of its scores. `products` are those of the result's gradient
  // and the values.
  static void gradients(const A *scores, const A *products, const A *logs, T *to, T *grads, const M *masks,
                        const AttentionShape &s) {
    AttentionRow<M> row(s, masks);
    int64_t start = blockIdx.x * s.keys;
    scores += start, products += start, to += start, grads += start;
    A shift = logs[row.number];
    bool is_blind = shift == (A)-INFINITY;
    WeightedSum<A> sums = {0, 0};
    for (int64_t k = threadIdx.x; k < s.keys && !is_blind; k += 256) {
      A x = exp(row.score(s, scores[k], k) - shift);
      sums = WeightedSum<A>::combine(sums, {x, x * products[k]});
    }
    sums = over_block(sums);
    // The logarithm was rounded, so the sum of the exponentials is only near 1.
    A sum = sums.products / sums.weights;
    for (int64_t k = threadIdx.x; k < s.keys; k += 256) {
      A weight = is_blind ? (A)0 : exp(row.score(s, scores[k], k) - shift) / sums.weights;
      store(to[k], Real<A>::from(weight));
      // A key that is not seen has no gradient, whatever its product is.
      store(grads[k], Real<A>::from(weight == 0 ? (A)0 : weight * (products[k] - sum) * (A)s.scale));
    }
  }
};
