// A playbook of real operations, SQL statements and a command, in a diamond: what was done is taken
// back, the newest first, also when the daemon is killed on the way.
#include <gmock/gmock.h>

#include <filesystem>

#include "e2e/daemon.h"
#include "support/http_service.h"
#include "support/sqlite_client.h"
#include "support/until.h"

namespace sideband::e2e {
namespace {

using ::testing::ElementsAre;

class PlaybookOperations : public testing::Test {
 protected:
  PlaybookOperations() : database_(daemon_.path("shop.db")) {
    daemon_.token("operator");
    database_.run("pragma journal_mode=wal");
    database_.run("create table log (at integer primary key, said text)");
    daemon_.configure(
        target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
        target("worker", "exec", "commands: [/bin/false]") +
        "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: diamond, labels: "
        "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
        "  startableBy: [operator]\n  steps:\n" +
        step("top", "") + step("left", "top") + step("right", "top") +
        "    - {name: join, needs: [left, right], target: worker, onFailure: compensate, run: "
        "{argv: "
        "[/bin/false], failed: [1]}, undo: none}\n" +
        step("below", "join") + sound());
  }
  // The same with nothing that fails.
  static std::string sound() {
    return "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: sound, labels: "
           "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
           "  startableBy: [operator]\n  steps:\n" +
           step("top", "") + step("left", "top") + step("right", "top") +
           step("below", "left, right");
  }
  static std::string step(const std::string& name, const std::string& needs) {
    const auto says = [&](const std::string& what) {
      return "{statement: \"insert into log (said) values (?1)\", parameters: [" + what +
             "], fence: true}";
    };
    return "    - {name: " + name + ", needs: [" + needs + "], target: shop, run: " + says(name) +
           ", undo: " + says("no-" + name) + "}\n";
  }
  std::vector<std::string> said() { return database_.list("select said from log order by at"); }
  std::string state(const std::string& playbook = "diamond") {
    const Json runs = daemon_.repairs("playbook/" + playbook);
    return runs.is_array() && !runs.empty() ? runs.at(0).at("state").get<std::string>() : "";
  }
  void check_proof() {
    const std::string folder = daemon_.path("audit");
    std::filesystem::remove_all(folder);
    EXPECT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
    EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
  }

