#if defined(__x86_64__)
#define ST_ISA 1
#include "pointwise_kernels.inc"
#endif
