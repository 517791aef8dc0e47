// Sorts records: keys that order like the elements, and the places that they came from. Equal keys stay in order, so
// the result does not depend on how the threads run. A place has 32 bits.
#include "copy.cuh"
#include "row.cuh"

template <class T> struct KeyOf;
#define INTEGER_KEY(T, U, K, sign)                                           \
  template <> struct KeyOf<T> {                                              \
    typedef K Key;                                                           \
    static constexpr bool has_nan = false;                                   \
    static constexpr int bits = 8 * sizeof(T);                               \
    static K of(T x) { return (K)(U)((U)x ^ (U)sign); }                      \
  };
#define FLOAT_KEY(T, U, S, K, BITS, sign, infinity)                          \
  template <> struct KeyOf<T> {                                              \
    typedef K Key;                                                           \
    static constexpr bool has_nan = true;                                    \
    static constexpr int bits = 8 * sizeof(T);                               \
    static K of(T x) {                                                       \
      U raw = BITS, magnitude = raw & (U)~(U)sign, u = magnitude == 0 ? (U)0 : raw; \
      U key = u ^ (U)((U)((S)u >> (bits - 1)) | (U)sign);                    \
      return (K)(magnitude > (U)infinity ? (U)-1 : key);                     \
    }                                                                        \
  };
INTEGER_KEY(uint8_t, uint8_t, uint32_t, 0)
INTEGER_KEY(int8_t, uint8_t, uint32_t, 0x80)
INTEGER_KEY(int16_t, uint16_t, uint32_t, 0x8000)
INTEGER_KEY(int32_t, uint32_t, uint32_t, 0x80000000)
INTEGER_KEY(int64_t, uint64_t, uint64_t, 0x8000000000000000ull)
INTEGER_KEY(uint16_t, uint16_t, uint32_t, 0)
INTEGER_KEY(uint32_t, uint32_t, uint32_t, 0)
INTEGER_KEY(uint64_t, uint64_t, uint64_t, 0)
FLOAT_KEY(Half, uint16_t, int16_t, uint32_t, x.bits, 0x8000, 0x7c00)
FLOAT_KEY(BFloat, uint16_t, int16_t, uint32_t, x.bits, 0x8000, 0x7f80)
FLOAT_KEY(float, uint32_t, int32_t, uint32_t, __float_as_uint(x), 0x80000000, 0x7f800000)
FLOAT_KEY(double, uint64_t, int64_t, uint64_t, (uint64_t)__double_as_longlong(x), 0x8000000000000000ull,
          0x7ff0000000000000ull)
template <> struct KeyOf<Bool> {
  typedef uint32_t Key;
  static constexpr bool has_nan = false;
  static constexpr int bits = 8;
  static uint32_t of(Bool x) { return x.bits; }
};

// MARK: Short rows, in shared memory

#define SHORT_ROW 2048

// Sorts `size` records, a power of two, by key and place (Batcher's bitonic network).
template <class K> void sort_shared(K *keys, uint32_t *places, int size) {
  for (int run = 2; run <= size; run *= 2) {
    for (int step = run / 2; step > 0; step /= 2) {
      __syncthreads();
      for (int t = threadIdx.x; t < size / 2; t += blockDim.x) {
        int a = t / step * 2 * step + t % step, b = a + step;
        bool is_greater = keys[a] > keys[b] || (keys[a] == keys[b] && places[a] > places[b]);
        if (is_greater == ((a & run) == 0)) {
          K k = keys[a];
          keys[a] = keys[b], keys[b] = k;
          uint32_t p = places[a];
          places[a] = places[b], places[b] = p;
        }
      }
    }
  }
  __syncthreads();
}

// Which element `selected` chooses; the values are those of st_selection.
enum { select_kth, select_median, select_nanmedian, select_mode };

