// What kernel texts find in the place of NVIDIA's device headers. The simulated compiler compiles them as C++ for the
// host.
#pragma once
#define CUDASIM_PLAIN __attribute__((disable_sanitizer_instrumentation))
#define CUDASIM_SHOWN __attribute__((visibility("default")))
#define __global__ CUDASIM_SHOWN
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __launch_bounds__(...)
#define __grid_constant__
#define __align__(n) __attribute__((aligned(n)))
// One block runs at a time, so shared memory is static memory of the module. The driver finds it and its bounds by its
// section, and fills it with invalid values before each block.
#define __shared__ static __attribute__((section("cudasim_shared"), used))

typedef unsigned long cudasim_size;
struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x = 1, y = 1, z = 1;
};
struct alignas(8) uint2 {
  unsigned x, y;
};
struct alignas(8) float2 {
  float x, y;
};
struct alignas(16) float4 {
  float x, y, z, w;
};
struct alignas(16) int4 {
  int x, y, z, w;
};
struct alignas(16) uint4 {
  unsigned x, y, z, w;
};
struct alignas(16) double2 {
  double x, y;
};
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }

// In libcuda.so.1, which every module is linked with.
struct cudasim_place {
  uint3 thread, block;
  dim3 block_size, grid_size;
  unsigned lane;
};
extern "C" {
#define cudasim_here __llvm_gcov_cudasim_here  // the thread sanitizer leaves accesses to such a name alone
extern cudasim_place cudasim_here;
void cudasim_syncthreads(const void *site, int vote, int *value);
void cudasim_syncwarp(unsigned mask, const void *site);
unsigned long long cudasim_exchange(unsigned mask, unsigned long long mine, int exchange, int with, int width,
                                    const void *site);
void cudasim_access(const volatile void *at, cudasim_size size, int access);  // 0 read, 1 write, 2 atomic
void *cudasim_dynamic_shared(void);
void cudasim_assert_failed(const char *what, const char *file, int line);
int printf(const char *, ...);
void *memcpy(void *, const void *, cudasim_size);
void *memset(void *, int, cudasim_size);
}
#define threadIdx (cudasim_here.thread)
#define blockIdx (cudasim_here.block)
#define blockDim (cudasim_here.block_size)
#define gridDim (cudasim_here.grid_size)
#define warpSize 32
#define assert(e) ((e) ? (void)0 : cudasim_assert_failed(#e, __FILE__, __LINE__))
#define __trap() cudasim_assert_failed("__trap", __FILE__, __LINE__)

// Barriers. The line in the text tells apart threads that wait at different ones.
#define CUDASIM_LINE ((const void *)(long)__builtin_LINE())
inline int cudasim_vote(int vote, int p, const void *site) {
  int value = p != 0;
  cudasim_syncthreads(site, vote, &value);
  return value;
}
inline void __syncthreads(const void *site = CUDASIM_LINE) { cudasim_vote(0, 0, site); }
inline int __syncthreads_count(int p, const void *site = CUDASIM_LINE) { return cudasim_vote(1, p, site); }
inline int __syncthreads_and(int p, const void *site = CUDASIM_LINE) { return cudasim_vote(2, p, site); }
inline int __syncthreads_or(int p, const void *site = CUDASIM_LINE) { return cudasim_vote(3, p, site); }
inline void __syncwarp(unsigned mask = 0xffffffffu, const void *site = CUDASIM_LINE) { cudasim_syncwarp(mask, site); }
inline void __threadfence() {}
inline void __threadfence_block() {}
inline void __threadfence_system() {}
inline void __nanosleep(unsigned) {}

// Exchanges in a warp.
template <class T>
CUDASIM_PLAIN inline T cudasim_shuffle(unsigned mask, T x, int exchange, int with, int width, const void *site) {
  static_assert(sizeof(T) <= 8, "a shuffle moves 4 or 8 bytes");
  unsigned long long mine = 0;
  __builtin_memcpy(&mine, &x, sizeof x);
  mine = cudasim_exchange(mask, mine, exchange, with, width, site);
  __builtin_memcpy(&x, &mine, sizeof x);
  return x;
}
#define CUDASIM_SHUFFLE(name, exchange)                                                                       \
  template <class T> inline T name(unsigned m, T x, int with, int width = 32, const void *s = CUDASIM_LINE) { \
    return cudasim_shuffle(m, x, exchange, with, width, s);                                                   \
  }
