#include "memory.h"
#include <csignal>
#include <deque>
#include <execinfo.h>
#include <map>
#include <sys/mman.h>
#include <unistd.h>

namespace sim {
Arena arena;
static const size_t granule = 512;
static uint32_t *owners;  // for each granule, the number of its allocation
static uint8_t *written;  // for each byte, whether something has written it
static std::deque<Allocation> allocations(1);
static size_t first_live = 1;  // allocations before this one are free
static uintptr_t next_base;
static int open_depth;
static size_t used_by[16];
static std::map<uintptr_t, size_t> pinned;

static void *reserve(size_t size, int protection) {
  void *p = mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    perror("cudasim: mmap");
    abort();
  }
  return p;
}

static struct sigaction handler_before;
// Says what the host touched. Then the access is tried again and reaches the handler that was there before.
static void on_fault(int, siginfo_t *info, void *) {
  uintptr_t at = (uintptr_t)info->si_addr;
  if (arena.has(at)) {
    char text[512];
    int n = snprintf(text, sizeof text, "cudasim: the host touched device memory: %s\n", describe(at).c_str());
    (void)!write(2, text, (size_t)n);
    void *frames[32];
    backtrace_symbols_fd(frames, backtrace(frames, 32), 2);
  }
  sigaction(SIGSEGV, &handler_before, nullptr);
}

void start_memory() {
  if (arena.base) return;
  arena.size = 256ull << 30;
  arena.base = (uintptr_t)reserve(arena.size, settings.guard ? PROT_NONE : PROT_READ | PROT_WRITE);
  owners = (uint32_t *)reserve(arena.size / granule * 4, PROT_READ | PROT_WRITE);
  written = (uint8_t *)reserve(arena.size, PROT_READ | PROT_WRITE);
  next_base = arena.base;
  void *frame;
  backtrace(&frame, 1);  // loads here, not in the handler, what a backtrace needs
  struct sigaction action = {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, &handler_before);
}

// Opens or closes the range from the first live allocation to the last.
static void protect(int protection) {
  if (!settings.guard || first_live >= allocations.size()) return;
  uintptr_t from = allocations[first_live].base & ~4095ull;
  mprotect((void *)from, next_base - from, protection);
}
Open::Open() {
  if (open_depth++ == 0) protect(PROT_READ | PROT_WRITE);
}
Open::~Open() {
  if (--open_depth == 0) protect(PROT_NONE);
}

Allocation *allocate(size_t size, int device) {
  if (size > settings.memory || used_by[device] + size > settings.memory) return nullptr;
  size_t rounded = (size + granule - 1) / granule * granule;
  size_t zone = std::max(granule, std::min(rounded / 4, (size_t)64 << 10) / granule * granule);
  if (next_base + rounded + zone > arena.base + arena.size) {
    fprintf(stderr, "cudasim: no addresses are left\n");
    return nullptr;
  }
  Allocation a;
  a.base = next_base, a.size = size, a.device = device, a.number = (unsigned)allocations.size();
  next_base += rounded + zone;
  if (settings.guard) {
    uintptr_t from = a.base & ~4095ull;
    mprotect((void *)from, next_base - from, open_depth ? PROT_READ | PROT_WRITE : PROT_NONE);
  }
  for (size_t g = 0; g < rounded / granule; g++) owners[(a.base - arena.base) / granule + g] = a.number;
  used_by[device] += size;
  allocations.push_back(a);
  return &allocations.back();
}

void make_live(Allocation *a) {
  a->state = Allocation::live;
  Open open;
  memset((void *)a->base, 0xff, std::min(a->size, (size_t)1 << 20));
}

void free_checked(uintptr_t at) {
  Allocation *a = allocation_at(at);
  if (!a || a->base != at) {
    return report(CUDA_ERROR_INVALID_VALUE, "freed an address that was not allocated: %s", describe(at).c_str());
  }
  if (a->state == Allocation::freed) {
    return report(CUDA_ERROR_INVALID_VALUE, "freed twice: %s", describe(at).c_str());
  }
  Open open;
  a->state = Allocation::freed;
  used_by[a->device] -= a->size;
  uintptr_t from = (a->base + 4095) & ~4095ull, to = (a->base + a->size) & ~4095ull;
  if (to > from) {
    madvise((void *)from, to - from, MADV_DONTNEED);
    madvise(written + (from - arena.base), to - from, MADV_DONTNEED);
  }
  // Memory before the first live allocation is never used again, so it stays inaccessible.
  size_t first = first_live;
  while (first < allocations.size() && allocations[first].state == Allocation::freed) first++;
  if (first != first_live) {
    protect(PROT_NONE);
    first_live = first;
    protect(PROT_READ | PROT_WRITE);
  }
}

size_t used_memory(int device) { return used_by[device]; }

Allocation *allocation_at(uintptr_t at) {
  if (!arena.has(at)) return nullptr;
  unsigned number = owners[(at - arena.base) / granule];
  return number ? &allocations[number] : nullptr;
}

std::string describe(uintptr_t at) {
  char text[256];
  if (Allocation *a = allocation_at(at)) {
    const char *states[] = {"not yet allocated in its stream's order", "live", "freed"};
    snprintf(text, sizeof text, "%#lx, byte %ld of allocation %u of %zu bytes (%s)", (long)at, (long)(at - a->base),
             a->number, a->size, states[a->state]);
    return text;
  }
  if (!arena.has(at)) {
    snprintf(text, sizeof text, "%#lx, no device memory", (long)at);
    return text;
  }
  // The red zone of the allocation before.
  Allocation *near = nullptr;
  for (uintptr_t p = at; p >= arena.base + granule && !near && at - p < (64 << 10) + granule; p -= granule) {
    near = allocation_at(p - granule);
  }
  if (near) {
    snprintf(text, sizeof text, "%#lx, %ld bytes past the end of allocation %u of %zu bytes", (long)at,
             (long)(at - near->base - near->size), near->number, near->size);
  } else {
    snprintf(text, sizeof text, "%#lx, between allocations", (long)at);
  }
  return text;
}

bool check_range(uintptr_t at, size_t size, bool write, const char *what) {
  if (size == 0) return true;
  Allocation *a = allocation_at(at);
  if (!a || !a->holds(at, size)) {
    report(CUDA_ERROR_ILLEGAL_ADDRESS, "%s %s %zu bytes at %s", what, write ? "writes" : "reads", size,
           describe(at).c_str());
    return false;
  }
  if (write) mark_written(at, size);
  return true;
}

void mark_written(uintptr_t at, size_t size) { memset(written + (at - arena.base), 1, size); }
void copy_written(uintptr_t to, uintptr_t from, size_t size) {
  memmove(written + (to - arena.base), written + (from - arena.base), size);
}
bool is_written(uintptr_t at, size_t size) {
  const uint8_t *p = written + (at - arena.base);
  for (size_t i = 0; i < size; i++) {
    if (!p[i]) return false;
  }
  return true;
}

void pin(uintptr_t at, size_t size) { pinned[at] = size; }
bool unpin(uintptr_t at) { return pinned.erase(at) != 0; }
bool is_pinned(uintptr_t at, size_t size) {
  auto next = pinned.upper_bound(at);
  if (next == pinned.begin()) return false;
  --next;
  return at + size <= next->first + next->second;
}
}  // namespace sim
