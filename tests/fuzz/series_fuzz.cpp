// A file of a series, and what each detector makes of it; a state of a detector from anywhere.
#include <cstdint>
#include <sstream>

#include "detectors/detector.h"
#include "detectors/series_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sideband::detectors;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::vector<Detector> detectors = {
      *Detector::make("anomaly", {{"learn", "50"}}),
      *Detector::make("threshold", {{"above", "10"}, {"for", "5m"}}),
      *Detector::make("rate", {{"above", "1"}, {"counter", "true"}}),
      *Detector::make("absence", {{"within", "5m"}}),
  };
  for (Detector& detector : detectors) (void)detector.restore(text);
  std::istringstream in(text);
  SeriesReader reader(in);
  SeriesRow row;
  while (true) {
    const auto more = reader.next(row);
    if (!more.ok() || !*more) break;
    for (Detector& detector : detectors) {
      const Finding found = detector.observe(row.point);
      if (!(found.score >= 0 && found.score <= 1)) __builtin_trap();
    }
  }
  for (Detector& detector : detectors) {
    if (!detector.restore(detector.state()).ok()) __builtin_trap();
  }
  return 0;
}
