// The instruction set that kernels use. Only isa.c decides it.
#ifndef ST_ISA_H
#define ST_ISA_H

#include <stdbool.h>

/// The instruction sets that kernels are compiled for, in ascending order. Processors other than x86 have the baseline
/// only.
#define ST_BASELINE 0
#define ST_AVX2 1
#define ST_AVX512 2

/// Returns the instruction set of this process: the best that the processor has, limited by the environment variable
/// SWIFT_TORCH_ISA (`baseline`, `avx2` or `avx512`). Any other value ends the process with an error.
static inline int st_isa(void);
/// Returns the best instruction set that the processor has.
int st_isa_of_processor(void);
/// Makes kernels use `isa`, or the processor's best if that is lower. For tests; no kernel may run meanwhile.
void st_set_isa(int isa);

// The chosen instruction set; -1 before the first call of st_isa.
extern _Atomic int st_chosen_isa;
/// Chooses the instruction set; st_isa calls it on first use.
int st_choose_isa(void);

static inline int st_isa(void) {
  int isa = __c11_atomic_load(&st_chosen_isa, __ATOMIC_RELAXED);
  return __builtin_expect(isa >= 0, 1) ? isa : st_choose_isa();
}

#endif
