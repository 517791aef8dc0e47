#include "streams.h"
#include "memory.h"
#include <deque>
#include <optional>

namespace sim {
bool initialized;
CUctx_st contexts[most_devices];
std::set<CUstream> streams;
int captures;
thread_local CUstreamCaptureMode capture_mode_of_thread = CU_STREAM_CAPTURE_MODE_GLOBAL;
static std::set<CUevent> events;
static std::map<void *, OperationRef> named;  // operations of libraries, by their context
static std::deque<OperationRef> pending;
static Operation *running;
static double clock_of_device;  // in milliseconds; each operation takes 0.01

int running_device() { return running ? running->context->device : 0; }
void break_context(CUresult status) {
  CUcontext context = running ? running->context : current_context();
  if (context && context->fault == CUDA_SUCCESS) context->fault = status;
}
void mend_contexts() {
  for (CUctx_st &c : contexts) c.fault = CUDA_SUCCESS;
}

CUresult refusal_without_context() { return initialized ? CUDA_SUCCESS : CUDA_ERROR_NOT_INITIALIZED; }
CUresult refusal() {
  if (!initialized) return CUDA_ERROR_NOT_INITIALIZED;
  CUcontext context = current_context();
  return context ? context->fault : CUDA_ERROR_INVALID_CONTEXT;
}
CUresult invalidate_captures() {
  for (CUstream s : streams) {
    if (s->capture) s->capture->invalid = true;
  }
  report(CUDA_SUCCESS, "a call that waits or is not ordered by streams, while a graph is captured");
  return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}
CUresult refusal_while_capturing() {
  return captures && capture_mode_of_thread != CU_STREAM_CAPTURE_MODE_RELAXED ? invalidate_captures() : CUDA_SUCCESS;
}

static void execute(OperationRef operation) {
  running = operation.get();
  if (operation->context->fault == CUDA_SUCCESS && operation->run) operation->run();
  running = nullptr;
  clock_of_device += 0.01;
  operation->done = true;
  operation->run = nullptr;
  operation->ready = nullptr;
  operation->after.clear();
}

// Runs the operations of a stack from its top, each after those that it follows. Returns false at one that cannot run.
static bool run(std::vector<OperationRef> &stack) {
  std::optional<Open> open;
  while (!stack.empty()) {
    OperationRef top = stack.back();
    bool waits = false;
    if (!top->done) {
      for (OperationRef &before : top->after) {
        if (before && !before->done) stack.push_back(before), waits = true;
      }
    }
    if (waits) continue;
    if (!top->done && top->ready && top->context->fault == CUDA_SUCCESS && !top->ready()) return false;
    stack.pop_back();
    if (top->done) continue;
    if (!open) open.emplace();
    execute(top);
  }
  while (!pending.empty() && pending.front()->done) pending.pop_front();
  return true;
}
bool advance(OperationRef operation) {
  std::vector<OperationRef> stack{operation};
  return run(stack);
}
void finish(OperationRef operation) {
  std::vector<OperationRef> stack{operation};
  for (int pauses = 0; !run(stack); pauses++) {
    // The other processes may wait for another stream of this device, whose work goes on meanwhile.
    if (pauses < 20 || !let_time_pass()) lock.pause(50);
  }
}
void finish_all() {
  while (!pending.empty()) finish(pending.front());
}
bool let_time_pass() {
  for (size_t i = 0; i < pending.size(); i++) {
    OperationRef oldest = pending[i];
    bool follows = oldest->done;
    for (OperationRef &before : oldest->after) follows = follows || (before && !before->done);
    if (!follows && advance(oldest)) return true;
  }
  return false;
}

CUstream stream_of(CUstream handle, const char *what) {
  CUcontext context = current_context();
  if (handle == nullptr || handle == CU_STREAM_LEGACY) return &context->legacy;
  if (!streams.count(handle)) {
    report(CUDA_SUCCESS, "%s: the stream does not exist", what);
    return nullptr;
  }
  if (handle->context != context) {
    report(CUDA_SUCCESS, "%s: the stream is of device %d, the context of device %d", what, handle->context->device,
           context->device);
    return nullptr;
  }
  return handle;
}

OperationRef push(CUstream s, const char *what, std::function<void()> run, std::vector<OperationRef> also,
                  std::function<bool()> ready) {
  OperationRef operation = std::make_shared<Operation>();
  operation->what = what;
  operation->context = s->context;
  operation->run = std::move(run);
  operation->ready = std::move(ready);
  operation->after = std::move(also);
  if (s->capture) {
    operation->after.insert(operation->after.end(), s->tail.begin(), s->tail.end());
    s->tail = {operation};
    s->capture->nodes.push_back(operation);
    return operation;
  }
  operation->after.push_back(s->last);
  // The legacy stream waits for all blocking streams of its context, and they for it.
  if (s == &s->context->legacy) {
    for (CUstream other : streams) {
      if (other->blocking && !other->capture && other->context == s->context) operation->after.push_back(other->last);
    }
  } else if (s->blocking) {
    operation->after.push_back(s->context->legacy.last);
  }
  s->last = operation;
  pending.push_back(operation);
  // A chain of a million operations would be a million deep when it is freed.
  if (pending.size() > 20000) finish(operation);
  if (settings.order == Order::eager) advance(operation);
  if (settings.order == Order::random && draw(3) == 0 && !pending.empty()) advance(pending[draw(pending.size())]);
  return operation;
}

CUresult enqueue(CUstream handle, const char *what, std::function<void()> run) {
  CALL;
  CUstream s = stream_of(handle, what);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (s == &s->context->legacy && captures) return invalidate_captures();
  push(s, what, std::move(run));
  return CUDA_SUCCESS;
}
}  // namespace sim
using namespace sim;

