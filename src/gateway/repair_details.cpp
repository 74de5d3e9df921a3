#include "gateway/repair_details.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/jcs.h"
#include "engine/execute/hook_step.h"
#include "gateway/views.h"

namespace sideband {
namespace {

constexpr std::int64_t kStepsAtOnce = 64;

std::string approval_view(const Approval& approval) {
  JsonObject out;
  out.add("by", approval.by).add("approves", approval.approve);
  out.add("at", format_time(approval.at)).add("comment", approval.comment);
  return out.text();
}

// Collects from one step after another until it has enough, and counts the rest.
class BadOutcomes {
 public:
  BadOutcomes(StoreReader& reader, const Repair& repair, std::int64_t limit)
      : reader_(reader), repair_(repair), limit_(limit) {}

  Result<std::string> run() {
    for (std::int64_t from = 0;; from += kStepsAtOnce) {
      SB_ASSIGN(const auto steps, reader_.steps(repair_.id, from, kStepsAtOnce));
      for (const Step& step : steps) SB_TRY(take(step));
      if (static_cast<std::int64_t>(steps.size()) < kStepsAtOnce) break;
    }
    JsonObject out;
    out.add_json("items", json_array(rows_));
    if (more_ > 0) out.add("more", more_);
    return out.text();
  }

 private:
  Result<void> take(const Step& step) {
    if (step.state != StepState::kDone) return {};
    if (is_hook(step)) return take_hook(step);
    SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
    if (std::all_of(outcomes.begin(), outcomes.end(), is_settled)) return {};
    SB_ASSIGN(const auto keys, keys_of(step));
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (!is_settled(outcomes[i])) add(i < keys.size() ? &keys[i] : nullptr, outcomes[i], step);
    }
    return {};
  }

  Result<void> take_hook(const Step& step) {
    SB_ASSIGN(const HookReport hook, decode_hook(step));
    if (is_settled(hook.outcome)) return {};
    add(hook.key.empty() ? nullptr : &hook.key, hook.outcome, step, hook_name(hook.kind));
    return {};
  }

  // Of the step's changes. Old plans are pruned before their repairs: then nobody knows them.
  Result<std::vector<std::string>> keys_of(const Step& step) {
    std::vector<std::string> keys;
    const auto bytes = reader_.chunk(repair_.plan, step.chunk);
    if (!bytes.ok() && bytes.error().code == ErrorCode::kNotFound) return keys;
    if (!bytes.ok()) return bytes.error();
    SB_ASSIGN(const auto changes, decode_changes(*bytes));
    const auto count = static_cast<std::int64_t>(changes.size());
    for (std::int64_t at = step.from; at < std::min(step.to, count); ++at) {
      keys.push_back(changes[static_cast<std::size_t>(at)].key);
    }
    return keys;
  }

  void add(const std::string* key, const ChangeOutcome& outcome, const Step& step,
           std::string_view hook = {}) {
    if (static_cast<std::int64_t>(rows_.size()) >= limit_) {
      ++more_;
      return;
    }
    JsonObject row;
    if (key != nullptr) add_value(row, "key", *key);
    row.add("outcome", outcome_name(outcome.outcome)).add("why", whole_detail(outcome));
    if (step.undo) row.add("undo", true);
    if (!hook.empty()) row.add("hook", hook);
    rows_.push_back(row.text());
  }

  StoreReader& reader_;
  const Repair& repair_;
  const std::int64_t limit_;
  std::vector<std::string> rows_;
  std::int64_t more_ = 0;
};

}  // namespace

Result<std::string> repair_details(StoreReader& reader, const JobHandlers& handlers,
                                   const Repair& repair) {
  JsonObject out = repair_object(repair);
  SB_ASSIGN(const auto approvals, reader.approvals(repair.id));
  std::vector<std::string> rows;
  for (const Approval& approval : approvals) rows.push_back(approval_view(approval));
  out.add_json("approvals", json_array(rows));
  const bool waits = repair.state == RepairState::kAwaitingApproval;
  if (!waits && rows.empty()) return out.text();
  SB_ASSIGN(const auto terms, handlers.of(repair).approval_terms(reader, repair));
  if (!terms) return out.text();
  out.add("approvalsNeeded", std::max<std::int64_t>(1, terms->reviewers));
  if (waits) out.add("approvalExpiresAt", format_time(repair.created_at + terms->expires));
  return out.text();
}

Result<std::string> outcomes_view(StoreReader& reader, const Repair& repair, std::int64_t limit) {
  return BadOutcomes(reader, repair, limit).run();
}

}  // namespace sideband
