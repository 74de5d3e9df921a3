// Commands about playbooks: run, confirm, and what describe shows of them.
#pragma once

#include <string>
#include <vector>

#include "cli/remote_context.h"

namespace sideband::cli {

struct RunOptions {
  std::string playbook;
  std::vector<std::string> inputs;  // "name=value"
  bool apply = false;
  std::string wait = "5m";
  std::string key;  // the same again starts nothing new; empty = none
};
// `run PLAYBOOK`: what would be done, in order; with --apply it is started and waited for.
int run_command(RemoteContext& context, const RunOptions& options);

struct ConfirmOptions {
  std::string repair;
  std::string step;
  std::string evidence;
  bool failed = false;
  std::string wait = "5m";
};
// `confirm REPAIR STEP`: a person did it, or could not; waits for how the run goes on.
int confirm_command(RemoteContext& context, const ConfirmOptions& options);

// `describe NAME` of a playbook; and the steps of one run.
int describe_playbook(RemoteContext& context, const std::string& name);
int print_run_steps(RemoteContext& context, const std::string& repair);
// What an undo of a run would take back.
int print_undo_steps(RemoteContext& context, const std::string& repair);

}  // namespace sideband::cli
