#include "engine/observer.h"

#include <algorithm>

#include "base/log.h"
#include "policy/backoff.h"

namespace sideband {

// More keys than this are cheaper as one scan (ports/feed.h has the same limit).
static constexpr std::size_t kMaxKeys = 10'000;

void WakeBox::add_keys(const std::vector<std::string>& keys) {
  const MutexLock lock(mutex_);
  keys_.insert(keys.begin(), keys.end());
  if (keys_.size() > kMaxKeys) {
    keys_.clear();
    scan_ = true;
  }
}

void WakeBox::add_scan() {
  const MutexLock lock(mutex_);
  scan_ = true;
}

void WakeBox::retire() {
  const MutexLock lock(mutex_);
  retired_ = true;
}

WakeBox::Content WakeBox::take() {
  const MutexLock lock(mutex_);
  Content content{retired_, scan_, {keys_.begin(), keys_.end()}};
  scan_ = false;
  keys_.clear();
  return content;
}

Observer::Observer(EngineContext& context, ChannelPtr channel, std::shared_ptr<WakeBox> wakes)
    : context_(context),
      channel_(std::move(channel)),
      wakes_(std::move(wakes)),
      next_scan_(context_.clock.mono()),
      next_sweep_(next_scan_ + channel_->settings.actual.sweep) {}

Unit Observer::next(Result<void> last) {
  if (cycle_) {
    auto unit = cycle_->next(std::move(last));
    if (unit) return std::move(*unit);
    after_cycle();
  } else if (!last.ok()) {
    return Unit::done();  // the daemon stops, or this channel was replaced
  }
  return idle();
}

Unit Observer::idle() {
  const MonoTime now = context_.clock.mono();
  const WakeBox::Content wakes = wakes_->take();
  if (wakes.retired) return Unit::done();
  CycleOptions options;
  if (wakes.scan || now >= next_scan_) return start_cycle(std::move(options));
  if (!wakes.keys.empty()) {
    options.whole = false;
    options.keys = wakes.keys;
    return start_cycle(std::move(options));
  }
  const bool sweeps = channel_->settings.actual.sweep > Duration(0);
  if (sweeps && now >= next_sweep_) {
    options.sweep = true;
    return start_cycle(std::move(options));
  }
  const MonoTime due = sweeps ? std::min(next_scan_, next_sweep_) : next_scan_;
  return Unit::sleep(due - now);
}

Unit Observer::start_cycle(CycleOptions options) {
  if (channel_->settings.suspend) {
    next_scan_ = context_.clock.mono() + channel_->settings.interval;
    return Unit::sleep(channel_->settings.interval);
  }
  cycle_whole_ = options.whole && !options.sweep;
  cycle_sweep_ = options.sweep;
  cycle_ = std::make_unique<Cycle>(context_, channel_, std::move(options));
  auto unit = cycle_->next({});
  return std::move(*unit);
}

void Observer::after_cycle() {
  const CycleReply& reply = cycle_->reply();
  const MonoTime now = context_.clock.mono();
  const ReconcilerSettings& settings = channel_->settings;
  if (reply.result.ok()) {
    failures_ = 0;
    if (cycle_whole_) next_scan_ = now + settings.interval;
  } else {
    ++failures_;
    const Duration delay = backoff_delay(settings.retry, failures_, context_.random.fraction());
    next_scan_ = now + std::min(delay, settings.interval);
    log(LogLevel::kWarn, "scan failed; nothing was concluded from it",
        {{"reconciler", settings.name}, {"why", reply.result.error().message}});
  }
  if (cycle_sweep_) next_sweep_ = now + settings.actual.sweep;
  cycle_.reset();
}

}  // namespace sideband
