// `simulate`: runs seeds of the simulation, says what was found, and ends with 1 when a property
// was broken.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "base/log.h"
#include "simulation/campaign.h"
#include "support/temp_dir.h"

namespace sideband::sim {
namespace {

struct Arguments {
  Campaign campaign;
  std::uint64_t replay = 0;
  std::string summary;
  std::string known;    // file of seeds whose violation is known
  std::string finders;  // file of seeds that found planted bugs
  bool planted = false;
};

Bug bug_of(const std::string& name) {
  for (std::size_t i = 0; i < kBugs; ++i) {
    if (bug_name(static_cast<Bug>(i)) == name) return static_cast<Bug>(i);
  }
  throw CLI::ValidationError("--bug", "no bug is called " + name);
}

int replay(const Arguments& arguments) {
  const WorldResult result = run_seed(arguments.replay, arguments.campaign, true);
  std::cout << json_line(arguments.replay, result) << "\n";
  return result.violation.empty() ? 0 : 1;
}

// Lines of "BUG SEED"; others are comments.
std::map<std::string, std::uint64_t> finders(const std::string& path) {
  std::map<std::string, std::uint64_t> seeds;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string bug;
    std::uint64_t seed = 0;
    if (words >> bug >> seed) seeds[bug] = seed;
  }
  return seeds;
}

// A violation of the property that the campaign's bug breaks, or the end of the report.
auto finding(const Report& report, const Campaign& campaign) {
  return std::find_if(
      report.violations.begin(), report.violations.end(),
      [&](const auto& violation) { return is_of(violation.second, campaign.stop_at); });
}

// Whether the bug is found by this seed (0 = none is known), or else by any of the campaign.
bool is_found(Campaign campaign, std::uint64_t finder) {
  const TempDir dir;
  campaign.lines = dir.path("lines");
  if (finder != 0) {
    Campaign known = campaign;
    known.from = finder;
    known.seeds = 1;
    known.jobs = 1;
    known.lines = dir.path("known");
    const Report report = run_campaign(known);
    const auto found = finding(report, known);
    if (found != report.violations.end()) {
      std::cout << "found by seed " << finder << " as before, " << found->second << std::endl;
      return true;
    }
  }
  const Report report = run_campaign(campaign);
  const auto found = finding(report, campaign);
  const bool there = found != report.violations.end();
  std::cout << (there ? "found" : "MISSED") << " in " << report.seeds << " seeds";
  if (there) std::cout << ", by seed " << found->first << ", " << found->second;
  std::cout << std::endl;
  return there;
}

// Every planted bug has to be found by some seed, as a violation of the property that it breaks:
// checkers that see nothing prove nothing.
int find_planted(const Arguments& arguments) {
  const auto seeds = finders(arguments.finders);
  int missed = 0;
  int planted = 0;
  for (std::size_t i = 1; i < kBugs; ++i) {
    const Bug wanted = arguments.campaign.bug;  // only that, where one is named
    if (wanted != Bug::kNone && wanted != static_cast<Bug>(i)) continue;
    ++planted;
    Campaign campaign = arguments.campaign;
    campaign.bug = static_cast<Bug>(i);
    campaign.stop_at = bug_property(campaign.bug);
    const std::string name(bug_name(campaign.bug));
    std::cout << name << " (" << campaign.stop_at << "): " << std::flush;
    missed += is_found(campaign, seeds.contains(name) ? seeds.at(name) : 0) ? 0 : 1;
  }
  std::cout << planted << " planted bugs, " << missed << " missed\n";
  return missed == 0 ? 0 : 1;
}

// Lines of "SEED PROPERTY"; others are comments.
std::map<std::uint64_t, std::string> known_violations(const std::string& path) {
  std::map<std::uint64_t, std::string> known;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::uint64_t seed = 0;
    std::string property;
    if (words >> seed >> property) known[seed] = property;
  }
  return known;
}

// How many violations are not in the list.
std::size_t fresh_violations(const Report& report, const std::string& path) {
  const auto known = known_violations(path);
  std::size_t fresh = 0;
  for (const auto& [seed, what] : report.violations) {
    const auto listed = known.find(seed);
    fresh += listed != known.end() && is_of(what, listed->second) ? 0 : 1;
  }
  std::cout << fresh << " violations that are not in " << (path.empty() ? "a list" : path) << "\n";
  return fresh;
}

// Says what never struck, on the error stream too: the quick form shows only the last lines.
bool covered(const Report& report) {
  if (report.seeds < kCoveredFrom) return true;
  const std::vector<std::string> missed = report.coverage.missed();
  for (const std::string& name : missed) {
    std::cerr << name << " never struck in " << report.seeds << " worlds\n";
  }
  return missed.empty();
}

int run(const Arguments& arguments) {
  if (arguments.replay != 0) return replay(arguments);
  if (arguments.planted) return find_planted(arguments);
  const Report report = run_campaign(arguments.campaign);
  std::cout << report.text();
  if (!arguments.summary.empty()) std::ofstream(arguments.summary) << report.json() << "\n";
  const bool good = fresh_violations(report, arguments.known) == 0;
  return covered(report) && good ? 0 : 1;
}

}  // namespace
}  // namespace sideband::sim

int main(int argc, char** argv) {
  using namespace sideband::sim;
  Arguments arguments;
  std::string bug = "none";
  int minutes = 60;
  CLI::App app("Runs the real engine in simulated worlds and looks for broken promises.");
  app.add_option("--seeds", arguments.campaign.seeds, "how many worlds")->capture_default_str();
  app.add_option("--from", arguments.campaign.from, "the first seed")->capture_default_str();
  app.add_option("--jobs", arguments.campaign.jobs, "processes")->capture_default_str();
  app.add_option("--minutes", minutes, "virtual minutes with faults")->capture_default_str();
  app.add_option("--lines", arguments.campaign.lines, "file with one line a seed; goes on with it");
  app.add_option("--summary", arguments.summary, "file for the figures, as JSON");
  app.add_option("--known", arguments.known, "file of seeds whose violation is known");
  app.add_option("--finders", arguments.finders,
                 "file of seeds that found planted bugs, to be tried first");
  app.add_option("--replay", arguments.replay, "print all that happens in one seed");
  app.add_option("--bug", bug, "plant this bug")->capture_default_str();
  app.add_flag("--planted", arguments.planted,
               "plant each bug, or the one of --bug; each must be found");
  try {
    app.parse(argc, argv);
    arguments.campaign.bug = bug_of(bug);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  }
  // Worlds are full of errors by design; what matters is in the checks.
  sideband::configure_log(sideband::LogLevel::kNone, sideband::LogFormat::kLogfmt);
  arguments.campaign.faulty = std::chrono::minutes(minutes);
  const sideband::TempDir dir;
  if (arguments.campaign.lines.empty()) arguments.campaign.lines = dir.path("lines");
  return run(arguments);
}
