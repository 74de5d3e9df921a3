// What makes texts of values, or looks for patterns: matches, format, strings.quote.
#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "base/bytes.h"
#include "cel/functions/specs.h"
#include "cel/map.h"
#include "cel/numbers.h"
#include "cel/patterns.h"
#include "cel/text.h"
#include "cel/times.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

constexpr std::int64_t kMostDigits = 100;  // behind the point

Value matches(const Call& call) {
  const std::string& text = call.args[0].as_text();
  const std::string& pattern = call.args[1].as_text();
  if (!call.budget.spend(compile_cost(pattern))) return Budget::error();
  const auto made = compile_pattern(pattern);
  if (!made.ok()) return Value::error(made.error().message);
  if (!call.budget.spend(search_cost(**made, text.size()))) return Budget::error();
  return Value::boolean(found_in(**made, text));
}

Value quote(const Call& call) {
  if (!call.budget.spend(call.args[0].as_text().size() / 4)) return Budget::error();
  return Value::string(quoted(call.args[0].as_text()));
}

// string.format of cel-spec doc/extensions/strings.md. Each function returns false once there is
// a problem.
class Formatter {
 public:
  Formatter(std::string_view format, const std::vector<Value>& args) : rest_(format), args_(args) {}

  Value run() {
    while (!rest_.empty() && problem_.is(Kind::kNull)) {
      const std::size_t percent = rest_.find('%');
      out_ += rest_.substr(0, percent);
      if (percent == std::string_view::npos) break;
      rest_.remove_prefix(percent + 1);
      clause();
    }
    if (!problem_.is(Kind::kNull)) return problem_;
    return Value::string(std::move(out_));
  }

 private:
  void fail(std::string message) { problem_ = Value::error(std::move(message)); }
  void wrong_type(const char* clause, const Value& value) {
    fail(fmt::format("error during formatting: {}, was given {}", clause, type_name(value.kind())));
  }

  // Digits behind a point; 6 where there is none.
  std::optional<int> precision() {
    if (!rest_.starts_with('.')) return 6;
    std::size_t end = 1;
    while (end < rest_.size() && rest_[end] >= '0' && rest_[end] <= '9') ++end;
    const auto number = parse_int(rest_.substr(1, end - 1));
    rest_.remove_prefix(end);
    if (!number || *number > kMostDigits) return std::nullopt;
    return static_cast<int>(*number);
  }

  void clause() {
    if (rest_.starts_with('%')) {
      out_ += '%';
      rest_.remove_prefix(1);
      return;
    }
    const auto digits = precision();
    if (!digits || rest_.empty()) return fail("could not parse formatting clause");
    const char letter = rest_.front();
    if (std::string_view("sdfexXob").find(letter) == std::string_view::npos) {
      return fail(
          fmt::format("could not parse formatting clause: unrecognized formatting clause {}",
                      quoted(rest_.substr(0, first_code_point(rest_).length))));
    }
    rest_.remove_prefix(1);
    if (next_ >= args_.size()) return fail(fmt::format("index {} out of range", next_));
    const Value& value = args_[next_++];
    if (value.is_missing()) {
      problem_ = value;
      return;
    }
    put(letter, *digits, value);
  }

  void put(char letter, int digits, const Value& value) {
    switch (letter) {
      case 's':
        return put_string(value);
      case 'd':
        return put_decimal(value);
      case 'f':
        return put_fixed(value, digits, "fixed-point");
      case 'e':
        return put_fixed(value, digits, "scientific");
      case 'x':
      case 'X':
        return put_hex(value, letter == 'X');
      case 'o':
        if (!value.is(Kind::kInt) && !value.is(Kind::kUint)) {
          return wrong_type("octal clause can only be used on integers", value);
        }
        return put_whole("{:o}", value);
      default:
        return put_binary(value);
    }
  }

  // By sign and magnitude.
  void put_whole(const char* format, const Value& value) {
    const bool negative = value.is(Kind::kInt) && value.as_int() < 0;
    if (negative) out_ += '-';
    const std::uint64_t magnitude = negative ? 0 - value.as_uint() : value.as_uint();
    out_ += fmt::format(fmt::runtime(format), magnitude);
  }

  void put_decimal(const Value& value) {
    if (!value.is_number()) {
      return wrong_type("decimal clause can only be used on integers", value);
    }
    if (value.is(Kind::kDouble)) {
      out_ += double_text(value.as_double());
    } else {
      put_whole("{}", value);
    }
  }

