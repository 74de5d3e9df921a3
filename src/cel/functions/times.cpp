// Functions of timestamps and durations (cel-spec doc/langdef.md, "Timestamps and Durations").
#include "cel/times.h"

#include <fmt/format.h>

#include "base/civil_time.h"
#include "base/time_zone.h"
#include "cel/functions/specs.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

Value time_itself(const Call& call) {
  return call.args[0];
}

Value time_from_string(const Call& call) {
  const auto time = parse_timestamp(call.args[0].as_text());
  if (time) return Value::timestamp(*time);
  return Value::error(
      fmt::format("range or form: {} is no timestamp (RFC 3339) from year 1 to 9999",
                  short_text(call.args[0])));
}
Value time_from_int(const Call& call) {
  const Timestamp time{call.args[0].as_int(), 0};
  if (in_range(time)) return Value::timestamp(time);
  return Value::error("range: this is no time from the year 1 to 9999");
}

Value duration_from_string(const Call& call) {
  const auto nanos = parse_duration_text(call.args[0].as_text());
  if (nanos) return Value::duration(*nanos);
  return Value::error(
      fmt::format("range or form: {} is no duration such as 1h30m or -1.5s, of 292 years at most",
                  short_text(call.args[0])));
}
Value duration_from_int(const Call& call) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  std::int64_t nanos = 0;
  if (__builtin_mul_overflow(call.args[0].as_int(), kSecond, &nanos)) {
    return Value::error("range: a duration has 292 years at most");
  }
  return Value::duration(nanos);
}

// A part of the time in the zone of the second argument, or in UTC.
Value part_of_time(const Call& call, std::int64_t (*part)(const CivilTime&)) {
  std::int64_t seconds = call.args[0].as_timestamp().seconds;
  if (call.args.size() > 1) {
    const auto offset = zone_offset_at(call.args[1].as_text(), seconds);
    // What is not there is looked for in the file system each time.
    constexpr std::uint64_t kLookForFile = 100;
    if (!offset.ok() && !call.budget.spend(kLookForFile)) return Budget::error();
    if (!offset.ok()) return Value::error(offset.error().message);
    seconds += *offset;
  }
  return Value::integer(part(civil_time(seconds)));
}
Value year_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) { return time.year; });
}
Value month_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.month - 1; });
}
Value date_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.day; });
}
Value month_day_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.day - 1; });
}
Value week_day_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.week_day; });
}
Value year_day_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.year_day; });
}
Value hours_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.hour; });
}
Value minutes_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.minute; });
}
Value seconds_of(const Call& call) {
  return part_of_time(call, [](const CivilTime& time) -> std::int64_t { return time.second; });
}
Value milliseconds_of(const Call& call) {
  return Value::integer(call.args[0].as_timestamp().nanos / 1'000'000);
}

// A duration in whole units; its milliseconds are those of the last second.
Value whole_units(const Call& call, std::int64_t unit) {
  return Value::integer(call.args[0].as_duration() / unit);
}
Value duration_hours(const Call& call) {
  return whole_units(call, 3'600'000'000'000);
}
Value duration_minutes(const Call& call) {
  return whole_units(call, 60'000'000'000);
}
Value duration_seconds(const Call& call) {
  return whole_units(call, 1'000'000'000);
}
Value duration_milliseconds(const Call& call) {
  return Value::integer(call.args[0].as_duration() % 1'000'000'000 / 1'000'000);
}

}  // namespace

FunctionSpecs time_functions() {
  FunctionSpecs specs = {
      {"timestamp", false, {"s", 't', time_from_string}},
      {"timestamp", false, {"i", 't', time_from_int}},
      {"timestamp", false, {"t", 't', time_itself}},
      {"duration", false, {"s", 'D', duration_from_string}},
      {"duration", false, {"i", 'D', duration_from_int}},
      {"duration", false, {"D", 'D', time_itself}},
      {"getHours", true, {"D", 'i', duration_hours}},
      {"getMinutes", true, {"D", 'i', duration_minutes}},
      {"getSeconds", true, {"D", 'i', duration_seconds}},
      {"getMilliseconds", true, {"D", 'i', duration_milliseconds}},
  };
  struct PartOfTime {
    const char* name;
    Function function;
  };
  constexpr PartOfTime kParts[] = {
      {"getFullYear", year_of},      {"getMonth", month_of},
      {"getDate", date_of},          {"getDayOfMonth", month_day_of},
      {"getDayOfWeek", week_day_of}, {"getDayOfYear", year_day_of},
      {"getHours", hours_of},        {"getMinutes", minutes_of},
      {"getSeconds", seconds_of},    {"getMilliseconds", milliseconds_of}};
  for (const PartOfTime& part : kParts) {
    specs.push_back({part.name, true, {"t", 'i', part.function}});
    specs.push_back({part.name, true, {"ts", 'i', part.function}});
  }
  return specs;
}

}  // namespace sideband::cel
