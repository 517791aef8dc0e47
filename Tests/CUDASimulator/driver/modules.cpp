// Modules and launches. A module is a shared library that the simulated compiler made.
#include "blocks.h"
#include "streams.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>
using namespace sim;

struct CUfunc_st {
  Kernel kernel;
  CUmodule module = nullptr;
};
struct CUmod_st {
  CUcontext context;
  void *handle;
  int file;
  std::map<std::string, CUfunc_st> functions;
};

// What device.h leaves for each kernel.
struct Signature {
  unsigned count, sizes[64], alignments[64];
};

static size_t image_size(const void *image) {
  const Elf64_Ehdr *e = (const Elf64_Ehdr *)image;
  return memcmp(e->e_ident, ELFMAG, SELFMAG) ? 0 : e->e_shoff + (size_t)e->e_shnum * e->e_shentsize;
}

SHOWN CUresult cuModuleLoadData(CUmodule *module, const void *image) {
  CALL;
  NOT_WHILE_CAPTURING;
  size_t size = image_size(image);
  if (!size || ((const Elf64_Ehdr *)image)->e_machine == EM_CUDA) return CUDA_ERROR_INVALID_IMAGE;
  int file = memfd_create("cudasim-module", MFD_CLOEXEC);
  if (write(file, image, size) != (ssize_t)size) return CUDA_ERROR_INVALID_IMAGE;
  char path[64];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    report(CUDA_SUCCESS, "%s", dlerror());
    close(file);
    return CUDA_ERROR_INVALID_IMAGE;
  }
  *module = new CUmod_st{current_context(), handle, file, {}};
  return CUDA_SUCCESS;
}
SHOWN CUresult cuModuleLoadDataEx(CUmodule *module, const void *image, unsigned, CUjit_option *, void **) {
  return cuModuleLoadData(module, image);
}
SHOWN CUresult cuModuleUnload(CUmodule module) {
  CALL;
  NOT_WHILE_CAPTURING;
  finish_all();
  dlclose(module->handle);
  close(module->file);
  delete module;
  return CUDA_SUCCESS;
}

// Finds where the module is in memory.
static void locate(Kernel &kernel, void *handle) {
  link_map *map = nullptr;
  dlinfo(handle, RTLD_DI_LINKMAP, &map);
  struct Image {
    uintptr_t base, begin, end;
  } image = {map->l_addr, ~0ull, 0};
  auto add_segments = [](dl_phdr_info *info, size_t, void *data) {
    Image *i = (Image *)data;
    if (info->dlpi_addr != i->base) return 0;
    for (int p = 0; p < info->dlpi_phnum; p++) {
      const auto &header = info->dlpi_phdr[p];
      if (header.p_type != PT_LOAD) continue;
      i->begin = std::min(i->begin, (uintptr_t)(i->base + header.p_vaddr));
      i->end = std::max(i->end, (uintptr_t)(i->base + header.p_vaddr + header.p_memsz));
    }
    return 1;
  };
  dl_iterate_phdr(add_segments, &image);
  kernel.image_begin = image.begin, kernel.image_end = image.end;
}

SHOWN CUresult cuModuleGetFunction(CUfunction *f, CUmodule m, const char *name) {
  CALL;
  auto known = m->functions.find(name);
  if (known != m->functions.end()) {
    *f = &known->second;
    return CUDA_SUCCESS;
  }
  void *call = dlsym(m->handle, (std::string("cudasim_call_") + name).c_str());
  Signature *signature = (Signature *)dlsym(m->handle, (std::string("cudasim_signature_") + name).c_str());
  if (!call || !signature) return CUDA_ERROR_NOT_FOUND;
  CUfunc_st &function = m->functions[name];
  function.module = m;
  Kernel &k = function.kernel;
  k.name = name;
  k.call = (void (*)(void **))call;
  unsigned at = 0;
  for (unsigned i = 0; i < signature->count; i++) {
    unsigned alignment = signature->alignments[i];
    at = (at + alignment - 1) & ~(alignment - 1);
    k.offsets.push_back(at);
    k.sizes.push_back(signature->sizes[i]);
    at += signature->sizes[i];
  }
  k.parameter_bytes = at;
  if (char **bounds = (char **)dlsym(m->handle, "cudasim_shared_bounds")) {
    k.shared = bounds[0], k.static_shared = (size_t)(bounds[1] - bounds[0]);
  }
  k.most_dynamic_shared -= std::min(k.static_shared, k.most_dynamic_shared);
  locate(k, m->handle);
  *f = &function;
  return CUDA_SUCCESS;
}
SHOWN CUresult cuFuncGetParamInfo(CUfunction f, size_t i, size_t *offset, size_t *size) {
  CALL_WITHOUT_CONTEXT;
  if (i >= f->kernel.sizes.size()) return CUDA_ERROR_INVALID_VALUE;
  *offset = f->kernel.offsets[i];
  if (size) *size = f->kernel.sizes[i];
  return CUDA_SUCCESS;
}
SHOWN CUresult cuFuncSetAttribute(CUfunction f, CUfunction_attribute attribute, int value) {
  CALL;
  if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES) {
    if (value < 0 || value + (int)f->kernel.static_shared > 227 << 10) return CUDA_ERROR_INVALID_VALUE;
    f->kernel.most_dynamic_shared = (size_t)value;
  }
  return CUDA_SUCCESS;
}
SHOWN CUresult cuFuncGetAttribute(int *value, CUfunction_attribute attribute, CUfunction f) {
  CALL_WITHOUT_CONTEXT;
  switch (attribute) {
  case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: *value = (int)f->kernel.static_shared; break;
  case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK: *value = 1024; break;
  case CU_FUNC_ATTRIBUTE_NUM_REGS: *value = 32; break;
  default: return CUDA_ERROR_INVALID_VALUE;
  }
  return CUDA_SUCCESS;
}
SHOWN CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, CUfunction, int threads, size_t shared) {
  CALL_WITHOUT_CONTEXT;
  *blocks = std::min(2048 / std::max(threads, 1), shared ? (int)((228 << 10) / shared) : 32);
  return CUDA_SUCCESS;
}

