// What random.c and random_rejection.c share.
#ifndef ST_RANDOM_INTERNAL_H
#define ST_RANDOM_INTERNAL_H

#include "st_random.h"

/// Returns the number in [0, 1) that PyTorch makes of 64 random bits.
static inline double unit53(uint64_t bits) { return (double)(int64_t)(bits & ((UINT64_C(1) << 53) - 1)) * 0x1p-53; }

/// Returns a standard normal number, by Box-Muller in double. Of each pair, the second is kept for the next call.
double st_draw_normal(st_generator *g);

#endif
