#include "policy/field_content.h"

namespace sideband {
namespace {

Result<std::string> wanted_value(const std::string& want, const std::string& found,
                                 const ContentRules& rules) {
  std::string wanted = want;
  if (rules.declare) {
    SB_ASSIGN(wanted, rules.declare(want, found));
  }
  SB_ASSIGN(const std::string form, rules.normalize(wanted));
  const auto held = rules.normalize(found);
  return held.ok() && *held == form ? found : wanted;
}

}  // namespace

Result<State> wanted_fields(State want, const State& found, const FieldRules& rules) {
  SB_ASSIGN(Fields wanted, decode_fields(want.bytes));
  SB_ASSIGN(const Fields held, decode_fields(found.bytes));
  for (const auto& [name, content] : rules) {
    const auto ours = wanted.find(name);
    const auto theirs = held.find(name);
    if (ours == wanted.end() || theirs == held.end()) continue;  // a NULL has no content
    auto value = wanted_value(ours->second, theirs->second, content);
    if (!value.ok()) return value.error().in("\"" + name + "\"");
    ours->second = std::move(*value);
  }
  want.bytes = encode_fields(wanted);
  return want;
}

}  // namespace sideband
