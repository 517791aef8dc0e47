// A region is divided into units of 64 KiB, and those into extents: blocks in use, and free extents between them, of
// which no two are neighbours. The first extent in address order that fits is taken. A lock protects everything.
#include "memory_large.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { unit = 64 << 10, huge_page = 2 << 20, huge_units = huge_page / unit };
/// A region has as many bytes as all regions before it, within these limits, or those of its first block.
static const size_t least_region = (size_t)64 << 20, most_region = (size_t)1 << 30;

/// What is known of a unit.
enum {
  IS_FREE = 1,
  HAS_PAGES = 2,  // it was allocated once, and its pages were not returned to the system
};

typedef struct {
  char *base;
  size_t units, free_units;
  uint8_t *state;
  uint32_t *length;  // of an extent, in units, at its first and its last unit
} region;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static region *regions;
static size_t region_count, region_room, mapped;
// The bytes of free units that have pages.
static size_t cached;
static _Atomic int64_t reserved;

int64_t st_large_reserved(void) { return atomic_load_explicit(&reserved, memory_order_relaxed); }

size_t st_large_capacity(size_t bytes) {
  // Rounds up to whole huge pages if that wastes little. With small pages, gathers and scatters wait for address
  // translation.
  size_t whole = (bytes + huge_page - 1) / huge_page * huge_page;
  if (whole - bytes <= whole / 8) return whole;
  return (bytes + unit - 1) / unit * unit;
}

static void set_extent(region *r, size_t first, size_t units, bool is_free) {
  r->length[first] = r->length[first + units - 1] = (uint32_t)units;
  for (size_t i = first; i < first + units; i++)
    r->state[i] = (uint8_t)((r->state[i] & HAS_PAGES) | (is_free ? IS_FREE : 0));
}

static void unmap(region *r) {
  munmap(r->base, r->units * unit);
  free(r->state);
  free(r->length);
  mapped -= r->units * unit;
}

/// Maps a region of `bytes` bytes, a multiple of a huge page. Returns NULL if there is no memory.
static region *map(size_t bytes) {
  if (region_count == region_room) {
    size_t room = region_room ? 2 * region_room : 16;
    region *more = realloc(regions, room * sizeof *more);
    if (!more) return NULL;
    regions = more;
    region_room = room;
  }
  region r = {.units = bytes / unit, .free_units = bytes / unit};
  char *p = mmap(NULL, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) return NULL;
  size_t before = (huge_page - (uintptr_t)p % huge_page) % huge_page;
  if (before) munmap(p, before);
  munmap(p + before + bytes, huge_page - before);
  r.base = p + before;
  r.state = calloc(r.units, 1);
  r.length = malloc(r.units * sizeof *r.length);
  mapped += bytes;
  if (!r.state || !r.length) {
    unmap(&r);
    return NULL;
  }
#if defined(__linux__)
  // Huge pages reduce page faults when memory is first written.
  madvise(r.base, bytes, MADV_HUGEPAGE);
#endif
  set_extent(&r, 0, r.units, true);
  regions[region_count] = r;
  return &regions[region_count++];
}

/// Takes `units` units of a region; returns NULL if none of its free extents fits.
static void *take(region *r, size_t units) {
  if (r->free_units < units) return NULL;
  size_t align = units % huge_units == 0 ? huge_units : 1;
  for (size_t first = 0; first < r->units; first += r->length[first]) {
    size_t end = first + r->length[first], start = (first + align - 1) / align * align;
    if (!(r->state[first] & IS_FREE) || start + units > end) continue;
    if (start > first) set_extent(r, first, start - first, true);
    if (start + units < end) set_extent(r, start + units, end - start - units, true);
    set_extent(r, start, units, false);
    size_t fresh = 0;
    for (size_t i = start; i < start + units; i++) {
      fresh += !(r->state[i] & HAS_PAGES);
      r->state[i] |= HAS_PAGES;
    }
    r->free_units -= units;
    cached -= (units - fresh) * unit;
    atomic_fetch_add_explicit(&reserved, (int64_t)(fresh * unit), memory_order_relaxed);
    return r->base + start * unit;
  }
  return NULL;
}

/// Gives pages back, those of high addresses first, until free memory has at most `limit` bytes of them. Then removes
/// the regions that have neither blocks nor pages.
static void give_back(size_t limit) {
  for (size_t i = region_count; i-- > 0 && cached > limit;) {
    region *r = &regions[i];
    for (size_t end = r->units; end > 0 && cached > limit;) {
      size_t length = r->length[end - 1], first = end - length;
      size_t stop = end;
      // From the end of the extent, in pieces of a huge page.
      while ((r->state[first] & IS_FREE) && stop > first && cached > limit) {
        size_t start = (stop - 1) / huge_units * huge_units, held = 0;
        if (start < first) start = first;
        for (size_t u = start; u < stop; u++) {
          held += (r->state[u] & HAS_PAGES) != 0;
          r->state[u] &= (uint8_t)~HAS_PAGES;
        }
        if (held) madvise(r->base + start * unit, (stop - start) * unit, MADV_DONTNEED);
        cached -= held * unit;
        atomic_fetch_sub_explicit(&reserved, (int64_t)(held * unit), memory_order_relaxed);
        stop = start;
      }
      end = first;
    }
  }
  for (size_t i = region_count; i-- > 0;) {
    region *r = &regions[i];
    if (r->free_units < r->units || memchr(r->state, IS_FREE | HAS_PAGES, r->units)) continue;
    unmap(r);
    region_count--;
    memmove(r, r + 1, (region_count - i) * sizeof *r);
  }
}

static void *take_from_new_region(size_t capacity) {
  size_t least = (capacity + huge_page - 1) / huge_page * huge_page, wanted = mapped;
  if (wanted > most_region) wanted = most_region;
  if (wanted < least_region) wanted = least_region;
  region *r = wanted > least ? map(wanted) : NULL;
  if (!r) r = map(least);
  if (!r) {
    give_back(0);
    r = map(least);
  }
  return r ? take(r, capacity / unit) : NULL;
}

void *st_large_allocate(size_t capacity) {
  void *block = NULL;
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < region_count && !block; i++) block = take(&regions[i], capacity / unit);
  if (!block) block = take_from_new_region(capacity);
  pthread_mutex_unlock(&lock);
  return block;
}

bool st_large_deallocate(void *block, size_t capacity, size_t limit) {
  pthread_mutex_lock(&lock);
  region *r = NULL;
  for (size_t i = 0; i < region_count && !r; i++) {
    size_t offset = (size_t)((char *)block - regions[i].base);
    if ((char *)block >= regions[i].base && offset < regions[i].units * unit) r = &regions[i];
  }
  if (r) {
    size_t first = (size_t)((char *)block - r->base) / unit, units = capacity / unit, end = first + units;
    r->free_units += units;
    cached += units * unit;
    if (end < r->units && (r->state[end] & IS_FREE)) end += r->length[end];
    if (first > 0 && (r->state[first - 1] & IS_FREE)) first -= r->length[first - 1];
    set_extent(r, first, end - first, true);
    if (cached > limit) give_back(limit);
  }
  pthread_mutex_unlock(&lock);
  return r != NULL;
}

void st_large_empty(void) {
  pthread_mutex_lock(&lock);
  give_back(0);
  pthread_mutex_unlock(&lock);
}
