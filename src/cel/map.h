// The map of the rule language: keys are bool, int, uint or string, and 1, 1u and 1.0 are one key
// (cel-spec doc/langdef.md, "Maps" and "Equality"). Immutable; keeps the order of its entries.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "cel/value.h"

namespace sideband::cel {

class Map {
 public:
  using Entry = std::pair<Value, Value>;

  // The entries must have keys of the right kinds, each once: Value::map makes sure of it.
  Map(std::vector<Entry> entries, std::vector<std::uint32_t> order, Extent extent);

  // Nothing where there is no such key, also when a value of this kind can be none.
  [[nodiscard]] const Value* find(const Value& key) const;
  [[nodiscard]] const Value* find(std::string_view key) const;
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] const Extent& extent() const { return extent_; }

  // Whether a value may be a key.
  [[nodiscard]] static bool may_be_key(const Value& value);
  // The order of keys: bools, numbers, strings.
  [[nodiscard]] static int compare_keys(const Value& a, const Value& b);

 private:
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> order_;  // places in entries_, by key
  Extent extent_;
};

}  // namespace sideband::cel
