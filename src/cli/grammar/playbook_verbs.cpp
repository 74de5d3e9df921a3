// Verbs of playbooks: run and confirm.
#include <algorithm>
#include <iostream>

#include "cli/grammar/verbs.h"
#include "cli/playbook_commands.h"

namespace sideband::cli {

// What is wrong with a word that becomes a line of HTTP's head; empty = nothing.
static std::string not_visible(const std::string& word) {
  const bool visible =
      std::all_of(word.begin(), word.end(), [](char c) { return c > ' ' && c <= '~'; });
  return visible && !word.empty() ? "" : "must be visible ASCII characters";
}

void add_playbook_verbs(CommandLine& line) {
  CLI::App* const run = add_verb(
      line, "run", "Run a playbook through the daemon; a dry run without --apply",
      {"sideband run restart-fleet", "sideband run restart-fleet --input reason=drill --apply",
       "sideband run restart-fleet --apply --idempotency-key deploy-42"});
  const auto options = std::make_shared<RunOptions>();
  run->add_option("PLAYBOOK", options->playbook)->required();
  run->add_option("--input", options->inputs, "A value that the playbook asks for, NAME=VALUE");
  run->add_flag("--apply", options->apply, "Really do it");
  run->add_option("--wait", options->wait, "How long to wait for the end")->capture_default_str();
  run->add_option("--idempotency-key", options->key,
                  "Start it once: the same key within 7 days tells of the same run")
      ->check(&not_visible);
  on_daemon(line, run,
            [options](RemoteContext& context) { return run_command(context, *options); });

  CLI::App* const confirm =
      add_verb(line, "confirm", "Say that a step that a person does was done, or could not be",
               {"sideband confirm RUN look --evidence \"the page is up\""});
  const auto done = std::make_shared<ConfirmOptions>();
  confirm->add_option("REPAIR", done->repair, "The run that waits")->required();
  confirm->add_option("STEP", done->step)->required();
  confirm->add_option("--evidence", done->evidence, "What shows it");
  confirm->add_flag("--failed", done->failed, "It could not be done; the step has failed");
  confirm->add_option("--wait", done->wait, "How long to wait for what follows")
      ->capture_default_str();
  on_daemon(line, confirm,
            [done](RemoteContext& context) { return confirm_command(context, *done); });
}

}  // namespace sideband::cli
