// In which order rows of one batch can be written that are in each other's way over unique values.
//
// A row waits for another one of the batch that still holds the value that it shall get. Chains are
// written from their end. In a cycle (a swap is the shortest) no row can go first: one of them is
// parked, which gives its value free, at a value that nobody has; all within one transaction, so
// that nobody else sees it. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/change.h"
#include "model/state.h"

namespace sideband {

// A unique constraint or index over plain columns.
struct UniqueSet {
  std::string name;
  std::vector<std::string> columns;
  // By which column a row is parked: one that takes NULL, or whose type has values that can be made
  // up. Empty: there is none.
  std::string park_by;
  bool nulls_differ = true;  // any number of rows may hold NULL there
  bool parks_at_null = false;
};

// Why none of `keys` was written that are in each other's way: over `set`, and what the target
// said.
std::string unique_problem(const std::vector<std::string>& keys, const std::string& set,
                           const std::string& said);

// A change as rows see it; the fields of what is absent are empty.
struct UniqueChange {
  ChangeOp op = ChangeOp::kUpdate;
  Fields found;
  Fields want;
};

struct UniqueStep {
  static constexpr std::size_t kNoSet = static_cast<std::size_t>(-1);

  std::vector<std::size_t> changes;  // of which none waits for another
  std::size_t park_for = kNoSet;     // not written but parked, for this set: one change
  [[nodiscard]] bool parks() const { return park_for != kNoSet; }
};

// Changes that are written together or not at all.
struct UniqueGroup {
  std::vector<std::size_t> changes;
  std::vector<UniqueStep> steps;
  std::size_t set = 0;  // by which they are in each other's way, or one of several
  // The set that no row of a cycle can be parked by; kNoSet: the steps are the way.
  std::size_t stuck_on = UniqueStep::kNoSet;
};

// The groups of changes that are in each other's way, each of two or more. Changes that are in
// nobody's way are in none.
std::vector<UniqueGroup> order_by_unique(const std::vector<UniqueChange>& changes,
                                         const std::vector<UniqueSet>& sets);

}  // namespace sideband
