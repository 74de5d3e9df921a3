#include "config/typed_document.h"

#include <array>
#include <charconv>

#include "config/yaml.h"

namespace sideband::config {
namespace {

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

}  // namespace

Document to_document(const Node& node) {
  if (node.kind == NodeKind::kScalar) {
    return node.plain ? typed_scalar(node.text) : Document::string(node.text);
  }
  Document document = Document::of(Document::Kind::kMap);
  for (const Entry& entry : node.entries) {
    document.members.emplace(entry.key, to_document(entry.value));
  }
  if (node.kind == NodeKind::kList) document.kind = Document::Kind::kList;
  for (const Node& item : node.items) document.items.push_back(to_document(item));
  return document;
}

Result<std::vector<Document>> parse_yaml_documents(const std::string& name, std::string_view text) {
  Messages messages;
  const auto nodes = parse_yaml(messages.add_source(name, std::string(text)), messages);
  if (messages.errors() > 0) return Error::invalid(messages.render());
  std::vector<Document> documents;
  for (const Node& node : nodes) documents.push_back(to_document(node));
  return documents;
}

}  // namespace sideband::config
