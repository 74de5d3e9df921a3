#include "drivers/noop/memory.h"

#include <algorithm>

namespace sideband {

State NoopMemory::at(std::int64_t number) const {
  const auto found = differing_.find(number);
  if (found != differing_.end()) return found->second;
  if (number < 1 || number > items_) return State::absent();
  return State::of_bytes("actual " + std::to_string(number));
}

State NoopMemory::get(std::int64_t number) const {
  const MutexLock lock(mutex_);
  return at(number);
}

void NoopMemory::set(std::int64_t number, State state) {
  const MutexLock lock(mutex_);
  differing_.insert_or_assign(number, std::move(state));
}

std::vector<Item> NoopMemory::list(std::int64_t after, std::size_t limit) const {
  const MutexLock lock(mutex_);
  std::vector<Item> items;
  std::int64_t number = after;
  while (items.size() < limit) {
    // The next number that can be present: of the range, or the next one that was set.
    const auto set = differing_.upper_bound(number);
    const std::int64_t in_range = number < items_ ? std::max<std::int64_t>(number + 1, 1) : 0;
    if (in_range == 0 && set == differing_.end()) break;
    number =
        in_range == 0 || (set != differing_.end() && set->first < in_range) ? set->first : in_range;
    State state = at(number);
    if (state.present()) items.push_back({std::to_string(number), std::move(state)});
  }
  return items;
}

State NoopMemory::compare_and_set(std::int64_t number, const State& found, const State& want) {
  const MutexLock lock(mutex_);
  State before = at(number);
  if (before.same_as(found)) differing_.insert_or_assign(number, want);
  return before;
}

bool NoopMemory::admit(std::string_view key, std::uint64_t token) {
  const MutexLock lock(mutex_);
  std::uint64_t& highest = tokens_.at(fence_stripe(key));
  if (token < highest) return false;
  highest = token;
  return true;
}

}  // namespace sideband