  Daemon daemon_;
  SqliteClient database_;
};

TEST_F(PlaybookOperations, AFailedFourthTakesTheOthersBackTheNewestFirst) {
  daemon_.start();
  EXPECT_EQ(daemon_.cli({"run", "diamond", "--apply"}, "operator").code, 5);
  EXPECT_EQ(state(), "compensated");
  EXPECT_THAT(said(), ElementsAre("top", "left", "right", "no-right", "no-left", "no-top"));
  check_proof();
}

// What a command says may repeat what it was given.
TEST_F(PlaybookOperations, K10_2_WordsOfACommandStayOutOfLogAndAudit) {
  daemon_.configure(
      target("worker", "exec", "commands: [/bin/sh]") +
      "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: talker, labels: "
      "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
      "  startableBy: [operator]\n  steps:\n"
      "    - {name: talk, target: worker, run: {argv: [/bin/sh, -c, \"echo CARD-4222 is blocked "
      ">&2; "
      "exit 1\"], failed: [1]}, undo: none}\n");
  daemon_.start();
  EXPECT_NE(daemon_.cli({"run", "talker", "--apply"}).code, 0);
  const std::string id = daemon_.repairs("playbook/talker").at(0)["id"];
  EXPECT_THAT(daemon_.cli({"describe", id}).out,
              testing::HasSubstr("exit code 1: CARD-4222 is blocked"));
  EXPECT_THAT(daemon_.log(), testing::Not(testing::HasSubstr("CARD-4222 is")));
  SqliteClient store(daemon_.path("state/sideband.db"));
  EXPECT_EQ(store.list("select count(*) from leaves where instr(record, 'CARD-4222 is')").at(0),
            "0");
  check_proof();
}

// Three acts and the failing command go forward; the kills are on the way back, before the second
// statement, after it, and after its record.
TEST_F(PlaybookOperations, KilledOnTheWayBackItGoesOnWhereItWas) {
  for (const char* point : {"effect_begun:6", "effect_done:6", "outcome:6", "compensating:1"}) {
    SCOPED_TRACE(point);
    database_.run("delete from log");
    daemon_.spawn({{"SIDEBAND_CRASH_AT", point}});
    ASSERT_TRUE(until([&] { return daemon_.ready(); }));
    daemon_.cli({"run", "diamond", "--apply", "--wait", "0s"}, "operator");
    ASSERT_TRUE(until([&] { return !daemon_.process().running(); })) << daemon_.log();
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
    EXPECT_TRUE(until([&] { return state() == "compensated"; })) << state() << daemon_.log();
    EXPECT_THAT(said(), ElementsAre("top", "left", "right", "no-right", "no-left", "no-top"));
    check_proof();
    EXPECT_EQ(daemon_.stop().code, 0);
    std::filesystem::remove_all(daemon_.path("audit"));
  }
}

TEST_F(PlaybookOperations, AWholeRunThatConvergedIsTakenBack) {
  daemon_.start();
  ASSERT_EQ(daemon_.cli({"run", "sound", "--apply"}).code, 0);
  const std::string id = daemon_.repairs("playbook/sound").at(0)["id"];
  const Finished dry = daemon_.cli({"undo", id});
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_THAT(dry.out, testing::MatchesRegex("STEP.*below.*right.*left.*top.*"));
  EXPECT_THAT(dry.err, testing::HasSubstr("DRY-RUN"));
  EXPECT_THAT(said(), ElementsAre("top", "left", "right", "below"));
  const Finished done = daemon_.cli({"undo", id, "--yes"});
  EXPECT_EQ(done.code, 0) << done.out << done.err;
  EXPECT_THAT(said(), ElementsAre("top", "left", "right", "below", "no-below", "no-right",
                                  "no-left", "no-top"));
  const Finished again = daemon_.cli({"undo", id, "--yes"});
  EXPECT_NE(again.code, 0);
  EXPECT_THAT(again.err, testing::HasSubstr("nothing to take back"));
  check_proof();
}

TEST_F(PlaybookOperations, AnUndoThatIsKilledGoesOnWhereItWas) {
  for (const char* point : {"effect_begun:6", "effect_done:6", "outcome:6"}) {
    SCOPED_TRACE(point);
    database_.run("delete from log");
    daemon_.spawn({{"SIDEBAND_CRASH_AT", point}});
    ASSERT_TRUE(until([&] { return daemon_.ready(); }));
    ASSERT_EQ(daemon_.cli({"run", "sound", "--apply"}).code, 0);
    const std::string id = daemon_.repairs("playbook/sound").at(0)["id"];
    daemon_.cli({"undo", id, "--yes", "--wait", "0s"});
    ASSERT_TRUE(until([&] { return !daemon_.process().running(); })) << daemon_.log();
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
    EXPECT_TRUE(until([&] { return state("sound") == "converged"; })) << state("sound");
    EXPECT_THAT(said(), ElementsAre("top", "left", "right", "below", "no-below", "no-right",
                                    "no-left", "no-top"));
    check_proof();
    EXPECT_EQ(daemon_.stop().code, 0);
    std::filesystem::remove_all(daemon_.path("audit"));
  }
}

// A command that the kill cut off, and that nobody can look at: a person says what it did, and then
// the run can be taken back.
TEST_F(PlaybookOperations, K7_5_AStepOfWhichNobodyKnowsIsSettledByAPerson) {
  const std::string script = daemon_.path("copy.sh");
  spill(script,
        "#!/bin/sh\nif [ \"$1\" = back ]; then rm \"$0.done\"; exit; fi\n"
        ": > \"$0.done\"\nsleep 60\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  daemon_.configure(target("worker", "exec", "commands: [" + script + "]") +
                    "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: copy, "
                    "labels: {owner: team-shop, environment: test, criticality: high, repairType: "
                    "index}}\nspec:\n  startableBy: [operator]\n  steps:\n"
                    "    - {name: copy, target: worker, run: {argv: [" +
                    script + "]}, undo: {argv: [" + script + ", back]}}\n");
  daemon_.start();
  const auto asking = daemon_.cli_beside("run", {"run", "copy", "--apply"});
  ASSERT_TRUE(until([&] { return std::filesystem::exists(script + ".done"); })) << daemon_.log();
  daemon_.kill_now();
  daemon_.start();
  ASSERT_TRUE(until([&] { return state("copy") == "needs_human"; })) << daemon_.log();
  const std::string run = daemon_.repairs("playbook/copy").at(0).at("id");
  EXPECT_EQ(daemon_.cli({"settle", run, "--step", "copy", "--as", "done"}).code, 2) << "no reason";
  const Finished settled = daemon_.cli(
      {"settle", run, "--step", "copy", "--as", "done", "--reason", "the file is there"});
  EXPECT_EQ(settled.code, 0) << settled.err;
  EXPECT_THAT(daemon_.cli({"describe", run}).out, testing::HasSubstr("the file is there"));
  const Finished undone = daemon_.cli({"undo", run, "--yes", "--wait", "20s"});
  EXPECT_EQ(undone.code, 0) << undone.out << undone.err;
  EXPECT_FALSE(std::filesystem::exists(script + ".done"));
  check_proof();
}

// Once it is asked too soon, it says how long to wait.
TEST_F(PlaybookOperations, K7_3_ABusyServiceIsAskedAgainWhenItSaid) {
  std::vector<MonoTime> asked;
  HttpService service([&](const SeenRequest&, const HttpClientSide& client) {
    asked.push_back(SystemClock().mono());
    if (asked.size() == 1) {
      client.answer(429, "slow down", "Retry-After: 2\r\n");
    } else {
      client.answer(200, "done");
    }
  });
  daemon_.configure(
      target("bus", "http", "url: \"" + service.url() + "\", allow: [127.0.0.1]") +
      "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: drain, "
      "labels: {owner: team-shop, environment: test, criticality: high, repairType: "
      "queue}}\nspec:\n  startableBy: [operator]\n  steps:\n"
      "    - {name: drain, target: bus, run: {path: /drain}, undo: none}\n");
  daemon_.start();
  const Finished run = daemon_.cli({"run", "drain", "--apply", "--wait", "30s"}, "operator");
  EXPECT_EQ(run.code, 0) << run.out << run.err << daemon_.log();
  ASSERT_EQ(asked.size(), 2U);
  EXPECT_GE(asked[1] - asked[0], std::chrono::milliseconds(1900));
}

}  // namespace
}  // namespace sideband::e2e
