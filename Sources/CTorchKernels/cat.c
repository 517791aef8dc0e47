#include "include/st_assemble.h"

#include "include/st_parallel.h"
#include "strided.h"

enum { grain = 65536 };

typedef struct {
  const st_part *parts;
  int64_t count, width;
  char *out;
  size_t item;
} job;

// Writes elements [begin, end) of the result. The cut may be anywhere.
static void some_elements(void *context, int64_t begin, int64_t end) {
  const job *j = context;
  int64_t row = begin / j->width, inside = begin % j->width;
  const st_part *p = j->parts;
  while (inside >= p->length) inside -= p++->length;
  char *to = j->out + (size_t)begin * j->item;
  for (int64_t left = end - begin; left > 0;) {
    int64_t run = p->length - inside < left ? p->length - inside : left, bytes = run * (int64_t)j->item;
    st_copy_run(to, (const char *)p->data + (size_t)(row * p->stride + inside) * j->item, bytes);
    to += bytes;
    left -= run;
    inside = 0;
    if (++p == j->parts + j->count) p = j->parts, row++;
  }
}

void st_cat(int64_t rows, int64_t count, const st_part *parts, void *out, size_t item) {
  job j = {parts, count, 0, out, item};
  for (int64_t k = 0; k < count; k++) j.width += parts[k].length;
  st_parallel_evenly(rows * j.width, grain, some_elements, &j);
}
