#include "communicator.h"
#include "elements.h"
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <dirent.h>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

extern "C" bool cudasim_range(uintptr_t, size_t, int, const char *);
extern "C" void cudasim_advance(void *);
extern "C" void cudasim_report_error(CUresult, const char *);

namespace nccl {
// The thread uses these until the process has ended, so they are not destroyed.
static std::mutex &lock = *new std::mutex;
static std::set<ncclComm_t> &comms = *new std::set<ncclComm_t>;
static std::set<Batch *> &unfinished = *new std::set<Batch *>, &unposted = *new std::set<Batch *>;
static std::string &latest = *new std::string;  // the text of the last error

static double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

ncclResult_t refuse(ncclResult_t error, const char *format, ...) {
  char text[1024];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  {
    std::lock_guard<std::mutex> guard(lock);
    latest = text;
  }
  cudasim_report_error(CUDA_SUCCESS, (std::string("nccl: ") + text).c_str());
  return error;
}
const char *last_error() {
  static thread_local std::string copy;
  std::lock_guard<std::mutex> guard(lock);
  copy = latest;
  return copy.c_str();
}
// The error that ncclCommGetAsyncError gives. The first one stays.
static void fail(ncclComm_t comm, ncclResult_t error) {
  ncclResult_t none = ncclSuccess;
  comm->error.compare_exchange_strong(none, error);
}

// Files.

// What a process shows to the others: this, and then its elements.
struct Shown {
  int kind, type, op, peer;
  uint64_t count, bytes;
  std::atomic<int> readers;
};

static std::string collective_file(const ncclComm &comm, uint64_t number, int rank) {
  return comm.folder + "/c" + std::to_string(number) + "." + std::to_string(rank);
}
// A message, or the notice that a receive of it has begun.
static std::string message_file(const ncclComm &comm, bool is_notice, int from, int to, uint64_t number) {
  return comm.folder + (is_notice ? "/n" : "/m") + std::to_string(from) + "-" + std::to_string(to) + "." +
         std::to_string(number);
}
static bool is_there(const std::string &path) { return access(path.c_str(), F_OK) == 0; }

// Writes a file that appears whole.
static void show(const ncclComm &comm, const std::string &path, const Call &call, size_t bytes) {
  std::string draft = path + ".draft";
  Shown head{(int)call.kind, (int)call.type, (int)call.op, call.peer, call.count, bytes, {0}};
  FILE *file = fopen(draft.c_str(), "wb");
  bool good = file && fwrite(&head, sizeof head, 1, file) == 1 &&
              (bytes == 0 || fwrite(call.source, 1, bytes, file) == bytes);
  if (file) good = fclose(file) == 0 && good;
  if (!good || rename(draft.c_str(), path.c_str())) {
    if (!comm.aborted) refuse(ncclSystemError, "%s: cannot write %s", call.name(), path.c_str());
    fail((ncclComm_t)&comm, ncclSystemError);
  }
}

// Another process's file in memory.
struct Mapped {
  Shown *head = nullptr;
  size_t size = 0;
  std::string path;
  explicit Mapped(const std::string &path) : path(path) {
    int file = open(path.c_str(), O_RDWR | O_CLOEXEC);
    struct stat facts;
    if (file >= 0 && fstat(file, &facts) == 0 && (size_t)facts.st_size >= sizeof(Shown)) {
      size = (size_t)facts.st_size;
      void *at = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
      if (at != MAP_FAILED) head = (Shown *)at;
    }
    if (file >= 0) close(file);
  }
  Mapped(const Mapped &) = delete;
  ~Mapped() {
    if (head) munmap(head, size);
  }
  char *elements() const { return (char *)(head + 1); }
  // The last of the readers removes the file.
  void was_read(int readers) {
    if (head && head->readers.fetch_add(1) + 1 == readers) unlink(path.c_str());
  }
};

// Calls.

const char *Call::name() const {
  static const char *const names[] = {"ncclAllReduce",     "ncclReduce", "ncclBroadcast", "ncclAllGather",
                                      "ncclReduceScatter", "ncclSend",   "ncclRecv"};
  return names[(int)kind];
}
size_t Call::read_bytes(const ncclComm &comm) const {
  size_t bytes = count * size_of(type);
  switch (kind) {
  case Kind::broadcast: return comm.rank == peer ? bytes : 0;
  case Kind::reduce_scatter: return bytes * (size_t)comm.count;
  case Kind::receive: return 0;
  default: return bytes;
  }
}
size_t Call::written_bytes(const ncclComm &comm) const {
  size_t bytes = count * size_of(type);
  switch (kind) {
  case Kind::reduce: return comm.rank == peer ? bytes : 0;
  case Kind::all_gather: return bytes * (size_t)comm.count;
  case Kind::send: return 0;
  default: return bytes;
  }
}
ncclResult_t Call::check(const ncclComm &comm) const {
  if (!size_of(type)) return refuse(ncclInvalidArgument, "%s: type %d does not exist", name(), (int)type);
  if ((unsigned)op > ncclAvg) return refuse(ncclInvalidArgument, "%s: operation %d does not exist", name(), (int)op);
  bool reduces = kind == Kind::all_reduce || kind == Kind::reduce || kind == Kind::reduce_scatter;
  if (reduces && (type == ncclFloat8e4m3 || type == ncclFloat8e5m2)) {
    return refuse(ncclInvalidArgument, "%s of 8-bit floating-point numbers is not simulated", name());
  }
  if (peer < 0 || peer >= comm.count) {
    return refuse(ncclInvalidArgument, "%s: rank %d of a communicator of %d", name(), peer, comm.count);
  }
  size_t read = read_bytes(comm), written = written_bytes(comm), bytes = count * size_of(type);
  if ((read && !source) || (written && !target)) return refuse(ncclInvalidArgument, "%s: a null pointer", name());
  if (!read || !written) return ncclSuccess;
  // In place, the memory is the same one, or the part of this rank in the larger one.
  const char *from = (const char *)source, *to = (const char *)target;
  size_t own = bytes * (size_t)comm.rank;
  bool in_place = kind == Kind::all_gather       ? from == to + own
                  : kind == Kind::reduce_scatter ? to == from + own
                                                 : from == to;
  if (!in_place && from < to + written && to < from + read) {
    return refuse(ncclInvalidUsage, "%s: the two buffers overlap", name());
  }
  return ncclSuccess;
}

// Batches.

void Batch::number() {
  for (Item &item : items) {
    Call &call = item.call;
    call.number = call.kind == Kind::send      ? comm->sent[(size_t)call.peer]++
                  : call.kind == Kind::receive ? comm->received[(size_t)call.peer]++
                                               : comm->collectives++;
  }
}

// Shows the others what this rank has.
void Batch::post() {
  {
    std::lock_guard<std::mutex> guard(lock);
    unposted.erase(this);
  }
  if (comm->aborted) return;
  for (Item &item : items) {
    const Call &call = item.call;
    size_t bytes = call.read_bytes(*comm);
    if (bytes && !cudasim_range((uintptr_t)call.source, bytes, false, call.name())) {
      return fail(comm, ncclInternalError);
    }
    std::string path = call.kind == Kind::send      ? message_file(*comm, false, comm->rank, call.peer, call.number)
                       : call.kind == Kind::receive ? message_file(*comm, true, call.peer, comm->rank, call.number)
                                                    : collective_file(*comm, call.number, comm->rank);
    show(*comm, path, call, bytes);
  }
}

// Returns whether this rank can see the file of another one, or of all from `first` on.
static bool is_posted(const ncclComm &comm, const Call &call, int &first) {
  if (call.is_message()) {
    bool sends = call.kind == Kind::send;
    int from = sends ? comm.rank : call.peer, to = sends ? call.peer : comm.rank;
    if (first == 0 && is_there(message_file(comm, sends, from, to, call.number))) first = 1;
    return first == 1;
  }
  while (first < comm.count && is_there(collective_file(comm, call.number, first))) first++;
  return first == comm.count;
}
bool Batch::is_ready() {
  if (comm->aborted) return true;
  for (Item &item : items) {
    if (!is_posted(*comm, item.call, item.found)) return false;
  }
  return true;
}
bool Batch::is_stuck() const {
  for (const Item &item : items) {
    int first = 0;
    // What this rank has read may be removed.
    if (!is_posted(*comm, item.call, first)) return !is_completing;
  }
  return false;
}

// Returns whether another rank's file is of the same call. Reports if not.
static bool agrees(ncclComm_t comm, const Call &call, const Mapped &other, int rank) {
  if (!other.head) {
    refuse(ncclSystemError, "%s: cannot read %s", call.name(), other.path.c_str());
    fail(comm, ncclSystemError);
    return false;
  }
  const Shown &head = *other.head;
  Call theirs = call;
  theirs.kind = (Kind)head.kind;
  bool same = call.is_message() || (head.kind == (int)call.kind && head.op == (int)call.op && head.peer == call.peer);
  if (same && head.type == (int)call.type && head.count == call.count) return true;
  refuse(ncclInvalidUsage,
         "the ranks of a communicator differ in call %lu: rank %d calls %s (%zu elements of type %d, operation %d, "
         "rank %d), rank %d %s (%lu elements of type %d, operation %d, rank %d)",
         (unsigned long)call.number, comm->rank, call.name(), call.count, (int)call.type, (int)call.op, call.peer, rank,
         theirs.name(), (unsigned long)head.count, head.type, head.op, head.peer);
  fail(comm, ncclInvalidUsage);
  return false;
}

static void reduce(const ncclComm &comm, const Call &call, const std::vector<std::unique_ptr<Mapped>> &parts,
                   size_t offset) {
  with_type(call.type, [&](auto *type, auto wide) {
    typedef std::remove_pointer_t<decltype(type)> T;
    bool is_mean = call.op == ncclAvg;
    std::vector<T> sum, part;
    for (auto &from : parts) {
      const T *first = (const T *)(from->elements() + offset);
      part.assign(first, first + call.count);
      if (is_mean) scale(part.data(), call.count, comm.count, true);
      if (sum.empty()) {
        sum = part;
      } else {
        combine<T, decltype(wide)>(sum.data(), part.data(), call.count, call.op);
      }
    }
    if (is_mean) scale(sum.data(), call.count, comm.count, false);
    memcpy(call.target, sum.data(), call.count * sizeof(T));
  });
}

static void complete_message(ncclComm_t comm, const Call &call) {
  bool sends = call.kind == Kind::send;
  int from = sends ? comm->rank : call.peer, to = sends ? call.peer : comm->rank;
  Mapped file(message_file(*comm, sends, from, to, call.number));
  if (agrees(comm, call, file, call.peer) && !sends && call.count) {
    memcpy(call.target, file.elements(), call.count * size_of(call.type));
  }
  file.was_read(1);
}

// Runs when all ranks have posted.
void Batch::complete() {
  is_completing = true;
  if (comm->aborted) return;
  for (Item &item : items) {
    const Call &call = item.call;
    size_t bytes = call.written_bytes(*comm);
    if (bytes && !cudasim_range((uintptr_t)call.target, bytes, true, call.name())) {
      return fail(comm, ncclInternalError);
    }
    if (call.is_message()) {
      complete_message(comm, call);
      continue;
    }
    std::vector<std::unique_ptr<Mapped>> parts;
    bool agree = true;
    for (int rank = 0; rank < comm->count; rank++) {
      parts.emplace_back(new Mapped(collective_file(*comm, call.number, rank)));
      agree = agree && agrees(comm, call, *parts.back(), rank);
    }
    size_t part = call.count * size_of(call.type);
    if (agree && bytes) {
      switch (call.kind) {
      case Kind::broadcast: memmove(call.target, parts[(size_t)call.peer]->elements(), part); break;
      case Kind::all_gather:
        for (size_t r = 0; r < parts.size(); r++) memcpy((char *)call.target + r * part, parts[r]->elements(), part);
        break;
      default: reduce(*comm, call, parts, call.kind == Kind::reduce_scatter ? part * (size_t)comm->rank : 0);
      }
    }
    for (auto &file : parts) file->was_read(comm->count);
  }
}

// Communicators.

ncclResult_t make_id(ncclUniqueId &id) {
  static int made;
  const char *root = getenv("CUDASIM_SHARED");
  memset(&id, 0, sizeof id);
  int length = snprintf(id.internal, sizeof id, "%s/nccl-simulator-%d-%ld-%d", root ? root : "/dev/shm", (int)getpid(),
                        (long)(now() * 1e6), made++);
  if (length >= (int)sizeof id) return refuse(ncclSystemError, "the path of CUDASIM_SHARED is too long");
  if (mkdir(id.internal, 0700)) return refuse(ncclSystemError, "cannot make %s", id.internal);
  return ncclSuccess;
}

static std::string rank_file(const ncclComm &comm, const char *kind, int rank) {
  return comm.folder + "/" + kind + std::to_string(rank);
}

static void watch();

ncclResult_t join(ncclComm_t *result, const ncclUniqueId &id, int rank, int count, int device) {
  std::string folder(id.internal, strnlen(id.internal, sizeof id));
  if (folder.find("/nccl-simulator-") == std::string::npos || !is_there(folder)) {
    return refuse(ncclInvalidArgument, "ncclCommInitRank: the id is not one of ncclGetUniqueId");
  }
  std::unique_ptr<ncclComm> comm(new ncclComm);
  comm->folder = folder, comm->rank = rank, comm->count = count, comm->device = device;
  comm->sent.resize((size_t)count), comm->received.resize((size_t)count), comm->locks.resize((size_t)count, -1);
  std::string own = rank_file(*comm, "alive", rank);
  if (is_there(own)) return refuse(ncclInvalidUsage, "ncclCommInitRank: rank %d exists already", rank);
  comm->own_lock = open((own + ".draft").c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  int facts[2] = {count, device};
  if (comm->own_lock < 0 || flock(comm->own_lock, LOCK_EX) || write(comm->own_lock, facts, sizeof facts) < 0 ||
      rename((own + ".draft").c_str(), own.c_str())) {
    return refuse(ncclSystemError, "cannot write %s", own.c_str());
  }
  for (int other = 0; other < count; other++) {
    if (other == rank) continue;
    std::string path = rank_file(*comm, "alive", other);
    int &file = comm->locks[(size_t)other];
    while ((file = open(path.c_str(), O_RDWR | O_CLOEXEC)) < 0) usleep(500);
    int theirs[2] = {0, 0};
    if (read(file, theirs, sizeof theirs) != sizeof theirs || theirs[0] != count) {
      return refuse(ncclInvalidUsage, "ncclCommInitRank: rank %d joins %d ranks, rank %d joins %d", rank, count, other,
                    theirs[0]);
    }
    if (theirs[1] == device) {
      return refuse(ncclInvalidUsage, "Duplicate GPU detected : rank %d and rank %d both on CUDA device %d", rank,
                    other, device);
    }
  }
  std::lock_guard<std::mutex> guard(lock);
  *result = comm.release();
  comms.insert(*result);
  static std::thread *thread = new std::thread(watch);
  (void)thread;
  return ncclSuccess;
}

bool exists(ncclComm_t comm) {
  std::lock_guard<std::mutex> guard(lock);
  return comms.count(comm) != 0;
}
ncclResult_t comm_error(ncclComm_t comm, const char *what) {
  if (!exists(comm)) return refuse(ncclInvalidArgument, "%s: the communicator does not exist", what);
  if (comm->aborted) return refuse(ncclInvalidUsage, "%s: the communicator was aborted", what);
  return comm->error;
}
ncclResult_t wait_until_unused(ncclComm_t comm) {
  while (comm->unfinished && !comm->aborted && comm->error == ncclSuccess) {
    std::vector<void *> open;
    {
      std::lock_guard<std::mutex> guard(lock);
      for (Batch *batch : unfinished) {
        if (batch->comm == comm) open.push_back(batch);
      }
    }
    for (void *batch : open) cudasim_advance(batch);
    usleep(200);
  }
  return comm->error;
}
void leave(ncclComm_t comm) {
  {
    std::lock_guard<std::mutex> guard(lock);
    comms.erase(comm);
  }
  int left = open(rank_file(*comm, "left", comm->rank).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
  if (left >= 0) close(left);
  close(comm->own_lock);
  for (int file : comm->locks) {
    if (file >= 0) close(file);
  }
  for (int rank = 0; rank < comm->count; rank++) {
    if (!is_there(rank_file(*comm, "left", rank))) return;
  }
  if (DIR *folder = opendir(comm->folder.c_str())) {
    while (dirent *entry = readdir(folder)) unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
  }
  rmdir(comm->folder.c_str());
}
// Work that is still queued does nothing. The object stays, because that work knows it.
void abort(ncclComm_t comm) {
  comm->aborted = true;
  fail(comm, ncclInternalError);
  leave(comm);
}

// The thread.

void begin_watch(Batch *batch) {
  std::lock_guard<std::mutex> guard(lock);
  batch->began = now();
  batch->comm->unfinished++;
  unfinished.insert(batch);
  unposted.insert(batch);
}
void end_watch(Batch *batch) {
  {
    std::lock_guard<std::mutex> guard(lock);
    unfinished.erase(batch);
    unposted.erase(batch);
  }
  batch->comm->unfinished--;
  delete batch;
}

// Returns a rank that has gone, or -1.
static int lost_rank(ncclComm_t comm) {
  for (int rank = 0; rank < comm->count; rank++) {
    int file = comm->locks[(size_t)rank];
    if (file < 0 || flock(file, LOCK_EX | LOCK_NB)) continue;
    flock(file, LOCK_UN);
    return rank;
  }
  return -1;
}

static void watch() {
  while (true) {
    usleep(10000);
    std::vector<void *> late;
    std::vector<ncclComm_t> waiting;
    {
      std::lock_guard<std::mutex> guard(lock);
      // A device works by itself; this one is lazy, but others may wait for what it has to show.
      for (Batch *batch : unposted) {
        if (now() - batch->began > 0.02) late.push_back(&batch->first);
      }
      for (ncclComm_t comm : comms) {
        if (comm->unfinished && comm->error == ncclSuccess) waiting.push_back(comm);
      }
    }
    for (void *post : late) cudasim_advance(post);
    for (ncclComm_t comm : waiting) {
      int rank = lost_rank(comm);
      if (rank < 0) continue;
      bool is_stuck = false;
      {
        std::lock_guard<std::mutex> guard(lock);
        // What a rank has shown before it left is enough for the others.
        for (Batch *batch : unfinished) {
          is_stuck = is_stuck || (batch->comm == comm && !unposted.count(batch) && batch->is_stuck());
        }
      }
      if (!is_stuck) continue;
      refuse(ncclRemoteError, "rank %d has gone, and rank %d waits for it", rank, comm->rank);
      fail(comm, ncclRemoteError);
    }
  }
}
}  // namespace nccl
