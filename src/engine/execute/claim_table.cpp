#include "engine/execute/claim_table.h"

#include <vector>

namespace sideband {
namespace {

struct ClaimRow {
  ClaimStage stage;
  std::vector<ClaimQuestion> questions;
};

const std::vector<ClaimRow>& claim_rows() {
  using enum ClaimQuestion;
  static const std::vector<ClaimRow> kRows = {
      // The lock comes last: one that is held back takes nothing from those behind it.
      {ClaimStage::kNew, {kSealed, kGates, kPlace, kLock}},
      // It gave its place up while it waited, and its lock may have been released meanwhile.
      {ClaimStage::kRunning, {kGates, kLock, kPlace}},
      {ClaimStage::kValidating, {}},
      {ClaimStage::kTakingBack, {kLock}},
      {ClaimStage::kCancelled, {}},
      {ClaimStage::kPoisoned, {}},
  };
  return kRows;
}

}  // namespace

ClaimStage claim_stage(const ClaimView& view) {
  if (view.poisoned) return ClaimStage::kPoisoned;
  if (view.cancelled) return ClaimStage::kCancelled;
  if (!view.begun) return ClaimStage::kNew;
  if (view.state == RepairState::kValidating) return ClaimStage::kValidating;
  return view.state == RepairState::kRunning ? ClaimStage::kRunning : ClaimStage::kTakingBack;
}

std::span<const ClaimQuestion> claim_questions(ClaimStage stage) {
  return claim_rows().at(static_cast<std::size_t>(stage)).questions;
}

}  // namespace sideband