// Returns the place of the chosen record of n sorted ones. Thread 0 gets the result.
template <class K>
uint32_t selected(const K *keys, const uint32_t *places, int64_t n, int what, int64_t k, bool has_nan, K nan) {
  if (what == select_kth) return places[k];
  // The first record whose key is not less, or, if `after`, is greater.
  auto bound = [&](K key, int64_t low, int64_t high, bool after) {
    while (low < high) {
      int64_t middle = low + (high - low) / 2;
      if (after ? keys[middle] <= key : keys[middle] < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  };
  if (what != select_mode) {
    int64_t numbers = has_nan ? bound(nan, 0, n, false) : n;
    if (numbers < n && what == select_median) return places[numbers];
    return places[numbers > 0 ? (numbers - 1) / 2 : 0];
  }
  // The longest run of equal keys, the first of several, and its last place.
  __shared__ int64_t lengths[256], starts[256];
  int64_t longest = 0, best = 0;
  for (int64_t i = threadIdx.x; i < n; i += blockDim.x) {
    if (i > 0 && keys[i] == keys[i - 1] && !(has_nan && keys[i] == nan)) continue;
    int64_t length = has_nan && keys[i] == nan ? 1 : bound(keys[i], i, n, true) - i;
    if (length > longest) longest = length, best = i;
  }
  lengths[threadIdx.x] = longest, starts[threadIdx.x] = best;
  __syncthreads();
  if (threadIdx.x != 0) return 0;
  for (int t = 1; t < blockDim.x; t++) {
    if (lengths[t] > longest || (lengths[t] == longest && longest > 0 && starts[t] < best))
      longest = lengths[t], best = starts[t];
  }
  return places[best + longest - 1];
}

// A row in shared memory, padded with records that are greater than all others.
template <class K> struct ShortRow {
  K keys[SHORT_ROW];
  uint32_t places[SHORT_ROW];
};
template <class T> void load_row(ShortRow<typename KeyOf<T>::Key> &row, const T *in, int64_t n, int size, bool falls) {
  typedef typename KeyOf<T>::Key K;
  K all = (K)-1 >> (8 * sizeof(K) - KeyOf<T>::bits);
  Row<const T> elements = {in, n, 1};
  constexpr int width = Row<const T>::width;
  for (int first = threadIdx.x * width; first < size; first += blockDim.x * width) {
    auto part = elements.load(first);
#pragma unroll
    for (int j = 0; j < width; j++) {
      int i = first + j;
      if (i >= size) break;
      row.keys[i] = i < n ? KeyOf<T>::of(part.element[j]) ^ (falls ? all : (K)0) : (K)-1;
      row.places[i] = i < n ? (uint32_t)i : 0xffffffffu;
    }
  }
}

// Block r sorts row r of n <= SHORT_ROW elements. The first `kept` records are written. `size` is the power of two from
// n on. `values` or `indices` may be null.
template <class T>
void sort_short(const T *in, T *values, int64_t *indices, int64_t n, int size, int falls, int64_t kept) {
  __shared__ ShortRow<typename KeyOf<T>::Key> row;
  in += blockIdx.x * n;
  load_row(row, in, n, size, falls);
  sort_shared(row.keys, row.places, size);
  for (int i = threadIdx.x; i < kept; i += blockDim.x) {
    int64_t at = blockIdx.x * kept + i;
    if (values) values[at] = in[row.places[i]];
    if (indices) indices[at] = row.places[i];
  }
}

template <class T>
void select_short(const T *in, T *values, int64_t *indices, int64_t n, int size, int what, int64_t k) {
  typedef typename KeyOf<T>::Key K;
  __shared__ ShortRow<K> row;
  in += blockIdx.x * n;
  load_row(row, in, n, size, false);
  sort_shared(row.keys, row.places, size);
  uint32_t place = selected(row.keys, row.places, n, what, k, KeyOf<T>::has_nan,
                            (K)((K)-1 >> (8 * sizeof(K) - KeyOf<T>::bits)));
  if (threadIdx.x == 0) values[blockIdx.x] = in[place], indices[blockIdx.x] = place;
}

// Block r sorts the records of row r, n <= SHORT_ROW keys, in place.
template <class K> void sort_short_keys(K *keys, uint32_t *places, int64_t n, int size) {
  __shared__ ShortRow<K> row;
  keys += blockIdx.x * n, places += blockIdx.x * n;
  for (int i = threadIdx.x; i < size; i += blockDim.x)
    row.keys[i] = i < n ? keys[i] : (K)-1, row.places[i] = i < n ? (uint32_t)i : 0xffffffffu;
  sort_shared(row.keys, row.places, size);
  for (int i = threadIdx.x; i < n; i += blockDim.x) keys[i] = row.keys[i], places[i] = row.places[i];
}

// MARK: Long rows, by digits of 8 bits, the lowest first

#define SORT_TILE 2048

template <class T>
void make_keys(const T *in, typename KeyOf<T>::Key *keys, int64_t count, int falls) {
  typedef typename KeyOf<T>::Key K;
  K flip = falls ? (K)-1 >> (8 * sizeof(K) - KeyOf<T>::bits) : (K)0;
  constexpr int width = Row<const T>::width;
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t first = ((int64_t)blockIdx.x * blockDim.x + threadIdx.x) * width; first < count;
       first += threads * width) {
    auto part = Row<const T>{in, count, 1}.load(first);
    Several<K, width> made;
#pragma unroll
    for (int j = 0; j < width; j++) made.element[j] = KeyOf<T>::of(part.element[j]) ^ flip;
    if (count - first >= width) {
      *(Several<K, width> *)(keys + first) = made;
    } else {
#pragma unroll
      for (int j = 0; j < width; j++)
        if (first + j < count) keys[first + j] = made.element[j];
    }
  }
}

// Block r · tiles + t counts the digits of tile t of row r: counts[r][t][digit].
template <class K> void count_digits(const K *keys, int64_t n, int64_t tiles, int shift, uint32_t *counts) {
  __shared__ uint32_t count[256];
  count[threadIdx.x] = 0;
  __syncthreads();
  int64_t row = blockIdx.x / tiles, first = blockIdx.x % tiles * SORT_TILE;
  each_in_tile<SORT_TILE>(keys + row * n, n, first, [&](K key) { atomicAdd(&count[key >> shift & 255], 1u); });
  __syncthreads();
  counts[blockIdx.x * 256ll + threadIdx.x] = count[threadIdx.x];
}

// Block r turns the counts of row r into starts: thread d has digit d.
void start_digits(uint32_t *counts, int64_t tiles) {
  __shared__ uint32_t sums[256];
  counts += blockIdx.x * tiles * 256;
  uint32_t sum = 0;
  for (int64_t t = 0; t < tiles; t++) sum += counts[t * 256 + threadIdx.x];
  sums[threadIdx.x] = sum;
  for (int step = 1; step < 256; step *= 2) {
    __syncthreads();
    uint32_t before = threadIdx.x >= step ? sums[threadIdx.x - step] : 0;
    __syncthreads();
    sums[threadIdx.x] += before;
  }
  uint32_t start = sums[threadIdx.x] - sum;
  for (int64_t t = 0; t < tiles; t++) {
    uint32_t count = counts[t * 256 + threadIdx.x];
    counts[t * 256 + threadIdx.x] = start;
    start += count;
  }
}

// Loads a warp's part of a tile, which begins at `first` of a row of n. Thread l gets element 32 · j + l of it as x[j].
template <class T, int rounds> void load_in_turn(const T *in, int64_t n, int64_t first, T (&x)[rounds]) {
  __shared__ Several<T, 16 / sizeof(T)> parts[8 * rounds * 32 * sizeof(T) / 16];
  Row<const T> row = {in, n, 1};
  constexpr int width = Row<const T>::width, count = rounds * 32 / width;
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int k = lane; k < count; k += 32) parts[warp * count + k] = row.load(first + k * width);
  __syncwarp();
#pragma unroll
  for (int j = 0; j < rounds; j++) x[j] = parts[warp * count + (32 * j + lane) / width].element[lane % width];
  // The next call may be for the same type, and then writes here.
  __syncwarp();
}

