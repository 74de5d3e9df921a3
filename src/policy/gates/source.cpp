#include <fmt/format.h>

#include "base/units.h"
#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_source {

Reason suspect(const Facts& facts, std::int64_t desired) {
  return reason_of(GateId::kSource, false)
      .with(Evidence::count("desired", desired))
      .with(Evidence::count("baseline", facts.source.baseline))
      .with(Evidence::time("since", facts.source.since))
      .with(Evidence::of("reconciler", facts.reconciler));
}

// Deletions by key, of which a whole scan knows nothing yet: is it still there what it was?
Reason keyed_deletions(const Facts& facts) {
  const SourceState& source = facts.source;
  if (!source.error.empty()) {
    return unknown_reason(GateId::kSource, "the last whole scan failed: " + source.error);
  }
  if (source.condition == SourceCondition::kUnseen) {
    return unknown_reason(GateId::kSource, "no whole scan of the desired side ended well yet");
  }
  if (!facts.plan.desired.known()) {
    return unknown_reason(GateId::kSource, facts.plan.desired.why());
  }
  if (*facts.plan.desired * 2 < source.baseline) return suspect(facts, *facts.plan.desired);
  return reason_of(GateId::kSource, true).with(Evidence::count("desired", *facts.plan.desired));
}

Reason evaluate(const Facts& facts) {
  if (facts.plan.undo) return reason_of(GateId::kSource, true).with(Evidence::of("undo", "yes"));
  if (facts.source.condition == SourceCondition::kSuspect) {
    return suspect(facts, facts.source.desired);
  }
  const bool asks = facts.phase == Phase::kDecide && !facts.plan.whole && facts.plan.deletes > 0;
  if (asks) return keyed_deletions(facts);
  if (facts.phase != Phase::kStep && facts.plan.whole && !facts.plan.desired.known()) {
    return unknown_reason(GateId::kSource, facts.plan.desired.why());
  }
  return reason_of(GateId::kSource, true).with(Evidence::count("desired", facts.source.desired));
}

std::string saw(const Reason& reason) {
  if (reason.find("undo") != nullptr) return "an undo does not ask the desired side";
  const std::int64_t desired = reason.number("desired");
  if (reason.find("baseline") == nullptr) {
    return desired < 0 ? "some keys, nothing to delete" : fmt::format("{} desired items", desired);
  }
  return fmt::format("suspect source: {} desired items, it had {}", desired,
                     reason.number("baseline"));
}

std::string opens(const Reason& reason) {
  if (reason.passes == Truth::kUnknown) return "a whole scan that ends well";
  const std::string name = reason.text("reconciler");
  return fmt::format(
      "a whole scan that finds half of them again, or two people: sideband resume {} "
      "--accept-source --reason WHY",
      name);
}

}  // namespace of_source
}  // namespace

GateSpec source_gate() {
  return {GateId::kSource,
          {Phase::kDecide, Phase::kApply, Phase::kClaim, Phase::kStep},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Can the desired side be believed, or did it lose half of its items?",
          of_source::evaluate,
          of_source::saw,
          of_source::opens};
}

}  // namespace sideband
