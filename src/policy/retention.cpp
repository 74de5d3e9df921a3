#include "policy/retention.h"

#include <algorithm>

namespace sideband {

WallTime retention_time(std::optional<WallTime> mark, std::optional<WallTime> newest, WallTime wall,
                        Duration ran) {
  const WallTime from = mark.value_or(newest.value_or(wall));
  if (from >= wall) return wall;
  const Duration most = std::max(Duration(0), ran) * kRetentionCatchUp;
  return wall - from > most ? from + most : wall;
}

RetentionCuts retention_cuts(const RetentionSettings& settings, WallTime now) {
  return {.repairs = now - settings.repairs,
          .undo = now - std::min(settings.undo, settings.repairs),
          .decisions = now - settings.decisions,
          .drafts = now - settings.drafts,
          .answers = now - kKeepAnswers};
}

WallTime cut_of(StoredClass which, const RetentionCuts& cuts) {
  switch (which) {
    case StoredClass::kLeaves:
      return {};
    case StoredClass::kAnswers:
      return cuts.answers;
    case StoredClass::kDecisions:
      return cuts.decisions;
    default:
      return cuts.repairs;
  }
}

std::vector<EndedRepair> choose_repairs(const std::vector<EndedRepair>& ended,
                                        const RetentionCuts& cuts, std::int64_t excess) {
  std::vector<EndedRepair> chosen;
  for (const EndedRepair& repair : ended) {
    const bool aged = repair.ended_at < cuts.repairs;
    const bool early =
        excess > 0 && repair.ended_at < cuts.undo && repair.state != RepairState::kNeedsHuman;
    if (!is_terminal(repair.state) || !(aged || early)) continue;
    excess -= repair.bytes;
    chosen.push_back(repair);
  }
  return chosen;
}

}  // namespace sideband
