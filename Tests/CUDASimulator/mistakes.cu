// Kernels of the mistakes that mistakes.cpp and SimulatedCardMistakeTests make, on vectors of 100 numbers.
extern "C" __global__ void add(const float *a, const float *b, float *out, int n) {
  for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) out[i] = a[i] + b[i];
}
struct alignas(16) Four { float x[4]; };
extern "C" __global__ void copy_vectors(const Four *x, Four *out) { out[threadIdx.x] = x[threadIdx.x]; }
extern "C" __global__ void no_barrier(const float *x, float *y) {
  __shared__ float all[64];
  all[threadIdx.x] = x[threadIdx.x];
  y[threadIdx.x] = all[63 - threadIdx.x];
}
extern "C" __global__ void two_barriers(const float *x, float *y) {
  if (threadIdx.x < 32) { y[threadIdx.x] = x[threadIdx.x]; __syncthreads(); }
  else {
    __syncthreads();
    y[threadIdx.x] = 1;
  }
}
extern "C" __global__ void lost_lane(const float *x, float *y) {
  float v = x[threadIdx.x];
  if (threadIdx.x % 2) v += __shfl_down_sync(0xffffffffu, v, 1);
  else if (threadIdx.x % 4) __syncthreads();
  y[threadIdx.x] = v;
}
extern "C" __global__ void blocks_meet(const float *x, float *y) {
  y[threadIdx.x] = x[threadIdx.x] + blockIdx.x;
}
extern "C" __global__ void plain_sum(const float *x, float *y) { y[0] += x[threadIdx.x]; }
extern "C" __global__ void outside_shared(const float *x, float *y) {
  __shared__ float all[32];
  all[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = all[threadIdx.x];
}
extern "C" __global__ void shared_not_written(const float *x, float *y) {
  __shared__ float all[64];
  y[threadIdx.x] = all[threadIdx.x];
}
extern "C" __global__ void asserts(const float *x, float *y) { assert(x[threadIdx.x] < 50); y[threadIdx.x] = 0; }
extern "C" __global__ void right(const float *x, float *y) {
  __shared__ float all[64];
  all[threadIdx.x] = x[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = all[63 - threadIdx.x];
}
