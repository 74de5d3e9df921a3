#include "engine/decide/settle_plan.h"

#include <gtest/gtest.h>

#include <functional>

namespace sideband {
namespace {

const Uuid kBefore = Uuid::from_bytes(std::string(16, 'b'));
const Uuid kNew = Uuid::from_bytes(std::string(16, 'n'));

Reason refusal(GateId gate) {
  return {gate, Truth::kFalse, {}};
}

// A plan of one change, held by a cap as one with another hash was before.
struct Case {
  ReconcilerHead head;
  HeldPlan held;
  Plan plan;
  Decided decided;
  std::int64_t waiting = 0;

  Case() {
    head.plan = kBefore;
    head.plan_hash = "before";
    head.refusals = {refusal(GateId::kMaxChanges)};
    held.plan = plan_of(kBefore, "before");
    plan = plan_of(kNew, "new");
    decided = {Verdict::kHold, {refusal(GateId::kMaxChanges)}};
  }
  static Plan plan_of(const Uuid& id, const std::string& hash) {
    Plan out;
    out.id = id;
    out.hash = hash;
    out.reconciler_version = "v1";
    out.guardrails_version = "g1";
    out.counts.update = 1;
    return out;
  }
  void repeat() { plan.hash = "before"; }
  void ends(RepairState state) {
    held.repair = Repair();
    held.repair->state = state;
  }
};

struct Row {
  const char* name;
  std::function<void(Case&)> change;
  PlanFate fate;
  bool forgets_held;
  bool writes_head;
  Uuid held_after;  // the plan that the head names then
};

using F = PlanFate;

void acts(Case& c) {
  c.decided = {Verdict::kAct, {}};
}

const Row kRows[] = {
    {"another plan is held", [](Case&) {}, F::kHeld, true, true, kNew},
    {"nothing was held before", [](Case& c) { c.head.plan = Uuid(); }, F::kHeld, false, true, kNew},
    {"what was held is at work now", [](Case& c) { c.ends(RepairState::kRunning); }, F::kHeld,
     false, true, kNew},
    {"the same again", [](Case& c) { c.repeat(); }, F::kRepeated, false, true, kBefore},
    {"the same while its repair is at work",
     [](Case& c) {
       c.repeat();
       c.ends(RepairState::kRunning);
     },
     F::kRepeated, false, true, kBefore},
    {"the same after its repair ended",
     [](Case& c) {
       c.repeat();
       c.ends(RepairState::kCancelled);
     },
     F::kHeld, false, true, kNew},
    {"the same by another gate",
     [](Case& c) {
       c.repeat();
       c.decided.reasons = {refusal(GateId::kSource)};
     },
     F::kHeld, true, true, kNew},
    {"the same of which a gate does not know now",
     [](Case& c) {
       c.repeat();
       c.decided.reasons = {{GateId::kMaxChanges, Truth::kUnknown, {}}};
     },
     F::kHeld, true, true, kNew},
    {"the same under other rules",
     [](Case& c) {
       c.repeat();
       c.plan.reconciler_version = "v2";
     },
     F::kHeld, true, true, kNew},
    {"the same under other guardrails",
     [](Case& c) {
       c.repeat();
       c.plan.guardrails_version = "g2";
     },
     F::kHeld, true, true, kNew},
    {"the same whose row is gone",
     [](Case& c) {
       c.repeat();
       c.held.plan.reset();
     },
     F::kHeld, true, true, kNew},
    {"a whole plan may act", acts, F::kRepaired, true, true, Uuid()},
    {"a whole plan waits for people",
     [](Case& c) {
       c.decided = {Verdict::kAwaitApproval, {refusal(GateId::kApproval)}};
     },
     F::kRepaired, true, true, Uuid()},
    {"a plan of some keys may act",
     [](Case& c) {
       acts(c);
       c.plan.whole = false;
     },
     F::kRepaired, false, false, kBefore},
    {"a plan of some keys is held", [](Case& c) { c.plan.whole = false; }, F::kHeld, true, true,
     kNew},
    {"nothing differs", [](Case& c) { c.plan.counts = {}; }, F::kNothing, true, true, Uuid()},
    {"all that differs waits",
     [](Case& c) {
       c.plan.counts = {};
       c.waiting = 3;
     },
     F::kNothing, false, true, kBefore},
};

TEST(SettlePlan, EachPlanHasItsFate) {
  for (const Row& row : kRows) {
    Case c;
    row.change(c);
    const Settled settled = settle(c.head, c.held, c.plan, c.decided, c.waiting);
    EXPECT_EQ(settled.fate, row.fate) << row.name;
    EXPECT_EQ(settled.forgets_held, row.forgets_held) << row.name;
    EXPECT_EQ(settled.writes_head, row.writes_head) << row.name;
    EXPECT_EQ(settled.head.plan, row.held_after) << row.name;
  }
}

TEST(SettlePlan, TheHeadSaysWhatStandsInTheWayNow) {
  Case c;
  c.repeat();
  c.decided.reasons[0].with(Evidence::count("changes", 8));
  EXPECT_EQ(settle(c.head, c.held, c.plan, c.decided, 0).head.refusals, c.decided.reasons)
      << "with the evidence of this look";
  c.decided = {Verdict::kAct, {}};
  EXPECT_TRUE(settle(c.head, c.held, c.plan, c.decided, 0).head.refusals.empty());
}

TEST(SettlePlan, WhatIsHeldIsReadOnlyWhereItCounts) {
  for (const Row& row : kRows) {
    Case c;
    row.change(c);
    if (asks_held(c.plan, c.decided)) continue;
    const Settled with = settle(c.head, c.held, c.plan, c.decided, c.waiting);
    const Settled without = settle(c.head, {}, c.plan, c.decided, c.waiting);
    EXPECT_EQ(with.fate, without.fate) << row.name;
    EXPECT_EQ(with.forgets_held, without.forgets_held) << row.name;
    EXPECT_EQ(with.writes_head, without.writes_head) << row.name;
    EXPECT_EQ(with.head, without.head) << row.name;
  }
  Case some;
  acts(some);
  some.plan.whole = false;
  EXPECT_FALSE(asks_held(some.plan, some.decided));
}

TEST(SettlePlan, WhatIsWrongWithASourceIsSaidAlsoWhereNothingDiffers) {
  Case c;
  c.plan.counts = {};
  c.decided.reasons = {refusal(GateId::kSource), refusal(GateId::kMaxChanges)};
  const Settled settled = settle(c.head, c.held, c.plan, c.decided, 0);
  EXPECT_EQ(settled.head.refusals, std::vector<Reason>{refusal(GateId::kSource)});
}

}  // namespace
}  // namespace sideband
