// The wall clock of a node among others: the store's. Windows, rests and approvals then mean the
// same on every node, whatever the machines' own clocks say.
#pragma once

#include <atomic>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/slewed_clock.h"

namespace sideband {

// What the store's clock said, carried on by our own. Thread-safe.
class HeardClock final : public Clock {
 public:
  explicit HeardClock(const Clock& own) : own_(own), at_(own.mono()), said_(own.wall()) {}
  void hear(WallTime said);
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] MonoTime mono() const override { return own_.mono(); }

 private:
  const Clock& own_;
  mutable Mutex mutex_;
  MonoTime at_ SB_GUARDED_BY(mutex_);
  WallTime said_ SB_GUARDED_BY(mutex_);
};

// The machine's own clock until the store's was heard. Thread-safe; never blocks for long.
class StoreTime final : public Clock {
 public:
  // `own` outlives it.
  explicit StoreTime(const Clock& own) : own_(own), store_(own), slewed_(store_) {}

  // The store's clock says so now. The first time it is taken at once, before anything goes by it;
  // later it is followed little by little, and never back.
  void hear(WallTime said);

  [[nodiscard]] WallTime wall() const override { return heard_ ? slewed_.wall() : own_.wall(); }
  [[nodiscard]] MonoTime mono() const override { return own_.mono(); }
  [[nodiscard]] Duration gap() const override { return heard_ ? slewed_.gap() : own_.gap(); }

 private:
  const Clock& own_;
  HeardClock store_;
  SlewedClock slewed_;
  std::atomic<bool> heard_{false};
};

}  // namespace sideband
