// When calendars hold and open: by the clocks of their zones, over the days on which these are
// moved.
#include "policy/calendar.h"

#include <gmock/gmock.h>

#include "policy/decide.h"
#include "policy/gates/facts_for_tests.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

constexpr std::uint8_t kWeekDays = 0b0111110;
constexpr std::uint8_t kEvery = 0x7F;

CalendarWindow weekly(std::uint8_t days, int from, int to) {
  CalendarWindow window;
  window.days = days;
  window.from_minute = from;
  window.to_minute = to;
  return window;
}

// UTC, "2026-03-29 01:30".
WallTime at(const std::string& text) {
  return *parse_time(text.substr(0, 10) + "T" + text.substr(11) + ":00.000000Z");
}

CalendarWindow once(const std::string& from, const std::string& to) {
  CalendarWindow window;
  window.from = at(from);
  window.to = at(to);
  return window;
}

CalendarSettings calendar(const std::string& name, const std::string& zone,
                          std::vector<CalendarWindow> windows) {
  return {name, "v1", zone, std::move(windows)};
}

Calendar made(const std::string& zone, std::vector<CalendarWindow> windows) {
  auto calendar_made = Calendar::compile(calendar("c", zone, std::move(windows)));
  EXPECT_TRUE(calendar_made.ok()) << "the package tzdata is missing";
  return std::move(calendar_made).value();
}

struct Moment {
  const char* utc;
  bool holds;
};

void expect_moments(const Calendar& calendar, const std::vector<Moment>& moments) {
  for (const Moment& moment : moments) {
    EXPECT_EQ(calendar.holds(at(moment.utc)), moment.holds) << moment.utc;
  }
}

// Settings with calendars, of which a reconciler names some.
struct Site {
  OpenTimes times() const {
    auto made = OpenTimes::compile(settings, reconciler);
    EXPECT_TRUE(made.ok());
    return made.ok() ? std::move(made).value() : OpenTimes();
  }
  void add(CalendarSettings calendar) {
    const std::string name = calendar.name;
    settings.calendars.insert_or_assign(name, std::move(calendar));
  }
  Settings settings;
  ReconcilerSettings reconciler;
};

std::string opens(const OpenTimes& times, const std::string& now) {
  const auto opens = times.opens_at(at(now));
  return opens ? format_time(*opens).substr(0, 16) : "never";
}

TEST(Calendar, WeekDaysByTheClockOfItsZone) {
  const Calendar office = made("Europe/Berlin", {weekly(kWeekDays, 9 * 60, 17 * 60)});
  expect_moments(office, {{"2026-01-05 07:59", false},  // Monday, winter: one hour ahead
                          {"2026-01-05 08:00", true},
                          {"2026-01-05 15:59", true},
                          {"2026-01-05 16:00", false},
                          {"2026-07-06 06:59", false},  // summer: two
                          {"2026-07-06 07:00", true},
                          {"2026-07-06 15:00", false},
                          {"2026-01-04 12:00", false},  // Sunday
                          {"2026-01-10 12:00", false}});
}

TEST(Calendar, OverMidnightBelongsToTheDayOnWhichItBegins) {
  const Calendar night = made("UTC", {weekly(1 << 5, 22 * 60, 6 * 60)});  // Friday
  expect_moments(night, {{"2026-01-02 21:59", false},
                         {"2026-01-02 22:00", true},
                         {"2026-01-03 05:59", true},
                         {"2026-01-03 06:00", false},
                         {"2026-01-03 22:00", false},
                         {"2026-01-02 03:00", false}});
  const Calendar day = made("UTC", {weekly(1 << 5, 0, 0)});
  expect_moments(day, {{"2026-01-01 23:59", false},
                       {"2026-01-02 00:00", true},
                       {"2026-01-02 23:59", true},
                       {"2026-01-03 00:00", false}});
  const Calendar to_the_end = made("UTC", {weekly(1 << 5, 0, 24 * 60)});
  expect_moments(to_the_end, {{"2026-01-02 23:59", true}, {"2026-01-03 00:00", false}});
}

