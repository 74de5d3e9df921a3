// `explain` of one thing: of repairs in each state that people meet, of decisions, held plans,
// drifts and runs; and of what there is not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kNobody = "01890a5d-ac96-774b-bcce-b302099a8057";

// Four files of which two differ.
class Explain : public testing::Test {
 protected:
  Explain() {
    for (int i = 0; i < 4; ++i) {
      const std::string name = std::to_string(i) + ".conf";
      spill(daemon_.path("desired/" + name), "on\n");
      spill(daemon_.path("nodes/" + name), i < 2 ? "on\n" : "off\n");
    }
  }
  void start(const std::string& spec) {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet",
                                 "  interval: 300ms\n"
                                 "  desired: {target: source, files: \"*.conf\"}\n"
                                 "  actual: {target: nodes, files: \"*.conf\"}\n" +
                                     spec));
    daemon_.start();
  }
  std::string repair() {
    EXPECT_TRUE(until([&] { return !daemon_.repairs("fleet").empty(); })) << daemon_.log();
    return daemon_.repairs("fleet").at(0).at("id");
  }
  bool is_in(const std::string& id, const std::string& state) {
    return until([&] { return daemon_.get("/api/v1/repairs/" + id).value("state", "") == state; });
  }
  Json decision() {
    Json all;
    EXPECT_TRUE(until([&] {
      all = daemon_.get("/api/v1/decisions?reconciler=fleet");
      return !all.is_null() && !all.at("items").empty();
    }));
    return all.at("items").at(0);
  }
  std::string said(const Words& words, int code = 0) const {
    Words all = {"explain"};
    all.insert(all.end(), words.begin(), words.end());
    const Finished run = daemon_.cli(all);
    EXPECT_EQ(run.code, code) << run.out << run.err;
    return run.out + run.err;
  }
  // The commands that it names can be pasted as they stand.
  std::string run_as(const std::string& identity, const std::string& id, const std::string& verb) {
    const Finished asked = daemon_.cli({"-o", "json", "explain", id});
    const Json story = Json::parse(asked.out);
    for (const Json& command : story.at("next").at("commands")) {
      const std::string line = command.at("run");
      if (!line.starts_with("sideband " + verb + " ")) continue;
      const Finished run = daemon_.cli({verb, line.substr(10 + verb.size(), 36)}, identity);
      return run.out + run.err;
    }
    ADD_FAILURE() << verb << " is not named: " << asked.out;
    return "";
  }

  Daemon daemon_;
};

TEST_F(Explain, ARepairThatWaitsForApprovalUntilItsEnd) {
  start("  mode: approve\n");
  const std::string id = repair();
  const std::string waits = said({id});
  EXPECT_THAT(waits,
              AllOf(HasSubstr("Repair " + id + " of fleet"), HasSubstr("awaiting_approval"),
                    HasSubstr("1 approval(s) are needed"), HasSubstr("sideband approve " + id),
                    HasSubstr("sideband reject " + id), HasSubstr("found: Plan: 2 to update of 4"),
                    HasSubstr("judged: await_approval"), HasSubstr("approval: "),
                    HasSubstr("asked for by sideband"), Not(HasSubstr("began"))));
  daemon_.token("kim");
  run_as("kim", id, "approve");
  ASSERT_TRUE(is_in(id, "converged"));
  EXPECT_THAT(said({id}), AllOf(HasSubstr("approved by kim"), HasSubstr("began: "),
                                HasSubstr("2 changed, 0 already there"),
                                HasSubstr("ended: converged"), HasSubstr("sideband undo " + id)));
  const Json story = Json::parse(daemon_.cli({"-o", "json", "explain", id}).out);
  EXPECT_EQ(story.at("repair").at("state"), "converged");
  EXPECT_EQ(story.at("plan").at("changes"), 2);
  EXPECT_EQ(story.at("decisions").at(0).at("verdict"), "await_approval");
  EXPECT_THAT(daemon_.cli({"-o", "yaml", "explain", id}).out, HasSubstr("verdict: await_approval"));
  EXPECT_EQ(daemon_.cli({"-o", "name", "explain", id}).out, id + "\n");
}

