// MT19937 and PyTorch's draws from it.
#include "random_internal.h"
#include "reduce_isa.h"
#include "st_parallel.h"
#include <math.h>
#include <stdlib.h>

static inline uint32_t mt_twist(uint32_t u, uint32_t v) {
  return (((u & 0x80000000u) | (v & 0x7fffffffu)) >> 1) ^ (-(v & 1u) & 0x9908b0dfu);
}

static inline uint32_t mt_temper1(uint32_t y) {
  y ^= y >> 11;
  y ^= (y << 7) & 0x9d2c5680u;
  y ^= (y << 15) & 0xefc60000u;
  return y ^ (y >> 18);
}

#define ST_KERNELS "random_kernels.inc"
#include "reduce_each_isa.inc"

void st_generator_seed(st_generator *g, uint64_t seed) {
  g->seed = seed;
  g->state[0] = (uint32_t)seed;
  for (uint32_t i = 1; i < 624; i++) g->state[i] = 1812433253u * (g->state[i - 1] ^ (g->state[i - 1] >> 30)) + i;
  g->left = 1;
  g->next = 0;
  g->has_next_double = false;
  g->next_double = 0;
}

uint32_t st_random32(st_generator *g) {
  if (--g->left <= 0 || g->next < 0 || g->next >= 624) {  // also if a restored state is damaged
    ST_PICK(mt_next_block)(g->state);
    g->left = 624;
    g->next = 0;
  }
  return mt_temper1(g->state[g->next++]);
}

uint64_t st_random64(st_generator *g) {
  uint64_t first = st_random32(g);
  return first << 32 | st_random32(g);
}

static void draw32(st_generator *g, uint32_t *out, int64_t n) {
  void (*temper)(const uint32_t *, uint32_t *, int64_t) = ST_PICK(mt_temper);
  while (n > 0) {
    *out++ = st_random32(g);  // regenerates the block if it is used up
    n--;
    int64_t k = st_min64(n, st_min64(g->left - 1, 624 - g->next));
    if (k <= 0) continue;
    temper(g->state + g->next, out, k);
    g->left -= (int32_t)k;
    g->next += (int32_t)k;
    out += k;
    n -= k;
  }
}

enum { CHUNK = 1024 };

static void draw64(st_generator *g, uint64_t *out, int64_t n) {
  uint32_t bits[2 * CHUNK];
  while (n > 0) {
    int64_t k = st_min64(n, CHUNK);
    draw32(g, bits, 2 * k);
    for (int64_t i = 0; i < k; i++) out[i] = (uint64_t)bits[2 * i] << 32 | bits[2 * i + 1];
    out += k;
    n -= k;
  }
}

static inline void put(void *out, int64_t i, double x, st_dtype t) {
  switch (t) {
    case ST_BOOL: ((bool *)out)[i] = x != 0; break;
    case ST_U8: ((uint8_t *)out)[i] = (uint8_t)st_f64_to_i64(x); break;
    case ST_I8: ((int8_t *)out)[i] = (int8_t)st_f64_to_i64(x); break;
    case ST_I16: ((int16_t *)out)[i] = (int16_t)st_f64_to_i64(x); break;
    case ST_I32: ((int32_t *)out)[i] = (int32_t)st_f64_to_i64(x); break;
    case ST_I64: ((int64_t *)out)[i] = st_f64_to_i64(x); break;
    // PyTorch converts double to its half types through float.
    case ST_F16: ((_Float16 *)out)[i] = (_Float16)(float)x; break;
    case ST_BF16: ((uint16_t *)out)[i] = st_f32_to_bf16((float)x); break;
    case ST_F32: ((float *)out)[i] = (float)x; break;
    case ST_F64: ((double *)out)[i] = x; break;
    default: break;
  }
}

