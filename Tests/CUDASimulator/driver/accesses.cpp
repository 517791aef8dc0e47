// Checks each access of a kernel. clang's instrumentation for its thread sanitizer calls __tsan_read4 and the like, and
// that for undefined behaviour calls __ubsan_…; here they find accesses out of bounds, misaligned moves, races, and
// reads of memory that nothing has written.
#include "blocks.h"
#include "memory.h"
#include "streams.h"
#include <sys/mman.h>

namespace sim {
// Who last wrote and read each word: the launch in 18 bits, its block in 16, the thread in 10, the barriers that it had
// passed, of the block in 8 and of the warp in 8, and the bytes in 4.
struct Cell {
  uint64_t write, read;
};
static Cell *global_cells, *shared_cells;
static uint8_t shared_written[most_shared];

void reset_shared_checks(size_t bytes) { memset(shared_written, 0, bytes); }

static void start_races() {
  if (global_cells) return;
  void *cells = mmap(nullptr, arena.size / 4 * sizeof(Cell), PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (cells == MAP_FAILED) {
    fprintf(stderr, "cudasim: no addresses for the search for races\n");
    settings.races = false;
    return;
  }
  global_cells = (Cell *)cells;
  shared_cells = (Cell *)calloc(most_shared / 4, sizeof(Cell));
}

static uint64_t stamp(unsigned bytes) {
  const Place &p = cudasim_here;
  uint64_t block = p.block[0] + (uint64_t)p.grid_size[0] * (p.block[1] + (uint64_t)p.grid_size[1] * p.block[2]);
  return (running_launch.number & 0x3ffff) << 46 | (block & 0xffff) << 30 | (uint64_t)running_launch.thread << 20 |
         (uint64_t)(block_barriers() & 0xff) << 12 | (uint64_t)(warp_barriers() & 0xff) << 4 | bytes;
}
static unsigned thread_in(uint64_t stamp) { return stamp >> 20 & 0x3ff; }
static unsigned block_in(uint64_t stamp) { return stamp >> 30 & 0xffff; }

// Returns whether nothing orders two accesses of which one is a write.
static bool conflicts(uint64_t then, uint64_t now, bool shared) {
  uint64_t differs = then ^ now;
  if (differs >> 46 || !(then & now & 15)) return false;  // another launch, or other bytes
  // Only atomics order blocks.
  if (block_in(differs)) return !shared && !running_launch.has_synchronized_by_atomics;
  if (!thread_in(differs)) return false;
  if (differs >> 12 & 0xff) return false;  // a barrier of the block is between them
  bool other_warp = thread_in(differs) >> 5;
  return other_warp || !(differs >> 4 & 0xff);
}

static void look_for_race(Cell *cells, uintptr_t offset, size_t size, bool write, bool shared) {
  for (uintptr_t word = offset / 4; word <= (offset + size - 1) / 4; word++) {
    unsigned bytes = 0;
    for (unsigned b = 0; b < 4; b++) bytes |= (unsigned)(word * 4 + b >= offset && word * 4 + b < offset + size) << b;
    Cell &c = cells[word];
    uint64_t now = stamp(bytes);
    bool after_write = conflicts(c.write, now, shared), after_read = write && conflicts(c.read, now, shared);
    if (after_write || after_read) {
      uint64_t then = after_write ? c.write : c.read;
      report(CUDA_SUCCESS,
             "%s: race for %s memory, byte %ld: this thread %s what thread %u of block %u has %s, and nothing orders "
             "them",
             describe_thread().c_str(), shared ? "shared" : "global", (long)offset, write ? "writes" : "reads",
             thread_in(then), block_in(then), after_write ? "written" : "read");
      return give_up();
    }
    (write ? c.write : c.read) = now;
  }
}

enum Access { read_access, write_access, atomic_access };

static void illegal(uintptr_t at, size_t size, Access access) {
  report(CUDA_ERROR_ILLEGAL_ADDRESS, "%s: %s %zu bytes at %s", describe_thread().c_str(),
         access == read_access ? "reads" : "writes", size, describe(at).c_str());
  give_up();
}

static bool reaches(const Allocation &a) {
  int device = running_device();
  return a.device == device || contexts[device].peers.count(a.device);
}

static void check_global(uintptr_t at, size_t size, Access access) {
  static Allocation *last;  // that has passed in this launch
  static uint64_t last_launch;
  if (!(last_launch == running_launch.number && last->holds(at, size))) {
    Allocation *a = allocation_at(at);
    if (!a || !a->holds(at, size)) return illegal(at, size, access);
    if (!reaches(*a)) {
      report(CUDA_ERROR_ILLEGAL_ADDRESS, "%s, on device %d: touches memory of device %d, %s", describe_thread().c_str(),
             running_device(), a->device, describe(at).c_str());
      return give_up();
    }
    last = a, last_launch = running_launch.number;
  }
  if (settings.uninitialized && access == write_access) mark_written(at, size);
  if (settings.uninitialized && access != write_access && !is_written(at, size)) {
    report(CUDA_SUCCESS, "%s: reads %zu bytes that nothing has written, at %s", describe_thread().c_str(), size,
           describe(at).c_str());
    return give_up();
  }
  if (access == atomic_access) {
    running_launch.has_synchronized_by_atomics = true;
  } else if (settings.races) {
    start_races();
    if (settings.races) look_for_race(global_cells, at - arena.base, size, access == write_access, false);
  }
}

static void check_shared(uintptr_t offset, size_t size, Access access) {
  if (access == write_access) memset(shared_written + offset, 1, size);
  if (settings.uninitialized && access != write_access && !shared_written[offset]) {
    report(CUDA_SUCCESS, "%s: reads %zu bytes of shared memory that nothing has written, at byte %ld",
           describe_thread().c_str(), size, (long)offset);
    return give_up();
  }
  if (!settings.races || access == atomic_access) return;
  start_races();
  if (settings.races) look_for_race(shared_cells, offset, size, access == write_access, true);
}

static void check(const volatile void *pointer, size_t size, Access access) {
  uintptr_t at = (uintptr_t)pointer;
  const Launch &launch = *running_launch.launch;
  const Kernel &kernel = *launch.kernel;
  if (arena.has(at)) return check_global(at, size, access);
  if (at - running_launch.shared < kernel.static_shared) return check_shared(at - running_launch.shared, size, access);
  if (at - running_launch.dynamic_shared < launch.dynamic_shared) {
    return check_shared(kernel.static_shared + (at - running_launch.dynamic_shared), size, access);
  }
  bool is_own = at - running_launch.stack < stack_size + 4096 || (at >= kernel.image_begin && at < kernel.image_end) ||
                at - (uintptr_t)&cudasim_here < sizeof cudasim_here ||
                at - (uintptr_t)launch.parameters.data() < launch.parameters.size();
  if (!is_own && !is_pinned(at, size)) illegal(at, size, access);
}

static void check_alignment(const void *p, size_t size) {
  if ((uintptr_t)p % size == 0 || !arena.has((uintptr_t)p)) return;
  report(CUDA_ERROR_MISALIGNED_ADDRESS, "%s: a misaligned move of %zu bytes at %s", describe_thread().c_str(), size,
         describe((uintptr_t)p).c_str());
  give_up();
}
static void aligned(const void *p, size_t size, Access access) {
  check_alignment(p, size);
  check(p, size, access);
}
}  // namespace sim
using namespace sim;

SHOWN void cudasim_access(const volatile void *at, size_t size, int access) { check(at, size, (Access)access); }

#define EACH_SIZE(n)                                                                                  \
  SHOWN void __tsan_read##n(void *p) { aligned(p, n, read_access); }                                  \
  SHOWN void __tsan_write##n(void *p) { aligned(p, n, write_access); }                                \
  SHOWN void __tsan_unaligned_read##n(void *p) { check(p, n, read_access); }                          \
  SHOWN void __tsan_unaligned_write##n(void *p) { check(p, n, write_access); }                        \
  SHOWN void __tsan_read_write##n(void *p) { aligned(p, n, read_access), check(p, n, write_access); } \
  SHOWN void __tsan_unaligned_read_write##n(void *p) { check(p, n, read_access), check(p, n, write_access); }
EACH_SIZE(1)
EACH_SIZE(2)
EACH_SIZE(4)
EACH_SIZE(8)
EACH_SIZE(16)
SHOWN void __tsan_init() {}
// Copies of 8 and 16 bytes are moves of one vector.
SHOWN void *__tsan_memcpy(void *to, const void *from, size_t n) {
  if (n == 16 || n == 8) check_alignment(to, n), check_alignment(from, n);
  check(from, n, read_access), check(to, n, write_access);
  return memcpy(to, from, n);
}
SHOWN void *__tsan_memmove(void *to, const void *from, size_t n) {
  check(from, n, read_access), check(to, n, write_access);
  return memmove(to, from, n);
}
SHOWN void *__tsan_memset(void *to, int x, size_t n) {
  check(to, n, write_access);
  return memset(to, x, n);
}

// The forms are those of clang's run-time library.
struct SourceLocation {
  const char *file;
  unsigned line, column;
};
struct TypeMismatch {
  SourceLocation source;
  struct {
    uint16_t kind, info;
    char name[1];
  } * type;
  unsigned char log_of_alignment, kind;
};
SHOWN void __ubsan_handle_type_mismatch_v1(TypeMismatch *m, uintptr_t at) {
  if (!arena.has(at)) return;
  report(CUDA_ERROR_MISALIGNED_ADDRESS, "%s: misaligned: %s needs an alignment of %u bytes, at %s (%s:%u)",
         describe_thread().c_str(), m->type->name, 1u << m->log_of_alignment, describe(at).c_str(), m->source.file,
         m->source.line);
  give_up();
}
struct OutOfBounds {
  SourceLocation source;
};
SHOWN void __ubsan_handle_out_of_bounds(OutOfBounds *b, uintptr_t index) {
  report(CUDA_ERROR_ILLEGAL_ADDRESS, "%s: index %ld is outside of its array (%s:%u)", describe_thread().c_str(),
         (long)index, b->source.file, b->source.line);
  give_up();
}
