#include "cli/test_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <ostream>

#include "base/jcs.h"
#include "base/units.h"
#include "cli/exit_codes.h"
#include "rehearsal/rehearsal.h"
#include "rehearsal/test_file.h"

namespace sideband::cli {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

// The files behind a path that a person gave; those of a folder itself in lexical order.
std::vector<std::string> files_of(const std::string& path) {
  std::error_code failed;
  if (!fs::is_directory(path, failed)) return {path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, failed)) {
    if (entry.is_regular_file(failed) && is_yaml(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// False when a file cannot be read or is wrong, which was said.
bool load_all(const TestArguments& arguments, const std::vector<config::DriverFields>& drivers,
              std::vector<sim::LoadedTest>& tests, std::ostream& err) {
  bool well = true;
  for (const std::string& path : arguments.paths) {
    const auto files = files_of(path);
    if (files.empty()) err << "error: no *.yaml is in " << path << '\n';
    well = well && !files.empty();
    for (const std::string& file : files) {
      auto loaded = sim::load_test_file(file, drivers);
      err << (loaded.ok() ? loaded->messages : "error: " + loaded.error().message + "\n");
      well = well && loaded.ok() && loaded->ok;
      if (!loaded.ok()) continue;
      if (loaded->none) err << file << ": no test is here; one begins with kind: Test\n";
      // What lies beside tests in a folder may be the configuration that they are about.
      well = well && !(loaded->none && files.size() == 1);
      for (sim::LoadedTest& one : loaded->tests) tests.push_back(std::move(one));
    }
  }
  return well;
}

std::string as_json(const sim::TestCase& test, const sim::TestOutcome& outcome) {
  return JsonObject()
      .add("name", test.name)
      .add("file", test.file)
      .add("passed", outcome.failures.empty())
      .add("checks", outcome.checks)
      .add_json("failures", json_strings(outcome.failures))
      .text();
}

std::string checks_text(std::int64_t count) {
  return fmt::format("{} check{}", count, count == 1 ? "" : "s");
}

void show(const sim::TestCase& test, const sim::TestOutcome& outcome, std::ostream& out) {
  const bool passed = outcome.failures.empty();
  out << fmt::format("{}  {}  {} in {}\n", passed ? "ok  " : "FAIL", test.name,
                     checks_text(outcome.checks), format_duration(outcome.simulated));
  for (const std::string& failure : outcome.failures) out << "      " << failure << '\n';
  out.flush();
}

}  // namespace

int test_command(const TestArguments& arguments, const std::vector<config::DriverFields>& drivers,
                 std::ostream& out, std::ostream& err) {
  std::vector<sim::LoadedTest> tests;
  if (!load_all(arguments, drivers, tests, err)) return kUsage;
  std::erase_if(tests, [&](const sim::LoadedTest& one) {
    return one.test.name.find(arguments.only) == std::string::npos;
  });
  if (tests.empty() && arguments.only.empty()) err << "error: there is no test\n";
  if (tests.empty() && arguments.only.empty()) return kUsage;
  if (tests.empty()) {
    err << "error: the name of no test has \"" << arguments.only << "\" in it\n";
    return kUsage;
  }
  std::vector<std::string> all;
  std::size_t failed = 0;
  for (const sim::LoadedTest& one : tests) {
    const sim::TestOutcome outcome = sim::Rehearsal(one.test, one.settings).run();
    failed += outcome.failures.empty() ? 0 : 1;
    if (arguments.json) all.push_back(as_json(one.test, outcome));
    if (!arguments.json) show(one.test, outcome, out);
  }
  const std::size_t passed = tests.size() - failed;
  if (arguments.json) {
    out << JsonObject()
               .add("passed", static_cast<std::int64_t>(passed))
               .add("failed", static_cast<std::int64_t>(failed))
               .add_json("tests", json_array(all))
               .text()
        << '\n';
  } else {
    out << fmt::format("{} passed, {} failed\n", passed, failed);
  }
  return failed == 0 ? kOk : kDrift;
}

}  // namespace sideband::cli
