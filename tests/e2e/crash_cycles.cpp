// `e2e_crash_cycles`: kills the built binary at every named point and at random times, on both
// stores, lets it come back and checks the promises. Ends with 1 when one was broken, or when a
// point was never reached.
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <set>

#include "base/check.h"
#include "e2e/crash_report.h"
#include "support/temp_dir.h"

namespace sideband::e2e {
namespace {

struct Arguments {
  std::uint64_t cycles = 1000;
  std::uint64_t only = 0;
  std::uint64_t jobs = 1;
  int rounds = 0;
  std::string folder;
};

std::string lines_of(const Arguments& arguments) {
  return arguments.folder + "/cycles.jsonl";
}
std::string failed_of(const Arguments& arguments) {
  return arguments.folder + "/failed";
}

// Whole lines of `file`, added to `report`; the cycles that they tell of.
std::set<std::uint64_t> read_lines(const std::string& file, CrashReport& report) {
  std::set<std::uint64_t> known;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) known.insert(report.add(line));
  return known;
}

void show(const CrashSpec& spec, const CrashResult& result, std::uint64_t cycles) {
  if (!result.violation.empty()) {
    std::cerr << "VIOLATION in " << spec.text() << ":\n" << result.violation;
  } else if (isatty(STDERR_FILENO) != 0 || spec.number % 50 == 0) {
    std::cerr << "crash cycles: " << spec.number << " of " << cycles << std::endl;
  }
}

// The cycles of one process of several; one write a line, so that lines of several do not mix.
void work(const Arguments& arguments, std::uint64_t job, const std::set<std::uint64_t>& known) {
  std::ofstream lines(lines_of(arguments), std::ios::app);
  for (std::uint64_t number = 1 + job; number <= arguments.cycles; number += arguments.jobs) {
    if (known.contains(number)) continue;
    const CrashSpec spec = crash_spec(number);
    const CrashResult result = run_crash(spec, failed_of(arguments));
    lines << json_line(spec, result) + "\n" << std::flush;
    show(spec, result, arguments.cycles);
  }
}

// Says how many processes of the campaign did not come to their end.
int run_all(const Arguments& arguments) {
  CrashReport before;
  const std::set<std::uint64_t> known = read_lines(lines_of(arguments), before);
  for (std::uint64_t job = 0; job < arguments.jobs; ++job) {
    const pid_t child = fork();
    SB_CHECK(child >= 0);
    if (child != 0) continue;
    work(arguments, job, known);
    std::exit(0);  // and not _exit: a PostgreSQL server of its own has to be ended
  }
  int crashed = 0;
  for (int status = 0; wait(&status) > 0;) crashed += status == 0 ? 0 : 1;
  return crashed;
}

int campaign(const Arguments& arguments) {
  std::filesystem::create_directories(arguments.folder);
  const int crashed = run_all(arguments);
  CrashReport report;
  read_lines(lines_of(arguments), report);
  std::ofstream(arguments.folder + "/summary.json") << report.json() << "\n";
  std::cout << report.text();
  if (crashed > 0) std::cout << crashed << " processes of the campaign crashed\n";
  if (report.problems() + static_cast<std::size_t>(crashed) == 0) return 0;
  std::cout << "one cycle again: tools/crash.sh --only NUMBER; what is left of its world: "
            << failed_of(arguments) << "/\n";
  return 1;
}

int one(const Arguments& arguments) {
  const CrashSpec spec = crash_spec(arguments.only);
  const CrashResult result = run_crash(spec, failed_of(arguments));
  std::cout << spec.text() << ": "
            << (result.skipped             ? "skipped\n"
                : result.violation.empty() ? "no violation\n"
                                           : "\n" + result.violation);
  return result.violation.empty() ? 0 : 1;
}

}  // namespace
}  // namespace sideband::e2e

int main(int argc, char** argv) {
  using namespace sideband::e2e;
  Arguments arguments;
  CLI::App app("Kills the built binary, lets it come back, and looks for broken promises.");
  app.add_option("--cycles", arguments.cycles, "how many kills")->capture_default_str();
  app.add_option("--rounds", arguments.rounds, "so many kills at each point on each store instead");
  app.add_option("--only", arguments.only, "this cycle alone");
  app.add_option("--jobs", arguments.jobs, "processes")->capture_default_str();
  app.add_option("--folder", arguments.folder,
                 "for lines, summary and worlds that failed; goes on with what is there");
  CLI11_PARSE(app, argc, argv);
  if (arguments.rounds > 0) arguments.cycles = cycles_of_rounds(arguments.rounds);
  const sideband::TempDir dir;
  if (arguments.folder.empty()) arguments.folder = dir.path();
  return arguments.only > 0 ? one(arguments) : campaign(arguments);
}
