#include "engine/execute/claim.h"

#include "engine/decide/gate_state.h"

namespace sideband {

static constexpr Duration kGateRetry = std::chrono::milliseconds(200);

Claimer::Claimer(StoreTx& store, EngineContext& context, WallTime now, MonoTime asked)
    : store_(store),
      context_(context),
      now_(now),
      asked_(asked),
      counts_(store, context.queue->site_limit()) {}

Result<void> Claimer::take_all(const std::vector<Repair>& claimed,
                               const std::vector<std::string>& salts, std::size_t first) {
  counts_.claimed(claimed);
  if (!claimed.empty()) SB_TRY(store_.lock_switches(SwitchLock::kShared));
  for (const Repair& repair : claimed) SB_TRY(take(repair, salts.at(first++)));
  return {};
}

Result<void> Claimer::take(Repair repair, const std::string& salt) {
  RepairJob job;
  job.repair = std::move(repair);
  job.lease = HeldLease(asked_, context_.lease);
  SB_ASSIGN(const auto plan, store_.plan(job.repair.plan));
  if (!plan) return end(job.repair, RepairState::kNeedsHuman, "its plan is gone");
  job.plan = *plan;
  const JobHandler& handler = context_.handlers->of(job.repair);
  SB_ASSIGN(const ClaimAnswer answer, examine(handler, job));
  if (answer.outcome == ClaimOutcome::kWait) {
    SB_TRY(hold(job.repair, answer.why));
    if (answer.asks_policies) reply_.asks.push_back(std::move(job));
    return {};
  }
  if (answer.outcome == ClaimOutcome::kEnd) return end(job.repair, answer.end, answer.why);
  // Only now: one that is held takes no place from those behind it.
  SB_TRY(counts_.let_in(job.repair));
  if (job.fresh) SB_TRY(begin(handler, job, salt));
  reply_.jobs.push_back(std::move(job));
  return {};
}

// What is asked depends on how far the job has come; a new one that passes everything has begun.
Result<ClaimAnswer> Claimer::examine(const JobHandler& handler, RepairJob& job) {
  SB_ASSIGN(ClaimAnswer loaded, handler.load(store_, job, now_));
  if (!loaded.goes()) return loaded;
  SB_TRY(note_crash(handler, job));
  // A poisoned one ends for that, whoever wanted it to end before.
  if (job.poisoned.empty()) SB_TRY(note_cancel(job));
  const ClaimStage stage = claim_stage({.state = job.repair.state,
                                        .begun = job.repair.started_at != WallTime(),
                                        .cancelled = !job.cancelled.empty(),
                                        .poisoned = !job.poisoned.empty()});
  if (stage == ClaimStage::kPoisoned) return handler.give_up_poisoned(store_, job, now_);
  for (const ClaimQuestion question : claim_questions(stage)) {
    SB_ASSIGN(ClaimAnswer answer, ask(question, handler, job));
    if (!answer.goes()) return answer;
  }
  if (stage != ClaimStage::kNew) return ClaimAnswer::go();
  SB_TRY(handler.charge(store_, job, now_));
  job.repair.started_at = now_;
  job.fresh = true;
  return ClaimAnswer::go();
}

Result<ClaimAnswer> Claimer::ask(ClaimQuestion question, const JobHandler& handler,
                                 RepairJob& job) {
  switch (question) {
    case ClaimQuestion::kSealed:
      return handler.sealed(store_, job);
    case ClaimQuestion::kGates:
      return handler.gates(store_, job, now_);
    case ClaimQuestion::kLock:
      return handler.lock(store_, job);
    case ClaimQuestion::kPlace:
      break;
  }
  ClaimPlaces places;
  SB_ASSIGN(places.running, counts_.of(job.repair.reconciler));
  SB_ASSIGN(places.site_room, counts_.site_has_room());
  return handler.place(store_, job, places, now_);
}

// One that kills its worker each time must not go round for ever.
Result<void> Claimer::note_crash(const JobHandler& handler, RepairJob& job) {
  if (!job.repair.abandoned) return {};
  SB_ASSIGN(const std::int64_t crashes, count_crash(store_, job.repair));
  if (crashes <= handler.max_crashes(job)) return {};
  job.poisoned = "its worker died " + std::to_string(crashes) + " times at step " +
                 std::to_string(job.repair.next_step) + "; not tried again";
  return {};
}

// Also of one that had begun: else its worker would give it back at once, again and again.
Result<void> Claimer::note_cancel(RepairJob& job) {
  if (job.repair.started_at == WallTime() || job.repair.state != RepairState::kRunning) return {};
  SB_ASSIGN(const auto cancel, store_.cancel_request(job.repair.id));
  job.cancelled = cancel ? cancel_text(*cancel) : "";
  return {};
}

Result<void> Claimer::begin(const JobHandler& handler, RepairJob& job, const std::string& salt) {
  ++reply_.queue.begun[job.repair.reconciler];
  SB_TRY(handler.open_first(store_, job, salt, now_));
  job.fresh = false;
  return store_.update_repair(job.repair);
}

// To be looked at again soon: one that has not started goes back, others keep their state.
Result<void> Claimer::hold(Repair& repair, const std::string& why) {
  counts_.leave_out(repair);
  if (repair.state == RepairState::kRunning) repair.state = RepairState::kScheduled;
  repair.lease_owner.clear();
  repair.lease_until = context_.lease_now() + kGateRetry.count();
  repair.not_before = now_ + kGateRetry;
  repair.gate_wait_us += kGateRetry.count();
  repair.note = why;
  if (repair.started_at == WallTime()) ++reply_.queue.held[repair.reconciler];
  SB_TRY(store_.update_repair(repair));
  reply_.moved.push_back(repair);
  return {};
}

Result<void> Claimer::end(Repair& repair, RepairState to, const std::string& why) {
  counts_.leave_out(repair);
  SB_TRY(move_repair(store_, repair, to, why, std::string(kLoopIdentity), now_));
  reply_.moved.push_back(repair);
  return {};
}

Result<ClaimReply> claim_jobs(StoreTx& store, EngineContext& context, std::int64_t limit,
                              const std::vector<std::string>& salts, WallTime now) {
  const MonoTime asked = context.clock.mono();
  ClaimRequest request;
  request.owner = context.node;
  request.now = context.lease_now();
  request.wall = now;
  request.lease = context.lease;
  // What comes back takes half of the places at most, so that the queue moves in every claim.
  request.limit = limit / 2;
  request.turns.emplace();
  Claimer claimer(store, context, now, asked);
  SB_ASSIGN(const std::vector<Repair> back, store.claim_repairs(request));
  SB_TRY(claimer.take_all(back, salts, 0));
  const std::int64_t places = limit - static_cast<std::int64_t>(back.size());
  QueueReply asking;
  SB_ASSIGN(request.turns, context.queue->turns(store, places, asking));
  request.limit = 0;
  std::vector<Repair> queued;
  if (!request.turns->empty()) {
    SB_ASSIGN(queued, store.claim_repairs(request));
    SB_TRY(claimer.take_all(queued, salts, back.size()));
  }
  ClaimReply reply = std::move(claimer.reply());
  asking.begun = std::move(reply.queue.begun);
  asking.held = std::move(reply.queue.held);
  reply.queue = std::move(asking);
  reply.more = static_cast<std::int64_t>(back.size()) == limit / 2 ||
               static_cast<std::int64_t>(queued.size()) == places;
  return reply;
}

Result<void> void_leases(StoreTx& store, const std::string& node) {
  RepairFilter filter;
  filter.active_only = true;
  filter.limit = std::numeric_limits<std::int32_t>::max();
  SB_ASSIGN(std::vector<Repair> repairs, store.repairs(filter));
  for (Repair& repair : repairs) {
    if (repair.lease_owner != node) continue;
    repair.lease_until = 0;  // over; that the owner stands there says that it was not given back
    SB_TRY(store.update_repair(repair));
  }
  return {};
}

}  // namespace sideband
