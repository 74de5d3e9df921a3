#include "engine/execute/policy_query.h"

#include "base/crash_point.h"
#include "base/log.h"
#include "engine/execute/records.h"

namespace sideband {

PolicyQuery::PolicyQuery(EngineContext& context, RepairJob job)
    : context_(context),
      job_(std::move(job)),
      round_(context, job_.runtime, [this](StoreReader& store) {
        return gather_facts(store, subject_of(context_, job_, Phase::kClaim),
                            context_.clock.wall());
      }) {}

Unit PolicyQuery::next(Result<void> last) {
  if (recording_) return end(last);
  if (!last.ok()) return end(last);
  auto unit = round_.next();
  return unit ? std::move(*unit) : record();
}

// That nobody knows is said by the repair itself, again and again; a verdict is kept.
Unit PolicyQuery::record() {
  recording_ = true;
  crash_point("policy");
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, now](StoreTx& store) -> Result<void> {
    for (const PolicyFact& fact : round_.answers().facts) {
      if (!fact.verdict.known()) continue;
      store.stage_audit(policy_record(job_.repair, job_.plan, fact, now));
    }
    return {};
  });
}

// What was not recorded does not count.
Unit PolicyQuery::end(const Result<void>& recorded) {
  if (recorded.ok()) {
    context_.policies->put(job_.plan.id, round_.answers(), context_.clock.wall());
  } else {
    context_.policies->give_up(job_.plan.id);
    if (recorded.error().code != ErrorCode::kCancelled) {
      log(LogLevel::kWarn, "what a policy said was not kept",
          {{"repair", job_.repair.id.text()}, {"why", recorded.error().message}});
    }
  }
  context_.work_queued();
  return Unit::done();
}

}  // namespace sideband
