// The end of a repair: its drifts are released part by part, the last part together with the end
// itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/execute/repair_work.h"

namespace sideband {

// What decides over the drifts of one step: whether its repair converged, which of its keys moved
// since, and when.
struct StepRelease {
  const ReconcilerRuntime& runtime;
  const std::vector<std::string>& moved;
  DriftDisposition disposition;
  WallTime now;
};

// Closes what converged; refused changes and those whose desired side moved are judged anew, and
// their keys returned. What was written, or may have been before somebody else wrote it, rests for
// the cooldown in any case.
Result<std::vector<std::string>> release_step(StoreTx& store, const StepRelease& release,
                                              const std::vector<Change>& chunk, const Step& step,
                                              const std::vector<ChangeOutcome>& outcomes);

// Tells metrics, waiting callers and the log that the repair of `work` has ended.
void tell_repair_ended(const RepairWork& work);

class RepairRelease {
 public:
  RepairRelease(RepairWork& work, DriftDisposition disposition, RepairState to, std::string note)
      : work_(work), disposition_(disposition), to_(to), note_(std::move(note)) {}

  // Units; at last kStop.
  Advance next();

 private:
  Unit release();
  Result<bool> release_part(StoreTx& store);
  Result<bool> cool_chunk(StoreTx& store) const;
  [[nodiscard]] bool closes_whole_plan() const;
  Result<bool> release_by_plan(StoreTx& store);
  Result<bool> release_next_step(StoreTx& store);
  void request_reevaluation();

  RepairWork& work_;
  const DriftDisposition disposition_;
  const RepairState to_;
  const std::string note_;
  bool begun_ = false;
  std::int64_t part_ = 0;

  // Results of the unit under way.
  RepairJob next_job_;
  bool more_ = false;
  std::string after_;  // by plan: keys up to here are done
  std::optional<std::string> until_;
  std::vector<std::string> anew_;
  WallTime now_;
};

}  // namespace sideband
