#include "model/document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

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

// JSON text to a Document: the only place that knows the JSON library, which is used as a stream
// of events, so that nothing is built before it is checked.
using Json = nlohmann::json;

// Builds the tree with a stack of its own. Every method returns false to stop the parser.
class Builder final : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return place(Document::null()); }
  bool boolean(bool value) override { return place(Document::boolean(value)); }
  bool number_integer(std::int64_t value) override {
    return place(Document::number(std::to_string(value)));
  }
  bool number_unsigned(std::uint64_t value) override {
    return place(Document::number(std::to_string(value)));
  }
  bool number_float(double, const std::string& text) override {
    return place(Document::number(text));
  }
  bool string(std::string& value) override { return place(Document::string(std::move(value))); }
  bool binary(Json::binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(Document::Kind::kMap); }
  bool start_array(std::size_t) override { return open(Document::Kind::kList); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& key) override {
    if (open_.back().node.members.contains(key)) {
      trouble_ = fmt::format("duplicate key {}", key);
      return false;
    }
    open_.back().key = std::move(key);
    return true;
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    position_ = position;
    trouble_ = error.what();
    const std::size_t end = trouble_.find("; last read");
    const std::size_t start = trouble_.find(": ");
    trouble_ = trouble_.substr(0, end);
    if (start != std::string::npos && start + 2 < trouble_.size()) trouble_.erase(0, start + 2);
    return false;
  }

  Document take() { return std::move(root_); }
  [[nodiscard]] const std::string& trouble() const { return trouble_; }
  [[nodiscard]] std::size_t position() const { return position_; }

 private:
  struct Open {
    Document node;
    std::string key = {};
  };

  bool open(Document::Kind kind) {
    if (open_.size() >= kMaxDocumentDepth) {
      trouble_ = fmt::format("nested deeper than {} levels", kMaxDocumentDepth);
      return false;
    }
    open_.push_back({.node = Document::of(kind)});
    return true;
  }

  bool close() {
    Document node = std::move(open_.back().node);
    open_.pop_back();
    return place(std::move(node));
  }

  bool place(Document node) {
    if (open_.empty()) {
      root_ = std::move(node);
    } else if (open_.back().node.kind == Document::Kind::kList) {
      open_.back().node.items.push_back(std::move(node));
    } else {
      open_.back().node.members.emplace(std::move(open_.back().key), std::move(node));
    }
    return true;
  }

  Document root_;
  std::vector<Open> open_;
  std::string trouble_;
  std::size_t position_ = 0;
};

std::string place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, position > 0 ? position - 1 : 0);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column =
      start == std::string_view::npos ? before.size() : before.size() - start - 1;
  return fmt::format("line {}, column {}", line, column + 1);
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

Result<Document> parse_json(std::string_view text) {
  // The library takes it for the end of the text, and what comes after it for nothing.
  const std::size_t nul = text.find('\0');
  if (nul != std::string_view::npos) {
    return Error::invalid(fmt::format("not valid JSON: {}: a NUL byte", place_of(text, nul + 1)));
  }
  Builder builder;
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return builder.take();
  const std::string where =
      builder.position() == 0 ? "" : place_of(text, builder.position()) + ": ";
  return Error::invalid(fmt::format("not valid JSON: {}{}", where, builder.trouble()));
}

}  // namespace sideband
