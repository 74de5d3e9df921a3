#include "settings/normalizer.h"

#include "base/jcs.h"
#include "config/typed_document.h"
#include "policy/document_diff.h"

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

DiffOptions options_of(const DetectSettings& detect, WallTime now) {
  DiffOptions options{.sets = detect.sets};
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

}  // namespace sideband::policy
