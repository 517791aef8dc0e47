#define ST_ISA 0
#include "pointwise_kernels.inc"
