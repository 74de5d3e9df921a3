#include "model/state.h"

#include <bit>

#include "base/bytes.h"
#include "base/siphash.h"

namespace sideband {

State State::of_fields(const Fields& fields) {
  return {Presence::kPresent, Shape::kFields, encode_fields(fields), {}};
}

bool State::same_as(const State& other) const {
  return known() && presence == other.presence && shape == other.shape && bytes == other.bytes &&
         attributes == other.attributes;
}

std::string too_large(std::size_t bytes, std::size_t max_size) {
  return "has " + std::to_string(bytes) + " bytes, above maxSize " + std::to_string(max_size);
}

State within_size(State state, std::size_t max_size) {
  if (state.bytes.size() <= max_size) return state;
  return State::unknown(too_large(state.bytes.size(), max_size));
}

// What put_string appends for it.
static std::size_t encoded_size(std::string_view value) {
  const auto bits = static_cast<std::size_t>(std::bit_width(value.size() | 1U));
  return (bits + 6) / 7 + value.size();
}

// In one allocation: grown by appending, a large value would have room for another one behind it.
std::string encode_fields(const Fields& fields) {
  std::size_t bytes = 0;
  for (const auto& [name, value] : fields) bytes += encoded_size(name) + encoded_size(value);
  std::string out;
  out.reserve(bytes);
  for (const auto& [name, value] : fields) {
    put_string(out, name);
    put_string(out, value);
  }
  return out;
}

Result<Fields> decode_fields(std::string_view bytes) {
  SB_ASSIGN(const FieldViews views, view_fields(bytes));
  return Fields(views.begin(), views.end());
}

Result<FieldViews> view_fields(std::string_view bytes) {
  FieldViews fields;
  fields.reserve(8);  // more than most have, in one allocation
  ByteReader reader(bytes);
  while (!reader.done()) {
    SB_ASSIGN(const std::string_view name, reader.get_string());
    SB_ASSIGN(const std::string_view value, reader.get_string());
    fields.emplace_back(name, value);
  }
  return fields;
}

// A state without attributes has the same digest and encoding as before there were any.
static char state_tag(const State& state) {
  const int attributes = state.attributes.empty() ? 0 : kTagOfAttributes;
  return static_cast<char>(static_cast<int>(state.presence) * 16 + static_cast<int>(state.shape) +
                           attributes);
}

Digest state_digest(const State& state) {
  const char tag = state_tag(state);
  if (state.attributes.empty()) return sha256({std::string_view(&tag, 1), state.bytes});
  std::string attributes;
  put_string(attributes, state.attributes);
  return sha256({std::string_view(&tag, 1), attributes, state.bytes});
}

void encode_state(std::string& out, const State& state) {
  out += state_tag(state);
  if (state.present()) put_string(out, state.bytes);
  if (!state.attributes.empty()) put_string(out, state.attributes);
}

std::uint64_t state_fingerprint(const State& state) {
  const auto kind =
      static_cast<std::uint64_t>(state.presence) * 8 + static_cast<std::uint64_t>(state.shape);
  const std::uint64_t bytes = siphash({kind, 0}, state.bytes);
  const std::uint64_t both =
      state.attributes.empty() ? bytes : siphash({kind, bytes}, state.attributes);
  return both == 0 ? 1 : both;
}

}  // namespace sideband