TEST_F(Explain, ADecisionThatHeldItsPlanAndThenTheDriftInIt) {
  start("  mode: auto\n  decide: {when: plan.changes < 2}\n");
  const Json held = decision();
  const std::string plan = held.at("plan");
  for (const std::string& id : {held.at("id").get<std::string>(), plan}) {
    EXPECT_THAT(said({id}),
                AllOf(HasSubstr("Plan " + plan + " of fleet, which no repair carries out"),
                      HasSubstr("judged: hold"), HasSubstr("STOP"),
                      HasSubstr("plan.changes = 2, rule wants plan.changes < 2"),
                      HasSubstr("sideband explain fleet")));
  }
  EXPECT_EQ(
      Json::parse(daemon_.cli({"-o", "json", "explain", plan}).out).at("decisions").at(0).at("id"),
      held.at("id"));
  EXPECT_THAT(said({"fleet/2.conf"}), AllOf(HasSubstr("2.conf"), HasSubstr("rule wants")));
  EXPECT_THAT(said({"fleet/0.conf"}, 2),
              AllOf(HasSubstr("knows no drift of \"0.conf\""), HasSubstr("sideband get drifts")));
  EXPECT_THAT(said({"flet/0.conf"}, 2), HasSubstr("fleet"));
}

TEST_F(Explain, ADecisionLeadsToTheRepairThatItMade) {
  start("  mode: auto\n");
  const std::string id = repair();
  ASSERT_TRUE(is_in(id, "converged"));
  EXPECT_THAT(said({decision().at("id").get<std::string>()}),
              AllOf(HasSubstr("Repair " + id), HasSubstr("judged: act"), HasSubstr("ok")));
}

TEST_F(Explain, ADriftThatHasToLast) {
  start("  mode: auto\n  detect: {for: 1h}\n");
  ASSERT_TRUE(
      until([&] { return !daemon_.get("/api/v1/reconcilers/fleet/drifts").at("items").empty(); }));
  EXPECT_THAT(said({"fleet/3.conf"}), AllOf(HasSubstr("suspect"), HasSubstr("detect.for"),
                                            HasSubstr("sideband scan-now fleet")));
  EXPECT_EQ(Json::parse(daemon_.cli({"-o", "json", "explain", "fleet/3.conf"}).out)
                .at("drift")
                .at("state"),
            "suspect");
}

TEST_F(Explain, ARejectedRepairIsExplainedThroughAKill) {
  start("  mode: approve\n");
  const std::string id = repair();
  daemon_.token("kim");
  const Finished rejected = daemon_.cli({"reject", id, "--comment", "wanted so"}, "kim");
  ASSERT_EQ(rejected.code, 0) << rejected.out << rejected.err;
  ASSERT_TRUE(is_in(id, "cancelled"));
  daemon_.kill_now();
  daemon_.start();
  EXPECT_THAT(said({id}), AllOf(HasSubstr("rejected by kim: wanted so"), HasSubstr("cancelled"),
                                HasSubstr("sideband explain fleet")));
}

TEST_F(Explain, WhatIsNotThereIsAnErrorThatSaysWhatToDo) {
  start("  mode: observe\n");
  EXPECT_THAT(said({kNobody}, 2), AllOf(HasSubstr("no repair, run, decision or plan has the id"),
                                        HasSubstr("sideband get repairs"), HasSubstr("retention")));
  EXPECT_THAT(said({"flet"}, 2), HasSubstr("did you mean"));
  EXPECT_EQ(daemon_.call("GET", "/api/v1/decisions/nothing").status, 400);
  EXPECT_EQ(daemon_.call("GET", std::string("/api/v1/decisions/") + kNobody).status, 404);
  EXPECT_EQ(daemon_.call("GET", std::string("/api/v1/decisions?plan=") + kNobody).status, 400);
}

}  // namespace
}  // namespace sideband::e2e
