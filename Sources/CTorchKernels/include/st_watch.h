// What stands before the backends on a thread: a vmap, a profile. One word has all of it, so an operator asks once.
#ifndef ST_WATCH_H
#define ST_WATCH_H

#include "st_memory.h"

/// The bytes of a thread's `watch`. Only the thread itself writes the first two.
enum {
  ST_WATCH_MET = 0,      // 1: st_meet_thread has met the thread
  ST_WATCH_BATCHED = 1,  // 1: batch_level is not NULL
  ST_WATCH_PROFILED = 2, // 1: a profile runs; its thread writes this
  ST_WATCH_LEFT = 3,     // 1: the thread is ending and is not met again
};

/// The word of a thread that has been met and has nothing before its backends.
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
enum { ST_WATCH_NOTHING = 1 };
#else
enum { ST_WATCH_NOTHING = 1 << 24 };
#endif

/// Returns whether nothing stands before the backends of the calling thread. False on a thread's first call too: then
/// the caller calls st_meet_thread.
static inline bool st_is_unwatched(void) {
  return __atomic_load_n(&st_this_thread_storage.watch, __ATOMIC_RELAXED) == ST_WATCH_NOTHING;
}

/// Returns or writes a byte of a thread's word.
static inline bool st_watches(const st_thread *_Nonnull thread, int what) {
  return __atomic_load_n((const uint8_t *)&thread->watch + what, __ATOMIC_RELAXED) != 0;
}
static inline void st_set_watch(st_thread *_Nonnull thread, int what, bool on) {
  __atomic_store_n((uint8_t *)&thread->watch + what, on, __ATOMIC_RELAXED);
}

/// Sets the calling thread's innermost vmap.
static inline void st_set_batch_level(void *_Nullable level) {
  st_this_thread_storage.batch_level = level;
  st_set_watch(&st_this_thread_storage, ST_WATCH_BATCHED, level != NULL);
}

/// Puts the calling thread, until it ends, on the list of threads that st_set_profiled reaches. Does nothing if it is
/// there. Returns whether a profile runs.
bool st_meet_thread(void);
/// States for all threads whether a profile runs.
void st_set_profiled(bool on);

/// Returns the system's number of the calling thread.
uint64_t st_thread_id(void);
/// Writes the name of the calling thread, which the system may have shortened, and a 0.
void st_thread_name(char *_Nonnull name, size_t capacity);
/// Names the calling thread. Linux keeps 15 bytes.
void st_name_thread(const char *_Nonnull name);

#endif
