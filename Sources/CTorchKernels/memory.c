// The caching allocator: each thread has its own lists of small blocks. memory_large.c has the large ones.
#include "include/st_memory.h"

#include "memory_large.h"
#include "scratch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

_Thread_local st_thread st_this_thread_storage __attribute__((tls_model("initial-exec")));
uint8_t st_process_anomaly = ST_ANOMALY_CHECK_NAN;

// A release may take this many calls of the stack: each needs a few hundred bytes.
enum { release_depth_max = 64 };

bool st_enter_release(void) {
  if (st_this_thread_storage.release_depth == release_depth_max) return false;
  st_this_thread_storage.release_depth += 1;
  return true;
}

bool st_leave_release(void) {
  st_thread *thread = &st_this_thread_storage;
  thread->release_depth -= 1;
  return thread->release_depth == 0 && thread->release_waits;
}

enum {
  classes = 29,                    // 64, 96, 128, 192, … 1 MiB
  flush_bytes = 64 << 10,          // how far a thread's count may differ from the process's
  class_kept = 2 << 20,            // bytes of one class that a thread keeps, at least `class_few` blocks
  class_few = 4, class_many = 256,
};
static const size_t small_limit = (size_t)1 << 20, large_floor = (size_t)256 << 20;

typedef struct block {
  struct block *next;
  size_t capacity;
} block;

typedef struct cache {
  block *head[classes];
  int count[classes];
  // The bytes that this thread allocated minus those that it freed since its last flush, and the maximum of that value.
  // Only the owner writes them.
  _Atomic int64_t pending, pending_max;
  struct cache *next;
} cache;

// Under AddressSanitizer each allocation is a separate block of exactly the requested bytes, so that an access one byte
// past the end is found.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXACT 1
#endif
#endif
#ifndef EXACT
#define EXACT 0
#endif

static _Thread_local cache *own_cache __attribute__((tls_model("initial-exec")));
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// The lock protects the next two variables.
static cache *caches;
static block *shared_small[classes];
// The number of blocks in shared_small. It is read without the lock, to skip an empty list.
static _Atomic int shared_count[classes];
static _Atomic int64_t allocated, max_allocated, reserved;
// The number of allocations that succeed before one fails, if a test has set it; else negative.
static _Atomic int64_t until_failure = -1;
// The byte that fills new blocks of memory; -1 for none.
static _Atomic int fill_pattern = -1;

void st_set_fill_pattern(int byte) {
  atomic_store_explicit(&fill_pattern, byte, memory_order_relaxed);
#if defined(__GLIBC__)
  // The C library fills with the complement of the low byte. It fills nothing if the number is 0.
  mallopt(M_PERTURB, byte < 0 ? 0 : (byte ^ 0xFF) | 0x100);
#endif
}

static inline int class_of(size_t bytes) {
  if (bytes <= 64) return 0;
  int log = 63 - __builtin_clzll(bytes - 1);
  size_t base = (size_t)1 << log;
  return (log - 6) * 2 + (bytes > base + base / 2 ? 2 : 1);
}

static inline size_t class_size(int k) {
  size_t base = (size_t)64 << (k / 2);
  return k % 2 ? base + base / 2 : base;
}

static inline int class_limit(int k) {
  int n = class_kept >> (6 + k / 2);
  return n < class_few ? class_few : n > class_many ? class_many : n;
}

static int64_t load(_Atomic int64_t *p) { return atomic_load_explicit(p, memory_order_relaxed); }
static void store(_Atomic int64_t *p, int64_t v) { atomic_store_explicit(p, v, memory_order_relaxed); }

static void raise_max(int64_t value) {
  int64_t seen = load(&max_allocated);
  while (seen < value && !atomic_compare_exchange_weak_explicit(&max_allocated, &seen, value, memory_order_relaxed,
                                                                memory_order_relaxed)) {}
}

static void flush(cache *c) {
  int64_t before = atomic_fetch_add_explicit(&allocated, load(&c->pending), memory_order_relaxed);
  raise_max(before + load(&c->pending_max));
  store(&c->pending, 0);
  store(&c->pending_max, 0);
}

static inline void count_bytes(cache *c, int64_t bytes) {
  int64_t pending = load(&c->pending) + bytes;
  store(&c->pending, pending);
  if (pending > load(&c->pending_max)) store(&c->pending_max, pending);
  if (__builtin_expect(pending > flush_bytes || pending < -flush_bytes, 0)) flush(c);
}

