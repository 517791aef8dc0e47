#include "cmpi.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "half_reductions.h"

const struct cmpi_calls *cmpi_loaded = NULL;

// MARK: Open MPI. Handles are addresses of objects that the library exports.

static void *open_objects_world, *open_objects_null_comm, *open_objects_null_request, *open_objects_return_errors;
static void *open_types[CMPI_BF16 + 1], *open_operations[CMPI_OPS];

struct open_status {
  int source, tag, error, cancelled;
  size_t count;
};

static void *open_type(int type) { return open_types[type]; }
static void *open_operation(int op) { return open_operations[op]; }

#define NAME(name) open_##name
#define COMM void *
#define TYPE void *
#define OP void *
#define REQUEST void *
#define ERRHANDLER void *
#define STATUS struct open_status
#define WORLD open_objects_world
#define NULL_COMM open_objects_null_comm
#define NULL_REQUEST open_objects_null_request
#define RETURN_ERRORS open_objects_return_errors
#define IN_PLACE ((const void *)1)
#define UNDEFINED (-32766)
#define ANY_SOURCE (-1)
#define ANY_TAG (-1)
#define type_of(type) open_type(type)
#define op_of(op) open_operation(op)
#include "mpi_abi.inc"

static int open_find_objects(void *library, char *error, int size) {
  static const char *const types[] = {"uint8_t", "int8_t", "uint16_t", "int16_t", "uint32_t", "int32_t",
                                      "uint64_t", "int64_t", "float", "double", "uint16_t", "uint16_t"};
  static const char *const operations[] = {"sum", "prod", "min", "max", "band", "bor", "bxor"};
  struct {
    const char *name;
    void **place;
  } objects[] = {{"ompi_mpi_comm_world", &open_objects_world},
                 {"ompi_mpi_comm_null", &open_objects_null_comm},
                 {"ompi_request_null", &open_objects_null_request},
                 {"ompi_mpi_errors_return", &open_objects_return_errors}};
  char name[64];
  for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
    if ((*objects[i].place = dlsym(library, objects[i].name))) continue;
    snprintf(error, (size_t)size, "has no %s", objects[i].name);
    return 0;
  }
  for (int i = 0; i <= CMPI_BF16; i++) {
    snprintf(name, sizeof name, "ompi_mpi_%s", types[i]);
    if ((open_types[i] = dlsym(library, name))) continue;
    snprintf(error, (size_t)size, "has no %s", name);
    return 0;
  }
  for (int i = 0; i < CMPI_OPS; i++) {
    snprintf(name, sizeof name, "ompi_mpi_op_%s", operations[i]);
    if ((open_operations[i] = dlsym(library, name))) continue;
    snprintf(error, (size_t)size, "has no %s", name);
    return 0;
  }
  return 1;
}

// MARK: MPICH, and all with its binary interface (Intel MPI, MVAPICH). Handles are integers.

struct mpich_status {
  int count_low, count_high, source, tag, error;
};

static const int mpich_types[] = {0x4c00013b, 0x4c000137, 0x4c00023c, 0x4c000238, 0x4c00043d, 0x4c000439,
                                  0x4c00083e, 0x4c00083a, 0x4c00040a, 0x4c00080b, 0x4c00023c, 0x4c00023c};
static const int mpich_operations[] = {0x58000003, 0x58000004, 0x58000002, 0x58000001,
                                       0x58000006, 0x58000008, 0x5800000a};

#define NAME(name) mpich_##name
#define COMM int
#define TYPE int
#define OP int
#define REQUEST int
#define ERRHANDLER int
#define STATUS struct mpich_status
#define WORLD 0x44000000
#define NULL_COMM 0x04000000
#define NULL_REQUEST 0x2c000000
#define RETURN_ERRORS 0x54000001
#define IN_PLACE ((const void *)-1)
#define UNDEFINED (-32766)
#define ANY_SOURCE (-2)
#define ANY_TAG (-1)
#define type_of(type) mpich_types[type]
#define op_of(op) mpich_operations[op]
#include "mpi_abi.inc"

// MARK: Loading

int cmpi_load(const char *path, char *error, int size) {
  // RTLD_GLOBAL: plugins of Open MPI look for its symbols in the whole process.
  void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (!library) {
    const char *reason = dlerror();
    snprintf(error, (size_t)size, "%s", reason ? reason : path);
    return CMPI_NONE;
  }
  char reason[128] = "";
  if (dlsym(library, "ompi_mpi_comm_world")) {
    if (open_find(library, reason, sizeof reason) && open_find_objects(library, reason, sizeof reason)) {
      cmpi_loaded = &open_calls;
      return CMPI_OPEN_MPI;
    }
  } else if (mpich_find(library, reason, sizeof reason)) {
    cmpi_loaded = &mpich_calls;
    return CMPI_MPICH;
  }
  snprintf(error, (size_t)size, "%s %s", path, reason);
  return CMPI_NONE;
}
