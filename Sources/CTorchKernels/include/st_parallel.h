// One pool of threads for every kernel; oneDNN's primitives run inside its pieces, on one thread each.
#ifndef ST_PARALLEL_H
#define ST_PARALLEL_H

#include <stdint.h>

/// The number of threads a parallel region uses; at first the number of cores this process may run on (or
/// OMP_NUM_THREADS).
int st_num_threads(void);
/// Sets it (at least 1).
void st_set_num_threads(int n);

/// Runs body(context, begin, end) over [0, count) cut into pieces of `grain` (the last may be shorter). The cut depends
/// on count and grain only, never on the number of threads. One piece, or a call from inside a region, stays on the
/// calling thread.
void st_parallel_for(int64_t count, int64_t grain,
                     void (*_Nonnull body)(void *_Nullable context, int64_t begin, int64_t end),
                     void *_Nullable context);

/// The same for bodies to which it is all one where they begin: the pieces, `grain` or somewhat fewer each, are of
/// nearly one size and as many as two, four or eight threads can share.
void st_parallel_evenly(int64_t count, int64_t grain,
                        void (*_Nonnull body)(void *_Nullable context, int64_t begin, int64_t end),
                        void *_Nullable context);

#endif
