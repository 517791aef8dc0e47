// Blocks of more than 1 MiB. They are cut from regions of the address space, so freed memory serves blocks of any size,
// and its pages stay.
#ifndef MEMORY_LARGE_H
#define MEMORY_LARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Returns the bytes that a block takes for `bytes`.
size_t st_large_capacity(size_t bytes);
/// Returns a block, aligned to 64 KiB, or to 2 MiB if its size is a multiple of that; NULL if the system has no memory.
/// `capacity` is a result of st_large_capacity.
void *st_large_allocate(size_t capacity);
/// Frees a block, and gives pages back to the system if more than `limit` bytes of free memory have some. Returns false
/// if the block is not one of these.
bool st_large_deallocate(void *block, size_t capacity, size_t limit);
/// Gives the pages of all free memory back to the system.
void st_large_empty(void);
/// The bytes of blocks and of free memory that has pages.
int64_t st_large_reserved(void);

#endif
