// The entry points of NVIDIA's run-time compiler. A CUDA program is compiled as C++ for this machine; a shared library
// takes the place of machine code. The includes at the program's top are compiled once, into a precompiled header.
#include <nvrtc.h>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <mutex>
#include <regex>
#include <spawn.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#define SHOWN extern "C" __attribute__((visibility("default")))
extern char **environ;

struct _nvrtcProgram {
  std::string source, name, log;
  std::vector<std::pair<std::string, std::string>> headers;  // names and texts
  std::vector<char> code;
  bool is_for_real_machine = true;
};
static std::mutex lock;

// Returns the folder of the simulated libraries.
static std::string library_folder() {
  Dl_info info;
  dladdr((void *)&library_folder, &info);
  std::string path = info.dli_fname;
  return path.substr(0, path.rfind('/'));
}
// Writes a file at once: another process may be reading one of the same text.
static void write_file(const std::string &path, const std::string &text) {
  std::string unfinished = path + "." + std::to_string(getpid());
  FILE *f = fopen(unfinished.c_str(), "w");
  if (!f) return;
  fwrite(text.data(), 1, text.size(), f);
  fclose(f);
  rename(unfinished.c_str(), path.c_str());
}
static std::string read_file(const std::string &path) {
  std::string text;
  FILE *f = fopen(path.c_str(), "r");
  if (!f) return text;
  char buffer[65536];
  for (size_t n; (n = fread(buffer, 1, sizeof buffer, f));) text.append(buffer, n);
  fclose(f);
  return text;
}
// Runs a program and writes its messages to a file.
static int execute(const std::vector<std::string> &words, const std::string &log) {
  std::vector<char *> arguments;
  for (auto &w : words) arguments.push_back((char *)w.c_str());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 2, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  pid_t pid;
  int status = posix_spawnp(&pid, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (status) return status;
  waitpid(pid, &status, 0);
  return status;
}
// The FNV-1a hash.
static unsigned long long digest(const std::string &s, unsigned long long h = 0xcbf29ce484222325ull) {
  for (unsigned char c : s) h = (h ^ c) * 0x100000001b3ull;
  return h;
}

// C++ has no word for shared memory whose size the launch gives.
static std::string translated(std::string text) {
  static const std::regex dynamic("extern\\s+__shared__\\s+([\\w ]+?)\\s*(\\w+)\\s*\\[\\s*\\]");
  return std::regex_replace(text, dynamic, "$1 *const $2 = ($1 *)cudasim_dynamic_shared()");
}

SHOWN nvrtcResult nvrtcVersion(int *major, int *minor) {
  *major = 13, *minor = 0;
  return NVRTC_SUCCESS;
}
SHOWN const char *nvrtcGetErrorString(nvrtcResult r) {
  return r == NVRTC_SUCCESS             ? "NVRTC_SUCCESS"
         : r == NVRTC_ERROR_COMPILATION ? "NVRTC_ERROR_COMPILATION"
                                        : "NVRTC_ERROR_INVALID_OPTION";
}
SHOWN nvrtcResult nvrtcCreateProgram(nvrtcProgram *p, const char *source, const char *name, int count,
                                     const char *const *headers, const char *const *names) {
  *p = new _nvrtcProgram;
  (*p)->source = source, (*p)->name = name ? name : "default_program";
  for (int i = 0; i < count; i++) (*p)->headers.push_back({names[i], headers[i]});
  return NVRTC_SUCCESS;
}
SHOWN nvrtcResult nvrtcDestroyProgram(nvrtcProgram *p) {
  delete *p;
  *p = nullptr;
  return NVRTC_SUCCESS;
}

// Reads the options. Returns false if one is unknown.
static bool read_options(nvrtcProgram p, int count, const char *const *options, std::vector<std::string> &flags) {
  bool fuses = true;
  for (int i = 0; i < count; i++) {
    std::string o = options[i];
    if (o == "-fmad=false" || o == "--fmad=false") fuses = false;
    if (o.rfind("-D", 0) == 0) flags.push_back(o);
    if (o.find("compute_") != std::string::npos) p->is_for_real_machine = false;
    if (o.rfind("-", 0) != 0) {
      p->log = "unknown option " + o;
      return false;
    }
  }
  for (const char *f : {"-std=c++17", "-O1", "-fPIC", "-fvisibility=hidden", "-mfma", "-mf16c", "-fno-exceptions",
                        "-fno-rtti", "-nostdinc", "-w", "-fno-strict-aliasing", "-fwrapv", "-fno-vectorize",
                        "-fno-slp-vectorize", "-D__CUDACC_RTC__", "-D__CUDACC__", "-D__CUDA_ARCH__=900"}) {
    flags.push_back(f);
  }
  flags.push_back(fuses ? "-ffp-contract=fast" : "-ffp-contract=off");
  if (!getenv("CUDASIM_PLAIN_KERNELS")) {
    for (const char *f :
         {"-fsanitize=thread", "-mllvm", "-tsan-instrument-func-entry-exit=0", "-fsanitize=alignment,bounds"}) {
      flags.push_back(f);
    }
  }
  return true;
}

// Splits off the text's first lines of #include. Returns their number.
static int split_includes(std::string &text, std::string &includes) {
  int lines = 0;
  while (text.rfind("#include", 0) == 0) {
    size_t end = text.find('\n');
    includes += text.substr(0, end + 1);
    text = end == std::string::npos ? "" : text.substr(end + 1);
    lines++;
  }
  return lines;
}

// A lock that other processes know.
class FileLock {
 public:
  explicit FileLock(const std::string &path) : handle(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600)) {
    if (handle >= 0) flock(handle, LOCK_EX);
  }
  ~FileLock() { end(); }
  void end() {
    if (handle >= 0) close(handle);
    handle = -1;
  }

 private:
  int handle;
};

