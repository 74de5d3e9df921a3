#include "base/units.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace sideband {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 6> kDurationUnits = {{{"d", 86'400'000'000},
                                                 {"h", 3'600'000'000},
                                                 {"m", 60'000'000},
                                                 {"s", 1'000'000},
                                                 {"ms", 1'000},
                                                 {"us", 1}}};
constexpr std::array<Unit, 7> kSizeUnits = {{{"B", 1},
                                             {"KiB", 1 << 10},
                                             {"MiB", 1 << 20},
                                             {"GiB", 1 << 30},
                                             {"kB", 1'000},
                                             {"MB", 1'000'000},
                                             {"GB", 1'000'000'000}}};
constexpr std::array<Unit, 3> kCountUnits = {{{"", 1}, {"k", 1'000}, {"M", 1'000'000}}};

// Takes digits off the front of `text`; nothing when there are none or they overflow.
std::optional<std::int64_t> take_number(std::string_view& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || text.empty() || text.front() == '-') return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

// Takes letters off the front of `text` and looks them up.
template <std::size_t N>
const Unit* take_unit(std::string_view& text, const std::array<Unit, N>& units) {
  std::size_t length = 0;
  while (length < text.size() && (text[length] < '0' || text[length] > '9')) ++length;
  for (const Unit& unit : units) {
    if (text.substr(0, length) == unit.name) {
      text.remove_prefix(length);
      return &unit;
    }
  }
  return nullptr;
}

bool multiply(std::int64_t number, std::int64_t factor, std::int64_t& out) {
  return !__builtin_mul_overflow(number, factor, &out);
}

template <std::size_t N>
Result<std::int64_t> parse_one(std::string_view text, const std::array<Unit, N>& units,
                               std::string_view expected) {
  const std::string whole(text);
  const auto number = take_number(text);
  const Unit* unit = number ? take_unit(text, units) : nullptr;
  std::int64_t value = 0;
  if (unit == nullptr || !text.empty() || !multiply(*number, unit->factor, value)) {
    return Error::invalid(fmt::format("\"{}\" is not {}", whole, expected));
  }
  return value;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const Error bad = Error::invalid(fmt::format(
      "\"{}\" is not a duration; write a number with a unit, like 250ms, 30s, 5m, 1h30m "
      "or 7d",
      text));
  std::int64_t total = 0;
  std::int64_t last_factor = std::numeric_limits<std::int64_t>::max();
  if (text.empty()) return bad;
  while (!text.empty()) {
    const auto number = take_number(text);
    const Unit* unit = number ? take_unit(text, kDurationUnits) : nullptr;
    std::int64_t part = 0;
    if (unit == nullptr || unit->factor >= last_factor || !multiply(*number, unit->factor, part) ||
        __builtin_add_overflow(total, part, &total)) {
      return bad;
    }
    last_factor = unit->factor;
  }
  return Duration(total);
}

std::string format_duration(Duration duration) {
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  std::string out = rest < 0 ? "-" : "";
  rest = rest < 0 ? -rest : rest;
  for (const Unit& unit : kDurationUnits) {
    if (rest >= unit.factor) out += fmt::format("{}{}", rest / unit.factor, unit.name);
    rest %= unit.factor;
  }
  return out;
}

Result<std::int64_t> parse_size(std::string_view text) {
  return parse_one(text, kSizeUnits,
                   "a size; write a number with a unit, like 512B, 64KiB or 1MiB");
}

Result<std::int64_t> parse_count(std::string_view text) {
  return parse_one(text, kCountUnits, "a count; write a whole number, like 500, 200k or 1M");
}

Result<std::int64_t> parse_percent(std::string_view text) {
  const Error bad = Error::invalid(
      fmt::format("\"{}\" is not a percentage from 0% to 100%; write it like 10% or 0.5%", text));
  if (text.empty() || text.back() != '%') return bad;
  const char* const end = text.data() + text.size() - 1;
  double value = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || stop != end || !(value >= 0 && value <= 100)) return bad;
  return std::llround(value * 10'000);
}

std::string format_percent(std::int64_t millionths) {
  return fmt::format("{:g} %", static_cast<double>(millionths) / 10'000);
}

}  // namespace sideband
