// Listens to the feeds of one reconciler on a thread each and wakes its observer.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "engine/observer.h"
#include "ports/driver.h"

namespace sideband {

// Starts in the constructor, ends in the destructor, which waits for at most about a second.
class FeedPump {
 public:
  using Open = std::function<Result<std::unique_ptr<Feed>>()>;
  FeedPump(std::string name, Open open, std::shared_ptr<WakeBox> wakes, std::function<void()> wake);
  ~FeedPump();

  // A feed that was not permitted is not asked for again before this is called.
  void ask_again();

 private:
  void run();
  bool pump(Feed& feed);
  bool stopped_within(Duration wait);
  bool asked_again();

  std::string name_;
  Open open_;
  std::shared_ptr<WakeBox> wakes_;
  std::function<void()> wake_;
  Mutex mutex_;
  CondVar changed_;
  bool stop_ SB_GUARDED_BY(mutex_) = false;
  bool again_ SB_GUARDED_BY(mutex_) = false;
  Thread thread_;
};

}  // namespace sideband
