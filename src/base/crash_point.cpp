#include "base/crash_point.h"

#include <signal.h>

#include <atomic>
#include <cstdlib>
#include <string>

namespace sideband {
namespace {

struct Plan {
  std::string name;
  std::atomic<int> left{0};
  const int signal;

  Plan(const char* variable, int sent) : signal(sent) {
    const char* const text = std::getenv(variable);
    if (text == nullptr) return;
    const std::string spec(text);
    const std::size_t colon = spec.find(':');
    name = spec.substr(0, colon);
    left = colon == std::string::npos ? 1 : std::atoi(spec.c_str() + colon + 1);
  }

  void pass(std::string_view at) {
    if (name.empty() || name != at) return;
    // To this thread and not to the process: it must not go on while another one takes the signal.
    if (left.fetch_sub(1) == 1) raise(signal);
  }
};

std::function<void(std::string_view)>& hook() {
  static std::function<void(std::string_view)> set;
  return set;
}

}  // namespace

void set_crash_hook(std::function<void(std::string_view name)> set) {
  hook() = std::move(set);
}

void crash_point(std::string_view name) {
  if (hook()) return hook()(name);
  static Plan crash("SIDEBAND_CRASH_AT", SIGKILL);
  static Plan stop("SIDEBAND_STOP_AT", SIGSTOP);
  crash.pass(name);
  stop.pass(name);
}

}  // namespace sideband
