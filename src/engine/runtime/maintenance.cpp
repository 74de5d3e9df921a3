#include "engine/runtime/maintenance.h"

#include "base/log.h"
#include "base/slewed_clock.h"
#include "base/units.h"
#include "engine/execute/event_log.h"
#include "engine/execute/job_handler.h"
#include "engine/runtime/leader_lease.h"

namespace sideband {

static constexpr Duration kEvery = std::chrono::seconds(1);

Unit Maintenance::next(Result<void> last) {
  if (ending_) return Unit::done();
  if (!last.ok()) {
    if (last.error().code == ErrorCode::kCancelled) return end();
    lead_ = HeldLease();  // whether it was renewed is not known
    log(LogLevel::kWarn, "maintenance failed", {{"why", last.error().message}});
  }
  if (idle_) return tidy();
  if (last.ok()) note_lead();
  note_clock();
  for (const Repair& repair : expired_) {
    log_repair_ended(repair);
    context_.repair_moved(repair);
  }
  expired_.clear();
  idle_ = true;
  return Unit::sleep(kEvery);
}

// The next node need not wait for the end of our lease.
Unit Maintenance::end() {
  if (context_.sole || !context_.leads()) return Unit::done();
  ending_ = true;
  return Unit::in_store(Lane::kControl,
                        [this](StoreTx& store) { return release_leader_lease(store, context_); });
}

void Maintenance::note_lead() {
  const MonoTime now = context_.clock.mono();
  const Duration left = leads_ ? lead_.time_to_act(now) : Duration(0);
  context_.lead_until_us = (now + left).time_since_epoch().count();
  context_.measures.leads(context_.leads());
}

void Maintenance::note_clock() {
  const Duration gap = context_.clock.gap();
  context_.measures.clock_gap(gap);
  context_.measures.unsigned_for(context_.unsigned_for());
  if (leapt(gap) == std::exchange(leapt_, leapt(gap))) return;
  if (leapt_) {
    log(LogLevel::kWarn, "the machine's clock leapt; gates and records follow it slowly",
        {{"ahead", format_duration(gap)}});
  } else {
    log(LogLevel::kInfo, "the machine's clock and ours agree again", {});
  }
}

Unit Maintenance::tidy() {
  idle_ = false;
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kBulk, [this, now](StoreTx& store) -> Result<void> {
    if (!context_.sole) {
      if (!context_.lease_clock_known) return {};
      SB_ASSIGN(leads_, acquire_leader_lease(store, context_, lead_, now));
      if (!leads_) return {};
    }
    return expire_approvals(store, now);
  });
}

Result<void> Maintenance::expire_approvals(StoreTx& store, WallTime now) {
  expired_.clear();
  RepairFilter filter;
  filter.state = RepairState::kAwaitingApproval;
  SB_ASSIGN(std::vector<Repair> waiting, store.repairs(filter));
  for (Repair& repair : waiting) {
    SB_ASSIGN(const auto terms, context_.handlers->of(repair).approval_terms(store, repair));
    const Duration expires = terms.value_or(ApprovalSettings()).expires;
    if (now - repair.created_at <= expires) continue;
    SB_TRY(move_repair(store, repair, RepairState::kSuperseded, "the approval expired", "sideband",
                       now));
    expired_.push_back(repair);
  }
  return {};
}

}  // namespace sideband
