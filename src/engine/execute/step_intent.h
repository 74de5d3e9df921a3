// Asks for the intent of the next step, and waits where the rate has nothing left, for as long as
// that takes.
#pragma once

#include <optional>
#include <string>

#include "engine/execute/lease_wait.h"
#include "engine/execute/repair_work.h"

namespace sideband {

class StepIntent {
 public:
  // `until`: the position behind which the step may not reach.
  StepIntent(RepairWork& work, std::int64_t until) : work_(work), until_(until) {}

  // The next unit; nothing once there is an answer.
  std::optional<Unit> next();
  // kGo: work.job holds the step, whose intent is durable. kGiveBack and kCancel: nothing was
  // written.
  [[nodiscard]] const StepGrant& grant() const { return grant_; }

 private:
  enum class Phase : std::uint8_t { kBegin, kAsked, kWait };

  Unit ask();
  std::optional<Unit> answered();

  RepairWork& work_;
  const std::int64_t until_;
  Phase phase_ = Phase::kBegin;
  std::optional<LeaseWait> wait_;

  // Results of the unit under way.
  RepairJob next_job_;
  StepGrant grant_;
  std::string salt_;
  WallTime now_;
};

}  // namespace sideband
