#include "cli/grammar/run.h"

#include <unistd.h>

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

// yaml and jsonl are made from the JSON that an action writes, so that no verb has to know them.
int act_in_format(CommandLine& line) {
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

}  // namespace

void add_all_verbs(CommandLine& line) {
  add_daemon_verbs(line);
  add_local_verbs(line);
  add_audit_verb(line);
  add_scan_verb(line);
  add_eval_verb(line);
  add_tool_verb(line);
  add_backtest_verb(line);
  add_test_verb(line);
  add_playbook_verbs(line);
  add_reading_verbs(line);
  add_remote_verbs(line);
  add_silence_verb(line);
  add_context_verb(line);
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
