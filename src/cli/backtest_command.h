// `sideband backtest --series`: a detector over a series that was recorded.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace sideband::cli {

struct BacktestArguments {
  std::string series;            // a file; "-": standard input
  std::string detector;          // empty: the first of detector_kinds()
  std::vector<std::string> set;  // "name=value"
  bool explain = false;          // each detection with its why
  bool quiet = false;            // no summary
  bool progress = false;         // show it on `err`
};

// Prints each detection, where the detector begins to fire, as a line of JSON. kOk: none; kDrift:
// some; kUsage: arguments or a file that are wrong. Blocks.
int backtest_command(const BacktestArguments& arguments, std::ostream& out, std::ostream& err);

// The detectors with their settings, for help.
std::string detector_help();

}  // namespace sideband::cli
