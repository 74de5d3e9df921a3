// What policies of others are asked, which answers are verdicts, which of them count, and what the
// gate makes of them.
#include "policy/policy_answers.h"

#include <gmock/gmock.h>

#include "model/document.h"
#include "policy/gates/facts_for_tests.h"
#include "policy/gates/gate.h"

namespace sideband {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr Duration kSecond = std::chrono::seconds(1);

struct Answer {
  const char* body;
  const char* means;  // "allow", "deny", or what the error says
};

// By OPA's REST API; what is beside it is no verdict.
const Answer kAnswers[] = {
    {R"({"result": true})", "allow"},
    {R"({"result": false})", "deny"},
    {R"({"decision_id": "d1", "result": true})", "allow"},
    {R"({"result": {"allow": true}})", "allow"},
    {R"({"result": {"allow": true, "reasons": []}})", "allow"},
    {R"({"result": {"allow": false, "reasons": ["too many"]}})", "deny"},
    {R"({"result": {"allow": false, "helper": {"x": [1]}, "reasons": ["a", "b"]}})", "deny"},
    {R"({})", "deny"},
    {R"({"decision_id": "d1"})", "deny"},
    {R"({"warning": {"code": "api_usage_warning"}})", "deny"},
    {R"({"result": {}})", "deny"},
    {R"({"result": {"reasons": ["nobody said yes"]}})", "deny"},
    {R"({"result": {"Allow": true}})", "deny"},
    {R"({"Result": true})", "deny"},
    {R"({"allow": true})", "deny"},
    {R"({"result": "true"})", "result is a text, not true or false"},
    {R"({"result": 1})", "result is a number"},
    {R"({"result": null})", "result is null"},
    {R"({"result": []})", "result is a list"},
    {R"({"result": [true]})", "result is a list"},
    {R"({"result": {"allow": "true"}})", "result.allow is a text"},
    {R"({"result": {"allow": 1}})", "result.allow is a number"},
    {R"({"result": {"allow": null}})", "result.allow is null"},
    {R"({"result": {"allow": [true]}})", "result.allow is a list"},
    {R"({"result": {"allow": {"allow": true}}})", "result.allow is an object"},
    {R"({"result": {"allow": true, "reasons": "none"}})", "result.reasons is a text, not a list"},
    {R"({"result": {"allow": true, "reasons": {"a": true}}})", "result.reasons is an object"},
    {R"({"result": {"allow": false, "reasons": [1]}})", "result.reasons holds a number"},
    {R"({"result": true, "result": false})", "no JSON"},
    {R"({"result": true}{)", "no JSON"},
    {R"({"result": tru)", "no JSON"},
    {R"({"result": True})", "no JSON"},
    {R"([{"result": true}])", "a list, not an object"},
    {R"("result")", "a text, not an object"},
    {R"(true)", "a truth, not an object"},
    {R"(null)", "null, not an object"},
    {"<html>502</html>", "no JSON"},
    {"", "no JSON"},
};

std::string meaning(const Result<PolicyVerdict>& verdict) {
  if (!verdict.ok()) return verdict.error().message;
  return verdict->allow ? "allow" : "deny";
}

TEST(PolicyAnswer, OnlyATruthIsAVerdictAndWhatIsUndefinedDenies) {
  for (const Answer& answer : kAnswers) {
    EXPECT_THAT(meaning(read_policy_answer(answer.body)), HasSubstr(answer.means)) << answer.body;
  }
}

// A cut answer is never a yes, and no cut of a no is one.
TEST(PolicyAnswer, NoCutOfAnAnswerAllows) {
  for (const Answer& answer : kAnswers) {
    if (!read_policy_answer(answer.body).ok()) continue;
    const std::string whole = answer.body;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_NE(meaning(read_policy_answer(whole.substr(0, i))), "allow") << whole.substr(0, i);
    }
  }
}