  void put_binary(const Value& value) {
    if (value.is(Kind::kBool)) {
      out_ += value.as_bool() ? '1' : '0';
    } else if (value.is(Kind::kInt) || value.is(Kind::kUint)) {
      put_whole("{:b}", value);
    } else {
      wrong_type("only integers and bools can be formatted as binary", value);
    }
  }

  void put_hex(const Value& value, bool upper) {
    if (value.is(Kind::kInt) || value.is(Kind::kUint)) {
      return put_whole(upper ? "{:X}" : "{:x}", value);
    }
    if (!value.is(Kind::kString) && !value.is(Kind::kBytes)) {
      return wrong_type("only integers, byte buffers, and strings can be formatted as hex", value);
    }
    std::string hex = to_hex(value.as_text());
    if (upper) {
      for (char& c : hex) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
    }
    out_ += hex;
  }

  void put_fixed(const Value& value, int digits, std::string_view clause) {
    if (!value.is_number()) {
      return wrong_type(clause == "scientific" ? "scientific clause can only be used on doubles"
                                               : "fixed-point clause can only be used on doubles",
                        value);
    }
    const double number = nearest_double(value);
    if (!std::isfinite(number)) {
      out_ += double_text(number);
    } else {
      put_digits(clause == "scientific" ? "%.*e" : "%.*f", digits, number);
    }
  }

  // The C library, since {fmt} takes ten times as long for the largest numbers.
  void put_digits(const char* format, int digits, double number) {
    std::array<char, 512> text;  // 309 digits, the point, and kMostDigits behind it
    const int length = std::snprintf(text.data(), text.size(), format, digits, number);
    out_.append(text.data(), static_cast<std::size_t>(length));
  }

  void put_string(const Value& value) {
    switch (value.kind()) {
      case Kind::kList:
        return put_list(value.items());
      case Kind::kMap:
        return put_map(value.as_map());
      case Kind::kString:
      case Kind::kType:
        out_ += value.as_text();
        return;
      case Kind::kBytes:
        out_ += replace_bad_utf8(value.as_text());
        return;
      case Kind::kTimestamp:
        out_ += timestamp_text(value.as_timestamp());
        return;
      case Kind::kDuration:
        out_ += duration_text(value.as_duration());
        return;
      case Kind::kNull:
      case Kind::kBool:
        out_ += short_text(value);
        return;
      case Kind::kInt:
      case Kind::kUint:
      case Kind::kDouble:
        return put_decimal(value);
      case Kind::kError:
      case Kind::kUnknown:
        problem_ = value;
        return;
      case Kind::kOptional:
        return wrong_type("string clause can only be used on values that have a text", value);
    }
  }

  void put_list(const std::vector<Value>& items) {
    out_ += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_ += ", ";
      put_string(items[i]);
    }
    out_ += ']';
  }

  void put_map(const Map& map) {
    std::vector<std::pair<std::string, std::string>> texts;
    std::string before = std::move(out_);
    for (const auto& [key, value] : map.entries()) {
      out_.clear();
      put_string(key);
      std::string key_text = std::move(out_);
      out_.clear();
      put_string(value);
      texts.emplace_back(std::move(key_text), std::move(out_));
    }
    std::sort(texts.begin(), texts.end());
    out_ = std::move(before);
    out_ += '{';
    for (std::size_t i = 0; i < texts.size(); ++i) {
      out_ += fmt::format("{}{}: {}", i > 0 ? ", " : "", texts[i].first, texts[i].second);
    }
    out_ += '}';
  }

  std::string_view rest_;
  const std::vector<Value>& args_;
  std::size_t next_ = 0;
  std::string out_;
  Value problem_;  // null: none
};

Value format(const Call& call) {
  // A map's texts are moved once for each map around it.
  constexpr std::uint64_t kEach = 32;
  const std::uint64_t weight = call.args[1].weight();
  if (!call.budget.spend(weight)) return Budget::error();
  if (!call.budget.spend(kEach * weight * (1 + call.args[1].depth()))) return Budget::error();
  return Formatter(call.args[0].as_text(), call.args[1].items()).run();
}

}  // namespace

FunctionSpecs text_functions() {
  return {
      {"matches", true, {"ss", 'b', matches}},
      {"matches", false, {"ss", 'b', matches}},
      {"strings.quote", false, {"s", 's', quote}},
      {"format", true, {"sl", 's', format}},
  };
}

}  // namespace sideband::cel
