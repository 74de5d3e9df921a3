// What a playbook's run does next, from the record of its steps alone: a crash at any point cannot
// make it forget or repeat anything.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/playbook.h"
#include "model/repair.h"

namespace sideband {

enum class StepStatus : std::uint8_t { kWaiting, kOpen, kDone, kFailed, kUnknown, kSkipped };
std::string_view step_status_name(StepStatus status);

// A Step row of a playbook's run: `from` is the position of the step in the playbook.
struct StepView {
  StepStatus status = StepStatus::kWaiting;
  std::optional<Step> row;     // of the way forward
  std::optional<Step> undone;  // of the way back
  ChangeOutcome outcome;       // of `row`, once done
};
// One for each step of the playbook, in its order.
Result<std::vector<StepView>> view_steps(const PlaybookSettings& playbook,
                                         const std::vector<Step>& rows);

struct NextStep {
  enum class Kind : std::uint8_t {
    kStep,        // begin it, or go on with it where `open` is set
    kDone,        // all steps have an end
    kFailed,      // it failed for good; its onFailure says what follows
    kUnknown,     // nobody knows what it did
    kUndo,        // take it back, or go on with that where `open` is set
    kUndone,      // everything is taken back
    kUndoFailed,  // it could not be taken back
  };
  Kind kind = Kind::kStep;
  std::size_t step = 0;
  std::optional<Step> open;
};

NextStep next_forward_step(const PlaybookSettings& playbook, const std::vector<StepView>& views);
inline bool can_take_back(const PlaybookStep& step) {
  return step.kind == StepKind::kChange || step.undo_kind == UndoKind::kOptions;
}
// Newest first: what was changed and has something that takes it back.
NextStep next_undo_step(const PlaybookSettings& playbook, const std::vector<StepView>& views);

// "step-a, step-b" of those in this status.
std::string steps_in(const PlaybookSettings& playbook, const std::vector<StepView>& views,
                     StepStatus status);

}  // namespace sideband
