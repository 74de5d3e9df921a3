// What the verbs need of the program that they are part of. src/app hands it in, so that the
// grammar knows neither drivers nor the daemon, and a test can put its own in their place.
#pragma once

#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/target_check.h"
#include "config/field_table.h"
#include "engine/runtime/reconciler_runtime.h"

namespace sideband::cli {

struct ServeOptions {
  std::string config;
  std::string state;
  std::string socket;
  std::string postgres;         // connection string; empty = embedded SQLite in the state folder
  std::string metrics_address;  // "127.0.0.1:9470"; empty = only on the socket
  std::string listen_address;   // of the API over TLS; empty = on the socket alone
  std::string tls_certificate;
  std::string tls_key;
  std::string client_ca;     // empty: no client certificates
  std::string trust_domain;  // of theirs
  std::string node = "local";
  Duration lease = std::chrono::seconds(30);  // how long other nodes wait for a silent one
  std::string log_level = "info";
  std::string log_format = "logfmt";
  bool normal_priority = false;  // of the threads that work on targets; else below other programs
  bool trust_store = false;      // start a new anchor: after a store was restored on purpose
  std::string command_runner;    // socket of the one that starts commands; empty: the daemon does
  std::string new_state;  // why a store that is not the one signed last is to be used; empty: it
                          // is refused
};

struct RunnerOptions {
  std::string socket;  // where it listens
  std::string peer;    // name of the user whose commands it runs; empty = its own
};

// How one command reaches the targets. What it opens must not outlive it.
struct TargetAccess {
  TargetConnector connector;
  MakeContentRules content;
  TargetQuestions questions;
};

struct Program {
  std::string version;  // "0.1.0"
  std::string date;     // of this version: "2026-03-01"
  // What every driver brings to the configuration.
  std::function<std::vector<config::DriverFields>()> driver_fields;
  // Loads files and folders as one configuration and prints what is wrong with it to `err`; with
  // `about`, only warnings about the document of that name.
  std::function<Result<std::shared_ptr<const Settings>>(const std::vector<std::string>& paths,
                                                        const Clock& clock, std::ostream& err,
                                                        bool color, std::string_view about)>
      load_settings;
  // `clock` must outlive what is returned.
  std::function<TargetAccess(const Clock& clock)> reach_targets;
  // Runs the daemon until it is told to stop, and returns the exit code.
  std::function<int(const ServeOptions& options)> serve;
  // Starts commands for daemons until it is told to stop, and returns the exit code.
  std::function<int(const RunnerOptions& options)> run_commands;
  // Makes the token of an identity below the state folder and returns the path of its file.
  std::function<Result<std::string>(const std::string& state, const std::string& identity)>
      make_token;
  // The OpenAPI document of the daemon's API.
  std::function<std::string()> openapi;
};

}  // namespace sideband::cli
