// Listens to the feeds of one reconciler on a thread each and wakes its observer.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "engine/observe/observer.h"
#include "engine/runtime/engine_metrics.h"
#include "ports/driver.h"

namespace sideband {

// What a pump works with; `measures` outlives it.
struct FeedSite {
  ReconcilerSettings reconciler;
  std::string target;
  Role role;  // of the side that it is of
  std::function<Result<std::unique_ptr<Feed>>()> open;
  std::shared_ptr<PendingWakes> wakes;
  std::function<void()> wake;
  const Clock& clock;
  EngineMetrics& measures;
};

// Starts in the constructor, ends in the destructor, which waits for at most about a second, or for
// as long as opening a feed takes. A feed that ends is opened again, later each time while it does
// not hold.
class FeedPump {
 public:
  explicit FeedPump(FeedSite site);
  ~FeedPump();

  // A feed that was not permitted is not asked for again before this is called.
  void ask_again();

 private:
  void run();
  void listen(Feed& feed);
  Result<void> pump(Feed& feed);
  [[nodiscard]] bool tells_no_keys() const;
  void hand_over(const Wake& wake);
  void show_lag(const Feed& feed);
  [[nodiscard]] ChangeJournal& journal() const { return site_.wakes->journal(site_.role); }
  bool stopped_within(Duration wait);
  bool asked_again();

  const FeedSite site_;
  Mutex mutex_;
  CondVar changed_;
  bool stop_ SB_GUARDED_BY(mutex_) = false;
  bool again_ SB_GUARDED_BY(mutex_) = false;
  std::optional<std::int64_t> lag_;  // as it was shown last; the thread's own
  Thread thread_;
};

}  // namespace sideband
