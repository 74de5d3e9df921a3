#include "policy/status.h"

#include <gmock/gmock.h>

#include <functional>

#include "policy/gates/gate.h"

namespace sideband {
namespace {

const WallTime kLookedNow = from_us(1'800'000'000'000'000);

StatusFacts good() {
  StatusFacts facts{.now = kLookedNow,
                    .settings = {},
                    .problem = "",
                    .head = {},
                    .pause = {},
                    .good_look = kLookedNow - std::chrono::seconds(5)};
  facts.head.scanned_at = facts.good_look;
  return facts;
}

struct Case {
  StatusKind kind;
  std::function<void(StatusFacts&)> make;
  const char* why;
};

// From what hides everything to what hides nothing: each is shown although all later ones hold too.
const std::vector<Case>& cases() {
  static const std::vector<Case> kCases = {
      {StatusKind::kFailing, [](StatusFacts& f) { f.problem = "no route to cache"; },
       "no route to cache"},
      {StatusKind::kFailing, [](StatusFacts& f) { f.head.source.error = "connection refused"; },
       "connection refused"},
      {StatusKind::kPaused,
       [](StatusFacts& f) {
         f.pause = PauseFact{{"ana", "release", {}}, PauseScope::of_key("fleet")};
       },
       "by ana: release"},
      {StatusKind::kSuspended, [](StatusFacts& f) { f.settings.suspend = true; }, "suspend: true"},
      {StatusKind::kNotYetLooked, [](StatusFacts& f) { f.good_look = WallTime(); }, ""},
      {StatusKind::kBlind, [](StatusFacts& f) { f.good_look = kLookedNow - std::chrono::hours(2); },
       "no look ended well for 2h"},
      {StatusKind::kRepairing, [](StatusFacts& f) { f.at_work = 2; }, "2 repair(s) at work"},
      {StatusKind::kAwaitingApproval, [](StatusFacts& f) { f.awaiting = 1; }, "wait for approval"},
      {StatusKind::kHeld,
       [](StatusFacts& f) { f.head.refusals = {reason_of(GateId::kConfiguration, false)}; },
       "configuration: the configuration changed"},
      {StatusKind::kNeedsHuman,
       [](StatusFacts& f) {
         f.head.open = std::max<std::int64_t>(f.head.open, 1);
         f.head.failed = 1;
       },
       "repairs of 1 item(s) failed"},
      {StatusKind::kFlapping,
       [](StatusFacts& f) {
         f.head.open = std::max<std::int64_t>(f.head.open, 1);
         f.head.flapping = 1;
       },
       "came back"},
      {StatusKind::kDrifted, [](StatusFacts& f) { f.head.open = 9; }, "9 differ"},
  };
  return kCases;
}

TEST(Status, EachIsShownAboveAllThatFollow) {
  StatusFacts facts = good();
  EXPECT_EQ(status_of(facts).kind, StatusKind::kInSync);
  for (auto it = cases().rbegin(); it != cases().rend(); ++it) {
    it->make(facts);
    const ReconcilerStatus status = status_of(facts);
    EXPECT_EQ(status.kind, it->kind) << status_name(it->kind);
    EXPECT_THAT(status.why, ::testing::HasSubstr(it->why));
  }
}

TEST(Status, K2_3_WhatRipensIsWaitingAndSaysUntilWhen) {
  StatusFacts facts = good();
  facts.head.open = 3;
  facts.head.suspect = 2;
  facts.head.cooling = 1;
  facts.head.ripe_at = kLookedNow + std::chrono::seconds(9);
  const ReconcilerStatus status = status_of(facts);
  EXPECT_EQ(status.kind, StatusKind::kWaiting);
  EXPECT_EQ(status.until, facts.head.ripe_at);
  facts.head.open = 4;
  EXPECT_EQ(status_of(facts).kind, StatusKind::kDrifted);
}

TEST(Status, WhatCannotBeToldIsNotInSync) {
  StatusFacts facts = good();
  facts.head.unknown = 3;
  facts.head.first_unknown = "k1: too large";
  EXPECT_EQ(status_of(facts).kind, StatusKind::kBlind);
  EXPECT_THAT(status_of(facts).why, ::testing::HasSubstr("k1: too large"));
}

}  // namespace
}  // namespace sideband
