// A hook: an operation before a cohort is changed, or after, also after it was taken back.
//
// It is run at least once: a worker that dies inside leaves an intent, and the next one runs it
// anew. One that is run for each thing goes through those that the next steps would change, as far
// as they are in memory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/execute/repair_work.h"

namespace sideband {

class RepairHook {
 public:
  RepairHook(RepairWork& work, HookKind kind);
  // Units; then kSteps, kValidate, kRollBack, kRetry, or the end.
  Advance next();

 private:
  enum class Phase : std::uint8_t { kBegin, kIntent, kCall, kRenew, kOutcome };

  void find_things();
  Unit intend();
  Unit resume();
  Advance after_intent();
  Unit renew();
  Unit call();
  void call_for(const Change* change);
  Result<OperationReply> run_with(const Change* change);
  Advance after_call();
  Unit record();
  Result<void> note_cancel(StoreTx& store);
  Advance after_record();
  [[nodiscard]] const HookSettings& hook() const;
  [[nodiscard]] bool ended_by_person() const;

  RepairWork& work_;
  const HookKind kind_;
  Phase phase_ = Phase::kBegin;
  std::vector<const Change*> things_;  // null: the cohort as a whole
  std::size_t at_ = 0;                 // which one is next
  std::optional<Error> error_;         // of the last call

  // Results of the unit under way.
  RepairJob next_job_;
  StepGrant grant_;
  HookReport report_;
  std::string salt_;
  WallTime now_;
};

// How a repair goes on after a hook whose outcome is recorded.
StageEnd follow_hook(const RepairWork& work, const HookReport& report);

}  // namespace sideband
