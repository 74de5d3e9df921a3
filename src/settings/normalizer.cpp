#include "settings/normalizer.h"

#include "base/jcs.h"
#include "config/edit_text.h"
#include "config/typed_document.h"
#include "policy/declared.h"

namespace sideband::policy {
namespace {

std::string without_line_ends(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool crlf = text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n';
    if (!crlf) out += text[at];
  }
  out.erase(out.find_last_not_of('\n') + 1);
  return out;
}

Result<std::string> normal_json(const std::string& text, const DiffOptions& options) {
  SB_ASSIGN(const Document document, parse_json(text));
  return canonical_form(document, options);
}

Result<std::string> normal_yaml(const std::string& text, const DiffOptions& options) {
  SB_ASSIGN(const std::vector<Document> documents, config::parse_yaml_documents("the value", text));
  std::vector<std::string> forms;
  for (const Document& document : documents) forms.push_back(canonical_form(document, options));
  return json_array(forms);
}

Result<std::vector<Document>> read_documents(const std::string& text, ContentFormat format) {
  if (format == ContentFormat::kYaml) return config::parse_yaml_documents("the value", text);
  SB_ASSIGN(Document document, parse_json(text));
  return std::vector<Document>{std::move(document)};
}

Result<std::string> edited(const std::string& text, const std::vector<Document>& wanted,
                           ContentFormat format) {
  if (format == ContentFormat::kJson) return config::edit_json(text, wanted.front());
  return config::edit_yaml(text, wanted);
}

// Documents of one text belong together by position.
Result<std::string> declared_text(const std::string& desired, const std::string& found,
                                  ContentFormat format, const DiffOptions& options) {
  SB_ASSIGN(const std::vector<Document> says, read_documents(desired, format));
  auto held = read_documents(found, format);
  if (!held) return held.error().in("what is not ours in the actual value could not be kept");
  bool differs = false;
  for (std::size_t i = 0; i < says.size(); ++i) {
    if (i == held->size()) held->push_back(Document::null());
    Document wanted = declared_over(says[i], (*held)[i], options);
    differs |= canonical_form(wanted, options) != canonical_form((*held)[i], options);
    (*held)[i] = std::move(wanted);
  }
  return differs ? edited(found, *held, format) : found;
}

DiffOptions options_of(const DetectSettings& detect, WallTime now) {
  DiffOptions options{.sets = detect.sets};
  for (const ListKey& list : detect.list_keys) options.keyed.push_back({list.path, list.by});
  for (const IgnoreRule& rule : detect.ignore) {
    if (!rule.expires || *rule.expires > now) options.ignore.push_back(rule.path);
  }
  return options;
}

}  // namespace

Normalize make_normalizer(const DetectSettings& detect, WallTime now) {
  const DiffOptions options = options_of(detect, now);
  switch (detect.format) {
    case ContentFormat::kBytes:
      return {};
    case ContentFormat::kText:
      return [](const std::string& text) { return Result<std::string>(without_line_ends(text)); };
    case ContentFormat::kYaml:
      return [options](const std::string& text) { return normal_yaml(text, options); };
    case ContentFormat::kJson:
      return [options](const std::string& text) { return normal_json(text, options); };
  }
  return {};
}

ContentRules make_content_rules(const DetectSettings& detect, WallTime now) {
  Normalize normalize = make_normalizer(detect, now);
  if (detect.compare == CompareScope::kWhole) return normalize;
  return {std::move(normalize), [options = options_of(detect, now), format = detect.format](
                                    const std::string& desired, const std::string& found) {
            return declared_text(desired, found, format, options);
          }};
}

}  // namespace sideband::policy