static void release(block *b, size_t capacity) {
  atomic_fetch_sub_explicit(&reserved, (int64_t)capacity, memory_order_relaxed);
  free(b);
}

static void release_list(block *b) {
  while (b) {
    block *next = b->next;
    release(b, b->capacity);
    b = next;
  }
}

static void push_shared(int k, block *b) {
  b->next = shared_small[k];
  shared_small[k] = b;
  atomic_fetch_add_explicit(&shared_count[k], 1, memory_order_relaxed);
}

// Releases a thread's cache when the thread exits. Its blocks go to the shared list.
static void thread_exits(void *data) {
  cache *c = data;
  own_cache = NULL;
  flush(c);
  pthread_mutex_lock(&lock);
  for (cache **p = &caches; *p; p = &(*p)->next) {
    if (*p == c) {
      *p = c->next;
      break;
    }
  }
  for (int k = 0; k < classes; k++) {
    while (c->head[k]) {
      block *b = c->head[k];
      c->head[k] = b->next;
      push_shared(k, b);
    }
  }
  pthread_mutex_unlock(&lock);
  free(c);
}

static void make_key(void) { pthread_key_create(&exit_key, thread_exits); }

// Creates this thread's cache. Returns NULL if there is no memory for it, or if every allocation must be checked.
static __attribute__((noinline)) cache *make_cache(void) {
  if (EXACT || load(&until_failure) >= 0) return NULL;
  cache *c = calloc(1, sizeof(cache));
  if (!c) return NULL;
  pthread_once(&once, make_key);
  pthread_setspecific(exit_key, c);
  pthread_mutex_lock(&lock);
  c->next = caches;
  caches = c;
  pthread_mutex_unlock(&lock);
  own_cache = c;
  return c;
}

static inline cache *this_cache(void) {
  cache *c = own_cache;
  return __builtin_expect(c != NULL, 1) ? c : make_cache();
}

static void *system_allocate(size_t capacity) {
  void *p = NULL;
  if (posix_memalign(&p, 64, capacity)) {
    st_empty_cache();
    if (posix_memalign(&p, 64, capacity)) return NULL;
  }
  atomic_fetch_add_explicit(&reserved, (int64_t)capacity, memory_order_relaxed);
  return p;
}

// Takes blocks from the shared list, up to half of this list's limit. If there are none, allocates a new block. Called
// when the list is empty.
static __attribute__((noinline)) void *refill(cache *c, int k) {
  if (atomic_load_explicit(&shared_count[k], memory_order_relaxed) > 0) {
    block *first = NULL;
    int want = (class_limit(k) + 1) / 2;
    pthread_mutex_lock(&lock);
    for (int taken = 0; taken < want && shared_small[k]; taken++) {
      block *b = shared_small[k];
      shared_small[k] = b->next;
      atomic_fetch_sub_explicit(&shared_count[k], 1, memory_order_relaxed);
      if (!first) {
        first = b;
      } else {
        b->next = c->head[k];
        c->head[k] = b;
        c->count[k]++;
      }
    }
    pthread_mutex_unlock(&lock);
    if (first) return first;
  }
  return system_allocate(class_size(k));
}

static __attribute__((noinline)) void spill(cache *c, int k) {
  // Blocks beyond this number go back to the system, not to the shared list.
  int room = 4 * class_limit(k) - atomic_load_explicit(&shared_count[k], memory_order_relaxed);
  block *surplus = NULL;
  pthread_mutex_lock(&lock);
  for (int n = c->count[k] / 2; n > 0; n--) {
    block *b = c->head[k];
    c->head[k] = b->next;
    c->count[k]--;
    if (room-- > 0) {
      push_shared(k, b);
    } else {
      b->next = surplus;
      surplus = b;
    }
  }
  pthread_mutex_unlock(&lock);
  release_list(surplus);
}

static void *allocate_large(size_t bytes, size_t *capacity) {
  *capacity = st_large_capacity(bytes);
  void *block = st_large_allocate(*capacity);
  if (block) return block;
  st_empty_cache();
  return st_large_allocate(*capacity);
}

// A block that was allocated without the cache is the C library's.
static void deallocate_large(block *b, size_t capacity) {
  // Free memory keeps as many pages as were ever in use at once.
  size_t peak = (size_t)load(&max_allocated);
  if (!st_large_deallocate(b, capacity, peak > large_floor ? peak : large_floor)) release(b, capacity);
}

