#include "cli/formats.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/jcs.h"

namespace sideband::cli {
namespace {

// Words that one or another version of YAML reads as a truth or as nothing.
bool is_reserved(std::string text) {
  static constexpr std::array<std::string_view, 11> kWords = {
      "true", "false", "yes", "no", "on", "off", "null", "y", "n", "inf", "nan"};
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Begins with a letter and has nothing that could end it or begin a comment.
std::string scalar(const std::string& text) {
  const bool plain = !text.empty() && is_letter(text.front()) && text.back() != ' ' &&
                     std::all_of(text.begin(), text.end(), [](char c) {
                       return is_letter(c) || (c >= '0' && c <= '9') ||
                              std::string_view(" _./-").find(c) != std::string_view::npos;
                     });
  return plain && !is_reserved(text) ? text : json_string(text);
}

bool is_leaf(const Document& document) {
  return document.items.empty() && document.members.empty();
}

// Behind "key:" or "-"; ends the line.
void write(const Document& document, std::size_t depth, std::string& out);

void write_map(const Document& map, std::size_t depth, bool first_inline, std::string& out) {
  for (const auto& [key, value] : map.members) {
    if (!first_inline) out += std::string(depth, ' ');
    first_inline = false;
    out += scalar(key) + ":";
    write(value, depth + 2, out);
  }
}

void write_list(const Document& list, std::size_t depth, std::string& out) {
  for (const Document& item : list.items) {
    out += std::string(depth, ' ') + "-";
    if (item.kind == Document::Kind::kMap && !is_leaf(item)) {
      out += " ";
      write_map(item, depth + 2, true, out);
    } else {
      write(item, depth + 2, out);
    }
  }
}

void write(const Document& document, std::size_t depth, std::string& out) {
  if (is_leaf(document)) {
    const bool text = document.kind == Document::Kind::kString;
    out += " " + (text ? scalar(document.text) : to_json(document)) + "\n";
    return;
  }
  out += "\n";
  if (document.kind == Document::Kind::kMap) return write_map(document, depth, false, out);
  write_list(document, depth, out);
}

}  // namespace

std::string to_yaml(const Document& document) {
  std::string out;
  if (is_leaf(document)) {
    write(document, 0, out);
    return out.substr(1);
  }
  if (document.kind == Document::Kind::kMap) {
    write_map(document, 0, false, out);
  } else {
    write_list(document, 0, out);
  }
  return out;
}

std::string to_json_lines(const Document& document) {
  const auto found = document.members.find("items");
  const bool list = found != document.members.end();
  if (!list && document.kind != Document::Kind::kList) return to_json(document) + "\n";
  std::string out;
  for (const Document& item : list ? found->second.items : document.items) {
    out += to_json(item) + "\n";
  }
  return out;
}

std::string reformatted(const std::string& json, const std::string& format) {
  const auto document = parse_json(json);
  if (!document.ok()) return json;
  return format == "yaml" ? to_yaml(*document) : to_json_lines(*document);
}

}  // namespace sideband::cli
