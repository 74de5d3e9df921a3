#include "engine/commands/step_commands.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "engine/commands/lookups.h"
#include "engine/playbook/playbook_job.h"
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

// The newest row of the step that is meant.
Result<Step> find_step(StoreReader& store, const Settlement& asked, const Repair& repair,
                       const PlaybookRun* run) {
  SB_ASSIGN(const auto rows, store.steps(repair.id, 0, kAllSteps));
  const auto named = [&](const Step& row) {
    return run != nullptr &&
           run->playbook.steps.at(static_cast<std::size_t>(row.from)).name == asked.step;
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

// A step of a run that waits to be looked at or tried again.
Result<void> end_open_step(StoreTx& store, const EngineContext& context, const Settlement& asked,
                           PlaybookJob& job, WallTime now) {
  const StepKind kind = step_of(job).kind;
  if (kind == StepKind::kManual) return not_unknown(asked, "it waits for sideband confirm");
  const bool calls = kind == StepKind::kRun || kind == StepKind::kChange;
  if (!calls || job.row.undo) return not_unknown(asked, "it only looks, waits, or is taken back");
  if (!job.row.outcomes.empty()) return not_unknown(asked, "it failed, and is tried again");
  PlaybookAnswer answer;
  answer.outcome = settled_outcome(asked);
  job.repair.not_before = now;
  SB_TRY(end_playbook_step(store, context, job, answer, asked.by.name(), now));
  job.repair.lease_owner.clear();
  job.repair.lease_until = 0;
  return store.update_repair(job.repair);
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
    PlaybookJob job;
    SB_ASSIGN(job.repair, find_repair(store, asked.repair));
    if (is_at_work(context_, job.repair)) {
      return Error::conflict("a worker is at work on it; wait for its end, or cancel it");
    }
    const bool book = is_playbook(job.repair.reconciler);
    if (book) {
      SB_ASSIGN(const auto plan, store.plan(job.repair.plan));
      if (!plan) return Error::conflict("the plan of the run is gone");
      job.plan = *plan;
      SB_TRY(load_job(store, job));
      const auto& may = job.run.playbook.startable_by;
      if (!tools_.is_among(may, asked.by)) {
        return Error::permission(asked.by.name() + " is not in startableBy of playbook " +
                                 job.run.playbook.name);
      }
    }
    SB_ASSIGN(job.row, find_step(store, asked, job.repair, book ? &job.run : nullptr));
    store.stage_audit(settle_record(asked, job.repair, job.row, now));
    if (job.row.state == StepState::kDone) {
      SB_TRY(rewrite_outcomes(store, asked, job.repair, job.row));
    } else if (book && job.repair.state == RepairState::kScheduled) {
      SB_TRY(end_open_step(store, context_, asked, job, now));
    } else {
      return not_unknown(asked, "it is under way, and is looked at before anything else is done");
    }
    repair = job.repair;
    return {};
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  context_.repair_moved(repair);
  context_.work_queued();
  return repair;
}

}  // namespace sideband
