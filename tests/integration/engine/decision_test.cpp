// Rules and calendars in the decision, by the real engine: on every way in, again at the claim and
// between steps, and after a restart.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include "engine_fixture.h"
#include "policy/gates/gate.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class DecisionTest : public EngineTest {
 protected:
  static std::string key(int i) { return fmt::format("k{:02}", i); }
  // `count` items of which the first `wrong` differ.
  void differ(int count, int wrong) {
    fill(count);
    for (int i = 0; i < wrong; ++i) actual_.set(key(i), "drifted");
  }
  void expect_held(const CycleReply& reply, GateId gate, const std::string& saw) {
    ASSERT_TRUE(reply.result.ok()) << reply.result.error().message;
    EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
    std::string said;
    for (const Reason& reason : reply.sealed.decision.reasons) {
      if (reason.gate == gate && !reason.passed()) said = saw_text(reason);
    }
    EXPECT_THAT(said, HasSubstr(saw)) << refusals_text(reply.sealed.decision.reasons);
    EXPECT_EQ(actual_.writes(), 0);
  }
  // A calendar of one window around now that is in force from the next start or reload on.
  void add_calendar(const std::string& name, Duration from, Duration to) {
    CalendarWindow window;
    window.from = clock_.wall() + from;
    window.to = clock_.wall() + to;
    settings_.calendars[name] = {name, "v1", "UTC", {window}};
  }
  void reload(const std::string& version) {
    spec_.version = version;
    settings_.version = version;
    engine_->reload(std::make_shared<Settings>(settings_));
  }
};

TEST_F(DecisionTest, ARuleHoldsOnEveryWayIn) {
  spec_.decide.when = "plan.changes < 3";
  differ(20, 5);
  start();
  const std::string saw = "plan.changes = 5, rule wants plan.changes < 3";
  const CycleReply whole = observe();
  expect_held(whole, GateId::kRule, saw);
  std::vector<std::string> keys;
  for (int i = 0; i < 5; ++i) keys.push_back(key(i));
  expect_held(observe(keys), GateId::kRule, saw);
  expect_held(observe(keys, person("kim")), GateId::kRule, saw);
  const auto applied = engine_->commands().plans.apply(whole.sealed.plan.id, person("kim"), {});
  ASSERT_FALSE(applied.ok());
  EXPECT_THAT(applied.error().message, HasSubstr(saw));
  const auto released =
      engine_->commands().plans.apply(whole.sealed.plan.id, person("kim"), {GateId::kMaxChanges});
  EXPECT_FALSE(released.ok());
  restart();
  expect_held(observe(), GateId::kRule, saw);
  EXPECT_EQ(resting(observe({key(0), key(1)}).sealed.repair.id).state, RepairState::kConverged);
}

TEST_F(DecisionTest, ARuleOfTheGuardrailsHoldsToo) {
  settings_.guardrails = GuardrailSettings();
  settings_.guardrails->name = "site";
  settings_.guardrails->when = "reconciler.labels.environment != 'production' || plan.changes < 3";
  spec_.labels.environment = "production";
  spec_.decide.when = "plan.changes < 100";
  differ(20, 5);
  start();
  expect_held(observe(), GateId::kRule, "rule does not hold: ");
}

TEST_F(DecisionTest, WhatIsNotKnownHolds) {
  spec_.decide.when = "plan.percent < 50.0";
  differ(20, 2);
  start();
  expect_held(observe({key(0)}), GateId::kRule, "plan.percent is not known");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged) << "a whole scan counts";
}

// What was let through at the decision is asked again, with the window as it is then.
TEST_F(DecisionTest, ARuleIsAskedAgainWhenTheRepairWouldBegin) {
  spec_.mode = Mode::kApprove;
  spec_.gates.max_changes = {100, 0, std::chrono::hours(1)};
  spec_.decide.when = "window.changes + plan.changes <= 3";
  differ(20, 4);
  start();
  const CycleReply first = observe({key(0), key(1)});
  const CycleReply second = observe({key(2), key(3)});
  ASSERT_TRUE(first.sealed.has_repair && second.sealed.has_repair);
  for (const CycleReply* reply : {&first, &second}) {
    const Plan& plan = reply->sealed.plan;
    ASSERT_TRUE(engine_->commands().approvals.approve(plan.id, person("kim"), plan.hash, "").ok());
    resting(plan.id);
  }
  EXPECT_EQ(state_of(first.sealed.plan.id), RepairState::kConverged);
  const Repair held = resting(second.sealed.plan.id);
  EXPECT_EQ(held.state, RepairState::kSuperseded);
  EXPECT_THAT(held.note, HasSubstr("rule: window.changes + plan.changes = 4, rule wants"));
}

TEST_F(DecisionTest, RiskAsksForApprovalOfSomePlans) {
  spec_.decide.risk = "plan.changes > 2 ? 'high' : 'low'";
  spec_.gates.approval.risk = {Risk::kHigh};
  differ(20, 4);
  start();
  EXPECT_EQ(resting(observe({key(0)}).sealed.repair.id).state, RepairState::kConverged);
  const CycleReply reply = observe();
  ASSERT_EQ(reply.sealed.repair.state, RepairState::kAwaitingApproval);
  ASSERT_TRUE(
      engine_->commands()
          .approvals.approve(reply.sealed.plan.id, person("kim"), reply.sealed.plan.hash, "")
          .ok());
  EXPECT_EQ(resting(reply.sealed.plan.id).state, RepairState::kConverged);
}

