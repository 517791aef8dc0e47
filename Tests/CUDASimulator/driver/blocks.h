// Runs a launch: block after block, the threads of a block as fibers that take turns at barriers and exchanges. A
// thread that never waits needs no fiber of its own: one fiber runs thread after thread, until one has to wait.
#pragma once
#include "settings.h"
#include <vector>

// The place of the thread that runs, as kernels see it (device.h). The thread sanitizer's instrumentation leaves
// accesses to names that begin with __llvm_gcov alone.
struct Place {
  unsigned thread[3], block[3], block_size[3], grid_size[3], lane;
};
#define cudasim_here __llvm_gcov_cudasim_here
SHOWN Place cudasim_here;

namespace sim {
struct Kernel {
  std::string name;
  void (*call)(void **arguments) = nullptr;
  // The parameters' sizes and offsets in the packed arguments.
  std::vector<unsigned> sizes, offsets;
  unsigned parameter_bytes = 0;
  size_t static_shared = 0, most_dynamic_shared = 48 << 10;
  char *shared = nullptr;                    // where the module has the kernel's shared memory
  uintptr_t image_begin = 0, image_end = 0;  // the module in memory
};

struct Launch {
  const Kernel *kernel;
  unsigned grid[3], block[3];
  unsigned dynamic_shared;
  std::vector<char> parameters;
};

// Runs a launch to its end, or to its first fault.
void run(const Launch &launch);
// Ends the launch that runs. The threads do not go on.
void give_up();

const size_t most_shared = 256 << 10;
const size_t stack_size = 128 << 10;

// The launch that runs, for checks.
struct Running {
  const Launch *launch = nullptr;
  uint64_t number = 0;                       // of the launch
  unsigned thread = 0;                       // in its block
  bool has_synchronized_by_atomics = false;  // whether a thread of this block has used an atomic
  uintptr_t shared = 0, dynamic_shared = 0, stack = 0;
};
extern Running running_launch;
// The barriers that the running thread has passed, those of its block and those of its warp.
unsigned block_barriers(), warp_barriers();
// Describes the running thread for a report.
std::string describe_thread();
// Clears the records of accesses to shared memory, before a block.
void reset_shared_checks(size_t bytes);
}  // namespace sim
