// Reads one signal again and again, and keeps what the rules that rest on it come to.
//
//   read (on the target's pool) → detect and judge (in the store) → tell → wait for the interval
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

#include "engine/runtime/context.h"
#include "engine/runtime/reconciler_runtime.h"
#include "engine/runtime/unit.h"
#include "policy/signal_detector.h"

namespace sideband {

// What a worker reads, and for whom.
struct SignalSite {
  SignalSettings settings;
  TargetPlace place;  // of its target; empty: own
  std::string pool;
  Duration timeout{0};  // of one reading
  std::function<Result<std::unique_ptr<Signal>>()> open;
  std::optional<detectors::WatchedDetector> detector = {};  // as it begins; none: none watches it
  // The reconcilers that it wakes when it begins to fire.
  std::function<std::vector<std::string>()> woken;
  // The reconcilers with a rule that rests on it, as far as they are open.
  std::function<std::vector<ReconcilerRuntimePtr>()> users;
  // A reload put another worker, or none, in the place of this one.
  std::shared_ptr<std::atomic<bool>> retired = std::make_shared<std::atomic<bool>>(false);
};

class SignalWorker final : public Worker {
 public:
  SignalWorker(EngineContext& context, SignalSite site)
      : context_(context), site_(std::move(site)) {}
  Unit next(Result<void> last) override;

 private:
  enum class Phase : std::uint8_t { kWait, kRead, kJudge };
  // A rule that came to something else than before.
  struct Turn {
    std::string reconciler;
    PauseRule rule;
    SignalHold hold;
  };

  // A rate that another reading made slower, or gave back.
  struct ThrottleTurn {
    std::string reconciler;
    std::int64_t most = 0;
    Throttle throttle;
    bool news = false;  // it begins or ends to be less than the whole
  };

  Unit read();
  Unit judge(const Result<void>& last);
  Unit tell(const Result<void>& last);
  Result<void> check_identity(StoreTx& store, SignalState& state);
  Result<void> detect(StoreTx& store);
  [[nodiscard]] HeardReading heard() const;
  detectors::WatchedDetector continued(const std::optional<KeptDetection>& kept) const;
  Result<void> keep_holds(StoreTx& store);
  Result<void> keep_hold(StoreTx& store, const ReconcilerRuntime& runtime, const PauseRule& rule);
  Result<void> keep_throttle(StoreTx& store, const ReconcilerRuntime& runtime,
                             const ThrottleRule& rule);
  void tell_detection();
  void tell_throttles();
  void measure(const Fact<double>& value) const;

  EngineContext& context_;
  const SignalSite site_;
  Phase phase_ = Phase::kWait;
  std::unique_ptr<Signal> signal_;
  SignalState state_;       // as of the last reading that was judged
  WallTime foreign_since_;  // another target answers; the epoch: none does

  // Results of the units under way.
  Result<SignalReading> answer_ = Error::unavailable("it was not read yet");
  WallTime now_;
  std::vector<ReconcilerRuntimePtr> users_;
  SignalState next_state_;
  WallTime next_foreign_since_;
  std::string kind_;  // of what is wrong, for metrics; empty: nothing
  std::vector<Turn> turns_;
  std::vector<ThrottleTurn> throttle_turns_;
  // Of the node that leads; nothing where another one feeds it.
  std::optional<detectors::WatchedDetector> detector_, next_detector_;
  std::vector<std::string_view> detector_turns_;  // kinds of records
};

}  // namespace sideband
