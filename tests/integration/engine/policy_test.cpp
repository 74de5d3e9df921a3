// The gate `policy` in the engine: who is asked, about what, how often, and what their answers do.
#include <gmock/gmock.h>

#include <future>

#include "engine_fixture.h"
#include "model/document.h"
#include "policy/gates/gate.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// One question as the server got it.
struct Question {
  std::string path;
  Document input;

  [[nodiscard]] std::string text(const std::string& name) const {
    return input.members.at(name).text;
  }
  [[nodiscard]] const Document& plan(const std::string& name) const {
    return input.members.at("plan").members.at(name);
  }
};

// What the policies say, by path; any thread.
class Policies {
 public:
  void say(Result<PolicyVerdict> verdict, const std::string& path = "shop/repairs") {
    const MutexLock lock(mutex_);
    verdicts_.insert_or_assign(path, std::move(verdict));
  }
  // Runs while a question is under way.
  void meanwhile(std::function<void()> work) {
    const MutexLock lock(mutex_);
    meanwhile_ = std::move(work);
  }
  Result<PolicyVerdict> ask(const std::string& path, const std::string& input) {
    std::function<void()> work;
    {
      const MutexLock lock(mutex_);
      asked_.push_back({path, parse_json(input).value()});
      work = meanwhile_;
    }
    if (work) work();
    const MutexLock lock(mutex_);
    return verdicts_.at(path);
  }
  [[nodiscard]] std::vector<Question> asked() const {
    const MutexLock lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::size_t count() const { return asked().size(); }

 private:
  mutable Mutex mutex_;
  std::map<std::string, Result<PolicyVerdict>> verdicts_ SB_GUARDED_BY(mutex_);
  std::vector<Question> asked_ SB_GUARDED_BY(mutex_);
  std::function<void()> meanwhile_ SB_GUARDED_BY(mutex_);
};

class AskedServer final : public PolicyServer {
 public:
  explicit AskedServer(Policies& policies) : policies_(policies) {}
  Result<PolicyVerdict> ask(const std::string& path, const std::string& input,
                            Duration /*timeout*/) override {
    return policies_.ask(path, input);
  }
  Result<void> check_health(Duration /*timeout*/) override { return {}; }

 private:
  Policies& policies_;
};

PolicyVerdict allow(const std::string& decision = "") {
  return {.allow = true, .decision_id = decision};
}

PolicyVerdict deny(const std::string& reason) {
  return {.reasons = {reason}, .decision_id = "d-no"};
}

class PolicyTest : public EngineTest {
 protected:
  PolicyTest() {
    TargetSettings& target = settings_.targets["opa"];
    target.name = "opa";
    target.driver = "memory";
    open_policies_ = [this](const TargetSettings&) -> Result<std::unique_ptr<PolicyServer>> {
      return std::unique_ptr<PolicyServer>(std::make_unique<AskedServer>(policies_));
    };
    spec_.decide.policy.target = "opa";
    spec_.decide.policy.path = "shop/repairs";
    policies_.say(allow());
    fill(6);
  }
  // Its workers ask the policies, which go first.
  ~PolicyTest() override { engine_.reset(); }

  void site_policy(const std::string& path) {
    settings_.guardrails = GuardrailSettings();
    settings_.guardrails->name = "site";
    settings_.guardrails->policy.target = "opa";
    settings_.guardrails->policy.path = path;
  }
  void drift(int count = 1) {
    for (int i = 0; i < count; ++i) actual_.set("k0" + std::to_string(i), "drifted");
  }
  Reason said_of(const CycleReply& reply) {
    EXPECT_TRUE(reply.result.ok()) << reply.result.error().message;
    for (const Reason& reason : reply.sealed.decision.reasons) {
      if (reason.gate == GateId::kPolicy) return reason;
    }
    return {};
  }
  std::string note_of(const Uuid& repair) {
    std::string note;
    EXPECT_TRUE(store_
                    ->read([&](StoreReader& store) -> Result<void> {
                      SB_ASSIGN(const auto found, store.repair(repair));
                      if (found) note = found->note;
                      return {};
                    })
                    .ok());
    return note;
  }
  // A repair that waits for approval, decided while the policy allowed it.
  Uuid awaiting() {
    spec_.mode = Mode::kApprove;
    start();
    drift(2);
    const CycleReply reply = observe();
    EXPECT_EQ(reply.sealed.repair.state, RepairState::kAwaitingApproval)
        << refusals_text(reply.sealed.decision.reasons);
    hash_ = reply.sealed.plan.hash;
    return reply.sealed.repair.id;
  }
  void approve(const Uuid& repair) {
    const auto done = engine_->commands().approvals.approve(repair, person("kim"), hash_, "");
    ASSERT_TRUE(done.ok()) << done.error().message;
  }