// Reads packed arguments. Returns false if their size is not that of the parameters.
static bool unpack(const Kernel &k, void **extra, std::vector<char> &parameters) {
  const char *buffer = nullptr;
  size_t size = 0;
  for (int i = 0; extra[i] != CU_LAUNCH_PARAM_END; i += 2) {
    if (extra[i] == CU_LAUNCH_PARAM_BUFFER_POINTER) buffer = (const char *)extra[i + 1];
    if (extra[i] == CU_LAUNCH_PARAM_BUFFER_SIZE) size = *(size_t *)extra[i + 1];
  }
  if (size != k.parameter_bytes || !buffer) {
    report(CUDA_SUCCESS, "%s takes %u bytes of arguments, not %zu", k.name.c_str(), k.parameter_bytes, size);
    return false;
  }
  parameters.assign(buffer, buffer + size);
  return true;
}

static bool gather(const Kernel &k, void **arguments, std::vector<char> &parameters) {
  parameters.resize(k.parameter_bytes);
  for (size_t i = 0; i < k.sizes.size(); i++) {
    if (!arguments || !arguments[i]) {
      report(CUDA_SUCCESS, "%s: argument %zu of %zu is missing", k.name.c_str(), i, k.sizes.size());
      return false;
    }
    memcpy(parameters.data() + k.offsets[i], arguments[i], k.sizes[i]);
  }
  return true;
}

SHOWN CUresult cuLaunchKernel(CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by,
                              unsigned bz, unsigned shared, CUstream s, void **arguments, void **extra) {
  CALL;
  const Kernel &k = f->kernel;
  if (f->module->context != current_context()) {
    report(CUDA_SUCCESS, "%s was loaded for device %d, and is launched on device %d", k.name.c_str(),
           f->module->context->device, current_context()->device);
    return CUDA_ERROR_INVALID_HANDLE;
  }
  bool fits = gx && gy && gz && bx && by && bz && gx <= 0x7fffffff && gy <= 65535 && gz <= 65535 && bx <= 1024 &&
              by <= 1024 && bz <= 64 && (uint64_t)bx * by * bz <= 1024;
  if (!fits) {
    report(CUDA_SUCCESS, "%s: no launch has (%u, %u, %u) blocks of (%u, %u, %u) threads", k.name.c_str(), gx, gy, gz,
           bx, by, bz);
    return CUDA_ERROR_INVALID_VALUE;
  }
  if (shared > k.most_dynamic_shared || k.static_shared > 48 << 10) {
    report(CUDA_SUCCESS, "%s: %u bytes of shared memory beside %zu", k.name.c_str(), shared, k.static_shared);
    return CUDA_ERROR_INVALID_VALUE;
  }
  auto launch = std::make_shared<Launch>(Launch{&k, {gx, gy, gz}, {bx, by, bz}, shared, {}});
  bool complete = extra ? unpack(k, extra, launch->parameters) : gather(k, arguments, launch->parameters);
  if (!complete) return CUDA_ERROR_INVALID_VALUE;
  return enqueue(s, "cuLaunchKernel", [=] { run(*launch); });
}
