// Structured logs on stderr: one event, one line. logfmt by default, JSON on request.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sideband {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarn, kError, kNone };
enum class LogFormat : std::uint8_t { kLogfmt, kJson };

using LogFields = std::vector<std::pair<std::string_view, std::string>>;

// Sets the process's log once, before threads start. Without it, warnings and errors are written.
// kNone: nothing is.
void configure_log(LogLevel least, LogFormat format);

// Thread-safe; never throws, never fails the caller. Field values are escaped, so that a hostile
// name cannot forge a line. `event` is a constant phrase; what varies goes into `fields`.
void log(LogLevel level, std::string_view event, const LogFields& fields = {});

}  // namespace sideband
