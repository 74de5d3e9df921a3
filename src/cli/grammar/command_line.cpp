#include "cli/grammar/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>

#include "cli/exit_codes.h"
#include "cli/formats.h"
#include "cli/grammar/verbs.h"
#include "cli/printable.h"

namespace sideband::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0 ok or in sync   1 drift (diff, scan, plan --drift-exit-code)   2 usage or configuration\n"
    "  3 refused by a gate   4 waiting for approval or expired   5 executed, not converged\n"
    "  6 state moved since the plan   7 target or daemon unreachable, or unknown\n"
    "  8 not permitted   9 audit proof failed   130 interrupted\n";

void add_common_options(CommandLine& line) {
  line.app.add_option("--config", line.config, "Configuration: a file or a folder")
      ->envname("SIDEBAND_CONFIG")
      ->capture_default_str();
  line.app.add_option("--state", line.state, "State folder of the daemon")
      ->envname("SIDEBAND_STATE")
      ->capture_default_str();
  line.app.add_option("--socket", line.socket, "Unix socket of the daemon [STATE/sideband.sock]")
      ->envname("SIDEBAND_SOCKET");
  line.app.add_option("--token-file", line.token_file, "File with your token")
      ->envname("SIDEBAND_TOKEN_FILE");
  line.app.add_option("-o,--output", line.format, "How to print what is read")
      ->check(CLI::IsMember({"table", "wide", "json", "jsonl", "yaml", "name"}))
      ->capture_default_str();
  line.app.add_flag("--no-color", line.no_color, "No colour (NO_COLOR does the same)");
  line.app.add_flag("-q,--quiet", line.quiet, "No hints on what to do next");
  line.app.set_version_flag("--version", "sideband " + line.program.version);
  line.app.require_subcommand(1);
  line.app.fallthrough();
  line.app.footer(kExitCodes);
}

}  // namespace

CommandLine::CommandLine(const Program& all) : program(all) {
  add_common_options(*this);
}

bool CommandLine::color(int fd) const {
  const char* const term = std::getenv("TERM");
  const bool dumb = term == nullptr || std::string(term) == "dumb";
  return !no_color && std::getenv("NO_COLOR") == nullptr && !dumb && isatty(fd) == 1;
}

CLI::App* add_verb(CommandLine& line, const std::string& name, const std::string& help,
                   const std::vector<std::string>& examples) {
  CLI::App* const verb = line.app.add_subcommand(name, help);
  std::string footer = "Examples:\n";
  for (const std::string& example : examples) footer += "  " + example + "\n";
  if (!examples.empty()) verb->footer(footer);
  return verb;
}

void on_run(CommandLine& line, CLI::App* verb, std::function<int()> run) {
  verb->callback([&line, run = std::move(run)] { line.action = run; });
}

int ask_daemon(const CommandLine& line, const std::function<int(RemoteContext&)>& run) {
  ApiClient api(line.socket_path(), line.token_file);
  RemoteContext context{api,        std::cout, std::cerr, line.format, line.color(STDOUT_FILENO),
                        line.quiet, line.wide};
  return run(context);
}

void on_daemon(CommandLine& line, CLI::App* verb, std::function<int(RemoteContext&)> run) {
  on_run(line, verb, [&line, run = std::move(run)] { return ask_daemon(line, run); });
}

// yaml and jsonl are made from the JSON that an action writes, so that no verb has to know them.
static int act_in_format(CommandLine& line) {
  const std::string format = line.format;
  line.wide = format == "wide";
  if (line.wide) line.format = "table";
  if (format != "yaml" && format != "jsonl") return line.action();
  line.format = "json";
  line.as_bytes = [] {};
  std::ostringstream json;
  std::streambuf* const before = std::cout.rdbuf(json.rdbuf());
  const auto restore = [before](void* /*unused*/) { std::cout.rdbuf(before); };
  int code = kOk;
  {
    const std::unique_ptr<void, decltype(restore)> guard(before, restore);
    code = line.action();
  }
  std::cout << reformatted(json.str(), format);
  return code;
}

void add_all_verbs(CommandLine& line) {
  add_daemon_verbs(line);
  add_local_verbs(line);
  add_audit_verb(line);
  add_scan_verb(line);
  add_playbook_verbs(line);
  add_reading_verbs(line);
  add_remote_verbs(line);
  add_db_verb(line);
  add_manual_verbs(line);
}

int run_command_line(const Program& program, int argc, const char* const* argv) {
  CommandLine line(program);
  // Of names and texts that somebody else chose; what is taken to a machine stays as it is.
  std::optional<PrintableOutput> out;
  const PrintableOutput err(std::cerr, isatty(STDERR_FILENO) == 1);
  out.emplace(std::cout, isatty(STDOUT_FILENO) == 1);
  line.as_bytes = [&out] { out.reset(); };
  add_all_verbs(line);
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = line.app.exit(error, std::cout, std::cerr);
    return code == 0 ? kOk : kUsage;
  }
  if (!line.action) return kUsage;
  try {
    return act_in_format(line);
  } catch (const std::exception& error) {
    // A library that says by an exception what no code of ours expected: still a sentence and a
    // code, and no abort.
    std::cerr << "sideband: this went wrong: " << error.what() << "\n";
    return kUnreachable;
  }
}

}  // namespace sideband::cli