static inline void put_integer(void *out, int64_t i, int64_t x, st_dtype t) {
  switch (t) {
    case ST_BOOL: ((bool *)out)[i] = x != 0; break;
    case ST_U8: ((uint8_t *)out)[i] = (uint8_t)x; break;
    case ST_I8: ((int8_t *)out)[i] = (int8_t)x; break;
    case ST_I16: ((int16_t *)out)[i] = (int16_t)x; break;
    case ST_I32: ((int32_t *)out)[i] = (int32_t)x; break;
    case ST_I64: ((int64_t *)out)[i] = x; break;
    case ST_U16: ((uint16_t *)out)[i] = (uint16_t)x; break;
    case ST_U32: ((uint32_t *)out)[i] = (uint32_t)x; break;
    case ST_U64: ((uint64_t *)out)[i] = (uint64_t)x; break;
    case ST_F16: ((_Float16 *)out)[i] = (_Float16)(float)x; break;
    case ST_BF16: ((uint16_t *)out)[i] = st_f32_to_bf16((float)x); break;
    case ST_F32: ((float *)out)[i] = (float)x; break;
    case ST_F64: ((double *)out)[i] = (double)x; break;
    default: break;
  }
}

static float round_to(float x, st_dtype t) {
  if (t == ST_F16) return (float)(_Float16)x;
  return t == ST_BF16 ? st_bf16_to_f32(st_f32_to_bf16(x)) : x;
}

void st_fill_uniform(st_generator *g, double from, double to, int64_t n, void *out, st_dtype dtype) {
  if (dtype == ST_F64) {
    uint64_t bits[CHUNK];
    double *p = out;
    double range = to - from;
    for (int64_t i = 0; i < n; i += CHUNK) {
      int64_t k = st_min64(n - i, CHUNK);
      draw64(g, bits, k);
      for (int64_t j = 0; j < k; j++) {
        double x = from == 0 ? unit53(bits[j]) * range : fma(unit53(bits[j]), range, from);
        p[i + j] = x == to ? from : x;
      }
    }
    return;
  }
  uint32_t bits[CHUNK];
  float drawn[CHUNK];
  bool half = dtype != ST_F32;
  float low = (float)from, high = (float)to;
  // A half result that rounds to the rounded upper bound is replaced by the lower bound.
  float half_low = round_to(low, dtype), half_high = round_to(high, dtype);
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t k = st_min64(n - i, CHUNK);
    draw32(g, bits, k);
    float *p = half ? drawn : (float *)out + i;
    ST_PICK(uniform_f32)(bits, p, k, low, high);
    if (!half) continue;
    for (int64_t j = 0; j < k; j++) {
      float x = round_to(drawn[j], dtype);
      put(out, i + j, x == half_high ? half_low : x, dtype);
    }
  }
}

double st_draw_normal(st_generator *g) {
  if (g->has_next_double) {
    g->has_next_double = false;
    return g->next_double;
  }
  double u1 = unit53(st_random64(g)), u2 = unit53(st_random64(g));
  double r = sqrt(-2.0 * log1p(-u2)), theta = 2.0 * 3.14159265358979323846 * u1;
  g->next_double = r * sin(theta);
  g->has_next_double = true;
  return r * cos(theta);
}

void st_fill_normal_scalar(st_generator *g, double mean, double std, int64_t n, void *out, st_dtype dtype) {
  for (int64_t i = 0; i < n; i++) put(out, i, fma(st_draw_normal(g), std, mean), dtype);
}

typedef struct {
  void *data;
  double mean, std;
} normal_job;

static void normal_body32(void *context, int64_t begin, int64_t end) {
  normal_job *job = context;
  ST_PICK(normal_f32)((float *)job->data + 16 * begin, 16 * (end - begin), (float)job->mean, (float)job->std);
}

static void normal_body64(void *context, int64_t begin, int64_t end) {
  normal_job *job = context;
  for (int64_t b = begin; b < end; b++) {
    double *d = (double *)job->data + 16 * b;
    for (int j = 0; j < 8; j++) {
      double u1 = 1 - d[j], u2 = d[j + 8];
      double r = sqrt(-2 * log(u1)), theta = 2.0 * 3.14159265358979323846 * u2;
      d[j] = fma(r * cos(theta), job->std, job->mean);
      d[j + 8] = fma(r * sin(theta), job->std, job->mean);
    }
  }
}

