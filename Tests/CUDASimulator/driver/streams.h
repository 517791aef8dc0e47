// Contexts, streams and events. Work is a graph of operations; an edge orders two of them. An operation runs when a
// call waits for it, or earlier, depending on the settings.
#pragma once
#include "settings.h"
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace sim {
const int most_devices = 16;

struct Operation {
  const char *what = "";
  CUcontext context = nullptr;
  // Whether the operation can run now; null if nothing outside of this process delays it.
  std::function<bool()> ready;
  std::function<void()> run;
  std::vector<std::shared_ptr<Operation>> after;
  bool done = false;
};
typedef std::shared_ptr<Operation> OperationRef;

struct Graph {
  std::vector<OperationRef> nodes;
  bool invalid = false;
};
}  // namespace sim

struct CUstream_st {
  CUcontext context = nullptr;
  bool blocking = true;
  sim::OperationRef last;
  // While the stream is captured: the graph, its operations that the next one follows, and whether it began here.
  std::shared_ptr<sim::Graph> capture;
  std::vector<sim::OperationRef> tail;
  bool is_origin = false;
  CUstreamCaptureMode mode = CU_STREAM_CAPTURE_MODE_GLOBAL;
};
struct CUevent_st {
  CUcontext context = nullptr;
  bool timed = true;
  double time = 0;
  sim::OperationRef operation;
  // If it was recorded in a captured stream.
  std::shared_ptr<sim::Graph> graph;
  sim::OperationRef node;
};
struct CUctx_st {
  int device = 0;
  unsigned retained = 0;
  CUresult fault = CUDA_SUCCESS;  // what every call answers after a fault
  CUstream_st legacy;             // the stream 0
  std::set<int> peers;            // devices whose memory its kernels may touch
};

namespace sim {
extern bool initialized;
extern CUctx_st contexts[most_devices];
extern std::set<CUstream> streams;

// Returns the context of the thread that calls, or null.
CUcontext current_context();
// Returns the device whose operation runs.
int running_device();
// The context whose operation runs, or which is current, has this fault from now on.
void break_context(CUresult status);
void mend_contexts();

// Returns what a call answers at once, or CUDA_SUCCESS.
CUresult refusal_without_context();
CUresult refusal();
// Returns what a call that waits, or that no stream orders, answers while a graph is captured.
CUresult refusal_while_capturing();
CUresult invalidate_captures();

// Returns the stream that a handle names; null, with a report, if it does not exist or is another context's.
CUstream stream_of(CUstream handle, const char *what);
// Adds an operation to a stream. It also follows `also`, and runs when `ready` is true.
OperationRef push(CUstream stream, const char *what, std::function<void()> run, std::vector<OperationRef> also = {},
                  std::function<bool()> ready = nullptr);
// Like `push`, for a handle from a caller.
CUresult enqueue(CUstream handle, const char *what, std::function<void()> run);
// Runs an operation and all before it. Waits if other processes delay one.
void finish(OperationRef operation);
void finish_all();
// Runs an operation and all before it, as far as this is possible without waiting. Returns whether it has run.
bool advance(OperationRef operation);
// Runs the oldest operation that can run. Queries call this, so that a loop of queries ends. Returns whether there was
// one.
bool let_time_pass();

extern int captures;  // graphs being captured in a mode that forbids calls which are not ordered by streams
extern thread_local CUstreamCaptureMode capture_mode_of_thread;
}  // namespace sim

// At the head of each entry point.
#define CALL_WITHOUT_CONTEXT                              \
  std::lock_guard<sim::Lock> guard(sim::lock); \
  if (CUresult refused = sim::refusal_without_context()) return refused
#define CALL                                              \
  std::lock_guard<sim::Lock> guard(sim::lock); \
  if (CUresult refused = sim::refusal()) return refused
#define NOT_WHILE_CAPTURING \
  if (CUresult refused = sim::refusal_while_capturing()) return refused
