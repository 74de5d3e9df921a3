// What of the store may go, and when: pure functions of settings, times and sizes.
//
// Retention has a clock of its own, kept in the store. It follows the wall clock, but gains on it
// only as long as a daemon is at work: in an hour at most a day. A wall clock that leaps forward so
// moves a few rows over the edge and not all of them, and somebody sees it before that matters.
#pragma once

#include <optional>
#include <vector>

#include "model/retention.h"
#include "model/settings.h"

namespace sideband {

// So many times as fast as the daemon's own time retention's clock may go to catch up.
inline constexpr int kRetentionCatchUp = 24;

// The answers to requests live this long: who asks again within it gets the first answer.
inline constexpr Duration kKeepAnswers = std::chrono::hours(24 * 7);

// What retention takes for now. `mark`: what it took before; nothing at its first run, when it
// begins at `newest`, the time of the newest row (nothing: the store is empty). `ran`: for how long
// this process has run since its last run, by its monotonic clock. Never later than `wall`.
WallTime retention_time(std::optional<WallTime> mark, std::optional<WallTime> newest, WallTime wall,
                        Duration ran);

// Whatever is older than these may go.
struct RetentionCuts {
  WallTime repairs;  // by age
  WallTime undo;     // where the budget asks for it
  WallTime decisions;
  WallTime drafts;
  WallTime answers;
};
RetentionCuts retention_cuts(const RetentionSettings& settings, WallTime now);

// The cut that rows of a class are counted as due by; epoch: nothing of it is ever pruned.
WallTime cut_of(StoredClass which, const RetentionCuts& cuts);

// Of ended repairs, oldest first, those that may go: by age, and while more than `excess` bytes
// have to go, also those after the time to take them back. Those that need a person go by age only.
std::vector<EndedRepair> choose_repairs(const std::vector<EndedRepair>& ended,
                                        const RetentionCuts& cuts, std::int64_t excess);

}  // namespace sideband
