// Captured graphs. A replay runs the operations in an order that the edges allow.
#include "streams.h"
using namespace sim;

struct CUgraph_st {
  std::shared_ptr<Graph> graph;
};
struct CUgraphExec_st {
  std::shared_ptr<Graph> graph;
};

SHOWN CUresult cuStreamBeginCapture(CUstream s, CUstreamCaptureMode mode) {
  CALL;
  if (!s || !streams.count(s) || s->capture) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  s->capture = std::make_shared<Graph>();
  s->is_origin = true, s->mode = mode;
  s->tail.clear();
  if (mode != CU_STREAM_CAPTURE_MODE_RELAXED) captures++;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuThreadExchangeStreamCaptureMode(CUstreamCaptureMode *mode) {
  CALL_WITHOUT_CONTEXT;
  std::swap(*mode, capture_mode_of_thread);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuStreamIsCapturing(CUstream handle, CUstreamCaptureStatus *status) {
  CALL;
  CUstream s = stream_of(handle, "cuStreamIsCapturing");
  if (!s) return CUDA_ERROR_INVALID_HANDLE;
  *status = !s->capture           ? CU_STREAM_CAPTURE_STATUS_NONE
            : s->capture->invalid ? CU_STREAM_CAPTURE_STATUS_INVALIDATED
                                  : CU_STREAM_CAPTURE_STATUS_ACTIVE;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuStreamEndCapture(CUstream s, CUgraph *graph) {
  CALL;
  *graph = nullptr;
  if (!s || !streams.count(s) || !s->capture || !s->is_origin) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
  std::shared_ptr<Graph> g = s->capture;
  if (s->mode != CU_STREAM_CAPTURE_MODE_RELAXED) captures--;
  std::set<Operation *> reached;
  std::vector<OperationRef> stack = s->tail;
  while (!stack.empty()) {
    OperationRef top = stack.back();
    stack.pop_back();
    if (reached.insert(top.get()).second) stack.insert(stack.end(), top->after.begin(), top->after.end());
  }
  for (CUstream other : streams) {
    if (other->capture == g) other->capture = nullptr, other->tail.clear(), other->is_origin = false;
  }
  if (g->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
  if (reached.size() != g->nodes.size()) {
    report(CUDA_SUCCESS, "the capture ends while another stream has work of it");
    return CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
  }
  *graph = new CUgraph_st{g};
  return CUDA_SUCCESS;
}
SHOWN CUresult cuGraphGetNodes(CUgraph g, CUgraphNode *nodes, size_t *count) {
  CALL_WITHOUT_CONTEXT;
  if (nodes) return CUDA_ERROR_INVALID_VALUE;  // only their number is known
  *count = g->graph->nodes.size();
  return CUDA_SUCCESS;
}
SHOWN CUresult cuGraphInstantiate(CUgraphExec *e, CUgraph g, unsigned long long) {
  CALL;
  *e = new CUgraphExec_st{g->graph};
  return CUDA_SUCCESS;
}

static void replay(const Graph &graph) {
  std::vector<OperationRef> left = graph.nodes;
  std::set<Operation *> done;
  while (!left.empty()) {
    std::vector<size_t> ready;
    for (size_t i = 0; i < left.size(); i++) {
      bool waits = false;
      for (OperationRef &before : left[i]->after) waits |= before && !done.count(before.get());
      if (waits) continue;
      ready.push_back(i);
      if (settings.order != Order::random) break;
    }
    size_t i = ready[settings.order == Order::random ? draw(ready.size()) : 0];
    if (left[i]->context->fault == CUDA_SUCCESS && left[i]->run) left[i]->run();
    done.insert(left[i].get());
    left.erase(left.begin() + (long)i);
  }
}
SHOWN CUresult cuGraphLaunch(CUgraphExec e, CUstream s) {
  CALL;
  std::shared_ptr<Graph> g = e->graph;
  return enqueue(s, "cuGraphLaunch", [g] { replay(*g); });
}
SHOWN CUresult cuGraphExecDestroy(CUgraphExec e) {
  CALL_WITHOUT_CONTEXT;
  delete e;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuGraphDestroy(CUgraph g) {
  CALL_WITHOUT_CONTEXT;
  delete g;
  return CUDA_SUCCESS;
}
