#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_max_age {

// A plan that is asked for later must have been found again by a scan of late: so that a side which
// cannot be looked at any more is not repaired by what it was.
Duration limit_of(const Facts& facts) {
  const Duration limit = facts.settings.detect.max_age;
  if (facts.phase != Phase::kApply || !facts.plan.whole) return limit;
  return std::max(limit, 2 * std::max(facts.settings.interval, facts.settings.detect.full_every));
}

// A long scan is not stale by itself: each change is read again just before it is made. A clock
// that went back makes an age that nobody knows.
Reason evaluate(const Facts& facts) {
  if (!facts.plan.observed_at.known()) {
    return unknown_reason(GateId::kMaxAge, facts.plan.observed_at.why());
  }
  const Duration age = facts.now - *facts.plan.observed_at;
  const Duration limit = limit_of(facts);
  const bool fresh_scan = facts.plan.whole && facts.phase == Phase::kDecide;
  if (age < Duration(0) && !fresh_scan) {
    return unknown_reason(GateId::kMaxAge, "the clock went back since it was observed");
  }
  Reason reason = reason_of(GateId::kMaxAge, age <= limit || fresh_scan);
  reason.with(Evidence::duration("age", age)).with(Evidence::duration("limit", limit));
  if (age > limit && fresh_scan) reason.with(Evidence::of("scan", "whole"));
  return reason;
}

std::string saw(const Reason& reason) {
  return fmt::format(
      "observed {} ago, limit {}{}", format_duration(Duration(reason.number("age"))),
      format_duration(Duration(reason.number("limit"))),
      reason.find("scan") != nullptr ? "; a whole scan, re-read before each change" : "");
}

std::string opens(const Reason& /*reason*/) {
  return "the next scan";
}

}  // namespace of_max_age
}  // namespace

GateSpec max_age_gate() {
  return {GateId::kMaxAge,
          {Phase::kDecide, Phase::kApply},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Is what the plan rests on recent enough?",
          of_max_age::evaluate,
          of_max_age::saw,
          of_max_age::opens};
}

}  // namespace sideband
