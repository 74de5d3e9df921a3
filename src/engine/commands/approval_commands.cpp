#include "engine/commands/approval_commands.h"

#include <algorithm>

#include "base/crash_point.h"
#include "base/units.h"
#include "engine/commands/lookups.h"
#include "engine/execute/event_log.h"
#include "engine/execute/job_handler.h"
#include "engine/execute/records.h"
#include "engine/execute/steps.h"

namespace sideband {
namespace {

Result<void> check_reviewer(const Repair& repair, const Plan& plan, const ApprovalSettings& review,
                            const PlaybookTargets& tools, const Principal& by,
                            const Approval& approval) {
  if (repair.state != RepairState::kAwaitingApproval) {
    return Error::conflict("repair is " + std::string(repair_state_name(repair.state)) +
                           ", not waiting for approval");
  }
  if (by.name() == repair.requester) {
    return Error::permission(by.name() + " asked for this repair; somebody else must approve it");
  }
  if (!review.from.empty() && !tools.is_among(review.from, by)) {
    return Error::permission(by.name() + " is not among the reviewers.from of " + plan.reconciler);
  }
  if (approval.plan_hash != plan.hash) {
    return Error::conflict("approval names plan " + approval.plan_hash.substr(0, 12) +
                           ", the repair has " + plan.hash.substr(0, 12));
  }
  const Duration expires = review.expires;
  if (approval.at - repair.created_at > expires) {
    return Error::refused("the approval expired after " + format_duration(expires));
  }
  return {};
}

}  // namespace

Result<Repair> ApprovalCommands::approve(const Uuid& id, const Principal& by,
                                         const std::string& plan_hash, const std::string& comment) {
  const std::string& name = by.name();
  Repair repair;
  std::int64_t given = 0;
  std::int64_t wanted = 1;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(repair, find_repair(store, id));
    SB_ASSIGN(const Plan plan, find_sealed_plan(store, repair.plan));
    SB_ASSIGN(const ApprovalSettings review, context_.handlers->of(plan).review(store, plan));
    const Approval approval{
        id, name, true, now, plan_hash, plan.reconciler_version, plan.guardrails_version, comment};
    SB_TRY(check_reviewer(repair, plan, review, tools_, by, approval));
    SB_ASSIGN(const auto before, store.approvals(id));
    for (const Approval& other : before) {
      if (other.by == name) return Error::conflict(name + " has already approved this repair");
    }
    SB_TRY(store.insert_approval(approval));
    store.stage_audit(approval_record(approval));
    wanted = std::max<std::int64_t>(1, review.reviewers);
    given = std::ssize(before) + 1;
    if (given < wanted) return {};
    repair.gate_wait_us += (now - repair.created_at).count();
    return move_repair(store, repair, RepairState::kQueued, "", name, now);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  crash_point("approved");
  log_approved(repair, name, given, wanted);
  context_.repair_moved(repair);
  context_.work_queued();
  return repair;
}

Result<Repair> ApprovalCommands::reject(const Uuid& id, const Principal& by,
                                        const std::string& comment) {
  const std::string& name = by.name();
  Repair repair;
  const WallTime now = context_.clock.wall();
  const StoreFn act = [&](StoreTx& store) -> Result<void> {
    SB_ASSIGN(repair, find_repair(store, id));
    SB_ASSIGN(const Plan plan, find_sealed_plan(store, repair.plan));
    if (repair.state != RepairState::kAwaitingApproval) {
      return Error::conflict("repair is " + std::string(repair_state_name(repair.state)) +
                             ", not waiting for approval");
    }
    const Approval approval{
        id, name, false, now, plan.hash, plan.reconciler_version, plan.guardrails_version, comment};
    SB_TRY(store.insert_approval(approval));
    store.stage_audit(approval_record(approval));
    SB_TRY(store.put_declined(repair.reconciler, DeclinedPlan{plan.hash, name}));
    return move_repair(store, repair, RepairState::kCancelled, "rejected: " + comment, name, now);
  };
  SB_TRY(context_.store.run(Lane::kControl, act));
  log_rejected(repair, name, comment);
  context_.repair_moved(repair);
  return repair;
}

}  // namespace sideband
