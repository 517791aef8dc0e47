// Makes mistakes on a CUDA device, real or simulated, and prints what the driver answers: one line a mistake, its name
// and the answers. Each runs in a process of its own, because some leave the device unusable for their process.
// mistakes.txt has the simulated device's answers, so a real one shows where the simulator is wrong.
//
//     mistakes mistakes.cu [NAME…]
#include <dlfcn.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <cuda.h>
#include <nvrtc.h>

namespace {

typedef CUdeviceptr Address;

[[noreturn]] void give_up(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vprintf(format, arguments);
  printf("\n");
  fflush(stdout);
  _exit(3);
}

void *driver, *compiler;

// Calls a function of the driver, whose arguments have the types that they have here.
template <class... A> CUresult call(const char *name, A... arguments) {
  void *function = dlsym(driver, name);
  if (!function) give_up("the driver has no %s", name);
  return ((CUresult(*)(A...))function)(arguments...);
}
void must(CUresult status, const char *what) {
  if (status) give_up("%s: %d", what, status);
}
template <class... A> int compile_step(const char *name, A... arguments) {
  void *function = dlsym(compiler, name);
  if (!function) give_up("the compiler has no %s", name);
  return ((int (*)(A...))function)(arguments...);
}

void *load_compiler() {
  std::vector<std::string> places = {"libnvrtc.so.13", "libnvrtc.so.12"};
  for (const char *variable : {"CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", ""}) {
    const char *folder = *variable ? getenv(variable) : "/usr/local";
    if (!folder) continue;
    for (const char *inside : {"/lib64/libnvrtc.so.1?", "/lib/libnvrtc.so.1?", "/cuda/lib64/libnvrtc.so.1?",
                               "/lib/python3*/*-packages/nvidia/*/lib/libnvrtc.so.1?"}) {
      glob_t found;
      if (glob((std::string(folder) + inside).c_str(), 0, nullptr, &found) == 0) {
        for (size_t i = 0; i < found.gl_pathc; i++) places.push_back(found.gl_pathv[i]);
        globfree(&found);
      }
    }
  }
  for (auto &place : places) {
    if (void *library = dlopen(place.c_str(), RTLD_NOW)) return library;
  }
  give_up("no compiler (libnvrtc)");
}

// A device with a stream, the kernels of mistakes.cu, and two vectors of 0, 1, …, 99 and one for results.
struct Bench {
  CUcontext context;
  CUstream stream;
  CUmodule module;
  Address a, b, out;
  float x[100];
  std::string architecture;

  explicit Bench(const std::string &text) {
    driver = dlopen("libcuda.so.1", RTLD_NOW);
    if (!driver) give_up("no driver (libcuda.so.1)");
    must(call("cuInit", 0u), "cuInit");
    must(call("cuDevicePrimaryCtxRetain", &context, (CUdevice)0), "cuDevicePrimaryCtxRetain");
    must(call("cuCtxSetCurrent", context), "cuCtxSetCurrent");
    int major, minor;
    must(call("cuDeviceGetAttribute", &major, (int)CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, 0), "attribute");
    must(call("cuDeviceGetAttribute", &minor, (int)CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0), "attribute");
    architecture = "-arch=sm_" + std::to_string(major) + std::to_string(minor);
    stream = new_stream();
    compiler = load_compiler();
    std::vector<char> code;
    if (int status = compile(text, code)) give_up("the compiler's status is %d", status);
    must(call("cuModuleLoadData", &module, (const void *)code.data()), "cuModuleLoadData");
    for (int i = 0; i < 100; i++) x[i] = (float)i;
    a = filled(x, 100), b = filled(x, 100);
    std::vector<float> zeros(100);
    out = filled(zeros.data(), 100);
    must((CUresult)wait(), "the first wait");
  }

  int compile(const std::string &text, std::vector<char> &code) {
    nvrtcProgram program;
    const char *options[] = {architecture.c_str(), "-std=c++17"};
    compile_step("nvrtcCreateProgram", &program, text.c_str(), "mistakes.cu", 0, (const char *const *)nullptr,
                 (const char *const *)nullptr);
    int status = compile_step("nvrtcCompileProgram", program, 2, (const char *const *)options);
    size_t size = 0;
    if (status == 0) {
      compile_step("nvrtcGetCUBINSize", program, &size);
      code.resize(size);
      compile_step("nvrtcGetCUBIN", program, code.data());
    }
    return status;
  }

