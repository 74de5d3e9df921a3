// Plain data as the API shows it: JSON with the words of the glossary.
#pragma once

#include <string>

#include "base/jcs.h"
#include "engine/runtime/status_facts.h"
#include "model/repair.h"

namespace sideband {

std::string repair_view(const Repair& repair);
JsonObject repair_object(const Repair& repair);  // the same, to add to
// A text as it is behind `key`, other bytes as base64 behind `key`64.
void add_value(JsonObject& out, const std::string& key, const std::string& value);
std::string plan_view(const Plan& plan);
// With values: text where they are text, else base64 in "found64" and "want64"; of fields as
// {"base64": ...}.
std::string change_view(const Change& change);
std::string decision_view(const Decision& decision);
// With who holds it and what became of that repair.
std::string lock_view(const RangeLock& lock, const Repair& repair);
std::string notice_view(const NoticeKey& key, const Notice& notice);
std::string drift_view(const Drift& drift);
std::string reconciler_view(const StatusFacts& facts);
struct ShownTarget {
  std::string target;
  KnownTarget known;
};
// The same with targets and limits in force; `site` is null where the site has no Guardrails.
// `connected`: what is known of those of its targets that have an identity.
std::string reconciler_details(const StatusFacts& facts, const GuardrailSettings* site,
                               const std::vector<ShownTarget>& connected);

}  // namespace sideband
