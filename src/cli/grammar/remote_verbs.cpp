// Verbs that tell the daemon what to do: apply, approve, reject, cancel, undo, retry, lock, pause,
// resume.
#include "cli/grammar/verbs.h"
#include "cli/remote_commands.h"
#include "policy/gates/gate.h"

namespace sideband::cli {
namespace {

void add_apply(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "apply", "Hand a plan to the daemon and its gates; a dry run without --yes",
      {"sideband apply fleet-config", "sideband apply fleet-config --release maxChanges --yes",
       "sideband apply fleet.plan --yes",
       "sideband apply fleet-config --key node-2/edge.yaml --yes"});
  const auto options = std::make_shared<ApplyOptions>();
  verb->add_option("PLAN", options->what, "A saved plan, or a reconciler for its held plan")
      ->required();
  verb->add_option("--key", options->keys,
                   "A resource of that reconciler, also one that is left alone; may be repeated");
  verb->add_option("--release", options->release, "Gate to release; a second person must approve")
      ->check(CLI::IsMember(releasable_gates()));
  verb->add_flag("--yes", options->yes, "Really do it");
  verb->add_option("--wait", options->wait, "How long to wait for the end")->capture_default_str();
  on_daemon(line, verb,
            [options](RemoteContext& context) { return apply_command(context, *options); });
}

void add_reviewing(CommandLine& line) {
  CLI::App* const approve =
      add_verb(line, "approve", "Approve a repair that somebody else asked for",
               {"sideband approve REPAIR --comment \"looks right\""});
  const auto yes = std::make_shared<ApproveOptions>();
  approve->add_option("REPAIR", yes->repair)->required();
  approve->add_option("--comment", yes->comment, "Why");
  approve->add_option("--wait", yes->wait, "How long to wait for its end")->capture_default_str();
  on_daemon(line, approve,
            [yes](RemoteContext& context) { return approve_command(context, *yes); });

  CLI::App* const reject =
      add_verb(line, "reject", "Reject a repair; the same plan is not brought up again",
               {"sideband reject REPAIR --comment \"the change is wanted\""});
  const auto no = std::make_shared<RejectOptions>();
  reject->add_option("REPAIR", no->repair)->required();
  reject->add_option("--comment", no->comment, "Why");
  on_daemon(line, reject, [no](RemoteContext& context) { return reject_command(context, *no); });

  CLI::App* const cancel = add_verb(line, "cancel", "Stop a repair before its next step",
                                    {"sideband cancel REPAIR --reason \"wrong window\"",
                                     "sideband cancel REPAIR --now --reason \"it hangs\""});
  const auto stop = std::make_shared<CancelOptions>();
  cancel->add_option("REPAIR", stop->repair)->required();
  cancel->add_option("--reason", stop->reason, "Why")->required();
  cancel->add_flag("--now", stop->now,
                   "Also end the step that is under way: SIGTERM, and SIGKILL after the target's "
                   "grace; requests and statements are broken off. What it did is looked at");
  on_daemon(line, cancel,
            [stop](RemoteContext& context) { return cancel_command(context, *stop); });

  CLI::App* const undo =
      add_verb(line, "undo",
               "Put the old values back where they are still ours, or take back a playbook's "
               "run; dry run first",
               {"sideband undo REPAIR", "sideband undo REPAIR --yes"});
  const auto back = std::make_shared<UndoOptions>();
  undo->add_option("REPAIR", back->repair)->required();
  undo->add_option("--release", back->release,
                   "Gate to release for this repair; a second person must approve")
      ->check(CLI::IsMember(releasable_gates()));
  undo->add_flag("--yes", back->yes, "Really do it");
  undo->add_option("--wait", back->wait, "How long to wait for its end")->capture_default_str();
  on_daemon(line, undo, [back](RemoteContext& context) { return undo_command(context, *back); });
}

void add_settle(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "settle", "Say what a step did of which nobody knows, after you looked",
      {"sideband settle REPAIR --step rebuild --as done --reason \"the index is there\"",
       "sideband settle REPAIR --step 2 --as not-done --reason \"the table is as before\""});
  const auto options = std::make_shared<SettleOptions>();
  verb->add_option("REPAIR", options->repair, "The repair, or the run of a playbook")->required();
  verb->add_option("--step", options->step, "Its number, or its name in the playbook")->required();
  verb->add_option("--as", options->as, "What it did")
      ->required()
      ->check(CLI::IsMember({"done", "not-done"}));
  verb->add_option("--reason", options->reason, "What shows it")->required();
  verb->add_option("--wait", options->wait, "How long to wait for what follows")
      ->capture_default_str();
  on_daemon(line, verb,
            [options](RemoteContext& context) { return settle_command(context, *options); });
}

