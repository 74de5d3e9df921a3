#include "engine/execute/fair_queue.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/execute/job_handler.h"

namespace sideband {
namespace {

constexpr Duration kMoment = std::chrono::milliseconds(200);

Result<std::int64_t> site_room(StoreTx& store, std::int64_t limit) {
  if (limit == 0) return std::numeric_limits<std::int64_t>::max();
  SB_TRY(store.lock_site());
  SB_ASSIGN(const std::int64_t running, store.count_repairs("", RepairState::kRunning));
  return std::max<std::int64_t>(0, limit - running);
}

}  // namespace

Result<bool> may_skip_queue(StoreTx& store, std::int64_t site_limit) {
  if (site_limit == 0) return true;
  SB_ASSIGN(const auto waiting, store.queued_reconcilers());
  if (!waiting.empty()) return false;
  SB_ASSIGN(const std::int64_t room, site_room(store, site_limit));
  return room > 0;
}

std::int64_t FairQueue::site_limit() const {
  const auto settings = settings_();
  return settings->guardrails ? settings->guardrails->concurrency : 0;
}

FairQueue::State FairQueue::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

bool FairQueue::rests(const State& state, const std::string& name) const {
  const auto found = state.resting.find(name);
  return found != state.resting.end() && found->second.held >= kMaxHeld &&
         clock_.mono() - found->second.since < kMoment;
}

Result<QueuedFlow> FairQueue::flow_of(StoreTx& store, const Settings& settings,
                                      const std::string& name) const {
  SB_ASSIGN(QueuedFlow flow, handlers_.of_name(name).flow(store, settings, name));
  if (!settings.guardrails) return flow;
  const auto share = settings.guardrails->shares.find(flow.owner);
  if (share != settings.guardrails->shares.end()) flow.share = share->second;
  return flow;
}

Result<std::vector<QueueTurn>> FairQueue::turns(StoreTx& store, std::int64_t places,
                                                QueueReply& reply) const {
  reply = QueueReply();
  SB_ASSIGN(const auto names, store.queued_reconcilers());
  if (names.empty()) return std::vector<QueueTurn>();
  const auto settings = settings_();
  const State state = this->state();
  std::int64_t wanted = 0;
  for (const std::string& name : names) {
    SB_ASSIGN(QueuedFlow flow, flow_of(store, *settings, name));
    if (rests(state, name)) flow.room = 0;
    wanted += flow.room;
    if (flow.room <= places) reply.full.insert(name);
    reply.flows.push_back(std::move(flow));
  }
  SB_ASSIGN(const std::int64_t free, site_room(store, site_limit()));
  reply.site_full = free < std::min(places, wanted);
  std::vector<QueueTurn> out;
  for (const auto& turn : state.share.divide(reply.flows, std::min(places, free))) {
    out.push_back({turn.name, turn.places});
  }
  return out;
}

void FairQueue::commit_turn(const QueueReply& reply) {
  const MutexLock lock(mutex_);
  full_ = reply.full;
  site_full_ = reply.site_full;
  for (const QueuedFlow& flow : reply.flows) {
    const auto begun = reply.begun.find(flow.name);
    const std::int64_t count = begun == reply.begun.end() ? 0 : begun->second;
    for (std::int64_t i = 0; i < count; ++i) state_.share.began(flow);
  }
  const MonoTime now = clock_.mono();
  std::erase_if(state_.resting,
                [&](const auto& entry) { return now - entry.second.since >= kMoment; });
  for (const auto& [name, count] : reply.held) {
    state_.resting.try_emplace(name, Rest{now, 0}).first->second.held += count;
  }
}

bool FairQueue::waits_for(const std::string& reconciler) const {
  const MutexLock lock(mutex_);
  return site_full_ || full_.contains(reconciler);
}

}  // namespace sideband
