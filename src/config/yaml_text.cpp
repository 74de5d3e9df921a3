#include "config/yaml_text.h"

#include <algorithm>
#include <array>

#include "base/jcs.h"

namespace sideband::config {
namespace {

using Kind = Document::Kind;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

// Words that version 1.1 or 1.2 reads as null, as a truth or as a number.
bool is_word_of_yaml(std::string word) {
  static constexpr std::array<std::string_view, 10> kWords = {
      "null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan"};
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

std::string scalar_text(const std::string& text) {
  const bool plain =
      !text.empty() && is_letter(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '/';
      });
  return plain && !is_word_of_yaml(text) ? text : json_string(text);
}

std::string inline_text(const Document& document) {
  switch (document.kind) {
    case Kind::kString:
      return scalar_text(document.text);
    case Kind::kNumber:
      return document.text;
    case Kind::kList:
      return "[]";
    case Kind::kMap:
      return "{}";
    default:
      return to_json(document);
  }
}

bool has_parts(const Document& document) {
  return !document.items.empty() || !document.members.empty();
}

void write(std::string& out, const Document& document, std::size_t depth);

// Behind "key:" or "-": on the same line, or as a block below it.
void write_value(std::string& out, const Document& value, std::size_t depth) {
  if (!has_parts(value)) {
    out += ' ' + inline_text(value) + '\n';
    return;
  }
  out += '\n';
  write(out, value, depth);
}

void write(std::string& out, const Document& document, std::size_t depth) {
  const std::string indent(depth * 2, ' ');
  for (const auto& [key, value] : document.members) {
    out += indent + scalar_text(key) + ':';
    write_value(out, value, depth + 1);
  }
  for (const Document& item : document.items) {
    out += indent + '-';
    write_value(out, item, depth + 1);
  }
}

}  // namespace

std::string to_yaml(const Document& document) {
  if (!has_parts(document)) return inline_text(document) + '\n';
  std::string out;
  write(out, document, 0);
  return out;
}

}  // namespace sideband::config
