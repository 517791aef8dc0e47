#define ST_ISA 0
#include "recurrent_kernels.inc"
