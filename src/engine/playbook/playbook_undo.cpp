#include "engine/playbook/playbook_undo.h"

#include "policy/playbook_pin.h"

namespace sideband {
namespace {

constexpr std::int64_t kMaxStepRows = 100'000;

Result<bool> taken_back_well(const Step& row) {
  if (!row.undo || row.state != StepState::kDone) return false;
  SB_ASSIGN(const auto outcomes, decode_outcomes(row.outcomes));
  return outcomes.size() == 1 && (outcomes[0].outcome == Outcome::kChanged ||
                                  outcomes[0].outcome == Outcome::kAlreadyThere);
}

Result<void> add_rows(StoreReader& store, const Uuid& repair, std::vector<Step>& rows) {
  SB_ASSIGN(const auto found, store.steps(repair, 0, kMaxStepRows));
  for (const Step& row : found) {
    SB_ASSIGN(const bool back, taken_back_well(row));
    if (row.undo && !back) continue;
    rows.push_back(row);
    rows.back().seq = -static_cast<std::int64_t>(rows.size());
  }
  return {};
}

Error cannot(const PlaybookStep& step, const std::string& why) {
  return Error::conflict("step " + step.name + " " + why + "; nothing was taken back");
}

}  // namespace

Result<std::vector<Step>> rows_to_take_back(StoreReader& store, const Uuid& run,
                                            const Uuid& except) {
  std::vector<Step> rows;
  SB_TRY(add_rows(store, run, rows));
  SB_ASSIGN(const auto earlier, store.undos_of_run(run));
  for (const Uuid& undo : earlier) {
    if (undo != except) SB_TRY(add_rows(store, undo, rows));
  }
  return rows;
}

Result<std::vector<std::size_t>> steps_to_take_back(const PlaybookSettings& playbook,
                                                    const std::vector<StepView>& views) {
  std::vector<std::size_t> out;
  for (std::size_t i = views.size(); i > 0; --i) {
    const PlaybookStep& step = playbook.steps[i - 1];
    const StepView& view = views[i - 1];
    const bool unknown = view.status == StepStatus::kUnknown || view.status == StepStatus::kOpen;
    const bool rests = step.kind == StepKind::kWait || step.kind == StepKind::kManual;
    if (unknown && !rests && step.kind != StepKind::kCheck) {
      return cannot(step, "may have done something or not, nobody knows");
    }
    const bool ours = view.status == StepStatus::kDone && view.outcome.outcome == Outcome::kChanged;
    if (!ours || view.undone) continue;
    if (step.kind == StepKind::kRun && step.undo_kind == UndoKind::kMissing) {
      return cannot(step, "says nothing of how it is taken back (undo)");
    }
    if (can_take_back(step)) out.push_back(i - 1);
  }
  if (out.empty()) return Error::conflict("there is nothing to take back: no step left a change");
  return out;
}

Change change_of_undo(const PlaybookRun& run, const Uuid& repair) {
  Change change = change_of_run(run);
  change.op = ChangeOp::kUpdate;
  change.found = State::of_bytes(repair.text());
  return change;
}

Result<std::optional<Uuid>> undone_run(const Change& change) {
  if (!change.found.present()) return std::optional<Uuid>();
  SB_ASSIGN(const Uuid id, Uuid::parse(change.found.bytes));
  return std::optional(id);
}

}  // namespace sideband
