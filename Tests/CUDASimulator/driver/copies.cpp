// The entry points for memory: allocation, pinned memory, copies and fills.
#include "memory.h"
#include "streams.h"
using namespace sim;

SHOWN CUresult cuMemAlloc(CUdeviceptr *p, size_t size) {
  CALL;
  NOT_WHILE_CAPTURING;
  if (size == 0) return CUDA_ERROR_INVALID_VALUE;
  Allocation *a = allocate(size, current_context()->device);
  if (!a) return CUDA_ERROR_OUT_OF_MEMORY;
  make_live(a);
  *p = a->base;
  return CUDA_SUCCESS;
}
// Waits for all work, as the real function does.
SHOWN CUresult cuMemFree(CUdeviceptr p) {
  CALL;
  NOT_WHILE_CAPTURING;
  if (!p) return CUDA_SUCCESS;
  finish_all();
  free_checked(p);
  return current_context()->fault;
}
SHOWN CUresult cuMemAllocAsync(CUdeviceptr *p, size_t size, CUstream stream) {
  CALL;
  Allocation *a = allocate(size, current_context()->device);
  if (!a) return CUDA_ERROR_OUT_OF_MEMORY;
  *p = a->base;
  return enqueue(stream, "cuMemAllocAsync", [=] { make_live(a); });
}
SHOWN CUresult cuMemFreeAsync(CUdeviceptr p, CUstream stream) {
  CALL;
  return enqueue(stream, "cuMemFreeAsync", [=] { free_checked(p); });
}
SHOWN CUresult cuMemGetInfo(size_t *unused, size_t *total) {
  CALL;
  *total = settings.memory;
  *unused = settings.memory - used_memory(current_context()->device);
  return CUDA_SUCCESS;
}

SHOWN CUresult cuMemHostAlloc(void **p, size_t size, unsigned) {
  CALL;
  NOT_WHILE_CAPTURING;
  if (size == 0 || size > 1ull << 40) return CUDA_ERROR_INVALID_VALUE;
  *p = aligned_alloc(4096, (size + 4095) & ~4095ull);
  if (!*p) return CUDA_ERROR_OUT_OF_MEMORY;
  pin((uintptr_t)*p, size);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuMemFreeHost(void *p) {
  CALL;
  NOT_WHILE_CAPTURING;
  finish_all();
  if (!unpin((uintptr_t)p)) return CUDA_ERROR_INVALID_VALUE;
  free(p);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuMemHostRegister(void *p, size_t size, unsigned) {
  CALL;
  pin((uintptr_t)p, size);
  return CUDA_SUCCESS;
}
SHOWN CUresult cuMemHostUnregister(void *p) {
  CALL;
  return unpin((uintptr_t)p) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}
SHOWN CUresult cuPointerGetAttribute(void *data, CUpointer_attribute attribute, CUdeviceptr p) {
  CALL_WITHOUT_CONTEXT;
  Allocation *a = allocation_at(p);
  if (attribute == CU_POINTER_ATTRIBUTE_MEMORY_TYPE && (a || is_pinned(p, 1))) {
    *(unsigned *)data = a ? CU_MEMORYTYPE_DEVICE : CU_MEMORYTYPE_HOST;
    return CUDA_SUCCESS;
  }
  if (attribute == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL && a) {
    *(int *)data = a->device;
    return CUDA_SUCCESS;
  }
  return CUDA_ERROR_INVALID_VALUE;
}

static void copy_in(CUdeviceptr to, const void *from, size_t n) {
  if (check_range(to, n, true, "a copy from the host")) memcpy((void *)to, from, n);
}
static void copy_out(void *to, CUdeviceptr from, size_t n) {
  if (check_range(from, n, false, "a copy to the host")) memcpy(to, (void *)from, n);
}
static void copy_inside(CUdeviceptr to, CUdeviceptr from, size_t n) {
  if (!check_range(from, n, false, "a copy") || !check_range(to, n, true, "a copy") || n == 0) return;
  memmove((void *)to, (void *)from, n);
  copy_written(to, from, n);
}

// Host memory that is not pinned is read before the call returns; the device's memory is written later all the same.
SHOWN CUresult cuMemcpyHtoDAsync(CUdeviceptr to, const void *from, size_t n, CUstream s) {
  CALL;
  if (is_pinned((uintptr_t)from, n)) return enqueue(s, "cuMemcpyHtoDAsync", [=] { copy_in(to, from, n); });
  auto staged = std::make_shared<std::vector<char>>((const char *)from, (const char *)from + n);
  return enqueue(s, "cuMemcpyHtoDAsync", [=] { copy_in(to, staged->data(), n); });
}
// The call waits if the host's memory is not pinned.
SHOWN CUresult cuMemcpyDtoHAsync(void *to, CUdeviceptr from, size_t n, CUstream handle) {
  CALL;
  CUresult status = enqueue(handle, "cuMemcpyDtoHAsync", [=] { copy_out(to, from, n); });
  if (status || is_pinned((uintptr_t)to, n)) return status;
  CUstream s = stream_of(handle, "cuMemcpyDtoHAsync");
  if (s->capture) {
    s->capture->invalid = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
  }
  finish(s->last);
  return s->context->fault;
}
SHOWN CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t n, CUstream s) {
  CALL;
  return enqueue(s, "cuMemcpyDtoDAsync", [=] { copy_inside(to, from, n); });
}
SHOWN CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext to_context, CUdeviceptr from, CUcontext from_context,
                                 size_t n, CUstream s) {
  CALL;
  if (!to_context || !from_context) return CUDA_ERROR_INVALID_CONTEXT;
  return enqueue(s, "cuMemcpyPeerAsync", [=] {
    for (auto [at, context] : {std::pair(to, to_context), std::pair(from, from_context)}) {
      Allocation *a = allocation_at(at);
      if (!a || a->device == context->device) continue;
      report(CUDA_ERROR_INVALID_VALUE, "a copy between devices: %s is of device %d, not %d", describe(at).c_str(),
             a->device, context->device);
      return;
    }
    copy_inside(to, from, n);
  });
}
SHOWN CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char x, size_t n, CUstream s) {
  CALL;
  return enqueue(s, "cuMemsetD8Async", [=] {
    if (check_range(to, n, true, "a fill")) memset((void *)to, x, n);
  });
}
SHOWN CUresult cuMemsetD32Async(CUdeviceptr to, unsigned x, size_t n, CUstream s) {
  CALL;
  if (to % 4) return CUDA_ERROR_INVALID_VALUE;
  return enqueue(s, "cuMemsetD32Async", [=] {
    if (!check_range(to, n * 4, true, "a fill")) return;
    for (size_t i = 0; i < n; i++) ((unsigned *)to)[i] = x;
  });
}

// Copies that wait go through the legacy stream.
static CUresult wait_for(const char *what, std::function<void()> run) {
  CUresult status = enqueue(nullptr, what, run);
  if (status) return status;
  CUcontext context = current_context();
  finish(context->legacy.last);
  return context->fault;
}
SHOWN CUresult cuMemcpyHtoD(CUdeviceptr to, const void *from, size_t n) {
  CALL;
  NOT_WHILE_CAPTURING;
  return wait_for("cuMemcpyHtoD", [=] { copy_in(to, from, n); });
}
SHOWN CUresult cuMemcpyDtoH(void *to, CUdeviceptr from, size_t n) {
  CALL;
  NOT_WHILE_CAPTURING;
  return wait_for("cuMemcpyDtoH", [=] { copy_out(to, from, n); });
}
