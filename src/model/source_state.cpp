#include "model/source_state.h"

#include <array>

#include "base/bytes.h"

namespace sideband {
namespace {

constexpr std::uint64_t kSourceForm = 1;

void put_number(std::string& out, std::int64_t number) {
  put_varint(out, static_cast<std::uint64_t>(number));
}

Result<std::int64_t> get_number(ByteReader& reader) {
  SB_ASSIGN(const std::uint64_t number, reader.get_varint());
  return static_cast<std::int64_t>(number);
}

Result<std::string> get_text(ByteReader& reader) {
  SB_ASSIGN(const std::string_view text, reader.get_string());
  return std::string(text);
}

Result<void> get_history(ByteReader& reader, SourceState& state) {
  SB_ASSIGN(const std::uint64_t count, reader.get_varint());
  for (std::uint64_t i = 0; i < count; ++i) {
    CountSlot slot;
    for (std::int64_t* number : {&slot.start_us, &slot.fewest, &slot.most}) {
      SB_ASSIGN(*number, get_number(reader));
    }
    state.history.push_back(slot);
  }
  return {};
}

Result<void> get_acceptance(ByteReader& reader, SourceAcceptance& acceptance) {
  SB_ASSIGN(acceptance.by, get_text(reader));
  SB_ASSIGN(acceptance.reason, get_text(reader));
  SB_ASSIGN(acceptance.desired, get_number(reader));
  SB_ASSIGN(const std::int64_t at, get_number(reader));
  acceptance.at = from_us(at);
  return {};
}

}  // namespace

std::string_view source_condition_name(SourceCondition condition) {
  static constexpr std::array<std::string_view, 4> kNames = {"unseen", "good", "suspect", "empty"};
  return kNames.at(static_cast<std::size_t>(condition));
}

std::string encode_source(const SourceState& state) {
  std::string out;
  put_varint(out, kSourceForm);
  put_varint(out, static_cast<std::uint64_t>(state.condition));
  for (const std::int64_t number : {to_us(state.since), state.desired, state.baseline, state.fewest,
                                    to_us(state.error_since)}) {
    put_number(out, number);
  }
  put_string(out, state.error);
  put_varint(out, state.history.size());
  for (const CountSlot& slot : state.history) {
    for (const std::int64_t number : {slot.start_us, slot.fewest, slot.most}) {
      put_number(out, number);
    }
  }
  put_string(out, state.acceptance.by);
  put_string(out, state.acceptance.reason);
  put_number(out, state.acceptance.desired);
  put_number(out, to_us(state.acceptance.at));
  return out;
}

Result<SourceState> decode_source(std::string_view bytes) {
  SourceState state;
  if (bytes.empty()) return state;
  ByteReader reader(bytes);
  SB_ASSIGN(const std::uint64_t form, reader.get_varint());
  SB_ASSIGN(const std::uint64_t condition, reader.get_varint());
  if (form != kSourceForm || condition > static_cast<std::uint64_t>(SourceCondition::kEmpty)) {
    return Error::corrupt("bad state of a source");
  }
  state.condition = static_cast<SourceCondition>(condition);
  std::int64_t since = 0;
  std::int64_t error_since = 0;
  for (std::int64_t* number :
       {&since, &state.desired, &state.baseline, &state.fewest, &error_since}) {
    SB_ASSIGN(*number, get_number(reader));
  }
  state.since = from_us(since);
  state.error_since = from_us(error_since);
  SB_ASSIGN(state.error, get_text(reader));
  SB_TRY(get_history(reader, state));
  SB_TRY(get_acceptance(reader, state.acceptance));
  return state;
}

}  // namespace sideband