void st_fill_normal(st_generator *g, double mean, double std, int64_t n, void *out, st_dtype dtype) {
  if (n < 16) {
    st_fill_normal_scalar(g, mean, std, n, out, dtype);
    return;
  }
  int64_t blocks = n / 16, tail = n % 16;
  if (dtype == ST_F32 || dtype == ST_F64) {
    bool wide = dtype == ST_F64;
    void (*body)(void *, int64_t, int64_t) = wide ? normal_body64 : normal_body32;
    normal_job job = {out, mean, std};
    st_fill_uniform(g, 0, 1, n, out, dtype);
    st_parallel_for(blocks, wide ? 64 : 1024, body, &job);
    if (!tail) return;
    job.data = (char *)out + (size_t)(n - 16) * (wide ? 8 : 4);
    st_fill_uniform(g, 0, 1, 16, job.data, dtype);
    body(&job, 0, 1);
    return;
  }
  // Half types draw no uniform numbers for elements that the last block of 16 overwrites.
  float drawn[CHUNK];
  normal_job job = {drawn, mean, std};
  for (int64_t i = 0; i < blocks * 16; i += CHUNK) {
    int64_t k = st_min64(blocks * 16 - i, CHUNK);
    st_fill_uniform(g, 0, 1, k, drawn, ST_F32);
    normal_body32(&job, 0, k / 16);
    for (int64_t j = 0; j < k; j++) put(out, i + j, drawn[j], dtype);
  }
  if (!tail) return;
  st_fill_uniform(g, 0, 1, 16, drawn, ST_F32);
  normal_body32(&job, 0, 1);
  for (int64_t j = 0; j < 16; j++) put(out, n - 16 + j, drawn[j], dtype);
}

// Rounds x to an integer that the float dtype can represent. PyTorch moves bounds of large magnitude to such integers.
static int64_t representable(int64_t x, st_dtype t) {
  double y = t == ST_F64 ? (double)x : round_to((float)x, t);
  return st_f64_to_i64(y);
}

static int64_t spacing(int64_t x, st_dtype t) {
  int digits = t == ST_F16 ? 11 : t == ST_BF16 ? 8 : t == ST_F32 ? 24 : 53;
  uint64_t magnitude = x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
  int n = 0;
  while (magnitude >>= 1) n++;
  return n >= digits - 1 ? INT64_C(1) << (n - digits + 1) : 0;
}

void st_fill_randint(st_generator *g, int64_t low, int64_t high, int64_t n, void *out, st_dtype dtype) {
  if (st_is_float(dtype)) {
    if (low < INT64_MAX && representable(low + 1, dtype) < low)
      low = representable(low + 1, dtype) + spacing(low + 1, dtype);
    if (high > INT64_MIN && representable(high - 1, dtype) >= high)
      high = representable(high - 1, dtype) - spacing(high - 1, dtype);
  }
  // In unsigned arithmetic, high = INT64_MIN means 2^63, and equal bounds mean all 2^64 values.
  uint64_t range = (uint64_t)high - (uint64_t)low;
  if (range - 1 < (UINT64_C(1) << 28) - 1) {
    uint32_t bits[CHUNK], r = (uint32_t)range;
    for (int64_t i = 0; i < n; i += CHUNK) {
      int64_t k = st_min64(n - i, CHUNK);
      draw32(g, bits, k);
      if (dtype == ST_I64)
        for (int64_t j = 0; j < k; j++) ((int64_t *)out)[i + j] = (int64_t)((uint64_t)(bits[j] % r) + (uint64_t)low);
      else
        for (int64_t j = 0; j < k; j++)
          put_integer(out, i + j, (int64_t)((uint64_t)(bits[j] % r) + (uint64_t)low), dtype);
    }
    return;
  }
  for (int64_t i = 0; i < n; i++) {
    uint64_t x = st_random64(g);
    put_integer(out, i, (int64_t)(range ? x % range + (uint64_t)low : x), dtype);
  }
}

