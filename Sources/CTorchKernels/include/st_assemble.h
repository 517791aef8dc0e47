// Tensors put together from stretches of another, or from runs of several.
#ifndef ST_ASSEMBLE_H
#define ST_ASSEMBLE_H

#include "st_types.h"

enum { ST_MAX_STRETCHES = 3 };

/// `length` places in a row: the source's coordinates `start`, `start + step`, …; or, with a negative `start`, the
/// filler.
typedef struct {
  int64_t length, start, step;
} st_stretch;

/// A dimension of the result: `count` (at most ST_MAX_STRETCHES) stretches, one after the other. The source's
/// neighbours along it lie `stride` elements apart.
typedef struct {
  const st_stretch *_Nonnull stretches;
  int64_t count, stride;
} st_assembled;

/// out, contiguous: each element is the source's at the coordinates that the stretches say, or the filler where one of
/// them says so. Elements of `item` bytes.
void st_assemble(int ndim, const st_assembled *_Nonnull dims, void *_Nonnull out, const void *_Nonnull in,
                 const void *_Nonnull filler, size_t item);

/// What a row of the result has from one source: `length` (at least 1) elements one after the other, the next row's
/// `stride` further.
typedef struct {
  const void *_Nonnull data;
  int64_t length, stride;
} st_part;

/// out, contiguous: `rows` rows, each the parts' runs side by side. Elements of `item` bytes.
void st_cat(int64_t rows, int64_t count, const st_part *_Nonnull parts, void *_Nonnull out, size_t item);

#endif
