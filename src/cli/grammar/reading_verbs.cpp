// Verbs that show what the daemon knows: get, describe, scan-now, explain.
#include <iostream>

#include "cli/config_commands.h"
#include "cli/describe_command.h"
#include "cli/explain_command.h"
#include "cli/get_command.h"
#include "cli/grammar/verbs.h"
#include "cli/remote_commands.h"

namespace sideband::cli {
namespace {

void add_reading(CommandLine& line) {
  CLI::App* const get = add_verb(
      line, "get",
      "List reconcilers, repairs, drifts, decisions, notices, playbooks, signals or silences",
      {"sideband get reconcilers", "sideband get repairs --active",
       "sideband get drifts fleet-config", "sideband get decisions", "sideband get notices",
       "sideband get playbooks", "sideband get signals"});
  const auto what = std::make_shared<GetOptions>();
  get->add_option("WHAT", what->what)
      ->required()
      ->check(CLI::IsMember({"reconcilers", "repairs", "drifts", "decisions", "notices",
                             "playbooks", "signals", "silences"}));
  get->add_option("NAME", what->name, "Only of this reconciler or playbook");
  get->add_flag("--active", what->active, "Only repairs that have not ended");
  get->add_option("--limit", what->limit, "How many to list [repairs, decisions: 20, drifts: 100]")
      ->check(CLI::PositiveNumber);
  on_daemon(line, get, [what](RemoteContext& context) { return get_command(context, *what); });

  CLI::App* const describe = add_verb(
      line, "describe", "Show one repair, reconciler or playbook with all that belongs to it",
      {"sideband describe REPAIR", "sideband describe fleet-config",
       "sideband describe playbook/restart-fleet"});
  const auto described = std::make_shared<DescribeOptions>();
  describe
      ->add_option("WHAT", described->what,
                   "The id of a repair, or the name of a reconciler or a playbook")
      ->required();
  describe->add_option("--limit", described->limit, "How many keys that failed, or last repairs")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  on_daemon(line, describe,
            [described](RemoteContext& context) { return describe_command(context, *described); });

  CLI::App* const scan = add_verb(line, "scan-now", "Let the daemon look at a reconciler now",
                                  {"sideband scan-now fleet-config"});
  const auto look = std::make_shared<ScanNowOptions>();
  scan->add_option("RECONCILER", look->reconciler)->required();
  scan->add_flag("--sweep", look->sweep, "Look for extras also where actual.sweep is never");
  on_daemon(line, scan,
            [look](RemoteContext& context) { return scan_now_command(context, *look); });
}

struct ExplainArguments {
  std::string name;
  std::string path;  // of a field
  std::int64_t limit = 5;
};

void add_explain(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "explain", "What a reconciler is doing and why, or a repair, decision or drift",
      {"sideband explain fleet-config", "sideband explain REPAIR",
       "sideband explain field reconciler.spec.gates.maxChanges"});
  const auto words = std::make_shared<ExplainArguments>();
  verb->add_option("NAME", words->name,
                   "A reconciler; the id of a repair, run, decision or plan; RECONCILER/KEY of a "
                   "drift; or the word \"field\"")
      ->required();
  verb->add_option("PATH", words->path, "With \"field\": the path of the field");
  verb->add_option("--limit", words->limit, "How many decisions to show")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  on_run(line, verb, [&line, words] {
    if (words->name == "field") {
      return explain_field_command(words->path, line.program.driver_fields(), std::cout, std::cerr);
    }
    return ask_daemon(line, [words](RemoteContext& context) {
      return explain_command(context, words->name, words->limit);
    });
  });
}

}  // namespace

void add_reading_verbs(CommandLine& line) {
  add_reading(line);
  add_explain(line);
}

}  // namespace sideband::cli
