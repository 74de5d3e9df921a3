#include "model/silence.h"

#include "base/bytes.h"

namespace sideband {
namespace {

constexpr std::uint64_t kSilenceForm = 1;

// `*` is any text, also none. Linear in both: what one star took is given back only to itself.
bool fits(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, in = 0;
  std::size_t star = std::string_view::npos, taken = 0;
  while (in < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      taken = in;
    } else if (at < pattern.size() && pattern[at] == text[in]) {
      ++at;
      ++in;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in = ++taken;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::string label_of(const Labels& labels, const std::string& name) {
  if (name == "owner") return labels.owner;
  if (name == "environment") return labels.environment;
  if (name == "criticality") return labels.criticality;
  if (name == "repairType") return labels.repair_type;
  const auto other = labels.other.find(name);
  return other == labels.other.end() ? "" : other->second;
}

Result<SilenceMatch> get_match(ByteReader& reader) {
  SilenceMatch match;
  for (std::string* part : {&match.reconciler, &match.owner, &match.target}) {
    SB_ASSIGN(const std::string_view text, reader.get_string());
    *part = text;
  }
  SB_ASSIGN(std::uint64_t count, reader.get_varint());
  for (; count > 0; --count) {
    SB_ASSIGN(const std::string_view name, reader.get_string());
    SB_ASSIGN(const std::string_view value, reader.get_string());
    match.labels.emplace(name, value);
  }
  return match;
}

}  // namespace

bool SilenceMatch::matches(const ReconcilerSettings& settings) const {
  if (!reconciler.empty() && !fits(reconciler, settings.name)) return false;
  if (!owner.empty() && owner != settings.labels.owner) return false;
  if (!target.empty() && !targets_of(settings).contains(target)) return false;
  for (const auto& [name, value] : labels) {
    if (label_of(settings.labels, name) != value) return false;
  }
  return true;
}

bool SilenceMatch::is_everything() const {
  const bool any = reconciler.find_first_not_of('*') == std::string::npos;
  return any && owner.empty() && target.empty() && labels.empty();
}

std::string SilenceMatch::text() const {
  if (is_everything()) return "everything";
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (!reconciler.empty()) add("reconciler " + reconciler);
  if (!owner.empty()) add("owner " + owner);
  if (!target.empty()) add("target " + target);
  for (const auto& [name, value] : labels) add("label " + name + "=" + value);
  return out;
}

std::string encode_silence(const Silence& silence) {
  std::string out;
  put_varint(out, kSilenceForm);
  put_string(out, silence.id.bytes());
  const SilenceMatch& match = silence.match;
  for (const std::string* part : {&match.reconciler, &match.owner, &match.target}) {
    put_string(out, *part);
  }
  put_varint(out, match.labels.size());
  for (const auto& [name, value] : match.labels) {
    put_string(out, name);
    put_string(out, value);
  }
  put_string(out, silence.by);
  put_string(out, silence.reason);
  put_time(out, silence.since);
  put_time(out, silence.until);
  return out;
}

Result<Silence> decode_silence(std::string_view bytes) {
  ByteReader reader(bytes);
  SB_ASSIGN(const std::uint64_t form, reader.get_varint());
  SB_ASSIGN(const std::string_view id, reader.get_string());
  if (form != kSilenceForm || id.size() != 16) return Error::corrupt("bad silence");
  Silence silence;
  silence.id = Uuid::from_bytes(id);
  SB_ASSIGN(silence.match, get_match(reader));
  SB_ASSIGN(const std::string_view by, reader.get_string());
  SB_ASSIGN(const std::string_view reason, reader.get_string());
  silence.by = by;
  silence.reason = reason;
  SB_ASSIGN(silence.since, reader.get_time());
  SB_ASSIGN(silence.until, reader.get_time());
  if (!reader.done()) return Error::corrupt("bad silence");
  return silence;
}

}  // namespace sideband
