// Every gate on every path with every truth: what is not known never passes, and each refusal names
// its gate, what it saw and what opens it.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "policy/breaker.h"
#include "policy/decide.h"
#include "policy/gates/facts_for_tests.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

// A way on which something acts.
struct Path {
  const char* name;
  Phase phase;
  bool whole;
  bool person;
  bool undo;
};

constexpr Path kPaths[] = {
    {"loop", Phase::kDecide, true, false, false},
    {"wake with keys", Phase::kDecide, false, false, false},
    {"scan-now", Phase::kDecide, true, false, false},
    {"keys that a person names", Phase::kDecide, false, true, false},
    {"retry", Phase::kDecide, false, true, false},
    {"undo", Phase::kDecide, false, true, true},
    {"apply", Phase::kApply, true, true, false},
    {"claim of the loop's", Phase::kClaim, true, false, false},
    {"claim of a person's", Phase::kClaim, false, true, false},
    {"claim of an undo", Phase::kClaim, false, true, true},
    {"place", Phase::kPlace, true, false, false},
    {"step", Phase::kStep, true, false, false},
    {"step of an undo", Phase::kStep, false, true, true},
};

// How a gate is made to say no, and not to know. Null: it always knows.
struct Spoiler {
  GateId gate;
  std::function<void(GoodFacts&, Facts&)> refuse;
  std::function<void(GoodFacts&, Facts&)> unknown;
};

ChangeWindow used(std::int64_t changes) {
  ChangeWindow window;
  window.add(kGateNow, std::chrono::hours(1), changes);
  return window;
}

template <class T>
Fact<T> nobody_knows() {
  return Fact<T>::unknown("nobody knows");
}

void set_rule(GoodFacts& good, const std::string& rule) {
  good.settings.decide.when = rule;
  good.rules = *DecisionRules::compile(good.settings, good.guardrails);
}

// A calendar that holds now denies it.
OpenTimes frozen(const ReconcilerSettings& reconciler) {
  CalendarWindow window;
  window.from = kGateNow - std::chrono::hours(1);
  window.to = kGateNow + std::chrono::hours(1);
  Settings settings;
  settings.calendars["freeze"] = {"freeze", "v1", "UTC", {window}};
  return *OpenTimes::compile(settings, reconciler);
}

PauseRule above_20ms() {
  PauseRule rule;
  rule.signal = "cache-latency";
  rule.above = Quantity{0.02, QuantityUnit::kSeconds};
  return rule;
}

void set_policy(GoodFacts& good, Facts& facts, const Fact<PolicyVerdict>& verdict) {
  good.settings.decide.policy.target = "opa";
  good.settings.decide.policy.path = "sideband/repairs";
  facts.policies = {{good.settings.decide.policy, verdict, kGateNow}};
}

// Of what people, configuration and the source say.
std::vector<Spoiler> spoilers_of_what_is_wanted() {
  return {
      {GateId::kPause,
       [](GoodFacts&, Facts& f) {
         f.pause = PauseFact{{"ana", "release", {}}, PauseScope::of_key("fleet")};
       },
       nullptr},
      {GateId::kSilence,
       [](GoodFacts&, Facts& f) {
         f.silence = Silence{.by = "ana", .reason = "migration", .until = kGateNow};
       },
       nullptr},
      {GateId::kAudit,
       [](GoodFacts&, Facts& f) { f.unsigned_for = kMaxUnsigned + std::chrono::seconds(1); },
       [](GoodFacts&, Facts& f) { f.unsigned_for = nobody_knows<Duration>(); }},
      {GateId::kSuspend, [](GoodFacts& good, Facts&) { good.settings.suspend = true; }, nullptr},
      {GateId::kConfiguration, [](GoodFacts&, Facts& f) { f.plan.current = false; }, nullptr},
      {GateId::kSource,
       [](GoodFacts&, Facts& f) {
         f.source.condition = SourceCondition::kSuspect;
         f.source.desired = 40;
       },
       [](GoodFacts&, Facts& f) { f.plan.desired = nobody_knows<std::int64_t>(); }},
      {GateId::kAllowEmpty,
       [](GoodFacts&, Facts& f) { f.source.condition = SourceCondition::kEmpty; }, nullptr},
      {GateId::kMaxAge,
       [](GoodFacts&, Facts& f) { f.plan.observed_at = kGateNow - std::chrono::hours(9); },
       [](GoodFacts&, Facts& f) { f.plan.observed_at = nobody_knows<WallTime>(); }},
      {GateId::kDeclined, [](GoodFacts&, Facts& f) { f.declined_by = std::string("ana"); },
       [](GoodFacts&, Facts& f) { f.declined_by = nobody_knows<std::string>(); }},
      {GateId::kMode, [](GoodFacts& good, Facts&) { good.settings.mode = Mode::kObserve; },
       nullptr},
      {GateId::kCalendar,
       [](GoodFacts& good, Facts&) {
         good.settings.gates.calendar.deny = {"freeze"};
         good.times = frozen(good.settings);
       },
       nullptr},
  };
}

