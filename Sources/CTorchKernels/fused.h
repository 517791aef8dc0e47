// Fused multiply-adds for processors without the instruction. They round once and give the same bits as the
// instruction.
#ifndef ST_FUSED_H
#define ST_FUSED_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// Products and sums below must not be contracted into fused multiply-adds.
#pragma STDC FP_CONTRACT OFF

#define ST_FUSED static inline __attribute__((always_inline, overloadable, unused))

// Returns a + b rounded to odd: an inexact sum gets an odd last bit. Rounding it again to fewer bits gives the same
// result as rounding once.
ST_FUSED double st_sum_to_odd(double a, double b) {
  double sum = a + b, part = sum - a, error = (a - (sum - part)) + (b - part);
  int64_t bits;
  memcpy(&bits, &sum, sizeof bits);
  // If the sum is inexact and even, take the odd neighbour on the other side of the exact sum. If the sum is infinite,
  // the error is NaN and both comparisons are false.
  int64_t inexact = (error < 0) | (error > 0), outwards = (error > 0) == (sum > 0);
  bits += (inexact & ~bits & 1) * (2 * outwards - 1);
  memcpy(&sum, &bits, sizeof sum);
  return sum;
}

/// Returns a * b + c, rounded once. The product of two floats is exact in double.
ST_FUSED float st_fused(float a, float b, float c) { return (float)st_sum_to_odd((double)a * (double)b, (double)c); }

/// Returns a * b + c, rounded once (Dekker's product; Boldo's and Melquiond's sum of three numbers).
ST_FUSED double st_fused(double a, double b, double c) {
  double p = a * b;
  // Near the limits of the exponent the parts would overflow or lose bits. The C library's fma is correct there, but
  // slow.
  if (!(fabs(a) < 0x1p500 && fabs(b) < 0x1p500 && fabs(c) < 0x1p1000 && (fabs(p) > 0x1p-900 || a == 0 || b == 0)))
    return fma(a, b, c);
  if (p == 0 || c == 0) return p + c;
  double a_scaled = a * 134217729.0, b_scaled = b * 134217729.0;
  double a_high = a_scaled - (a_scaled - a), b_high = b_scaled - (b_scaled - b), a_low = a - a_high, b_low = b - b_high;
  double p_low = ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low;
  double u = c + p_low, u_part = u - c, u_low = (c - (u - u_part)) + (p_low - u_part);
  double t = p + u, t_part = t - p, t_low = (p - (t - t_part)) + (u - t_part);
  return t + st_sum_to_odd(t_low, u_low);
}

// Like st_fused of scalars, lane by lane.
typedef float st_fused_16 __attribute__((ext_vector_type(16)));
ST_FUSED st_fused_16 st_fused(st_fused_16 a, st_fused_16 b, st_fused_16 c) {
  st_fused_16 r;
  for (int i = 0; i < 16; i++) r[i] = st_fused(a[i], b[i], c[i]);
  return r;
}
#define ST_FUSED_LANES_2(a, b, c) st_fused(a[0], b[0], c[0]), st_fused(a[1], b[1], c[1])
#define ST_FUSED_LANES_4(a, b, c) ST_FUSED_LANES_2(a, b, c), st_fused(a[2], b[2], c[2]), st_fused(a[3], b[3], c[3])

#endif
