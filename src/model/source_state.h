// What a reconciler knows about its desired side: whether it may be believed. Changed only by whole
// scans and by people who accept its size; obeyed by every path that acts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace sideband {

enum class SourceCondition : std::uint8_t {
  kUnseen,   // no whole scan ended well yet
  kGood,     //
  kSuspect,  // it has fewer than half of the items that it had
  kEmpty,    // it has none, and empty is not believed
};
std::string_view source_condition_name(SourceCondition condition);

// The fewest and the most items that good scans counted in a slice of time.
struct CountSlot {
  std::int64_t start_us = 0;
  std::int64_t fewest = 0;
  std::int64_t most = 0;
  bool operator==(const CountSlot&) const = default;
};

// A person said that the present size is right; it holds once a second person says so too.
struct SourceAcceptance {
  std::string by;  // empty: nobody did
  std::string reason;
  std::int64_t desired = -1;  // the size that was accepted
  WallTime at;
  bool operator==(const SourceAcceptance&) const = default;
};

struct SourceState {
  SourceCondition condition = SourceCondition::kUnseen;
  WallTime since;              // when that condition began
  std::int64_t desired = -1;   // items at the last whole scan that ended well; -1 = none did
  std::int64_t baseline = -1;  // the most of good scans within the window: what "half" is of
  std::int64_t fewest = -1;    // the fewest of them: what shares of changes are of
  std::string error;           // the last whole scan could not read it; empty = it could
  WallTime error_since;
  std::vector<CountSlot> history;
  SourceAcceptance acceptance;
  bool operator==(const SourceState&) const = default;
};

// For the store. decode: kCorrupt on anything else; empty bytes are a source that was never seen.
std::string encode_source(const SourceState& state);
Result<SourceState> decode_source(std::string_view bytes);

}  // namespace sideband
