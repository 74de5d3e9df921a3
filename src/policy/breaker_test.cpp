#include "policy/breaker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "policy/gates/facts_for_tests.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

const BreakerSettings kThreeOfFive{.failures = 3, .of = 5, .open = minutes(10)};

Uuid id_of(int number) {
  std::string bytes(16, '\0');
  bytes[15] = static_cast<char>(number);
  return Uuid::from_bytes(bytes);
}

Repair ended(RepairState state, int number = 1) {
  Repair repair;
  repair.id = id_of(number);
  repair.state = state;
  return repair;
}

RepairState state_of(char letter) {
  switch (letter) {
    case 'c':
      return RepairState::kConverged;
    case 't':
      return RepairState::kCompensated;
    case 'h':
      return RepairState::kNeedsHuman;
    case 'x':
      return RepairState::kCancelled;
    default:
      return RepairState::kSuperseded;
  }
}

// After repairs that ended so, a second apart.
Breaker after(const std::string& letters, const BreakerSettings& settings = kThreeOfFive) {
  Breaker breaker;
  WallTime now = kGateNow;
  for (const char letter : letters) {
    breaker = breaker_after(std::move(breaker), settings, ended(state_of(letter)), now);
    now += seconds(1);
  }
  return breaker;
}

struct Story {
  const char* ends;
  std::int64_t failures;
  std::int64_t of;
  bool open;
};

TEST(Breaker, OpensAtSoManyOfTheLast) {
  const Story stories[] = {
      {"", 3, 5, false},           {"h", 3, 5, false},          {"hh", 3, 5, false},
      {"hhh", 3, 5, true},         {"ttt", 3, 5, true},         {"hth", 3, 5, true},
      {"hchch", 3, 5, true},       {"hcchch", 3, 5, false},     {"hccchh", 3, 5, false},
      {"cccccccchhh", 3, 5, true}, {"hxhxh", 3, 5, true},       {"xxxxxx", 3, 5, false},
      {"ssssss", 3, 5, false},     {"hsxhsxh", 3, 5, true},     {"hh", 2, 2, true},
      {"hch", 2, 2, false},        {"hchch", 2, 2, false},      {"h", 1, 1, true},
      {"c", 1, 1, false},          {"hcccccccch", 2, 9, false}, {"hccccccch", 2, 9, true},
      {"ccccc", 1, 5, false},      {"tcxsct", 2, 4, true},      {"tcccct", 2, 4, false},
  };
  for (const Story& story : stories) {
    const BreakerSettings settings{.failures = story.failures, .of = story.of};
    const Breaker breaker = after(story.ends, settings);
    EXPECT_EQ(breaker.opened_at != WallTime(), story.open) << story.ends;
    EXPECT_LE(std::ssize(breaker.ends), story.of) << story.ends;
  }
}

TEST(Breaker, AnUndoIsNoTryOfTheFix) {
  Repair undo = ended(RepairState::kNeedsHuman);
  undo.undo = true;
  Breaker breaker;
  for (int i = 0; i < 9; ++i) breaker = breaker_after(breaker, kThreeOfFive, undo, kGateNow);
  EXPECT_EQ(breaker, Breaker{});
  EXPECT_FALSE(end_failed(undo).has_value());
}

TEST(Breaker, OnlyStatesThatEndARepairOfTheLoopSayAnything) {
  int said = 0;
  for (int i = 0; i <= static_cast<int>(RepairState::kSuperseded); ++i) {
    const auto state = static_cast<RepairState>(i);
    const auto failed = end_failed(ended(state));
    const bool bad = state == RepairState::kCompensated || state == RepairState::kNeedsHuman;
    EXPECT_EQ(failed.has_value(), bad || state == RepairState::kConverged)
        << repair_state_name(state);
    EXPECT_EQ(failed.value_or(false), bad) << repair_state_name(state);
    said += failed ? 1 : 0;
  }
  EXPECT_EQ(said, 3);
}

TEST(Breaker, StatesFollowTheTime) {
  const Breaker breaker = after("hhh");
  const WallTime opened = kGateNow + seconds(2);
  EXPECT_EQ(breaker.opened_at, opened);
  EXPECT_EQ(breaker_state(breaker, opened), BreakerState::kOpen);
  EXPECT_EQ(breaker_state(breaker, opened - hours(5)), BreakerState::kOpen) << "a clock set back";
  EXPECT_EQ(breaker_state(breaker, opened + minutes(10) - Duration(1)), BreakerState::kOpen);
  EXPECT_EQ(breaker_state(breaker, opened + minutes(10)), BreakerState::kHalfOpen);
  EXPECT_EQ(breaker_state(breaker, opened + hours(900)), BreakerState::kHalfOpen);
  EXPECT_EQ(breaker_state(Breaker{}, WallTime()), BreakerState::kClosed);
}

TEST(Breaker, WhatRanWhenItOpenedSaysNothingAnyMore) {
  const Breaker open = after("hhh");
  for (const char letter : {'c', 't', 'h', 'x', 's'}) {
    EXPECT_EQ(breaker_after(open, kThreeOfFive, ended(state_of(letter), 7), kGateNow + hours(1)),
              open)
        << letter;
  }
}

