// Device memory: a range of addresses that is closed to the host outside of device work. Allocations have red zones,
// and their addresses are never used again. A shadow knows which bytes have been written.
#pragma once
#include "settings.h"

namespace sim {
struct Allocation {
  uintptr_t base = 0;
  size_t size = 0;
  int device = 0;
  unsigned number = 0;
  // An allocation is reserved until its stream has reached the call that makes it.
  enum { reserved, live, freed } state = reserved;
  bool holds(uintptr_t at, size_t bytes) const { return state == live && at >= base && at + bytes <= base + size; }
};

struct Arena {
  uintptr_t base = 0;
  size_t size = 0;
  bool has(uintptr_t at) const { return at - base < size; }
};
extern Arena arena;

// Reserves the arena. Does nothing the second time.
void start_memory();
// Returns a reserved allocation, or null if the device's memory does not suffice.
Allocation *allocate(size_t size, int device);
// Makes an allocation live and fills it with invalid values: NaN, -1.
void make_live(Allocation *allocation);
// Frees the allocation that begins at this address. Reports if there is none, or if it is free already.
void free_checked(uintptr_t at);
// Returns the allocation that an address belongs to, live or not, or null.
Allocation *allocation_at(uintptr_t at);
// Returns the bytes that a device's allocations have.
size_t used_memory(int device);
// Describes an address for a report.
std::string describe(uintptr_t at);

// Checks the memory of a copy or of a library's operand: it belongs to one live allocation. Marks it as written, if
// `write`. Reports and returns false if it does not.
bool check_range(uintptr_t at, size_t size, bool write, const char *what);
void mark_written(uintptr_t at, size_t size);
void copy_written(uintptr_t to, uintptr_t from, size_t size);
bool is_written(uintptr_t at, size_t size);

// Pinned host memory.
void pin(uintptr_t at, size_t size);
bool unpin(uintptr_t at);
bool is_pinned(uintptr_t at, size_t size);

// While one exists, this process can touch device memory.
struct Open {
  Open();
  ~Open();
};
}  // namespace sim
