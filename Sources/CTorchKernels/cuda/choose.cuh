// Chooses elements of long rows without sorting them: the key of the element of a rank is found digit by digit, the
// highest first, then one more pass takes the chosen elements in order. Rows are cut into tiles; block r · tiles + t
// reads tile t of row r.
#include "sort.cuh"
#include "blocks.cuh"

#define CHOOSE_TILE 8192

// What is known of a row's chosen key, its highest bits, and its rank among the elements that have these.
struct Rank {
  uint64_t key;
  int64_t rank;
};

template <class T> struct Keys {
  typedef typename KeyOf<T>::Key K;
  static constexpr K all = (K)-1 >> (8 * sizeof(K) - KeyOf<T>::bits);
  const T *in;
  int64_t n;
  int falls;
  K of(T x) const { return KeyOf<T>::of(x) ^ (falls ? all : (K)0); }
};

// Counts the elements of each row that are NaN.
template <class T> void count_nans(const T *in, int64_t n, int64_t tiles, unsigned long long *counts) {
  int64_t row = blockIdx.x / tiles, first = blockIdx.x % tiles * CHOOSE_TILE;
  Keys<T> keys = {in + row * n, n, 0};
  Count mine = {0};
  each_in_tile<CHOOSE_TILE>(
      keys.in, n, first, [&](T x) { mine.n += KeyOf<T>::has_nan && keys.of(x) == Keys<T>::all; });
  mine = over_block(mine);
  if (threadIdx.x == 0 && mine.n > 0) atomicAdd(&counts[row], (unsigned long long)mine.n);
}

// Begins the choice of each row's element. `what` and `k` are those of `selected`; `nans` may be null.
void start_ranks(Rank *ranks, const unsigned long long *nans, int64_t rows, int64_t n, int what, int64_t k) {
  int64_t row = blockIdx.x * 256ll + threadIdx.x;
  if (row >= rows) return;
  int64_t numbers = nans ? n - (int64_t)nans[row] : n;
  int64_t middle = numbers > 0 ? (numbers - 1) / 2 : 0;
  ranks[row] = {0, what == select_kth ? k : what == select_median && numbers < n ? numbers : middle};
}

// Counts the digits at `shift` of the elements whose higher bits are those of the chosen key: counts[row][digit].
template <class T>
void count_chosen_digits(const T *in, int64_t n, int64_t tiles, int falls, int shift, const Rank *ranks,
                         uint32_t *counts) {
  typedef typename KeyOf<T>::Key K;
  __shared__ uint32_t count[256];
  count[threadIdx.x] = 0;
  __syncthreads();
  int64_t row = blockIdx.x / tiles, first = blockIdx.x % tiles * CHOOSE_TILE;
  Keys<T> keys = {in + row * n, n, falls};
  bool is_first = shift + 8 >= KeyOf<T>::bits;
  K high = (K)ranks[row].key;
  each_in_tile<CHOOSE_TILE>(keys.in, n, first, [&](T x) {
    K key = keys.of(x);
    if (is_first || (key ^ high) >> shift >> 8 == 0) atomicAdd(&count[(unsigned)(key >> shift) & 255], 1u);
  });
  __syncthreads();
  if (count[threadIdx.x] > 0) atomicAdd(&counts[row * 256 + threadIdx.x], count[threadIdx.x]);
}

// Block r chooses the digit of row r, and clears the counts for the next one.
void choose_digit(Rank *ranks, uint32_t *counts, int shift) {
  counts += blockIdx.x * 256ll;
  int64_t mine = counts[threadIdx.x], rank = ranks[blockIdx.x].rank;
  counts[threadIdx.x] = 0;
  Count total, upto = scan_block(Count{mine}, total);
  if (upto.n > rank && upto.n - mine <= rank)
    ranks[blockIdx.x] = {ranks[blockIdx.x].key | (uint64_t)threadIdx.x << shift, rank - (upto.n - mine)};
}

// How many elements are before the chosen key, and how many have it.
struct Beside {
  int64_t before, same;
  static Beside combine(Beside a, Beside b) { return {a.before + b.before, a.same + b.same}; }
};

template <class T>
void count_beside(const T *in, int64_t n, int64_t tiles, int falls, const Rank *ranks, Beside *starts) {
  int64_t row = blockIdx.x / tiles, first = blockIdx.x % tiles * CHOOSE_TILE;
  Keys<T> keys = {in + row * n, n, falls};
  auto chosen = (typename KeyOf<T>::Key)ranks[row].key;
  Beside mine = {0, 0};
  each_in_tile<CHOOSE_TILE>(keys.in, n, first, [&](T x) {
    auto key = keys.of(x);
    mine.before += key < chosen, mine.same += key == chosen;
  });
  mine = over_block(mine);
  if (threadIdx.x == 0) starts[blockIdx.x] = mine;
}

