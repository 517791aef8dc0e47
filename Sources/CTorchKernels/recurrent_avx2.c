#if defined(__x86_64__)
#define ST_ISA 1
#include "recurrent_kernels.inc"
#endif
