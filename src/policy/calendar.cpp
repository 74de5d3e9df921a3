#include "policy/calendar.h"

#include <algorithm>

namespace sideband {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::int64_t kThursday = 4;  // 1970-01-01; 0 is Sunday

std::int64_t seconds_of(WallTime at) {
  return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
}

WallTime time_of(std::int64_t seconds) {
  return WallTime(std::chrono::seconds(seconds));
}

std::int64_t day_of(std::int64_t local) {
  return local >= 0 ? local / kDay : -((-local + kDay - 1) / kDay);
}

bool begins_on(const CalendarWindow& window, std::int64_t day) {
  const std::int64_t week_day = ((day + kThursday) % 7 + 7) % 7;
  return ((window.days >> week_day) & 1) != 0;
}

// What a local clock shows, by the days on which the window begins.
bool shows(const CalendarWindow& window, std::int64_t local) {
  const std::int64_t day = day_of(local);
  const std::int64_t second = local - day * kDay;
  const std::int64_t from = window.from_minute * 60, to = window.to_minute * 60;
  const bool over_night = to <= from;
  if (begins_on(window, day) && second >= from && (over_night || second < to)) return true;
  return over_night && begins_on(window, day - 1) && second < to;
}

bool any_holds(const std::vector<Calendar>& calendars, WallTime at) {
  return std::any_of(calendars.begin(), calendars.end(),
                     [at](const Calendar& calendar) { return calendar.holds(at); });
}

Result<std::vector<Calendar>> calendars_named(const Settings& settings,
                                              const std::vector<std::string>& names) {
  std::vector<Calendar> out;
  for (const std::string& name : names) {
    const auto found = settings.calendars.find(name);
    if (found == settings.calendars.end()) {
      return Error::not_found("there is no Calendar \"" + name + '"');
    }
    SB_ASSIGN(Calendar calendar, Calendar::compile(found->second));
    out.push_back(std::move(calendar));
  }
  return out;
}

bool same_names(const CalendarGate& a, const CalendarGate& b) {
  return a.allow == b.allow && a.deny == b.deny;
}

}  // namespace

Result<Calendar> Calendar::compile(const CalendarSettings& settings) {
  SB_ASSIGN(auto zone, find_time_zone(settings.time_zone));
  return Calendar(settings, std::move(zone));
}

bool Calendar::holds(WallTime at) const {
  return std::any_of(settings_.windows.begin(), settings_.windows.end(),
                     [&](const CalendarWindow& window) { return holds(window, at); });
}

bool Calendar::holds(const CalendarWindow& window, WallTime at) const {
  if (!window.is_weekly()) return at >= *window.from && at < *window.to;
  const std::int64_t seconds = seconds_of(at);
  return shows(window, seconds + zone_->offset_at(seconds));
}

void Calendar::add_changes(WallTime after, WallTime until, std::vector<WallTime>& out) const {
  for (const CalendarWindow& window : settings_.windows) {
    if (window.is_weekly()) {
      add_weekly(window, after, until, out);
      continue;
    }
    for (const WallTime at : {*window.from, *window.to}) {
      if (at > after && at <= until) out.push_back(at);
    }
  }
  add_clock_moves(after, until, out);
}

// A local time is there once, twice, or not at all: each offset around it is tried.
void Calendar::add_weekly(const CalendarWindow& window, WallTime after, WallTime until,
                          std::vector<WallTime>& out) const {
  const std::int64_t last = day_of(seconds_of(until)) + 1;
  for (std::int64_t day = day_of(seconds_of(after)) - 1; day <= last; ++day) {
    for (const std::int64_t minute : {window.from_minute, window.to_minute}) {
      const std::int64_t local = day * kDay + minute * 60;
      for (const std::int64_t near : {local - kDay, local + kDay}) {
        const WallTime at = time_of(local - zone_->offset_at(near));
        if (at > after && at <= until) out.push_back(at);
      }
    }
  }
}

// When the clocks of the zone are moved, to the second.
void Calendar::add_clock_moves(WallTime after, WallTime until, std::vector<WallTime>& out) const {
  constexpr std::int64_t kStride = kDay / 4;
  for (std::int64_t at = seconds_of(after); at < seconds_of(until); at += kStride) {
    std::int64_t low = at, high = at + kStride;
    if (zone_->offset_at(low) == zone_->offset_at(high)) continue;
    while (high - low > 1) {
      const std::int64_t middle = low + (high - low) / 2;
      (zone_->offset_at(middle) == zone_->offset_at(low) ? low : high) = middle;
    }
    if (time_of(high) > after && time_of(high) <= until) out.push_back(time_of(high));
  }
}

Result<OpenTimes::Part> OpenTimes::part_of(const Settings& settings, const CalendarGate& gate,
                                           bool site) {
  Part part;
  part.names = gate;
  part.site = site;
  SB_ASSIGN(part.allow, calendars_named(settings, gate.allow));
  SB_ASSIGN(part.deny, calendars_named(settings, gate.deny));
  return part;
}

Result<OpenTimes> OpenTimes::compile(const Settings& settings,
                                     const ReconcilerSettings& reconciler) {
  OpenTimes times;
  SB_ASSIGN(times.own_, part_of(settings, reconciler.gates.calendar, false));
  if (settings.guardrails) {
    SB_ASSIGN(times.site_, part_of(settings, settings.guardrails->calendar, true));
  }
  return times;
}

bool OpenTimes::are_of(const ReconcilerSettings& reconciler,
                       const GuardrailSettings* guardrails) const {
  return same_names(own_.names, reconciler.gates.calendar) &&
         same_names(site_.names, guardrails == nullptr ? CalendarGate() : guardrails->calendar);
}

std::optional<Closed> OpenTimes::Part::closed_at(WallTime at) const {
  for (const Calendar& calendar : deny) {
    if (calendar.holds(at)) return Closed{calendar.name(), {}, site};
  }
  if (allow.empty() || any_holds(allow, at)) return {};
  return Closed{"", names.allow, site};
}

void OpenTimes::Part::add_changes(WallTime after, WallTime until,
                                  std::vector<WallTime>& out) const {
  for (const auto* calendars : {&allow, &deny}) {
    for (const Calendar& calendar : *calendars) calendar.add_changes(after, until, out);
  }
}

std::optional<Closed> OpenTimes::closed_at(WallTime at) const {
  auto closed = own_.closed_at(at);
  return closed ? closed : site_.closed_at(at);
}

std::optional<WallTime> OpenTimes::opens_at(WallTime now) const {
  constexpr int kWeeks = 60;  // each a day longer, so that no week's end lies between two
  if (!closed_at(now)) return now;
  for (int week = 0; week < kWeeks; ++week) {
    const WallTime until = now + std::chrono::days(8);
    std::vector<WallTime> changes;
    own_.add_changes(now, until, changes);
    site_.add_changes(now, until, changes);
    std::sort(changes.begin(), changes.end());
    for (const WallTime at : changes) {
      if (!closed_at(at)) return at;
    }
    now = until;
  }
  return {};
}

}  // namespace sideband