// Of what is counted, judged and held elsewhere.
std::vector<Spoiler> spoilers_of_what_is_counted() {
  return {
      {GateId::kCircuitBreaker,
       [](GoodFacts& good, Facts& f) {
         good.settings.gates.breaker = {.failures = 3, .of = 5};
         f.breaker = Breaker{.ends = "+---", .opened_at = kGateNow, .open_for = kLongestOpen};
       },
       [](GoodFacts& good, Facts& f) {
         good.settings.gates.breaker = {.failures = 3, .of = 5};
         f.breaker = nobody_knows<Breaker>();
       }},
      {GateId::kMaxChanges, [](GoodFacts&, Facts& f) { f.window = used(90); },
       [](GoodFacts&, Facts& f) { f.window = nobody_knows<ChangeWindow>(); }},
      {GateId::kSiteMaxChanges, [](GoodFacts&, Facts& f) { f.site_window = used(99); },
       [](GoodFacts&, Facts& f) { f.site_window = nobody_knows<ChangeWindow>(); }},
      {GateId::kMaxDeletes, [](GoodFacts&, Facts& f) { f.deletes = used(9); },
       [](GoodFacts&, Facts& f) { f.deletes = nobody_knows<ChangeWindow>(); }},
      {GateId::kRule, [](GoodFacts& good, Facts&) { set_rule(good, "plan.changes > 1000"); },
       [](GoodFacts& good, Facts& f) {
         set_rule(good, "plan.percent < 50.0");
         f.plan.desired = nobody_knows<std::int64_t>();
       }},
      {GateId::kApproval, [](GoodFacts& good, Facts&) { good.settings.mode = Mode::kApprove; },
       [](GoodFacts& good, Facts& f) {
         good.settings.mode = Mode::kApprove;
         f.approval.given = nobody_knows<std::int64_t>();
       }},
      {GateId::kConcurrency, [](GoodFacts&, Facts& f) { f.place.room = false; },
       [](GoodFacts&, Facts& f) { f.place.room = nobody_knows<bool>(); }},
      {GateId::kSiteConcurrency, [](GoodFacts&, Facts& f) { f.place.site_room = false; },
       [](GoodFacts&, Facts& f) { f.place.site_room = nobody_knows<bool>(); }},
      {GateId::kLock, [](GoodFacts&, Facts& f) { f.place.locked = false; },
       [](GoodFacts&, Facts& f) { f.place.locked = nobody_knows<bool>(); }},
      {GateId::kPauseWhen,
       [](GoodFacts&, Facts& f) {
         f.signals = {{above_20ms(), 0.035, SignalHold{.holding = true, .since = kGateNow}}};
       },
       [](GoodFacts&, Facts& f) {
         f.signals = {{above_20ms(), nobody_knows<double>(), SignalHold{.since = kGateNow}}};
       }},
      {GateId::kCorroboration,
       [](GoodFacts& good, Facts& f) {
         good.settings.detect.signals = {1, {above_20ms()}};
         f.evidence = {{above_20ms(), 0.01}};
       },
       [](GoodFacts& good, Facts& f) {
         good.settings.detect.signals = {1, {above_20ms()}};
         f.evidence = {{above_20ms(), nobody_knows<double>()}};
       }},
      {GateId::kPolicy,
       [](GoodFacts& good, Facts& f) {
         set_policy(good, f, PolicyVerdict{.reasons = {"not on Fridays"}});
       },
       [](GoodFacts& good, Facts& f) { set_policy(good, f, nobody_knows<PolicyVerdict>()); }},
  };
}

