#include <fmt/format.h>

#include "base/units.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_audit {

// What is done while nothing is signed could be left out of the log later, and nobody could tell.
Reason evaluate(const Facts& facts) {
  return ask_signed(facts.unsigned_for);
}

std::string saw(const Reason& reason) {
  if (reason.passed()) return "the audit log is signed";
  return fmt::format("records of the audit log have been without a signature for {}, limit {}",
                     format_duration(Duration(reason.number("unsigned"))),
                     format_duration(Duration(reason.number("limit"))));
}

std::string opens(const Reason& /*reason*/) {
  return "the next signature; /readyz and the log say what is in its way";
}

}  // namespace of_audit
}  // namespace

Reason ask_signed(const Fact<Duration>& unsigned_for) {
  if (!unsigned_for.known()) return unknown_reason(GateId::kAudit, unsigned_for.why());
  Reason reason = reason_of(GateId::kAudit, *unsigned_for <= kMaxUnsigned);
  if (reason.passed()) return reason;
  reason.with(Evidence::duration("unsigned", *unsigned_for));
  return reason.with(Evidence::duration("limit", kMaxUnsigned));
}

GateSpec audit_gate() {
  return {GateId::kAudit,
          {Phase::kDecide, Phase::kApply, Phase::kClaim, Phase::kStep},
          ReleasedBy::kNobody,
          OnRefusal::kWait,
          "Is what is written into the audit log being signed?",
          of_audit::evaluate,
          of_audit::saw,
          of_audit::opens};
}

}  // namespace sideband