static bool fails(void) {
  return load(&until_failure) >= 0 && atomic_fetch_sub_explicit(&until_failure, 1, memory_order_relaxed) == 0;
}

// Returns the memory of a new block, filled if a test has set a byte.
static inline void *filled(void *memory, size_t size) {
  int fill = atomic_load_explicit(&fill_pattern, memory_order_relaxed);
  if (__builtin_expect(fill >= 0, 0)) memset(memory, fill, size);
  return memory;
}

static __attribute__((noinline)) void *allocate_without_cache(size_t bytes, size_t *capacity) {
  if (fails()) return NULL;
  size_t size = EXACT ? bytes : bytes <= small_limit ? class_size(class_of(bytes)) : st_large_capacity(bytes);
  void *result = system_allocate(size);
  if (!result) return NULL;
  *capacity = size;
  raise_max(atomic_fetch_add_explicit(&allocated, (int64_t)size, memory_order_relaxed) + (int64_t)size);
  return filled(result, size);
}

void *st_allocate(size_t bytes, size_t *capacity) {
  *capacity = 0;
  if (bytes > PTRDIFF_MAX - ((size_t)16 << 20)) return NULL;
  cache *c = this_cache();
  if (!c) return allocate_without_cache(bytes, capacity);
  void *result;
  size_t size;
  if (__builtin_expect(bytes <= small_limit, 1)) {
    int k = class_of(bytes);
    size = class_size(k);
    block *b = c->head[k];
    if (__builtin_expect(b != NULL, 1)) {
      c->head[k] = b->next;
      c->count[k]--;
      result = b;
    } else {
      result = refill(c, k);
    }
  } else {
    result = allocate_large(bytes, &size);
  }
  if (!result) return NULL;
  *capacity = size;
  count_bytes(c, (int64_t)size);
  return filled(result, size);
}

void st_deallocate(void *memory, size_t capacity) {
  block *b = memory;
  cache *c = this_cache();
  if (!c) {
    atomic_fetch_sub_explicit(&allocated, (int64_t)capacity, memory_order_relaxed);
    if (capacity > small_limit) deallocate_large(b, capacity);
    else release(b, capacity);
    return;
  }
  count_bytes(c, -(int64_t)capacity);
  if (__builtin_expect(capacity > small_limit, 0)) {
    deallocate_large(b, capacity);
    return;
  }
  int k = class_of(capacity);
  b->capacity = capacity;
  b->next = c->head[k];
  c->head[k] = b;
  if (__builtin_expect(++c->count[k] > class_limit(k), 0)) spill(c, k);
}

void *st_scratch(size_t bytes, size_t *capacity) {
  *capacity = 0;
  return own_cache && fails() ? NULL : st_allocate(bytes, capacity);
}

void *st_kept_scratch(size_t bytes) {
  void *p;
  return fails() || posix_memalign(&p, 64, bytes) ? NULL : p;
}

int64_t st_fail_allocation(int64_t after) {
  if (own_cache && after >= 0) {
    pthread_setspecific(exit_key, NULL);
    thread_exits(own_cache);
  }
  return atomic_exchange_explicit(&until_failure, after, memory_order_relaxed);
}

void st_empty_cache(void) {
  block *lists[classes];
  pthread_mutex_lock(&lock);
  for (int k = 0; k < classes; k++) {
    lists[k] = shared_small[k];
    shared_small[k] = NULL;
    atomic_store_explicit(&shared_count[k], 0, memory_order_relaxed);
  }
  pthread_mutex_unlock(&lock);
  for (int k = 0; k < classes; k++) release_list(lists[k]);
  st_large_empty();
  cache *c = own_cache;
  if (!c) return;
  for (int k = 0; k < classes; k++) {
    release_list(c->head[k]);
    c->head[k] = NULL;
    c->count[k] = 0;
  }
}

int64_t st_memory_allocated(void) {
  pthread_mutex_lock(&lock);
  int64_t total = load(&allocated);
  for (cache *c = caches; c; c = c->next) total += load(&c->pending);
  pthread_mutex_unlock(&lock);
  return total;
}

int64_t st_memory_reserved(void) { return load(&reserved) + st_large_reserved(); }

int64_t st_max_memory_allocated(void) {
  if (own_cache) flush(own_cache);
  int64_t now = st_memory_allocated();
  raise_max(now);
  return load(&max_allocated);
}

void st_reset_max_memory_allocated(void) {
  if (own_cache) flush(own_cache);
  store(&max_allocated, st_memory_allocated());
}
