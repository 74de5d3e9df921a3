#include "drivers/exec/target.h"

#include "drivers/options.h"

namespace sideband {
namespace {

constexpr const char* kPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

bool is_absolute(const std::string& path) {
  return path.starts_with('/') && path.find("/../") == std::string::npos;
}

Result<ChildLimits> parse_limits(const OptionReader& connect) {
  ChildLimits out;
  SB_ASSIGN(const Duration cpu, connect.duration_or("limits.cpu", Duration(0)));
  out.cpu_seconds = (cpu.count() + 999'999) / 1'000'000;
  SB_ASSIGN(out.memory_bytes, connect.size_or("limits.memory", 0));
  SB_ASSIGN(out.files, connect.count_or("limits.files", 256));
  SB_ASSIGN(out.processes, connect.count_or("limits.processes", 0));
  SB_ASSIGN(out.file_bytes, connect.size_or("limits.fileSize", 0));
  return out;
}

Result<std::string> parse_runner(const OptionReader& connect, const std::string& fallback) {
  if (!connect.has("runner")) return fallback;
  const std::string runner = connect.text_or("runner", "");
  if (connect.has("user")) {
    return connect.wrong("runner", "cannot stand beside user: a runner starts commands as its own");
  }
  if (runner == "none") return std::string();
  if (is_absolute(runner)) return runner;
  return connect.wrong("runner", "must be the absolute path of a socket, or none");
}

Result<void> parse_variables(const TargetSettings& target, const OptionReader& connect,
                             ExecTarget& out) {
  out.environment.push_back("PATH=" + connect.text_or("path", kPath));
  out.environment.emplace_back("LANG=C.UTF-8");
  for (const auto& [name, value] : options_below(target.connect, "environment")) {
    if (const auto good = check_variable(name); !good) {
      return connect.wrong("environment", good.error().message);
    }
    out.environment.push_back(name + '=' + value);
  }
  for (const auto& [name, value] : options_below(target.connect, "secrets")) {
    if (const auto good = check_variable(name); !good) {
      return connect.wrong("secrets", good.error().message);
    }
    out.secrets.emplace_back(name, Secret(value));
  }
  return {};
}

}  // namespace

std::vector<std::pair<std::string, std::string>> options_below(const DriverOptions& options,
                                                               const std::string& prefix) {
  std::vector<std::pair<std::string, std::string>> out;
  const std::string start = prefix + '.';
  for (auto at = options.lower_bound(start); at != options.end() && at->first.starts_with(start);
       ++at) {
    out.emplace_back(at->first.substr(start.size()), at->second);
  }
  return out;
}

Result<void> check_variable(const std::string& name) {
  const bool plain =
      !name.empty() && (name[0] < '0' || name[0] > '9') &&
      name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
  if (!plain) {
    return Error::invalid("\"" + name + "\" is no name of a variable; use capitals, digits and _");
  }
  if (!name.starts_with("SIDEBAND_")) return {};
  return Error::invalid("variables that begin with SIDEBAND_ are set by sideband");
}

Result<ExecTarget> parse_exec_target(const TargetSettings& target, config::OptionFaults* faults,
                                     const std::string& runner) {
  const OptionReader connect(target.connect, "target " + target.name, faults);
  ExecTarget out;
  out.name = target.name;
  out.commands = connect.lines("commands");
  if (out.commands.empty()) return connect.wrong("commands", "is required");
  for (const std::string& command : out.commands) {
    if (!is_absolute(command)) {
      return connect.wrong("commands", "\"" + command + "\" must be an absolute path");
    }
  }
  out.directory = connect.text_or("directory", "/");
  if (!is_absolute(out.directory)) return connect.wrong("directory", "must be an absolute path");
  out.user = connect.text_or("user", "");
  SB_ASSIGN(out.runner, parse_runner(connect, out.user.empty() ? runner : ""));
  SB_ASSIGN(out.limits, parse_limits(connect));
  SB_ASSIGN(const std::int64_t most, connect.size_or("limits.output", 64 << 10));
  out.max_output = static_cast<std::size_t>(most);
  SB_ASSIGN(out.grace, connect.duration_or("grace", std::chrono::seconds(5)));
  SB_TRY(parse_variables(target, connect, out));
  return out;
}

}  // namespace sideband
