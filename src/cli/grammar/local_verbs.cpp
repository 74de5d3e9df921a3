// Verbs of configuration, which need no daemon: check, plan, diff, schema.
#include <unistd.h>

#include <iostream>

#include "cli/config_commands.h"
#include "cli/diff_files.h"
#include "cli/exit_codes.h"
#include "cli/grammar/verbs.h"
#include "cli/local_plan.h"
#include "cli/target_check.h"

namespace sideband::cli {
namespace {

using Paths = std::vector<std::string>;

int run_target_check(const CommandLine& line, const Paths& paths) {
  const SystemClock clock;
  const auto settings =
      line.program.load_settings(paths, clock, std::cerr, line.color(STDERR_FILENO), {});
  if (!settings.ok()) {
    std::cerr << "sideband: " << settings.error().message << "\n";
    return kUsage;
  }
  const TargetAccess targets = line.program.reach_targets(clock);
  const policy::Compiled sources =
      compile_for_places(paths, line.program.driver_fields(), clock.wall());
  const TargetCheckOptions options{clock.wall(), line.format == "json", line.color(STDOUT_FILENO)};
  return check_targets_command(**settings, targets.questions, sources, options, std::cout,
                               std::cerr);
}

void add_check(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "check", "Check configuration, exit 0 or 2; with --targets also what is there",
      {"sideband check examples/fleet.yaml", "sideband check --targets examples/fleet.yaml"});
  verb->footer(
      verb->get_footer() +
      "\n--targets connects to every target and compares what we may do there with what\n"
      "the reconcilers need, and whether tables, keys and types of both sides fit; it reads\n"
      "each signal once and asks each policy about an empty input. Run it as the user of\n"
      "the daemon. It changes nothing, and reads each table for 30 s at most. Exit codes: 0\n"
      "all there, 1 more than needed, 2 tables that do not fit or a policy that is not\n"
      "defined, 7 unreachable or unknown, 8 a grant is missing.\n");
  const auto paths = std::make_shared<Paths>();
  const auto targets = std::make_shared<bool>(false);
  verb->add_option("PATH", *paths, "Files or folders [--config]");
  verb->add_flag(
      "--targets", *targets,
      "Ask the targets what we may do there, look at their tables, read signals, ask policies");
  on_run(line, verb, [&line, paths, targets] {
    const SystemClock clock;
    const Paths checked = paths->empty() ? Paths{line.config} : *paths;
    if (*targets) return run_target_check(line, checked);
    return check_command(checked, line.program.driver_fields(), clock.wall(), std::cout, std::cerr,
                         line.color(STDERR_FILENO));
  });
}

using PlanCommand = int (*)(const Settings&, const LocalPlanOptions&, const TargetConnector&,
                            const MakeContentRules&, const Clock&, std::ostream&, std::ostream&);

int run_plan(const CommandLine& line, LocalPlanOptions options, PlanCommand command) {
  const SystemClock clock;
  const auto settings = line.program.load_settings({line.config}, clock, std::cerr,
                                                   line.color(STDERR_FILENO), options.reconciler);
  if (!settings.ok()) {
    std::cerr << "sideband: " << settings.error().message << "\n";
    return kUsage;
  }
  options.json = line.format == "json";
  options.color = line.color(STDOUT_FILENO);
  const TargetAccess targets = line.program.reach_targets(clock);
  return command(**settings, options, targets.connector, targets.content, clock, std::cout,
                 std::cerr);
}

void add_plan(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "plan", "Show what a reconciler would change, and what the gates say",
               {"sideband --config examples/fleet.yaml plan fleet-config",
                "sideband --config examples/fleet.yaml plan fleet-config --out fleet.plan"});
  const auto options = std::make_shared<LocalPlanOptions>();
  verb->add_option("RECONCILER", options->reconciler)->required();
  verb->add_option("--out", options->out_file, "Save the plan, for apply");
  verb->add_flag("--drift-exit-code", options->drift_exit_code, "Exit 1 when something differs");
  on_run(line, verb, [&line, options] { return run_plan(line, *options, &plan_command); });
}

