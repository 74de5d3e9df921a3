// What rules say of facts: each name, each truth, and what a reason keeps of it.
#include "policy/decision_rules.h"

#include <gmock/gmock.h>

#include "cel/value_text.h"
#include "policy/decide.h"
#include "policy/fact_names.h"
#include "policy/gates/facts_for_tests.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

// Facts under rules; owns what they point to.
struct UnderRules {
  explicit UnderRules(const std::string& when, const std::string& site_when = "") {
    good.settings.decide.when = when;
    good.guardrails.when = site_when;
    good.settings.labels.owner = "shop";
    good.settings.labels.other["tier"] = "gold";
    auto rules = DecisionRules::compile(good.settings, good.guardrails);
    EXPECT_TRUE(rules.ok()) << rules.error().message;
    if (rules.ok()) good.rules = std::move(rules).value();
  }
  [[nodiscard]] Reason reason(const Facts& facts) const {
    for (const Reason& each : ask_gates(facts)) {
      if (each.gate == GateId::kRule) return each;
    }
    return {};
  }
  [[nodiscard]] Reason reason() const { return reason(good.facts(Phase::kDecide)); }
  GoodFacts good;
};

struct Row {
  const char* rule;
  Truth truth;
  const char* saw;
};

// Of a plan with 4 changes (1 made, 1 written, 2 deleted) of 100 items.
TEST(DecisionRules, SayWhatDecided) {
  const std::vector<Row> rows = {
      {"plan.changes < 10", Truth::kTrue,
       "rule holds: plan.changes < 10 is true (plan.changes = 4)"},
      {"plan.changes < 4", Truth::kFalse, "plan.changes = 4, rule wants plan.changes < 4"},
      {"plan.percent <= 4.0", Truth::kTrue,
       "rule holds: plan.percent <= 4.0 is true (plan.percent = 4.0)"},
      {"plan.creates + plan.updates + plan.deletes == plan.changes", Truth::kTrue, nullptr},
      {"plan.undo", Truth::kFalse, "rule wants plan.undo"},
      {"!plan.whole", Truth::kFalse, "rule does not hold: plan.whole is true"},
      {"plan.whole && plan.changes < 3 && plan.deletes < 3", Truth::kFalse,
       "plan.changes = 4, rule wants plan.changes < 3"},
      {"plan.changes < 3 || plan.deletes < 2", Truth::kFalse,
       "rule does not hold: plan.changes < 3 is false (plan.changes = 4); plan.deletes < 2 is "
       "false "
       "(plan.deletes = 2)"},
      {"plan.undo ? true : plan.changes < 2", Truth::kFalse,
       "rule does not hold: plan.undo is false; plan.changes < 2 is false (plan.changes = 4)"},
      {"reconciler.labels.owner == 'shop'", Truth::kTrue, nullptr},
      {"reconciler.labels.owner == 'web'", Truth::kFalse,
       "reconciler.labels.owner = \"shop\", rule wants reconciler.labels.owner == 'web'"},
      {"reconciler.labels['tier'] in ['gold', 'silver']", Truth::kTrue, nullptr},
      {"'absent' in reconciler.labels", Truth::kFalse, nullptr},
      {"reconciler.labels.absent == 'x'", Truth::kUnknown,
       "the rule ends in an error: 1:19: no such key: \"absent\""},
      {"reconciler.labels.absent == 'x' || plan.whole", Truth::kTrue, nullptr},
      {"1 / (plan.changes - 4) > 0", Truth::kUnknown,
       "the rule ends in an error: 1:3: divide by zero"},
      {"reconciler.name == 'shop' && reconciler.mode == 'auto'", Truth::kTrue, nullptr},
      {"requester == 'sideband'", Truth::kTrue, nullptr},
      {"source.condition == 'good' && source.desired >= source.baseline", Truth::kTrue, nullptr},
      {"now.getFullYear() == 2027 && plan.observedAt <= now", Truth::kTrue, nullptr},
      {"plan.age < duration('5m')", Truth::kTrue, nullptr},
      {"window.changes + plan.changes <= 20 && window.deletes == 0 && window.site == 0",
       Truth::kTrue, nullptr},
      {"now.getDayOfWeek('Europe/Berlin') == 5", Truth::kTrue, nullptr},
      {"cel.bind(n, plan.changes, n * n) == 16", Truth::kTrue, nullptr},
      {"[plan.creates, plan.updates].all(n, n < 1)", Truth::kFalse, nullptr},
  };
  for (const Row& row : rows) {
    const Reason reason = UnderRules(row.rule).reason();
    EXPECT_EQ(reason.passes, row.truth) << row.rule << ": " << saw_text(reason);
    if (row.saw != nullptr) {
      EXPECT_EQ(saw_text(reason), row.saw) << row.rule;
    }
    EXPECT_EQ(opens_text(reason).empty(), reason.passed());
  }
}

