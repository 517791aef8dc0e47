#include "cnccl.h"

#include <dlfcn.h>
#include <stdio.h>

int cnccl_load(const char *path, struct cnccl_calls *calls, char *error, int size) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(error, (size_t)size, "%s", dlerror());
    return 0;
  }
  struct {
    const char *name;
    void **place;
  } functions[] = {
      {"ncclGetVersion", (void **)&calls->get_version},
      {"ncclGetUniqueId", (void **)&calls->get_unique_id},
      {"ncclCommInitRank", (void **)&calls->comm_init_rank},
      {"ncclCommDestroy", (void **)&calls->comm_destroy},
      {"ncclCommGetAsyncError", (void **)&calls->comm_async_error},
      {"ncclGetErrorString", (void **)&calls->error_string},
      {"ncclGetLastError", (void **)&calls->last_error},
      {"ncclGroupStart", (void **)&calls->group_start},
      {"ncclGroupEnd", (void **)&calls->group_end},
      {"ncclAllReduce", (void **)&calls->all_reduce},
      {"ncclReduce", (void **)&calls->reduce},
      {"ncclBroadcast", (void **)&calls->broadcast},
      {"ncclAllGather", (void **)&calls->all_gather},
      {"ncclReduceScatter", (void **)&calls->reduce_scatter},
      {"ncclSend", (void **)&calls->send},
      {"ncclRecv", (void **)&calls->receive},
  };
  for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
    *functions[i].place = dlsym(library, functions[i].name);
    if (*functions[i].place) continue;
    snprintf(error, (size_t)size, "%s has no function %s", path, functions[i].name);
    dlclose(library);
    return 0;
  }
  return 1;
}
