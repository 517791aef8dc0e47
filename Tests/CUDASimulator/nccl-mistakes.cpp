// Makes mistakes with the simulated NCCL, in two processes with a device each, and compares what it says: one line a
// mistake that is not found, and the exit status 1 if there is one.
#include <cuda.h>
#include <nccl.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
CUresult cuInit(unsigned);
CUresult cuDevicePrimaryCtxRetain(CUcontext *, CUdevice);
CUresult cuCtxSetCurrent(CUcontext);
CUresult cuStreamCreate(CUstream *, unsigned);
CUresult cuStreamSynchronize(CUstream);
CUresult cuStreamQuery(CUstream);
CUresult cuMemAlloc_v2(CUdeviceptr *, size_t);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemsetD32Async(CUdeviceptr, unsigned, size_t, CUstream);
int cudasim_report_count();
const char *cudasim_report(int);
ncclResult_t ncclGetUniqueId(ncclUniqueId *);
ncclResult_t ncclCommInitRank(ncclComm_t *, int, ncclUniqueId, int);
ncclResult_t ncclCommDestroy(ncclComm_t);
ncclResult_t ncclCommAbort(ncclComm_t);
ncclResult_t ncclCommGetAsyncError(ncclComm_t, ncclResult_t *);
ncclResult_t ncclGroupStart();
ncclResult_t ncclGroupEnd();
ncclResult_t ncclAllReduce(const void *, void *, size_t, ncclDataType_t, ncclRedOp_t, ncclComm_t, cudaStream_t);
ncclResult_t ncclBroadcast(const void *, void *, size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t);
ncclResult_t ncclSend(const void *, size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t);
ncclResult_t ncclRecv(void *, size_t, ncclDataType_t, int, ncclComm_t, cudaStream_t);
}

// What a process has: its device, memory with values, and the communicator of both.
struct Side {
  int rank;
  CUcontext contexts[2];
  CUstream stream, foreign;
  CUdeviceptr at;
  ncclComm_t comm;
  void *memory(size_t offset = 0) const { return (void *)(at + offset); }
  ncclResult_t sum(size_t count, ncclDataType_t type = ncclFloat32, ncclRedOp_t op = ncclSum) {
    return ncclAllReduce(memory(), memory(), count, type, op, comm, stream);
  }
};
static ncclUniqueId *ids;
static volatile int *made;

static void require(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "nccl-mistakes: %s failed\n", what);
  _exit(2);
}
static void prepare(Side &side, int number) {
  require(!cuInit(0), "cuInit");
  for (int d = 0; d < 2; d++) {
    require(!cuDevicePrimaryCtxRetain(&side.contexts[d], d) && !cuCtxSetCurrent(side.contexts[d]), "a context");
    if (d != side.rank) require(!cuStreamCreate(&side.foreign, 1), "a stream");
  }
  require(!cuCtxSetCurrent(side.contexts[side.rank]) && !cuStreamCreate(&side.stream, 1), "a stream");
  require(!cuMemAlloc_v2(&side.at, 4096) && !cuMemsetD32Async(side.at, 1, 1024, side.stream), "memory");
  if (side.rank == 0) require(!ncclGetUniqueId(&ids[number]), "an id"), made[number] = 1;
  while (!made[number]) usleep(100);
  require(!ncclCommInitRank(&side.comm, 2, ids[number], side.rank), "a communicator");
}

