#include "model/document.h"

#include <charconv>

#include "base/jcs.h"

namespace sideband {
namespace {

struct Decimal {
  bool negative = false;
  std::string digits;         // without leading or trailing zeros; empty = zero
  std::int64_t exponent = 0;  // of the last digit
};

std::string_view take_digits(std::string_view& text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  const std::string_view digits = text.substr(0, end);
  text.remove_prefix(end);
  return digits;
}

bool take_char(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

// The exponent part of `text`, which may be empty. False when it is damaged or out of all reason.
bool take_exponent(std::string_view& text, std::int64_t& exponent) {
  if (!take_char(text, "eE")) return true;
  const bool negative = text.starts_with('-');
  take_char(text, "+-");
  const std::string_view digits = take_digits(text);
  std::int64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || parsed.ec != std::errc() || value > 1'000'000'000) return false;
  exponent += negative ? -value : value;
  return true;
}

void strip_zeros(Decimal& decimal) {
  while (decimal.digits.ends_with('0')) {
    decimal.digits.pop_back();
    ++decimal.exponent;
  }
  decimal.digits.erase(0, decimal.digits.find_first_not_of('0'));
}

bool read_decimal(std::string_view text, Decimal& decimal) {
  decimal.negative = text.starts_with('-');
  take_char(text, "+-");
  decimal.digits = take_digits(text);
  if (take_char(text, ".")) {
    const std::string_view fraction = take_digits(text);
    decimal.digits += fraction;
    decimal.exponent -= static_cast<std::int64_t>(fraction.size());
  }
  if (decimal.digits.empty() || !take_exponent(text, decimal.exponent)) return false;
  strip_zeros(decimal);
  return text.empty();
}

}  // namespace

std::string canonical_number(std::string_view text) {
  Decimal decimal;
  if (!read_decimal(text, decimal)) return std::string(text);
  if (decimal.digits.empty()) return "0";
  return (decimal.negative ? "-" : "") + decimal.digits + "e" + std::to_string(decimal.exponent);
}

Document Document::of(Kind kind) {
  Document document;
  document.kind = kind;
  return document;
}

Document Document::boolean(bool truth) {
  Document document = of(Kind::kBool);
  document.truth = truth;
  return document;
}

Document Document::number(std::string text) {
  Document document = of(Kind::kNumber);
  document.text = std::move(text);
  return document;
}

Document Document::string(std::string text) {
  Document document = of(Kind::kString);
  document.text = std::move(text);
  return document;
}

Document Document::list(std::vector<Document> items) {
  Document document = of(Kind::kList);
  document.items = std::move(items);
  return document;
}

Document Document::map(std::map<std::string, Document> members) {
  Document document = of(Kind::kMap);
  document.members = std::move(members);
  return document;
}

bool Document::operator==(const Document& other) const {
  if (kind != other.kind) return false;
  switch (kind) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return truth == other.truth;
    case Kind::kNumber:
      return text == other.text || canonical_number(text) == canonical_number(other.text);
    case Kind::kString:
      return text == other.text;
    case Kind::kList:
      return items == other.items;
    case Kind::kMap:
      return members == other.members;
  }
  return false;
}

std::string to_json(const Document& document) {
  switch (document.kind) {
    case Document::Kind::kNull:
      return "null";
    case Document::Kind::kBool:
      return document.truth ? "true" : "false";
    case Document::Kind::kNumber:
      return document.text;
    case Document::Kind::kString:
      return json_string(document.text);
    case Document::Kind::kList: {
      std::vector<std::string> items;
      for (const Document& item : document.items) items.push_back(to_json(item));
      return json_array(items);
    }
    case Document::Kind::kMap:
      break;
  }
  JsonObject object;
  for (const auto& [key, value] : document.members) object.add_json(key, to_json(value));
  return object.text();
}

}  // namespace sideband