void add_again(CommandLine& line) {
  add_settle(line);
  CLI::App* const retry =
      add_verb(line, "retry", "Let what a repair did not converge on be judged and repaired anew",
               {"sideband retry REPAIR --reason \"the disk was replaced\""});
  const auto again = std::make_shared<RetryOptions>();
  retry->add_option("REPAIR", again->repair)->required();
  retry->add_option("--reason", again->reason, "Why")->required();
  on_daemon(line, retry,
            [again](RemoteContext& context) { return retry_command(context, *again); });

  CLI::App* const lock =
      add_verb(line, "lock", "Which repair holds which resources",
               {"sideband lock ls", "sideband lock release REPAIR --reason \"its node is gone\""});
  lock->require_subcommand(1);
  CLI::App* const list = lock->add_subcommand("ls", "List the locks");
  const auto limit = std::make_shared<std::int64_t>(1000);
  list->add_option("--limit", *limit, "How many to list")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  on_daemon(line, list,
            [limit](RemoteContext& context) { return lock_ls_command(context, *limit); });
  CLI::App* const release = lock->add_subcommand(
      "release", "Free the locks of a repair that nobody works on; it needs them to go on");
  const auto held = std::make_shared<LockReleaseOptions>();
  release->add_option("REPAIR", held->repair)->required();
  release->add_option("--reason", held->reason, "Why")->required();
  on_daemon(line, release,
            [held](RemoteContext& context) { return lock_release_command(context, *held); });
}

// An empty word is most likely a variable that was not set: it must not mean everything.
std::string not_empty(const std::string& word) {
  return word.empty() ? "is empty" : "";
}

void add_scope(CLI::App* verb, SwitchScope& scope) {
  std::vector<CLI::Option*> options = {
      verb->add_option("RECONCILER", scope.reconciler, "Only this one, or playbook/NAME"),
      verb->add_option("--owner", scope.owner, "All that has this owner in its labels"),
      verb->add_option("--target", scope.target,
                       "All that reads, writes or is woken by this target"),
      verb->add_flag("--all", scope.all, "Everything, which is also what it is without a name")};
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (i < 3) options[i]->check(&not_empty);
    for (std::size_t other = 0; other < i; ++other) options[i]->excludes(options[other]);
  }
}

void add_switches(CommandLine& line) {
  CLI::App* const pause = add_verb(
      line, "pause", "Stop all repairs, or those of a reconciler, an owner or a target",
      {"sideband pause --reason \"incident\"", "sideband pause fleet-config --reason \"migration\"",
       "sideband pause --owner team-edge --reason \"handover\"",
       "sideband pause --target fleet --reason \"restore\""});
  const auto off = std::make_shared<PauseOptions>();
  add_scope(pause, off->scope);
  pause->add_option("--reason", off->reason, "Why")->required();
  on_daemon(line, pause, [off](RemoteContext& context) { return pause_command(context, *off); });

  CLI::App* const resume =
      add_verb(line, "resume", "Take a pause back, believe a source, or close a circuit breaker",
               {"sideband resume", "sideband resume fleet-config", "sideband resume --target fleet",
                "sideband resume fleet-config --close-breaker --reason \"the grant is back\""});
  const auto on = std::make_shared<ResumeOptions>();
  add_scope(resume, on->scope);
  resume->add_option("--reason", on->reason, "Why");
  CLI::Option* const accept = resume->add_flag("--accept-source", on->accept_source,
                                               "The desired side really is as small as it is now");
  resume
      ->add_flag("--close-breaker", on->close_breaker,
                 "What made its repairs fail is mended; a pause stays")
      ->excludes(accept);
  on_daemon(line, resume, [on](RemoteContext& context) { return resume_command(context, *on); });
}

}  // namespace

void add_remote_verbs(CommandLine& line) {
  add_apply(line);
  add_reviewing(line);
  add_again(line);
  add_switches(line);
}

}  // namespace sideband::cli