  Policies policies_;
  std::string hash_;
};

TEST_F(PolicyTest, OneThatAllowsIsAskedOnceForDecisionAndBeginning) {
  policies_.say(allow("d-1"));
  start();
  drift(2);
  const CycleReply reply = observe();
  const Reason reason = said_of(reply);
  EXPECT_EQ(saw_text(reason), "policy opa shop/repairs allows it (decision d-1)");
  const Repair repair = resting(reply.sealed.repair.id);
  EXPECT_EQ(repair.state, RepairState::kConverged);
  EXPECT_EQ(repair.changed, 2);
  EXPECT_EQ(actual_.content(), desired_.content());
  const auto asked = policies_.asked();
  ASSERT_EQ(asked.size(), 1U);
  EXPECT_EQ(asked[0].path, "shop/repairs");
  EXPECT_EQ(asked[0].text("phase"), "decide");
  EXPECT_EQ(asked[0].text("requester"), "sideband");
  EXPECT_EQ(asked[0].plan("changes").text, "2");
  EXPECT_EQ(asked[0].plan("hash").text, reply.sealed.plan.hash);
  EXPECT_FALSE(reply.sealed.plan.hash.empty());
  EXPECT_EQ(asked[0].plan("percent").text.substr(0, 4), "33.3");
  EXPECT_EQ(asked[0].input.members.at("source").members.at("condition").text, "good")
      << "as this scan found it";
  EXPECT_THAT(metrics_.text(), HasSubstr("sideband_policy_answers_total{answer=\"allow\","));
}

TEST_F(PolicyTest, NothingIsAskedWhereNothingDiffers) {
  start();
  EXPECT_TRUE(observe().result.ok());
  EXPECT_TRUE(observe({"k01"}).result.ok());
  EXPECT_EQ(policies_.count(), 0U);
}

// What is held back is no part of what is asked about.
TEST_F(PolicyTest, IsAskedAboutThePlanAsItIsSealed) {
  spec_.detect.hold = std::chrono::hours(1);
  start();
  drift(3);
  EXPECT_FALSE(observe().sealed.planned);
  EXPECT_EQ(policies_.count(), 0U) << "all of it is only suspect";
}

TEST_F(PolicyTest, OneThatDeniesHoldsOnEveryWayInWithItsReasons) {
  policies_.say(deny("not on Fridays"));
  start();
  drift(2);
  const CycleReply whole = observe();
  EXPECT_EQ(whole.sealed.decision.verdict, Verdict::kHold);
  const std::string saw = "policy opa shop/repairs denies it: not on Fridays (decision d-no)";
  EXPECT_EQ(saw_text(said_of(whole)), saw);
  const auto applied = engine_->commands().plans.apply(whole.sealed.plan.id, person("kim"), {});
  ASSERT_FALSE(applied.ok());
  EXPECT_THAT(applied.error().message, HasSubstr(saw));
  EXPECT_EQ(policies_.asked().back().text("phase"), "apply");
  EXPECT_EQ(policies_.asked().back().text("requester"), "kim");
  EXPECT_EQ(saw_text(said_of(observe({"k00"}))), saw);
  EXPECT_EQ(saw_text(said_of(observe({"k00"}, person("kim")))), saw);
  EXPECT_EQ(actual_.writes(), 0);
  policies_.say(allow());
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(PolicyTest, APersonWhoAppliesIsAskedAbout) {
  policies_.say(deny("ask somebody"));
  start();
  drift(2);
  const Uuid plan = observe().sealed.plan.id;
  policies_.say(allow());
  const auto applied = engine_->commands().plans.apply(plan, person("kim"), {});
  ASSERT_TRUE(applied.ok()) << applied.error().message;
  EXPECT_EQ(resting(plan).state, RepairState::kConverged);
  EXPECT_EQ(policies_.count(), 2U) << "once by the loop, once for kim";
}

TEST_F(PolicyTest, OneThatDoesNotAnswerHoldsAndIsAskedAgain) {
  policies_.say(Error::unavailable("opa: connection refused"));
  start();
  drift();
  const CycleReply reply = observe();
  EXPECT_EQ(reply.sealed.decision.verdict, Verdict::kHold);
  EXPECT_EQ(said_of(reply).passes, Truth::kUnknown);
  EXPECT_EQ(saw_text(said_of(reply)), "policy opa shop/repairs: opa: connection refused");
  EXPECT_FALSE(engine_->commands().plans.apply(reply.sealed.plan.id, person("kim"), {}).ok());
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_THAT(metrics_.text(), HasSubstr("answer=\"unknown\""));
  policies_.say(allow());
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(PolicyTest, BothHaveToAllowAndOneDocumentIsAskedOnce) {
  site_policy("site/repairs");
  policies_.say(deny("frozen"), "site/repairs");
  start();
  drift();
  EXPECT_EQ(saw_text(said_of(observe())),
            "policy opa site/repairs denies it: frozen (decision d-no)");
  EXPECT_EQ(policies_.count(), 2U);
  engine_.reset();
  store_.reset();
  site_policy("shop/repairs");
  start();
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_EQ(policies_.count(), 3U);
}

TEST_F(PolicyTest, AQueuedRepairIsAskedAboutAgainOnceTheAnswerIsOld) {
  spec_.decide.policy.max_age = std::chrono::seconds(1);
  const Uuid id = awaiting();
  EXPECT_EQ(policies_.count(), 1U);
  policies_.say(deny("too late"));
  ASSERT_TRUE(
      until([&, then = clock_.wall()] { return clock_.wall() - then > std::chrono::seconds(1); }));
  approve(id);
  ASSERT_TRUE(until([&] { return note_of(id).find("too late") != std::string::npos; }))
      << note_of(id);
  EXPECT_EQ(policies_.asked().back().text("phase"), "claim");
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_THAT(audit_kinds(), Contains("policy_denies"));
  EXPECT_THAT(audit_kinds(), Not(Contains("policy_allows")));
  policies_.say(allow());
  EXPECT_EQ(resting(id).state, RepairState::kConverged) << "the approval still holds";
  EXPECT_THAT(audit_kinds(), Contains("policy_allows"));
}

TEST_F(PolicyTest, AQueuedRepairWaitsWhileNobodyAnswers) {
  const Uuid id = awaiting();
  policies_.say(Error{ErrorCode::kTimeout, "no answer within 2s", Retry::kAfter, Effect::kNone});
  restart();
  approve(id);
  ASSERT_TRUE(until([&] { return note_of(id).find("no answer within 2s") != std::string::npos; }))
      << note_of(id);
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_THAT(audit_kinds(), Not(Contains("policy_denies")));
  policies_.say(allow());
  EXPECT_EQ(resting(id).state, RepairState::kConverged);
}

// A repair that a pause holds as well is asked about once that is over.
TEST_F(PolicyTest, NothingIsAskedAboutARepairThatCouldNotBeginAnyway) {
  const Uuid id = awaiting();
  restart();
  ASSERT_TRUE(engine_->commands()
                  .switches.pause(PauseScope::of_key("fleet"), person("kim"), "release")
                  .ok());
  const std::size_t before = policies_.count();
  approve(id);
  ASSERT_TRUE(until([&] { return note_of(id).find("pause: ") != std::string::npos; }));
  EXPECT_EQ(policies_.count(), before);
  ASSERT_TRUE(
      engine_->commands().switches.resume(PauseScope::of_key("fleet"), person("kim"), "").ok());
  EXPECT_EQ(resting(id).state, RepairState::kConverged);
  EXPECT_EQ(policies_.count(), before + 1);
}

TEST_F(PolicyTest, AnUndoIsAskedAboutToo) {
  start();
  drift();
  const Repair repair = observe_and_rest();
  policies_.say(deny("leave it"));
  const auto undo = [&] {
    std::promise<Result<SealReply>> promise;
    engine_->undo({repair.id, person("kim"), {}}, "fleet",
                  [&](Result<SealReply> reply) { promise.set_value(std::move(reply)); });
    return promise.get_future().get();
  };
  const auto refused = undo();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("denies it: leave it"));
  EXPECT_TRUE(policies_.asked().back().plan("undo").truth);
  policies_.say(allow());
  const auto begun = undo();
  ASSERT_TRUE(begun.ok()) << begun.error().message;
  EXPECT_EQ(resting(begun->repair.id).state, RepairState::kConverged);
  EXPECT_EQ(actual_.content().at("k00"), "drifted");
}

// Nobody waits for a slow policy but who asked: no transaction and no lock is held.
TEST_F(PolicyTest, WhileItThinksTheStoreAndOthersWork) {
  ReconcilerSettings other = spec_;
  other.name = "other";
  other.decide.policy = {};
  settings_.reconcilers["other"] = other;
  start();
  drift();
  int wrote = 0;
  policies_.meanwhile([&] {
    EXPECT_TRUE(store_
                    ->run(Lane::kControl,
                          [&](StoreTx& store) -> Result<void> {
                            ++wrote;
                            return store.lock_switches(SwitchLock::kExclusive);
                          })
                    .ok());
    EXPECT_TRUE(observe({"k05"}, Principal::loop(), "other").result.ok());
  });
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
  EXPECT_EQ(wrote, 1);
}

// The configuration is another one while it thinks: nothing is concluded by the old.
TEST_F(PolicyTest, AReloadMeanwhileConcludesNothing) {
  start();
  drift();
  policies_.meanwhile([this] {
    settings_.version = "s2";
    spec_.version = "v2";
    engine_->reload(std::make_shared<Settings>(settings_));
    policies_.meanwhile({});
  });
  EXPECT_EQ(observe().result.error().code, ErrorCode::kConflict);
  EXPECT_EQ(actual_.writes(), 0);
  ASSERT_TRUE(until([&] { return engine_->runtime("fleet") != nullptr; }));
  EXPECT_EQ(observe_and_rest().state, RepairState::kConverged);
}

TEST_F(PolicyTest, AnotherAddressOfTheServerIsOpenedAnew) {
  spec_.decide.policy = {};
  site_policy("site/repairs");
  start();
  const ReconcilerRuntimePtr before = engine_->runtime("fleet");
  ASSERT_NE(before, nullptr);
  settings_.targets["opa"].connect["url"] = "http://elsewhere";
  engine_->reload(std::make_shared<Settings>(settings_));
  EXPECT_TRUE(until([&] {
    const ReconcilerRuntimePtr now = engine_->runtime("fleet");
    return now != nullptr && now != before;
  }));
}

TEST_F(PolicyTest, WithoutAServerNothingIsOpened) {
  open_policies_ = nullptr;
  start();
  EXPECT_EQ(engine_->runtime("fleet"), nullptr);
  EXPECT_THAT(engine_->status_of("fleet").problem, HasSubstr("no policy is asked here"));
}

// Killed when a policy had answered and nobody knew it yet.
TEST_F(PolicyTest, AKillBetweenAnswerAndRecordIsAskedAgain) {
  const Uuid id = awaiting();
  engine_.reset();
  store_.reset();
  EXPECT_TRUE(dies_at("policy", 1, [&] {
    approve(id);
    resting(id);
  }));
  policies_.say(deny("not any more"));
  start();
  ASSERT_TRUE(until([&] { return note_of(id).find("not any more") != std::string::npos; }))
      << note_of(id);
  EXPECT_EQ(actual_.writes(), 0);
  EXPECT_THAT(audit_kinds(), Not(Contains("policy_allows")));
}

}  // namespace
}  // namespace sideband
