// Communicators of the simulated NCCL, and the work that is queued on them. The processes share a folder, in which each
// shows what it has as a file; its name says the number of the call and the rank.
#pragma once
#include <cuda.h>
#include <nccl.h>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct ncclComm {
  std::string folder;
  int rank = 0, count = 1, device = 0;
  std::atomic<ncclResult_t> error{ncclSuccess};
  std::atomic<bool> aborted{false};
  std::atomic<int> unfinished{0};
  // The number of the next collective, and of the next message to and from each rank.
  uint64_t collectives = 0;
  std::vector<uint64_t> sent, received;
  // Files that their processes keep locked; -1 for this rank.
  std::vector<int> locks;
  int own_lock = -1;
};

namespace nccl {
enum class Kind : int { all_reduce, reduce, broadcast, all_gather, reduce_scatter, send, receive };

struct Call {
  Kind kind;
  const void *source;
  void *target;
  size_t count;
  ncclDataType_t type;
  ncclRedOp_t op;
  int peer;  // the root, or the other rank of a message
  uint64_t number = 0;

  const char *name() const;
  bool is_message() const { return kind == Kind::send || kind == Kind::receive; }
  // The bytes that this rank reads and writes.
  size_t read_bytes(const ncclComm &comm) const;
  size_t written_bytes(const ncclComm &comm) const;
  ncclResult_t check(const ncclComm &comm) const;
};

// Calls that are queued together.
struct Batch {
  struct Item {
    Call call;
    int found = 0;  // the ranks whose files are known to be there
  };
  ncclComm_t comm;
  CUstream stream;
  std::vector<Item> items;
  double began = 0;
  std::atomic<bool> is_completing{false};
  Batch(ncclComm_t comm, CUstream stream) : comm(comm), stream(stream) {}

  const char *name() const { return items[0].call.name(); }
  void number();
  void post();
  bool is_ready();
  // Whether another rank has not posted.
  bool is_stuck() const;
  void complete();

  // What the first of the two operations of a batch is known by.
  struct Post {
    Batch *batch;
  };
  Post first{this};
};

ncclResult_t make_id(ncclUniqueId &id);
// Joins the ranks with this id. Waits for all of them.
ncclResult_t join(ncclComm_t *comm, const ncclUniqueId &id, int rank, int count, int device);
bool exists(ncclComm_t comm);
// Returns the error of a call on a communicator.
ncclResult_t comm_error(ncclComm_t comm, const char *what);
ncclResult_t wait_until_unused(ncclComm_t comm);
void leave(ncclComm_t comm);
void abort(ncclComm_t comm);

// A thread runs what other processes may wait for, and looks whether they are alive.
void begin_watch(Batch *batch);
// Forgets a batch and frees it.
void end_watch(Batch *batch);

// Reports a mistake of the caller and returns `error`.
ncclResult_t refuse(ncclResult_t error, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *last_error();
}  // namespace nccl
