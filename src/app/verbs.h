// How the files of the command line share one parser: each adds its verbs, whose action runs after
// everything was parsed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/remote_commands.h"

namespace sideband {

struct CommandLine {
  CLI::App app{"Finds production drift, judges it, repairs it through gates, and proves it."};
  std::function<int()> action;
  // From now on standard output gets bytes as they are: they are for a machine, and compared.
  std::function<void()> as_bytes;

  // Options of every verb.
  std::string config = "/etc/sideband";
  std::string state = "/var/lib/sideband";
  std::string socket;            // empty = STATE/sideband.sock
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

// Makes the verb's action: connects to the daemon and runs.
void on_daemon(CommandLine& line, CLI::App* verb, std::function<int(cli::RemoteContext&)> run);

void add_local_verbs(CommandLine& line);     // check, plan, diff, explain, schema, audit verify
void add_remote_verbs(CommandLine& line);    // get, describe, apply, approve, ...
void add_scan_verb(CommandLine& line);       // scan
void add_daemon_verbs(CommandLine& line);    // serve, token
void add_db_verb(CommandLine& line);         // db backup, db restore
void add_playbook_verbs(CommandLine& line);  // run, confirm
void add_manual_verbs(CommandLine& line);    // completion, manual, version

}  // namespace sideband
