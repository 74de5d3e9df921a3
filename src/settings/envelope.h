// The outer rows of a document, around the spec of its kind, and rows that several kinds have.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/table_of.h"
#include "model/settings.h"

namespace sideband::policy {

inline constexpr const char* kApiVersion = "resolved.sideband/v1";

// A row whose value must be `word`; nothing is stored.
inline config::Field fixed_row(std::string key, std::string word, std::string doc) {
  config::Field field{.key = std::move(key),
                      .type = config::FieldType::kEnum,
                      .doc = std::move(doc),
                      .required = true,
                      .values = {std::move(word)}};
  field.read = [](const config::Reading& reading) { config::word_index(reading); };
  return field;
}

// A row that accepts any value unread.
inline config::Field unread_row(std::string key, std::string doc) {
  config::Field field{
      .key = std::move(key), .type = config::FieldType::kAny, .doc = std::move(doc)};
  field.read = [](const config::Reading&) {};
  return field;
}

// The rows apiVersion, kind, metadata and spec. `metadata` has the rows beside the name.
template <class T>
config::Fields envelope(const std::string& kind, config::TableOf<T> metadata,
                        const config::TableOf<T>& spec) {
  config::TableOf<T> named;
  named.name("name", &T::name, "Name of this document, unique within its kind.").required();
  for (config::Field& field : metadata.fields()) named.row(std::move(field));
  return config::TableOf<T>()
      .row(fixed_row("apiVersion", kApiVersion, "Version of this format."))
      .row(fixed_row("kind", kind, "What this document describes."))
      .section("metadata", named, "What this document is called and labelled with.")
      .required()
      .section("spec", spec, "What is wanted.")
      .required()
      .fields();
}

// metadata.labels; `required` asks for the four that every Reconciler needs.
config::TableOf<Labels> label_rows(bool required);

// Rows that limits of a reconciler and site ceilings have in common.
config::TableOf<MaxChanges> max_changes_rows();
config::TableOf<RateLimit> rate_limit_rows();
config::TableOf<PauseRule> pause_rule_rows();
config::TableOf<ThrottleRule> throttle_rows();
config::TableOf<CorroborationSettings> corroboration_rows();

config::TableOf<CalendarGate> calendar_gate_rows();
config::TableOf<PolicySettings> policy_rows();

inline constexpr std::int64_t kMillisecond = 1000;  // durations of settings are microseconds

// Words that reconcilers, playbooks and guardrails share.
std::vector<std::pair<std::string, Mode>> mode_words();
std::vector<std::pair<std::string, Priority>> priority_words();

// Rows that reconcilers and playbooks have in common.
config::TableOf<ApprovalSettings> approval_rows();
template <class R>
config::TableOf<R> retry_rows() {
  return config::TableOf<R>()
      .count("limit", &R::limit, "Attempts after the first.")
      .section("backoff",
               config::TableOf<R>()
                   .duration("initial", &R::initial, "Wait before the second attempt.")
                   .at_least(kMillisecond)
                   .number("factor", &R::factor, "How much longer each next wait is.")
                   .duration("max", &R::max, "The longest wait.")
                   .at_least(kMillisecond),
               "Waits between attempts.");
}

}  // namespace sideband::policy
