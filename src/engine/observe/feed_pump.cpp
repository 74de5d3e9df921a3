#include "engine/observe/feed_pump.h"

#include "base/log.h"

namespace sideband {
namespace {

constexpr Duration kListen = std::chrono::milliseconds(500);
constexpr Duration kFirstReopen = std::chrono::seconds(1);
constexpr Duration kMaxReopen = std::chrono::seconds(15);

}  // namespace

FeedPump::FeedPump(FeedSite site) : site_(std::move(site)), thread_("feed", [this] { run(); }) {}

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
  while (!stop_ && !again_) changed_.wait(mutex_);
  again_ = false;
  return !stop_;
}

bool FeedPump::stopped_within(Duration wait) {
  const MutexLock lock(mutex_);
  if (!stop_ && wait > Duration(0)) changed_.wait_for(mutex_, wait);
  return stop_;
}

void FeedPump::run() {
  std::string warned;  // of what; once is enough
  site_.measures.feed_listens(site_.reconciler, site_.target, false);
  Duration pause = kFirstReopen;
  while (!stopped_within(Duration(0))) {
    const MonoTime begin = site_.clock.mono();
    const auto feed = site_.open();
    if (feed.ok()) {
      warned.clear();
      listen(**feed);
    } else if (warned != feed.error().message) {
      warned = feed.error().message;
      log(LogLevel::kWarn, "feed is not available; the interval alone wakes this reconciler",
          {{"reconciler", site_.reconciler.name}, {"why", feed.error().message}});
    }
    const bool denied = !feed.ok() && feed.error().code == ErrorCode::kPermission;
    if (site_.clock.mono() - begin > kMaxReopen) pause = kFirstReopen;
    if (denied ? !asked_again() : stopped_within(pause)) return;
    if (denied) warned.clear();
    pause = denied ? kFirstReopen : std::min(2 * pause, kMaxReopen);
  }
}

// Until it ends, or we stop.
void FeedPump::listen(Feed& feed) {
  site_.measures.feed_listens(site_.reconciler, site_.target, true);
  // What happened before we listened is not known.
  journal().add_gap("its feed began anew");
  hand_over({true, true, {}});
  auto goes_on = pump(feed);
  while (goes_on.ok() && !stopped_within(Duration(0))) goes_on = pump(feed);
  site_.measures.feed_listens(site_.reconciler, site_.target, false);
  journal().add_gap("its feed was lost");
  if (goes_on.ok()) return;
  const bool lagged = goes_on.error().code == ErrorCode::kRefused;
  site_.measures.feed_ended(site_.reconciler, site_.target, lagged ? "lag" : "lost");
  log(LogLevel::kWarn, "feed ended",
      {{"reconciler", site_.reconciler.name}, {"why", goes_on.error().message}});
}

Result<void> FeedPump::pump(Feed& feed) {
  const auto wake = feed.wait(kListen);
  show_lag(feed);
  if (!wake.ok()) return wake.error();
  if (wake->any) hand_over(*wake);
  if (const auto told = feed.told()) journal().reach(*told);
  return {};
}

void FeedPump::show_lag(const Feed& feed) {
  const auto lag = feed.lag_bytes();
  if (lag == lag_) return;
  lag_ = lag;
  if (lag) site_.measures.feed_lags(site_.reconciler, site_.target, *lag);
}

// Keys of what has copies are not those of the copies.
bool FeedPump::tells_no_keys() const {
  const CollectionSettings& desired = site_.reconciler.desired;
  return site_.role == Role::kDesired && !desired.copies.empty();
}

void FeedPump::hand_over(const Wake& wake) {
  const bool scan = wake.scan || tells_no_keys();
  journal().add({true, scan, wake.keys});
  if (scan) {
    site_.wakes->add_scan();
  } else {
    site_.wakes->add_keys(wake.keys);
  }
  site_.measures.feed_woke(site_.reconciler, site_.target, scan ? "scan" : "keys");
  site_.wake();
}

}  // namespace sideband
