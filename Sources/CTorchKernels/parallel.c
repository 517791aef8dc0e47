// Parallel regions on the library's own thread pool.
//
// libgomp is not used, because of its behaviour on a machine with other work: a region ends in a barrier that spins
// until every thread of the team has run. Here, threads take pieces when they run. A worker that does not run takes no
// piece, and no thread waits for it.
#define _GNU_SOURCE
#include "include/st_parallel.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

enum { most_threads = 256, idle_spin_nanoseconds = 200000 };

static _Atomic int thread_count;

static int available_cores(void) {
  const char *wanted = getenv("OMP_NUM_THREADS");
  if (wanted && atoi(wanted) > 0) return atoi(wanted);
#if defined(__linux__)
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) == 0) return CPU_COUNT(&mine);
#endif
  long n = sysconf(_SC_NPROCESSORS_ONLN);
  return n > 0 ? (int)n : 1;
}

int st_num_threads(void) {
  int n = atomic_load_explicit(&thread_count, memory_order_relaxed);
  if (n == 0) {
    n = available_cores();
    atomic_store_explicit(&thread_count, n, memory_order_relaxed);
  }
  return n;
}

void st_set_num_threads(int n) { atomic_store_explicit(&thread_count, n < 1 ? 1 : n, memory_order_relaxed); }

// Each thread has a share of neighbouring pieces, so that a core uses the same memory from one call to the next. A
// thread that finishes early takes pieces from the others.
typedef struct {
  _Alignas(64) _Atomic int64_t next;
  int64_t end;
} share;

typedef struct {
  void (*body)(void *, int64_t, int64_t);
  void *context;
  int64_t count, grain;
  int shares;
  _Atomic int taken; // shares that have a thread
  share *share;
} region;

// The gate holds, in one word, the number of the newest region, whether it is open, and how many workers are inside.
#define OPEN ((uint64_t)1 << 16)
#define NUMBER(gate) ((gate) >> 17)

static struct {
  _Alignas(64) _Atomic uint64_t gate;
  region *region; // of the newest number; only threads inside read it
  _Alignas(64) _Atomic bool busy;
  int workers;
  _Atomic int sleeping;
  pthread_mutex_t lock;
  pthread_cond_t wake;
} pool = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER};

static _Thread_local bool inside_region;

static inline void relax(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void run_piece_of(const region *r, int64_t piece) {
  int64_t begin = piece * r->grain;
  r->body(r->context, begin, r->count - begin < r->grain ? r->count : begin + r->grain);
}

static void run_shares(region *r, int mine) {
  for (int k = 0; k < r->shares; k++) {
    share *s = &r->share[(mine + k) % r->shares];
    while (atomic_load_explicit(&s->next, memory_order_relaxed) < s->end) {
      int64_t piece = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
      if (piece >= s->end) break;
      run_piece_of(r, piece);
    }
  }
}

/// Waits until the gate's number differs from `seen`, and returns the gate. Spins for a while, then sleeps.
static uint64_t await_region(uint64_t seen) {
  uint64_t gate;
  int64_t deadline = 0;
  for (int i = 1;; i++) {
    gate = atomic_load_explicit(&pool.gate, memory_order_acquire);
    if (NUMBER(gate) != seen) return gate;
    relax();
    if (i % 64) continue;
    int64_t now = nanoseconds();
    if (deadline == 0) deadline = now + idle_spin_nanoseconds;
    if (now > deadline) break;
  }
  pthread_mutex_lock(&pool.lock);
  atomic_fetch_add(&pool.sleeping, 1);
  while (NUMBER(gate = atomic_load(&pool.gate)) == seen) pthread_cond_wait(&pool.wake, &pool.lock);
  atomic_fetch_sub(&pool.sleeping, 1);
  pthread_mutex_unlock(&pool.lock);
  return gate;
}

static void *work(void *unused) {
  (void)unused;
  inside_region = true;
  uint64_t seen = 0;
  for (;;) {
    uint64_t gate = await_region(seen);
    seen = NUMBER(gate);
    bool entered = false;
    while (NUMBER(gate) == seen && (gate & OPEN) && !entered) {
      entered = atomic_compare_exchange_weak_explicit(&pool.gate, &gate, gate + 1, memory_order_acq_rel,
                                                      memory_order_acquire);
    }
    if (!entered) continue;
    region *r = pool.region;
    int mine = atomic_fetch_add_explicit(&r->taken, 1, memory_order_relaxed);
    if (mine < r->shares) run_shares(r, mine);
    atomic_fetch_sub_explicit(&pool.gate, 1, memory_order_release);
  }
  return NULL;
}

// A forked child has no workers.
static void forget_workers(void) {
  pool.workers = 0;
  atomic_store(&pool.sleeping, 0);
  atomic_store(&pool.busy, false);
  atomic_store(&pool.gate, 0);
  pthread_mutex_init(&pool.lock, NULL);
  pthread_cond_init(&pool.wake, NULL);
}

/// Starts workers until there are `wanted` or no more can be started. The caller must hold the pool.
static int start_workers(int wanted) {
  static bool watched;
  if (!watched) watched = pthread_atfork(NULL, NULL, forget_workers) == 0;
  while (pool.workers < wanted) {
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0) break;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    bool started = pthread_create(&thread, &attributes, work, NULL) == 0;
    pthread_attr_destroy(&attributes);
    if (!started) break;
    pool.workers++;
  }
  return pool.workers < wanted ? pool.workers : wanted;
}

