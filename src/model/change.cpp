#include "model/change.h"

#include <array>

#include "base/bytes.h"
#include "base/jcs.h"

namespace sideband {
namespace {

Result<State> decode_state(ByteReader& reader) {
  SB_ASSIGN(const std::string_view tag, reader.get_bytes(1));
  const int first = static_cast<unsigned char>(tag.front());
  const bool attributes = first >= kTagOfAttributes;
  const int value = attributes ? first - kTagOfAttributes : first;
  if (value / 16 > 2 || value % 16 > 1) return Error::corrupt("damaged state in stored bytes");
  State state;
  state.presence = static_cast<Presence>(value / 16);
  state.shape = static_cast<Shape>(value % 16);
  if (state.present()) {
    SB_ASSIGN(state.bytes, reader.get_string());
  }
  if (attributes) {
    SB_ASSIGN(state.attributes, reader.get_string());
  }
  return state;
}

void put_digest_or_absent(std::string& out, const State& state) {
  if (state.present()) {
    put_hex(out, as_bytes(state_digest(state)));
  } else {
    out += "absent";
  }
}

constexpr std::size_t kJsonRoom = 200;  // of all but the key: two digests and the names

// A key that is not UTF-8 would be changed by JSON escaping, and two keys could become one.
bool is_plain_text(const std::string& key) {
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte >= 0x7f) return false;
  }
  return true;
}

}  // namespace

bool is_settled(const ChangeOutcome& outcome) {
  return outcome.outcome == Outcome::kChanged || outcome.outcome == Outcome::kAlreadyThere;
}

std::string_view change_op_name(ChangeOp op) {
  static constexpr std::array<std::string_view, 3> kNames = {"create", "update", "delete"};
  return kNames.at(static_cast<std::size_t>(op));
}

std::string_view outcome_name(Outcome outcome) {
  static constexpr std::array<std::string_view, kOutcomes> kNames = {
      "changed", "already_there", "refused", "failed", "unknown", "fenced"};
  return kNames.at(static_cast<std::size_t>(outcome));
}

std::string change_json(const Change& change) {
  // Members in canonical order, written directly: a plan of a million changes hashes each of them.
  std::string out;
  out.reserve(kJsonRoom + change.key.size());
  out += R"({"found":")";
  put_digest_or_absent(out, change.found);
  out += is_plain_text(change.key) ? R"(","key":)" + json_string(change.key)
                                   : R"(","key64":")" + to_base64(change.key) + '"';
  out += R"(,"op":")";
  out += change_op_name(change.op);
  out += R"(","want":")";
  put_digest_or_absent(out, change.want);
  out += R"("})";
  return out;
}

Change reversed(const Change& change) {
  ChangeOp op = ChangeOp::kUpdate;
  if (change.op == ChangeOp::kCreate) op = ChangeOp::kDelete;
  if (change.op == ChangeOp::kDelete) op = ChangeOp::kCreate;
  return {change.key, op, change.want, change.found};
}

std::string encode_changes(const std::vector<Change>& changes) {
  std::string out;
  put_varint(out, changes.size());
  for (const Change& change : changes) {
    put_string(out, change.key);
    out += static_cast<char>(change.op);
    encode_state(out, change.found);
    encode_state(out, change.want);
  }
  return out;
}

Result<std::vector<Change>> decode_changes(std::string_view bytes) {
  ByteReader reader(bytes);
  SB_ASSIGN(const std::uint64_t count, reader.get_varint());
  std::vector<Change> changes;
  for (std::uint64_t i = 0; i < count; ++i) {
    Change change;
    SB_ASSIGN(change.key, reader.get_string());
    SB_ASSIGN(const std::string_view op, reader.get_bytes(1));
    if (op.front() < 0 || op.front() > 2) return Error::corrupt("damaged change in stored bytes");
    change.op = static_cast<ChangeOp>(op.front());
    SB_ASSIGN(change.found, decode_state(reader));
    SB_ASSIGN(change.want, decode_state(reader));
    changes.push_back(std::move(change));
  }
  if (!reader.done()) return Error::corrupt("bytes after the last change");
  return changes;
}

std::string whole_detail(const ChangeOutcome& outcome) {
  return join_said(outcome.detail, outcome.said);
}

// Added to the first byte of an outcome; stores of before it have none.
static constexpr int kSaidFollows = 64;

std::string encode_outcomes(const std::vector<ChangeOutcome>& outcomes) {
  std::string out;
  put_varint(out, outcomes.size());
  for (const ChangeOutcome& outcome : outcomes) {
    const int tag = static_cast<int>(outcome.outcome) * 2 + (outcome.inferred ? 1 : 0);
    out += static_cast<char>(tag + (outcome.said.empty() ? 0 : kSaidFollows));
    put_string(out, outcome.detail);
    if (!outcome.said.empty()) put_string(out, outcome.said);
  }
  return out;
}

Result<std::vector<ChangeOutcome>> decode_outcomes(std::string_view bytes) {
  ByteReader reader(bytes);
  SB_ASSIGN(const std::uint64_t count, reader.get_varint());
  std::vector<ChangeOutcome> outcomes;
  for (std::uint64_t i = 0; i < count; ++i) {
    ChangeOutcome outcome;
    SB_ASSIGN(const std::string_view byte, reader.get_bytes(1));
    const bool said = byte.front() >= kSaidFollows;
    const int tag = byte.front() - (said ? kSaidFollows : 0);
    if (tag < 0 || tag > 11) return Error::corrupt("damaged outcome");
    outcome.outcome = static_cast<Outcome>(tag / 2);
    outcome.inferred = tag % 2 == 1;
    SB_ASSIGN(outcome.detail, reader.get_string());
    if (said) {
      SB_ASSIGN(outcome.said, reader.get_string());
    }
    outcomes.push_back(std::move(outcome));
  }
  return outcomes;
}

}  // namespace sideband
