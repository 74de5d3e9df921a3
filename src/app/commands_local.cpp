// Verbs that need no daemon: check, plan, diff, explain field, schema, audit verify.
#include <unistd.h>

#include <iostream>

#include "app/verbs.h"
#include "app/wiring.h"
#include "cli/audit_commands.h"
#include "cli/config_commands.h"
#include "cli/exit_codes.h"
#include "cli/local_plan.h"
#include "cli/target_check.h"

namespace sideband {
namespace {

using Paths = std::vector<std::string>;

int run_target_check(const CommandLine& line, const Paths& paths) {
  const SystemClock clock;
  SystemRandom random;
  DriverRegistry drivers(DriverContext{clock, random});
  const auto settings =
      load_settings(paths, clock, print_messages(std::cerr, line.color(STDERR_FILENO)));
  if (!settings.ok()) {
    std::cerr << "sideband: " << settings.error().message << "\n";
    return cli::kUsage;
  }
  const cli::AskGrants ask = [&drivers](const TargetSettings& target,
                                        const CollectionSettings& collection, Role role,
                                        const GrantNeeds& needs) {
    return drivers.grants(target, collection, role, needs);
  };
  return cli::check_targets_command(**settings, ask, line.format == "json", std::cout, std::cerr);
}

void add_check(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "check", "Check configuration, exit 0 or 2; with --targets also our grants",
      {"sideband check examples/fleet.yaml", "sideband check --targets examples/fleet.yaml"});
  verb->footer(
      verb->get_footer() +
      "\n--targets connects to every target and compares what we may do there with what\n"
      "the reconcilers need; run it as the user of the daemon. It reads only. Exit codes:\n"
      "0 all there, 1 more than needed, 7 unreachable or unknown, 8 a grant is missing.\n");
  const auto paths = std::make_shared<Paths>();
  const auto targets = std::make_shared<bool>(false);
  verb->add_option("PATH", *paths, "Files or folders [--config]");
  verb->add_flag("--targets", *targets, "Ask the targets what we may do there");
  verb->callback([&line, paths, targets] {
    line.action = [&line, paths, targets] {
      const SystemClock clock;
      const Paths checked = paths->empty() ? Paths{line.config} : *paths;
      if (*targets) return run_target_check(line, checked);
      return cli::check_command(checked, all_driver_fields(), clock.wall(), std::cout, std::cerr,
                                line.color(STDERR_FILENO));
    };
  });
}

using PlanCommand = int (*)(const Settings&, const cli::LocalPlanOptions&, const TargetConnector&,
                            const MakeNormalize&, const Clock&, std::ostream&, std::ostream&);

int run_plan(const CommandLine& line, cli::LocalPlanOptions options, PlanCommand command) {
  const SystemClock clock;
  SystemRandom random;
  DriverRegistry drivers(DriverContext{clock, random});
  const auto settings =
      load_settings({line.config}, clock, print_messages(std::cerr, line.color(STDERR_FILENO)),
                    options.reconciler);
  if (!settings.ok()) {
    std::cerr << "sideband: " << settings.error().message << "\n";
    return cli::kUsage;
  }
  options.json = line.format == "json";
  options.color = line.color(STDOUT_FILENO);
  return command(**settings, options, make_connector(drivers), make_normalize(clock), clock,
                 std::cout, std::cerr);
}

void add_plan(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "plan", "Show what a reconciler would change, and what the gates say",
               {"sideband --config examples/fleet.yaml plan fleet-config",
                "sideband --config examples/fleet.yaml plan fleet-config --out fleet.plan"});
  const auto options = std::make_shared<cli::LocalPlanOptions>();
  verb->add_option("RECONCILER", options->reconciler)->required();
  verb->add_option("--out", options->out_file, "Save the plan, for apply");
  verb->add_flag("--drift-exit-code", options->drift_exit_code, "Exit 1 when something differs");
  verb->callback([&line, options] {
    line.action = [&line, options] { return run_plan(line, *options, &cli::plan_command); };
  });
}

