// The calls that a thread is in, and the files that their code is from.
#ifndef ST_CALL_STACK_H
#define ST_CALL_STACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A file with machine code that is mapped into the process.
typedef struct {
  const char *_Nullable path;   // the loader's path; it may be wrong for the program's own file
  const char *_Nullable symbol; // the exported function with the address in it, or NULL
  uintptr_t base;               // the address at which the file is mapped
  bool is_program;              // whether it is the program's own file, not a library
} st_image;

/// Writes the return addresses of at most `capacity` running calls, the innermost first. Returns how many there are; 0
/// where the C library cannot find them.
size_t st_call_stack(uintptr_t *_Nonnull addresses, size_t capacity);
/// Finds the file that has the code at an address. Returns false if no file has it. The texts are valid until the file
/// is unmapped.
bool st_find_image(uintptr_t address, st_image *_Nonnull image);

#endif
