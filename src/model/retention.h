// What the store holds, by class, and what of it has ended: values of retention.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/uuid.h"
#include "model/repair_state.h"

namespace sideband {

// Rows of one kind, as metrics and `db stats` name them.
enum class StoredClass : std::uint8_t {
  kPlans,
  kChunks,
  kRepairs,
  kSteps,
  kApprovals,
  kDecisions,
  kAnswers,
  kLeaves,
};
inline constexpr std::size_t kStoredClasses = 8;

constexpr std::string_view stored_class_name(StoredClass which) {
  constexpr std::string_view kNames[kStoredClasses] = {
      "plans", "chunks", "repairs", "steps", "approvals", "decisions", "answers", "leaves"};
  return kNames[static_cast<std::size_t>(which)];
}

// Whether the budget of retention counts it.
constexpr bool is_in_budget(StoredClass which) {
  return which != StoredClass::kAnswers && which != StoredClass::kLeaves;
}

// The last row that a walk over a class has seen.
struct StoreCursor {
  Uuid id;
  std::int64_t number = -1;
};

// Rows that a walk has counted. Bytes are those of their content: what the database adds, for
// pages, indexes and free space, comes on top.
struct StoreUse {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::int64_t due = 0;               // made before the time that the walk was given
  std::optional<WallTime> oldest;     // when the first was made; leaves do not say
  std::optional<StoreCursor> next{};  // where the walk goes on; nothing: it has seen all

  void add(const StoreUse& more) {
    rows += more.rows;
    bytes += more.bytes;
    due += more.due;
    if (!oldest || (more.oldest && *more.oldest < *oldest)) oldest = more.oldest;
  }
};

// A repair that nothing moves by itself any more.
struct EndedRepair {
  Uuid id;
  std::string reconciler;
  RepairState state = RepairState::kConverged;
  WallTime ended_at;
  std::int64_t bytes = 0;  // of its chunks and steps, and about those of its other rows
};

// What one page of a walk that prunes has done.
struct PrunedPage {
  std::int64_t rows = 0;    // pruned
  std::int64_t drafts = 0;  // of them, plans that were never sealed
  std::optional<WallTime> oldest;
  std::optional<WallTime> newest;
  std::optional<Uuid> next;  // where the walk goes on; nothing: it has seen all

  void note(WallTime at) {
    ++rows;
    if (!oldest || at < *oldest) oldest = at;
    if (!newest || at > *newest) newest = at;
  }
};

// Rows under repairs that are gone.
struct LeftoverCount {
  std::int64_t steps = 0;
  std::int64_t approvals = 0;
  std::int64_t chunks = 0;
  std::int64_t done = 0;  // repairs under which nothing is left
  [[nodiscard]] std::int64_t total() const { return steps + approvals + chunks + done; }
};

}  // namespace sideband
