// The threads that have used tensors, so that a profile reaches them all.
#define _GNU_SOURCE
#include "include/st_watch.h"

#include <pthread.h>
#include <string.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
// The lock protects these.
static st_thread *threads;
static bool profiled;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t exit_key;

static void thread_exits(void *thread) {
  pthread_mutex_lock(&lock);
  for (st_thread **p = &threads; *p; p = &(*p)->next) {
    if (*p == thread) {
      *p = (*p)->next;
      break;
    }
  }
  // Destructors that run later may still use tensors, but the thread's state does not outlive them.
  st_set_watch(thread, ST_WATCH_LEFT, true);
  st_set_watch(thread, ST_WATCH_PROFILED, false);
  pthread_mutex_unlock(&lock);
}

static void make_key(void) { pthread_key_create(&exit_key, thread_exits); }

bool st_meet_thread(void) {
  st_thread *thread = &st_this_thread_storage;
  if (!st_watches(thread, ST_WATCH_MET)) {
    pthread_once(&once, make_key);
    pthread_setspecific(exit_key, thread);
    pthread_mutex_lock(&lock);
    thread->next = threads;
    threads = thread;
    st_set_watch(thread, ST_WATCH_PROFILED, profiled);
    st_set_watch(thread, ST_WATCH_MET, true);
    pthread_mutex_unlock(&lock);
  }
  return st_watches(thread, ST_WATCH_PROFILED);
}

void st_set_profiled(bool on) {
  pthread_mutex_lock(&lock);
  profiled = on;
  for (st_thread *t = threads; t; t = t->next) st_set_watch(t, ST_WATCH_PROFILED, on);
  pthread_mutex_unlock(&lock);
}

uint64_t st_thread_id(void) {
#if defined(__linux__)
  return (uint64_t)syscall(SYS_gettid);
#else
  return (uint64_t)(uintptr_t)pthread_self();
#endif
}

void st_thread_name(char *name, size_t capacity) {
  if (pthread_getname_np(pthread_self(), name, capacity) != 0) name[0] = 0;
}

void st_name_thread(const char *name) {
#if defined(__APPLE__)
  pthread_setname_np(name);
#else
  char kept[16] = {0};
  strncpy(kept, name, sizeof kept - 1);
  pthread_setname_np(pthread_self(), kept);
#endif
}
