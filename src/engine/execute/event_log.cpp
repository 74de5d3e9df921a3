#include "engine/execute/event_log.h"

#include <fmt/format.h>

#include "base/log.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

constexpr std::size_t kMaxKey = 80;

std::string keys_text(const LoggedKeys& keys) {
  std::string out;
  for (const std::string& key : keys.first) {
    out +=
        (out.empty() ? "" : ", ") + (key.size() > kMaxKey ? key.substr(0, kMaxKey) + "..." : key);
  }
  const std::int64_t more = keys.count - static_cast<std::int64_t>(keys.first.size());
  return more > 0 ? out + fmt::format(", {} more", more) : out;
}

std::string gates_text(const std::vector<Reason>& reasons) {
  std::string out;
  for (const Reason& reason : reasons) {
    if (!reason.passed()) out += (out.empty() ? "" : "; ") + refusal_text(reason);
  }
  return out;
}

LogFields with_counts(LogFields fields, const PlanCounts& counts) {
  fields.emplace_back("create", std::to_string(counts.create));
  fields.emplace_back("update", std::to_string(counts.update));
  fields.emplace_back("delete", std::to_string(counts.erase));
  return fields;
}

LogFields of_repair(const Repair& repair) {
  LogFields fields = {{"reconciler", repair.reconciler}, {"repair", repair.id.text()}};
  if (repair.undo) fields.emplace_back("undo", "true");
  return fields;
}

}  // namespace

void LoggedKeys::add(const std::string& key) {
  ++count;
  if (first.size() < kLoggedKeys) first.push_back(key);
}

void LoggedKeys::add(const LoggedKeys& more) {
  count += more.count;
  for (const std::string& key : more.first) {
    if (first.size() < kLoggedKeys) first.push_back(key);
  }
}

void log_drift_opened(const std::string& reconciler, const LoggedKeys& keys) {
  if (keys.count == 0) return;
  log(LogLevel::kInfo, "drift opened",
      {{"reconciler", reconciler},
       {"count", std::to_string(keys.count)},
       {"keys", keys_text(keys)}});
}

void log_flapping(const std::string& reconciler, const LoggedKeys& keys) {
  if (keys.count == 0) return;
  log(LogLevel::kWarn, "repairs are taken back, so they are left alone",
      {{"reconciler", reconciler},
       {"count", std::to_string(keys.count)},
       {"keys", keys_text(keys)}});
}

void log_drift_closed(const std::string& reconciler, std::int64_t closed, std::int64_t left) {
  if (closed <= 0) return;
  log(LogLevel::kInfo, "drift closed",
      {{"reconciler", reconciler},
       {"count", std::to_string(closed)},
       {"left", std::to_string(left)}});
}

void log_plan_held(const Plan& plan, const std::vector<Reason>& reasons, const LoggedKeys& keys) {
  LogFields fields =
      with_counts({{"reconciler", plan.reconciler}, {"plan", plan.id.text()}}, plan.counts);
  fields.emplace_back("gates", gates_text(reasons));
  fields.emplace_back("keys", keys_text(keys));
  log(LogLevel::kInfo, "plan held", fields);
}

void log_awaits_approval(const Repair& repair, const Plan& plan) {
  LogFields fields = with_counts(of_repair(repair), plan.counts);
  fields.emplace_back("requester", repair.requester);
  if (!repair.released.empty()) fields.emplace_back("released", repair.released.text());
  log(LogLevel::kInfo, "repair waits for approval", fields);
}

void log_approved(const Repair& repair, const std::string& by, std::int64_t given,
                  std::int64_t needed) {
  LogFields fields = of_repair(repair);
  fields.emplace_back("by", by);
  fields.emplace_back("approvals", fmt::format("{} of {}", given, needed));
  log(LogLevel::kInfo, "repair approved", fields);
}

void log_rejected(const Repair& repair, const std::string& by, const std::string& comment) {
  LogFields fields = of_repair(repair);
  fields.emplace_back("by", by);
  fields.emplace_back("comment", comment);
  log(LogLevel::kInfo, "repair rejected", fields);
}

void log_repair_started(const Repair& repair, const Plan& plan) {
  LogFields fields = with_counts(of_repair(repair), plan.counts);
  fields.emplace_back("requester", repair.requester);
  log(LogLevel::kInfo, "repair started", fields);
}

void log_repair_ended(const Repair& repair) {
  LogFields fields = of_repair(repair);
  fields.emplace_back("state", std::string(repair_state_name(repair.state)));
  fields.emplace_back("changed", std::to_string(repair.changed));
  fields.emplace_back("alreadyThere", std::to_string(repair.already_there));
  fields.emplace_back("refused", std::to_string(repair.refused));
  fields.emplace_back("failed", std::to_string(repair.failed));
  if (!repair.note.empty()) fields.emplace_back("note", repair.note);
  log(LogLevel::kInfo, "repair ended", fields);
}

}  // namespace sideband
