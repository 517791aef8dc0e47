// Discrete Fourier transforms.
#ifndef ST_FFT_H
#define ST_FFT_H

#include "st_types.h"

/// What a transform reads and writes.
typedef enum __attribute__((enum_extensibility(closed), swift_name("FourierKind"))) st_fft_kind : uint8_t {
  /// Complex numbers to as many complex numbers, with exponents of negative sign.
  ST_FFT_FORWARD __attribute__((swift_name("forward"))),
  /// Complex numbers to as many complex numbers, with exponents of positive sign.
  ST_FFT_INVERSE __attribute__((swift_name("inverse"))),
  /// n real numbers to the first n/2 + 1 complex numbers of their transform, with exponents of negative sign.
  ST_FFT_REAL __attribute__((swift_name("real"))),
  /// The first n/2 + 1 complex numbers to n real numbers, with exponents of positive sign. The others are the
  /// conjugates of these; the imaginary parts of the first, and for even n of the last, count as 0.
  ST_FFT_TO_REAL __attribute__((swift_name("toReal"))),
} st_fft_kind;

/// The greatest length of transforms along a dimension that is not the last one.
enum { ST_FFT_MOST_COLUMNS = 1024 };

/// Transforms of length n ≥ 1 along the middle dimension of contiguous memory, [outer, n, inner]. For the kinds with
/// real numbers `inner` must be 1, and also for n above ST_FFT_MOST_COLUMNS.
typedef struct {
  st_fft_kind kind;
  /// ST_C64 or ST_C128.
  st_dtype dtype;
  int64_t outer, n, inner;
  /// Multiplies the results.
  double scale;
} st_fft_shape;

/// Computes transforms. `out` does not overlap `in`. The bits depend neither on the number of threads nor on the other
/// transforms of a call. Returns 0, or the bytes of an allocation that failed.
int64_t st_fft(const st_fft_shape *_Nonnull shape, void *_Nonnull out, const void *_Nonnull in);

#endif
