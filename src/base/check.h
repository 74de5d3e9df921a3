// Assertions that stay on in release: a wrong repair is worse than a restart.
#pragma once

namespace sideband {

// Writes the place and the condition to stderr and aborts.
[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace sideband

// For what can only be false by a bug of ours; never for input, I/O or another system's answer.
#define SB_CHECK(condition)                            \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::sideband::check_failed(#condition, __FILE__, __LINE__))
