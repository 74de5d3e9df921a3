// The field tables of the document kinds: envelope, metadata and spec.
//
// Every document is {apiVersion: resolved.sideband/v1, kind, metadata: {name, labels}, spec}.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/field_table.h"

namespace sideband::policy {

inline constexpr const char* kApiVersion = "resolved.sideband/v1";

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
config::Fields reconciler_fields(const config::DriverFields* desired,
                                 const config::DriverFields* actual);
config::Fields guardrails_fields();
config::Fields group_fields();
// The driver behind a target; null when either is unknown.
using FindDriver = std::function<const config::DriverFields*(const std::string& target)>;
// What each step's keys are depends on the driver of the target that it names.
config::Fields playbook_fields(const FindDriver& driver_of);

// What the kinds share.
std::vector<std::pair<std::string, Mode>> mode_words();
std::vector<std::pair<std::string, Priority>> priority_words();

}  // namespace sideband::policy