CUDASIM_SHUFFLE(__shfl_sync, 0)
CUDASIM_SHUFFLE(__shfl_up_sync, 1)
CUDASIM_SHUFFLE(__shfl_down_sync, 2)
CUDASIM_SHUFFLE(__shfl_xor_sync, 3)
inline unsigned __ballot_sync(unsigned m, int p, const void *s = CUDASIM_LINE) {
  return (unsigned)cudasim_exchange(m, p != 0, 4, 0, 32, s);
}
inline int __any_sync(unsigned m, int p, const void *s = CUDASIM_LINE) { return __ballot_sync(m, p, s) != 0; }
inline int __all_sync(unsigned m, int p, const void *s = CUDASIM_LINE) { return __ballot_sync(m, !p, s) == 0; }

// Threads take turns only at barriers and exchanges, so an atomic step is a plain one.
template <class T, class F> CUDASIM_PLAIN inline T cudasim_atomic(T *at, F f) {
  cudasim_access(at, sizeof(T), 2);
  T old = *at;
  *at = f(old);
  return old;
}
#define CUDASIM_ATOMIC(name, e)                                              \
  template <class T> CUDASIM_PLAIN inline T name(T *at, T x) {               \
    return cudasim_atomic(at, [=](T old) CUDASIM_PLAIN -> T { return e; }); \
  }
CUDASIM_ATOMIC(atomicAdd, old + x)
CUDASIM_ATOMIC(atomicSub, old - x)
CUDASIM_ATOMIC(atomicMax, old > x ? old : x)
CUDASIM_ATOMIC(atomicMin, old < x ? old : x)
CUDASIM_ATOMIC(atomicOr, old | x)
CUDASIM_ATOMIC(atomicAnd, old & x)
CUDASIM_ATOMIC(atomicXor, old ^ x)
CUDASIM_ATOMIC(atomicExch, x)
template <class T> CUDASIM_PLAIN inline T atomicCAS(T *at, T expected, T x) {
  return cudasim_atomic(at, [=](T old) CUDASIM_PLAIN -> T { return old == expected ? x : old; });
}
template <class T> inline T __ldg(const T *p) { return *p; }

// Bits.
template <class To, class From> inline To cudasim_bits(From x) {
  To y;
  __builtin_memcpy(&y, &x, sizeof y);
  return y;
}
inline float __int_as_float(int x) { return cudasim_bits<float>(x); }
inline int __float_as_int(float x) { return cudasim_bits<int>(x); }
inline float __uint_as_float(unsigned x) { return cudasim_bits<float>(x); }
inline unsigned __float_as_uint(float x) { return cudasim_bits<unsigned>(x); }
inline double __longlong_as_double(long long x) { return cudasim_bits<double>(x); }
inline long long __double_as_longlong(double x) { return cudasim_bits<long long>(x); }
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x ? __builtin_clz((unsigned)x) : 32; }
inline int __ffs(int x) { return __builtin_ffs(x); }
inline unsigned __umulhi(unsigned a, unsigned b) { return (unsigned)(((unsigned long long)a * b) >> 32); }
inline unsigned long long __umul64hi(unsigned long long a, unsigned long long b) {
  return (unsigned long long)(((unsigned __int128)a * b) >> 64);
}

// Mathematics: C's functions, and those of mathematics.cpp.
#define CUDASIM_OF_ONE(M)                                                                                         \
  M(fabs) M(sqrt) M(exp) M(exp2) M(expm1) M(log) M(log2) M(log10) M(log1p) M(sin) M(cos) M(tan) M(asin) M(acos)   \
  M(atan) M(sinh) M(cosh) M(tanh) M(asinh) M(acosh) M(atanh) M(erf) M(erfc) M(lgamma) M(tgamma) M(rint) M(ceil)   \
  M(floor) M(trunc) M(cbrt)
