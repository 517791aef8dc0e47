// Scratch memory of kernels, which may be refused.
#ifndef ST_SCRATCH_H
#define ST_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A kernel that needs scratch memory returns 0, or the bytes that it asked for in vain; its results are then undefined,
// and whoever called it says so.

/// Uninitialized memory, aligned to 64 bytes, for st_deallocate; NULL if there is none.
void *st_scratch(size_t bytes, size_t *capacity);
/// The same without st_deallocate's help: for memory that is kept. Freed by `free`.
void *st_kept_scratch(size_t bytes);

/// Notes what was asked for in vain. Pieces that run side by side may all do so; one of them is reported.
static inline void st_note_missing(_Atomic int64_t *missing, size_t bytes) {
  __c11_atomic_store(missing, (int64_t)bytes, __ATOMIC_RELAXED);
}
static inline int64_t st_missing(_Atomic int64_t *missing) { return __c11_atomic_load(missing, __ATOMIC_RELAXED); }

#endif
