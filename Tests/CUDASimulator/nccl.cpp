// NCCL among processes of one machine, each with its own simulated device. Work is ordered by the streams, and needs
// all processes: it is two operations, of which the first shows the others what this process has, and the second runs
// when all have done so.
#include "nccl/communicator.h"
#include <cuda.h>

#define SHOWN extern "C" __attribute__((visibility("default")))
extern "C" CUresult cudasim_enqueue_when(CUstream, const char *, bool (*)(void *), void (*)(void *), void *);

using namespace nccl;

// Calls since ncclGroupStart.
static thread_local int depth;
static thread_local std::vector<std::unique_ptr<Batch>> grouped;
static thread_local ncclResult_t grouped_error = ncclSuccess;

static int current_device() {
  CUdevice device = -1;
  return cuCtxGetDevice(&device) ? -1 : device;
}

// Queues a batch on its stream.
static ncclResult_t launch(std::unique_ptr<Batch> batch) {
  if (current_device() != batch->comm->device) {
    return refuse(ncclInvalidUsage, "%s of a communicator of device %d while device %d is current", batch->name(),
                  batch->comm->device, current_device());
  }
  batch->number();
  Batch *b = batch.release();
  begin_watch(b);
  CUresult status = cudasim_enqueue_when(
      b->stream, b->name(), [](void *) { return true; }, [](void *at) { ((Batch::Post *)at)->batch->post(); },
      &b->first);
  if (status != CUDA_SUCCESS) {
    end_watch(b);
    return ncclUnhandledCudaError;
  }
  status = cudasim_enqueue_when(
      b->stream, b->name(), [](void *at) { return ((Batch *)at)->is_ready(); },
      [](void *at) {
        ((Batch *)at)->complete();
        end_watch((Batch *)at);
      },
      b);
  return status == CUDA_SUCCESS ? ncclSuccess : ncclUnhandledCudaError;
}

static ncclResult_t add(ncclComm_t comm, cudaStream_t stream, Call call) {
  ncclResult_t error = comm_error(comm, call.name());
  if (!error) error = call.check(*comm);
  if (error) {
    if (depth && !grouped_error) grouped_error = error;
    return error;
  }
  std::unique_ptr<Batch> single;
  Batch *batch = nullptr;
  for (auto &known : grouped) {
    if (known->comm == comm && known->stream == (CUstream)stream) batch = known.get();
  }
  if (!batch) {
    single.reset(new Batch(comm, (CUstream)stream));
    batch = single.get();
  }
  batch->items.push_back({std::move(call)});
  if (!depth) return launch(std::move(single));
  if (single) grouped.push_back(std::move(single));
  return ncclSuccess;
}

// Groups of calls.
SHOWN ncclResult_t ncclGroupStart() {
  depth++;
  return ncclSuccess;
}
SHOWN ncclResult_t ncclGroupEnd() {
  if (depth == 0) return refuse(ncclInvalidUsage, "ncclGroupEnd without ncclGroupStart");
  if (--depth > 0) return ncclSuccess;
  auto batches = std::move(grouped);
  grouped.clear();
  ncclResult_t error = grouped_error;
  grouped_error = ncclSuccess;
  for (auto &batch : batches) {
    if (!error) error = launch(std::move(batch));
  }
  return error;
}

