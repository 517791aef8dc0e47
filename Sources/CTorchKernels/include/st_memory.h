// Per-thread state that Swift cannot hold cheaply, and the caching allocator's fast path.
#ifndef ST_MEMORY_H
#define ST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What each thread has of its own.
typedef struct {
  bool grad_disabled;          // inside noGrad
  bool releasing;              // a graph is being released on this thread
  uint32_t mistakes;           // how many were reported on this thread
  void *_Nullable error_box;   // the innermost withError's first error (retained by Swift)
  void *_Nullable release_box; // nodes waiting for their release
  void *_Nullable generator;   // this thread's own default generator (not retained)
} st_thread;

extern _Thread_local st_thread st_this_thread_storage __attribute__((tls_model("initial-exec")));

static inline st_thread *_Nonnull st_this_thread(void) { return &st_this_thread_storage; }

/// Marks this thread as releasing a graph; false where it is already.
bool st_enter_release(void);
void st_leave_release(void);

/// Caching allocator: blocks of 64-byte alignment by size class, kept by the thread that freed them (a shared list
/// behind), counted. Returns NULL when the system has no memory. `capacity` receives the bytes to hand back to
/// st_deallocate.
void *_Nullable st_allocate(size_t bytes, size_t *_Nonnull capacity);
void st_deallocate(void *_Nonnull block, size_t capacity);
/// For tests: fills memory that is handed out from now on, by the C library too if it can, with this byte, so that a
/// read before the first write shows. -1, the start, fills nothing.
void st_set_fill_pattern(int byte);
/// Gives cached blocks of this thread and the shared list back to the system.
void st_empty_cache(void);
/// Counters in bytes. Allocated: in use; reserved: in use or cached.
int64_t st_memory_allocated(void);
int64_t st_memory_reserved(void);
int64_t st_max_memory_allocated(void);
void st_reset_max_memory_allocated(void);

/// For tests: of the next allocations `after` succeed and the one after them fails, once; negative: none fails. It
/// counts scratch memory of all threads, and tensors' memory of the thread that calls this. Returns what was left of
/// the count before: negative if an allocation failed, or if none was to.
int64_t st_fail_allocation(int64_t after);

#endif
