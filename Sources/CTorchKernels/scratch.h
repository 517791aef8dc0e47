// Scratch memory of kernels. An allocation may fail.
#ifndef ST_SCRATCH_H
#define ST_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A kernel that needs scratch memory returns 0, or the bytes of an allocation that failed. Its results are then
// undefined, and its caller reports the error.

/// Returns uninitialized memory, aligned to 64 bytes; NULL if there is none. Give it back with st_deallocate.
void *st_scratch(size_t bytes, size_t *capacity);
/// Like st_scratch, for memory that is kept. Free it with `free`.
void *st_kept_scratch(size_t bytes);

/// Records the bytes of a failed allocation. Several pieces may record one at the same time; one of them is reported.
static inline void st_note_missing(_Atomic int64_t *missing, size_t bytes) {
  __c11_atomic_store(missing, (int64_t)bytes, __ATOMIC_RELAXED);
}
/// Returns the recorded bytes, or 0.
static inline int64_t st_missing(_Atomic int64_t *missing) { return __c11_atomic_load(missing, __ATOMIC_RELAXED); }

#endif