// What is not known is never true, says why, and does not matter where the rest decides.
TEST(DecisionRules, UnknownFactsAreSaidAndNeverTrue) {
  const auto ask = [](const char* rule) {
    const UnderRules under(rule);
    Facts facts = under.good.facts(Phase::kDecide);
    facts.plan.desired = Fact<std::int64_t>::unknown("nobody counted");
    facts.window = Fact<ChangeWindow>::unknown("no window");
    facts.source.desired = -1;
    return under.reason(facts);
  };
  for (const char* rule :
       {"plan.percent < 50.0", "plan.desired > 0", "plan.percent == plan.percent",
        "!(plan.desired > 0)", "plan.desired > 0 || plan.undo", "[plan.desired].size() == 1",
        "plan.desired > 0 ? true : true", "plan.whole && plan.desired > 1",
        "{'a': plan.desired}.a > 0", "type(plan.desired) == int", "dyn(plan.desired) == 1",
        "plan.desired in [1, 2]"}) {
    const Reason reason = ask(rule);
    EXPECT_EQ(reason.passes, Truth::kUnknown) << rule << ": " << saw_text(reason);
    EXPECT_THAT(saw_text(reason), HasSubstr("nobody counted")) << rule;
  }
  EXPECT_EQ(ask("plan.desired > 0 && plan.undo").passes, Truth::kFalse);
  EXPECT_EQ(ask("plan.desired > 0 || plan.whole").passes, Truth::kTrue);
  EXPECT_EQ(saw_text(ask("window.changes < source.desired")),
            "source.desired is not known: no whole scan ended well yet; window.changes is not "
            "known: no window");
}

// Nothing is counted without a limit, so nobody can say how much it was.
TEST(DecisionRules, AWindowWithoutALimitIsNotZero) {
  UnderRules under("window.changes == 0");
  under.good.settings.gates.max_changes = {};
  EXPECT_THAT(saw_text(under.reason()), HasSubstr("nothing is counted without gates.maxChanges"));
  const UnderRules site("window.site == 0");
  Facts facts = site.good.facts(Phase::kDecide);
  facts.guardrails = nullptr;
  EXPECT_EQ(site.reason(facts).passes, Truth::kUnknown);
}

TEST(DecisionRules, BothRulesHaveToHold) {
  EXPECT_EQ(UnderRules("plan.changes == 4", "plan.whole").reason().passes, Truth::kTrue);
  const Reason site = UnderRules("plan.changes == 4", "plan.changes < 3").reason();
  EXPECT_EQ(saw_text(site), "plan.changes = 4, rule of the Guardrails wants plan.changes < 3");
  EXPECT_THAT(opens_text(site), HasSubstr("of the Guardrails"));
  EXPECT_EQ(UnderRules("plan.changes == 5", "plan.whole").reason().passes, Truth::kFalse);
  EXPECT_EQ(UnderRules("1 / 0 == 1", "plan.changes < 3").reason().passes, Truth::kFalse)
      << "false decides before an error";
  EXPECT_EQ(UnderRules("1 / 0 == 1", "plan.whole").reason().passes, Truth::kUnknown);
  EXPECT_EQ(saw_text(UnderRules("", "").reason()), "no rule set");
}

// Nobody waits for a rule that never ends: it is asked inside a transaction.
TEST(DecisionRules, ARuleThatCostsTooMuchIsNotTrue) {
  for (const char* rule :
       {"lists.range(1000).all(x, lists.range(1000).all(y, x + y >= 0))",
        "lists.range(100000).size() > 0",
        "lists.range(300).map(x, lists.range(300)).flatten().size() > 0",
        "lists.range(9000).map(x, string(x)).join('').size() > plan.changes",
        "plan.undo || lists.range(1000).all(x, lists.range(1000).all(y, true))"}) {
    const Reason reason = UnderRules(rule).reason();
    EXPECT_EQ(reason.passes, Truth::kUnknown) << rule;
    EXPECT_THAT(saw_text(reason), HasSubstr("the rule ends in an error")) << rule;
  }
  EXPECT_EQ(UnderRules("lists.range(500).all(x, x < 500)").reason().passes, Truth::kTrue);
}