// Communicators.
SHOWN ncclResult_t ncclGetVersion(int *version) {
  if (!version) return ncclInvalidArgument;
  *version = 22707;
  return ncclSuccess;
}
SHOWN ncclResult_t ncclGetUniqueId(ncclUniqueId *id) { return id ? make_id(*id) : ncclInvalidArgument; }
SHOWN ncclResult_t ncclCommInitRank(ncclComm_t *comm, int count, ncclUniqueId id, int rank) {
  if (depth) return refuse(ncclInvalidUsage, "ncclCommInitRank in a group is not simulated");
  if (!comm || count < 1 || rank < 0 || rank >= count) {
    return refuse(ncclInvalidArgument, "ncclCommInitRank: rank %d of %d", rank, count);
  }
  int device = current_device();
  if (device < 0) return ncclUnhandledCudaError;
  return join(comm, id, rank, count, device);
}
SHOWN ncclResult_t ncclCommFinalize(ncclComm_t comm) {
  if (ncclResult_t error = comm_error(comm, "ncclCommFinalize")) return error;
  if (depth) return refuse(ncclInvalidUsage, "ncclCommFinalize in a group that has not ended");
  return wait_until_unused(comm);
}
SHOWN ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  if (!exists(comm)) return refuse(ncclInvalidArgument, "ncclCommDestroy: the communicator does not exist");
  if (depth) return refuse(ncclInvalidUsage, "ncclCommDestroy in a group that has not ended");
  ncclResult_t error = wait_until_unused(comm);
  leave(comm);
  return error;
}
SHOWN ncclResult_t ncclCommAbort(ncclComm_t comm) {
  if (!exists(comm)) return refuse(ncclInvalidArgument, "ncclCommAbort: the communicator does not exist");
  abort(comm);
  return ncclSuccess;
}
SHOWN ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t *error) {
  if (!exists(comm) || !error) return ncclInvalidArgument;
  *error = comm->error;
  return ncclSuccess;
}
SHOWN ncclResult_t ncclCommCount(const ncclComm_t comm, int *count) {
  if (!exists(comm) || !count) return ncclInvalidArgument;
  *count = comm->count;
  return ncclSuccess;
}
SHOWN ncclResult_t ncclCommUserRank(const ncclComm_t comm, int *rank) {
  if (!exists(comm) || !rank) return ncclInvalidArgument;
  *rank = comm->rank;
  return ncclSuccess;
}
SHOWN ncclResult_t ncclCommCuDevice(const ncclComm_t comm, int *device) {
  if (!exists(comm) || !device) return ncclInvalidArgument;
  *device = comm->device;
  return ncclSuccess;
}

// Errors.
SHOWN const char *ncclGetErrorString(ncclResult_t error) {
  switch (error) {
  case ncclSuccess: return "no error";
  case ncclUnhandledCudaError: return "unhandled cuda error (run with NCCL_DEBUG=INFO for details)";
  case ncclSystemError: return "unhandled system error (run with NCCL_DEBUG=INFO for details)";
  case ncclInternalError: return "internal error - please report this issue to the NCCL developers";
  case ncclInvalidArgument: return "invalid argument (run with NCCL_DEBUG=WARN for details)";
  case ncclInvalidUsage: return "invalid usage (run with NCCL_DEBUG=WARN for details)";
  case ncclRemoteError: return "remote process exited or there was a network error";
  case ncclInProgress: return "NCCL operation in progress";
  default: return "unknown result code";
  }
}
SHOWN const char *ncclGetLastError(ncclComm_t) { return last_error(); }

// Collectives, and messages between two ranks.
SHOWN ncclResult_t ncclAllReduce(const void *send, void *receive, size_t count, ncclDataType_t type, ncclRedOp_t op,
                                 ncclComm_t comm, cudaStream_t stream) {
  return add(comm, stream, {Kind::all_reduce, send, receive, count, type, op, 0});
}
SHOWN ncclResult_t ncclReduce(const void *send, void *receive, size_t count, ncclDataType_t type, ncclRedOp_t op,
                              int root, ncclComm_t comm, cudaStream_t stream) {
  return add(comm, stream, {Kind::reduce, send, receive, count, type, op, root});
}
SHOWN ncclResult_t ncclBroadcast(const void *send, void *receive, size_t count, ncclDataType_t type, int root,
                                 ncclComm_t comm, cudaStream_t stream) {
  return add(comm, stream, {Kind::broadcast, send, receive, count, type, ncclSum, root});
}
SHOWN ncclResult_t ncclAllGather(const void *send, void *receive, size_t count, ncclDataType_t type, ncclComm_t comm,
                                 cudaStream_t stream) {
  return add(comm, stream, {Kind::all_gather, send, receive, count, type, ncclSum, 0});
}
SHOWN ncclResult_t ncclReduceScatter(const void *send, void *receive, size_t count, ncclDataType_t type,
                                     ncclRedOp_t op, ncclComm_t comm, cudaStream_t stream) {
  return add(comm, stream, {Kind::reduce_scatter, send, receive, count, type, op, 0});
}
SHOWN ncclResult_t ncclSend(const void *send, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                            cudaStream_t stream) {
  return add(comm, stream, {Kind::send, send, nullptr, count, type, ncclSum, peer});
}
SHOWN ncclResult_t ncclRecv(void *receive, size_t count, ncclDataType_t type, int peer, ncclComm_t comm,
                            cudaStream_t stream) {
  return add(comm, stream, {Kind::receive, nullptr, receive, count, type, ncclSum, peer});
}

// A group that is still open when its thread or the process ends.
struct GroupsEnd {
  ~GroupsEnd() {
    if (depth) refuse(ncclInvalidUsage, "ncclGroupStart without ncclGroupEnd, with %zu calls", grouped.size());
  }
};
static GroupsEnd groups_end;
