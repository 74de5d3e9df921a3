#include "policy/calendar.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "policy/gates/specs.h"

namespace sideband {
namespace {
namespace of_calendar {

Reason closed_reason(const Facts& facts, const Closed& closed) {
  Reason reason = reason_of(GateId::kCalendar, false);
  reason.with(Evidence::of("calendar", closed.calendar.empty()
                                           ? fmt::format("{}", fmt::join(closed.allow, ", "))
                                           : closed.calendar));
  reason.with(Evidence::of("list", closed.calendar.empty() ? "allow" : "deny"));
  if (closed.site) reason.with(Evidence::of("by", "guardrails"));
  const auto opens = facts.times.opens_at(facts.now);
  if (opens) reason.with(Evidence::time("opens", *opens));
  return reason;
}

Reason evaluate(const Facts& facts) {
  if (!facts.times.are_of(facts.settings, facts.guardrails)) {
    return unknown_reason(GateId::kCalendar,
                          "the calendars of its configuration were not made ready");
  }
  if (!facts.times.is_set()) return reason_of(GateId::kCalendar, true);
  // Who takes a repair back cannot wait until the morning.
  if (facts.plan.undo) return reason_of(GateId::kCalendar, true).with(Evidence::of("undo", "yes"));
  const auto closed = facts.times.closed_at(facts.now);
  if (closed) return closed_reason(facts, *closed);
  return reason_of(GateId::kCalendar, true).with(Evidence::of("open", "yes"));
}

std::string saw(const Reason& reason) {
  if (reason.find("undo") != nullptr) return "an undo passes calendars";
  if (reason.find("open") != nullptr) return "open by its calendars";
  const Evidence* const calendar = reason.find("calendar");
  if (calendar == nullptr) return "no calendar set";
  const char* const whose = reason.find("by") != nullptr ? " of the Guardrails" : "";
  if (reason.text("list") == "deny") {
    return fmt::format("calendar {}{} denies this time", calendar->text, whose);
  }
  return fmt::format("outside of what is allowed{}: {}", whose, calendar->text);
}

std::string opens(const Reason& reason) {
  const std::string release = "sideband apply --release calendar, approved by a second person";
  if (reason.find("opens") == nullptr) {
    return release + "; by itself not within the next 480 days";
  }
  return format_time(from_us(reason.number("opens"))) + ", or " + release;
}

}  // namespace of_calendar
}  // namespace

GateSpec calendar_gate() {
  return {GateId::kCalendar,
          {Phase::kDecide, Phase::kApply, Phase::kClaim, Phase::kStep},
          ReleasedBy::kSecondPerson,
          OnRefusal::kSupersede,
          "Is this a time in which its calendars let it repair?",
          of_calendar::evaluate,
          of_calendar::saw,
          of_calendar::opens};
}

}  // namespace sideband
