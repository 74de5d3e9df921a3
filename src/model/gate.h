// The gates that stand between a plan and production, by id: the one table of their names, which
// configuration, reasons, metrics, API, command line and docs use.
//
// What each gate looks at and says stands in policy/gates/, a file each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sideband {

// In the order in which they are asked and shown.
enum class GateId : std::uint8_t {
  kPause,
  kSilence,
  kAudit,
  kSuspend,
  kConfiguration,
  kSource,
  kAllowEmpty,
  kMaxAge,
  kDeclined,
  kMode,
  kCalendar,
  kCircuitBreaker,
  kMaxChanges,
  kSiteMaxChanges,
  kMaxDeletes,
  kRule,
  kApproval,
  kConcurrency,
  kSiteConcurrency,
  kLock,
  kStartableBy,  // of playbooks
  kReviewBy,     // of playbooks
  kOnFailure,    // of playbooks
  kPauseWhen,
  kPolicy,
  kCorroboration,
};
inline constexpr std::size_t kGateCount = 26;

// "maxChanges", "guardrails.maxChanges", ...
std::string_view gate_name(GateId gate);
// kInvalid with the names that there are, and a guess.
Result<GateId> gate_from_name(std::string_view name);

// A set of gates, as people release them for one repair. A value.
class GateSet {
 public:
  GateSet() = default;
  GateSet(std::initializer_list<GateId> gates) {
    for (const GateId gate : gates) add(gate);
  }
  void add(GateId gate) { bits_ |= bit(gate); }
  [[nodiscard]] bool has(GateId gate) const { return (bits_ & bit(gate)) != 0; }
  [[nodiscard]] bool empty() const { return bits_ == 0; }
  [[nodiscard]] std::vector<GateId> gates() const;
  // Names joined by commas, in the order of the table; parse reads that, and refuses other names.
  [[nodiscard]] std::string text() const;
  static Result<GateSet> parse(std::string_view text);
  bool operator==(const GateSet&) const = default;

 private:
  static std::uint32_t bit(GateId gate) { return std::uint32_t{1} << static_cast<unsigned>(gate); }
  std::uint32_t bits_ = 0;
};

}  // namespace sideband
