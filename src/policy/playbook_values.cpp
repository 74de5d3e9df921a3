#include "policy/playbook_values.h"

#include "model/document.h"
#include "policy/fill_options.h"

namespace sideband {

PlaybookReference parse_reference(const std::string& placeholder) {
  using Kind = PlaybookReference::Kind;
  if (placeholder.starts_with("inputs.")) return {Kind::kInput, placeholder.substr(7), ""};
  if (!placeholder.starts_with("steps.")) return {};
  const std::string rest = placeholder.substr(6);
  const std::size_t dot = rest.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == rest.size()) return {};
  return {Kind::kOutput, rest.substr(0, dot), rest.substr(dot + 1)};
}

// Scalars as their text, what is nested as JSON and, where it is a map, also by its own members:
// json, json.rows.
void PlaybookValues::add_members(const std::string& step, const std::string& prefix,
                                 const Document& map) {
  for (const auto& [name, value] : map.members) {
    const bool text =
        value.kind == Document::Kind::kString || value.kind == Document::Kind::kNumber;
    outputs_[step][prefix + name] = text ? value.text : to_json(value);
    if (value.kind == Document::Kind::kMap) add_members(step, prefix + name + ".", value);
  }
}

Result<void> PlaybookValues::add_output(const std::string& step, const std::string& output) {
  SB_ASSIGN(const Document document, parse_json(output.empty() ? "{}" : output));
  if (document.kind != Document::Kind::kMap) {
    return Error::invalid("the output of step " + step + " is no JSON object");
  }
  add_members(step, "", document);
  return {};
}

Result<std::string> PlaybookValues::value_of(const std::string& placeholder) const {
  const PlaybookReference reference = parse_reference(placeholder);
  if (reference.kind == PlaybookReference::Kind::kInput) {
    const auto found = inputs_.find(reference.name);
    if (found != inputs_.end()) return found->second;
  }
  if (reference.kind == PlaybookReference::Kind::kOutput) {
    const auto step = outputs_.find(reference.name);
    if (step != outputs_.end() && step->second.contains(reference.field)) {
      return step->second.at(reference.field);
    }
    if (leave_unknown_) return "{" + placeholder + "}";
    return Error::not_found("step " + reference.name + " has no output \"" + reference.field + '"');
  }
  return Error::not_found("{" + placeholder + "} has no value");
}

Result<std::string> PlaybookValues::fill(const std::string& text) const {
  return fill_text(text, [this](const std::string& name) { return value_of(name); });
}

Result<DriverOptions> PlaybookValues::fill(const DriverOptions& options) const {
  return fill_options(options, [this](const std::string& name) { return value_of(name); });
}

}  // namespace sideband
