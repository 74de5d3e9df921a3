// Checks that need more than one value: names across documents, limits against each other,
// ceilings.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/field_table.h"
#include "config/messages.h"
#include "model/settings.h"

namespace sideband::policy {

// What every check works from. Nodes give the places of values for messages.
struct CheckContext {
  Settings& settings;
  const std::map<std::string, const config::Node*>& reconciler_nodes;  // by name
  const config::Node* guardrails_node;                                 // may be null
  const std::vector<config::DriverFields>& drivers;
  WallTime now;
  config::Messages& messages;

  // Report at spec path `path` of a reconciler.
  void error(const ReconcilerSettings& reconciler, const std::string& path, std::string text) const;
  void warning(const ReconcilerSettings& reconciler, const std::string& path,
               std::string text) const;
  // The driver of a target; null when either is unknown.
  [[nodiscard]] const config::DriverFields* driver_of(const std::string& target) const;
};

// Targets named by validate and wake exist and fit.
void check_references(const CheckContext& context);
// Values within one reconciler agree: cohorts, waits, ignore against rewrite.
void check_values(const CheckContext& context);
// No reconciler is looser than the ceilings; limits that are not set become the ceilings.
void clamp_to_guardrails(const CheckContext& context);
// No two reconcilers can repair the same thing.
void check_overlaps(const CheckContext& context);
// Warnings: promises that cannot be kept, automatic repair without a second look, and the like.
void check_advice(const CheckContext& context);

// Whether two texts with placeholders ({x}, * or ?) can stand for the same text.
bool patterns_meet(std::string_view a, std::string_view b);

}  // namespace sideband::policy