// Berlin, 2026-03-29: after 01:59:59 comes 03:00:00 (01:00 UTC).
TEST(Calendar, TheHourThatIsLeftOutInSpring) {
  const Calendar inside = made("Europe/Berlin", {weekly(kEvery, 2 * 60 + 15, 2 * 60 + 45)});
  expect_moments(inside, {{"2026-03-28 01:20", true},
                          {"2026-03-29 00:20", false},
                          {"2026-03-29 01:20", false},
                          {"2026-03-30 00:20", true}});
  const Calendar over = made("Europe/Berlin", {weekly(kEvery, 60, 3 * 60)});
  expect_moments(
      over, {{"2026-03-29 00:00", true}, {"2026-03-29 00:59", true}, {"2026-03-29 01:00", false}});
  const Calendar from_inside = made("Europe/Berlin", {weekly(kEvery, 2 * 60 + 30, 4 * 60)});
  expect_moments(from_inside, {{"2026-03-29 00:59", false},
                               {"2026-03-29 01:00", true},
                               {"2026-03-29 01:59", true},
                               {"2026-03-29 02:00", false}});
}

// Berlin, 2026-10-25: after 02:59:59 comes 02:00:00 again (01:00 UTC).
TEST(Calendar, TheHourThatComesTwiceInAutumn) {
  const Calendar inside = made("Europe/Berlin", {weekly(kEvery, 2 * 60 + 15, 2 * 60 + 45)});
  expect_moments(inside, {{"2026-10-25 00:14", false},
                          {"2026-10-25 00:15", true},
                          {"2026-10-25 00:45", false},
                          {"2026-10-25 01:14", false},
                          {"2026-10-25 01:15", true},
                          {"2026-10-25 01:45", false}});
}

TEST(Calendar, WindowsThatComeOnceKnowLeapDaysAndYearsEnds) {
  const Calendar freeze = made("Europe/Berlin", {once("2027-12-20 17:00", "2028-01-02 23:00"),
                                                 once("2028-02-28 23:00", "2028-02-29 23:00")});
  expect_moments(freeze, {{"2027-12-20 16:59", false},
                          {"2027-12-20 17:00", true},
                          {"2027-12-31 23:59", true},
                          {"2028-01-01 00:00", true},
                          {"2028-01-02 22:59", true},
                          {"2028-01-02 23:00", false},
                          {"2028-02-29 12:00", true},
                          {"2028-02-29 23:00", false}});
  const Calendar tuesday = made("UTC", {weekly(1 << 2, 0, 0)});
  expect_moments(tuesday, {{"2028-02-29 12:00", true}, {"2028-02-28 12:00", false}});
  const Calendar new_year = made("Pacific/Auckland", {weekly(1 << 6, 0, 60)});
  expect_moments(new_year, {{"2027-12-31 10:59", false},  // Saturday 2028-01-01 there from 11:00
                            {"2027-12-31 11:00", true},
                            {"2027-12-31 12:00", false}});
}

TEST(OpenTimes, SayWhenTheyOpenNext) {
  Site site;
  site.add(calendar("office", "Europe/Berlin", {weekly(kWeekDays, 9 * 60, 17 * 60)}));
  site.add(calendar("freeze", "UTC", {once("2026-12-20 00:00", "2027-01-04 12:00")}));
  site.reconciler.gates.calendar = {{"office"}, {"freeze"}};
  const OpenTimes times = site.times();
  EXPECT_EQ(opens(times, "2026-01-05 12:00"), "2026-01-05T12:00") << "it is open";
  EXPECT_EQ(opens(times, "2026-01-05 16:00"), "2026-01-06T08:00");
  EXPECT_EQ(opens(times, "2026-01-09 16:00"), "2026-01-12T08:00") << "over a week's end";
  EXPECT_EQ(opens(times, "2026-03-27 18:00"), "2026-03-30T07:00") << "into summer time";
  EXPECT_EQ(opens(times, "2026-10-23 18:00"), "2026-10-26T08:00") << "out of it";
  EXPECT_EQ(opens(times, "2026-12-21 12:00"), "2027-01-04T12:00") << "after the freeze, at work";
  EXPECT_EQ(times.closed_at(at("2026-12-21 12:00"))->calendar, "freeze") << "deny wins";
}

TEST(OpenTimes, TheMoveOfClocksItselfMayOpen) {
  Site site;
  site.add(calendar("early", "Europe/Berlin", {weekly(kEvery, 2 * 60 + 30, 4 * 60)}));
  site.reconciler.gates.calendar.allow = {"early"};
  EXPECT_EQ(opens(site.times(), "2026-03-29 00:10"), "2026-03-29T01:00");
  EXPECT_EQ(opens(site.times(), "2026-10-25 00:10"), "2026-10-25T00:30");
}

