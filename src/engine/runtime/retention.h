// Retention: prunes what has ended, once an hour, on the node that leads. A pass counts what the
// store holds, and then erases in small transactions of the bulk lane with pauses between them.
//
// Every part of a pass can be done again: what a death leaves undone, the next pass does. An error
// ends the pass, until the next one.
#pragma once

#include <array>
#include <functional>

#include "engine/runtime/context.h"
#include "engine/runtime/unit.h"
#include "policy/retention.h"

namespace sideband {

// How often and how fast; tests are quicker.
struct RetentionPace {
  Duration first = std::chrono::minutes(1);  // after the start
  Duration every = std::chrono::hours(1);
  Duration pause = std::chrono::milliseconds(20);  // between two transactions
  std::int64_t rows = 500;                         // looked at or erased by one
};

class RetentionWorker final : public Worker {
 public:
  // `settings` gives those of the configuration that is in force. `context` must outlive it.
  RetentionWorker(EngineContext& context, RetentionPace pace,
                  std::function<RetentionSettings()> settings);
  Unit next(Result<void> last) override;

 private:
  enum class Phase : std::uint8_t {
    kRest,
    kClock,
    kCount,
    kRepairs,
    kPlans,
    kDecisions,
    kAnswers,
    kLeftovers,
  };
  // What the last transaction did; a function may run twice, and only its last run counts.
  struct Done {
    WallTime now;
    StoreUse use;
    PrunedPage page;
    std::int64_t bytes = 0;  // of the repairs erased
    LeftoverCount leftovers;
  };

  Unit rest(Duration time);
  Unit begin();
  Unit work();
  void advance();
  void clock_is_set();
  void counted();
  void go_on(StoredClass which, Phase after);
  void warn_of_excess() const;
  void leftovers_are_erased();

  Result<void> set_clock(StoreTx& store, WallTime wall, Duration ran);
  Result<void> prune_repairs(StoreTx& store, WallTime wall);
  Result<void> prune_plans(StoreTx& store, WallTime wall);
  Result<void> prune_decisions(StoreTx& store, WallTime wall);

  EngineContext& context_;
  const RetentionPace pace_;
  const std::function<RetentionSettings()> settings_;
  Phase phase_ = Phase::kRest;
  bool started_ = false;
  bool paused_ = false;
  MonoTime asked_;  // when the clock was last set or another node led
  RetentionCuts cuts_;
  std::int64_t budget_ = 0;
  std::int64_t excess_ = 0;  // bytes above the budget
  std::size_t class_ = 0;    // that is counted
  StoreCursor cursor_;
  std::array<StoreUse, kStoredClasses> uses_;
  Done done_;
};

}  // namespace sideband
