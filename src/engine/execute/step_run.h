// One step whose intent is recorded: acts, records what it came to, and where nothing stands in the
// way begins the next one in the same transaction.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/execute/repair_work.h"

namespace sideband {

class StepRun {
 public:
  // `resumed`: the intent is an earlier claim's; it is repeated under the new token first.
  StepRun(RepairWork& work, bool resumed);

  // A unit; or how the repair goes on: kSteps once the outcome is recorded (work.job.step is then
  // the next step where that was begun too), kRetry, kAwaitTarget, or kStop where the whole repair
  // converged.
  Advance next();

  // Records the step under way as unknown, without a call: its worker died too often.
  static StepRun unknown(RepairWork& work, const std::string& why);

 private:
  enum class Phase : std::uint8_t { kBegin, kAsk, kResume, kExecute, kOutcome, kConverge };

  [[nodiscard]] bool asks_target();
  Unit ask_target();
  void tell_accepted(WallTime refused_since) const;
  Unit resume();
  Unit execute();
  Advance after_execute();
  Unit record_outcomes(std::vector<ChangeOutcome> outcomes);
  Advance after_outcome();
  Unit converge();
  Advance after_converge();

  // The changes of the step under way, turned round while they are taken back.
  [[nodiscard]] std::span<const Change> changes();
  [[nodiscard]] StepOrder order();
  Result<void> renew_in_call();
  // What can be done while the target works on the changes.
  void work_beside();
  void prefetch_chunk();
  [[nodiscard]] bool validates_at_once() const;
  [[nodiscard]] bool look_at_once();
  [[nodiscard]] bool goes_straight_on(const Repair& repair) const;
  Result<void> begin_next(StoreTx& store);

  RepairWork& work_;
  Phase phase_ = Phase::kBegin;
  const bool resumed_;
  std::vector<Change> reversed_;  // see changes()
  std::string given_up_;          // why it is recorded as unknown, without a call

  // Results of the unit under way.
  RepairJob next_job_;
  StepReport report_;
  std::optional<std::string> refusal_;  // what the target said when it was asked
  bool good_at_once_ = false;
  Digest root_{};    // what the outcome's record commits to
  Chunk following_;  // the chunk after the one at work, where it was prefetched
  std::vector<std::string> anew_;
  std::string salt_;
  WallTime now_;
};

}  // namespace sideband
