#include "model/reason.h"

#include <array>

#include "base/bytes.h"

namespace sideband {
namespace {

// First in the bytes of today's form; the older form begins with a truth, which is below 3.
constexpr std::uint64_t kReasonForm = 4;

Result<Truth> get_truth(ByteReader& reader) {
  SB_ASSIGN(const std::uint64_t number, reader.get_varint());
  if (number > static_cast<std::uint64_t>(Truth::kUnknown)) return Error::corrupt("bad truth");
  return static_cast<Truth>(number);
}

Result<GateId> get_gate(ByteReader& reader) {
  SB_ASSIGN(const std::string_view name, reader.get_string());
  const auto gate = gate_from_name(name);
  if (!gate.ok()) return Error::corrupt(gate.error().message);
  return *gate;
}

Result<Evidence> get_evidence(ByteReader& reader) {
  Evidence item;
  SB_ASSIGN(item.name, reader.get_string());
  SB_ASSIGN(const std::uint64_t kind, reader.get_varint());
  if (kind > static_cast<std::uint64_t>(Evidence::Kind::kTime)) {
    return Error::corrupt("bad kind of evidence");
  }
  item.kind = static_cast<Evidence::Kind>(kind);
  SB_ASSIGN(item.text, reader.get_string());
  SB_ASSIGN(const std::uint64_t number, reader.get_varint());
  item.number = static_cast<std::int64_t>(number);
  return item;
}

Result<Reason> get_reason(ByteReader& reader) {
  Reason reason;
  SB_ASSIGN(reason.gate, get_gate(reader));
  SB_ASSIGN(reason.passes, get_truth(reader));
  SB_ASSIGN(const std::uint64_t count, reader.get_varint());
  for (std::uint64_t i = 0; i < count; ++i) {
    SB_ASSIGN(Evidence item, get_evidence(reader));
    reason.evidence.push_back(std::move(item));
  }
  return reason;
}

// Truth, gate, what it saw, what opens it.
Result<Reason> get_sentences(ByteReader& reader) {
  Reason reason;
  SB_ASSIGN(reason.passes, get_truth(reader));
  SB_ASSIGN(reason.gate, get_gate(reader));
  for (const char* name : {"saw", "until"}) {
    SB_ASSIGN(const std::string_view text, reader.get_string());
    reason.with(Evidence::of(name, std::string(text)));
  }
  return reason;
}

}  // namespace

std::string_view truth_name(Truth truth) {
  static constexpr std::array<std::string_view, 3> kNames = {"false", "true", "unknown"};
  return kNames.at(static_cast<std::size_t>(truth));
}

const Evidence* Reason::find(std::string_view name) const {
  for (const Evidence& item : evidence) {
    if (item.name == name) return &item;
  }
  return nullptr;
}

std::string Reason::text(std::string_view name) const {
  const Evidence* item = find(name);
  return item == nullptr ? std::string() : item->text;
}

std::int64_t Reason::number(std::string_view name) const {
  const Evidence* item = find(name);
  return item == nullptr ? 0 : item->number;
}

std::string encode_reasons(const std::vector<Reason>& reasons) {
  std::string out;
  put_varint(out, kReasonForm);
  for (const Reason& reason : reasons) {
    put_string(out, gate_name(reason.gate));
    put_varint(out, static_cast<std::uint64_t>(reason.passes));
    put_varint(out, reason.evidence.size());
    for (const Evidence& item : reason.evidence) {
      put_string(out, item.name);
      put_varint(out, static_cast<std::uint64_t>(item.kind));
      put_string(out, item.text);
      put_varint(out, static_cast<std::uint64_t>(item.number));
    }
  }
  return out;
}

Result<std::vector<Reason>> decode_reasons(std::string_view bytes) {
  std::vector<Reason> reasons;
  if (bytes.empty()) return reasons;
  ByteReader reader(bytes);
  const bool sentences = static_cast<unsigned char>(bytes.front()) != kReasonForm;
  if (!sentences) SB_TRY(reader.get_varint());
  while (!reader.done()) {
    SB_ASSIGN(Reason reason, sentences ? get_sentences(reader) : get_reason(reader));
    reasons.push_back(std::move(reason));
  }
  return reasons;
}

}  // namespace sideband
