// What the records of a log must say about each other, checked while they stream by.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/result.h"

namespace sideband {

// Rules: every record has v, ts, kind and actor, each of its type. An "intent" and an "outcome"
// name repair, step and token; an outcome closes an open intent of its repair and step, with the
// intent's token or a later claim's; a repair's tokens never fall. A record with a terminal "state"
// of a repair ends it: no intent, outcome or state of it comes after that. Memory grows with the
// repairs that are open, and by some 40 bytes with each that ended. Not thread-safe.
class RecordRules {
 public:
  // kInvalid when `record` is not canonical; kConflict when it breaks a rule. The message has no
  // index.
  Result<void> take(std::string_view record);

  // Intents without an outcome so far.
  [[nodiscard]] std::int64_t open_intents() const { return open_intents_; }

 private:
  struct Record;
  // Finds by a part of a record without a copy of it.
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T, Hash, std::equal_to<>>;
  struct Open {
    std::uint64_t token = 0;        // highest seen
    ByText<std::uint64_t> intents;  // step -> token
  };
  Open& open(std::string_view repair);
  [[nodiscard]] Result<void> check_end(const Record& record, bool acts) const;
  Result<void> check_token(const Record& record, Open& repair);
  Result<void> outcome(const Record& record, Open& repair);

  ByText<Open> repairs_;
  std::unordered_set<std::size_t> ended_;  // hashes of their ids
  std::int64_t open_intents_ = 0;
};

}  // namespace sideband
