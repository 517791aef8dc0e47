// The instruction set that kernels use: decided in isa.c and nowhere else.
#ifndef ST_ISA_H
#define ST_ISA_H

#include <stdbool.h>

/// The instruction sets that kernels are compiled for, in ascending order. On other processors than x86 there is the
/// baseline only.
#define ST_BASELINE 0
#define ST_AVX2 1
#define ST_AVX512 2

/// The instruction set of this process: the best that the processor has, or at most what the environment variable
/// SWIFT_TORCH_ISA says
/// (`baseline`, `avx2` or `avx512`; the process ends with an error if it says anything else).
static inline int st_isa(void);
/// The best instruction set that the processor has.
int st_isa_of_processor(void);
/// Makes kernels use `isa`, or the best that the processor has if that is less. For tests, while no kernel runs.
void st_set_isa(int isa);

// The chosen instruction set; -1 until somebody asks for it.
extern _Atomic int st_chosen_isa;
int st_choose_isa(void);

static inline int st_isa(void) {
  int isa = __c11_atomic_load(&st_chosen_isa, __ATOMIC_RELAXED);
  return __builtin_expect(isa >= 0, 1) ? isa : st_choose_isa();
}

#endif