struct DiffArguments {
  std::string reconciler;
  std::vector<std::string> files;
  std::vector<std::string> ignore;
  std::vector<std::string> sets;
};

int run_diff(const CommandLine& line, const DiffArguments& arguments) {
  if (arguments.files.size() == 2) {
    return cli::diff_files_command(arguments.files[0], arguments.files[1], arguments.ignore,
                                   arguments.sets, std::cout, std::cerr, line.color(STDOUT_FILENO));
  }
  if (arguments.reconciler.empty()) {
    std::cerr << "sideband diff: name a reconciler, or two documents with --files A B\n";
    return cli::kUsage;
  }
  cli::LocalPlanOptions options;
  options.reconciler = arguments.reconciler;
  return run_plan(line, options, &cli::diff_command);
}

void add_diff(CommandLine& line) {
  CLI::App* const verb = add_verb(
      line, "diff", "Show differences; exit 0 in sync, 1 drift",
      {"sideband --config examples/fleet.yaml diff fleet-config",
       "sideband diff --files examples/a.yaml examples/b.json --ignore /build --set /ports"});
  verb->footer(verb->get_footer() + "\nA member that is null is not the same as a missing one.\n");
  const auto arguments = std::make_shared<DiffArguments>();
  verb->add_option("RECONCILER", arguments->reconciler);
  verb->add_option("--files", arguments->files, "Two YAML or JSON documents")->expected(2);
  verb->add_option("--ignore", arguments->ignore, "JSON pointer of what may differ");
  verb->add_option("--set", arguments->sets, "JSON pointer of a list whose order does not matter");
  verb->callback([&line, arguments] {
    line.action = [&line, arguments] { return run_diff(line, *arguments); };
  });
}

void add_schema(CommandLine& line) {
  CLI::App* const verb = add_verb(line, "schema", "Print the JSON Schema of the configuration",
                                  {"sideband schema > sideband.schema.json"});
  const auto reference = std::make_shared<bool>(false);
  verb->add_flag("--reference", *reference, "The reference page (Markdown) instead");
  verb->callback([&line, reference] {
    line.action = [reference] {
      if (!*reference) return cli::schema_command(all_driver_fields(), std::cout);
      std::cout << cli::config_reference(all_driver_fields());
      return static_cast<int>(cli::kOk);
    };
  });
}

void add_audit_verify(CommandLine& line, CLI::App* audit) {
  CLI::App* const verify = audit->add_subcommand("verify", "Verify an exported log; exit 0 or 9");
  const auto arguments = std::make_shared<AuditVerifyArguments>();
  verify->add_option("FOLDER", arguments->folder, "What audit export wrote")->required();
  verify->add_option("--key", arguments->key, "Public key: name+hash+base64")->required();
  verify->add_option("--saved-checkpoint", arguments->saved_note,
                     "A checkpoint that you kept from before");
  verify->callback([&line, arguments] {
    line.action = [arguments] { return audit_verify_command(*arguments, std::cout, std::cerr); };
  });
  CLI::App* const check = audit->add_subcommand("check-proof", "Check the proof of one record");
  const auto proof = std::make_shared<AuditCheckProofArguments>();
  check->add_option("FILE", proof->file, "What audit prove wrote")->required();
  check->add_option("--key", proof->key, "Public key: name+hash+base64")->required();
  check->callback([&line, proof] {
    line.action = [proof] { return audit_check_proof_command(*proof, std::cout, std::cerr); };
  });
}

}  // namespace

void add_local_verbs(CommandLine& line) {
  add_check(line);
  add_plan(line);
  add_diff(line);
  add_schema(line);
  CLI::App* const audit = add_verb(line, "audit", "The audit log: export, verify, prove",
                                   {"sideband audit export /tmp/audit",
                                    "sideband audit verify /tmp/audit --key \"$(cat KEYFILE)\"",
                                    "sideband audit prove 0 > proof",
                                    "sideband audit check-proof proof --key \"$(cat KEYFILE)\""});
  audit->require_subcommand(1);
  add_audit_verify(line, audit);
}

}  // namespace sideband
