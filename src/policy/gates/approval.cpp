#include <fmt/format.h>

#include <algorithm>

#include "policy/decision_rules.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_approval {

// Why the risk of the plan asks for people; a risk that is not known asks for them, too.
std::string risk_cause(const Facts& facts) {
  const std::vector<Risk>& asked = facts.settings.gates.approval.risk;
  if (asked.empty()) return {};
  if (!facts.rules.risk) return "its rule of risks was not made ready";
  const Fact<Risk> risk = facts.rules.risk->risk_of(facts);
  if (!risk.known()) return "risk not known: " + risk.why();
  const bool asks = std::find(asked.begin(), asked.end(), *risk) != asked.end();
  return asks ? fmt::format("risk {}", risk_name(*risk)) : std::string();
}

// Why people must agree although every other gate passes; empty when they need not.
std::string why(const Facts& facts) {
  if (!facts.released.empty()) return "a gate was released for it: " + facts.released.text();
  if (facts.mode() == Mode::kAuto) return risk_cause(facts);
  return fmt::format("mode {}", mode_name(facts.mode()));
}

Reason evaluate(const Facts& facts) {
  const std::string cause = why(facts);
  if (cause.empty()) return reason_of(GateId::kApproval, true);
  const auto needed = std::max<std::int64_t>(1, facts.settings.gates.approval.reviewers);
  if (!facts.approval.given.known()) {
    return unknown_reason(GateId::kApproval, facts.approval.given.why());
  }
  return reason_of(GateId::kApproval, *facts.approval.given >= needed)
      .with(Evidence::of("why", cause))
      .with(Evidence::of("requester", facts.requester))
      .with(Evidence::count("needed", needed))
      .with(Evidence::count("given", *facts.approval.given));
}

std::string saw(const Reason& reason) {
  if (reason.find("why") == nullptr) return "nobody has to agree";
  return fmt::format("needs {} reviewer(s) other than {}, has {}: {}", reason.number("needed"),
                     reason.text("requester"), reason.number("given"), reason.text("why"));
}

std::string opens(const Reason& /*reason*/) {
  return "sideband approve";
}

}  // namespace of_approval
}  // namespace

GateSpec approval_gate() {
  return {GateId::kApproval,
          {Phase::kDecide, Phase::kApply, Phase::kClaim},
          ReleasedBy::kNobody,
          OnRefusal::kSupersede,
          "Did as many others agree as have to?",
          of_approval::evaluate,
          of_approval::saw,
          of_approval::opens};
}

}  // namespace sideband
