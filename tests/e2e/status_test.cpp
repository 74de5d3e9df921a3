// What people see of a reconciler is what is true now: status, explain, describe, lists, readiness
// and log, each state provoked for real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;
using testing::Not;

// Ten files that are to be equal in two folders.
class Status : public testing::Test {
 protected:
  Status() {
    for (int i = 0; i < 10; ++i) put("desired", i, "on\n");
    for (int i = 0; i < 10; ++i) put("nodes", i, "on\n");
  }
  static std::string fleet(const std::string& spec) {
    return reconciler("fleet", "  interval: 300ms\n" + spec +
                                   "  desired: {target: source, files: \"*.conf\"}\n"
                                   "  actual: {target: nodes, files: \"*.conf\"}\n");
  }
  void start(const std::string& spec, const std::string& more = "") {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) + fleet(spec) +
                      more);
    daemon_.start();
  }
  void put(const std::string& side, int i, const std::string& text) {
    spill(daemon_.path(side + "/" + std::to_string(i) + ".conf"), text);
  }
  void break_files(int count) {
    for (int i = 0; i < count; ++i) put("nodes", i, "off\n");
  }
  // As `get reconcilers -o json` says it.
  Json shown(const std::string& name = "fleet") {
    const Finished got = daemon_.cli({"get", "reconcilers", "-o", "json"});
    if (got.code != 0) return Json::object();
    const Json all = Json::parse(got.out);
    for (const Json& one : all.at("items")) {
      if (one.at("name") == name) return one;
    }
    return Json::object();
  }
  void expect_status(const std::string& status, const std::string& name = "fleet") {
    EXPECT_TRUE(until([&] { return shown(name).value("status", "") == status; }))
        << status << " but:\n"
        << shown(name).dump(1) << daemon_.log();
  }
  std::string said(const Words& words, int code = 0, const std::string& identity = "operator") {
    const Finished run = daemon_.cli(words, identity);
    EXPECT_EQ(run.code, code) << run.out << run.err;
    return run.out + run.err;
  }
  HttpAnswer readiness() { return daemon_.call("GET", "/readyz", "", ""); }
  std::string newest() { return daemon_.repairs("fleet").at(0)["id"]; }

  Daemon daemon_;
};

constexpr const char* kCap = "  mode: auto\n  gates: {maxChanges: {percent: 20%, window: 1h}}\n";

TEST_F(Status, K2_1_ASourceThatIsGoneIsFailing) {
  start("  mode: auto\n");
  expect_status("in_sync");
  EXPECT_EQ(shown().value("ready", false), true);
  EXPECT_EQ(readiness().status, 200);
  std::filesystem::rename(daemon_.path("desired"), daemon_.path("gone"));
  expect_status("failing");
  EXPECT_EQ(shown().value("ready", true), false);
  const HttpAnswer unready = readiness();
  EXPECT_EQ(unready.status, 503);
  EXPECT_THAT(unready.body, HasSubstr("fleet is failing: "));
  const std::string explained = said({"explain", "fleet"});
  EXPECT_THAT(explained, HasSubstr("Nothing can be compared now: "));
  EXPECT_THAT(explained, HasSubstr(daemon_.path("desired")));
  std::filesystem::rename(daemon_.path("gone"), daemon_.path("desired"));
  expect_status("in_sync");
  EXPECT_EQ(readiness().status, 200);
}

TEST_F(Status, K2_1_OneOfTwoThatFailsIsSaidAndNoReasonToBeUnready) {
  RedisServer redis;
  SqliteClient(daemon_.path("catalogue.db")).run("create table items(id integer primary key)");
  SqliteClient(daemon_.path("catalogue.db")).run("insert into items values(1)");
  start("  mode: auto\n",
        target("catalogue", "sqlite", "path: " + daemon_.path("catalogue.db")) +
            target("cache", "redis", "socket: " + redis.socket()) +
            reconciler("keys",
                       "  mode: observe\n  interval: 300ms\n"
                       "  desired: {target: catalogue, query: \"select id from items\", key: id}\n"
                       "  actual: {target: cache, key: \"item:{id}\", value: \"{id}\"}\n"));
  expect_status("held", "keys");
  redis.stop();
  expect_status("failing", "keys");
  EXPECT_EQ(readiness().status, 200);
  EXPECT_THAT(readiness().body, HasSubstr("keys is failing: "));
  expect_status("in_sync");
}

TEST_F(Status, K2_2_ExplainSaysThatNothingCouldBeCompared) {
  std::filesystem::remove_all(daemon_.path("nodes"));
  start("  mode: auto\n");
  expect_status("failing");
  const std::string explained = said({"explain", "fleet"});
  EXPECT_THAT(explained, HasSubstr("nothing could be compared"));
  EXPECT_THAT(explained, HasSubstr(daemon_.path("nodes")));
  EXPECT_THAT(explained, Not(HasSubstr("nothing differed")));
  EXPECT_THAT(said({"explain", "flete"}, 2), HasSubstr("did you mean"));
}

