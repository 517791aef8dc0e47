// Finds LAPACK's routines in the library that the machine has.
#include "lapack.h"
#include "st_linalg.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

lapack_routines lapack;

static bool is_loaded, is_alone;
static char problem[512];

typedef struct {
  const char *name;
  size_t offset;
} routine_place;

#define PLACE(name, ...) {#name, offsetof(lapack_routines, name)},
static const routine_place places[] = {LAPACK_ALL(PLACE)};
#undef PLACE

/// Sets all routines. Returns the name of the first one that the library lacks, or NULL.
static const char *find_routines(void *library) {
  for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
    void *found = dlsym(library, places[i].name);
    if (!found) return places[i].name;
    *(void **)((char *)&lapack + places[i].offset) = found;
  }
  return NULL;
}

static void load(void) {
  // The user's choice, or else Debian's name, Fedora's name of the variant with threads, and any other LAPACK.
  const char *names[] = {"libopenblas.so.0", "libopenblasp.so.0", "liblapack.so.3"};
  const char *chosen = getenv("SWIFT_TORCH_LAPACK");
  size_t count = sizeof names / sizeof *names;
  if (chosen && *chosen) names[0] = chosen, count = 1;
  for (size_t i = 0; i < count; i++) {
    void *library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      // The first name is the one to report, because it is the usual one.
      if (i == 0) snprintf(problem, sizeof problem, "%s", dlerror());
      continue;
    }
    const char *missing = find_routines(library);
    if (missing) {
      snprintf(problem, sizeof problem, "%s has no routine %s", names[i], missing);
      dlclose(library);
      continue;
    }
    // OpenBLAS shall use no threads of its own, and without any it must not be called from two threads at once.
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    int (*threads)(void) = (int (*)(void))dlsym(library, "openblas_get_parallel");
    if (set_threads) set_threads(1);
    is_alone = threads && threads() == 0;
    is_loaded = true;
    return;
  }
}

bool lapack_load(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
  return is_loaded;
}

bool lapack_is_alone(void) { return is_alone; }

const char *st_lapack_problem(void) { return problem; }
