#include "config/field_types.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "base/quantity.h"
#include "base/units.h"

namespace sideband::config {
namespace {

struct TypeWords {
  FieldType type;
  std::string_view name;
  std::string_view example;
};

constexpr std::array<TypeWords, 19> kTypes = {{
    {FieldType::kText, "text", "prices"},
    {FieldType::kName, "name", "shop-db"},
    {FieldType::kTemplate, "template", "price:{id}"},
    {FieldType::kPointer, "JSON pointer", "/spec/replicas"},
    {FieldType::kDuration, "duration", "30s"},
    {FieldType::kCount, "count", "500"},
    {FieldType::kPercent, "percentage", "10%"},
    {FieldType::kAmount, "count or percentage", "1%"},
    {FieldType::kSize, "size", "64KiB"},
    {FieldType::kNumber, "number", "1.5"},
    {FieldType::kQuantity, "number or quantity", "20ms"},
    {FieldType::kBool, "true or false", "true"},
    {FieldType::kDate, "date", "2027-06-30"},
    {FieldType::kEnum, "word", ""},
    {FieldType::kSecret, "secret reference", "{valueFrom: {env: SHOP_DB_PASSWORD}}"},
    {FieldType::kTable, "map", ""},
    {FieldType::kList, "list", ""},
    {FieldType::kMap, "map", ""},
    {FieldType::kAny, "any value", ""},
}};

const TypeWords& words_of(FieldType type) {
  return kTypes[static_cast<std::size_t>(type)];
}

bool is_lower_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_identifier_char(char c) {
  return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z') || c == '_';
}

Error bad_template(std::string_view text) {
  return Error::invalid(
      fmt::format("\"{}\" is not a template; write {{column}} for a placeholder and {{{{ or }}}} "
                  "for a brace",
                  text));
}

// Length of the "{name}", "{{" or "}}" at the front of `text`; 0 for anything else.
std::size_t brace_length(std::string_view text) {
  if (text.starts_with("{{") || text.starts_with("}}")) return 2;
  std::size_t end = 1;
  while (end < text.size() && is_identifier_char(text[end])) ++end;
  return text[0] == '{' && end > 1 && end < text.size() && text[end] == '}' ? end + 1 : 0;
}

// `count` digits from the front of `text`, or -1.
int take_digits(std::string_view& text, std::size_t count) {
  int value = -1;
  if (text.size() < count) return -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + count, value);
  if (error != std::errc() || end != text.data() + count || text.front() == '-') return -1;
  text.remove_prefix(count);
  return value;
}

bool take_dash(std::string_view& text) {
  if (!text.starts_with('-')) return false;
  text.remove_prefix(1);
  return true;
}

template <class V>
Result<void> only_check(const Result<V>& result) {
  if (!result.ok()) return result.error();
  return {};
}

}  // namespace

std::string_view type_name(FieldType type) {
  return words_of(type).name;
}

std::string type_phrase(FieldType type) {
  const bool bare = type == FieldType::kText || type == FieldType::kBool;
  return bare ? std::string(type_name(type)) : fmt::format("a {}", type_name(type));
}

std::string_view type_example(FieldType type) {
  return words_of(type).example;
}

Result<std::string> read_text(std::string_view text) {
  if (text.empty()) return Error::invalid("must not be empty");
  return std::string(text);
}

Result<std::string> read_name(std::string_view text) {
  bool good = !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-';
  for (const char c : text) good = good && (is_lower_or_digit(c) || c == '-');
  if (good) return std::string(text);
  return Error::invalid(
      fmt::format("\"{}\" is not a name; use at most 63 of a-z, 0-9 and -, with a letter or digit "
                  "at both ends",
                  text));
}

Result<std::string> read_template(std::string_view text) {
  if (text.empty()) return bad_template(text);
  for (std::string_view rest = text; !rest.empty();) {
    std::size_t length = 1;
    if (rest[0] == '{' || rest[0] == '}') length = brace_length(rest);
    if (length == 0) return bad_template(text);
    rest.remove_prefix(length);
  }
  return std::string(text);
}

Result<std::string> read_pointer(std::string_view text) {
  bool good = text.starts_with('/');
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '~') continue;
    good = good && i + 1 < text.size() && (text[i + 1] == '0' || text[i + 1] == '1');
  }
  if (good) return std::string(text);
  return Error::invalid(fmt::format(
      "\"{}\" is not a JSON pointer; write it like /spec/replicas, with ~1 for / in a key", text));
}

Result<Amount> read_amount(std::string_view text) {
  Amount amount;
  if (const auto percent = parse_percent(text); percent.ok()) {
    amount.percent = *percent;
  } else if (const auto count = parse_count(text); count.ok()) {
    amount.count = *count;
  }
  if (amount.count > 0 || amount.percent > 0) return amount;
  return Error::invalid(fmt::format(
      "\"{}\" is not a count or a percentage above zero; write it like 10 or 1%", text));
}

Result<double> read_number(std::string_view text) {
  double value = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value, std::chars_format::fixed);
  if (error == std::errc() && end == last && value >= 0 && value <= 1e15) return value;
  return Error::invalid(fmt::format("\"{}\" is not a number; write it like 1.5", text));
}

Result<bool> read_bool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return Error::invalid(fmt::format("\"{}\" is not true or false; only these two words are", text));
}

Result<WallTime> read_date(std::string_view text) {
  std::string_view rest = text;
  const int year = take_digits(rest, 4);
  const bool first = take_dash(rest);
  const int month = take_digits(rest, 2);
  const bool second = take_dash(rest);
  const int day = take_digits(rest, 2);
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (year >= 0 && first && month > 0 && second && day > 0 && rest.empty() && date.ok()) {
    return WallTime(std::chrono::sys_days(date));
  }
  return Error::invalid(fmt::format("\"{}\" is not a date; write it like 2027-06-30", text));
}

Result<void> check_scalar(FieldType type, std::string_view text) {
  switch (type) {
    case FieldType::kName:
      return only_check(read_name(text));
    case FieldType::kTemplate:
      return only_check(read_template(text));
    case FieldType::kPointer:
      return only_check(read_pointer(text));
    case FieldType::kDuration:
      return only_check(parse_duration(text));
    case FieldType::kCount:
      return only_check(parse_count(text));
    case FieldType::kPercent:
      return only_check(parse_percent(text));
    case FieldType::kAmount:
      return only_check(read_amount(text));
    case FieldType::kSize:
      return only_check(parse_size(text));
    case FieldType::kNumber:
      return only_check(read_number(text));
    case FieldType::kQuantity:
      return only_check(parse_quantity(text));
    case FieldType::kBool:
      return only_check(read_bool(text));
    case FieldType::kDate:
      return only_check(read_date(text));
    default:
      return only_check(read_text(text));
  }
}

}  // namespace sideband::config