// Block r turns the counts of row r's tiles into the counts before each tile.
void start_beside(Beside *starts, int64_t tiles) {
  starts += blockIdx.x * tiles;
  Beside before = {0, 0};
  for (int64_t first = 0; first < tiles; first += 256) {
    int64_t t = first + threadIdx.x;
    Beside mine = t < tiles ? starts[t] : Beside{0, 0};
    Beside total, upto = scan_block(mine, total);
    if (t < tiles) starts[t] = {before.before + upto.before - mine.before, before.same + upto.same - mine.same};
    before = Beside::combine(before, total);
  }
}

// Calls to(i, key, before) for the elements up to the chosen key, with the counts of those before element i.
template <class T, class To>
void each_beside(const Keys<T> &keys, typename KeyOf<T>::Key chosen, int64_t first, Beside before, To to) {
  Row<const T> row = {keys.in, keys.n, 1};
  constexpr int width = Row<const T>::width;
  for (int step = 0; step < CHOOSE_TILE; step += Row<const T>::stride) {
    int64_t begin = first + step + row.begin();
    auto part = row.load(begin);
    typename KeyOf<T>::Key key[width];
    Beside mine = {0, 0};
#pragma unroll
    for (int j = 0; j < width; j++) {
      bool is_here = begin + j < keys.n;
      key[j] = is_here ? keys.of(part.element[j]) : Keys<T>::all;
      mine.before += is_here && key[j] < chosen, mine.same += is_here && key[j] == chosen;
    }
    Beside total, upto = scan_block(mine, total);
    Beside at = {before.before + upto.before - mine.before, before.same + upto.same - mine.same};
#pragma unroll
    for (int j = 0; j < width; j++) {
      if (begin + j >= keys.n) break;
      if (key[j] <= chosen) to(begin + j, key[j], at);
      at.before += key[j] < chosen, at.same += key[j] == chosen;
    }
    before = Beside::combine(before, total);
  }
}

// Takes the first k elements of each row: those before the chosen key in order, then those that have it.
template <class T>
void take_first(const T *in, int64_t n, int64_t tiles, int falls, const Rank *ranks, const Beside *starts, int64_t k,
                typename KeyOf<T>::Key *to_keys, uint32_t *to_places) {
  int64_t row = blockIdx.x / tiles;
  Keys<T> keys = {in + row * n, n, falls};
  // The element of rank k - 1 is element `rank` of those that have its key.
  int64_t strictly = k - 1 - ranks[row].rank;
  each_beside<T>(keys, (typename KeyOf<T>::Key)ranks[row].key, blockIdx.x % tiles * CHOOSE_TILE, starts[blockIdx.x],
                 [&](int64_t i, typename KeyOf<T>::Key key, Beside before) {
                   bool has_it = key == (typename KeyOf<T>::Key)ranks[row].key;
                   int64_t at = has_it ? strictly + before.same : before.before;
                   if (at < k) to_keys[row * k + at] = key, to_places[row * k + at] = (uint32_t)i;
                 });
}

// Takes the element of each row that has the chosen key and the rank among the elements that have it.
template <class T>
void take_one(const T *in, int64_t n, int64_t tiles, const Rank *ranks, const Beside *starts, T *values,
              int64_t *indices) {
  int64_t row = blockIdx.x / tiles;
  Keys<T> keys = {in + row * n, n, 0};
  each_beside<T>(keys, (typename KeyOf<T>::Key)ranks[row].key, blockIdx.x % tiles * CHOOSE_TILE, starts[blockIdx.x],
                 [&](int64_t i, typename KeyOf<T>::Key key, Beside before) {
                   if (key != (typename KeyOf<T>::Key)ranks[row].key || before.same != ranks[row].rank) return;
                   values[row] = keys.in[i], indices[row] = i;
                 });
}

// Writes the chosen elements of each row in the order of their sorted records, [rows, k].
template <class Word>
void write_chosen(const Word *in, const uint32_t *chosen, const uint32_t *order, Word *values, int64_t *indices,
                  int64_t n, int64_t k, int64_t count) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += threads) {
    int64_t row = i / k;
    uint32_t place = chosen[row * k + order[i]];
    values[i] = in[row * n + place], indices[i] = place;
  }
}
