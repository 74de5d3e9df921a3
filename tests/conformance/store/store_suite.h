// The suite that every Store runs: a home for each kind of store, and shorthands.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "base/metrics.h"
#include "base/mutex.h"
#include "base/random.h"
#include "ports/store.h"
#include "store/store_options.h"

namespace sideband {

// Durable state that outlives a Store; opening it again shows what was kept.
class StoreHome {
 public:
  virtual ~StoreHome() = default;
  virtual Result<std::unique_ptr<Store>> open(const StoreOptions& options) = 0;
};

// Makes an empty home; null when this machine cannot run this kind of store, which the test says.
struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<StoreHome>()> make;
};
std::vector<StoreKind> store_kinds();

// Counts down from many threads; wait blocks until it is at zero.
class Latch {
 public:
  explicit Latch(int count) : left_(count) {}
  void down() {
    const MutexLock lock(mutex_);
    if (--left_ == 0) zero_.notify_all();
  }
  void wait() {
    const MutexLock lock(mutex_);
    while (left_ > 0) zero_.wait(mutex_);
  }

 private:
  Mutex mutex_;
  CondVar zero_;
  int left_ SB_GUARDED_BY(mutex_);
};

class StoreSuite : public testing::TestWithParam<StoreKind> {
 protected:
  void SetUp() override;
  void TearDown() override { store_.reset(); }

  Store& store() { return *store_; }
  void reopen();
  // Runs `fn` and waits for its commit.
  Result<void> run(const StoreFn& fn, Lane lane = Lane::kControl) { return store_->run(lane, fn); }
  // Fails the test unless it succeeds.
  void must(const StoreFn& fn);
  void must_read(const StoreReadFn& fn);

  Uuid new_id() { return Uuid::make(clock_.wall(), random_); }
  WallTime now() { return clock_.wall(); }
  Repair queued_repair();
  ClaimRequest claim_at(std::int64_t now_us, std::int64_t limit = 10);
  std::vector<Repair> claim(const ClaimRequest& request);

  ManualClock clock_{from_us(1'700'000'000'000'000)};
  SeededRandom random_{7};
  Metrics metrics_;
  WriterOptions writer_options_;
  std::unique_ptr<StoreHome> home_;
  std::unique_ptr<Store> store_;
};

}  // namespace sideband
