// Tensors that are put together from stretches of another tensor, or from several tensors (concatenation).
#ifndef ST_ASSEMBLE_H
#define ST_ASSEMBLE_H

#include "st_types.h"

enum { ST_MAX_STRETCHES = 3 };

/// `length` elements of the result in a row. They come from the source's coordinates `start`, `start + step`, …. A
/// negative `start` means the filler.
typedef struct {
  int64_t length, start, step;
} st_stretch;

/// A dimension of the result: `count` (at most ST_MAX_STRETCHES) stretches, one after the other. `stride` is the
/// source's stride along the dimension, in elements.
typedef struct {
  const st_stretch *_Nonnull stretches;
  int64_t count, stride;
} st_assembled;

/// Fills the contiguous `out`: each element comes from the source coordinates that the stretches give. An element gets
/// the filler if one of its stretches is filler. Elements have `item` bytes.
void st_assemble(int ndim, const st_assembled *_Nonnull dims, void *_Nonnull out, const void *_Nonnull in,
                 const void *_Nonnull filler, size_t item);

/// One source's part of each row of the result: `length` (at least 1) contiguous elements. The next row's part lies
/// `stride` elements further.
typedef struct {
  const void *_Nonnull data;
  int64_t length, stride;
} st_part;

/// Writes the contiguous `out`: `rows` rows, in each the runs of the `count` parts side by side. Elements have `item`
/// bytes.
void st_cat(int64_t rows, int64_t count, const st_part *_Nonnull parts, void *_Nonnull out, size_t item);

#endif