SHOWN nvrtcResult nvrtcCompileProgram(nvrtcProgram p, int count, const char *const *options) {
  std::lock_guard<std::mutex> guard(lock);
  std::string root = library_folder(), folder = root + "/precompiled";
  mkdir(folder.c_str(), 0700);
  std::vector<std::string> flags;
  if (!read_options(p, count, options, flags)) return NVRTC_ERROR_INVALID_OPTION;
  std::string includes, rest = translated(p->source);
  int lines = split_includes(rest, includes);

  // The precompiled header's name is a digest of all that it depends on.
  unsigned long long key = digest(includes);
  for (auto &h : p->headers) key = digest(h.second, digest(h.first, key));
  for (auto &f : flags) key = digest(f, key);
  char text[32];
  snprintf(text, sizeof text, "%016llx", key);
  std::string base = folder + "/" + text, header = base + ".h", compiled = base + ".pch";
  std::string process = "." + std::to_string(getpid()), log = base + process + ".log";
  auto arguments = [&](std::initializer_list<std::string> more) {
    std::vector<std::string> all{"clang++"};
    all.insert(all.end(), flags.begin(), flags.end());
    all.insert(all.end(), {"-I", base, "-I", root, "-Xclang", "-fno-validate-pch"});
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  // Of several processes that want the same header, one makes it.
  FileLock turn(base + ".lock");
  if (access(compiled.c_str(), R_OK) != 0) {
    mkdir(base.c_str(), 0700);
    for (auto &h : p->headers) {
      write_file(base + "/" + h.first, h.first == "ptx.cuh" ? read_file(root + "/ptx.cuh") : translated(h.second));
    }
    // Without a name, so that nothing is compiled that a kernel does not use.
    write_file(header, "#include \"device.h\"\nnamespace {\n" + includes + "}\n");
    std::string unfinished = compiled + process;
    if (execute(arguments({"-x", "c++-header", header, "-o", unfinished}), log) != 0) {
      p->log = read_file(log);
      return NVRTC_ERROR_COMPILATION;
    }
    rename(unfinished.c_str(), compiled.c_str());
  }
  turn.end();

  static int serial;
  std::string work = base + process + "." + std::to_string(serial++);
  std::string program = "#line " + std::to_string(lines + 1) + " \"" + p->name + "\"\n" + rest + "\n";
  static const std::regex kernels("__global__\\s+void\\s+(?:__launch_bounds__\\s*\\([^)]*\\)\\s*)?(\\w+)\\s*\\(");
  for (std::sregex_iterator i(rest.begin(), rest.end(), kernels), end; i != end; ++i) {
    program += "CUDASIM_KERNEL(" + (*i)[1].str() + ")\n";
  }
  program += "CUDASIM_SHARED_BOUNDS\n";
  write_file(work + ".cc", program);
  nvrtcResult result = NVRTC_SUCCESS;
  std::string object = work + ".o", library = work + ".so", link_log = work + ".link";
  bool is_compiled =
      execute(arguments({"-include-pch", compiled, "-x", "c++", "-c", work + ".cc", "-o", object}), log) == 0 &&
      execute({"ld.lld", "-shared", "-z", "now", object, root + "/libcuda.so.1", "-o", library}, link_log) == 0;
  if (is_compiled) {
    std::string code = read_file(library);
    p->code.assign(code.begin(), code.end());
  } else {
    p->log = read_file(log) + read_file(link_log);
    result = NVRTC_ERROR_COMPILATION;
  }
  if (!getenv("CUDASIM_KEEP")) {
    for (const char *end : {".cc", ".o", ".so", ".link"}) unlink((work + end).c_str());
  }
  unlink(log.c_str());
  return result;
}

SHOWN nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram p, size_t *n) {
  *n = p->log.size() + 1;
  return NVRTC_SUCCESS;
}
SHOWN nvrtcResult nvrtcGetProgramLog(nvrtcProgram p, char *to) {
  memcpy(to, p->log.c_str(), p->log.size() + 1);
  return NVRTC_SUCCESS;
}
SHOWN nvrtcResult nvrtcGetCUBINSize(nvrtcProgram p, size_t *n) {
  *n = p->is_for_real_machine ? p->code.size() : 0;
  return NVRTC_SUCCESS;
}
SHOWN nvrtcResult nvrtcGetCUBIN(nvrtcProgram p, char *to) {
  memcpy(to, p->code.data(), p->code.size());
  return NVRTC_SUCCESS;
}
SHOWN nvrtcResult nvrtcGetPTXSize(nvrtcProgram p, size_t *n) {
  *n = p->code.size();
  return NVRTC_SUCCESS;
}
SHOWN nvrtcResult nvrtcGetPTX(nvrtcProgram p, char *to) {
  memcpy(to, p->code.data(), p->code.size());
  return NVRTC_SUCCESS;
}