void st_fill_random(st_generator *g, int64_t n, void *out, st_dtype dtype) {
  if (dtype == ST_I64 || dtype == ST_F64) {
    for (int64_t i = 0; i < n; i++) {
      uint64_t x = st_random64(g);
      put_integer(out, i, (int64_t)(dtype == ST_I64 ? x & INT64_MAX : x % ((UINT64_C(1) << 53) + 1)), dtype);
    }
    return;
  }
  static const uint32_t ranges[] = {[ST_BOOL] = 2, [ST_U8] = 256, [ST_I8] = 128, [ST_I16] = 32768, [ST_I32] = 1u << 31,
                                    [ST_F16] = 2049, [ST_BF16] = 257, [ST_F32] = (1 << 24) + 1};
  uint32_t bits[CHUNK], r = ranges[dtype];
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t k = st_min64(n - i, CHUNK);
    draw32(g, bits, k);
    for (int64_t j = 0; j < k; j++) put_integer(out, i + j, bits[j] % r, dtype);
  }
}

void st_fill_randperm(st_generator *g, int64_t n, int64_t *out) {
  for (int64_t i = 0; i < n; i++) out[i] = i;
  uint32_t bits[CHUNK];
  // A distant swap misses the cache. Drawing ahead lets the misses overlap.
  for (int64_t i = 0; i < n - 1; i += CHUNK) {
    int64_t k = st_min64(n - 1 - i, CHUNK);
    draw32(g, bits, k);
    if (n <= UINT32_MAX) {
      for (int64_t j = 0; j < k; j++) bits[j] %= (uint32_t)(n - i - j);
      for (int64_t j = 0; j < k; j++) {
        if (j + 16 < k) __builtin_prefetch(out + i + j + 16 + bits[j + 16], 1);
        int64_t *a = out + i + j, *b = a + bits[j], swap = *a;
        *a = *b;
        *b = swap;
      }
    } else {
      for (int64_t j = 0; j < k; j++) {
        int64_t *a = out + i + j, *b = a + bits[j] % (uint64_t)(n - i - j), swap = *a;
        *a = *b;
        *b = swap;
      }
    }
  }
}

void st_fill_bernoulli(st_generator *g, double p, int64_t n, void *out, st_dtype dtype) {
  uint64_t bits[CHUNK];
  // Compares unit53(bits) < p as integers. 2^53 p is exact, and an integer is below it exactly if it is below its
  // ceiling.
  uint64_t limit = p >= 1 ? UINT64_C(1) << 53 : p > 0 ? (uint64_t)ceil(p * 0x1p53) : 0, mask = (UINT64_C(1) << 53) - 1;
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t k = st_min64(n - i, CHUNK);
    draw64(g, bits, k);
    switch (dtype) {
      case ST_F32: for (int64_t j = 0; j < k; j++) ((float *)out)[i + j] = (bits[j] & mask) < limit ? 1 : 0; break;
      case ST_BOOL: for (int64_t j = 0; j < k; j++) ((bool *)out)[i + j] = (bits[j] & mask) < limit; break;
      default: for (int64_t j = 0; j < k; j++) put_integer(out, i + j, (bits[j] & mask) < limit, dtype);
    }
  }
}

void st_fill_bernoulli_tensor(st_generator *g, int64_t n, const void *p, st_dtype p_dtype, void *out, st_dtype dtype) {
  uint32_t bits[CHUNK];
  for (int64_t i = 0; i < n; i += CHUNK) {
    int64_t k = st_min64(n - i, CHUNK);
    if (p_dtype == ST_F64) {
      for (int64_t j = 0; j < k; j++)
        put_integer(out, i + j, unit53(st_random64(g)) < ((const double *)p)[i + j], dtype);
      continue;
    }
    draw32(g, bits, k);
    for (int64_t j = 0; j < k; j++) {
      float limit = p_dtype == ST_F32   ? ((const float *)p)[i + j]
                    : p_dtype == ST_F16 ? (float)((const _Float16 *)p)[i + j]
                                        : st_bf16_to_f32(((const uint16_t *)p)[i + j]);
      put_integer(out, i + j, (float)(bits[j] & 0xffffff) * 0x1p-24f < limit, dtype);
    }
  }
}

