// The field tables of the document kinds: envelope, metadata and spec.
//
// Every document is {apiVersion: resolved.sideband/v1, kind, metadata: {name, labels}, spec}.
#pragma once

#include <string>
#include <vector>

#include "config/field_table.h"

namespace sideband::policy {

// One kind, for messages, `explain field`, schema and reference.
struct Kind {
  std::string name;  // "Target"
  std::string doc;   // one sentence
  config::Fields fields;
};

// All kinds with the rows that are the same for every driver.
std::vector<Kind> all_kinds(const std::vector<config::DriverFields>& drivers);

// `driver` may be null: then the driver's own keys are accepted unread, because the missing or
// unknown driver is reported elsewhere.
config::Fields target_fields(const config::DriverFields* driver,
                             const std::vector<config::DriverFields>& drivers);
config::Fields guardrails_fields();
config::Fields group_fields();
// With the keys of every driver's signals.
config::Fields signal_fields(const std::vector<config::DriverFields>& drivers);
}  // namespace sideband::policy
