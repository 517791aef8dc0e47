#include "include/st_triangle.h"

#include <string.h>

#include "include/st_parallel.h"

enum { grain_bytes = 1 << 18 };

typedef struct {
  bool upper;
  int64_t rows, columns, diagonal;
  char *out;
  const char *in;
  size_t item;
} job;

static void some_rows(void *context, int64_t begin, int64_t end) {
  const job *t = context;
  for (int64_t row = begin; row < end; row++) {
    // Columns before `edge` are left of the diagonal, or on it for the lower triangle.
    int64_t edge = row % t->rows + t->diagonal + (t->upper ? 0 : 1);
    edge = edge < 0 ? 0 : edge > t->columns ? t->columns : edge;
    size_t left = (size_t)edge * t->item, right = (size_t)(t->columns - edge) * t->item;
    char *to = t->out + (size_t)(row * t->columns) * t->item;
    const char *from = t->in + (size_t)(row * t->columns) * t->item;
    if (t->upper) {
      memset(to, 0, left);
      memcpy(to + left, from + left, right);
    } else {
      memcpy(to, from, left);
      memset(to + left, 0, right);
    }
  }
}

void st_triangle(bool upper, int64_t batch, int64_t rows, int64_t columns, int64_t diagonal, void *out, const void *in,
                 size_t item) {
  if (batch == 0 || rows == 0 || columns == 0) return;
  job t = {upper, rows, columns, diagonal, out, in, item};
  int64_t grain = grain_bytes / (int64_t)item / columns;
  st_parallel_evenly(batch * rows, grain > 0 ? grain : 1, some_rows, &t);
}
