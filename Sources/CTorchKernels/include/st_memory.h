// Per-thread state that Swift cannot hold cheaply, and the caching allocator.
#ifndef ST_MEMORY_H
#define ST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The state of one thread.
typedef struct st_thread {
  uint32_t watch;              // what an operator must ask before it takes a short way: st_watch.h
  bool grad_disabled;          // inside noGrad
  uint8_t autocast;            // the dtype of the CPU's autocast, plus 1; 0: there is none
  uint8_t autocast_cuda;       // likewise of CUDA's
  bool casts_uncached;         // autocast keeps no casts
  bool release_waits;          // release_box holds something
  uint8_t anomaly;             // ST_ANOMALY_… of the innermost block that sets it; 0: that of the process
  uint32_t release_depth;      // nodes whose release has begun and not ended
  uint32_t backward_depth;     // backward passes that this thread is in
  int32_t autocast_nesting;    // blocks of autocast that this thread is in
  uint32_t error_count;        // number of errors reported on this thread
  int32_t device;              // the device of new tensors, plus 1; 0: the process's default
  void *_Nullable error_box;   // the first error of the innermost withError (retained by Swift)
  void *_Nullable release_box; // nodes that wait for their release
  void *_Nullable generator;   // this thread's own default generator (not retained)
  void *_Nullable casts;       // casts that autocast keeps (retained by Swift)
  void *_Nullable checkpoint;  // what the innermost checkpoint does with recorded steps (not retained)
  void *_Nullable batch_level; // the innermost vmap that this thread is in (not retained); st_set_batch_level
  void *_Nullable flop_tally;  // what counts this thread's floating-point operations (not retained)
  void *_Nullable anomaly_step; // the node that a backward pass runs while it looks for anomalies (not retained)
  void *_Nullable profile;     // the events of this thread in the latest profile (retained by Swift)
  struct st_thread *_Nullable next; // another thread that st_meet_thread has met
  int32_t cuda_device;         // the current CUDA device
  uint8_t cuda_streams[16];    // the number of the current stream on each CUDA device
} st_thread;

/// The calling thread's state. Use st_this_thread.
extern _Thread_local st_thread st_this_thread_storage __attribute__((tls_model("initial-exec")));

/// Returns the calling thread's state.
static inline st_thread *_Nonnull st_this_thread(void) { return &st_this_thread_storage; }

/// How a thread or the process looks for anomalies in backward passes.
enum {
  ST_ANOMALY_SET = 1,       // the thread has a mode of its own
  ST_ANOMALY_ENABLED = 2,   // steps keep the call that recorded them
  ST_ANOMALY_CHECK_NAN = 4, // a gradient with NaN is an error
};

/// The mode of threads that have none. Use st_anomaly and st_set_process_anomaly.
extern uint8_t st_process_anomaly;

/// Returns the calling thread's mode: ST_ANOMALY_ENABLED, ST_ANOMALY_CHECK_NAN.
static inline uint8_t st_anomaly(void) {
  uint8_t own = st_this_thread_storage.anomaly;
  return own != 0 ? own : __atomic_load_n(&st_process_anomaly, __ATOMIC_RELAXED);
}

/// Sets the mode of threads that have none.
static inline void st_set_process_anomaly(uint8_t mode) {
  __atomic_store_n(&st_process_anomaly, mode, __ATOMIC_RELAXED);
}

/// Begins the release of a node inside those that have begun. Returns false, and begins nothing, if they are so many
/// that the node must wait.
bool st_enter_release(void);
/// Ends the release of a node. Returns whether it was the outermost and other nodes wait.
bool st_leave_release(void);

/// Allocates memory from the cache: blocks by size class, aligned to 64 bytes. The thread that freed a block keeps it,
/// or a shared list does. `capacity` receives the bytes to pass to st_deallocate. Returns NULL if the system has no
/// memory.
void *_Nullable st_allocate(size_t bytes, size_t *_Nonnull capacity);
/// Gives a block back to the cache. `capacity` is the value that st_allocate wrote.
void st_deallocate(void *_Nonnull block, size_t capacity);
/// For tests: fills all memory that is allocated from now on with this byte (if possible, the C library's memory too),
/// so that a read before the first write shows. -1, the default, fills nothing.
void st_set_fill_pattern(int byte);
/// Returns the cached blocks of this thread and of the shared list to the system.
void st_empty_cache(void);
/// Memory counters in bytes. Allocated memory is in use; reserved memory is in use or cached.
int64_t st_memory_allocated(void);
int64_t st_memory_reserved(void);
int64_t st_max_memory_allocated(void);
void st_reset_max_memory_allocated(void);

/// For tests: the next `after` allocations succeed, the one after them fails, once. A negative `after` means that none
/// fails. Scratch memory counts on all threads, tensor memory only on the calling thread. Returns what was left of the
/// count before: negative if an allocation has failed or none was to fail.
int64_t st_fail_allocation(int64_t after);

#endif
