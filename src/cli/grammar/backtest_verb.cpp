// The verb `backtest`: needs neither configuration nor a daemon.
#include <unistd.h>

#include <iostream>

#include "cli/backtest_command.h"
#include "cli/grammar/verbs.h"

namespace sideband::cli {

void add_backtest_verb(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "backtest", "Run a detector over a recorded series",
               {"sideband backtest --series examples/requests.csv",
                "sideband backtest --series examples/requests.csv --explain",
                "sideband backtest --series examples/requests.csv --detector threshold "
                "--set below=250 --set clear=270 --set for=1h"});
  verb->footer(
      verb->get_footer() +
      "\nFILE has the columns timestamp and value, named in its first line; others are left\n"
      "out. Each time the detector begins to fire is a line\n"
      "{\"timestamp\":..., \"value\":..., \"score\":...}. No point after one has a say in it.\n"
      "docs/detectors.md says how to tune one. Detectors and their settings, the first by\n"
      "default:\n" +
      detector_help() +
      "Exit codes: 0 no detection, 1 some, 2 arguments or a file that are wrong.\n");
  const auto arguments = std::make_shared<BacktestArguments>();
  verb->add_option("--series", arguments->series, "The file; - for standard input")->required();
  verb->add_option("--detector", arguments->detector, "Which detector");
  verb->add_option("--set", arguments->set, "A setting of it, NAME=VALUE; repeatable")
      ->allow_extra_args(false);
  verb->add_flag("--explain", arguments->explain, "Say why with each detection");
  on_run(line, verb, [&line, arguments] {
    arguments->quiet = line.quiet;
    arguments->progress = !line.quiet && isatty(STDERR_FILENO) == 1;
    line.as_bytes();
    return backtest_command(*arguments, std::cout, std::cerr);
  });
}

}  // namespace sideband::cli
