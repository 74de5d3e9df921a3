// How the files of the grammar share one parser: each adds its verbs, whose action runs after
// everything was parsed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/grammar/program.h"
#include "cli/remote_context.h"

namespace sideband::cli {

struct CommandLine {
  // The options of every verb, and no verb yet. `program` must outlive it.
  explicit CommandLine(const Program& program);
  CommandLine(const CommandLine&) = delete;  // the parser writes to its members
  CommandLine& operator=(const CommandLine&) = delete;

  const Program& program;
  CLI::App app{"Finds production drift, judges it, repairs it through gates, and proves it."};
  std::function<int()> action;
  // From now on standard output gets bytes as they are: they are for a machine, and compared.
  std::function<void()> as_bytes = [] {};

  // Options of every verb.
  std::string config = "/etc/sideband";
  std::string state = "/var/lib/sideband";
  std::string socket;            // empty = STATE/sideband.sock
  std::string server;            // "https://host:9471"; empty = the socket
  std::string context;           // empty: the one in use, unless a place is given
  std::string ca;                // PEM file of who vouches for it; empty = the machine's own
  std::string certificate;       // of ours, for --server; empty = none
  std::string key;               // its key
  std::string token_file;        // empty = $SIDEBAND_TOKEN_FILE
  std::string format = "table";  // json while an action runs whose output becomes yaml or jsonl
  bool wide = false;             // a table with all its columns
  bool no_color = false;
  bool quiet = false;

  [[nodiscard]] std::string socket_path() const {
    return socket.empty() ? state + "/sideband.sock" : socket;
  }
  // Colour only on a terminal that wants it (no-color.org).
  [[nodiscard]] bool color(int fd) const;
};

// `examples`: shell lines; each starts with "sideband".
CLI::App* add_verb(CommandLine& line, const std::string& name, const std::string& help,
                   const std::vector<std::string>& examples);

// Makes the verb's action. `run` is called once at most, after the options were parsed.
void on_run(CommandLine& line, CLI::App* verb, std::function<int()> run);
// The same for a verb that asks the daemon.
void on_daemon(CommandLine& line, CLI::App* verb, std::function<int(RemoteContext&)> run);
int ask_daemon(const CommandLine& line, const std::function<int(RemoteContext&)>& run);

}  // namespace sideband::cli
