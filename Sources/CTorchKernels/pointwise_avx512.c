#if defined(__x86_64__)
#define ST_ISA 2
#include "pointwise_kernels.inc"
#endif
