// Detects the processor's features once, and applies the limit that the environment sets.
#include "isa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Atomic int st_chosen_isa = -1;

#if defined(__x86_64__)

#define HAS(feature) (__builtin_cpu_supports(feature) != 0)

// Checks exactly the features of ST_AVX2_FEATURES and ST_AVX512_FEATURES.
int st_isa_of_processor(void) {
  __builtin_cpu_init();
  bool avx2 = HAS("avx2") && HAS("fma") && HAS("f16c") && HAS("bmi") && HAS("bmi2") && HAS("lzcnt") && HAS("popcnt");
  bool avx512 = avx2 && HAS("avx512f") && HAS("avx512bw") && HAS("avx512dq") && HAS("avx512vl");
  return avx512 ? ST_AVX512 : avx2 ? ST_AVX2 : ST_BASELINE;
}

bool st_fuses(void) {
  static _Atomic int known;  // 0: not known yet; 1: no; 2: yes
  int fuses = __c11_atomic_load(&known, __ATOMIC_RELAXED);
  if (fuses == 0) {
    fuses = st_isa_of_processor() >= ST_AVX2 ? 2 : 1;
    __c11_atomic_store(&known, fuses, __ATOMIC_RELAXED);
  }
  return fuses == 2;
}

bool st_multiplies_bfloat16(void) {
  __builtin_cpu_init();
  return st_isa() == ST_AVX512 && HAS("avx512bf16");
}

bool st_hashes(void) {
  __builtin_cpu_init();
  return st_isa() >= ST_AVX2 && HAS("sha") && HAS("sse4.1") && HAS("ssse3");
}

#else

int st_isa_of_processor(void) { return ST_BASELINE; }
bool st_fuses(void) { return true; }
bool st_multiplies_bfloat16(void) { return true; }
bool st_hashes(void) { return false; }

#endif

// Returns the highest instruction set that the environment allows; without the variable, the highest of all.
static int allowed(void) {
  static const char *const names[] = {[ST_BASELINE] = "baseline", [ST_AVX2] = "avx2", [ST_AVX512] = "avx512"};
  const char *wanted = getenv("SWIFT_TORCH_ISA");
  if (!wanted || !*wanted) return ST_AVX512;
  for (int isa = ST_BASELINE; isa <= ST_AVX512; isa++) {
    if (strcmp(wanted, names[isa]) == 0) return isa;
  }
  fflush(stdout);
  fprintf(stderr, "SWIFT_TORCH_ISA is '%s', but it must be one of: baseline, avx2, avx512\n", wanted);
  exit(EXIT_FAILURE);
}

void st_set_isa(int isa) {
  int most = st_isa_of_processor();
  __c11_atomic_store(&st_chosen_isa, isa < most ? isa : most, __ATOMIC_RELAXED);
}

int st_choose_isa(void) {
  st_set_isa(allowed());
  return __c11_atomic_load(&st_chosen_isa, __ATOMIC_RELAXED);
}