// Moves the records of a tile to their digit's place, in order. Without `places` they are the row's indices.
template <class K>
void move_digits(const K *keys, const uint32_t *places, K *to_keys, uint32_t *to_places, int64_t n, int64_t tiles,
                 int shift, const uint32_t *starts) {
  // How many records of each digit the warp has seen, then how many are in the warps before it.
  __shared__ uint32_t seen[8][256];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
  for (int w = 0; w < 8; w++) seen[w][threadIdx.x] = 0;
  __syncthreads();
  int64_t row = blockIdx.x / tiles, first = blockIdx.x % tiles * SORT_TILE + warp * (SORT_TILE / 8);
  to_keys += row * n, to_places += row * n;
  constexpr int rounds = SORT_TILE / 256;
  K key[rounds];
  uint32_t rank[rounds], place[rounds];
  load_in_turn(keys + row * n, n, first, key);
  if (places) load_in_turn(places + row * n, n, first, place);
#pragma unroll
  for (int j = 0; j < rounds; j++) {
    bool is_here = first + j * 32 + lane < n;
    unsigned digit = (unsigned)(key[j] >> shift) & 255, same = __ballot_sync(0xffffffffu, is_here);
#pragma unroll
    for (int bit = 0; bit < 8; bit++) {
      unsigned has = __ballot_sync(0xffffffffu, digit >> bit & 1);
      same &= digit >> bit & 1 ? has : ~has;
    }
    unsigned before = same & ((1u << lane) - 1);
    rank[j] = is_here ? seen[warp][digit] + __popc(before) : 0;
    __syncwarp();
    if (is_here && before == 0) seen[warp][digit] += __popc(same);
    __syncwarp();
  }
  __syncthreads();
  uint32_t sum = starts[blockIdx.x * 256ll + threadIdx.x];
  for (int w = 0; w < 8; w++) {
    uint32_t count = seen[w][threadIdx.x];
    seen[w][threadIdx.x] = sum;
    sum += count;
  }
  __syncthreads();
#pragma unroll
  for (int j = 0; j < rounds; j++) {
    int64_t i = first + j * 32 + lane;
    if (i >= n) continue;
    uint32_t at = seen[warp][(unsigned)(key[j] >> shift) & 255] + rank[j];
    to_keys[at] = key[j];
    to_places[at] = places ? place[j] : (uint32_t)i;
  }
}