static void run_alone(const region *r, int64_t pieces) {
  for (int64_t piece = 0; piece < pieces; piece++) run_piece_of(r, piece);
}

void st_parallel_for(int64_t count, int64_t grain, void (*body)(void *, int64_t, int64_t), void *context) {
  if (count <= 0) return;
  if (grain < 1) grain = 1;
  if (count <= grain) {
    body(context, 0, count);
    return;
  }
  int64_t pieces = (count - 1) / grain + 1;
  int threads = st_num_threads();
  if (threads > most_threads) threads = most_threads;
  if (threads > pieces) threads = (int)pieces;
  region r = {.body = body, .context = context, .count = count, .grain = grain};
  // There is one region at a time. A caller that finds the pool busy does its work itself.
  if (threads == 1 || inside_region || atomic_exchange_explicit(&pool.busy, true, memory_order_acquire)) {
    run_alone(&r, pieces);
    return;
  }
  threads = 1 + start_workers(threads - 1);
  share shares[threads];
  for (int t = 0; t < threads; t++) {
    int64_t each = pieces / threads, more = pieces % threads;
    atomic_init(&shares[t].next, t * each + (t < more ? t : more));
    shares[t].end = (t + 1) * each + (t + 1 < more ? t + 1 : more);
  }
  r.shares = threads;
  r.share = shares;
  atomic_init(&r.taken, 1);
  pool.region = &r;
  uint64_t number = NUMBER(atomic_load_explicit(&pool.gate, memory_order_relaxed)) + 1;
  atomic_store(&pool.gate, number << 17 | OPEN);
  int asleep = atomic_load(&pool.sleeping);
  if (asleep > 0) {
    pthread_mutex_lock(&pool.lock);
    for (int i = 0; i < asleep && i < threads - 1; i++) pthread_cond_signal(&pool.wake);
    pthread_mutex_unlock(&pool.lock);
  }
  inside_region = true;
  run_shares(&r, 0);
  inside_region = false;
  // No more workers may enter. Each worker inside finishes at most one piece.
  atomic_fetch_and_explicit(&pool.gate, ~OPEN, memory_order_acq_rel);
  for (int i = 0; atomic_load_explicit(&pool.gate, memory_order_acquire) & (OPEN - 1); i++) {
    if (i < 2000) relax();
    else sched_yield();
  }
  atomic_store_explicit(&pool.busy, false, memory_order_release);
}

void st_parallel_evenly(int64_t count, int64_t grain, void (*body)(void *, int64_t, int64_t), void *context) {
  if (grain < 1) grain = 1;
  if (count > grain) {
    int64_t pieces = (count - 1) / grain + 1, shared = pieces <= 2 ? 2 : pieces <= 4 ? 4 : 8;
    pieces = (pieces + shared - 1) / shared * shared;
    grain = (count - 1) / pieces + 1;
    // Pieces begin at vector boundaries.
    if (grain > 1024) grain = (grain + 63) / 64 * 64;
  }
  st_parallel_for(count, grain, body, context);
}
