#include "engine/observe/observer.h"

#include <algorithm>

#include "base/log.h"
#include "policy/backoff.h"

namespace sideband {

// More keys than this are cheaper as one scan (ports/feed.h has the same limit).
static constexpr std::size_t kMaxPendingKeys = 10'000;
static constexpr Duration kMinRipening = std::chrono::milliseconds(50);
// How long a look waits for a feed to come as far as its log was. A server that is busy flushes its
// log all the time; one that hardly works does so every 15 s.
static constexpr Duration kMinFeedWait = std::chrono::seconds(1);
static constexpr Duration kMaxFeedWait = std::chrono::seconds(20);
static constexpr Duration kFirstFeedPause = std::chrono::milliseconds(1);
static constexpr Duration kMaxFeedPause = std::chrono::milliseconds(100);

void PendingWakes::add_keys(const std::vector<std::string>& keys) {
  const MutexLock lock(mutex_);
  keys_.insert(keys.begin(), keys.end());
  if (keys_.size() > kMaxPendingKeys) {
    keys_.clear();
    scan_ = true;
  }
}

void PendingWakes::add_scan() {
  const MutexLock lock(mutex_);
  scan_ = true;
}

void PendingWakes::add_repaired() {
  const MutexLock lock(mutex_);
  repaired_ = true;
}

void PendingWakes::retire() {
  const MutexLock lock(mutex_);
  retired_ = true;
}

PendingWakes::Content PendingWakes::take() {
  const MutexLock lock(mutex_);
  Content content{retired_, scan_, repaired_, {keys_.begin(), keys_.end()}};
  scan_ = repaired_ = false;
  keys_.clear();
  return content;
}

void PendingWakes::looked_well(GoodLook look) {
  const MutexLock lock(mutex_);
  good_look_ = std::move(look);
}

PendingWakes::GoodLook PendingWakes::good_look() const {
  const MutexLock lock(mutex_);
  return good_look_;
}

Observer::Observer(EngineContext& context, ReconcilerRuntimePtr runtime,
                   std::shared_ptr<PendingWakes> wakes)
    : context_(context),
      runtime_(std::move(runtime)),
      wakes_(std::move(wakes)),
      cheap_(context_, runtime_, wakes_->journal(Role::kDesired), wakes_->journal(Role::kActual)),
      next_scan_(context_.clock.mono()),
      next_sweep_(next_scan_ + runtime_->settings.actual.sweep) {}

Unit Observer::next(Result<void> last) {
  if (cycle_) {
    auto unit = cycle_->next(std::move(last));
    if (unit) return std::move(*unit);
    if (!context_.in_force(*runtime_)) return end_replaced();
    after_cycle();
  } else if (doing_ == Doing::kAsking) {
    return after_ask(last);
  } else if (!last.ok()) {
    return Unit::done();  // the daemon stops, or this runtime was replaced
  }
  return idle();
}

Unit Observer::idle() {
  doing_ = Doing::kNothing;
  const MonoTime now = context_.clock.mono();
  const PendingWakes::Content wakes = wakes_->take();
  if (wakes.retired) return Unit::done();
  if (wakes.repaired) cheap_.distrust();
  const bool sweeps = runtime_->settings.actual.sweeps();
  if (sweeps && now >= next_sweep_) {
    begun_ = now;
    return start_cycle(Doing::kSweep);
  }
  if (wakes.scan) return start_look(true);
  if (now >= next_scan_ && !waiting_) return start_look(false);
  if (waiting_ && (now >= waiting_->until || !cheap_.waits_for_feeds(now))) return look(true);
  if (!wakes.keys.empty()) return start_cycle(Doing::kWokenKeys, wakes.keys);
  if (!ripening_.empty() && now >= ripe_at_) {
    std::vector<std::string> ripe(ripening_.begin(), ripening_.end());
    ripening_.clear();
    return start_cycle(Doing::kWokenKeys, std::move(ripe));
  }
  MonoTime due = next_scan_;
  if (waiting_)
    due = now + std::exchange(waiting_->pause, std::min(2 * waiting_->pause, kMaxFeedPause));
  if (sweeps) due = std::min(due, next_sweep_);
  if (!ripening_.empty()) due = std::min(due, ripe_at_);
  return Unit::sleep(due - now);
}

// Everything, or less where the targets can tell that less will do.
Unit Observer::start_look(bool forced) {
  begun_ = context_.clock.mono();
  forced_ = forced;
  waiting_.reset();
  if (runtime_->settings.suspend) return start_cycle(Doing::kScan);
  if (!cheap_.possible()) return look(true);
  doing_ = Doing::kAsking;
  return Unit::on_target(runtime_->pool(), [this] { return cheap_.ask(); });
}

Unit Observer::after_ask(const Result<void>& asked) {
  if (!asked.ok()) {
    log(LogLevel::kWarn, "the targets could not say what changed; everything is looked at",
        {{"reconciler", runtime_->name()}, {"why", asked.error().message}});
    return look(false);
  }
  if (forced_ || !cheap_.waits_for_feeds(begun_)) return look(true);
  const Duration patience = std::clamp(runtime_->settings.interval / 2, kMinFeedWait, kMaxFeedWait);
  waiting_ = {begun_ + patience, kFirstFeedPause};
  return idle();
}

Unit Observer::look(bool asked) {
  waiting_.reset();
  look_ = cheap_.decide(begun_);
  if (!asked) {
    look_ = {LookKind::kWhole, "error", "a target could not say what changed"};
  } else if (forced_) {
    look_ = {LookKind::kWhole, "asked"};
  } else if (!cheap_.possible()) {
    look_ = {LookKind::kWhole, "cannotTell", "a side cannot tell what changed"};
  }
  if (look_.kind == LookKind::kNothing) return skip();
  if (look_.kind == LookKind::kKeys) return start_cycle(Doing::kKeys, cheap_.keys());
  return start_cycle(Doing::kScan);
}

Unit Observer::skip() {
  if (look_.why != "position") cheap_.keys_ended({});
  context_.measures.scan_skipped(runtime_->settings, std::string(look_.why));
  const MonoTime now = context_.clock.mono();
  context_.measures.looked(runtime_->settings, look_, now - begun_);
  log(skipped_ ? LogLevel::kDebug : LogLevel::kInfo, "scan skipped: nothing changed since the last",
      {{"reconciler", runtime_->name()}, {"by", std::string(look_.why)}});
  skipped_ = true;
  failures_ = 0;
  wakes_->looked_well({context_.clock.wall(), look_});
  next_scan_ = now + runtime_->settings.interval;
  return idle();
}

Unit Observer::start_cycle(Doing doing, std::vector<std::string> keys) {
  if (runtime_->settings.suspend) {
    next_scan_ = context_.clock.mono() + runtime_->settings.interval;
    if (doing == Doing::kSweep) next_sweep_ = next_scan_;
    return Unit::sleep(runtime_->settings.interval);
  }
  doing_ = doing;
  skipped_ = false;
  CycleOptions options;
  options.whole = doing == Doing::kScan || doing == Doing::kSweep;
  options.sweep = doing == Doing::kSweep;
  options.keys = std::move(keys);
  keys_ = options.keys;
  if (doing == Doing::kKeys) options.closes_since = cheap_.scan_ended_at();
  cycle_ = std::make_unique<Cycle>(context_, runtime_, std::move(options));
  auto unit = cycle_->next({});
  return std::move(*unit);
}

Unit Observer::end_replaced() {
  log(LogLevel::kInfo, "look ended: the configuration was read again",
      {{"reconciler", runtime_->name()}});
  return Unit::done();
}

void Observer::after_cycle() {
  const CycleReply& reply = cycle_->reply();
  const MonoTime now = context_.clock.mono();
  const ReconcilerSettings& settings = runtime_->settings;
  if (reply.result.ok()) {
    failures_ = 0;
    if (doing_ != Doing::kWokenKeys) note_look();
    if (doing_ == Doing::kSweep) next_sweep_ = now + settings.actual.sweep;
  } else {
    ++failures_;
    const Duration delay = backoff_delay(settings.retry, failures_, context_.random.fraction());
    // What waits for a person is looked at when it is due, not sooner.
    const bool soon = reply.result.error().retry != Retry::kPerson;
    next_scan_ = now + (soon ? std::min(delay, settings.interval) : settings.interval);
    if (doing_ == Doing::kSweep) next_sweep_ = next_scan_;
    log(LogLevel::kWarn, "scan failed; nothing was concluded from it",
        {{"reconciler", settings.name}, {"why", reply.result.error().message}});
  }
  if (reply.result.ok()) look_when_ripe(reply);
  if (doing_ == Doing::kScan || doing_ == Doing::kSweep) cheap_.scan_ended(reply, begun_);
  if (doing_ == Doing::kKeys) cheap_.keys_ended(reply);
  cycle_.reset();
}

void Observer::note_look() {
  if (doing_ == Doing::kSweep) look_ = {LookKind::kWhole, "sweep"};
  const MonoTime now = context_.clock.mono();
  context_.measures.looked(runtime_->settings, look_, now - begun_);
  wakes_->looked_well({context_.clock.wall(), look_});
  next_scan_ = now + runtime_->settings.interval;
}

// What has to last, or rests after a repair, is looked at again when it may be repaired, however
// far away the next scan is.
void Observer::look_when_ripe(const CycleReply& reply) {
  if (!reply.sealed.ripe_at) return;
  const Duration rest = *reply.sealed.ripe_at - context_.clock.wall();
  const MonoTime ripe = context_.clock.mono() + std::max(rest, kMinRipening);
  if (keys_.empty() || ripening_.size() + keys_.size() > kMaxPendingKeys) {
    next_scan_ = std::min(next_scan_, ripe);
    return;
  }
  ripe_at_ = ripening_.empty() ? ripe : std::min(ripe_at_, ripe);
  ripening_.insert(keys_.begin(), keys_.end());
}

}  // namespace sideband