// Writes the first `kept` elements of each sorted row.
template <class Word>
void write_sorted(const Word *in, const uint32_t *places, Word *values, int64_t *indices, int64_t n, int64_t kept,
                  int64_t count) {
  int64_t threads = (int64_t)gridDim.x * blockDim.x;
  for (int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x; i < count; i += threads) {
    int64_t row = i / kept;
    uint32_t place = places[row * n + i % kept];
    if (values) values[i] = in[row * n + place];
    if (indices) indices[i] = place;
  }
}

// Block r chooses one element of sorted row r.
template <class T>
void select_long(const T *in, const typename KeyOf<T>::Key *keys, const uint32_t *places, T *values, int64_t *indices,
                 int64_t n, int what, int64_t k) {
  typedef typename KeyOf<T>::Key K;
  int64_t start = blockIdx.x * n;
  uint32_t place = selected(keys + start, places + start, n, what, k, KeyOf<T>::has_nan,
                            (K)((K)-1 >> (8 * sizeof(K) - KeyOf<T>::bits)));
  if (threadIdx.x == 0) values[blockIdx.x] = in[start + place], indices[blockIdx.x] = place;
}

// MARK: Rows in lexicographic order

// Merges neighbouring runs of sorted rows: each thread finds its row's rank in the other run. Without `from` the order
// is that of the rows.
template <class T>
void merge_rows(const T *in, int64_t width, const int64_t *from, int64_t *to, int64_t n, int64_t run) {
  int64_t i = (int64_t)blockIdx.x * blockDim.x + threadIdx.x;
  if (i >= n) return;
  auto row = [&](int64_t at) { return from ? from[at] : at; };
  auto order = [&](int64_t a, int64_t b) {
    for (int64_t w = 0; w < width; w++) {
      auto x = KeyOf<T>::of(in[a * width + w]), y = KeyOf<T>::of(in[b * width + w]);
      if (x != y) return x < y ? -1 : 1;
    }
    return 0;
  };
  int64_t own = i / run * run, first = own / (2 * run) * (2 * run), mine = row(i);
  bool is_left = own == first;
  int64_t other = is_left ? first + run : first, low = other, high = other + run < n ? other + run : n;
  if (low > n) low = n;
  int64_t begin = low;
  while (low < high) {
    int64_t middle = low + (high - low) / 2;
    int is = order(row(middle), mine);
    if (is_left ? is < 0 : is <= 0) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  to[first + (i - own) + (low - begin)] = mine;
}
