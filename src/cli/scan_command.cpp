#include "cli/scan_command.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ostream>
#include <sstream>

#include "base/units.h"
#include "checkup/runner.h"
#include "cli/exit_codes.h"
#include "cli/printable.h"
#include "cli/scan_view.h"

namespace sideband::cli {
namespace {

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

Result<std::vector<scan::Probe>> chosen(const std::string& only) {
  const auto& all = scan::all_probes();
  if (only.empty()) return all;
  std::vector<scan::Probe> probes;
  std::vector<std::string> names;
  for (const scan::Probe& probe : all) names.emplace_back(probe.kind);
  const auto wanted = split(only);
  for (const std::string& name : wanted) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return Error::invalid(
          fmt::format("there is no kind \"{}\"; there are: {}", name, fmt::join(names, ", ")));
    }
  }
  for (const scan::Probe& probe : all) {
    if (std::find(wanted.begin(), wanted.end(), probe.kind) != wanted.end()) {
      probes.push_back(probe);
    }
  }
  return probes;
}

Result<scan::ScanOptions> options_of(const ScanArguments& arguments) {
  scan::ScanOptions options;
  options.root = arguments.root;
  const auto within = parse_duration(arguments.within);
  if (!within.ok()) return within.error().in("--within");
  const auto timeout = parse_duration(arguments.timeout);
  if (!timeout.ok()) return timeout.error().in("--timeout");
  if (timeout->count() <= 0) return Error::invalid("--timeout: no time to look");
  options.within = *within;
  options.timeout = *timeout;
  return options;
}

// One line that is written over and wiped at the end.
scan::Progress progress_on(std::ostream& err) {
  return [&err](const std::vector<std::string>& looking) {
    wipe_line(err);
    if (!looking.empty()) err << fmt::format("still looking: {}", fmt::join(looking, ", "));
    err << std::flush;
  };
}

int exit_code(const std::vector<scan::ProbeReport>& reports) {
  std::int64_t looked = 0;
  for (const scan::ProbeReport& report : reports) {
    if (!report.findings.empty()) return kDrift;
    looked += report.looked_at;
  }
  return looked == 0 ? kUnreachable : kOk;
}

int usage(const Error& error, std::ostream& err) {
  err << "sideband scan: " << error.message << "\n";
  return kUsage;
}

}  // namespace

std::string scan_kinds() {
  std::string text;
  for (const scan::Probe& probe : scan::all_probes()) {
    text += fmt::format("  {:<12} {}\n", probe.kind, probe.looks_at);
  }
  return text;
}

int scan_command(const ScanArguments& arguments, const Clock& clock, std::ostream& out,
                 std::ostream& err) {
  const auto probes = chosen(arguments.only);
  if (!probes.ok()) return usage(probes.error(), err);
  const auto options = options_of(arguments);
  if (!options.ok()) return usage(options.error(), err);
  const auto progress = arguments.progress ? progress_on(err) : scan::Progress();
  const auto reports = scan::run_probes(*probes, *options, clock, progress);
  if (!reports.ok()) return usage(reports.error(), err);
  if (arguments.format == "json") {
    out << scan_json(*reports) << "\n";
  } else if (arguments.format == "name") {
    print_scan_names(out, *reports);
  } else {
    print_scan(out, *reports, arguments.color);
  }
  return exit_code(*reports);
}

}  // namespace sideband::cli
