#define _GNU_SOURCE
#include "st_call_stack.h"

#if defined(__GLIBC__)
#include <dlfcn.h>
#include <execinfo.h>
#include <sys/auxv.h>

size_t st_call_stack(uintptr_t *addresses, size_t capacity) {
  _Static_assert(sizeof(uintptr_t) == sizeof(void *), "an address is a pointer");
  int count = backtrace((void **)addresses, capacity > 1024 ? 1024 : (int)capacity);
  return count < 0 ? 0 : (size_t)count;
}

bool st_find_image(uintptr_t address, st_image *image) {
  Dl_info info, program;
  if (dladdr((const void *)address, &info) == 0 || info.dli_fname == NULL) return false;
  // The program's headers lie in the program's file.
  uintptr_t headers = getauxval(AT_PHDR);
  bool known = headers != 0 && dladdr((const void *)headers, &program) != 0;
  *image = (st_image){.path = info.dli_fname,
                      .symbol = info.dli_sname,
                      .base = (uintptr_t)info.dli_fbase,
                      .is_program = known && program.dli_fbase == info.dli_fbase};
  return true;
}
#else
size_t st_call_stack(uintptr_t *addresses, size_t capacity) { return 0; }
bool st_find_image(uintptr_t address, st_image *image) { return false; }
#endif
