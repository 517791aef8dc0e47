// Rows that a block of 256 threads reads and writes. A thread has `width` neighbours of each 256 · width elements,
// whatever the addresses, so that sums have one order. Neighbours in memory move together, 16 bytes at a time.

template <class T> struct Element {
  typedef T type;
};
template <class T> struct Element<const T> {
  typedef T type;
};

template <class T> struct Row {
  static constexpr int width = 16 / sizeof(T);
  typedef Several<typename Element<T>::type, width> Part;
  T *at;
  // The number of elements and the distance between them.
  int64_t n, step;

  // The first part of this thread, and the distance to its next.
  int64_t begin() const { return threadIdx.x * (int64_t)width; }
  static constexpr int64_t stride = 256 * width;
  // The elements of a part.
  int count(int64_t first) const { return n - first < width ? (int)(n - first) : width; }
  bool moves_together(int64_t first) const { return step == 1 && n - first >= width && (uint64_t)at % 16 == 0; }

  Part load(int64_t first) const {
    Part part = {};
    if (moves_together(first)) {
      part = *(const Part *)(at + first);
    } else {
#pragma unroll
      for (int j = 0; j < width; j++)
        if (first + j < n) part.element[j] = at[(first + j) * step];
    }
    return part;
  }
  void store(int64_t first, const Part &part) const {
    if (moves_together(first)) {
      *(Part *)(at + first) = part;
    } else {
#pragma unroll
      for (int j = 0; j < width; j++)
        if (first + j < n) at[(first + j) * step] = part.element[j];
    }
  }
};

// Calls to(element) for the elements of tile `first` … first + tile of a row of n, in no order.
template <int tile, class T, class To> void each_in_tile(const T *in, int64_t n, int64_t first, To to) {
  Row<const T> row = {in, n, 1};
  static_assert(tile % Row<const T>::stride == 0, "");
#pragma unroll
  for (int step = 0; step < tile; step += Row<const T>::stride) {
    int64_t at = first + step + row.begin();
    auto part = row.load(at);
#pragma unroll
    for (int j = 0; j < Row<const T>::width; j++)
      if (at + j < n) to(part.element[j]);
  }
}
