// Parallel regions on libgomp's pool, the one oneDNN uses: two pools would fight over the cores.
#include "include/st_parallel.h"

#include <stdatomic.h>

#if defined(__linux__)

// libgomp's entry points; its header belongs to the compiler (GCC), so the prototypes stand here.
extern void GOMP_parallel(void (*body)(void *), void *data, unsigned threads, unsigned flags);
extern int omp_get_thread_num(void);
extern int omp_get_num_threads(void);
extern int omp_get_max_threads(void);
extern int omp_in_parallel(void);
extern void omp_set_num_threads(int);

enum { most_threads = 256 };

static _Atomic int thread_count;

int st_num_threads(void) {
  int n = atomic_load_explicit(&thread_count, memory_order_relaxed);
  if (n == 0) {
    n = omp_get_max_threads();
    if (n < 1) n = 1;
    atomic_store_explicit(&thread_count, n, memory_order_relaxed);
  }
  return n;
}

void st_set_num_threads(int n) {
  if (n < 1) n = 1;
  atomic_store_explicit(&thread_count, n, memory_order_relaxed);
  omp_set_num_threads(n);
}

// Each thread owns a run of neighbouring pieces, so that the same core meets the same memory again from one call to the next; who is done early takes
// pieces from the others.
typedef struct {
  _Alignas(64) _Atomic int64_t next;
  int64_t end;
} share;

typedef struct {
  void (*body)(void *, int64_t, int64_t);
  void *context;
  int64_t count, grain;
  int shares;
  share *share;
} region;

static void run_region(void *data) {
  region *r = data;
  int mine = omp_get_thread_num();
  for (int k = 0; k < r->shares; k++) {
    share *s = &r->share[(mine + k) % r->shares];
    for (;;) {
      if (atomic_load_explicit(&s->next, memory_order_relaxed) >= s->end) break;
      int64_t piece = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
      if (piece >= s->end) break;
      int64_t begin = piece * r->grain;
      int64_t end = r->count - begin < r->grain ? r->count : begin + r->grain;
      r->body(r->context, begin, end);
    }
  }
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
  if (threads == 1 || omp_in_parallel()) {
    for (int64_t piece = 0; piece < pieces; piece++) {
      int64_t begin = piece * grain;
      body(context, begin, count - begin < grain ? count : begin + grain);
    }
    return;
  }
  share shares[threads];
  for (int t = 0; t < threads; t++) {
    int64_t each = pieces / threads, more = pieces % threads;
    atomic_init(&shares[t].next, t * each + (t < more ? t : more));
    shares[t].end = (t + 1) * each + (t + 1 < more ? t + 1 : more);
  }
  region r = {body, context, count, grain, threads, shares};
  GOMP_parallel(run_region, &r, (unsigned)threads, 0);
}

#else

int st_num_threads(void) { return 1; }

void st_set_num_threads(int n) { (void)n; }

void st_parallel_for(int64_t count, int64_t grain, void (*body)(void *, int64_t, int64_t), void *context) {
  if (grain < 1) grain = 1;
  for (int64_t begin = 0; begin < count;) {
    int64_t end = count - begin < grain ? count : begin + grain;
    body(context, begin, end);
    begin = end;
  }
}

#endif