// Whoever forgets to make them ready does not get rid of them.
TEST(DecisionRules, RulesThatWereNotMadeReadyLetNothingPass) {
  UnderRules under("plan.changes < 10");
  under.good.rules = DecisionRules();
  EXPECT_EQ(under.reason().passes, Truth::kUnknown);
  UnderRules site("", "plan.changes < 10");
  site.good.rules = DecisionRules();
  EXPECT_EQ(site.reason().passes, Truth::kUnknown);
}

TEST(DecisionRules, AReasonSurvivesTheStore) {
  const Reason reason = UnderRules("plan.changes < 4").reason();
  const auto read = decode_reasons(encode_reasons({reason}));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(saw_text(read->front()), saw_text(reason));
}

TEST(DecisionRules, MistakesAreFoundBeforeTheyAreAsked) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"plan.chnages > 1", "1:6: there is no member \"chnages\"; did you mean \"changes\"?"},
      {"plan > 1",
       "1:1: undeclared reference to 'plan'; only its members are values, like plan.age"},
      {"plna.changes > 1", "1:1: undeclared reference to 'plna'"},
      {"has(plan.changes)", "undeclared reference to 'plan'"},
      {"plan.?changes.hasValue()", "undeclared reference to 'plan'"},
      {"plan.changes.x > 1", "a value of type int has no members"},
      {"reconciler.labels == 1", "never equal"},
      {"plan.changes > 'a'", "no such overload: int > string"},
      {"plan.changes", "this is int, and bool is wanted"},
      {"plan.percent > 10", ""},
      {"plan.changes < ", "expected"},
      {"requester.matches('(')", "1:19: "},
  };
  for (const auto& [rule, message] : rows) {
    const auto made = DecisionRule::condition(rule);
    EXPECT_EQ(made.ok(), std::string(message).empty()) << rule;
    if (!made.ok()) {
      EXPECT_THAT(made.error().message, HasSubstr(message)) << rule;
    }
  }
  EXPECT_FALSE(DecisionRule::risk("plan.changes > 1").ok());
}

TEST(DecisionRules, EachFactHasTheTypeThatIsDeclared) {
  const GoodFacts good;
  const Facts facts = good.facts(Phase::kDecide);
  for (const FactName& name : fact_names()) {
    const auto value = name.read(facts);
    ASSERT_TRUE(value.known()) << name.name << ": " << value.why();
    EXPECT_EQ(value->kind(), name.type.kind()) << name.name;
  }
}

// In mode auto a plan of a risk that is named waits for people; so does one whose risk nobody
// knows.
TEST(DecisionRules, RiskAsksForPeople) {
  const std::vector<std::pair<const char*, const char*>> rows = {
      {"plan.changes > 3 ? 'high' : 'low'", "risk high"},
      {"plan.changes > 4 ? 'high' : 'low'", ""},
      {"'medium'", ""},
      {"'hgih'", "risk not known: the rule gives \"hgih\""},
      {"plan.percent > 1.0 / 0.0 ? 'low' : 'high'", "risk high"},
      {"reconciler.labels.nothing", "risk not known: the rule ends in an error"},
  };
  for (const auto& [rule, why] : rows) {
    UnderRules under("");
    under.good.settings.decide.risk = rule;
    under.good.settings.gates.approval.risk = {Risk::kHigh};
    under.good.rules = *DecisionRules::compile(under.good.settings, under.good.guardrails);
    const Decided decided = decide(under.good.facts(Phase::kDecide));
    const bool asks = std::string(why) != "";
    EXPECT_EQ(decided.verdict, asks ? Verdict::kAwaitApproval : Verdict::kAct) << rule;
    EXPECT_THAT(refusals_text(decided.reasons), HasSubstr(why)) << rule;
    under.good.rules = DecisionRules();
    EXPECT_NE(decide(under.good.facts(Phase::kDecide)).verdict, Verdict::kAct);
  }
}

}  // namespace
}  // namespace sideband
