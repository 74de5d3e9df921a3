#include "engine/commands/step_commands.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "engine/commands/lookups.h"
#include "engine/execute/job_handler.h"
#include "model/audit_record.h"

namespace sideband {
namespace {

constexpr std::int64_t kAllSteps = std::numeric_limits<std::int32_t>::max();

// -1 = it is no number.
std::int64_t step_number(const std::string& text) {
  std::int64_t number = -1;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && last == end ? number : -1;
}

// The newest row of the step that is meant, by its number or by one of `names`.
Result<Step> find_step(StoreReader& store, const Settlement& asked, const Repair& repair,
                       const std::vector<std::string>& names) {
  SB_ASSIGN(const auto rows, store.steps(repair.id, 0, kAllSteps));
  const auto named = [&](const Step& row) {
    return !names.empty() && names.at(static_cast<std::size_t>(row.from)) == asked.step;
  };
  const std::int64_t number = step_number(asked.step);
  const auto found = std::find_if(rows.rbegin(), rows.rend(), [&](const Step& row) {
    return row.seq >= 0 && (row.seq == number || named(row));
  });
  if (found != rows.rend()) return *found;
  return Error::not_found("repair " + repair.id.text() + " has not begun a step " + asked.step +
                          "; sideband describe shows those that it has");
}

ChangeOutcome settled_outcome(const Settlement& asked) {
  return {asked.done ? Outcome::kChanged : Outcome::kFailed, false,
          "settled by " + asked.by.name() + ": " + asked.reason, Retry::kPerson};
}

std::string settle_record(const Settlement& asked, const Repair& repair, const Step& step,
                          WallTime now) {
  AuditRecord record("settle", now, asked.by.name());
  record.add("repair", repair.id.text()).add("reconciler", repair.reconciler);
  record.add("step", step.seq).add("done", asked.done).add("reason", asked.reason);
  return record.text();
}

Error not_unknown(const Settlement& asked, const std::string& is) {
  return Error::conflict("step " + asked.step + " is not unknown: " + is);
}

// A step whose outcome was recorded: what it was not known to do is known now.
Result<void> rewrite_outcomes(StoreTx& store, const Settlement& asked, Repair& repair, Step& step) {
  SB_ASSIGN(auto outcomes, decode_outcomes(step.outcomes));
  std::int64_t settled = 0;
  for (ChangeOutcome& outcome : outcomes) {
    if (outcome.outcome != Outcome::kUnknown) continue;
    outcome = settled_outcome(asked);
    ++settled;
  }
  if (settled == 0) return not_unknown(asked, "its outcome was seen");
  step.outcomes = encode_outcomes(outcomes);
  // What is unknown was counted as failed; what was not done stays so.
  const bool counted = !step.undo || repair.undo;
  if (counted && asked.done) {
    repair.failed -= settled;
    repair.changed += settled;
  }
  SB_TRY(store.put_step(repair.id, step));
  return store.update_repair(repair);
}

bool is_at_work(const EngineContext& context, const Repair& repair) {
  return !repair.lease_owner.empty() && repair.lease_until > context.lease_now();
}

}  // namespace

Result<Repair> StepCommands::settle(const Settlement& asked) {
  if (asked.reason.empty()) {
    return Error::invalid("settling a step needs a reason: what shows what it did?");
  }
  Repair repair;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(repair, find_repair(store, asked.repair));
    if (is_at_work(context_, repair)) {
      return Error::conflict("a worker is at work on it; wait for its end, or cancel it");
    }
    const JobHandler& handler = context_.handlers->of(repair);
    SB_TRY(handler.may_settle(store, repair, asked.by));
    SB_ASSIGN(const auto names, handler.step_names(store, repair));
    SB_ASSIGN(Step step, find_step(store, asked, repair, names));
    store.stage_audit(settle_record(asked, repair, step, now));
    if (step.state == StepState::kDone) return rewrite_outcomes(store, asked, repair, step);
    SB_ASSIGN(const std::string why,
              handler.settle_open_step(store, repair, step, settled_outcome(asked), asked.by.name(),
                                       now));
    return why.empty() ? Result<void>() : not_unknown(asked, why);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.repair_moved(repair);
  context_.work_queued();
  return repair;
}

}  // namespace sideband
