// A detector watches one series: it is fed its points in order and says after each whether what it
// looks for is there.
//
// What holds of every kind:
// - An answer depends on the points so far and on nothing else: no later point, no clock, no
//   chance. The same points give the same answers.
// - Too few points are unknown, never clear.
// - A point that is older than the one before, has its time, or whose value is no finite number, is
//   counted and never fires by itself. The first two leave everything as it was; the third is a
//   point without a value.
// - The memory is bounded; each kind says by how much.
// - state() and restore() carry it over a restart, and the answers go on as if there had been none.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "detectors/absence.h"
#include "detectors/anomaly.h"
#include "detectors/finding.h"
#include "detectors/rate_of_change.h"
#include "detectors/settings.h"
#include "detectors/threshold.h"

namespace sideband::detectors {

// Points by what became of them.
struct PointCounts {
  std::int64_t used = 0;
  std::int64_t without_value = 0;
  std::int64_t not_finite = 0;
  std::int64_t out_of_order = 0;
  std::int64_t duplicate = 0;
  template <class Self, class Archive>
  static void each_member(Self& self, Archive& archive) {
    archive(self.used, self.without_value, self.not_finite, self.out_of_order, self.duplicate);
  }
};

// A value: copies are independent of each other. Used by one thread at a time; never blocks.
class Detector {
 public:
  // Of a kind of detector_kinds(). kInvalid: no such kind, or settings that it cannot have; says
  // what is there.
  static Result<Detector> make(const std::string& kind,
                               const std::map<std::string, std::string>& settings);

  Finding observe(const Point& point);
  [[nodiscard]] const PointCounts& counts() const { return counts_; }
  [[nodiscard]] std::string_view kind() const { return kind_; }

  // One line of at most 16 KiB, in a form of its own with a version and a checksum.
  [[nodiscard]] std::string state() const;
  // Goes on from a state of the same kind with the same settings. Nothing is changed on an error:
  // kConflict: another kind, other settings or another version, so begin anew; kCorrupt: damaged.
  Result<void> restore(std::string_view state);

 private:
  friend struct KindRow;
  using Machine = std::variant<Threshold, RateOfChange, Absence, Anomaly>;

  Detector(std::string_view kind, std::string settings, Machine machine)
      : kind_(kind), settings_(std::move(settings)), machine_(std::move(machine)) {}
  [[nodiscard]] std::string head() const;
  Finding judge(const Point& point);

  std::string_view kind_;  // of a literal
  std::string settings_;
  Machine machine_;
  PointCounts counts_;
  std::optional<WallTime> newest_;
  Finding last_;
};

// What can be made, for help and messages.
struct DetectorKind {
  const char* name;
  const char* doc;
  const SettingTable* settings;
};
// The first is the one that is meant where none is named.
const std::vector<DetectorKind>& detector_kinds();

}  // namespace sideband::detectors