#define CUDASIM_OF_TWO(M) M(pow) M(fmod) M(atan2) M(copysign) M(hypot) M(nextafter) M(fmax) M(fmin)
#define CUDASIM_DECLARE_ONE(name)           \
  extern "C" double name(double) noexcept;  \
  extern "C" float name##f(float) noexcept; \
  inline float name(float x) { return name##f(x); }
#define CUDASIM_DECLARE_TWO(name)                  \
  extern "C" double name(double, double) noexcept; \
  extern "C" float name##f(float, float) noexcept; \
  inline float name(float x, float y) { return name##f(x, y); }
CUDASIM_OF_ONE(CUDASIM_DECLARE_ONE)
CUDASIM_OF_TWO(CUDASIM_DECLARE_TWO)
extern "C" double fma(double, double, double) noexcept;
extern "C" float fmaf(float, float, float) noexcept;
extern "C" double frexp(double, int *) noexcept;
extern "C" double ldexp(double, int) noexcept;
extern "C" double scalbn(double, int) noexcept;
extern "C" double erfinv(double) noexcept;
extern "C" float erfinvf(float) noexcept;
extern "C" double cyl_bessel_i0(double) noexcept;
extern "C" float cyl_bessel_i0f(float) noexcept;
extern "C" double normcdf(double) noexcept;
extern "C" float normcdff(float) noexcept;
inline double rsqrt(double x) { return 1 / sqrt(x); }
inline float rsqrtf(float x) { return 1 / sqrtf(x); }
#define CUDASIM_CLASSIFY(name, f)             \
  inline bool name(double x) { return f(x); } \
  inline bool name(float x) { return f(x); }
CUDASIM_CLASSIFY(isinf, __builtin_isinf)
CUDASIM_CLASSIFY(isnan, __builtin_isnan)
CUDASIM_CLASSIFY(isfinite, __builtin_isfinite)
CUDASIM_CLASSIFY(signbit, __builtin_signbit)
inline float __expf(float x) { return expf(x); }
inline float __logf(float x) { return logf(x); }
inline float __sinf(float x) { return sinf(x); }
inline float __cosf(float x) { return cosf(x); }
inline int min(int a, int b) { return a < b ? a : b; }
inline int max(int a, int b) { return a > b ? a : b; }
inline unsigned min(unsigned a, unsigned b) { return a < b ? a : b; }
inline unsigned max(unsigned a, unsigned b) { return a > b ? a : b; }
inline long long min(long long a, long long b) { return a < b ? a : b; }
inline long long max(long long a, long long b) { return a > b ? a : b; }
inline float min(float a, float b) { return fminf(a, b); }
inline float max(float a, float b) { return fmaxf(a, b); }

// How the driver calls a kernel, and what it knows of its parameters.
struct cudasim_signature {
  unsigned count;
  unsigned sizes[64], alignments[64];
};
namespace cudasim {
template <class... A> constexpr cudasim_signature signature(void (*)(A...)) {
  return {sizeof...(A), {sizeof(A)...}, {alignof(A)...}};
}
template <int... k> struct places {};
template <int n, int... k> struct up_to : up_to<n - 1, n - 1, k...> {};
template <int... k> struct up_to<0, k...> {
  typedef places<k...> type;
};
template <class... A, int... k> CUDASIM_PLAIN inline void call(void (*f)(A...), void **p, places<k...>) {
  f(*(A *)p[k]...);
}
template <class... A> CUDASIM_PLAIN inline void call(void (*f)(A...), void **p) {
  call(f, p, typename up_to<sizeof...(A)>::type());
}
}  // namespace cudasim
// The compiler adds one of these for each kernel, and the last once.
#define CUDASIM_KERNEL(name)                                                                            \
  extern "C" CUDASIM_SHOWN CUDASIM_PLAIN void cudasim_call_##name(void **p) { cudasim::call(name, p); } \
  extern "C" CUDASIM_SHOWN constexpr cudasim_signature cudasim_signature_##name = cudasim::signature(name);
#define CUDASIM_SHARED_BOUNDS                                                                                 \
  extern "C" {                                                                                                \
  extern char __start_cudasim_shared[] __attribute__((weak, visibility("hidden")));                           \
  extern char __stop_cudasim_shared[] __attribute__((weak, visibility("hidden")));                            \
  extern CUDASIM_SHOWN char *const cudasim_shared_bounds[2];                                                  \
  char *const cudasim_shared_bounds[2] = {__start_cudasim_shared, __stop_cudasim_shared};                     \
  }
