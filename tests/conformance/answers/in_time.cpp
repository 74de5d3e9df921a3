#include "conformance/answers/in_time.h"

#include <fmt/format.h>

namespace sideband {

std::vector<std::string>& late_calls() {
  static std::vector<std::string> calls;
  return calls;
}

void note_call(const char* name, Duration took, Duration timeout) {
  if (took < timeout + kGrace) return;
  late_calls().push_back(
      fmt::format("{} took {} ms of {} ms", name, took.count() / 1000, timeout.count() / 1000));
}

}  // namespace sideband
