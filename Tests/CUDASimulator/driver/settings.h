// Settings, and reports of the errors that were found.
#pragma once
#include <cuda.h>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <unistd.h>

#define SHOWN extern "C" __attribute__((visibility("default")))

namespace sim {
// Everything runs under one lock, on the thread that calls. A thread may take it several times.
class Lock {
  std::recursive_mutex mutex;
  int depth = 0;  // of the thread that has it

 public:
  void lock() {
    mutex.lock();
    depth++;
  }
  void unlock() {
    depth--;
    mutex.unlock();
  }
  // Lets other threads have the lock for some time.
  void pause(unsigned microseconds) {
    int held = depth;
    for (int i = 0; i < held; i++) unlock();
    usleep(microseconds);
    for (int i = 0; i < held; i++) lock();
  }
};
extern Lock lock;

// When pending work runs.
enum class Order {
  lazy,    // as late as possible: only when a call waits for it
  eager,   // at once
  random,  // in an allowed order that a seed determines
};
struct Settings {
  Order order = Order::lazy;
  uint64_t seed = 1;
  int devices = 1;
  size_t memory = 4ull << 30;  // bytes of each device
  bool races = true;           // look for races
  bool uninitialized = true;   // look for reads of memory that nothing has written
  bool guard = true;           // close device memory to the host
  bool quiet = false;          // print no reports
};
extern Settings settings;
// Sets what has this name to the value in a text.
void set(const char *name, const char *value);
// Sets what the environment variables CUDASIM_… name.
void read_environment();

// Returns a number below `below` from the seed.
uint64_t draw(uint64_t below);

// Reports an error. `status` is what calls of a real device return from now on; CUDA_SUCCESS if it detects nothing.
void report(CUresult status, const char *format, ...) __attribute__((format(printf, 2, 3)));
}  // namespace sim