TEST_F(Status, K2_3_WhatHasToLastWaits) {
  start("  mode: auto\n  detect: {for: 1h}\n");
  expect_status("in_sync");
  break_files(1);
  expect_status("waiting");
  EXPECT_FALSE(shown().value("until", "").empty());
  EXPECT_THAT(said({"apply", "fleet"}), HasSubstr("fleet is waiting: 1 differ"));
  EXPECT_THAT(said({"explain", "fleet"}), HasSubstr("1 have to last (detect.for)"));
}

TEST_F(Status, K2_3_SuspendedAndPausedAreSaid) {
  start("  mode: auto\n  suspend: true\n");
  expect_status("suspended");
  EXPECT_THAT(said({"explain", "fleet"}), HasSubstr("suspend: true in its configuration"));
  said({"pause", "fleet", "--reason", "migration"});
  expect_status("paused");
  EXPECT_THAT(said({"explain", "fleet"}), HasSubstr("migration"));
}

TEST_F(Status, K2_4_AHeldPlanShowsItsGate) {
  start(kCap);
  expect_status("in_sync");
  break_files(5);
  expect_status("held");
  const Json now = shown();
  EXPECT_EQ(now.at("gates").at(0).at("gate"), "maxChanges") << now.dump(1);
  const std::string explained = said({"explain", "fleet"});
  EXPECT_THAT(explained, HasSubstr("status       held"));
  EXPECT_THAT(explained, HasSubstr("STOP maxChanges: "));
  EXPECT_THAT(explained, HasSubstr("opens by: "));
  EXPECT_THAT(explained, HasSubstr("desired      10 item(s), good"));
  EXPECT_THAT(explained, HasSubstr("Why: the last decision, "));
}

TEST_F(Status, K2_4_WhatWaitsForPeopleIsAwaitingApproval) {
  start("  mode: approve\n  gates: {approval: {reviewers: {count: 2}}}\n");
  expect_status("in_sync");
  break_files(1);
  expect_status("awaiting_approval");
  daemon_.token("other");
  said({"approve", newest(), "--comment", "looks right", "--wait", "0s"}, 4, "reviewer");
  const std::string described = said({"describe", newest()});
  EXPECT_THAT(described, HasSubstr("asked by     sideband"));
  EXPECT_THAT(described, HasSubstr("approved by  reviewer, "));
  EXPECT_THAT(described, HasSubstr("looks right"));
  EXPECT_THAT(described, HasSubstr("approvals    1 of 2, until "));
  const Json repair = Json::parse(said({"describe", newest(), "-o", "json"}));
  EXPECT_EQ(repair.at("approvals").at(0).at("by"), "reviewer");
  EXPECT_EQ(repair.at("approvalsNeeded"), 2);
  EXPECT_FALSE(repair.at("approvalExpiresAt").get<std::string>().empty());
  EXPECT_TRUE(daemon_.logs("event=\"repair approved\" reconciler=fleet"));
  said({"approve", newest(), "--wait", "30s"}, 0, "other");
  expect_status("in_sync");
}

TEST_F(Status, K2_6_DescribeShowsAReconciler) {
  start(kCap);
  expect_status("in_sync");
  break_files(5);
  expect_status("held");
  const std::string described = said({"describe", "fleet"});
  for (const char* part :
       {"Reconciler fleet", "mode         auto", "owner        team-shop",
        "desired from source, actual on nodes", "status       held", "STOP maxChanges",
        "gates.maxChanges", "20 % in 1h", "gates.maxDeletes", "10 % in 1h", "gates.cooldown",
        "(default)", "Held plan ", "5 to update of 10"}) {
    EXPECT_THAT(described, HasSubstr(part));
  }
  const Json whole = Json::parse(said({"describe", "fleet", "-o", "json"}));
  for (const Json& limit : whole.at("limits")) {
    EXPECT_EQ(limit.at("default"), limit.at("name") != "gates.maxChanges") << limit;
  }
  EXPECT_EQ(said({"describe", "fleet", "-o", "name"}), "fleet\n");
}

// A row that the database refuses among others that it takes.
TEST(StatusOfRows, K2_6_DescribeNamesTheKeyThatFailedAndWhy) {
  Daemon daemon;
  for (const char* file : {"wanted.db", "copy.db"}) {
    SqliteClient db(daemon.path(file));
    db.run("create table items(id integer primary key, name text)");
  }
  SqliteClient wanted(daemon.path("wanted.db"));
  wanted.run("insert into items values(1, 'a'), (2, 'b'), (3, 'c')");
  SqliteClient copy(daemon.path("copy.db"));
  copy.run(
      "create trigger no before insert on items when new.id = 2 "
      "begin select raise(abort, 'row two is not wanted'); end");
  const std::string side = ", query: \"select id, name from items\", key: id}\n";
  daemon.configure(target("wanted", "sqlite", "path: " + daemon.path("wanted.db")) +
                   target("copy", "sqlite", "path: " + daemon.path("copy.db")) +
                   reconciler("items",
                              "  mode: auto\n  interval: 300ms\n  retry: {limit: 0}\n"
                              "  desired: {target: wanted" +
                                  side + "  actual: {target: copy, table: items, key: id}\n"));
  daemon.start();
  ASSERT_TRUE(until([&] {
    const Json repairs = daemon.repairs("items");
    return !repairs.empty() && repairs.at(0)["state"] == "needs_human";
  })) << daemon.log();
  const std::string id = daemon.repairs("items").at(0)["id"];
  const Finished described = daemon.cli({"describe", id});
  EXPECT_THAT(described.out, HasSubstr("Not done:\n  2  failed: "));
  EXPECT_THAT(described.out, HasSubstr("row two is not wanted"));
  const Json outcomes = daemon.get("/api/v1/repairs/" + id + "/outcomes?limit=1");
  EXPECT_EQ(outcomes.at("items").at(0).at("key"), "2") << outcomes.dump(1);
  EXPECT_FALSE(daemon.repairs("items").at(0).contains("approvals")) << "only one that is asked for";
}