TEST(OpenTimes, WhatNeverOpensIsSaidSo) {
  Site site;
  site.add(calendar("always", "UTC", {weekly(kEvery, 0, 0)}));
  site.reconciler.gates.calendar.deny = {"always"};
  EXPECT_EQ(opens(site.times(), "2026-01-05 12:00"), "never");
  site.reconciler.gates.calendar = {{"always"}, {}};
  EXPECT_FALSE(site.times().closed_at(at("2026-01-05 12:00")).has_value());
}

// Each of the next opening times is open, and the minute before it is not.
TEST(OpenTimes, TheNextOpeningIsTheFirst) {
  for (const char* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                           "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu"}) {
    Site site;
    site.add(calendar("a", zone, {weekly(kWeekDays, 2 * 60 + 10, 3 * 60 + 20)}));
    site.add(calendar("b", "UTC", {weekly(1 << 3, 0, 12 * 60)}));
    site.reconciler.gates.calendar = {{"a"}, {"b"}};
    const OpenTimes times = site.times();
    WallTime now = at("2026-01-01 00:00");
    for (int i = 0; i < 400; ++i, now += std::chrono::hours(22)) {
      if (!times.closed_at(now)) continue;
      const auto found = times.opens_at(now);
      ASSERT_TRUE(found.has_value()) << zone;
      EXPECT_FALSE(times.closed_at(*found)) << zone << format_time(*found);
      for (WallTime t = now; t < *found; t += std::chrono::minutes(7)) {
        ASSERT_TRUE(times.closed_at(t)) << zone << " " << format_time(t);
      }
    }
  }
}

TEST(OpenTimes, BothOfReconcilerAndGuardrailsHaveToBeOpen) {
  Site site;
  site.add(calendar("night", "UTC", {weekly(kEvery, 20 * 60, 6 * 60)}));
  site.add(calendar("even", "UTC", {weekly(kEvery, 5 * 60, 9 * 60)}));
  site.reconciler.gates.calendar.allow = {"even"};
  site.settings.guardrails = GuardrailSettings();
  site.settings.guardrails->calendar.allow = {"night"};
  const OpenTimes times = site.times();
  EXPECT_FALSE(times.closed_at(at("2026-01-05 05:30")));
  EXPECT_TRUE(times.closed_at(at("2026-01-05 07:00"))->site);
  EXPECT_FALSE(times.closed_at(at("2026-01-05 22:00"))->site);
  EXPECT_EQ(opens(times, "2026-01-05 06:00"), "2026-01-06T05:00");
}

TEST(OpenTimes, GateSaysWhichCalendarAndWhen) {
  GoodFacts good;
  Site site;
  site.add(calendar("freeze", "UTC", {once("2027-01-15 00:00", "2027-01-18 06:00")}));
  site.add(calendar("office", "UTC", {weekly(kWeekDays, 9 * 60, 17 * 60)}));
  const auto reason = [&](CalendarGate gate, bool undo = false) {
    good.settings.gates.calendar = gate;
    site.reconciler = good.settings;
    good.times = site.times();
    Facts facts = good.facts(Phase::kDecide);  // Friday 2027-01-15 08:00
    facts.plan.undo = undo;
    return gate_spec(GateId::kCalendar).evaluate(facts);
  };
  const Reason denied = reason({{}, {"freeze"}});
  EXPECT_EQ(saw_text(denied), "calendar freeze denies this time");
  EXPECT_THAT(opens_text(denied), HasSubstr("2027-01-18T06:00:00"));
  const Reason outside = reason({{"office"}, {}});
  EXPECT_EQ(saw_text(outside), "outside of what is allowed: office");
  EXPECT_THAT(opens_text(outside), HasSubstr("2027-01-15T09:00:00"));
  EXPECT_TRUE(reason({{}, {"freeze"}}, true).passed()) << "an undo";
  good.times = OpenTimes();
  const Facts facts = good.facts(Phase::kDecide);
  EXPECT_EQ(gate_spec(GateId::kCalendar).evaluate(facts).passes, Truth::kUnknown);
}

TEST(OpenTimes, WhatIsNotThereIsAnError) {
  Site site;
  site.reconciler.gates.calendar.deny = {"nothing"};
  EXPECT_FALSE(OpenTimes::compile(site.settings, site.reconciler).ok());
  site.add(calendar("nothing", "Europe/Berln", {weekly(kEvery, 0, 1)}));
  EXPECT_FALSE(OpenTimes::compile(site.settings, site.reconciler).ok());
  for (const char* zone : {"", "/etc/passwd", "../../etc/passwd", "Europe", "Europe/Berlin/x"}) {
    EXPECT_FALSE(Calendar::compile(calendar("c", zone, {})).ok()) << zone;
  }
}

}  // namespace
}  // namespace sideband
