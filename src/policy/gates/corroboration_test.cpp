// How many signals have to agree, and what those count for that nobody knows.
#include <gmock/gmock.h>

#include "policy/gates/facts_for_tests.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

SignalCondition above(const std::string& signal, double value) {
  SignalCondition condition;
  condition.signal = signal;
  condition.above = Quantity{value};
  return condition;
}

// `values`: of signals "a", "b", ... that agree above 10; NaN: there is no reading.
Reason asked(std::int64_t require, const std::vector<double>& values, bool undo = false) {
  GoodFacts good;
  Facts facts = good.facts(Phase::kDecide);
  good.settings.detect.signals.require = require;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const SignalCondition condition = above(std::string(1, static_cast<char>('a' + i)), 10);
    good.settings.detect.signals.of.push_back(condition);
    const bool known = values[i] == values[i];
    facts.evidence.push_back(
        {condition, known ? Fact<double>(values[i]) : Fact<double>::unknown("it is away")});
  }
  facts.plan.undo = undo;
  for (const Reason& reason : ask_gates(facts)) {
    if (reason.gate == GateId::kCorroboration) return reason;
  }
  return {};
}

TEST(Corroboration, SoManyHaveToAgree) {
  const double none = std::numeric_limits<double>::quiet_NaN();
  struct Case {
    std::int64_t require;
    std::vector<double> values;
    Truth passes;
  };
  const Case cases[] = {
      {1, {11}, Truth::kTrue},
      {1, {10}, Truth::kFalse},
      {1, {none}, Truth::kUnknown},
      {2, {11, 11}, Truth::kTrue},
      {2, {11, 9}, Truth::kFalse},
      {2, {11, none}, Truth::kUnknown},
      {2, {9, none}, Truth::kFalse},
      {2, {none, none}, Truth::kUnknown},
      {2, {11, 11, none}, Truth::kTrue},
      {2, {11, 9, none}, Truth::kUnknown},
      {2, {9, 9, none}, Truth::kFalse},
      {3, {11, 11, 11, 9}, Truth::kTrue},
      {3, {11, 11, 9, 9}, Truth::kFalse},
      {3, {11, none, none, 9}, Truth::kUnknown},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(asked(one.require, one.values).passes, one.passes) << saw_text(asked(1, one.values));
  }
}

TEST(Corroboration, TheReasonNamesThoseThatDoNotAgree) {
  EXPECT_EQ(saw_text(asked(2, {11, 9})), "1 of 2 signals agree, 2 have to: b is 9, not above 10");
  EXPECT_EQ(opens_text(asked(2, {11, 9})), "2 of its signals say so at once");
  EXPECT_EQ(saw_text(asked(2, {11, 11})), "2 of 2 signals agree, 2 have to");
  const double none = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(saw_text(asked(2, {11, none})), "b is not known: it is away");
}

TEST(Corroboration, WithoutSignalsAndOfAnUndoNothingIsAsked) {
  EXPECT_TRUE(asked(0, {}).passed());
  EXPECT_TRUE(asked(1, {9}, true).passed());
}

}  // namespace
}  // namespace sideband
