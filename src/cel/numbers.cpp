#include "cel/numbers.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace sideband::cel {
namespace {

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr double kTwoTo64 = 18446744073709551616.0;

std::partial_ordering compare_int_uint(std::int64_t a, std::uint64_t b) {
  if (a < 0) return std::partial_ordering::less;
  return static_cast<std::uint64_t>(a) <=> b;
}

template <class Number>
std::optional<Number> parse_whole(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  Number number{};
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

std::partial_ordering compare_numbers(const Value& a, const Value& b) {
  if (a.is(Kind::kDouble) || b.is(Kind::kDouble)) return nearest_double(a) <=> nearest_double(b);
  if (a.kind() == b.kind()) {
    return a.is(Kind::kInt) ? a.as_int() <=> b.as_int() : a.as_uint() <=> b.as_uint();
  }
  return a.is(Kind::kInt) ? compare_int_uint(a.as_int(), b.as_uint())
                          : 0 <=> compare_int_uint(b.as_int(), a.as_uint());
}

double nearest_double(const Value& number) {
  if (number.is(Kind::kInt)) return static_cast<double>(number.as_int());
  return number.is(Kind::kUint) ? static_cast<double>(number.as_uint()) : number.as_double();
}

std::optional<std::int64_t> parse_int(std::string_view text) {
  return parse_whole<std::int64_t>(text);
}

std::optional<std::uint64_t> parse_uint(std::string_view text) {
  return parse_whole<std::uint64_t>(text);
}

std::optional<double> parse_double(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size()) return std::nullopt;
  if (problem == std::errc()) return number;
  if (problem != std::errc::result_out_of_range) return std::nullopt;
  return std::strtod(std::string(text).c_str(),
                     nullptr);  // it knows infinite from too near to zero
}

std::optional<std::int64_t> int_of(double number) {
  // The ends themselves are refused, as the reference implementations do: 2^63 - 1 is no double.
  if (std::isnan(number) || number >= kTwoTo63 || number <= -kTwoTo63) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

std::optional<std::uint64_t> uint_of(double number) {
  if (std::isnan(number) || number >= kTwoTo64 || number < 0) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::string double_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  return fmt::format("{}", number);
}

}  // namespace sideband::cel
