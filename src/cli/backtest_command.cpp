#include "cli/backtest_command.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>

#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "detectors/series_reader.h"
#include "detectors/watched_detector.h"

namespace sideband::cli {
namespace {

using detectors::Detector;
using detectors::Finding;
using detectors::State;
using detectors::WatchedDetector;

constexpr std::int64_t kShowEvery = 100'000;  // points
// Holes of a file say nothing of how it will be read, and an event may be long.
constexpr detectors::HealthLimits kNoise = {.stale_after = Duration(0), .most_firing_share = 1};

struct Tally {
  std::int64_t points = 0;
  std::int64_t detections = 0;
  bool known = false;    // some answer was not unknown
  std::string noisy_at;  // the timestamp at which its noise budget was used up first
};

Result<Detector> chosen_detector(const BacktestArguments& arguments) {
  std::map<std::string, std::string> settings;
  for (const std::string& each : arguments.set) {
    const std::size_t equals = each.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error::invalid(fmt::format("--set {}: write it as NAME=VALUE", each));
    }
    settings[each.substr(0, equals)] = each.substr(equals + 1);
  }
  const std::string kind =
      arguments.detector.empty() ? detectors::detector_kinds().front().name : arguments.detector;
  return Detector::make(kind, settings);
}

// The value as JSON; null where the point has none.
std::string value_json(const detectors::Point& point) {
  return point.value ? fmt::format("{}", *point.value) : "null";
}

void print_detection(const detectors::SeriesRow& row, const Finding& found, bool explain,
                     std::ostream& out) {
  out << fmt::format("{{\"timestamp\":{},\"value\":{},\"score\":{:.4g}", json_string(row.timestamp),
                     value_json(row.point), found.score);
  if (explain) out << ",\"why\":" << json_string(detectors::why_text(found.why));
  out << "}\n";
}

Result<Tally> run_series(const BacktestArguments& arguments, std::istream& in,
                         WatchedDetector& detector, std::ostream& out, std::ostream& err) {
  detectors::SeriesReader reader(in);
  detectors::SeriesRow row;
  Tally tally;
  bool firing = false;
  while (true) {
    SB_ASSIGN(const bool there, reader.next(row));
    if (!there) break;
    detector.observe(row.point);
    const Finding& found = detector.own_answer();
    if (detector.paused() && tally.noisy_at.empty()) tally.noisy_at = row.timestamp;
    if (++tally.points % kShowEvery == 0 && arguments.progress) {
      err << fmt::format("\r{} points, {} detections", tally.points, tally.detections)
          << std::flush;
    }
    if (found.state == State::kUnknown) continue;
    tally.known = true;
    if (found.state == State::kFiring && !firing) {
      ++tally.detections;
      print_detection(row, found, arguments.explain, out);
    }
    firing = found.state == State::kFiring;
  }
  if (arguments.progress && tally.points >= kShowEvery) err << "\r\033[K";
  return tally;
}

// "1000 points; detections by anomaly: 2; 3 without a value".
std::string summary(const Tally& tally, const WatchedDetector& watched) {
  const Detector& detector = watched.detector();
  const detectors::PointCounts& counts = detector.counts();
  std::string text = fmt::format("{} points; detections by {}: {}", tally.points, detector.kind(),
                                 tally.detections);
  const auto add = [&text](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format("; {} {}", count, what);
  };
  add(counts.without_value, "without a value");
  add(counts.not_finite, "infinite");
  add(counts.out_of_order, "older than the one before, left out");
  add(counts.duplicate, "with the time of the one before, left out");
  if (!tally.noisy_at.empty()) {
    text += fmt::format("; noisy from {} on: more than {} detections a day", tally.noisy_at,
                        kNoise.most_fires);
  }
  if (!tally.known) {
    text += "; the detector never knew (" + detectors::why_text(watched.own_answer().why) + ")";
  }
  return text;
}

// A series from the newest to the oldest would be left out but for its first point.
Result<void> check_order(const detectors::PointCounts& counts) {
  const std::int64_t left_out = counts.out_of_order + counts.duplicate;
  if (left_out <= counts.used + counts.without_value + counts.not_finite) return {};
  return Error::invalid(
      fmt::format("{} points are no newer than one before, which is most of them: "
                  "sort the rows by their time, each time once",
                  left_out));
}

Result<Tally> run_named(const BacktestArguments& arguments, WatchedDetector& detector,
                        std::ostream& out, std::ostream& err) {
  const std::string name = arguments.series == "-" ? "standard input" : arguments.series;
  std::ifstream file;
  if (arguments.series != "-") {
    file.open(arguments.series, std::ios::binary);
    // A folder can be opened, and its first byte cannot be read.
    if (!file || (file.peek() == std::ifstream::traits_type::eof() && file.bad())) {
      return Error::invalid(name +
                            ": cannot be read; name a file that is there, or - for "
                            "standard input");
    }
  }
  std::istream& in = arguments.series == "-" ? std::cin : file;
  auto tally = run_series(arguments, in, detector, out, err);
  if (!tally.ok()) return tally.error().in(name);
  if (tally->points == 0) {
    return Error::invalid(name + ": there is no point below the first line, so nothing was tested");
  }
  const auto order = check_order(detector.detector().counts());
  if (!order.ok()) return order.error().in(name);
  return tally;
}

}  // namespace

int backtest_command(const BacktestArguments& arguments, std::ostream& out, std::ostream& err) {
  const auto wrong = [&err](const Error& error) {
    err << "sideband backtest: " << error.message << "\n";
    return kUsage;
  };
  auto detector = chosen_detector(arguments);
  if (!detector.ok()) return wrong(detector.error());
  WatchedDetector watched(*detector, kNoise);
  const auto tally = run_named(arguments, watched, out, err);
  out << std::flush;
  if (!tally.ok()) return wrong(tally.error());
  if (!arguments.quiet) err << "sideband backtest: " << summary(*tally, watched) << "\n";
  return tally->detections > 0 ? kDrift : kOk;
}

std::string detector_help() {
  std::string text;
  for (const detectors::DetectorKind& kind : detectors::detector_kinds()) {
    text += fmt::format("  {:10} {}\n", kind.name, kind.doc);
    for (const detectors::SettingRow& row : *kind.settings) {
      const std::string fallback =
          *row.fallback == '\0' ? std::string() : fmt::format(" [{}]", row.fallback);
      text += fmt::format("    {:13} {}{}\n", row.name, row.doc, fallback);
    }
  }
  return text;
}

}  // namespace sideband::cli
