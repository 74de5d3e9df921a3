#include "engine/feed_pump.h"

#include "base/log.h"

namespace sideband {

static constexpr Duration kListen = std::chrono::milliseconds(500);
static constexpr Duration kReopen = std::chrono::seconds(1);

FeedPump::FeedPump(std::string name, Open open, std::shared_ptr<WakeBox> wakes,
                   std::function<void()> wake)
    : name_(std::move(name)),
      open_(std::move(open)),
      wakes_(std::move(wakes)),
      wake_(std::move(wake)),
      thread_("feed", [this] { run(); }) {}

FeedPump::~FeedPump() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void FeedPump::ask_again() {
  const MutexLock lock(mutex_);
  again_ = true;
  changed_.notify_all();
}

// False when it is over.
bool FeedPump::asked_again() {
  const MutexLock lock(mutex_);
  again_ = false;
  while (!stop_ && !again_) changed_.wait(mutex_);
  return !stop_;
}

bool FeedPump::stopped_within(Duration wait) {
  const MutexLock lock(mutex_);
  if (!stop_ && wait > Duration(0)) changed_.wait_for(mutex_, wait);
  return stop_;
}

void FeedPump::run() {
  bool warned = false;
  while (!stopped_within(Duration(0))) {
    auto feed = open_();
    if (feed.ok()) {
      warned = false;
      // What happened before we listened is not known.
      wakes_->add_scan();
      wake_();
      while (pump(**feed)) {
      }
    } else if (!warned) {
      warned = true;
      log(LogLevel::kWarn, "feed is not available; the interval alone wakes this reconciler",
          {{"reconciler", name_}, {"why", feed.error().message}});
    }
    const bool denied = !feed.ok() && feed.error().code == ErrorCode::kPermission;
    if (denied ? !asked_again() : stopped_within(kReopen)) return;
    warned = warned && !denied;
  }
}

bool FeedPump::pump(Feed& feed) {
  if (stopped_within(Duration(0))) return false;
  const auto wake = feed.wait(kListen);
  if (!wake.ok()) {
    log(LogLevel::kWarn, "feed ended", {{"reconciler", name_}, {"why", wake.error().message}});
    return false;
  }
  if (!wake->any) return true;
  if (wake->scan) {
    wakes_->add_scan();
  } else {
    wakes_->add_keys(wake->keys);
  }
  wake_();
  return true;
}

}  // namespace sideband
