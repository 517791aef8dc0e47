// What the threads of a warp or of a block of 256 compute together. S is a type with S::combine(earlier, later), whose
// size is a multiple of 4 bytes.

template <class S> S shuffled(S x, int d, bool up) {
  S y = x;
  constexpr int words = sizeof(S) / 4;
  unsigned bits[words];
  memcpy(bits, &x, sizeof x);
#pragma unroll
  for (int i = 0; i < words; i++)
    bits[i] = up ? __shfl_up_sync(0xffffffffu, bits[i], d) : __shfl_down_sync(0xffffffffu, bits[i], d);
  memcpy(&y, bits, sizeof y);
  return y;
}
template <class S> S shuffled_down(S x, int d) { return shuffled(x, d, false); }
template <class S> S shuffled_up(S x, int d) { return shuffled(x, d, true); }

// Combines the values of a block. All threads get the result. Threads that reach the next call have passed the barriers
// of this one.
template <class S> S over_block(S kept) {
  __shared__ S all[8], result;
#pragma unroll
  for (int d = 16; d > 0; d /= 2) kept = S::combine(kept, shuffled_down(kept, d));
  if (threadIdx.x % 32 == 0) all[threadIdx.x / 32] = kept;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (int w = 1; w < 8; w++) kept = S::combine(kept, all[w]);
    result = kept;
  }
  __syncthreads();
  return result;
}

// Returns the combination of the values of all threads up to this one. `total` gets that of the whole block.
template <class S> S scan_block(S kept, S &total) {
  __shared__ S all[8];
  int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
#pragma unroll
  for (int d = 1; d < 32; d *= 2) {
    S other = shuffled_up(kept, d);
    if (lane >= d) kept = S::combine(other, kept);
  }
  if (lane == 31) all[warp] = kept;
  __syncthreads();
  S before = all[0];
  total = before;
  for (int w = 1; w < 8; w++) {
    if (w == warp) before = total;
    total = S::combine(total, all[w]);
  }
  if (warp > 0) kept = S::combine(before, kept);
  __syncthreads();
  return kept;
}

// A count, as a value of the functions above.
struct Count {
  int64_t n;
  static Count combine(Count a, Count b) { return {a.n + b.n}; }
};
