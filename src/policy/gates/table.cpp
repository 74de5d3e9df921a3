#include <fmt/ranges.h>

#include <array>

#include "policy/gates/gate.h"
#include "policy/gates/specs.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {

const std::array<GateSpec, kGateCount>& table() {
  static const std::array<GateSpec, kGateCount> kTable = {pause_gate(),
                                                          silence_gate(),
                                                          audit_gate(),
                                                          suspend_gate(),
                                                          configuration_gate(),
                                                          source_gate(),
                                                          allow_empty_gate(),
                                                          max_age_gate(),
                                                          declined_gate(),
                                                          mode_gate(),
                                                          calendar_gate(),
                                                          circuit_breaker_gate(),
                                                          max_changes_gate(),
                                                          site_changes_gate(),
                                                          max_deletes_gate(),
                                                          rule_gate(),
                                                          approval_gate(),
                                                          concurrency_gate(),
                                                          site_concurrency_gate(),
                                                          lock_gate(),
                                                          startable_by_gate(),
                                                          review_by_gate(),
                                                          on_failure_gate(),
                                                          pause_when_gate(),
                                                          policy_gate(),
                                                          corroboration_gate()};
  return kTable;
}

Reason with_release(const GateSpec& gate, Reason reason, const Facts& facts) {
  const bool may = gate.released_by == ReleasedBy::kSecondPerson && facts.released.has(gate.id);
  if (!may || reason.passes != Truth::kFalse) return reason;
  reason.passes = Truth::kTrue;
  return reason.with(Evidence::of("releasedBy", facts.requester));
}

}  // namespace

std::span<const GateSpec> all_gates() {
  return table();
}

const GateSpec& gate_spec(GateId gate) {
  return table().at(static_cast<std::size_t>(gate));
}

std::vector<Reason> ask_gates(const Facts& facts) {
  std::vector<Reason> reasons;
  for (const GateSpec& gate : table()) {
    if (!gate.phases.has(facts.phase)) continue;
    reasons.push_back(with_release(gate, gate.evaluate(facts), facts));
  }
  return reasons;
}

const Reason* first_refusal(const std::vector<Reason>& reasons) {
  for (const Reason& reason : reasons) {
    if (!reason.passed()) return &reason;
  }
  return nullptr;
}

std::string saw_text(const Reason& reason) {
  if (const Evidence* sentence = reason.find("saw")) return sentence->text;
  if (const Evidence* why = reason.find("unknown")) return why->text;
  std::string text = gate_spec(reason.gate).saw(reason);
  if (reason.find("releasedBy") != nullptr) {
    text += "; released for this repair by " + reason.text("releasedBy") + ", with a second person";
  }
  return text;
}

std::string opens_text(const Reason& reason) {
  if (const Evidence* sentence = reason.find("until")) return sentence->text;
  if (reason.passed()) return {};
  return gate_spec(reason.gate).opens(reason);
}

std::string refusal_text(const Reason& reason) {
  return std::string(gate_name(reason.gate)) + ": " + saw_text(reason);
}

std::string refusals_text(const std::vector<Reason>& reasons) {
  std::string out;
  for (const Reason& reason : reasons) {
    if (reason.passed()) continue;
    out += (out.empty() ? "" : "; ") + refusal_text(reason);
    const std::string opens = opens_text(reason);
    if (!opens.empty()) out += " (opens by: " + opens + ")";
  }
  return out;
}

bool takes_back(const Reason& reason) {
  return reason.gate == GateId::kPauseWhen && reason.passes == Truth::kFalse &&
         reason.text("then") == pause_action_name(PauseAction::kAbort);
}

std::vector<std::string> releasable_gates() {
  std::vector<std::string> names;
  for (const GateSpec& gate : table()) {
    if (gate.released_by != ReleasedBy::kNobody) names.emplace_back(gate_name(gate.id));
  }
  return names;
}

Result<GateSet> read_release(const std::vector<std::string>& names) {
  GateSet set;
  for (const std::string& name : names) {
    const auto gate = gate_from_name(name);
    if (!gate.ok() || gate_spec(*gate).released_by == ReleasedBy::kNobody) {
      return Error::invalid("gate \"" + name + "\" can be released by nobody; these can, with a " +
                            fmt::format("second person: {}", fmt::join(releasable_gates(), ", ")));
    }
    set.add(*gate);
  }
  return set;
}

Reason reason_of(GateId gate, bool passes) {
  return {gate, passes ? Truth::kTrue : Truth::kFalse, {}};
}

Reason unknown_reason(GateId gate, const std::string& why) {
  return Reason{gate, Truth::kUnknown, {}}.with(Evidence::of("unknown", why));
}

}  // namespace sideband
