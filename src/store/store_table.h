// The tables whose rows may wait to be written together (store/row_statement.h), and sets of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sideband {

enum class StoreTable : std::uint8_t {
  kPauses,
  kCancels,
  kDeclinedPlans,
  kCrashCounts,
  kChangeWindows,
  kRateBuckets,
  kSources,
  kKnownTargets,
  kLeaderLease,
  kNotices,
  kIdempotentAnswers,
  kDecisions,
  kDrifts,
  kPlans,
  kChunks,
  kRepairs,
  kSteps,
  kRangeLocks,
  kSignalHolds,
  kBreakers,
  kSilences,
  kDetections,
  kThrottles,
};
inline constexpr std::size_t kStoreTableCount = 23;

// In the order of the enumerators.
inline constexpr std::array<std::string_view, kStoreTableCount> kStoreTableNames = {
    "pauses",
    "cancels",
    "declined_plans",
    "crash_counts",
    "change_windows",
    "rate_buckets",
    "sources",
    "known_targets",
    "leader_lease",
    "notices",
    "idempotent_answers",
    "decisions",
    "drifts",
    "plans",
    "chunks",
    "repairs",
    "steps",
    "range_locks",
    "signal_holds",
    "breakers",
    "silences",
    "detections",
    "throttles",
};
static_assert(static_cast<std::size_t>(StoreTable::kThrottles) + 1 == kStoreTableCount);
static_assert(!kStoreTableNames.back().empty());

// As the database calls it.
constexpr std::string_view table_name(StoreTable table) {
  return kStoreTableNames[static_cast<std::size_t>(table)];
}

class TableSet {
 public:
  constexpr TableSet() = default;
  constexpr explicit TableSet(StoreTable table) { add(table); }
  // Every table whose name occurs in a statement. A name inside of another one counts too: the set
  // may be too large, which costs a message, and never too small.
  static constexpr TableSet named_in(std::string_view sql) {
    TableSet found;
    for (std::size_t i = 0; i < kStoreTableCount; ++i) {
      const auto table = static_cast<StoreTable>(i);
      if (sql.find(table_name(table)) != std::string_view::npos) found.add(table);
    }
    return found;
  }

  constexpr void add(StoreTable table) { bits_ |= bit(table); }
  [[nodiscard]] constexpr bool has(StoreTable table) const { return (bits_ & bit(table)) != 0; }

 private:
  static constexpr std::uint32_t bit(StoreTable table) {
    return std::uint32_t{1} << static_cast<unsigned>(table);
  }

  std::uint32_t bits_ = 0;
};

}  // namespace sideband