struct DiffArguments {
  std::string reconciler;
  std::vector<std::string> files;
  std::vector<std::string> ignore;
  std::vector<std::string> sets;
  std::vector<std::string> list_keys;
  bool declared = false;
};

// "/spec/containers=name" as a path and a member. Nothing without both.
std::optional<KeyedList> keyed_list(const std::string& text) {
  const auto at = text.rfind('=');
  if (at == std::string::npos || at + 1 == text.size()) return std::nullopt;
  return KeyedList{text.substr(0, at), text.substr(at + 1)};
}

int run_diff_files(const CommandLine& line, const DiffArguments& arguments) {
  FilesToDiff files{arguments.files[0], arguments.files[1], {}, arguments.declared};
  files.options.ignore = arguments.ignore;
  files.options.sets = arguments.sets;
  for (const std::string& text : arguments.list_keys) {
    auto list = keyed_list(text);
    if (!list || !arguments.declared) {
      std::cerr << "--list-key is PATH=MEMBER, and goes with --declared\n";
      return kUsage;
    }
    files.options.keyed.push_back(std::move(*list));
  }
  return diff_files_command(files, std::cout, std::cerr, line.color(STDOUT_FILENO));
}

int run_diff(const CommandLine& line, const DiffArguments& arguments) {
  if (arguments.files.size() == 2) return run_diff_files(line, arguments);
  if (arguments.reconciler.empty()) {
    std::cerr << "sideband diff: name a reconciler, or two documents with --files A B\n";
    return kUsage;
  }
  LocalPlanOptions options;
  options.reconciler = arguments.reconciler;
  return run_plan(line, options, &diff_command);
}

void add_diff(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "diff", "Show differences; exit 0 in sync, 1 drift",
      {"sideband --config examples/fleet.yaml diff fleet-config",
       "sideband diff --files examples/a.yaml examples/b.json --ignore /build --set /ports",
       "sideband diff --files examples/a.yaml examples/b.json --declared --ignore /build "
       "--set /ports"});
  verb->footer(verb->get_footer() + "\nA member that is null is not the same as a missing one.\n");
  const auto arguments = std::make_shared<DiffArguments>();
  verb->add_option("RECONCILER", arguments->reconciler);
  verb->add_option("--files", arguments->files, "Two YAML or JSON documents")->expected(2);
  verb->add_option("--ignore", arguments->ignore, "JSON pointer of what may differ");
  verb->add_option("--set", arguments->sets, "JSON pointer of a list whose order does not matter");
  verb->add_flag("--declared", arguments->declared, "Only what A says counts");
  verb->add_option("--list-key", arguments->list_keys,
                   "PATH=MEMBER of a list whose items belong together by that member");
  on_run(line, verb, [&line, arguments] { return run_diff(line, *arguments); });
}

void add_schema(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "schema", "Print the JSON Schema of the configuration",
      {"sideband schema > sideband.schema.json", "sideband schema --openapi > openapi.json"});
  const auto reference = std::make_shared<bool>(false);
  const auto openapi = std::make_shared<bool>(false);
  verb->add_flag("--reference", *reference, "The reference page (Markdown) instead");
  verb->add_flag("--openapi", *openapi, "The OpenAPI document of the daemon's API instead")
      ->excludes("--reference");
  on_run(line, verb, [&line, reference, openapi] {
    if (*openapi) {
      std::cout << line.program.openapi();
      return static_cast<int>(kOk);
    }
    if (!*reference) return schema_command(line.program.driver_fields(), std::cout);
    std::cout << config_reference(line.program.driver_fields());
    return static_cast<int>(kOk);
  });
}

}  // namespace

void add_local_verbs(CommandLine& line) {
  add_check(line);
  add_plan(line);
  add_diff(line);
  add_schema(line);
}

}  // namespace sideband::cli