typedef struct {
  const uint64_t *bits;
  void *out;
  double scale;
  st_dtype dtype;
} exponential_job;

static void exponential_body(void *context, int64_t begin, int64_t end) {
  exponential_job *job = context;
  for (int64_t i = begin; i < end; i++) put(job->out, i, job->scale * log1p(-unit53(job->bits[i])), job->dtype);
}

void st_fill_exponential(st_generator *g, double lambda, int64_t n, void *out, st_dtype dtype) {
  enum { BATCH = 16384 };
  uint64_t small[CHUNK], *bits = n > CHUNK ? malloc(BATCH * sizeof *bits) : NULL;
  int64_t batch = bits ? BATCH : CHUNK;
  for (int64_t i = 0; i < n; i += batch) {
    int64_t k = st_min64(n - i, batch);
    draw64(g, bits ? bits : small, k);
    exponential_job job = {bits ? bits : small, (char *)out + (size_t)i * st_size(dtype), -1.0 / lambda, dtype};
    st_parallel_for(k, 2048, exponential_body, &job);
  }
  free(bits);
}

void st_fill_cauchy(st_generator *g, double median, double sigma, int64_t n, void *out, st_dtype dtype) {
  for (int64_t i = 0; i < n; i++)
    put(out, i, median + sigma * tan(3.14159265358979323846 * (unit53(st_random64(g)) - 0.5)), dtype);
}

void st_fill_log_normal(st_generator *g, double mean, double std, int64_t n, void *out, st_dtype dtype) {
  for (int64_t i = 0; i < n; i++) put(out, i, exp(fma(st_draw_normal(g), std, mean)), dtype);
}

void st_fill_geometric(st_generator *g, double p, int64_t n, void *out, st_dtype dtype) {
  double scale = log1p(-p);
  for (int64_t i = 0; i < n; i++) put(out, i, ceil(log(unit53(st_random64(g))) / scale), dtype);
}

static inline double get(const void *in, int64_t i, st_dtype t) {
  switch (t) {
    case ST_F16: return (double)((const _Float16 *)in)[i];
    case ST_BF16: return st_bf16_to_f32(((const uint16_t *)in)[i]);
    case ST_F32: return ((const float *)in)[i];
    default: return ((const double *)in)[i];
  }
}

void st_fill_rrelu(st_generator *g, double lower, double upper, int64_t n, const void *x, void *out, st_dtype dtype) {
  for (int64_t i = 0; i < n; i++)
    put(out, i, get(x, i, dtype) <= 0 ? fma(unit53(st_random64(g)), upper - lower, lower) : 1, dtype);
}

bool st_fill_categories(st_generator *g, int64_t rows, int64_t n, int64_t count, const void *weights, st_dtype dtype,
                        int64_t *out) {
  // Cumulative sums of the weights in their own precision (float for half types), as in PyTorch.
  bool wide = dtype == ST_F64;
  double *sums = malloc((size_t)n * sizeof *sums);
  if (!sums) return false;
  for (int64_t r = 0; r < rows; r++) {
    double sum = 0;
    for (int64_t j = 0; j < n; j++) {
      double x = get(weights, r * n + j, dtype);
      sum = wide ? sum + x : (double)((float)sum + (float)x);
      sums[j] = sum;
    }
    for (int64_t j = 0; j < n; j++) sums[j] = wide ? sums[j] / sum : (double)((float)sums[j] / (float)sum);
    sums[n - 1] = 1;
    for (int64_t i = 0; i < count; i++) {
      double u = unit53(st_random64(g));
      int64_t left = 0, right = n;
      while (left < right) {
        int64_t middle = left + (right - left) / 2;
        if (sums[middle] < u) left = middle + 1;
        else right = middle;
      }
      out[r * count + i] = left;
    }
  }
  free(sums);
  return true;
}
