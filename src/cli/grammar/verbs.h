// How the files of the grammar share one parser: each adds its verbs, whose action runs after
// everything was parsed.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "cli/grammar/program.h"
#include "cli/remote_commands.h"

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

// The order in which help lists them.
void add_all_verbs(CommandLine& line);
void add_daemon_verbs(CommandLine& line);    // serve, token
void add_local_verbs(CommandLine& line);     // check, plan, diff, schema
void add_audit_verb(CommandLine& line);      // audit verify, check-proof, export, prove
void add_scan_verb(CommandLine& line);       // scan
void add_playbook_verbs(CommandLine& line);  // run, confirm
void add_reading_verbs(CommandLine& line);   // get, describe, scan-now, explain
void add_remote_verbs(CommandLine& line);    // apply, approve, ..., pause, resume
void add_db_verb(CommandLine& line);         // db backup, db restore, db migrate
void add_manual_verbs(CommandLine& line);    // completion, manual, version

}  // namespace sideband::cli
