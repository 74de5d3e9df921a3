// Hysteresis of gates.pauseWhen, reading by reading.
#include "policy/pause_rule.h"

#include <gtest/gtest.h>

#include "policy/decide.h"
#include "policy/gates/facts_for_tests.h"

namespace sideband {
namespace {

// A value a second; nothing: no reading. What it is to come to: o open, H holding, ? unknown.
struct Course {
  const char* name;
  PauseRule rule;
  std::vector<std::optional<double>> values;
  std::string expected;
};

PauseRule above(double threshold, std::optional<double> clear = {}, int seconds = 0) {
  PauseRule rule;
  rule.signal = "latency";
  rule.above = Quantity{threshold};
  if (clear) rule.clear = Quantity{*clear};
  rule.lasting = std::chrono::seconds(seconds);
  return rule;
}

PauseRule below(double threshold, std::optional<double> clear = {}) {
  PauseRule rule;
  rule.signal = "ratio";
  rule.below = Quantity{threshold};
  if (clear) rule.clear = Quantity{*clear};
  return rule;
}

std::vector<Course> courses() {
  const std::optional<double> none;
  return {
      {"never", above(20), {1, 19, 20, 5}, "oooo"},
      {"at once", above(20), {1, 21, 20, 19}, "oHoo"},
      {"between clear and threshold it stays", above(20, 10), {15, 21, 15, 10, 15}, "oHHoo"},
      {"a swing around the threshold", above(20, 10), {21, 19, 21, 19, 9}, "HHHHo"},
      {"for", above(20, 10, 2), {21, 21, 21, 11, 10}, "ooHHo"},
      {"for begins anew", above(20, 10, 2), {21, 21, 5, 21, 21, 21}, "oooooH"},
      {"below", below(90), {95, 89, 90, 80}, "oHoH"},
      {"below with clear", below(90, 95), {89, 92, 95, 92}, "HHoo"},
      {"no reading", above(20), {1, none, 1}, "o?o"},
      {"no reading from the start", above(20), {none, none, 1}, "??o"},
      {"no reading opens nothing", above(20, 10), {21, none, 15, 9}, "H?Ho"},
      {"no reading closes nothing", above(20, 10), {15, none, 15}, "o?o"},
      {"a gap within for goes on", above(20, 10, 3), {21, none, 21, 21}, "o?oH"},
      {"negative", above(-5, -10), {-20, -4, -7, -10}, "oHHo"},
      {"zero", above(0), {0, 1e-9, 0}, "oHo"},
      {"huge", above(1e300, 1), {1e301, 1e299, 1}, "HHo"},
  };
}

std::string name_of(const SignalHold& hold) {
  if (!hold.unknown.empty()) return "?";
  return hold.holding ? "H" : "o";
}

TEST(PauseRule, EachCourse) {
  for (const Course& course : courses()) {
    std::optional<SignalHold> hold;
    std::string seen;
    WallTime now = kGateNow;
    for (const auto& value : course.values) {
      const auto fact = value ? Fact<double>(*value) : Fact<double>::unknown("nobody answered");
      hold = next_hold(course.rule, hold ? &*hold : nullptr, fact, now);
      seen += name_of(*hold);
      now += std::chrono::seconds(1);
    }
    EXPECT_EQ(seen, course.expected) << course.name;
  }
}

TEST(PauseRule, AClockThatGoesBackMakesForBeginAnew) {
  const PauseRule rule = above(20, 10, 60);
  const SignalHold first = next_hold(rule, nullptr, 21.0, kGateNow);
  const SignalHold later = next_hold(rule, &first, 21.0, kGateNow - std::chrono::hours(1));
  EXPECT_EQ(later.crossed_since, kGateNow - std::chrono::hours(1));
  EXPECT_FALSE(later.holding);
}

TEST(PauseRule, AnotherThresholdGoesOnFromTheFormerOne) {
  EXPECT_EQ(hold_key("s", above(20)), hold_key("s", above(30, 5, 9)));
  EXPECT_NE(hold_key("s", above(20)), hold_key("t", above(20)));
  EXPECT_NE(hold_key("s", above(20)), hold_key("s", below(20)));
  PauseRule abort = above(20);
  abort.action = PauseAction::kAbort;
  EXPECT_NE(hold_key("s", above(20)), hold_key("s", abort));
}

// Of several rules the one is told that says most of what becomes of a repair.
TEST(PauseRule, AnAbortIsToldBeforeAHoldAndBothBeforeWhatNobodyKnows) {
  PauseRule abort = above(100);
  abort.action = PauseAction::kAbort;
  const SignalHold holding{.holding = true, .since = kGateNow};
  const SignalFact unknown{below(3), Fact<double>::unknown("gone"), SignalHold{}};
  const SignalFact holds{above(20), 150.0, holding};
  const SignalFact aborts{abort, 150.0, holding};
  const SignalFact open{above(20), 1.0, SignalHold{}};
  EXPECT_TRUE(judge_signals({}).passed());
  EXPECT_TRUE(judge_signals({open}).passed());
  EXPECT_EQ(judge_signals({open, unknown}).passes, Truth::kUnknown);
  EXPECT_EQ(judge_signals({unknown, holds, open}).text("then"), "hold");
  EXPECT_EQ(judge_signals({holds, aborts, unknown}).text("then"), "abort");
  EXPECT_TRUE(takes_back(judge_signals({holds, aborts})));
  EXPECT_FALSE(takes_back(judge_signals({holds, unknown})));
}

// An abort rests on a reading: where there is none any more, nothing is taken back.
TEST(PauseRule, WhatWasAboveAndHasNoReadingAnyMoreTakesNothingBack) {
  PauseRule abort = above(100);
  abort.action = PauseAction::kAbort;
  const SignalHold holding{.holding = true, .since = kGateNow};
  const Reason reason = judge_signals({{abort, Fact<double>::unknown("too old"), holding}});
  EXPECT_EQ(reason.passes, Truth::kUnknown);
  EXPECT_FALSE(takes_back(reason));
  EXPECT_EQ(saw_text(reason), "signal latency: too old");
  EXPECT_EQ(opens_text(reason), "a reading of signal latency");
}

TEST(PauseRule, AReasonSaysValueThresholdSinceAndWhenItOpens) {
  PauseRule rule;
  rule.signal = "cache-latency";
  rule.above = Quantity{0.02, QuantityUnit::kSeconds};
  rule.clear = Quantity{0.01, QuantityUnit::kSeconds};
  const SignalHold holding{.holding = true, .since = kGateNow};
  const Reason reason = judge_signals({{rule, 0.035, holding}});
  EXPECT_EQ(refusal_text(reason),
            "pauseWhen: signal cache-latency is 35ms, held back by above 20ms since " +
                format_time(kGateNow) + " (then: hold)");
  EXPECT_EQ(opens_text(reason), "signal cache-latency is at most 10ms");
}

// The value of before is not told as the one that holds.
TEST(PauseRule, AValueThatWouldOpenItIsNotTheOneThatHolds) {
  const SignalHold holding{.holding = true, .since = kGateNow};
  const Reason reason = judge_signals({{above(20, 10), 5.0, holding}});
  EXPECT_EQ(reason.passes, Truth::kFalse);
  EXPECT_EQ(saw_text(reason), "signal latency crossed its threshold, held back by above 20 since " +
                                  format_time(kGateNow) + " (then: hold)");
}

TEST(PauseRule, AnUndoPasses) {
  const GoodFacts good;
  Facts facts = good.facts(Phase::kStep);
  facts.signals = {{above(20), 21.0, SignalHold{.holding = true, .since = kGateNow}}};
  EXPECT_NE(first_refusal(ask_gates(facts)), nullptr);
  facts.plan.undo = true;
  EXPECT_EQ(first_refusal(ask_gates(facts)), nullptr);
}

}  // namespace
}  // namespace sideband