TEST(PolicyAnswer, ReasonsAreFewShortAndOnOneLine) {
  std::string many = R"({"result": {"allow": false, "reasons": ["a\nb\u0007\u001b[2J")";
  for (int i = 0; i < 99; ++i) many += ", \"" + std::string(999, 'x') + "\"";
  const auto verdict = read_policy_answer(many + R"(]}, "decision_id": "d\n1"})");
  ASSERT_TRUE(verdict.ok()) << verdict.error().message;
  ASSERT_EQ(verdict->reasons.size(), 5U);
  EXPECT_EQ(verdict->reasons.front(), "a b  [2J");
  EXPECT_LT(verdict->reasons.back().size(), 240U);
  EXPECT_EQ(verdict->decision_id, "d 1");
  EXPECT_TRUE(read_policy_answer(R"({"result": false})")->defined);
  EXPECT_FALSE(read_policy_answer(R"({})")->defined);
  EXPECT_FALSE(read_policy_answer(R"({"result": {"reasons": []}})")->defined);
}

TEST(PolicyInput, HasTheFactsByTheirNamesAndSaysWhatIsNotKnown) {
  GoodFacts good;
  good.settings.labels.owner = "web";
  good.settings.labels.other["tier"] = "a\"b";
  Facts facts = good.facts(Phase::kClaim);
  facts.plan.desired = Fact<std::int64_t>::unknown("nobody counted");
  const auto input = parse_json(policy_input(facts));
  ASSERT_TRUE(input.ok()) << input.error().message;
  const auto& plan = input->members.at("plan").members;
  EXPECT_EQ(plan.at("changes").text, "4");
  EXPECT_EQ(plan.at("hash").text, "h1");
  EXPECT_EQ(plan.at("undo").kind, Document::Kind::kBool);
  EXPECT_EQ(plan.at("age").text, "0s");
  EXPECT_EQ(plan.at("observedAt").text, "2027-01-15T08:00:00Z");
  EXPECT_EQ(plan.at("percent").kind, Document::Kind::kNull);
  EXPECT_EQ(input->members.at("reconciler").members.at("labels").members.at("tier").text, "a\"b");
  EXPECT_EQ(input->members.at("requester").text, "sideband");
  EXPECT_EQ(input->members.at("phase").text, "claim");
  std::vector<std::string> unknown;
  for (const Document& item : input->members.at("unknown").items) unknown.push_back(item.text);
  EXPECT_THAT(unknown, ElementsAre("plan.desired", "plan.percent"));
}

class CountingAnswers : public ::testing::Test {
 protected:
  CountingAnswers() {
    policy_.target = "opa";
    policy_.path = "sideband/repairs";
    answers_ = {"h1", "sideband", {{policy_, PolicyVerdict{.allow = true}, kGateNow}}};
  }
  [[nodiscard]] Fact<PolicyVerdict> at(WallTime now, const std::string& hash = "h1",
                                       const std::string& requester = "sideband") const {
    return answers_that_count({policy_}, answers_, hash, requester, now).front().verdict;
  }

  PolicySettings policy_;
  PolicyAnswers answers_;
};

TEST_F(CountingAnswers, AreOfThisPlanThisRequesterAndNotOld) {
  EXPECT_TRUE(at(kGateNow).known());
  EXPECT_TRUE(at(kGateNow + 30 * kSecond).known());
  EXPECT_FALSE(at(kGateNow + 30 * kSecond + Duration(1)).known());
  EXPECT_FALSE(at(kGateNow - Duration(1)).known()) << "the clock went back";
  EXPECT_FALSE(at(kGateNow, "h2").known());
  EXPECT_FALSE(at(kGateNow, "h1", "ana").known());
  EXPECT_FALSE(at(kGateNow, "", "").known());
  policy_.path = "sideband/others";
  EXPECT_FALSE(at(kGateNow).known()) << "another document was asked";
  answers_ = {};
  EXPECT_FALSE(at(kGateNow, "", "").known()) << "nobody asked";
}

TEST_F(CountingAnswers, OneThatWasNotKnownIsAskedAgainSoon) {
  EXPECT_TRUE(are_fresh(answers_, kGateNow + 30 * kSecond));
  EXPECT_FALSE(are_fresh(answers_, kGateNow + 31 * kSecond));
  EXPECT_FALSE(are_fresh(answers_, kGateNow - kSecond));
  answers_.facts.push_back({policy_, Fact<PolicyVerdict>::unknown("away"), kGateNow});
  EXPECT_TRUE(are_fresh(answers_, kGateNow + kSecond));
  EXPECT_FALSE(are_fresh(answers_, kGateNow + 2 * kSecond));
}

class PolicyGate : public ::testing::Test {
 protected:
  PolicyGate() {
    good_.settings.decide.policy.target = "opa";
    good_.settings.decide.policy.path = "shop/repairs";
    good_.guardrails.policy.target = "opa";
    good_.guardrails.policy.path = "site/repairs";
  }
  Reason ask(const Fact<PolicyVerdict>& own, const Fact<PolicyVerdict>& site) {
    Facts facts = good_.facts(Phase::kDecide);
    facts.policies = {{good_.settings.decide.policy, own, kGateNow},
                      {good_.guardrails.policy, site, kGateNow}};
    return gate_spec(GateId::kPolicy).evaluate(facts);
  }

  GoodFacts good_;
  const Fact<PolicyVerdict> yes_ = PolicyVerdict{.allow = true, .decision_id = "d7"};
  const Fact<PolicyVerdict> no_ =
      PolicyVerdict{.reasons = {"too many", "not now"}, .decision_id = "d8"};
  const Fact<PolicyVerdict> away_ = Fact<PolicyVerdict>::unknown("no answer within 2s");
};

TEST_F(PolicyGate, BothHaveToAllowAndADenialComesBeforeWhatIsNotKnown) {
  EXPECT_EQ(ask(yes_, yes_).passes, Truth::kTrue);
  EXPECT_EQ(ask(yes_, no_).passes, Truth::kFalse);
  EXPECT_EQ(ask(no_, yes_).passes, Truth::kFalse);
  EXPECT_EQ(ask(away_, no_).passes, Truth::kFalse);
  EXPECT_EQ(ask(no_, away_).passes, Truth::kFalse);
  EXPECT_EQ(ask(yes_, away_).passes, Truth::kUnknown);
  EXPECT_EQ(ask(away_, yes_).passes, Truth::kUnknown);
}

TEST_F(PolicyGate, SaysWhoSaidWhat) {
  EXPECT_EQ(saw_text(ask(yes_, yes_)),
            "policy opa shop/repairs allows it (decision d7); policy opa site/repairs allows it "
            "(decision d7)");
  EXPECT_EQ(saw_text(ask(yes_, no_)),
            "policy opa site/repairs denies it: too many; not now (decision d8)");
  EXPECT_EQ(opens_text(ask(yes_, no_)), "policy opa site/repairs allows it when it is asked again");
  EXPECT_EQ(saw_text(ask(away_, yes_)), "policy opa shop/repairs: no answer within 2s");
  EXPECT_EQ(opens_text(ask(away_, yes_)), "an answer of policy opa shop/repairs");
  EXPECT_EQ(saw_text(ask(yes_, PolicyVerdict{.defined = false})),
            "policy opa site/repairs denies it: it is not defined there");
}

// A path that forgot to ask, or asked others, lets nothing pass.
TEST_F(PolicyGate, PoliciesThatWereNotAskedLetNothingPass) {
  Facts facts = good_.facts(Phase::kDecide);
  EXPECT_EQ(gate_spec(GateId::kPolicy).evaluate(facts).passes, Truth::kUnknown);
  facts.policies = {{good_.settings.decide.policy, yes_, kGateNow}};
  EXPECT_EQ(gate_spec(GateId::kPolicy).evaluate(facts).passes, Truth::kUnknown);
  facts.policies.push_back(facts.policies.front());
  EXPECT_EQ(gate_spec(GateId::kPolicy).evaluate(facts).passes, Truth::kUnknown);
  good_.settings.decide.policy = good_.guardrails.policy = {};
  facts.policies.clear();
  EXPECT_EQ(gate_spec(GateId::kPolicy).evaluate(facts).passes, Truth::kTrue);
}

}  // namespace
}  // namespace sideband
