// Checks that need more than one value: names across documents, limits against each other,
// ceilings.
#pragma once

#include <map>
#include <set>
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
  // Reconcilers whose values, and those of their targets, are right each by itself.
  const std::set<std::string>& sound;
  const std::vector<config::DriverFields>& drivers;
  WallTime now;
  config::Messages& messages;

  // Report at spec path `path` of a reconciler.
  void error(const ReconcilerSettings& reconciler, const std::string& path, std::string text) const;
  void warning(const ReconcilerSettings& reconciler, const std::string& path,
               std::string text) const;
  // The sentence for a Target that is not configured; empty where it is.
  [[nodiscard]] std::string missing_target(const std::string& name) const;
  // The driver of a target; null when either is unknown.
  [[nodiscard]] const config::DriverFields* driver_of(const std::string& target) const;
};

// Targets named by validate and wake exist and fit.
void check_references(const CheckContext& context);
// Values within one reconciler agree: cohorts, waits, ignore against rewrite.
void check_values(const CheckContext& context);
}  // namespace sideband::policy
