// Verbs that ask the daemon.
#include <unistd.h>

#include <iostream>

#include "app/verbs.h"
#include "cli/config_commands.h"
#include "cli/exit_codes.h"
#include "cli/remote_commands.h"
#include "drivers/registry.h"

namespace sideband {
namespace {

struct Words {
  std::string first;
  std::string second;
  std::string text;
  std::string wait = "5m";
  std::vector<std::string> release;
  bool flag = false;
  std::int64_t limit = 0;
};
using WordsPtr = std::shared_ptr<Words>;

void add_release(CLI::App* verb, const WordsPtr& words) {
  verb->add_option("--release", words->release,
                   "Gate to release for this repair; a second person must approve")
      ->check(CLI::IsMember({"maxChanges"}));
}

void add_reading(CommandLine& line) {
  CLI::App* const get = add_verb(
      line, "get", "List reconcilers, repairs, drifts, decisions or playbooks",
      {"sideband get reconcilers", "sideband get repairs --active",
       "sideband get drifts fleet-config", "sideband get decisions", "sideband get playbooks"});
  const auto what = std::make_shared<Words>();
  get->add_option("WHAT", what->first)
      ->required()
      ->check(CLI::IsMember({"reconcilers", "repairs", "drifts", "decisions", "playbooks"}));
  get->add_option("NAME", what->second, "Only of this reconciler or playbook");
  get->add_flag("--active", what->flag, "Only repairs that have not ended");
  get->add_option("--limit", what->limit, "How many to list [repairs, decisions: 20, drifts: 100]")
      ->check(CLI::PositiveNumber);
  on_daemon(line, get, [what](cli::RemoteContext& context) {
    return cli::get_command(context, what->first, what->second, {what->flag, what->limit});
  });

  CLI::App* const describe = add_verb(
      line, "describe", "Show one repair, reconciler or playbook with all that belongs to it",
      {"sideband describe REPAIR", "sideband describe fleet-config",
       "sideband describe playbook/restart-fleet"});
  const auto repair = std::make_shared<Words>();
  describe
      ->add_option("WHAT", repair->first,
                   "The id of a repair, or the name of a reconciler or a playbook")
      ->required();
  repair->limit = 20;
  describe->add_option("--limit", repair->limit, "How many keys that failed, or last repairs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  on_daemon(line, describe, [repair](cli::RemoteContext& context) {
    return cli::describe_command(context, repair->first, repair->limit);
  });

  CLI::App* const scan = add_verb(line, "scan-now", "Let the daemon look at a reconciler now",
                                  {"sideband scan-now fleet-config"});
  const auto name = std::make_shared<Words>();
  scan->add_option("RECONCILER", name->first)->required();
  scan->add_flag("--sweep", name->flag, "Look for extras too");
  on_daemon(line, scan, [name](cli::RemoteContext& context) {
    return cli::check_now_command(context, name->first, name->flag);
  });
}

void add_explain(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "explain", "What a reconciler is doing and why; what a field means",
      {"sideband explain fleet-config", "sideband explain field reconciler.spec.gates.maxChanges"});
  const auto words = std::make_shared<Words>();
  verb->add_option("NAME", words->first, "A reconciler, or the word \"field\"")->required();
  verb->add_option("PATH", words->second, "With \"field\": the path of the field");
  words->limit = 5;
  verb->add_option("--limit", words->limit, "How many decisions to show")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  verb->callback([&line, words] {
    line.action = [&line, words] {
      if (words->first == "field") {
        return cli::explain_field_command(words->second, all_driver_fields(), std::cout, std::cerr);
      }
      cli::ApiClient api(line.socket_path(), line.token_file);
      cli::RemoteContext context{
          api, std::cout, std::cerr, line.format, line.color(STDOUT_FILENO), line.quiet, line.wide};
      return cli::explain_command(context, words->first, words->limit);
    };
  });
}

