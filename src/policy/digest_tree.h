// How fine a tree of key ranges has to be, so that few bytes find where two sides differ. Pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sideband {

// What one level of the tree found.
struct DigestLevel {
  std::size_t compared = 0;   // ranges
  std::size_t different = 0;  // of them
  std::int64_t items = 0;     // in those that differ, on the larger side
};

// About how many items differ, from how many ranges do: differences that fall anywhere with equal
// chance leave a range untouched with probability (1 - 1/n)^D.
// https://en.wikipedia.org/wiki/Balls_into_bins_problem
double estimated_differences(const DigestLevel& level);

// How many items a part of the next level should have; 0: the ranges are fine enough, and listing
// their items costs less than another level.
std::size_t next_items_each(const DigestLevel& level);

}  // namespace sideband
