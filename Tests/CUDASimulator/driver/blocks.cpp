#include "blocks.h"
#include <sys/mman.h>

Place cudasim_here;

namespace sim {
Running running_launch;

// Saves the registers that a function keeps, and the stack pointer, to `save`; continues at `load`.
extern "C" void cudasim_switch(void **save, void *load);
asm(R"(
.text
.globl cudasim_switch
.hidden cudasim_switch
cudasim_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
)");

struct Fiber {
  void *stack_pointer;
  char *low;  // a page that may not be touched, then the stack
};

// How a thread waits for others of its warp.
enum Exchange { from_lane, from_lane_below, from_lane_above, from_lane_xor, ballot, only_wait };

struct Thread {
  enum { unstarted, ready, at_block_barrier, at_warp, done } state = unstarted;
  Fiber *fiber = nullptr;
  const void *site = nullptr;  // where in the text it waits
  unsigned mask = 0;
  int exchange = 0, with = 0, width = 0, vote = 0;
  uint64_t value = 0;
  uint8_t block_barriers = 0, warp_barriers = 0;
};

static std::vector<Thread> threads;
static std::vector<unsigned> ready;
static std::vector<Fiber *> idle;
static unsigned thread_count, next_thread, finished;
static void *scheduler;
static Fiber *current_fiber;
static bool aborted;
static std::vector<void *> arguments;

unsigned block_barriers() { return threads[running_launch.thread].block_barriers; }
unsigned warp_barriers() { return threads[running_launch.thread].warp_barriers; }

std::string describe_thread() {
  char text[256];
  const Place &p = cudasim_here;
  snprintf(text, sizeof text, "%s, block (%u, %u, %u), thread (%u, %u, %u)",
           running_launch.launch->kernel->name.c_str(), p.block[0], p.block[1], p.block[2], p.thread[0], p.thread[1],
           p.thread[2]);
  return text;
}

static void enter(unsigned thread) {
  running_launch.thread = thread;
  const unsigned *size = running_launch.launch->block;
  cudasim_here.thread[0] = thread % size[0];
  cudasim_here.thread[1] = thread / size[0] % size[1];
  cudasim_here.thread[2] = thread / size[0] / size[1];
  cudasim_here.lane = thread % 32;
}

static void to_scheduler() { cudasim_switch(&current_fiber->stack_pointer, scheduler); }

// What a fiber does: it runs threads one after the other, as long as none has to wait.
static void fiber_main() {
  for (;;) {
    running_launch.launch->kernel->call(arguments.data());
    threads[running_launch.thread].state = Thread::done;
    finished++;
    if (next_thread < thread_count && ready.empty()) {
      unsigned next = next_thread++;
      threads[next].fiber = current_fiber;
      enter(next);
      continue;
    }
    idle.push_back(current_fiber);
    to_scheduler();
  }
}

static Fiber *new_fiber() {
  Fiber *f;
  if (idle.empty()) {
    f = new Fiber;
    f->low = (char *)mmap(nullptr, stack_size + 4096, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    mprotect(f->low, 4096, PROT_NONE);
  } else {
    f = idle.back();
    idle.pop_back();
  }
  void **top = (void **)(f->low + 4096 + stack_size);
  *--top = nullptr;
  *--top = (void *)fiber_main;
  for (int i = 0; i < 6; i++) *--top = nullptr;
  f->stack_pointer = top;
  return f;
}

static void resume(unsigned thread) {
  current_fiber = threads[thread].fiber;
  running_launch.stack = (uintptr_t)current_fiber->low;
  enter(thread);
  cudasim_switch(&scheduler, current_fiber->stack_pointer);
}

void give_up() {
  aborted = true;
  to_scheduler();
}

// Returns the lane whose value a lane gets.
static int source_of(const Thread &t, int lane) {
  int low = lane & ~(t.width - 1), high = low + t.width;
  switch (t.exchange) {
  case from_lane: return low + (t.with & (t.width - 1));
  case from_lane_below: return lane - t.with < low ? lane : lane - t.with;
  case from_lane_above: return lane + t.with >= high ? lane : lane + t.with;
  case from_lane_xor: return (lane ^ t.with) >= high ? lane : lane ^ t.with;
  default: return lane;
  }
}

// Resumes threads of a warp if all threads in the mask of one of them wait at the same place.
static void release_warp(unsigned first) {
  unsigned end = std::min(first + 32, thread_count);
  for (unsigned t = first; t < end; t++) {
    const Thread one = threads[t];
    if (one.state != Thread::at_warp) continue;
    auto takes_part = [&](unsigned u) { return (one.mask >> (u - first) & 1) && threads[u].state != Thread::done; };
    bool complete = true;
    for (unsigned u = first; u < end && complete; u++) {
      const Thread &other = threads[u];
      if (takes_part(u)) {
        complete = other.state == Thread::at_warp && other.mask == one.mask && other.site == one.site;
      }
    }
    if (!complete) continue;
    uint64_t values[32], votes = 0;
    bool is_here[32] = {};
    for (unsigned u = first; u < end; u++) {
      if (!takes_part(u)) continue;
      values[u - first] = threads[u].value;
      is_here[u - first] = true;
      if (threads[u].value) votes |= 1ull << (u - first);
    }
    for (unsigned u = first; u < end; u++) {
      if (!is_here[u - first]) continue;
      Thread &other = threads[u];
      int from = source_of(other, (int)(u - first));
      // The value of a lane that does not take part is undefined.
      if (other.exchange <= from_lane_xor) other.value = from < 32 && is_here[from] ? values[from] : ~0ull;
      if (other.exchange == ballot) other.value = votes;
      other.warp_barriers++;
      other.state = Thread::ready;
      ready.push_back(u);
    }
  }
}

// Resumes the block if all threads wait at the same barrier.
static bool release_block() {
  int all = 1, any = 0, count = 0;
  const Thread *first = nullptr;
  for (Thread &t : threads) {
    if (t.state == Thread::done) continue;
    if (t.state != Thread::at_block_barrier) return false;
    if (!first) first = &t;
    if (t.site != first->site) {
      report(CUDA_ERROR_LAUNCH_FAILED, "%s: threads of one block wait at different barriers, in lines %ld and %ld",
             describe_thread().c_str(), (long)first->site, (long)t.site);
      aborted = true;
      return false;
    }
    all &= t.value != 0, any |= t.value != 0, count += t.value != 0;
  }
  for (unsigned t = 0; t < thread_count; t++) {
    Thread &thread = threads[t];
    if (thread.state != Thread::at_block_barrier) continue;
    thread.value = (uint64_t)(thread.vote == 1 ? count : thread.vote == 2 ? all : any);
    thread.block_barriers++;
    thread.state = Thread::ready;
    ready.push_back(t);
  }
  return true;
}

static void run_block() {
  threads.assign(thread_count, Thread());
  ready.clear();
  next_thread = finished = 0;
  running_launch.has_synchronized_by_atomics = false;
  const Launch &launch = *running_launch.launch;
  memset((void *)running_launch.shared, 0xff, launch.kernel->static_shared);
  memset((void *)running_launch.dynamic_shared, 0xff, launch.dynamic_shared);
  reset_shared_checks(launch.kernel->static_shared + launch.dynamic_shared);
  while (!aborted && finished < thread_count) {
    if (!ready.empty()) {
      size_t at = settings.order == Order::random ? draw(ready.size()) : ready.size() - 1;
      unsigned t = ready[at];
      ready[at] = ready.back();
      ready.pop_back();
      resume(t);
    } else if (next_thread < thread_count) {
      unsigned t = next_thread++;
      threads[t].fiber = new_fiber();
      resume(t);
    } else if (!release_block()) {
      if (!aborted) {
        report(CUDA_ERROR_LAUNCH_FAILED, "%s: threads wait for each other for ever", launch.kernel->name.c_str());
      }
      aborted = true;
    }
  }
}

void run(const Launch &l) {
  static char *dynamic_shared = (char *)aligned_alloc(1024, most_shared);
  running_launch.launch = &l;
  running_launch.number++;
  running_launch.shared = (uintptr_t)l.kernel->shared;
  running_launch.dynamic_shared = (uintptr_t)dynamic_shared;
  thread_count = l.block[0] * l.block[1] * l.block[2];
  memcpy(cudasim_here.block_size, l.block, sizeof l.block);
  memcpy(cudasim_here.grid_size, l.grid, sizeof l.grid);
  arguments.clear();
  for (unsigned offset : l.kernel->offsets) arguments.push_back((void *)(l.parameters.data() + offset));
  aborted = false;
  uint64_t blocks = (uint64_t)l.grid[0] * l.grid[1] * l.grid[2];
  for (uint64_t i = 0; i < blocks && !aborted; i++) {
    // Blocks come in no order that a kernel may rely on.
    uint64_t b = settings.order == Order::random ? blocks - 1 - i : i;
    cudasim_here.block[0] = (unsigned)(b % l.grid[0]);
    cudasim_here.block[1] = (unsigned)(b / l.grid[0] % l.grid[1]);
    cudasim_here.block[2] = (unsigned)(b / l.grid[0] / l.grid[1]);
    run_block();
  }
  running_launch.launch = nullptr;
}
}  // namespace sim
using namespace sim;

// What kernels call (device.h).

SHOWN void cudasim_syncthreads(const void *site, int vote, int *value) {
  Thread &t = threads[running_launch.thread];
  t.state = Thread::at_block_barrier, t.site = site, t.vote = vote, t.value = (uint64_t)*value;
  to_scheduler();
  *value = (int)threads[running_launch.thread].value;
}
SHOWN uint64_t cudasim_exchange(unsigned mask, uint64_t mine, int exchange, int with, int width, const void *site) {
  unsigned lane = running_launch.thread % 32;
  if (!(mask >> lane & 1)) {
    report(CUDA_ERROR_LAUNCH_FAILED, "%s: lane %u calls a function of its warp, and its mask %#x does not name it",
           describe_thread().c_str(), lane, mask);
    give_up();
  }
  Thread &t = threads[running_launch.thread];
  t.state = Thread::at_warp, t.site = site, t.mask = mask, t.value = mine;
  t.exchange = exchange, t.with = with, t.width = width;
  release_warp(running_launch.thread / 32 * 32);
  to_scheduler();
  return threads[running_launch.thread].value;
}
SHOWN void cudasim_syncwarp(unsigned mask, const void *site) { cudasim_exchange(mask, 0, only_wait, 0, 32, site); }
SHOWN void *cudasim_dynamic_shared() { return (void *)running_launch.dynamic_shared; }
SHOWN void cudasim_assert_failed(const char *what, const char *file, int line) {
  report(CUDA_ERROR_ASSERT, "%s: %s:%d: assertion `%s` failed", describe_thread().c_str(), file, line, what);
  give_up();
}