void add_apply(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "apply", "Hand a plan to the daemon and its gates; a dry run without --yes",
      {"sideband apply fleet-config", "sideband apply fleet-config --release maxChanges --yes",
       "sideband apply fleet.plan --yes"});
  const auto options = std::make_shared<cli::ApplyOptions>();
  verb->add_option("PLAN", options->what, "A saved plan, or a reconciler for its held plan")
      ->required();
  verb->add_option("--release", options->release, "Gate to release; a second person must approve")
      ->check(CLI::IsMember({"maxChanges"}));
  verb->add_flag("--yes", options->yes, "Really do it");
  verb->add_option("--wait", options->wait, "How long to wait for the end")->capture_default_str();
  on_daemon(line, verb, [options](cli::RemoteContext& context) {
    return cli::apply_command(context, *options);
  });
}

void add_reviewing(CommandLine& line) {
  CLI::App* const approve =
      add_verb(line, "approve", "Approve a repair that somebody else asked for",
               {"sideband approve REPAIR --comment \"looks right\""});
  const auto yes = std::make_shared<Words>();
  approve->add_option("REPAIR", yes->first)->required();
  approve->add_option("--comment", yes->text, "Why");
  approve->add_option("--wait", yes->wait, "How long to wait for its end")->capture_default_str();
  on_daemon(line, approve, [yes](cli::RemoteContext& context) {
    return cli::approve_command(context, yes->first, yes->text, yes->wait);
  });

  CLI::App* const reject =
      add_verb(line, "reject", "Reject a repair; the same plan is not brought up again",
               {"sideband reject REPAIR --comment \"the change is wanted\""});
  const auto no = std::make_shared<Words>();
  reject->add_option("REPAIR", no->first)->required();
  reject->add_option("--comment", no->text, "Why");
  on_daemon(line, reject, [no](cli::RemoteContext& context) {
    return cli::reject_command(context, no->first, no->text);
  });

  CLI::App* const cancel = add_verb(line, "cancel", "Stop a repair before its next step",
                                    {"sideband cancel REPAIR --reason \"wrong window\"",
                                     "sideband cancel REPAIR --now --reason \"it hangs\""});
  const auto stop = std::make_shared<Words>();
  cancel->add_option("REPAIR", stop->first)->required();
  cancel->add_option("--reason", stop->text, "Why")->required();
  cancel->add_flag("--now", stop->flag,
                   "Also end the step that is under way: SIGTERM, and SIGKILL after the target's "
                   "grace; requests and statements are broken off. What it did is looked at");
  on_daemon(line, cancel, [stop](cli::RemoteContext& context) {
    return cli::cancel_command(context, stop->first, stop->text, stop->flag);
  });

  CLI::App* const undo =
      add_verb(line, "undo",
               "Put the old values back where they are still ours, or take back a playbook's "
               "run; dry run first",
               {"sideband undo REPAIR", "sideband undo REPAIR --yes"});
  const auto back = std::make_shared<Words>();
  undo->add_option("REPAIR", back->first)->required();
  add_release(undo, back);
  undo->add_flag("--yes", back->flag, "Really do it");
  undo->add_option("--wait", back->wait, "How long to wait for its end")->capture_default_str();
  on_daemon(line, undo, [back](cli::RemoteContext& context) {
    return cli::undo_command(context, back->first, back->release, back->flag, back->wait);
  });
}

void add_settle(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "settle", "Say what a step did of which nobody knows, after you looked",
      {"sideband settle REPAIR --step rebuild --as done --reason \"the index is there\"",
       "sideband settle REPAIR --step 2 --as not-done --reason \"the table is as before\""});
  const auto options = std::make_shared<cli::SettleOptions>();
  verb->add_option("REPAIR", options->repair, "The repair, or the run of a playbook")->required();
  verb->add_option("--step", options->step, "Its number, or its name in the playbook")->required();
  verb->add_option("--as", options->as, "What it did")
      ->required()
      ->check(CLI::IsMember({"done", "not-done"}));
  verb->add_option("--reason", options->reason, "What shows it")->required();
  verb->add_option("--wait", options->wait, "How long to wait for what follows")
      ->capture_default_str();
  on_daemon(line, verb, [options](cli::RemoteContext& context) {
    return cli::settle_command(context, *options);
  });
}