TEST_F(Status, K2_8_ListsSayWhatTheyLeftOutAndMarkUndos) {
  start("  mode: auto\n  gates: {cooldown: 0s}\n");
  expect_status("in_sync");
  for (int i = 0; i < 3; ++i) {
    put("nodes", i, "off\n");
    ASSERT_TRUE(until([&] { return std::ssize(daemon_.repairs("fleet")) == i + 1; }));
    expect_status("in_sync");
  }
  const std::string undone = newest();
  EXPECT_THAT(said({"undo", undone}), HasSubstr("~ 2.conf\n      - on\n      + off\n"));
  said({"undo", undone, "--yes"});
  const Finished some = daemon_.cli({"get", "repairs", "--limit", "2"});
  EXPECT_THAT(some.out, HasSubstr("undo"));
  EXPECT_THAT(some.err, HasSubstr("2 more; use --limit"));
  const Finished all = daemon_.cli({"get", "repairs", "--limit", "4"});
  EXPECT_THAT(all.err, Not(HasSubstr("more")));
}

TEST_F(Status, K2_8_EveryFormIsMadeOfTheSameAnswer) {
  start(kCap);
  expect_status("in_sync");
  break_files(5);
  expect_status("held");
  const Json json = shown();
  const Json line = Json::parse(said({"get", "reconcilers", "-o", "jsonl"}));
  EXPECT_EQ(line.at("name"), json.at("name"));
  EXPECT_EQ(line.at("heldPlan"), json.at("heldPlan"));
  const std::string yaml = said({"get", "reconcilers", "-o", "yaml"});
  EXPECT_THAT(yaml, HasSubstr("items:\n  - "));
  EXPECT_THAT(yaml, HasSubstr("status: held\n"));
  EXPECT_EQ(said({"get", "reconcilers", "-o", "name"}), "fleet\n");
  const std::string table = said({"get", "reconcilers"});
  EXPECT_THAT(table, HasSubstr("AGE"));
  EXPECT_THAT(table, Not(HasSubstr("HELD PLAN")));
  EXPECT_THAT(said({"get", "reconcilers", "-o", "wide"}), HasSubstr("HELD PLAN"));
  for (const Words& verb : {Words{"explain", "fleet"}, Words{"get", "drifts", "fleet"},
                            Words{"get", "decisions"}, Words{"lock", "ls"}}) {
    Words words = verb;
    words.insert(words.end(), {"-o", "json"});
    EXPECT_TRUE(Json::accept(daemon_.cli(words).out)) << verb.front();
    words.back() = "yaml";
    EXPECT_FALSE(Json::accept(daemon_.cli(words).out)) << verb.front();
  }
}

TEST_F(Status, K2_9_TheLogTellsWhatBecomesOfDrift) {
  start(kCap);
  expect_status("in_sync");
  break_files(1);
  EXPECT_TRUE(daemon_.logs("event=\"drift opened\" reconciler=fleet count=1 keys=0.conf"));
  EXPECT_TRUE(daemon_.logs("event=\"repair started\" reconciler=fleet"));
  EXPECT_TRUE(daemon_.logs("event=\"repair ended\" reconciler=fleet"));
  EXPECT_TRUE(daemon_.logs("event=\"drift closed\" reconciler=fleet count=1 left=0"));
  for (int i = 1; i < 6; ++i) put("nodes", i, "off\n");
  EXPECT_TRUE(daemon_.logs("event=\"plan held\" reconciler=fleet"));
  EXPECT_TRUE(daemon_.logs("gates=\"maxChanges: "));
  // Looks that find the same again say nothing.
  said({"scan-now", "fleet"}, 1);
  said({"scan-now", "fleet"}, 1);
  const std::string log = daemon_.log();
  const std::size_t first = log.find("event=\"plan held\"");
  EXPECT_EQ(log.find("event=\"plan held\"", first + 1), std::string::npos) << log;
  said({"apply", "fleet", "--release", "maxChanges", "--yes", "--wait", "0s"}, 4);
  EXPECT_TRUE(daemon_.logs("event=\"repair waits for approval\" reconciler=fleet"));
  said({"reject", newest(), "--comment", "wanted"}, 0, "reviewer");
  EXPECT_TRUE(daemon_.logs("event=\"repair rejected\" reconciler=fleet"));
}

}  // namespace
}  // namespace sideband::e2e