TEST(Breaker, AProbeClosesItOrOpensItForTwiceAsLong) {
  Breaker breaker = after("hhh");
  breaker.probe = id_of(7);
  const WallTime later = kGateNow + hours(1);
  EXPECT_EQ(breaker_after(breaker, kThreeOfFive, ended(RepairState::kConverged, 7), later),
            Breaker{});
  const Breaker failed =
      breaker_after(breaker, kThreeOfFive, ended(RepairState::kCompensated, 7), later);
  EXPECT_EQ(failed.opened_at, later);
  EXPECT_EQ(failed.open_for, minutes(20));
  EXPECT_EQ(failed.failed_probes, 1);
  EXPECT_TRUE(failed.probe.empty());
  for (const char letter : {'x', 's'}) {
    const Breaker undecided =
        breaker_after(breaker, kThreeOfFive, ended(state_of(letter), 7), later);
    EXPECT_EQ(breaker_state(undecided, later), BreakerState::kHalfOpen) << letter;
    EXPECT_TRUE(undecided.probe.empty()) << "another one may try";
  }
}

TEST(Breaker, IsNeverOpenForLongerThanADay) {
  Breaker breaker = after("hhh");
  WallTime now = kGateNow;
  Duration longest{0};
  for (int i = 1; i < 40; ++i) {
    now = half_opens_at(breaker);
    breaker.probe = id_of(7);
    breaker = breaker_after(breaker, kThreeOfFive, ended(RepairState::kNeedsHuman, 7), now);
    EXPECT_GE(breaker.open_for, longest);
    longest = breaker.open_for;
    EXPECT_EQ(breaker.failed_probes, i);
  }
  EXPECT_EQ(longest, kLongestOpen);
}

TEST(Breaker, AClockThatWasAheadDoesNotKeepItOpenForEver) {
  Breaker breaker = after("hhh");
  Breaker same = breaker;
  EXPECT_FALSE(bring_back(same, kGateNow - minutes(9))) << "it may be another node's clock";
  EXPECT_EQ(same, breaker);
  const WallTime now = kGateNow - hours(24 * 900);
  EXPECT_TRUE(bring_back(breaker, now));
  EXPECT_EQ(breaker_state(breaker, now), BreakerState::kOpen);
  EXPECT_EQ(half_opens_at(breaker), now + minutes(10)) << "not shorter either";
  Breaker closed;
  EXPECT_FALSE(bring_back(closed, from_us(-1'000'000'000)));
}

// Against a count of the whole history, which forgets nothing.
TEST(Breaker, AgreesWithACountOfEverything) {
  SeededRandom random(7);
  for (int round = 0; round < 300; ++round) {
    const auto of = static_cast<std::int64_t>(random.next() % 9 + 1);
    const auto fewer = static_cast<std::int64_t>(random.next() % 9);
    const BreakerSettings settings{.failures = fewer % of + 1, .of = of};
    Breaker breaker;
    std::string history;
    bool open = false;
    for (int i = 0; i < 40 && !open; ++i) {
      const char letter = "chtxs"[random.next() % 5];
      breaker = breaker_after(breaker, settings, ended(state_of(letter)), kGateNow);
      if (letter != 'x' && letter != 's') history += letter;
      const auto from = std::max<std::ptrdiff_t>(0, std::ssize(history) - of);
      const auto bad =
          std::count_if(history.begin() + from, history.end(), [](char one) { return one != 'c'; });
      open = bad >= settings.failures;
      ASSERT_EQ(breaker.opened_at != WallTime(), open) << history << " " << breaker_text(settings);
    }
  }
}

class BreakerGate : public ::testing::Test {
 protected:
  BreakerGate() { good_.settings.gates.breaker = kThreeOfFive; }
  Reason ask(const Breaker& breaker, WallTime now) {
    Facts facts = good_.facts(Phase::kClaim);
    facts.breaker = breaker;
    facts.now = now;
    return gate_spec(GateId::kCircuitBreaker).evaluate(facts);
  }
  GoodFacts good_;
};

TEST_F(BreakerGate, SaysHowManyFailedAndWhenOneMayTry) {
  EXPECT_EQ(saw_text(ask(after("hc"), kGateNow)),
            "closed: 1 of the last 2 repair(s) failed, it opens at 3");
  const Reason open = ask(after("chchh"), kGateNow + minutes(2));
  EXPECT_FALSE(open.passed());
  EXPECT_EQ(saw_text(open),
            "open since 2027-01-15T08:00:04.000000Z: 3 of the last 5 repair(s) failed");
  EXPECT_EQ(opens_text(open),
            "2027-01-15T08:10:04.000000Z, when one repair is let through as a probe, its first 10 "
            "change(s) validated before the others; or sideband resume shop --close-breaker "
            "--reason WHY");
}

TEST_F(BreakerGate, LetsOneProbeThroughAndSaysWhichItIs) {
  Breaker breaker = after("hhh");
  breaker.failed_probes = 2;
  const Reason first = ask(breaker, kGateNow + hours(1));
  EXPECT_TRUE(first.passed());
  EXPECT_THAT(saw_text(first), HasSubstr("half-open, opened at 2027-01-15T08:00:02.000000Z"));
  EXPECT_THAT(saw_text(first), HasSubstr("and 2 probe(s) since; this repair is the probe, its "
                                         "first 10 change(s) are validated before the others"));
  breaker.probe = id_of(7);
  const Reason second = ask(breaker, kGateNow + hours(1));
  EXPECT_FALSE(second.passed());
  EXPECT_THAT(saw_text(second), HasSubstr("repair " + id_of(7).text() + " is the probe"));
  EXPECT_THAT(opens_text(second), HasSubstr("the end of repair " + id_of(7).text()));
}

TEST_F(BreakerGate, WithoutOneNothingIsLookedAt) {
  good_.settings.gates.breaker = {};
  Facts facts = good_.facts(Phase::kClaim);
  facts.breaker = Fact<Breaker>::unknown("not asked in this phase");
  const Reason reason = gate_spec(GateId::kCircuitBreaker).evaluate(facts);
  EXPECT_TRUE(reason.passed());
  EXPECT_EQ(saw_text(reason), "no circuit breaker set");
}

}  // namespace
}  // namespace sideband