void add_again(CommandLine& line) {
  add_settle(line);
  CLI::App* const retry =
      add_verb(line, "retry", "Let what a repair did not converge on be judged and repaired anew",
               {"sideband retry REPAIR --reason \"the disk was replaced\""});
  const auto again = std::make_shared<Words>();
  retry->add_option("REPAIR", again->first)->required();
  retry->add_option("--reason", again->text, "Why")->required();
  on_daemon(line, retry, [again](cli::RemoteContext& context) {
    return cli::retry_command(context, again->first, again->text);
  });

  CLI::App* const lock =
      add_verb(line, "lock", "Which repair holds which resources",
               {"sideband lock ls", "sideband lock release REPAIR --reason \"its node is gone\""});
  lock->require_subcommand(1);
  CLI::App* const list = lock->add_subcommand("ls", "List the locks");
  const auto shown = std::make_shared<Words>();
  shown->limit = 1000;
  list->add_option("--limit", shown->limit, "How many to list")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  on_daemon(line, list, [shown](cli::RemoteContext& context) {
    return cli::lock_ls_command(context, shown->limit);
  });
  CLI::App* const release = lock->add_subcommand(
      "release", "Free the locks of a repair that nobody works on; it needs them to go on");
  const auto held = std::make_shared<Words>();
  release->add_option("REPAIR", held->first)->required();
  release->add_option("--reason", held->text, "Why")->required();
  on_daemon(line, release, [held](cli::RemoteContext& context) {
    return cli::lock_release_command(context, held->first, held->text);
  });
}

void add_switches(CommandLine& line) {
  CLI::App* const pause = add_verb(line, "pause", "Stop all repairs, or those of one reconciler",
                                   {"sideband pause --reason \"incident\"",
                                    "sideband pause fleet-config --reason \"migration\""});
  const auto off = std::make_shared<Words>();
  pause->add_option("RECONCILER", off->first, "Only this one");
  pause->add_option("--reason", off->text, "Why")->required();
  on_daemon(line, pause, [off](cli::RemoteContext& context) {
    return cli::pause_command(context, off->first, off->text);
  });

  CLI::App* const resume = add_verb(line, "resume", "Take a pause back",
                                    {"sideband resume", "sideband resume fleet-config"});
  const auto on = std::make_shared<Words>();
  resume->add_option("RECONCILER", on->first, "Only this one");
  resume->add_option("--reason", on->text, "Why");
  resume->add_flag("--accept-source", on->flag, "The desired side really is as small as it is now");
  on_daemon(line, resume, [on](cli::RemoteContext& context) {
    return cli::resume_command(context, on->first, on->text, on->flag);
  });
}

void add_audit(CommandLine& line) {
  CLI::App* const audit = line.app.get_subcommand("audit");
  CLI::App* const exporting =
      audit->add_subcommand("export", "Write the log to a folder, up to its last checkpoint");
  const auto folder = std::make_shared<Words>();
  exporting->add_option("FOLDER", folder->first, "An absolute path")->required();
  on_daemon(line, exporting, [folder](cli::RemoteContext& context) {
    return cli::audit_export_remote(context, folder->first);
  });
  CLI::App* const prove = audit->add_subcommand("prove", "Print one record with its proof");
  const auto index = std::make_shared<Words>();
  prove->add_option("INDEX", index->first)->required();
  on_daemon(line, prove, [&line, index](cli::RemoteContext& context) {
    if (isatty(STDOUT_FILENO) != 1) line.as_bytes();
    return cli::audit_prove_remote(context, index->first);
  });
}

}  // namespace

void on_daemon(CommandLine& line, CLI::App* verb, std::function<int(cli::RemoteContext&)> run) {
  verb->callback([&line, run = std::move(run)] {
    line.action = [&line, run] {
      cli::ApiClient api(line.socket_path(), line.token_file);
      cli::RemoteContext context{
          api, std::cout, std::cerr, line.format, line.color(STDOUT_FILENO), line.quiet, line.wide};
      return run(context);
    };
  });
}

void add_remote_verbs(CommandLine& line) {
  add_reading(line);
  add_explain(line);
  add_apply(line);
  add_reviewing(line);
  add_again(line);
  add_switches(line);
  add_audit(line);
}

}  // namespace sideband
