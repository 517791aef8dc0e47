// Devices and contexts.
#include "memory.h"
#include "streams.h"

static thread_local std::vector<CUcontext> context_stack;

CUcontext sim::current_context() { return context_stack.empty() ? nullptr : context_stack.back(); }

static bool exists(CUdevice device) { return device >= 0 && device < sim::settings.devices; }

SHOWN CUresult cuInit(unsigned flags) {
  std::lock_guard<sim::Lock> guard(sim::lock);
  if (flags) return CUDA_ERROR_INVALID_VALUE;
  if (sim::initialized) return CUDA_SUCCESS;
  sim::read_environment();
  if (sim::settings.devices <= 0) return CUDA_ERROR_NO_DEVICE;
  sim::start_memory();
  for (int d = 0; d < sim::most_devices; d++) {
    sim::contexts[d].device = d;
    sim::contexts[d].legacy.context = &sim::contexts[d];
  }
  sim::initialized = true;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuDriverGetVersion(int *version) {
  const char *given = getenv("CUDASIM_VERSION");
  *version = given ? atoi(given) : 13000;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuDeviceGetCount(int *count) {
  CALL_WITHOUT_CONTEXT;
  *count = sim::settings.devices;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuDeviceGet(CUdevice *device, int ordinal) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(ordinal)) return CUDA_ERROR_INVALID_DEVICE;
  *device = ordinal;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuDeviceGetName(char *name, int length, CUdevice device) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(device)) return CUDA_ERROR_INVALID_DEVICE;
  snprintf(name, (size_t)length, "Simulated H200");
  return CUDA_SUCCESS;
}
SHOWN CUresult cuDeviceTotalMem(size_t *bytes, CUdevice device) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(device)) return CUDA_ERROR_INVALID_DEVICE;
  *bytes = sim::settings.memory;
  return CUDA_SUCCESS;
}
// The numbers of an H200.
SHOWN CUresult cuDeviceGetAttribute(int *value, CUdevice_attribute attribute, CUdevice device) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(device)) return CUDA_ERROR_INVALID_DEVICE;
  switch (attribute) {
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: *value = 9; break;
  case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: *value = 0; break;
  case CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT: *value = 132; break;
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR: *value = 2048; break;
  case CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = 1024; break;
  case CU_DEVICE_ATTRIBUTE_WARP_SIZE: *value = 32; break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK: *value = 48 << 10; break;
  case CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: *value = 227 << 10; break;
  case CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE: *value = 60 << 20; break;
  case CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED: *value = 1; break;
  case CU_DEVICE_ATTRIBUTE_UNIFIED_ADDRESSING: *value = 1; break;
  default: return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}

SHOWN CUresult cuDevicePrimaryCtxRetain(CUcontext *context, CUdevice device) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(device)) return CUDA_ERROR_INVALID_DEVICE;
  if (const char *given = getenv("CUDASIM_CONTEXT")) return (CUresult)atoi(given);
  sim::contexts[device].retained++;
  *context = &sim::contexts[device];
  return CUDA_SUCCESS;
}
SHOWN CUresult cuDevicePrimaryCtxRelease(CUdevice device) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(device)) return CUDA_ERROR_INVALID_DEVICE;
  if (!sim::contexts[device].retained) return CUDA_ERROR_INVALID_CONTEXT;
  sim::contexts[device].retained--;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxSetCurrent(CUcontext context) {
  CALL_WITHOUT_CONTEXT;
  if (context_stack.empty()) context_stack.push_back(context);
  context_stack.back() = context;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxGetCurrent(CUcontext *context) {
  CALL_WITHOUT_CONTEXT;
  *context = sim::current_context();
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxPushCurrent(CUcontext context) {
  CALL_WITHOUT_CONTEXT;
  context_stack.push_back(context);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxPopCurrent(CUcontext *context) {
  CALL_WITHOUT_CONTEXT;
  if (context_stack.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  if (context) *context = context_stack.back();
  context_stack.pop_back();
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxGetDevice(CUdevice *device) {
  CALL;
  *device = sim::current_context()->device;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxSynchronize() {
  CALL;
  NOT_WHILE_CAPTURING;
  sim::finish_all();
  return sim::current_context()->fault;
}
SHOWN CUresult cuDeviceCanAccessPeer(int *can, CUdevice device, CUdevice peer) {
  CALL_WITHOUT_CONTEXT;
  if (!exists(device) || !exists(peer)) return CUDA_ERROR_INVALID_DEVICE;
  *can = device != peer;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuCtxEnablePeerAccess(CUcontext peer, unsigned flags) {
  CALL;
  if (flags || !peer) return CUDA_ERROR_INVALID_VALUE;
  bool is_new = sim::current_context()->peers.insert(peer->device).second;
  return is_new ? CUDA_SUCCESS : CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED;
}
