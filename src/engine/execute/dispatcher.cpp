#include "engine/execute/dispatcher.h"

#include <algorithm>

#include "base/log.h"
#include "engine/execute/event_log.h"

namespace sideband {

static constexpr std::int64_t kClaimLimit = 64;
// Without a wake: how long an ended lease or a passed back-off may go unnoticed.
static constexpr Duration kClaimEvery = std::chrono::milliseconds(250);
// The clock of a server is not ours: it drifts, is set, and is another one after a failover.
static constexpr Duration kReadClock = std::chrono::seconds(1);

Unit Dispatcher::next(Result<void> last) {
  if (!last.ok()) {
    if (last.error().code == ErrorCode::kCancelled) return Unit::done();
    log(LogLevel::kWarn, "cannot claim repairs", {{"why", last.error().message}});
    phase_ = phase_ == Phase::kClock ? Phase::kStart : Phase::kIdle;
    return Unit::sleep(kClaimEvery);
  }
  switch (phase_) {
    case Phase::kStart:
      return read_clock();
    case Phase::kIdle:
      return context_.clock.mono() - clock_read_ < kReadClock ? claim() : read_clock();
    case Phase::kClock:
      return claim();
    case Phase::kClaim:
      break;
  }
  for (const Repair& repair : reply_.moved) {
    if (is_terminal(repair.state)) log_repair_ended(repair);
    context_.repair_moved(repair);
  }
  for (RepairJob& job : reply_.jobs) start_(std::move(job));
  for (RepairJob& job : reply_.asks) ask_(std::move(job));
  context_.queue->commit_turn(reply_.queue);
  for (const QueuedFlow& flow : reply_.queue.flows) {
    const auto begun = reply_.queue.begun.find(flow.name);
    if (begun == reply_.queue.begun.end()) continue;
    context_.measures.queue_started(flow.owner, begun->second);
  }
  if (reply_.more) return claim();
  phase_ = Phase::kIdle;
  return Unit::sleep(until_next());
}

// Until the first of those that the gates sent back may be looked at again.
Duration Dispatcher::until_next() const {
  Duration wait = kClaimEvery;
  const WallTime now = context_.clock.wall();
  for (const Repair& repair : reply_.moved) {
    if (repair.state != RepairState::kScheduled) continue;
    wait = std::clamp<Duration>(repair.not_before - now, std::chrono::milliseconds(1), wait);
  }
  return wait;
}

Unit Dispatcher::read_clock() {
  phase_ = Phase::kClock;
  clock_read_ = context_.clock.mono();
  return Unit::on_target(kStorePool, [this] { return context_.read_lease_clock(); });
}

Unit Dispatcher::claim() {
  phase_ = Phase::kClaim;
  salts_.clear();
  for (std::int64_t i = 0; i < kClaimLimit; ++i) salts_.push_back(context_.random.bytes(32));
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, now](StoreTx& store) -> Result<void> {
    reply_ = ClaimReply();
    SB_ASSIGN(reply_, claim_jobs(store, context_, kClaimLimit, salts_, now));
    return {};
  });
}

}  // namespace sideband
