#include "settings/calendar_fields.h"

#include <fmt/format.h>

#include <array>

#include "base/time_zone.h"
#include "cel/times.h"
#include "settings/envelope.h"

namespace sideband::policy {
namespace {

using config::Field;
using config::FieldType;
using config::Reading;
using config::TableOf;

constexpr std::array<std::string_view, 7> kDayNames = {"sun", "mon", "tue", "wed",
                                                       "thu", "fri", "sat"};

std::optional<std::size_t> day_named(std::string_view name) {
  for (std::size_t day = 0; day < kDayNames.size(); ++day) {
    if (kDayNames.at(day) == name) return day;
  }
  return {};
}

// "mon", or "mon-fri"; "sat-mon" goes over the end of the week. As bits.
Result<std::uint8_t> read_days(std::string_view text) {
  const std::size_t dash = text.find('-');
  const auto first = day_named(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : day_named(text.substr(dash + 1));
  if (!first || !last) {
    return Error::invalid(fmt::format(
        "\"{}\" is no day; write sun, mon, tue, wed, thu, fri or sat, or mon-fri", text));
  }
  std::uint8_t bits = 0;
  for (std::size_t day = *first;; day = (day + 1) % kDayNames.size()) {
    bits = static_cast<std::uint8_t>(bits | 1U << day);
    if (day == *last) return bits;
  }
}

// "09:30" as minutes of the day, "24:00" included; nothing for another form.
std::optional<std::int64_t> minute_of(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return {};
  for (const std::size_t at : {0, 1, 3, 4}) {
    if (text[at] < '0' || text[at] > '9') return {};
  }
  const int hours = (text[0] - '0') * 10 + text[1] - '0';
  const int minutes = (text[3] - '0') * 10 + text[4] - '0';
  const int minute = hours * 60 + minutes;
  if (minutes > 59 || minute > 24 * 60) return {};
  return minute;
}

// One end of a window: a time of day, or an instant.
void read_end(const Reading& reading, std::int64_t CalendarWindow::*minute,
              std::optional<WallTime> CalendarWindow::*instant) {
  const std::string* const text = config::scalar_text(reading);
  if (text == nullptr) return;
  auto& window = *static_cast<CalendarWindow*>(reading.out);
  if (const auto found = minute_of(*text)) {
    window.*minute = *found;
  } else if (const auto time = cel::parse_timestamp(*text)) {
    window.*instant = WallTime(std::chrono::seconds(time->seconds));
  } else {
    config::report(reading, Error::invalid(fmt::format(
                                "\"{}\" is no time of day like 09:30, and no time like "
                                "2026-12-20T18:00:00+01:00, whose offset has to be there",
                                *text)));
  }
}

Field end_row(std::string key, std::int64_t CalendarWindow::*minute,
              std::optional<WallTime> CalendarWindow::*instant, std::string doc) {
  Field row{.key = std::move(key), .doc = std::move(doc), .required = true};
  row.read = [minute, instant](const Reading& reading) { read_end(reading, minute, instant); };
  return row;
}

Field days_row() {
  Field row{.key = "days",
            .type = FieldType::kList,
            .doc = "Days on which it begins: sun, mon, tue, wed, thu, fri, sat, or mon-fri.",
            .fallback = "every day",
            .item = FieldType::kText,
            .single = true};
  row.read = [](const Reading& reading) {
    auto& days = static_cast<CalendarWindow*>(reading.out)->days;
    for (const config::Node* const node : config::list_items(reading)) {
      const Reading item{reading.field, *node, reading.path, reading.messages, reading.out};
      const std::string* const text = config::scalar_text(item);
      if (text == nullptr) continue;
      const auto bits = read_days(*text);
      if (!bits.ok()) return config::report(item, bits.error());
      days = static_cast<std::uint8_t>(days | *bits);
    }
  };
  return row;
}

TableOf<CalendarWindow> window_rows() {
  using W = CalendarWindow;
  return TableOf<W>()
      .row(days_row())
      .row(end_row("from", &W::from_minute, &W::from,
                   "Its begin: a time of day of the zone, like \"09:30\", or a time with its "
                   "offset, like 2026-12-20T18:00:00+01:00, of a window that comes once."))
      .row(end_row("to", &W::to_minute, &W::to,
                   "Its end, of the same form; up to \"24:00\". A time of day that is not later "
                   "than `from` is of the next day."));
}

// What is wrong with a window; empty: nothing.
std::string fault_of(const CalendarWindow& window) {
  const bool has_time_of_day = window.from_minute >= 0 || window.to_minute >= 0;
  const bool has_instant = window.from || window.to;
  if (has_time_of_day && has_instant) {
    return "from and to are both times of day, or both times with a date";
  }
  if (has_instant && window.days != 0) return "days are of windows whose ends are times of day";
  if (window.from && window.to && *window.to <= *window.from) return "it ends before it begins";
  if (window.from_minute == 24 * 60) return "a window begins before 24:00; write 00:00";
  return "";
}

}  // namespace

config::Fields calendar_fields() {
  using C = CalendarSettings;
  return envelope("Calendar", TableOf<C>(),
                  TableOf<C>()
                      .text("timeZone", &C::time_zone,
                            "Whose clock the times of day are of: a name of the IANA database "
                            "(package tzdata), like Europe/Berlin or UTC.")
                      .required()
                      .tables("windows", &C::windows, window_rows(), "When it is.")
                      .required());
}

void check_calendar(const CalendarSettings& calendar, const config::Node& node,
                    config::Messages& messages) {
  const auto error = [&](const std::string& path, std::string text) {
    messages.error(config::span_at(node, path), path, std::move(text));
  };
  if (const auto zone = find_time_zone(calendar.time_zone); !zone.ok()) {
    error("spec.timeZone",
          zone.error().message + " in /usr/share/zoneinfo; write it like Europe/Berlin");
  }
  if (calendar.windows.empty()) error("spec.windows", "a calendar has one window or more");
  for (std::size_t i = 0; i < calendar.windows.size(); ++i) {
    std::string fault = fault_of(calendar.windows[i]);
    if (!fault.empty()) error(fmt::format("spec.windows[{}]", i), std::move(fault));
  }
}

}  // namespace sideband::policy
