#include "cel/map.h"

#include <algorithm>
#include <cmath>

#include "cel/numbers.h"

namespace sideband::cel {
namespace {

constexpr std::size_t kFewEntries = 8;  // looking at each is faster than a binary search

int key_rank(const Value& key) {
  if (key.is(Kind::kBool)) return 0;
  return key.is_number() ? 1 : 2;
}

int sign_of(std::partial_ordering order) {
  if (order == std::partial_ordering::equivalent) return 0;
  return order == std::partial_ordering::less ? -1 : 1;
}

}  // namespace

Map::Map(std::vector<Entry> entries, std::vector<std::uint32_t> order, Extent extent)
    : entries_(std::move(entries)), order_(std::move(order)), extent_(extent) {}

bool Map::may_be_key(const Value& value) {
  return value.is(Kind::kBool) || value.is(Kind::kInt) || value.is(Kind::kUint) ||
         value.is(Kind::kString);
}

int Map::compare_keys(const Value& a, const Value& b) {
  const int rank = key_rank(a);
  if (rank != key_rank(b)) return rank < key_rank(b) ? -1 : 1;
  if (rank == 0) return static_cast<int>(a.as_bool()) - static_cast<int>(b.as_bool());
  if (rank == 1) return sign_of(compare_numbers(a, b));
  return a.as_text().compare(b.as_text());
}

const Value* Map::find(const Value& key) const {
  if (key.is(Kind::kString)) return find(std::string_view(key.as_text()));
  if (!may_be_key(key) && !key.is(Kind::kDouble)) return nullptr;
  if (key.is(Kind::kDouble) && std::isnan(key.as_double())) return nullptr;
  const auto at = std::lower_bound(order_.begin(), order_.end(), key,
                                   [this](std::uint32_t place, const Value& wanted) {
                                     return compare_keys(entries_[place].first, wanted) < 0;
                                   });
  if (at == order_.end() || compare_keys(entries_[*at].first, key) != 0) return nullptr;
  return &entries_[*at].second;
}

const Value* Map::find(std::string_view key) const {
  if (entries_.size() <= kFewEntries) {
    for (const Entry& entry : entries_) {
      if (entry.first.is(Kind::kString) && entry.first.as_text() == key) return &entry.second;
    }
    return nullptr;
  }
  const auto at = std::lower_bound(order_.begin(), order_.end(), key,
                                   [this](std::uint32_t place, std::string_view wanted) {
                                     const Value& found = entries_[place].first;
                                     return !found.is(Kind::kString) || found.as_text() < wanted;
                                   });
  if (at == order_.end() || entries_[*at].first.as_text() != key) return nullptr;
  return &entries_[*at].second;
}

}  // namespace sideband::cel
