// Tensors put together from stretches of another.
#ifndef ST_ASSEMBLE_H
#define ST_ASSEMBLE_H

#include "st_types.h"

enum { ST_MAX_STRETCHES = 3 };

/// `length` places in a row: the source's coordinates `start`, `start + step`, …; or, with a negative `start`, the filler.
typedef struct {
  int64_t length, start, step;
} st_stretch;

/// A dimension of the result: `count` (at most ST_MAX_STRETCHES) stretches, one after the other. The source's neighbours along it lie `stride` elements apart.
typedef struct {
  const st_stretch *_Nonnull stretches;
  int64_t count, stride;
} st_assembled;

/// out, contiguous: each element is the source's at the coordinates that the stretches say, or the filler where one of them says so. Elements of `item` bytes.
void st_assemble(int ndim, const st_assembled *_Nonnull dims, void *_Nonnull out, const void *_Nonnull in, const void *_Nonnull filler, size_t item);

#endif
