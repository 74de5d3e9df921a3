#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <memory>

#include "base/jcs.h"

namespace sideband {
namespace {

struct Log {
  LogFormat format = LogFormat::kLogfmt;
  std::shared_ptr<spdlog::logger> logger;

  Log()
      : logger(std::make_shared<spdlog::logger>(
            "sideband", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
    use(LogLevel::kWarn, LogFormat::kLogfmt);
  }

  void use(LogLevel least, LogFormat chosen) {
    static constexpr std::array kLevels = {spdlog::level::debug, spdlog::level::info,
                                           spdlog::level::warn, spdlog::level::err,
                                           spdlog::level::off};
    format = chosen;
    logger->set_level(kLevels.at(static_cast<std::size_t>(least)));
    logger->flush_on(spdlog::level::debug);
    logger->set_pattern(chosen == LogFormat::kJson
                            ? R"({"ts":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l",%v})"
                            : "ts=%Y-%m-%dT%H:%M:%S.%fZ level=%l %v",
                        spdlog::pattern_time_type::utc);
  }
};

Log& the_log() {
  static Log instance;
  return instance;
}

bool plain(std::string_view value) {
  if (value.empty()) return false;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
  }
  return true;
}

std::string render(LogFormat format, std::string_view event, const LogFields& fields) {
  const bool json = format == LogFormat::kJson;
  std::string line = (json ? "\"event\":" : "event=") + json_string(event);
  for (const auto& [name, value] : fields) {
    if (json) {
      line += "," + json_string(name) + ":" + json_string(value);
    } else {
      line += " " + std::string(name) + "=" + (plain(value) ? value : json_string(value));
    }
  }
  return line;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kNone:
      break;
  }
  return spdlog::level::off;
}

}  // namespace

void configure_log(LogLevel least, LogFormat format) {
  the_log().use(least, format);
}

void log(LogLevel level, std::string_view event, const LogFields& fields) {
  Log& target = the_log();
  const auto chosen = spdlog_level(level);
  if (target.logger->should_log(chosen)) {
    target.logger->log(chosen, "{}", render(target.format, event, fields));
  }
}

}  // namespace sideband
