// Rules and calendars as people write and see them: checked where they are wrong, explained where
// they hold.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

// Four files of which three differ.
class Decision : public testing::Test {
 protected:
  Decision() {
    for (int i = 0; i < 4; ++i) {
      const std::string name = std::to_string(i) + ".conf";
      spill(daemon_.path("desired/" + name), "on\n");
      spill(daemon_.path("nodes/" + name), i == 0 ? "on\n" : "off\n");
    }
  }
  void configure(const std::string& spec, const std::string& more = "") const {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet",
                                 "  interval: 300ms\n"
                                 "  mode: auto\n"
                                 "  desired: {target: source, files: \"*.conf\"}\n"
                                 "  actual: {target: nodes, files: \"*.conf\"}\n" +
                                     spec) +
                      more);
  }
  std::string said(const Words& words, int code = 0) const {
    const Finished run = daemon_.cli(words);
    EXPECT_EQ(run.code, code) << run.out << run.err;
    return run.out + run.err;
  }
  [[nodiscard]] bool explains(const std::string& text) const {
    return until([&] {
      return daemon_.cli({"explain", "fleet"}).out.find(text) != std::string::npos;
    });
  }
  [[nodiscard]] bool repaired() const {
    return until([&] { return slurp(daemon_.path("nodes/1.conf")) == "on\n"; });
  }

  Daemon daemon_;
};

TEST_F(Decision, ExplainSaysWhatTheRuleWants) {
  configure("  decide: {when: plan.changes < 3}\n");
  daemon_.start();
  ASSERT_TRUE(explains("plan.changes = 3, rule wants plan.changes < 3"))
      << said({"explain", "fleet"});
  EXPECT_EQ(slurp(daemon_.path("nodes/1.conf")), "off\n");
  EXPECT_THAT(daemon_.call("GET", "/metrics", "", "").body, HasSubstr("gate=\"rule\",owner="));
  daemon_.kill_now();
  daemon_.start();
  ASSERT_TRUE(explains("plan.changes = 3, rule wants plan.changes < 3"));
  EXPECT_EQ(slurp(daemon_.path("nodes/1.conf")), "off\n");
  spill(daemon_.path("nodes/3.conf"), "on\n");
  EXPECT_TRUE(repaired()) << daemon_.log();
}

TEST_F(Decision, PlanAsksTheSameRules) {
  configure("  decide: {when: plan.changes < 3}\n");
  EXPECT_THAT(said({"plan", "fleet"}), HasSubstr("plan.changes = 3, rule wants plan.changes < 3"));
}

TEST_F(Decision, ACalendarIsExplainedWithItsOpening) {
  configure("  gates: {calendar: {deny: freeze}}\n",
            "---\napiVersion: resolved.sideband/v1\nkind: Calendar\nmetadata: {name: freeze}\n"
            "spec:\n  timeZone: Europe/Berlin\n  windows:\n"
            "    - {from: 2020-01-01T00:00:00Z, to: 2999-01-01T00:00:00Z}\n");
  daemon_.start();
  ASSERT_TRUE(explains("calendar freeze denies this time")) << said({"explain", "fleet"});
  EXPECT_THAT(said({"explain", "fleet"}), HasSubstr("sideband apply --release calendar"));
  configure("  gates: {calendar: {deny: freeze}}\n",
            "---\napiVersion: resolved.sideband/v1\nkind: Calendar\nmetadata: {name: freeze}\n"
            "spec:\n  timeZone: Europe/Berlin\n  windows:\n"
            "    - {from: 2020-01-01T00:00:00Z, to: 2021-01-01T00:00:00Z}\n");
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(repaired()) << "an edit of a Calendar is noticed; " << daemon_.log();
}

TEST_F(Decision, MistakesAreShownWhereTheyAre) {
  configure("  decide:\n    when: |\n      plan.changes < 3 &&\n      plan.delets == 0\n");
  const std::string block = said({"check"}, 2);
  EXPECT_THAT(block, HasSubstr("there is no member \"delets\"; did you mean \"deletes\"?"));
  EXPECT_THAT(block, HasSubstr("      plan.delets == 0\n"));
  configure("  decide: {when: plan.changes < 3, risk: \"'high'\"}\n");
  EXPECT_THAT(said({"check"}, 2), HasSubstr("spec.decide.risk: has no effect without"));
}

TEST_F(Decision, FieldsAreExplained) {
  EXPECT_THAT(said({"explain", "field", "reconciler.spec.decide.when"}),
              HasSubstr("docs/rules.md"));
  EXPECT_THAT(said({"explain", "field", "calendar.spec.windows"}), HasSubstr("from"));
  EXPECT_THAT(said({"explain", "field", "guardrails.spec.calendar.deny"}), HasSubstr("deny"));
}

TEST_F(Decision, PausesByOwnerAndTarget) {
  configure("");
  spill(daemon_.path("nodes/1.conf"), "on\n");
  daemon_.start();
  const std::string owner = "team-shop";
  EXPECT_THAT(said({"pause", "--owner", owner, "--reason", "handover"}),
              HasSubstr("paused owner " + owner));
  EXPECT_THAT(said({"pause", "--target", "nodes", "--reason", "restore"}),
              HasSubstr("sideband resume --target nodes"));
  spill(daemon_.path("nodes/1.conf"), "off\n");
  ASSERT_TRUE(explains("STOP pause"));
  EXPECT_THAT(said({"describe", "fleet"}), HasSubstr("owner " + owner + ", by operator: handover"));
  daemon_.kill_now();
  daemon_.start();
  said({"resume", "--owner", owner});
  ASSERT_TRUE(explains("target nodes, by operator: restore")) << said({"explain", "fleet"});
  EXPECT_EQ(slurp(daemon_.path("nodes/1.conf")), "off\n");
  EXPECT_EQ(daemon_.cli({"pause", "--owner", "team-of-nobody", "--reason", "x"}).code, 2);
  EXPECT_EQ(daemon_.cli({"pause", "--target", "ndoes", "--reason", "x"}).code, 2);
  EXPECT_EQ(daemon_.cli({"resume", "--target", ""}).code, 2);
  for (const char* body :
       {R"({"owner":"","reason":"x"})", R"({"target":"","reason":"x"})",
        R"({"owner":"a","target":"b","reason":"x"})", R"({"owner":1,"reason":"x"})"}) {
    EXPECT_EQ(daemon_.call("POST", "/api/v1/resume", body).status, 400) << body;
  }
  said({"resume", "--target", "nodes"});
  EXPECT_TRUE(repaired()) << daemon_.log();
}

}  // namespace
}  // namespace sideband::e2e
