// Times in which repairs may be made: calendars of weekly and single windows, in their own time
// zones.
//
// A weekly window is what the wall clock of its zone shows. So one that lies in the hour that is
// left out in spring is left out with it, and one in the hour that comes twice in autumn comes
// twice. Values; pure once they are made; safe to share between threads.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/time_zone.h"
#include "model/settings.h"

namespace sideband {

class Calendar {
 public:
  // kNotFound: there is no such time zone. Reads the zone's file the first time.
  static Result<Calendar> compile(const CalendarSettings& settings);

  [[nodiscard]] const std::string& name() const { return settings_.name; }
  // Whether one of its windows is at that time.
  [[nodiscard]] bool holds(WallTime at) const;
  // Adds the times after `after` and up to `until` at which that may change; in no order.
  void add_changes(WallTime after, WallTime until, std::vector<WallTime>& out) const;

 private:
  Calendar(CalendarSettings settings, std::shared_ptr<const TimeZone> zone)
      : settings_(std::move(settings)), zone_(std::move(zone)) {}
  [[nodiscard]] bool holds(const CalendarWindow& window, WallTime at) const;
  void add_weekly(const CalendarWindow& window, WallTime after, WallTime until,
                  std::vector<WallTime>& out) const;
  void add_clock_moves(WallTime after, WallTime until, std::vector<WallTime>& out) const;

  CalendarSettings settings_;
  std::shared_ptr<const TimeZone> zone_;
};

// Why nothing may begin at a time.
struct Closed {
  std::string calendar;  // that denies it; empty: it is in none of `allow`
  std::vector<std::string> allow;
  bool site = false;  // by the Guardrails
};

// When a reconciler may repair, by its own calendars and those of its site: in one of `allow`,
// where there are any, and in none of `deny`, of both.
class OpenTimes {
 public:
  OpenTimes() = default;  // always
  // kNotFound: a calendar or its time zone is not there.
  static Result<OpenTimes> compile(const Settings& settings, const ReconcilerSettings& reconciler);

  [[nodiscard]] bool is_set() const { return own_.is_set() || site_.is_set(); }
  // Whether they are what these settings say.
  [[nodiscard]] bool are_of(const ReconcilerSettings& reconciler,
                            const GuardrailSettings* guardrails) const;
  // Nothing when it is open.
  [[nodiscard]] std::optional<Closed> closed_at(WallTime at) const;
  // The first time from `now` on at which it is open; nothing within about 480 days.
  [[nodiscard]] std::optional<WallTime> opens_at(WallTime now) const;

 private:
  struct Part {
    CalendarGate names;
    std::vector<Calendar> allow;
    std::vector<Calendar> deny;
    bool site = false;
    [[nodiscard]] bool is_set() const { return names.is_set(); }
    [[nodiscard]] std::optional<Closed> closed_at(WallTime at) const;
    void add_changes(WallTime after, WallTime until, std::vector<WallTime>& out) const;
  };
  static Result<Part> part_of(const Settings& settings, const CalendarGate& gate, bool site);

  Part own_;
  Part site_;
};

}  // namespace sideband