// For the simulated libraries.
SHOWN CUresult cudasim_enqueue(CUstream s, const char *what, void (*run)(void *), void *context, size_t size) {
  auto copy = std::make_shared<std::vector<char>>((char *)context, (char *)context + size);
  return enqueue(s, what, [=] { run(copy->data()); });
}
// The operation runs when `ready` is true; `context` must exist until then.
SHOWN CUresult cudasim_enqueue_when(CUstream handle, const char *what, bool (*ready)(void *), void (*run)(void *),
                                    void *context) {
  CALL;
  CUstream s = stream_of(handle, what);
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (s->capture) {
    report(CUDA_SUCCESS, "%s in a stream that is captured, which is not simulated", what);
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  auto runs = [=] {
    named.erase(context);
    run(context);
  };
  OperationRef operation = push(s, what, runs, {}, [=] { return ready(context); });
  if (!operation->done) named[context] = operation;
  return CUDA_SUCCESS;
}
// Runs the operation with this context, if that is possible without waiting.
SHOWN void cudasim_advance(void *context) {
  std::lock_guard<sim::Lock> guard(lock);
  auto found = named.find(context);
  if (found != named.end()) advance(found->second);
}
SHOWN void cudasim_report_error(CUresult status, const char *text) {
  std::lock_guard<sim::Lock> guard(lock);
  report(status, "%s", text);
}
SHOWN bool cudasim_range(uintptr_t at, size_t size, int write, const char *what) {
  return check_range(at, size, write, what);
}
// For tests: the number of operations that have not run.
SHOWN int cudasim_pending() {
  std::lock_guard<sim::Lock> guard(lock);
  return (int)pending.size();
}

// Streams.
SHOWN CUresult cuStreamCreateWithPriority(CUstream *s, unsigned flags, int) {
  CALL;
  *s = new CUstream_st;
  (*s)->blocking = !(flags & CU_STREAM_NON_BLOCKING);
  (*s)->context = current_context();
  streams.insert(*s);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuStreamCreate(CUstream *s, unsigned flags) { return cuStreamCreateWithPriority(s, flags, 0); }
SHOWN CUresult cuStreamDestroy(CUstream s) {
  CALL;
  if (!streams.erase(s)) return CUDA_ERROR_INVALID_HANDLE;
  delete s;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuStreamSynchronize(CUstream handle) {
  CALL;
  CUstream s = stream_of(handle, "cuStreamSynchronize");
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  if (s->capture) {
    s->capture->invalid = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  NOT_WHILE_CAPTURING;
  if (s->last) finish(s->last);
  return s->context->fault;
}
SHOWN CUresult cuStreamQuery(CUstream handle) {
  CALL;
  CUstream s = stream_of(handle, "cuStreamQuery");
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  NOT_WHILE_CAPTURING;
  if (!s->last || s->last->done) return CUDA_SUCCESS;
  let_time_pass();
  return s->context->fault ? s->context->fault : CUDA_ERROR_NOT_READY;
}
SHOWN CUresult cuStreamWaitEvent(CUstream handle, CUevent e, unsigned) {
  CALL;
  CUstream s = stream_of(handle, "cuStreamWaitEvent");
  if (!s || !events.count(e)) return CUDA_ERROR_INVALID_HANDLE;
  if (e->graph) {  // the stream joins the capture
    if (s->capture && s->capture != e->graph) return CUDA_ERROR_STREAM_CAPTURE_MERGE;
    s->capture = e->graph;
    s->tail.push_back(e->node);
  } else if (e->operation) {
    if (s->capture) {
      s->capture->invalid = true;
      return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    }
    push(s, "cuStreamWaitEvent", nullptr, {e->operation});
  }
  return CUDA_SUCCESS;
}
SHOWN CUresult cuLaunchHostFunc(CUstream s, CUhostFn f, void *context) {
  CALL;
  return enqueue(s, "cuLaunchHostFunc", [=] { f(context); });
}

// Events.
SHOWN CUresult cuEventCreate(CUevent *e, unsigned flags) {
  CALL;
  *e = new CUevent_st;
  (*e)->timed = !(flags & CU_EVENT_DISABLE_TIMING);
  (*e)->context = current_context();
  events.insert(*e);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuEventDestroy(CUevent e) {
  CALL;
  if (!events.erase(e)) return CUDA_ERROR_INVALID_HANDLE;
  delete e;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuEventRecord(CUevent e, CUstream handle) {
  CALL;
  CUstream s = stream_of(handle, "cuEventRecord");
  if (!s || !events.count(e)) return CUDA_ERROR_INVALID_HANDLE;
  if (e->context != s->context) {
    report(CUDA_SUCCESS, "an event of device %d is recorded in a stream of device %d", e->context->device,
           s->context->device);
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (s->capture) {
    e->graph = s->capture;
    e->node = push(s, "cuEventRecord", nullptr);
    return CUDA_SUCCESS;
  }
  e->graph = nullptr;
  e->operation = push(s, "cuEventRecord", [e] {
    if (events.count(e)) e->time = clock_of_device;
  });
  return CUDA_SUCCESS;
}
SHOWN CUresult cuEventSynchronize(CUevent e) {
  CALL;
  if (!events.count(e)) return CUDA_ERROR_INVALID_HANDLE;
  NOT_WHILE_CAPTURING;
  if (e->operation) finish(e->operation);
  return e->context->fault;
}
SHOWN CUresult cuEventQuery(CUevent e) {
  CALL;
  if (!events.count(e)) return CUDA_ERROR_INVALID_HANDLE;
  NOT_WHILE_CAPTURING;
  if (!e->operation || e->operation->done) return CUDA_SUCCESS;
  let_time_pass();
  return e->context->fault ? e->context->fault : CUDA_ERROR_NOT_READY;
}
static CUresult elapsed(float *ms, CUevent a, CUevent b) {
  CALL;
  if (!events.count(a) || !events.count(b) || !a->timed || !b->timed || !a->operation || !b->operation) {
    return CUDA_ERROR_INVALID_HANDLE;
  }
  if (!a->operation->done || !b->operation->done) return CUDA_ERROR_NOT_READY;
  *ms = (float)(b->time - a->time);
  return CUDA_SUCCESS;
}
// CUDA 13 gave the function another name and left its form; drivers have both.
#ifdef cuEventElapsedTime
SHOWN CUresult cuEventElapsedTime(float *ms, CUevent a, CUevent b) { return elapsed(ms, a, b); }
#undef cuEventElapsedTime
#else
SHOWN CUresult cuEventElapsedTime_v2(float *ms, CUevent a, CUevent b) { return elapsed(ms, a, b); }
#endif
SHOWN CUresult cuEventElapsedTime(float *ms, CUevent a, CUevent b) { return elapsed(ms, a, b); }
