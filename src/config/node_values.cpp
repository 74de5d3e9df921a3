#include "config/node_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/yaml.h"

namespace sideband::config {
namespace {

using Kind = Document::Kind;

constexpr std::string_view kCore = "tag:yaml.org,2002:";

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

constexpr std::array<std::string_view, 5> kNulls = {"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 3> kTrues = {"true", "True", "TRUE"};
constexpr std::array<std::string_view, 3> kFalses = {"false", "False", "FALSE"};
constexpr std::array<std::string_view, 9> kInfinities = {
    ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};
constexpr std::array<std::string_view, 3> kNans = {".nan", ".NaN", ".NAN"};

std::size_t count_digits(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789");
  return end == std::string_view::npos ? text.size() : end;
}

// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?
bool is_decimal(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t whole = count_digits(text);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    const std::size_t fraction = count_digits(text.substr(1));
    if (whole == 0 && fraction == 0) return false;
    text.remove_prefix(fraction + 1);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text[0] != 'e' && text[0] != 'E') return false;
  text.remove_prefix(1);
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

// 0o17 and 0x1f as decimal text; empty when it is neither.
std::string based_number(std::string_view text) {
  const int base = text.starts_with("0x") ? 16 : text.starts_with("0o") ? 8 : 0;
  if (base == 0) return "";
  std::uint64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + 2, last, value, base);
  return error == std::errc() && end == last ? std::to_string(value) : "";
}

// A JSON number for a YAML one: no plus, no leading zeros, digits on both sides of the point.
std::string json_number(std::string_view text) {
  std::string sign = text.starts_with('-') ? "-" : "";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  const std::size_t whole = count_digits(text);
  std::string digits(text.substr(0, whole));
  digits.erase(0, digits.find_first_not_of('0'));
  std::string rest(text.substr(whole));
  if (rest.starts_with('.') && count_digits(std::string_view(rest).substr(1)) == 0) {
    rest.erase(0, 1);
  }
  return sign + (digits.empty() ? "0" : digits) + rest;
}

std::string infinity(std::string_view text) {
  return text.starts_with('-') ? "-.inf" : ".inf";
}

std::size_t depth_of(const Document& document) {
  std::size_t deepest = 0;
  for (const Document& item : document.items) deepest = std::max(deepest, depth_of(item));
  for (const auto& [key, value] : document.members) deepest = std::max(deepest, depth_of(value));
  return deepest + 1;
}

// How a tag is written: !!binary, !Ref, or with its whole name.
std::string shown_tag(const std::string& tag) {
  if (tag.starts_with(kCore)) return "!!" + tag.substr(kCore.size());
  return tag.starts_with('!') ? tag : "!<" + tag + ">";
}

// Whether a map could be taken for a value with a tag.
bool looks_tagged(const Document& map) {
  return map.members.size() == 1 && map.members.begin()->first.starts_with('!');
}

bool is_whole(const std::string& number) {
  return number.find_first_of(".eEin") == std::string::npos;
}

}  // namespace

Document typed_scalar(const std::string& text) {
  if (is_one_of(text, kNulls)) return Document::null();
  if (is_one_of(text, kTrues)) return Document::boolean(true);
  if (is_one_of(text, kFalses)) return Document::boolean(false);
  if (is_decimal(text)) return Document::number(json_number(text));
  if (is_one_of(text, kInfinities)) return Document::number(infinity(text));
  if (is_one_of(text, kNans)) return Document::number(".nan");
  if (std::string number = based_number(text); !number.empty()) {
    return Document::number(std::move(number));
  }
  return Document::string(text);
}

Document NodeValues::wrong(const DataNode& node, std::string text) {
  messages_.error(node.span, "", std::move(text));
  return {};
}

bool NodeValues::charge(const DataNode& node, std::size_t nodes, std::size_t bytes) {
  nodes_ += nodes;
  bytes_ += bytes;
  if (messages_.errors() > 0) return false;
  if (nodes_ <= kMaxAliasedNodes && bytes_ <= kMaxAliasedBytes) return true;
  wrong(node, fmt::format("its aliases stand for more than {} values or {} bytes", kMaxAliasedNodes,
                          kMaxAliasedBytes));
  return false;
}

Document NodeValues::of_document(const DataNode& node) {
  anchors_.clear();
  return value_of(node, 1);
}

Document NodeValues::value_of(const DataNode& node, std::size_t depth) {
  const std::size_t nodes = nodes_;
  const std::size_t bytes = bytes_;
  if (!charge(node, 1, node.text.size())) return {};
  if (node.kind == DataKind::kAlias) return alias_of(node, depth);
  Document value = node.tag.empty() ? untagged(node, depth) : tagged(node, untagged(node, depth));
  if (!node.anchor.empty() && messages_.errors() == 0) {
    anchors_[node.anchor] = {value, nodes_ - nodes, bytes_ - bytes, depth_of(value)};
  }
  return value;
}

Document NodeValues::untagged(const DataNode& node, std::size_t depth) {
  if (node.kind == DataKind::kMap) return map_of(node, depth);
  if (node.kind == DataKind::kScalar) {
    return node.style == DataStyle::kPlain ? typed_scalar(node.text) : Document::string(node.text);
  }
  Document list = Document::of(Kind::kList);
  for (const DataNode& item : node.parts) {
    if (messages_.errors() > 0) break;
    list.items.push_back(value_of(item, depth + 1));
  }
  return list;
}

Document NodeValues::map_of(const DataNode& node, std::size_t depth) {
  Document map = Document::of(Kind::kMap);
  Document merged = Document::of(Kind::kMap);
  for (std::size_t i = 0; i + 1 < node.parts.size() && messages_.errors() == 0; i += 2) {
    const DataNode& key = node.parts[i];
    if (key.is_plain("<<")) {
      merge(key, value_of(node.parts[i + 1], depth + 1), merged);
      continue;
    }
    const std::string name = key_of(key, depth);
    const bool fresh = map.members.emplace(name, value_of(node.parts[i + 1], depth + 1)).second;
    if (!fresh) return wrong(key, fmt::format("duplicate key {}", name));
  }
  map.members.merge(merged.members);  // keys of its own stay
  if (looks_tagged(map)) {
    return wrong(node, "a map whose only key begins with ! cannot be told from a tag");
  }
  return map;
}

// Of several the first one counts.
void NodeValues::merge(const DataNode& node, const Document& from, Document& into) {
  if (from.kind == Kind::kMap && !looks_tagged(from)) {
    into.members.insert(from.members.begin(), from.members.end());
    return;
  }
  if (from.kind != Kind::kList) {
    wrong(node, "a merge key << needs a map or a list of maps");
    return;
  }
  for (const Document& one : from.items) {
    if (one.kind != Kind::kMap) wrong(node, "a merge key << needs a map or a list of maps");
    into.members.insert(one.members.begin(), one.members.end());
  }
}

std::string NodeValues::key_of(const DataNode& node, std::size_t depth) {
  if (!charge(node, 1, node.text.size())) return "";
  const bool text = node.kind == DataKind::kScalar &&
                    (node.tag.empty() || node.tag == "!" || node.tag.starts_with(kCore));
  if (text) {
    if (!node.anchor.empty())
      anchors_[node.anchor] = {untagged(node, depth), 1, node.text.size(), 1};
    return node.text;
  }
  const Document value = node.kind == DataKind::kAlias ? alias_of(node, depth) : Document{};
  if (value.kind != Kind::kString && value.kind != Kind::kNumber) {
    wrong(node, "a key must be text");
  }
  return value.text;
}

Document NodeValues::alias_of(const DataNode& node, std::size_t depth) {
  const auto found = anchors_.find(node.anchor);
  if (found == anchors_.end()) {
    return wrong(node, fmt::format("the alias *{0} stands for nothing: no value before it has &{0}",
                                   node.anchor));
  }
  const Anchored& anchored = found->second;
  if (depth + anchored.depth > kMaxDepth) {
    return wrong(node, fmt::format("nested deeper than {} levels", kMaxDepth));
  }
  if (!charge(node, anchored.nodes, anchored.bytes)) return {};
  return anchored.value;
}

Document NodeValues::tagged_scalar(const DataNode& node) {
  const std::string name = node.tag.substr(kCore.size());
  if (name == "str") return Document::string(node.text);
  Document value = typed_scalar(node.text);
  const bool fits = (name == "null" && value.kind == Kind::kNull) ||
                    (name == "bool" && value.kind == Kind::kBool) ||
                    (name == "float" && value.kind == Kind::kNumber) ||
                    (name == "int" && value.kind == Kind::kNumber && is_whole(value.text));
  return fits ? value : wrong(node, fmt::format("!!{} does not fit this value", name));
}

Document NodeValues::tagged(const DataNode& node, Document value) {
  static constexpr std::array<std::string_view, 7> kNames = {"str", "null", "bool", "float",
                                                             "int", "map",  "seq"};
  const bool scalar = node.kind == DataKind::kScalar;
  if (node.tag == "!") return scalar ? Document::string(node.text) : value;
  const bool core = node.tag.starts_with(kCore) &&
                    is_one_of(std::string_view(node.tag).substr(kCore.size()), kNames);
  if (!core) {
    return Document::map(
        {{shown_tag(node.tag), scalar ? Document::string(node.text) : std::move(value)}});
  }
  if (scalar) return tagged_scalar(node);
  const std::string_view fits = node.kind == DataKind::kMap ? "!!map" : "!!seq";
  if (shown_tag(node.tag) == fits) return value;
  return wrong(node, fmt::format("{} does not fit this value", shown_tag(node.tag)));
}

}  // namespace sideband::config
