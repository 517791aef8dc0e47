#include "half_reductions.h"

#define ST_ISA ST_BASELINE
#include "vector.h"
// Uses ST_INLINE of vector.h.
#include "convert.h"

// Each combination is computed in float32 and rounded once. A NaN wins, as it does in PyTorch's minimum and maximum.
#define DEFINE(type, name, formula)                                                 \
  static void type##_##name(void *in, void *out, int *count, void *datatype) {      \
    (void)datatype;                                                                 \
    const uint16_t *from = in;                                                      \
    uint16_t *to = out;                                                             \
    for (int i = 0; i < *count; i++) {                                              \
      float a = st_from_##type(from[i]), b = st_from_##type(to[i]);                 \
      to[i] = st_to_##type(formula);                                                \
    }                                                                               \
  }
#define DEFINE_ALL(type)                              \
  DEFINE(type, sum, a + b)                            \
  DEFINE(type, product, a *b)                         \
  DEFINE(type, min, a < b || a != a ? a : b)          \
  DEFINE(type, max, a > b || a != a ? a : b)
DEFINE_ALL(float16)
DEFINE_ALL(bfloat16)

half_function *const half_functions[2][CMPI_BAND] = {
    {float16_sum, float16_product, float16_min, float16_max},
    {bfloat16_sum, bfloat16_product, bfloat16_min, bfloat16_max}};
