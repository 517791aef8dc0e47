// One thread pool for all kernels. oneDNN's primitives run inside its pieces, on one thread each.
#ifndef ST_PARALLEL_H
#define ST_PARALLEL_H

#include <stdint.h>

/// Returns the number of threads of a parallel region. It starts as the number of cores that this process may use, or
/// OMP_NUM_THREADS.
int st_num_threads(void);
/// Sets the number of threads of a parallel region (at least 1).
void st_set_num_threads(int n);

/// Runs body(context, begin, end) over [0, count), cut into pieces of `grain`; the last may be shorter. The cut depends
/// on count and grain only, not on the number of threads. A single piece, or a call from inside a region, runs on the
/// calling thread.
void st_parallel_for(int64_t count, int64_t grain,
                     void (*_Nonnull body)(void *_Nullable context, int64_t begin, int64_t end),
                     void *_Nullable context);

/// Like st_parallel_for, for bodies that do not depend on where pieces start. Pieces have nearly equal sizes of at most
/// about `grain`, and their number divides well among two, four or eight threads.
void st_parallel_evenly(int64_t count, int64_t grain,
                        void (*_Nonnull body)(void *_Nullable context, int64_t begin, int64_t end),
                        void *_Nullable context);

#endif
