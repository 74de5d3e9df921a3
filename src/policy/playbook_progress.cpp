#include "policy/playbook_progress.h"

#include <algorithm>
#include <array>

namespace sideband {
namespace {

StepStatus status_of(const ChangeOutcome& outcome) {
  switch (outcome.outcome) {
    case Outcome::kChanged:
    case Outcome::kAlreadyThere:
      return StepStatus::kDone;
    case Outcome::kUnknown:
      return StepStatus::kUnknown;
    case Outcome::kRefused:
    case Outcome::kFailed:
    case Outcome::kFenced:
      break;
  }
  return StepStatus::kFailed;
}

Result<ChangeOutcome> only_outcome(const Step& row) {
  SB_ASSIGN(const auto outcomes, decode_outcomes(row.outcomes));
  if (outcomes.size() != 1) return Error::corrupt("a playbook's step must have one outcome");
  return outcomes.front();
}

// Steps of the playbook are in an order in which what is needed stands before.
void mark_skipped(const PlaybookSettings& playbook, std::vector<StepView>& views) {
  const auto lost = [&](const std::string& name) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (playbook.steps[i].name != name) continue;
      return views[i].status == StepStatus::kFailed || views[i].status == StepStatus::kSkipped;
    }
    return false;
  };
  for (std::size_t i = 0; i < views.size(); ++i) {
    const auto& needs = playbook.steps[i].needs;
    if (views[i].status != StepStatus::kWaiting) continue;
    if (std::any_of(needs.begin(), needs.end(), lost)) views[i].status = StepStatus::kSkipped;
  }
}

// The way back of one step as far as it went; nothing where it has not begun.
Result<std::optional<NextStep>> undo_status(std::size_t step, const StepView& view) {
  if (!view.undone) return std::optional<NextStep>();
  if (view.undone->state == StepState::kIntent) {
    return std::optional(NextStep{NextStep::Kind::kUndo, step, view.undone});
  }
  SB_ASSIGN(const ChangeOutcome outcome, only_outcome(*view.undone));
  const bool good = status_of(outcome) == StepStatus::kDone;
  return std::optional(
      NextStep{good ? NextStep::Kind::kUndone : NextStep::Kind::kUndoFailed, step, {}});
}

}  // namespace

std::string_view step_status_name(StepStatus status) {
  static constexpr std::array<std::string_view, 6> kNames = {"waiting", "open",    "done",
                                                             "failed",  "unknown", "skipped"};
  return kNames.at(static_cast<std::size_t>(status));
}

Result<std::vector<StepView>> view_steps(const PlaybookSettings& playbook,
                                         const std::vector<Step>& rows) {
  std::vector<StepView> views(playbook.steps.size());
  for (const Step& row : rows) {
    if (row.from < 0 || row.from >= static_cast<std::int64_t>(views.size())) {
      return Error::corrupt("a step of the run is none of its playbook");
    }
    StepView& view = views[static_cast<std::size_t>(row.from)];
    (row.undo ? view.undone : view.row) = row;
    if (row.undo) continue;
    view.status = StepStatus::kOpen;
    if (row.state != StepState::kDone) continue;
    SB_ASSIGN(view.outcome, only_outcome(row));
    view.status = status_of(view.outcome);
  }
  mark_skipped(playbook, views);
  return views;
}

NextStep next_forward_step(const PlaybookSettings& playbook, const std::vector<StepView>& views) {
  for (std::size_t i = 0; i < views.size(); ++i) {
    const StepStatus status = views[i].status;
    if (status == StepStatus::kOpen) return {NextStep::Kind::kStep, i, views[i].row};
    if (status == StepStatus::kUnknown) return {NextStep::Kind::kUnknown, i, {}};
    const bool goes_on = playbook.steps[i].on_failure == OnFailure::kContinue;
    if (status == StepStatus::kFailed && !goes_on) return {NextStep::Kind::kFailed, i, {}};
  }
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (views[i].status == StepStatus::kWaiting) return {NextStep::Kind::kStep, i, {}};
  }
  return {NextStep::Kind::kDone, 0, {}};
}

NextStep next_undo_step(const PlaybookSettings& playbook, const std::vector<StepView>& views) {
  for (std::size_t i = views.size(); i > 0; --i) {
    const StepView& view = views[i - 1];
    const bool ours = view.status == StepStatus::kDone && view.outcome.outcome == Outcome::kChanged;
    if (!ours || !can_take_back(playbook.steps[i - 1])) continue;
    const auto begun = undo_status(i - 1, view);
    if (!begun.ok()) return {NextStep::Kind::kUndoFailed, i - 1, {}};
    if (!*begun) return {NextStep::Kind::kUndo, i - 1, {}};
    if ((*begun)->kind != NextStep::Kind::kUndone) return **begun;
  }
  return {NextStep::Kind::kUndone, 0, {}};
}

std::string steps_in(const PlaybookSettings& playbook, const std::vector<StepView>& views,
                     StepStatus status) {
  std::string out;
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (views[i].status == status) out += (out.empty() ? "" : ", ") + playbook.steps[i].name;
  }
  return out;
}

}  // namespace sideband
