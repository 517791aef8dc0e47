// MPI without its headers. Open MPI and MPICH give the same functions other handles: addresses of objects in the one,
// integers in the other. Both are loaded at run time, and the same table of functions hides the difference.
#ifndef CMPI_H
#define CMPI_H

#include <stdint.h>

#include "shared_memory.h"

/// A communicator, a request: the handle of the library that is loaded.
typedef uintptr_t cmpi_comm;
typedef uintptr_t cmpi_request;

/// The libraries.
enum { CMPI_NONE = 0, CMPI_OPEN_MPI = 1, CMPI_MPICH = 2 };

/// The types of elements that are reduced. MPI has no operations for those from CMPI_F16 on; they are this file's.
enum {
  CMPI_U8, CMPI_I8, CMPI_U16, CMPI_I16, CMPI_U32, CMPI_I32, CMPI_U64, CMPI_I64, CMPI_F32, CMPI_F64,
  CMPI_F16, CMPI_BF16
};

/// The operations of reductions.
enum { CMPI_SUM, CMPI_PRODUCT, CMPI_MIN, CMPI_MAX, CMPI_BAND, CMPI_BOR, CMPI_BXOR, CMPI_OPS };

/// MPI's functions. Each returns 0 or an error code, of which `error_string` is the text. A receive from CMPI_ANY takes
/// from every rank.
enum { CMPI_ANY = -1 };
struct cmpi_calls {
  /// Asks for calls from several threads at once. `*level` becomes 0 to 3; 3 means several at once, 2 one after the
  /// other.
  int (*init)(int *level);
  int (*initialized)(int *flag);
  int (*finalized)(int *flag);
  int (*finalize)(void);
  int (*abort)(cmpi_comm comm, int code);
  cmpi_comm (*world)(void);
  int (*rank)(cmpi_comm comm, int *rank);
  int (*size)(cmpi_comm comm, int *size);
  int (*dup)(cmpi_comm comm, cmpi_comm *made);
  /// A negative color makes no communicator; `*made` is then 0.
  int (*split)(cmpi_comm comm, int color, int key, cmpi_comm *made);
  int (*free_comm)(cmpi_comm comm);
  /// Lets failed calls return instead of ending the process.
  int (*return_errors)(cmpi_comm comm);
  /// `in` may be NULL: the elements of `out` are reduced in place.
  int (*allreduce)(const void *in, void *out, int count, int type, int op, cmpi_comm comm);
  int (*iallreduce)(const void *in, void *out, int count, int type, int op, cmpi_comm comm, cmpi_request *request);
  /// At the root `in` may be NULL.
  int (*ireduce)(
      const void *in, void *out, int count, int type, int op, int root, cmpi_comm comm, cmpi_request *request);
  int (*ireduce_scatter)(
      const void *in, void *out, int count, int type, int op, cmpi_comm comm, cmpi_request *request);
  /// Combines the elements of `in` with those of `out` in this process, and stores them in `out`.
  int (*reduce_local)(const void *in, void *out, int count, int type, int op);
  int (*bcast)(void *buffer, int bytes, int root, cmpi_comm comm);
  int (*ibcast)(void *buffer, int bytes, int root, cmpi_comm comm, cmpi_request *request);
  int (*allgather)(const void *in, int bytes, void *out, cmpi_comm comm);
  int (*iallgather)(const void *in, int bytes, void *out, cmpi_comm comm, cmpi_request *request);
  int (*ibarrier)(cmpi_comm comm, cmpi_request *request);
  int (*isend)(const void *buffer, int bytes, int rank, int tag, cmpi_comm comm, cmpi_request *request);
  int (*irecv)(void *buffer, int bytes, int rank, int tag, cmpi_comm comm, cmpi_request *request);
  /// Sets `*flag` if a message has arrived.
  int (*iprobe)(cmpi_comm comm, int *flag, int *source, int *tag);
  /// Sets `*done` if the request has ended, and `*source` to the sender of a receive.
  int (*test)(cmpi_request *request, int *done, int *source);
  /// Gives up a receive that no message has matched.
  int (*cancel)(cmpi_request *request);
  int (*error_string)(int code, char *text, int *length);
  int (*version)(char *text, int *length);
};

/// Loads a library from `path`. Returns its kind, or CMPI_NONE with the reason in `error`, which has `size` bytes.
int cmpi_load(const char *path, char *error, int size);
// The table that `cmpi` returns.
extern const struct cmpi_calls *cmpi_loaded;
/// Returns the functions of the library that is loaded.
static inline const struct cmpi_calls *cmpi(void) { return cmpi_loaded; }

/// Calls `body` when the process ends by `exit`, with the status.
void cmpi_at_exit(void (*body)(int status));
/// Writes a line with the rank when a signal such as SIGSEGV or SIGILL ends the process.
void cmpi_name_rank_in_signals(int rank);

#endif