struct Mistake {
  const char *name;
  const char *report;  // a part of what the simulator says
  std::function<void(Side &)> make;
  bool waits = true;
};
static const Mistake mistakes[] = {
    {"other counts", "differ in call 0", [](Side &s) { s.sum(10 + (size_t)s.rank); }},
    {"other types", "differ in call 0", [](Side &s) { s.sum(10, s.rank ? ncclInt32 : ncclFloat32); }},
    {"other operations", "differ in call 0", [](Side &s) { s.sum(10, ncclFloat32, s.rank ? ncclMax : ncclSum); }},
    {"other roots", "differ in call 0",
     [](Side &s) { ncclBroadcast(s.memory(), s.memory(), 4, ncclInt8, s.rank, s.comm, s.stream); }},
    {"other collectives", "ncclBroadcast",
     [](Side &s) {
       if (s.rank) s.sum(4);
       if (!s.rank) ncclBroadcast(s.memory(), s.memory(), 4, ncclFloat32, 0, s.comm, s.stream);
     }},
    {"a message of another length", "differ in call 0",
     [](Side &s) {
       if (s.rank) ncclSend(s.memory(), 4, ncclInt8, 0, s.comm, s.stream);
       if (!s.rank) ncclRecv(s.memory(), 5, ncclInt8, 1, s.comm, s.stream);
     }},
    {"memory of the host", "no device memory",
     [](Side &s) {
       static float host[4];
       ncclAllReduce(host, host, 4, ncclFloat32, ncclSum, s.comm, s.stream);
     }},
    {"memory that is too short", "reads 4100 bytes", [](Side &s) { s.sum(1025); }},
    {"memory that is free", "freed",
     [](Side &s) {
       cuMemFree_v2(s.at);
       s.sum(4);
     }},
    {"buffers that overlap", "overlap",
     [](Side &s) { ncclAllReduce(s.memory(), s.memory(4), 4, ncclFloat32, ncclSum, s.comm, s.stream); }, false},
    {"a stream of another device", "the stream is of device",
     [](Side &s) { ncclAllReduce(s.memory(), s.memory(), 4, ncclFloat32, ncclSum, s.comm, s.foreign); }, false},
    {"another current device", "is current",
     [](Side &s) {
       cuCtxSetCurrent(s.contexts[1 - s.rank]);
       s.sum(4);
     },
     false},
    {"a rank that does not exist", "rank 2 of a communicator of 2",
     [](Side &s) { ncclSend(s.memory(), 4, ncclInt8, 2, s.comm, s.stream); }, false},
    {"a communicator that is destroyed", "does not exist",
     [](Side &s) {
       ncclCommDestroy(s.comm);
       s.sum(4);
     },
     false},
    {"an end without a start", "ncclGroupEnd without", [](Side &) { ncclGroupEnd(); }, false},
    {"a group that has not ended", "in a group that has not ended",
     [](Side &s) {
       ncclGroupStart();
       s.sum(4);
       ncclCommDestroy(s.comm);
     },
     false},
    {"a rank that has gone", "rank 1 has gone",
     [](Side &s) {
       if (s.rank) _exit(0);
       s.sum(4);
     }},
};
static const int count = sizeof mistakes / sizeof *mistakes;

// Makes a mistake in this process. Returns whether the simulator says so.
static bool is_found(const Mistake &mistake, int number, int rank) {
  Side side{};
  side.rank = rank;
  prepare(side, number);
  mistake.make(side);
  ncclResult_t error = ncclSuccess;
  for (int i = 0; mistake.waits && i < 3000 && !error; i++) {
    if (ncclCommGetAsyncError(side.comm, &error)) break;
    // A call of the device, so that its work goes on. What one rank sees, the other need not.
    cuStreamQuery(side.stream);
    usleep(1000);
    if (cudasim_report_count()) break;
  }
  for (int i = 0; i < cudasim_report_count(); i++) {
    if (strstr(cudasim_report(i), mistake.report)) return true;
  }
  return false;
}

int main() {
  setenv("CUDASIM_DEVICES", "2", 1);
  setenv("CUDASIM_QUIET", "1", 1);
  size_t bytes = count * (sizeof(ncclUniqueId) + sizeof(int));
  ids = (ncclUniqueId *)mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  made = (int *)(ids + count);
  int missed = 0;
  for (int i = 0; i < count; i++) {
    bool found[2];
    pid_t children[2];
    for (int rank = 0; rank < 2; rank++) {
      children[rank] = fork();
      if (children[rank] == 0) _exit(is_found(mistakes[i], i, rank) ? 0 : 1);
    }
    for (int rank = 0; rank < 2; rank++) {
      int status = 0;
      waitpid(children[rank], &status, 0);
      found[rank] = status == 0;
    }
    // Of two ranks that differ, the first may have gone when the second looks.
    if (found[0] || (found[1] && mistakes[i].waits)) continue;
    printf("nccl-mistakes: %s: not found\n", mistakes[i].name);
    missed++;
  }
  if (!missed) printf("NCCL: %d mistakes found\n", count);
  return missed ? 1 : 0;
}
