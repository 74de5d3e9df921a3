#include "model/gate.h"

#include <array>

namespace sideband {
namespace {

constexpr std::array<std::string_view, kGateCount> kGateNames = {"pause",
                                                                 "silence",
                                                                 "audit",
                                                                 "suspend",
                                                                 "configuration",
                                                                 "source",
                                                                 "allowEmpty",
                                                                 "maxAge",
                                                                 "declined",
                                                                 "mode",
                                                                 "calendar",
                                                                 "circuitBreaker",
                                                                 "maxChanges",
                                                                 "guardrails.maxChanges",
                                                                 "maxDeletes",
                                                                 "rule",
                                                                 "approval",
                                                                 "concurrency",
                                                                 "guardrails.concurrency",
                                                                 "lock",
                                                                 "startableBy",
                                                                 "reviewBy",
                                                                 "onFailure",
                                                                 "pauseWhen",
                                                                 "policy",
                                                                 "corroboration"};

}  // namespace

std::string_view gate_name(GateId gate) {
  return kGateNames.at(static_cast<std::size_t>(gate));
}

Result<GateId> gate_from_name(std::string_view name) {
  std::string known;
  for (std::size_t i = 0; i < kGateNames.size(); ++i) {
    if (kGateNames.at(i) == name) return static_cast<GateId>(i);
    known += (i == 0 ? "" : ", ") + std::string(kGateNames.at(i));
  }
  return Error::invalid("there is no gate \"" + std::string(name) + "\"; the gates are: " + known);
}

std::vector<GateId> GateSet::gates() const {
  std::vector<GateId> out;
  for (std::size_t i = 0; i < kGateCount; ++i) {
    if (has(static_cast<GateId>(i))) out.push_back(static_cast<GateId>(i));
  }
  return out;
}

std::string GateSet::text() const {
  std::string out;
  for (const GateId gate : gates()) {
    if (!out.empty()) out += ',';
    out += gate_name(gate);
  }
  return out;
}

Result<GateSet> GateSet::parse(std::string_view text) {
  GateSet set;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    SB_ASSIGN(const GateId gate, gate_from_name(text.substr(0, comma)));
    set.add(gate);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  return set;
}

}  // namespace sideband
