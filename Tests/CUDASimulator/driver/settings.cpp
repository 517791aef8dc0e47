#include "settings.h"
#include "streams.h"
#include <cstdarg>
#include <deque>

namespace sim {
Lock lock;
Settings settings;
static std::deque<std::string> reports;

static const char *const names[] = {"ORDER", "SEED", "DEVICES", "MEMORY", "RACES", "UNINITIALIZED", "GUARD", "QUIET"};

void set(const char *name, const char *value) {
  std::string n = name, v = value;
  if (n == "ORDER") settings.order = v == "eager" ? Order::eager : v == "random" ? Order::random : Order::lazy;
  if (n == "SEED") settings.seed = strtoull(value, nullptr, 10) * 2654435769u + 1;
  if (n == "DEVICES") settings.devices = std::min(atoi(value), most_devices);
  if (n == "MEMORY") settings.memory = strtoull(value, nullptr, 10);
  if (n == "RACES") settings.races = v != "0";
  if (n == "UNINITIALIZED") settings.uninitialized = v != "0";
  if (n == "GUARD") settings.guard = v != "0";
  if (n == "QUIET") settings.quiet = v != "0";
}

void read_environment() {
  for (const char *name : names) {
    if (const char *value = getenv((std::string("CUDASIM_") + name).c_str())) set(name, value);
  }
}

// The xorshift generator of Marsaglia.
uint64_t draw(uint64_t below) {
  settings.seed ^= settings.seed << 13;
  settings.seed ^= settings.seed >> 7;
  settings.seed ^= settings.seed << 17;
  return settings.seed % below;
}

void report(CUresult status, const char *format, ...) {
  char text[1024];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
  if (!settings.quiet) fprintf(stderr, "cudasim: %s\n", text);
  reports.push_back(text);
  if (status != CUDA_SUCCESS) break_context(status);
}
}  // namespace sim
using namespace sim;

// Functions for tests.

// Returns the number of reports.
SHOWN int cudasim_report_count() {
  std::lock_guard<sim::Lock> guard(lock);
  return (int)reports.size();
}
// Returns a report's text.
SHOWN const char *cudasim_report(int i) {
  std::lock_guard<sim::Lock> guard(lock);
  return i >= 0 && (size_t)i < reports.size() ? reports[(size_t)i].c_str() : "";
}
// Clears all reports and faults, so that a test can continue. A process with a real device cannot.
SHOWN void cudasim_forgive() {
  std::lock_guard<sim::Lock> guard(lock);
  reports.clear();
  mend_contexts();
}
SHOWN void cudasim_set(const char *name, const char *value) {
  std::lock_guard<sim::Lock> guard(lock);
  set(name, value);
}
