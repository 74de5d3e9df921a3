#include "cli/grammar/command_line.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "cli/contexts.h"
#include "cli/exit_codes.h"

namespace sideband::cli {
namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0 ok or in sync   1 drift (diff, scan, plan --drift-exit-code), detections (backtest),\n"
    "    tests that failed (test)\n"
    "  2 usage or configuration\n"
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
  line.app
      .add_option("--server", line.server,
                  "A daemon elsewhere, like https://host:9471, instead of the socket")
      ->envname("SIDEBAND_SERVER");
  line.app
      .add_option("--ca", line.ca,
                  "PEM file of who vouches for --server [those that this machine believes]")
      ->envname("SIDEBAND_CA");
  line.app.add_option("--client-cert", line.certificate,
                      "PEM file with your certificate, for --server");
  line.app.add_option("--client-key", line.key, "PEM file with its key");
  line.app.add_option("--context", line.context, "A daemon of `sideband context ls`")
      ->envname("SIDEBAND_CONTEXT");
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

// Whoever says where, or whose state it is, means that and no context.
static bool names_a_place(const CommandLine& line) {
  return line.app.count("--server") + line.app.count("--socket") + line.app.count("--state") > 0;
}

static Result<ApiPlace> place_of(const CommandLine& line) {
  ApiPlace place{line.socket_path(), line.server,      line.ca,
                 line.token_file,    line.certificate, line.key};
  std::string name = line.context;
  if (name.empty() && names_a_place(line)) return place;
  SB_ASSIGN(const Contexts contexts, load_contexts(contexts_path()));
  if (name.empty()) name = contexts.current;
  if (name.empty()) return place;
  SB_ASSIGN(const ServerContext context, contexts.find(name));
  place.server = context.server;
  if (place.ca.empty()) place.ca = context.ca;
  if (place.token_file.empty()) place.token_file = context.token_file;
  if (place.certificate.empty()) place.certificate = context.certificate;
  if (place.key.empty()) place.key = context.key;
  return place;
}

int ask_daemon(const CommandLine& line, const std::function<int(RemoteContext&)>& run) {
  const auto place = place_of(line);
  if (!place.ok()) {
    std::cerr << "sideband: " << place.error().message << "\n";
    return kUsage;
  }
  ApiClient api(*place);
  RemoteContext context{api,        std::cout, std::cerr, line.format, line.color(STDOUT_FILENO),
                        line.quiet, line.wide};
  return run(context);
}

void on_daemon(CommandLine& line, CLI::App* verb, std::function<int(RemoteContext&)> run) {
  on_run(line, verb, [&line, run = std::move(run)] { return ask_daemon(line, run); });
}

}  // namespace sideband::cli
