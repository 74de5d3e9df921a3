#include "engine/execute/repair_work.h"

#include <algorithm>

#include "base/log.h"
#include "policy/hook_values.h"

namespace sideband {
namespace {

// The settled changes of one step that is in the store.
Result<void> add_settled(StoreReader& store, const Uuid& plan, const Step& step,
                         std::vector<Change>& changes) {
  SB_ASSIGN(const Chunk chunk, read_chunk(store, plan, step.chunk));
  SB_ASSIGN(const auto outcomes, decode_outcomes(step.outcomes));
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const Change& change = chunk->at(static_cast<std::size_t>(step.from) + i);
    if (is_settled(outcomes[i])) changes.push_back(change);
  }
  return {};
}

}  // namespace

StageEnd needs_human(std::string why) {
  return {.next = StageEnd::Next::kRelease, .why = std::move(why)};
}

StageEnd cancelled(std::string why) {
  return {StageEnd::Next::kRelease, std::move(why), DriftDisposition::kCoolDown,
          RepairState::kCancelled};
}

Result<Chunk> read_chunk(StoreReader& store, const Uuid& plan, std::int64_t seq) {
  SB_ASSIGN(const std::string bytes, store.chunk(plan, seq));
  SB_ASSIGN(std::vector<Change> changes, decode_changes(bytes));
  return make_chunk(std::move(changes));
}

RepairWork::RepairWork(EngineContext& engine, RepairJob claimed)
    : context(engine), job(std::move(claimed)), cohort_ends(cohorts_of(job)) {}

StepMode RepairWork::mode() const {
  return job.repair.undo || undoing() ? StepMode::kUndo : StepMode::kForward;
}

bool RepairWork::at_chunk_end() const {
  return job.offset == static_cast<std::int64_t>(job.changes->size());
}

std::int64_t RepairWork::cohort_end(const Repair& repair) const {
  return *std::upper_bound(cohort_ends.begin(), cohort_ends.end() - 1, repair.position);
}

bool RepairWork::ends_cohort(const Repair& repair) const {
  return std::find(cohort_ends.begin(), cohort_ends.end(), repair.position) != cohort_ends.end();
}

bool RepairWork::refused_too_many(const Repair& repair) const {
  const std::int64_t total = job.plan.counts.changes();
  const std::int64_t tolerated = total <= 10 ? 0 : total / 100;
  return repair.refused > tolerated;
}

bool RepairWork::ends_execution(const Repair& repair) const {
  return !undoing() && repair.failed == 0 && repair.position == job.plan.counts.changes() &&
         !refused_too_many(repair) && job.cancelled.empty() && !after_due(repair);
}

// One that looks at each thing does so chunk by chunk, as far as they are in memory.
bool RepairWork::before_due() const {
  const HookSettings& hook = settings().repair.before;
  const std::int64_t position = job.repair.position;
  if (!hook.is_set() || before_done == position) return false;
  return position == 0 || ends_cohort(job.repair) || (job.offset == 0 && runs_for_each(hook));
}

// Also where the rest is planned anew: what was changed has to take effect.
bool RepairWork::after_due(const Repair& repair) const {
  if (!settings().repair.after.is_set() || repair.changed == 0) return false;
  return after_done != repair.position && (ends_cohort(repair) || refused_too_many(repair));
}

Unit RepairWork::renew(const std::string& where) {
  if (lease_over()) return lapse(where);
  return Unit::in_store(Lane::kControl, [this](StoreTx& store) -> Result<void> {
    job.lease = context.take_lease(job.repair);
    return store.update_repair(job.repair);
  });
}

Unit RepairWork::lapse(const std::string& where) const {
  context.measures.lease_lapsed(settings());
  log(LogLevel::kWarn, "lease too short to go on, given up without acting",
      {{"repair", job.repair.id.text()}, {"where", where}});
  return Unit::done();
}

Result<bool> RepairWork::read_settled(std::int64_t& next_step, std::vector<Change>& changes) const {
  const bool known = job.plan.chunks == 1 && job.loaded && next_step < std::ssize(settled) &&
                     std::ssize(settled) == job.repair.next_step;
  if (known) {
    const SettledStep& step = settled.at(static_cast<std::size_t>(next_step++));
    for (std::size_t i = 0; i < step.outcomes.size(); ++i) {
      if (!is_settled(step.outcomes[i])) continue;
      changes.push_back(job.changes->at(static_cast<std::size_t>(step.step.from) + i));
    }
    return next_step < std::ssize(settled);
  }
  bool more = false;
  SB_TRY(context.store.read([&](StoreReader& store) -> Result<void> {
    changes.clear();
    SB_ASSIGN(const auto steps, store.steps(job.repair.id, next_step, 2));
    more = steps.size() > 1;
    if (steps.empty() || steps.front().undo || steps.front().state != StepState::kDone) {
      more = false;
      return {};
    }
    next_step = steps.front().seq + 1;
    return add_settled(store, job.plan.id, steps.front(), changes);
  }));
  return more;
}

}  // namespace sideband
