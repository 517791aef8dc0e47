// NCCL without its headers, and without linking it: the functions of a library that is loaded at run time. C is needed
// because a function takes a structure of 128 bytes by value.
#ifndef CNCCL_H
#define CNCCL_H

#include <stddef.h>

/// What connects the ranks of a communicator: made by one of them, and given to the others.
struct cnccl_id {
  char bytes[128];
};

typedef struct ncclComm *cnccl_comm;

/// Types of elements and operations of reductions, with NCCL's numbers.
enum {
  CNCCL_INT8, CNCCL_UINT8, CNCCL_INT32, CNCCL_UINT32, CNCCL_INT64, CNCCL_UINT64, CNCCL_FLOAT16, CNCCL_FLOAT32,
  CNCCL_FLOAT64, CNCCL_BFLOAT16
};
enum { CNCCL_SUM, CNCCL_PRODUCT, CNCCL_MAX, CNCCL_MIN, CNCCL_AVERAGE };

/// An asynchronous error that is none: the communicator is still being made.
enum { CNCCL_IN_PROGRESS = 7 };

/// NCCL's functions. Each that returns a number returns 0 or an error code.
struct cnccl_calls {
  int (*get_version)(int *version);
  int (*get_unique_id)(struct cnccl_id *id);
  int (*comm_init_rank)(cnccl_comm *comm, int count, struct cnccl_id id, int rank);
  int (*comm_destroy)(cnccl_comm comm);
  int (*comm_async_error)(cnccl_comm comm, int *error);
  const char *(*error_string)(int error);
  const char *(*last_error)(cnccl_comm comm);
  int (*group_start)(void);
  int (*group_end)(void);
  int (*all_reduce)(const void *in, void *out, size_t count, int type, int op, cnccl_comm comm, void *stream);
  int (*reduce)(const void *in, void *out, size_t count, int type, int op, int root, cnccl_comm comm, void *stream);
  int (*broadcast)(const void *in, void *out, size_t count, int type, int root, cnccl_comm comm, void *stream);
  int (*all_gather)(const void *in, void *out, size_t count, int type, cnccl_comm comm, void *stream);
  int (*reduce_scatter)(const void *in, void *out, size_t count, int type, int op, cnccl_comm comm, void *stream);
  int (*send)(const void *in, size_t count, int type, int peer, cnccl_comm comm, void *stream);
  int (*receive)(void *out, size_t count, int type, int peer, cnccl_comm comm, void *stream);
};

/// Loads a library from `path`. Returns 0 if that is not possible, with the reason in `error`, which has `size` bytes.
int cnccl_load(const char *path, struct cnccl_calls *calls, char *error, int size);

#endif
