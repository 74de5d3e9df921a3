#include "config/json_nodes.h"

#include "model/document.h"

namespace sideband::config {
namespace {

// Recursion is bounded: parse_json has refused what is nested deeper than kMaxDocumentDepth.
class JsonPlaces {
 public:
  explicit JsonPlaces(std::string_view text) : text_(text) {}

  DataNode value() {
    skip_blanks();
    DataNode node;
    node.start = at_;
    const char first = at_ < text_.size() ? text_[at_] : '\0';
    if (first == '{' || first == '[') {
      node.kind = first == '{' ? DataKind::kMap : DataKind::kList;
      node.style = DataStyle::kFlow;
      parts(node);
    } else if (first == '"') {
      node.style = DataStyle::kDoubleQuoted;
      skip_string();
    } else {
      at_ = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
    }
    node.end = at_;
    return node;
  }

 private:
  void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n,:", at_), text_.size()); }

  void skip_string() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    at_ = std::min(at_ + 1, text_.size());
  }

  void parts(DataNode& node) {
    ++at_;
    for (skip_blanks(); at_ < text_.size() && text_[at_] != '}' && text_[at_] != ']';
         skip_blanks()) {
      node.parts.push_back(value());
      DataNode& part = node.parts.back();
      const bool key = node.kind == DataKind::kMap && node.parts.size() % 2 == 1;
      if (!key) continue;
      const auto name = parse_json(text_.substr(part.start, part.end - part.start));
      if (name.ok()) part.text = name->text;
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

DataNode json_nodes(std::string_view text) {
  return JsonPlaces(text).value();
}

}  // namespace sideband::config
