#include "engine/playbook/run_handler.h"

#include <algorithm>
#include <set>

#include "engine/decide/gate_state.h"
#include "engine/execute/fair_queue.h"
#include "engine/playbook/playbook_job.h"
#include "engine/playbook/playbook_worker.h"
#include "policy/gates/cap.h"
#include "ports/plan_hash.h"

namespace sideband {
namespace {

// Steps each have a retry of their own: how often the worker may die at one.
constexpr std::int64_t kMaxCrashesOfRun = 4;

std::int64_t acting_steps(const PlaybookSettings& playbook) {
  return std::count_if(playbook.steps.begin(), playbook.steps.end(), [](const PlaybookStep& step) {
    return step.kind == StepKind::kRun || step.kind == StepKind::kChange;
  });
}

// The site's cap; a percentage of what is desired there is not. Nothing where there is no cap.
std::optional<MaxChanges> site_cap(const Settings& settings) {
  if (!settings.guardrails || settings.guardrails->max_changes.count == 0) return std::nullopt;
  MaxChanges limit = settings.guardrails->max_changes;
  limit.percent = 0;
  return limit;
}

// Each step that acts counts as one change of the site. Why they are too many; empty = they fit.
Result<std::string> ask_site_cap(StoreTx& store, const MaxChanges& limit,
                                 const PlaybookSettings& playbook, WallTime now) {
  SB_ASSIGN(const ChangeWindow window, load_window(store, WindowKind::kSite, ""));
  const Fact<ChangeWindow> used = window;
  const Reason reason = ask_cap({GateId::kSiteMaxChanges, limit, used, acting_steps(playbook),
                                 Fact<std::int64_t>::unknown("a playbook has no keys")},
                                now);
  return reason.passed() ? std::string() : refusal_text(reason);
}

// Approvals are counted again, of this very plan. Why they are too few; empty = they are enough.
Result<std::string> missing_approvals(StoreReader& store, const RepairJob& job) {
  if (!job.run->playbook.approval) return std::string();
  SB_ASSIGN(const auto approvals, store.approvals(job.repair.id));
  std::set<std::string> people;
  for (const Approval& approval : approvals) {
    const bool counts = approval.approve && approval.plan_hash == job.plan.hash;
    if (counts && approval.by != job.repair.requester) people.insert(approval.by);
  }
  const auto needed = std::max<std::int64_t>(1, job.run->playbook.approval->reviewers);
  if (std::ssize(people) >= needed) return std::string();
  return "it needs " + std::to_string(needed) + " approval(s) and has " +
         std::to_string(people.size());
}

// Read anew, with its steps.
Result<PlaybookJob> job_of(StoreReader& store, const Repair& repair) {
  SB_ASSIGN(const auto plan, store.plan(repair.plan));
  if (!plan) return Error::conflict("the plan of the run is gone");
  PlaybookJob job;
  job.repair = repair;
  job.plan = *plan;
  SB_TRY(load_job(store, job));
  return job;
}

const PlaybookSettings* configured(const Settings& settings, const std::string& name) {
  const auto found = settings.playbooks.find(std::string(playbook_in(name)));
  return found == settings.playbooks.end() ? nullptr : found->second.get();
}

// Why a person cannot say what this open step did; empty = the person can.
std::string not_unknown_because(const PlaybookJob& job) {
  if (job.repair.state != RepairState::kScheduled) return std::string(kLookedAtFirst);
  const StepKind kind = step_of(job).kind;
  if (kind == StepKind::kManual) return "it waits for sideband confirm";
  const bool calls = kind == StepKind::kRun || kind == StepKind::kChange;
  if (!calls || job.row.undo) return "it only looks, waits, or is taken back";
  return job.row.outcomes.empty() ? "" : "it failed, and is tried again";
}

}  // namespace

Result<ClaimAnswer> RunHandler::load(StoreTx& store, RepairJob& job, WallTime /*now*/) const {
  auto run = read_run(store, job.repair.plan);
  if (!run.ok() && run_is_gone(run.error())) return ClaimAnswer::needs_human(run.error().message);
  if (!run.ok()) return run.error();
  job.run = std::make_shared<const PlaybookRun>(std::move(*run));
  return ClaimAnswer::go();
}

std::int64_t RunHandler::max_crashes(const RepairJob& /*job*/) const {
  return kMaxCrashesOfRun;
}

Result<ClaimAnswer> RunHandler::give_up_poisoned(StoreTx& store, RepairJob& job,
                                                 WallTime now) const {
  const ChangeOutcome unknown{Outcome::kUnknown, false, job.poisoned, Retry::kPerson};
  SB_TRY(close_open_step(store, job.repair, job.plan, unknown, std::string(kLoopIdentity), now));
  return ClaimAnswer::needs_human(job.poisoned);
}

// What runs is what was asked for and approved: the pinned playbook and inputs are hashed again,
// and approvals counted, before the first step.
Result<ClaimAnswer> RunHandler::sealed(StoreTx& store, RepairJob& job) const {
  SB_ASSIGN(const std::string chunk, store.chunk(job.repair.plan, 0));
  SB_ASSIGN(const auto changes, decode_changes(chunk));
  PlanHasher hasher;
  for (const Change& change : changes) hasher.add(change);
  if (hasher.hex() != job.plan.hash) {
    return ClaimAnswer::needs_human(
        "its playbook and inputs are not those that were asked for: the store was changed by "
        "somebody else");
  }
  SB_ASSIGN(const std::string missing, missing_approvals(store, job));
  return missing.empty() ? ClaimAnswer::go() : ClaimAnswer::needs_human(missing);
}

// A pause holds no way back: that is what a pause would ask for.
Result<ClaimAnswer> RunHandler::gates(StoreTx& store, const RepairJob& job, WallTime now) const {
  const std::string not_signed = unsigned_log(context_);
  const bool compensates = job.repair.state == RepairState::kCompensating;
  if (!compensates && !not_signed.empty()) return ClaimAnswer::wait(not_signed);
  if (!goes_back(job.repair)) {
    SB_ASSIGN(const std::string paused, playbook_pause(store, job.run->playbook));
    if (!paused.empty()) return ClaimAnswer::wait(paused);
  }
  const auto limit = site_cap(*settings_());
  const bool begun = job.repair.started_at != WallTime();
  if (begun || !limit) return ClaimAnswer::go();
  SB_ASSIGN(const std::string held, ask_site_cap(store, *limit, job.run->playbook, now));
  return held.empty() ? ClaimAnswer::go() : ClaimAnswer::wait(held);
}

// There is no limit to the runs of one playbook.
Result<ClaimAnswer> RunHandler::place(StoreTx& /*store*/, const RepairJob& /*job*/,
                                      const ClaimPlaces& places, WallTime /*now*/) const {
  if (places.site_room) return ClaimAnswer::go();
  return ClaimAnswer::wait(refusal_text(reason_of(GateId::kSiteConcurrency, false)));
}

// All of its targets or none, each in the way of every other job there: those that were taken are
// given back. One that has begun keeps what it has.
Result<ClaimAnswer> RunHandler::lock(StoreTx& store, const RepairJob& job) const {
  std::set<std::string> targets;  // sorted, so that two runs cannot wait for each other
  for (const PlaybookStep& step : job.run->playbook.steps) {
    if (!step.target.empty()) targets.insert(step.target);
  }
  for (const std::string& target : targets) {
    SB_ASSIGN(const bool locked, store.try_lock({target, kWholeTarget, "", "\xff", job.repair.id}));
    if (locked) continue;
    if (job.repair.started_at == WallTime()) SB_TRY(store.unlock(job.repair.id));
    return ClaimAnswer::wait("lock: another repair works on these targets");
  }
  return ClaimAnswer::go();
}

Result<void> RunHandler::charge(StoreTx& store, RepairJob& job, WallTime now) const {
  const auto limit = site_cap(*settings_());
  if (!limit) return {};
  return charge_site(store, *limit, now, acting_steps(job.run->playbook));
}

// Its worker opens it: what a step finds is to be read first.
Result<void> RunHandler::open_first(StoreTx& /*store*/, RepairJob& /*job*/,
                                    const std::string& /*salt*/, WallTime /*now*/) const {
  return {};
}

// Threads for all targets, whether a reconciler works there or not: a run goes on by the playbook
// that it was started with, which may be another one than is configured now.
void RunHandler::start_worker(Runner& runner, RepairJob job) const {
  const auto current = settings_();
  for (const auto& [name, target] : current->targets) {
    runner.add_pool(name, target.limits.connections);
  }
  runner.spawn(std::make_shared<PlaybookWorker>(context_, tools_, std::move(job)));
}

std::string RunHandler::owner(const Settings& settings, const std::string& name) const {
  const PlaybookSettings* const playbook = configured(settings, name);
  return playbook == nullptr ? "" : playbook->labels.owner;
}

Result<QueuedFlow> RunHandler::flow(StoreTx& /*store*/, const Settings& settings,
                                    const std::string& name) const {
  QueuedFlow flow{.name = name, .owner = owner(settings, name), .room = kRoomOfUnknown};
  const PlaybookSettings* const playbook = configured(settings, name);
  if (playbook == nullptr) return flow;
  flow.weight = weight_of(playbook->priority);
  flow.room = kMaxHeld;
  return flow;
}

Result<ApprovalSettings> RunHandler::review(StoreReader& store, const Plan& plan) const {
  SB_ASSIGN(const PlaybookReview review, playbook_review(store, tools_, plan));
  return review.approval;
}

Result<std::optional<ApprovalSettings>> RunHandler::approval_terms(StoreReader& store,
                                                                   const Repair& repair) const {
  const auto run = read_run(store, repair.plan);
  if (!run.ok() && run_is_gone(run.error())) return std::optional<ApprovalSettings>();
  if (!run.ok()) return run.error();
  return run->playbook.approval;
}

// It pins its playbook: what it works with is in its plan.
bool RunHandler::can_go_on(const Repair& /*repair*/) const {
  return true;
}

Result<void> RunHandler::close_open_step(StoreTx& store, Repair& repair, const Plan& plan,
                                         const ChangeOutcome& outcome, const std::string& actor,
                                         WallTime now) const {
  PlaybookJob job;
  job.repair = repair;
  job.plan = plan;
  SB_TRY(load_job(store, job));
  const auto open = std::find_if(job.rows.begin(), job.rows.end(), [](const Step& row) {
    return row.seq >= 0 && row.state == StepState::kIntent;
  });
  if (open == job.rows.end()) return {};
  job.row = *open;
  PlaybookAnswer answer;
  answer.outcome = outcome;
  SB_TRY(end_playbook_step(store, context_, job, answer, actor, now));
  repair = job.repair;
  return {};
}

Result<void> RunHandler::may_settle(StoreReader& store, const Repair& repair,
                                    const Principal& by) const {
  SB_ASSIGN(const PlaybookJob job, job_of(store, repair));
  const PlaybookSettings& playbook = job.run.playbook;
  if (tools_.is_among(playbook.startable_by, by)) return {};
  return Error::permission(by.name() + " is not in startableBy of playbook " + playbook.name);
}

Result<std::vector<std::string>> RunHandler::step_names(StoreReader& store,
                                                        const Repair& repair) const {
  SB_ASSIGN(const PlaybookJob job, job_of(store, repair));
  std::vector<std::string> names;
  for (const PlaybookStep& step : job.run.playbook.steps) names.push_back(step.name);
  return names;
}

// One that waits to be looked at again goes on at once.
Result<std::string> RunHandler::settle_open_step(StoreTx& store, Repair& repair, const Step& step,
                                                 const ChangeOutcome& outcome,
                                                 const std::string& by, WallTime now) const {
  SB_ASSIGN(PlaybookJob job, job_of(store, repair));
  job.row = step;
  const std::string why = not_unknown_because(job);
  if (!why.empty()) return why;
  PlaybookAnswer answer;
  answer.outcome = outcome;
  job.repair.not_before = now;
  SB_TRY(end_playbook_step(store, context_, job, answer, by, now));
  job.repair.lease_owner.clear();
  job.repair.lease_until = 0;
  SB_TRY(store.update_repair(job.repair));
  repair = job.repair;
  return std::string();
}

void RunHandler::undo(Runner& /*runner*/, const std::string& /*name*/, UndoOptions options,
                      UndoDone done) const {
  const auto repair = commands_.undo(options.repair, options.requester, options.request);
  if (!repair.ok()) return done(repair.error());
  SealReply reply;
  reply.has_repair = true;
  reply.repair = *repair;
  done(reply);
}

}  // namespace sideband