  CUstream new_stream() {
    CUstream made;
    must(call("cuStreamCreateWithPriority", &made, (unsigned)CU_STREAM_NON_BLOCKING, 0), "cuStreamCreateWithPriority");
    return made;
  }
  int wait() { return call("cuStreamSynchronize", stream); }
  int wait(CUstream other) { return call("cuStreamSynchronize", other); }
  Address fresh(size_t bytes) {
    Address address = 0;
    must(call("cuMemAllocAsync", &address, bytes, stream), "cuMemAllocAsync");
    return address;
  }
  Address filled(const float *from, int count) {
    Address address = fresh(count * 4);
    must(copy_in(address, from, count), "cuMemcpyHtoDAsync");
    return address;
  }
  CUresult copy_in(Address to, const float *from, int count) {
    return call("cuMemcpyHtoDAsync_v2", to, (const void *)from, (size_t)count * 4, stream);
  }
  float *pinned() {
    void *memory;
    must(call("cuMemHostAlloc", &memory, (size_t)400, 0u), "cuMemHostAlloc");
    return (float *)memory;
  }
  CUfunction kernel(const char *name) {
    CUfunction function;
    must(call("cuModuleGetFunction", &function, module, name), name);
    return function;
  }
  int launch(const char *name, std::vector<uint64_t> arguments, size_t bytes, unsigned grid = 1, unsigned block = 64,
             unsigned shared = 0, CUstream on = nullptr) {
    void *extra[] = {CU_LAUNCH_PARAM_BUFFER_POINTER, arguments.data(), CU_LAUNCH_PARAM_BUFFER_SIZE, &bytes,
                     CU_LAUNCH_PARAM_END};
    return call("cuLaunchKernel", kernel(name), grid, 1u, 1u, block, 1u, 1u, shared, on ? on : stream,
                (void **)nullptr, (void **)extra);
  }
  int add(Address from, Address other, Address to, uint64_t count = 100, CUstream on = nullptr) {
    return launch("add", {from, other, to, count}, 28, 2, 64, 0, on);
  }
  int run(const char *name, unsigned grid = 1, Address from = 0) {
    int status = launch(name, {from ? from : a, out}, 16, grid);
    return status ? status : wait();
  }
  // The sum of the results, or the status of the copy.
  std::string total(CUstream on = nullptr) {
    float y[100];
    CUstream chosen = on ? on : stream;
    int status = call("cuMemcpyDtoHAsync_v2", (void *)y, out, sizeof y, chosen);
    if (!status) status = wait(chosen);
    if (status) return "status " + std::to_string(status);
    double sum = 0;
    for (float element : y) sum += element;
    char text[32];
    snprintf(text, sizeof text, "sum %g", sum);
    return text;
  }
  CUevent event() {
    CUevent made;
    must(call("cuEventCreate", &made, (unsigned)CU_EVENT_DISABLE_TIMING), "cuEventCreate");
    return made;
  }
  int begin_capture() { return call("cuStreamBeginCapture_v2", stream, (int)CU_STREAM_CAPTURE_MODE_GLOBAL); }
  int end_capture(CUgraph *graph) { return call("cuStreamEndCapture", stream, graph); }
};

std::string numbers(std::initializer_list<int> all) {
  std::string text;
  for (int number : all) text += (text.empty() ? "" : " ") + std::to_string(number);
  return text;
}

struct Mistake {
  const char *name;
  std::string (*make)(Bench &);
};
const Mistake mistakes[] = {
    {"the host reads device memory",
     [](Bench &o) { return "read " + std::to_string(*(volatile float *)(uintptr_t)(o.a + 8)); }},
    {"a kernel reads past the end",
     [](Bench &o) {
       o.add(o.a, o.b, o.out, 101);
       return numbers({o.wait()});
     }},
    {"a copy reads past the end",
     [](Bench &o) {
       float y[101];
       int status = call("cuMemcpyDtoHAsync_v2", (void *)y, o.out, sizeof y, o.stream);
       return numbers({status, o.wait()});
     }},
    {"a fault stays",
     [](Bench &o) {
       o.run("copy_vectors", 1, o.a + 4);
       Address more;
       int first = o.wait(), allocated = call("cuMemAllocAsync", &more, (size_t)16, o.stream);
       return numbers({first, o.wait(), allocated});
     }},
    {"memory is used after it was freed",
     [](Bench &o) {
       int freed = call("cuMemFreeAsync", o.a, o.stream), launched = o.add(o.a, o.b, o.out);
       return numbers({freed, launched, o.wait()});
     }},
    {"memory is freed twice",
     [](Bench &o) {
       int first = call("cuMemFreeAsync", o.a, o.stream), second = call("cuMemFreeAsync", o.a, o.stream);
       return numbers({first, second, o.wait()});
     }},
    {"a kernel gets a host pointer",
     [](Bench &o) {
       float *host = (float *)malloc(400);
       memset(host, 0, 400);
       int launched = o.add(o.a, (Address)(uintptr_t)host, o.out);
       return numbers({launched, o.wait()});
     }},
    {"a vector is misaligned", [](Bench &o) { return numbers({o.run("copy_vectors", 1, o.a + 4)}); }},
    {"memory is read that nothing has written",
     [](Bench &o) {
       int launched = o.add(o.a, o.fresh(400), o.out);
       return numbers({launched, o.wait()});
     }},
    {"a copy is not waited for",
     [](Bench &o) {
       float *host = o.pinned();
       host[99] = -1;
       o.add(o.a, o.b, o.out);
       call("cuMemcpyDtoHAsync_v2", (void *)host, o.out, (size_t)400, o.stream);
       float early = *(volatile float *)&host[99];
       int status = o.wait();
       return numbers({status, (int)early, (int)*(volatile float *)&host[99]});
     }},
    {"pinned memory is written before it was copied",
     [](Bench &o) {
       float *host = o.pinned();
       memcpy(host, o.x, 400);
       call("cuMemcpyHtoDAsync_v2", o.out, (const void *)host, (size_t)400, o.stream);
       for (int i = 0; i < 100; i++) host[i] = 7;
       return o.total();
     }},
    {"another stream uses memory before it is allocated",
     [](Bench &o) {
       CUstream other = o.new_stream();
       Address more = o.filled(o.x, 100);
       int launched = o.add(more, o.b, o.out, 100, other);
       return numbers({launched, o.wait(other)});
     }},
    {"another stream does not wait",
     [](Bench &o) {
       CUstream other = o.new_stream();
       float *host = o.pinned();
       for (int i = 0; i < 100; i++) host[i] = o.x[i] + 1;
       o.copy_in(o.a, host, 100);
       o.add(o.a, o.b, o.out, 100, other);
       return o.total(other);
     }},
    {"another stream waits for an event",
     [](Bench &o) {
       CUstream other = o.new_stream();
       CUevent event = o.event();
       float *host = o.pinned();
       for (int i = 0; i < 100; i++) host[i] = o.x[i] + 1;
       o.copy_in(o.a, host, 100);
       must(call("cuEventRecord", event, o.stream), "cuEventRecord");
       must(call("cuStreamWaitEvent", other, event, 0u), "cuStreamWaitEvent");
       o.add(o.a, o.b, o.out, 100, other);
       return o.total(other);
     }},
    {"a blocking copy does not wait for a stream that is not blocking",
     [](Bench &o) {
       float y[100];
       o.add(o.b, o.b, o.out);
       int status = call("cuMemcpyDtoH_v2", (void *)y, o.out, sizeof y);
       float early = y[99];
       return numbers({status, o.wait(), (int)early});
     }},
    {"a block has too many threads", [](Bench &o) { return numbers({o.launch("right", {o.a, o.out}, 16, 1, 2048)}); }},
    {"a block asks for too much shared memory",
     [](Bench &o) { return numbers({o.launch("right", {o.a, o.out}, 16, 1, 64, 100 << 10)}); }},
    {"an argument is forgotten", [](Bench &o) { return numbers({o.launch("add", {o.a, o.b, o.out}, 24)}); }},
    {"a kernel does not exist",
     [](Bench &o) {
       CUfunction function;
       return numbers({call("cuModuleGetFunction", &function, o.module, "no_such_kernel")});
     }},
    {"a thread has no context",
     [](Bench &o) {
       int status = 0;
       std::thread([&] { status = o.wait(); }).join();
       return numbers({status});
     }},
    {"a barrier is missing", [](Bench &o) { return numbers({o.run("no_barrier")}); }},
    {"threads wait at two barriers", [](Bench &o) { return numbers({o.run("two_barriers")}); }},
    {"a lane does not come", [](Bench &o) { return numbers({o.run("lost_lane")}); }},
    {"blocks write one place", [](Bench &o) { return numbers({o.run("blocks_meet", 2)}); }},
    {"threads add to one place", [](Bench &o) { return numbers({o.run("plain_sum")}); }},
    {"an index is outside of a shared array", [](Bench &o) { return numbers({o.run("outside_shared")}); }},
    {"shared memory is read that nothing has written", [](Bench &o) { return numbers({o.run("shared_not_written")}); }},
    {"an assertion fails", [](Bench &o) { return numbers({o.run("asserts")}); }},
    {"nothing is wrong", [](Bench &o) { return numbers({o.run("right")}) + " " + o.total(); }},
    {"a capture waits",
     [](Bench &o) {
       CUgraph graph;
       int begun = o.begin_capture();
       o.add(o.a, o.b, o.out);
       int waited = o.wait();
       return numbers({begun, waited, o.end_capture(&graph)});
     }},
    {"a capture allocates",
     [](Bench &o) {
       CUgraph graph;
       Address more;
       int begun = o.begin_capture(), allocated = call("cuMemAlloc_v2", &more, (size_t)16);
       return numbers({begun, allocated, o.end_capture(&graph)});
     }},
    {"a captured stream does not come back",
     [](Bench &o) {
       CUstream other = o.new_stream();
       CUevent event = o.event();
       CUgraph graph;
       o.begin_capture();
       must(call("cuEventRecord", event, o.stream), "cuEventRecord");
       must(call("cuStreamWaitEvent", other, event, 0u), "cuStreamWaitEvent");
       o.add(o.a, o.b, o.out, 100, other);
       return numbers({o.end_capture(&graph)});
     }},
    {"a graph's memory is freed",
     [](Bench &o) {
       Address more = 0;
       must(call("cuMemAlloc_v2", &more, (size_t)400), "cuMemAlloc");
       must(o.copy_in(more, o.x, 100), "copy");
       CUgraph graph;
       CUgraphExec executable;
       o.wait();
       o.begin_capture();
       o.add(more, o.b, o.out);
       int ended = o.end_capture(&graph);
       must(call("cuGraphInstantiateWithFlags", &executable, graph, 0ull), "cuGraphInstantiate");
       int first = call("cuGraphLaunch", executable, o.stream);
       o.wait();
       int freed = call("cuMemFree_v2", more), second = call("cuGraphLaunch", executable, o.stream);
       return numbers({ended, first, freed, second, o.wait()});
     }},
    {"a program is no program",
     [](Bench &o) {
       std::vector<char> code;
       return numbers({o.compile("extern \"C\" __global__ void k() { nothing(); }", code)});
     }},
};

// Runs one mistake in a child process. Returns its answer, or how it ended.
std::string answer(const Mistake &mistake, const std::string &text) {
  int ends[2];
  if (pipe(ends)) give_up("no pipe");
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], 1);
    close(ends[0]);
    close(ends[1]);
    setenv("CUDASIM_QUIET", "1", 0);
    Bench bench(text);
    printf("%s", mistake.make(bench).c_str());
    fflush(stdout);
    _exit(0);
  }
  close(ends[1]);
  std::string said;
  char buffer[256];
  bool in_time = true;
  pollfd waiting = {ends[0], POLLIN, 0};
  for (;;) {
    if (poll(&waiting, 1, 30000) <= 0) {
      in_time = false;
      kill(child, SIGKILL);
      break;
    }
    ssize_t count = read(ends[0], buffer, sizeof buffer);
    if (count <= 0) break;
    said.append(buffer, count);
  }
  close(ends[0]);
  int status;
  waitpid(child, &status, 0);
  if (!in_time) return "does not end";
  if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
  return said;
}

}  // namespace

int main(int count, char **arguments) {
  if (count < 2) give_up("mistakes mistakes.cu [NAME…]");
  std::stringstream text;
  text << std::ifstream(arguments[1]).rdbuf();
  int made = 0;
  for (auto &mistake : mistakes) {
    bool is_wanted = count == 2;
    for (int i = 2; i < count; i++) is_wanted |= !strcmp(arguments[i], mistake.name);
    if (!is_wanted) continue;
    printf("%s\t%s\n", mistake.name, answer(mistake, text.str()).c_str());
    fflush(stdout);
    made++;
  }
  return made ? 0 : 2;
}
