// The verb `scan`: needs neither configuration nor a daemon.
#include <unistd.h>

#include <iostream>

#include "cli/grammar/verbs.h"
#include "cli/scan_command.h"

namespace sideband::cli {

void add_scan_verb(CommandLine& line) {
  CLI::App* const verb =
      add_verb(line, "scan", "Look at this machine for drift; exit 0 none, 1 some, 7 nothing seen",
               {"sideband scan", "sideband scan --only certificate,sysctl --within 60d",
                "sideband -o json scan --timeout 5s"});
  verb->footer(verb->get_footer() +
               "\nReads only, needs no configuration, sends nothing off this machine.\n"
               "What it may not or cannot look at is named. Kinds:\n" +
               scan_kinds());
  const auto arguments = std::make_shared<ScanArguments>();
  verb->add_option("--only", arguments->only, "Only these kinds, with commas between them");
  verb->add_option("--within", arguments->within, "Certificates: how soon is near")
      ->capture_default_str();
  verb->add_option("--timeout", arguments->timeout, "Time of each look; all look side by side")
      ->capture_default_str();
  verb->add_option("--root", arguments->root, "Look at the files of this tree instead")
      ->capture_default_str();
  on_run(line, verb, [&line, arguments] {
    const SystemClock clock;
    arguments->format = line.format;
    arguments->color = line.color(STDOUT_FILENO);
    arguments->progress = !line.quiet && line.color(STDERR_FILENO);
    return scan_command(*arguments, clock, std::cout, std::cerr);
  });
}

}  // namespace sideband::cli
