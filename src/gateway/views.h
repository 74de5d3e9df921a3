// Plain data as the API shows it: JSON with the words of the glossary.
#pragma once

#include <string>

#include "engine/runtime/status_facts.h"
#include "model/repair.h"

namespace sideband {

std::string repair_view(const Repair& repair);
std::string plan_view(const Plan& plan);
// With values: text where they are text, else base64 in "found64" and "want64".
std::string change_view(const Change& change);
std::string decision_view(const Decision& decision);
// With who holds it and what became of that repair.
std::string lock_view(const RangeLock& lock, const Repair& repair);
std::string drift_view(const Drift& drift);
std::string reconciler_view(const StatusFacts& facts);

}  // namespace sideband
