// The verb `test`: needs a configuration and no daemon.
#include <iostream>

#include "base/log.h"
#include "cli/grammar/verbs.h"
#include "cli/test_command.h"

namespace sideband::cli {

void add_test_verb(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "test", "Test decisions like code; exit 0, 1, 2",
               {"sideband test examples/tests", "sideband test examples/tests --run held",
                "sideband -o json test examples/tests/fleet.yaml"});
  verb->footer(verb->get_footer() +
               "\nA test says what drifts, what signals, policies and people say, and what is to\n"
               "come of it; docs/testing-rules.md has the form. It runs in this process on a\n"
               "clock of its own, over items that it makes up: no target, daemon or state is\n"
               "touched. Exit codes: 0 all passed; 1 one failed; 2 a file is wrong.\n");
  const auto arguments = std::make_shared<TestArguments>();
  verb->add_option("PATH", arguments->paths, "Files of tests, or folders of them")->required();
  verb->add_option("--run", arguments->only, "Only tests whose name has this in it");
  on_run(line, verb, [&line, arguments] {
    arguments->json = line.format == "json";
    configure_log(LogLevel::kNone, LogFormat::kLogfmt);  // what a daemon would log is no outcome
    return test_command(*arguments, line.program.driver_fields(), std::cout, std::cerr);
  });
}

}  // namespace sideband::cli
