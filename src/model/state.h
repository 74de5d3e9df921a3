// What is known of one resource at one moment, in a form that is the same for every driver.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"

namespace sideband {

// Unknown is not absent: it says that nobody may conclude anything.
enum class Presence : std::uint8_t { kUnknown, kAbsent, kPresent };

// How `bytes` of a present state is read: as they are, or as a canonical encoding of named fields.
enum class Shape : std::uint8_t { kBytes, kFields };

// Named values of one resource: a row's columns, a hash's fields. A NULL column is left out.
using Fields = std::map<std::string, std::string>;

struct State {
  Presence presence = Presence::kUnknown;
  Shape shape = Shape::kBytes;
  std::string bytes;  // empty unless present
  std::string why;    // why unknown; empty otherwise
  // What is observed of it beside `bytes`, as encode_fields writes it, like the mode of a file.
  // Empty where nothing is declared there, which is the rule.
  std::string attributes = {};

  static State absent() { return {Presence::kAbsent, Shape::kBytes, {}, {}}; }
  static State unknown(std::string why) {
    return {Presence::kUnknown, Shape::kBytes, {}, std::move(why)};
  }
  static State of_bytes(std::string bytes) {
    return {Presence::kPresent, Shape::kBytes, std::move(bytes), {}};
  }
  static State of_fields(const Fields& fields);

  [[nodiscard]] bool present() const { return presence == Presence::kPresent; }
  [[nodiscard]] bool absent_for_sure() const { return presence == Presence::kAbsent; }
  [[nodiscard]] bool known() const { return presence != Presence::kUnknown; }

  // Two unknown states are never the same.
  [[nodiscard]] bool same_as(const State& other) const;
};

// Fields in name order as length-prefixed pairs; equal fields have equal bytes.
std::string encode_fields(const Fields& fields);
Result<Fields> decode_fields(std::string_view bytes);
// The same without copies, in the order of the names: views into `bytes`.
using FieldViews = std::vector<std::pair<std::string_view, std::string_view>>;
Result<FieldViews> view_fields(std::string_view bytes);

// Why a state of so many bytes is unknown where at most `max_size` are looked at.
std::string too_large(std::size_t bytes, std::size_t max_size);
// The state, or unknown where it is too large.
State within_size(State state, std::size_t max_size);

// Digest over presence, shape, bytes and attributes.
Digest state_digest(const State& state);
// Much cheaper: a number that two different states hardly ever share, for what does no harm where
// they do. Never 0; the same on every machine.
std::uint64_t state_fingerprint(const State& state);

// Marks a state with attributes, in the first byte of its encoding.
inline constexpr int kTagOfAttributes = 64;

// Appends to `out` what decode_state reads back.
void encode_state(std::string& out, const State& state);

// One keyed thing of a Collection. The key is the join key's text: decimal for int64 keys.
struct Item {
  std::string key;
  State state;
};

}  // namespace sideband
