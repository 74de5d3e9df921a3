// The one thread that writes: takes what waits in two lanes and commits it in groups.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/thread.h"
#include "store/group.h"

namespace sideband {

struct WriterOptions {
  std::size_t queue_limit = 20'000;  // waiting functions, for each lane
  Duration bulk_slice = std::chrono::milliseconds(5);
  std::size_t group_limit = 4'096;  // functions in one commit
  std::size_t busy_group = 8;       // after a commit of so many the writer is busy and gathers
  Duration gather = std::chrono::microseconds(150);
};

// Thread-safe. The destructor runs what still waits, then ends the thread.
class StoreWriter {
 public:
  // `connection` must outlive the writer and be used by nobody else.
  StoreWriter(Connection& connection, WriterOptions options, const Clock& clock, Metrics& metrics);
  ~StoreWriter();
  StoreWriter(const StoreWriter&) = delete;
  StoreWriter& operator=(const StoreWriter&) = delete;

  // See Store::submit.
  void submit(Lane lane, StoreFn fn, StoreDone done) SB_EXCLUDES(mutex_);
  // The error of the last group that could not be stored for a reason of the store's own; none once
  // another one could.
  Result<void> health() const SB_EXCLUDES(mutex_);

 private:
  struct Instruments {
    explicit Instruments(Metrics& metrics);
    Counter& commits;
    Counter& reruns;
    Histogram& group_size;
    Histogram& seconds;
    Gauge& control_depth;
    Gauge& bulk_depth;
    Gauge& healthy;
  };

  void loop();
  bool wait_for_work() SB_EXCLUDES(mutex_);
  void gather() SB_EXCLUDES(mutex_);
  void take_group() SB_EXCLUDES(mutex_);
  void run_group();
  void answer(std::vector<Result<void>> results);
  void pause(int tries) SB_EXCLUDES(mutex_);
  void note_health(const std::vector<Result<void>>& results, bool wrote) SB_EXCLUDES(mutex_);

  const WriterOptions options_;
  const Clock& clock_;
  Connection& connection_;
  Instruments instruments_;
  GroupRunner runner_;
  SystemRandom random_;
  std::size_t last_group_ = 0;  // of the writer's thread

  mutable Mutex mutex_;
  CondVar changed_;
  CondVar closing_;
  std::deque<StoreJob> control_ SB_GUARDED_BY(mutex_);
  std::deque<StoreJob> bulk_ SB_GUARDED_BY(mutex_);
  bool closed_ SB_GUARDED_BY(mutex_) = false;
  Result<void> health_ SB_GUARDED_BY(mutex_);

  // The group being run, only touched by the writer's thread: first the control functions.
  std::vector<StoreJob> group_;
  std::size_t group_control_ = 0;

  Thread thread_;
};

}  // namespace sideband
