// Memory that several processes of one machine map.
#ifndef CMPI_SHARED_MEMORY_H
#define CMPI_SHARED_MEMORY_H

#include <stddef.h>

/// Makes memory of `bytes` zeros. It has no name: others find it by this process's number and `*handle`, as long as
/// that is open. Returns NULL if this is not possible.
void *cmpi_shared_make(size_t bytes, int *handle);
/// Maps the memory that another process has made. Returns NULL if this is not possible.
void *cmpi_shared_open(int process, int handle, size_t bytes);
/// Closes a handle. The memory stays.
void cmpi_shared_close(int handle);
/// Ends the mapping of this process.
void cmpi_shared_free(void *memory, size_t bytes);

#endif