TEST_F(DecisionTest, ACalendarHoldsOnEveryWayIn) {
  add_calendar("freeze", -std::chrono::hours(1), std::chrono::hours(1));
  spec_.gates.calendar.deny = {"freeze"};
  differ(20, 2);
  start();
  const std::string saw = "calendar freeze denies this time";
  expect_held(observe(), GateId::kCalendar, saw);
  expect_held(observe({key(0)}), GateId::kCalendar, saw);
  expect_held(observe({key(0)}, person("kim")), GateId::kCalendar, saw);
  restart();
  const CycleReply whole = observe();
  expect_held(whole, GateId::kCalendar, saw);
  const Uuid plan = whole.sealed.plan.id;
  const auto released = engine_->commands().plans.apply(plan, person("kim"), {GateId::kCalendar});
  ASSERT_TRUE(released.ok()) << released.error().message;
  EXPECT_EQ(released->state, RepairState::kAwaitingApproval);
  ASSERT_TRUE(
      engine_->commands().approvals.approve(plan, person("lee"), whole.sealed.plan.hash, "").ok());
  EXPECT_EQ(resting(plan).state, RepairState::kConverged);
}

TEST_F(DecisionTest, OnlyWhereACalendarAllowsIt) {
  add_calendar("tonight", std::chrono::hours(1), std::chrono::hours(2));
  spec_.gates.calendar.allow = {"tonight"};
  differ(20, 2);
  start();
  expect_held(observe(), GateId::kCalendar, "outside of what is allowed: tonight");
  add_calendar("tonight", -std::chrono::hours(1), std::chrono::hours(1));
  reload("v2");
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

// A freeze that begins while a repair runs: no further step, and it goes on once that is over.
TEST_F(DecisionTest, ACalendarThatClosesStopsARepairBetweenSteps) {
  add_calendar("freeze", std::chrono::milliseconds(400), std::chrono::milliseconds(1500));
  const WallTime ends = *settings_.calendars["freeze"].windows.front().to;
  spec_.gates.calendar.deny = {"freeze"};
  spec_.gates.canary.cohorts = {{1, 0}, {0, 1'000'000}};
  spec_.gates.canary.hold = std::chrono::milliseconds(600);
  differ(20, 6);
  start();
  const CycleReply reply = observe();
  ASSERT_TRUE(reply.sealed.has_repair) << refusals_text(reply.sealed.decision.reasons);
  EXPECT_EQ(resting(reply.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_GE(clock_.wall(), ends) << "the second cohort waited for the end of the freeze";
}

TEST_F(DecisionTest, EachScopeIsASwitchOfItsOwn) {
  spec_.labels.owner = "edge";
  differ(20, 2);
  start();
  const auto pause = [&](const std::string& key) {
    return engine_->commands().switches.pause(PauseScope::of_key(key), person("kim"), "look").ok();
  };
  const auto resume = [&](const std::string& key) {
    return engine_->commands().switches.resume(PauseScope::of_key(key), person("kim"), "").ok();
  };
  ASSERT_TRUE(pause("owner/web") && pause("target/elsewhere") && pause("other"));
  ASSERT_TRUE(pause("owner/edge") && pause("target/want"));
  expect_held(observe(), GateId::kPause, "paused: owner edge, by kim: look");
  restart();
  expect_held(observe(), GateId::kPause, "paused: owner edge, by kim: look");
  ASSERT_TRUE(resume("owner/edge") && resume("fleet") && resume(""));
  const CycleReply reply = observe();
  expect_held(reply, GateId::kPause, "paused: target want, by kim: look");
  EXPECT_THAT(refusals_text(reply.sealed.decision.reasons),
              HasSubstr("sideband resume --target want"));
  ASSERT_TRUE(resume("target/want"));
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

// Two reconcilers of one owner share its rate; one that is refused by it loses nothing of its own.
TEST_F(DecisionTest, ARateOfAnOwnerIsSharedByAllThatItHas) {
  settings_.guardrails = GuardrailSettings();
  settings_.guardrails->owner_rates["edge"] = 2;
  spec_.labels.owner = "edge";
  spec_.gates.rate_limit.max_per_second = 50;
  for (const char* name : {"want2", "have2"}) {
    settings_.targets[name] = settings_.targets["want"];
    settings_.targets[name].name = name;
    settings_.targets[name].connect["host"] = name;
  }
  ReconcilerSettings& other = settings_.reconcilers["other"];
  other = spec_;
  other.name = "other";
  other.desired.target = "want2";
  other.actual.target = "have2";
  differ(20, 4);
  for (int i = 0; i < 4; ++i) driver_.target("want2").set(key(i), "wanted");
  start();
  const WallTime begun = clock_.wall();
  const CycleReply one = observe();
  const CycleReply two = observe({}, Principal::loop(), "other");
  ASSERT_TRUE(one.sealed.has_repair && two.sealed.has_repair);
  EXPECT_EQ(resting(one.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_EQ(resting(two.sealed.repair.id).state, RepairState::kConverged);
  EXPECT_GE(clock_.wall() - begun, std::chrono::milliseconds(2900))
      << "8 changes, 2 at once and then 2 a second";
}

TEST_F(DecisionTest, ARateOfATargetHolds) {
  settings_.guardrails = GuardrailSettings();
  settings_.guardrails->target_rates["have"] = 1;
  differ(20, 2);
  start();
  const WallTime begun = clock_.wall();
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_GE(clock_.wall() - begun, std::chrono::milliseconds(950));
}

}  // namespace
}  // namespace sideband