std::vector<Spoiler> spoilers() {
  std::vector<Spoiler> all = spoilers_of_what_is_wanted();
  const std::vector<Spoiler> more = spoilers_of_what_is_counted();
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Facts on_path(const GoodFacts& good, const Path& path) {
  Facts facts = good.facts(path.phase);
  facts.plan.whole = path.whole;
  facts.plan.undo = path.undo;
  if (path.person) facts.requester = "ana";
  return facts;
}

// What lets a refusing gate pass on this path all the same, by design.
bool is_excused(GateId gate, const Path& path) {
  const bool by_undo = gate == GateId::kPause || gate == GateId::kSource ||
                       gate == GateId::kAllowEmpty || gate == GateId::kMaxDeletes ||
                       gate == GateId::kCalendar || gate == GateId::kPauseWhen ||
                       gate == GateId::kCircuitBreaker || gate == GateId::kCorroboration;
  const bool by_person =
      gate == GateId::kSuspend || gate == GateId::kDeclined || gate == GateId::kSilence;
  // A whole scan that just ended is as old as it took.
  const bool by_scan = gate == GateId::kMaxAge && path.phase == Phase::kDecide && path.whole;
  return (path.undo && by_undo) || (path.person && by_person) || by_scan;
}

// A gate that does not need to know on this path.
bool needs_not_know(GateId gate, const Path& path) {
  if (is_excused(gate, path) && gate != GateId::kMaxAge && gate != GateId::kDeclined) return true;
  if (gate != GateId::kSource) return false;
  return path.phase == Phase::kStep || (!path.whole && path.phase != Phase::kDecide);
}

const Reason* find(const std::vector<Reason>& reasons, GateId gate) {
  for (const Reason& reason : reasons) {
    if (reason.gate == gate) return &reason;
  }
  return nullptr;
}

void expect_explained(const Reason& reason) {
  const std::string text = refusal_text(reason);
  EXPECT_THAT(text, HasSubstr(std::string(gate_name(reason.gate)) + ": "));
  EXPECT_GT(saw_text(reason).size(), 5U);
  EXPECT_FALSE(opens_text(reason).empty()) << text;
}

TEST(GateMatrix, GoodFactsPassEverywhere) {
  for (const Path& path : kPaths) {
    const GoodFacts good;
    const auto reasons = ask_gates(on_path(good, path));
    EXPECT_EQ(first_refusal(reasons), nullptr) << path.name << ": " << refusals_text(reasons);
    for (const Reason& reason : reasons) EXPECT_TRUE(opens_text(reason).empty()) << path.name;
  }
}

TEST(GateMatrix, EachTruthOfEachGateOnEachPath) {
  int cases = 0;
  for (const Spoiler& spoiler : spoilers()) {
    for (const Path& path : kPaths) {
      if (!gate_spec(spoiler.gate).phases.has(path.phase)) continue;
      SCOPED_TRACE(std::string(gate_name(spoiler.gate)) + " on " + path.name);
      GoodFacts good;
      Facts facts = on_path(good, path);
      spoiler.refuse(good, facts);
      const auto refused = ask_gates(facts);
      const Reason* reason = find(refused, spoiler.gate);
      ASSERT_NE(reason, nullptr);
      EXPECT_EQ(reason->passed(), is_excused(spoiler.gate, path)) << saw_text(*reason);
      if (!reason->passed()) {
        expect_explained(*reason);
        EXPECT_NE(decide(facts).verdict, Verdict::kAct);
      }
      cases += 2;
      if (spoiler.unknown == nullptr) continue;
      ++cases;
      GoodFacts vague;
      Facts unclear = on_path(vague, path);
      spoiler.unknown(vague, unclear);
      const auto asked = ask_gates(unclear);
      const Reason* unknown = find(asked, spoiler.gate);
      ASSERT_NE(unknown, nullptr);
      if (needs_not_know(spoiler.gate, path)) continue;
      EXPECT_EQ(unknown->passes, Truth::kUnknown) << saw_text(*unknown);
      EXPECT_THAT(saw_text(*unknown), HasSubstr("nobody knows"));
      expect_explained(*unknown);
      EXPECT_EQ(decide(unclear).verdict, Verdict::kHold);
    }
  }
  EXPECT_GE(cases, 150);
}

TEST(GateMatrix, AReleaseOpensItsOwnGateOnlyAndNeverTheUnknown) {
  for (const Spoiler& spoiler : spoilers()) {
    const GateSpec& gate = gate_spec(spoiler.gate);
    if (!gate.phases.has(Phase::kApply)) continue;
    SCOPED_TRACE(gate_name(spoiler.gate));
    GoodFacts good;
    Facts facts = on_path(good, {"apply", Phase::kApply, true, false, false});
    spoiler.refuse(good, facts);
    facts.released = {spoiler.gate};
    const bool may = gate.released_by == ReleasedBy::kSecondPerson;
    EXPECT_EQ(find(ask_gates(facts), spoiler.gate)->passed(), may);
    EXPECT_NE(decide(facts).verdict, Verdict::kAct) << "whoever releases needs a second person";
    facts.released = {spoiler.gate == GateId::kSource ? GateId::kMaxChanges : GateId::kSource};
    EXPECT_FALSE(find(ask_gates(facts), spoiler.gate)->passed());
    if (spoiler.unknown == nullptr) continue;
    GoodFacts vague;
    Facts unclear = on_path(vague, {"apply", Phase::kApply, true, false, false});
    spoiler.unknown(vague, unclear);
    unclear.released = {spoiler.gate};
    EXPECT_NE(find(ask_gates(unclear), spoiler.gate)->passes, Truth::kTrue);
  }
}

TEST(GateMatrix, EveryGateOfAReconcilerIsHere) {
  std::vector<GateId> spoilt;
  for (const Spoiler& spoiler : spoilers()) spoilt.push_back(spoiler.gate);
  for (const GateSpec& gate : all_gates()) {
    const GateId id = gate.id;
    EXPECT_EQ(&gate, &gate_spec(id)) << "the table is in the order of the ids";
    const bool of_playbooks =
        id == GateId::kStartableBy || id == GateId::kReviewBy || id == GateId::kOnFailure;
    EXPECT_EQ(std::count(spoilt.begin(), spoilt.end(), id), of_playbooks ? 0 : 1) << gate_name(id);
  }
}

TEST(GateRelease, OnlyGatesThatPeopleMayReleaseByTheirOwnNames) {
  EXPECT_TRUE(read_release({"maxChanges", "source"}).ok());
  for (const char* name :
       {"pause", "mode", "allowEmpty", "approval", "max", "maxChanges,source", ""}) {
    EXPECT_THAT(read_release({name}).error().message, HasSubstr("can be released by nobody"));
  }
  EXPECT_FALSE(read_release({"maxChanges"})->has(GateId::kSiteMaxChanges));
}

TEST(GateSource, K1_2_DeletionsByKeyNeedAFreshCount) {
  const GoodFacts good;
  Facts facts = on_path(good, {"wake", Phase::kDecide, false, false, false});
  facts.plan.desired = std::int64_t{49};
  EXPECT_FALSE(find(ask_gates(facts), GateId::kSource)->passed());
  facts.plan.desired = std::int64_t{50};
  EXPECT_TRUE(find(ask_gates(facts), GateId::kSource)->passed());
  facts.plan.desired = Fact<std::int64_t>::unknown("it was not counted");
  EXPECT_EQ(find(ask_gates(facts), GateId::kSource)->passes, Truth::kUnknown);
  facts.plan.deletes = 0;
  EXPECT_TRUE(find(ask_gates(facts), GateId::kSource)->passed()) << "the keys were read themselves";
  facts.plan.deletes = 1;
  facts.plan.desired = std::int64_t{100};
  facts.source.condition = SourceCondition::kUnseen;
  EXPECT_EQ(find(ask_gates(facts), GateId::kSource)->passes, Truth::kUnknown);
}

TEST(GateCaps, K1_6_RowsThatComeForAMomentRaiseNoShare) {
  GoodFacts good;
  Facts facts = good.facts(Phase::kDecide);
  facts.plan.changes = 25;
  EXPECT_FALSE(find(ask_gates(facts), GateId::kMaxChanges)->passed());
  facts.plan.desired = std::int64_t{100'000};
  EXPECT_FALSE(find(ask_gates(facts), GateId::kMaxChanges)->passed());
}

TEST(GateCaps, K1_10_DeletionsHaveACapWithoutAnyConfiguration) {
  GoodFacts good;
  Facts facts = good.facts(Phase::kDecide);
  facts.plan.deletes = 10;
  EXPECT_TRUE(find(ask_gates(facts), GateId::kMaxDeletes)->passed());
  facts.plan.deletes = 11;
  const auto reasons = ask_gates(facts);
  const Reason* reason = find(reasons, GateId::kMaxDeletes);
  EXPECT_FALSE(reason->passed());
  EXPECT_EQ(saw_text(*reason), "11 deletions of 100 keys is 11 %, limit 10 %");
  facts.source.baseline = 3;
  facts.plan.deletes = 1;
  EXPECT_TRUE(find(ask_gates(facts), GateId::kMaxDeletes)->passed()) << "one in any case";
}

// What a decision says of deletions is so.
TEST(GateCaps, DeletionsThatNoLimitCountsAreNotSaidToBeNone) {
  GoodFacts good;
  Facts facts = good.facts(Phase::kDecide);
  const auto said = [&] { return saw_text(*find(ask_gates(facts), GateId::kMaxDeletes)); };
  facts.plan.deletes = 0;
  EXPECT_EQ(said(), "nothing is deleted");
  facts.plan.deletes = 3;
  EXPECT_EQ(said(), "3 deletions of 100 keys is 3 %, limit 10 %");
  good.settings.gates.max_deletes = {};
  EXPECT_EQ(said(), "no limit set");
  facts.plan.undo = true;
  EXPECT_EQ(said(), "an undo deletes only what its repair made");
}

}  // namespace
}  // namespace sideband
