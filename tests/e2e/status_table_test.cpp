// The states of a reconciler that status_test.cpp has no story for, each provoked for real.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <sstream>

#include "e2e/daemon.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using testing::HasSubstr;

class StatusTable : public testing::Test {
 protected:
  // Ten files that are to be equal in two folders, with these lines of the reconciler.
  void start_files(const std::string& spec) {
    for (int i = 0; i < 10; ++i) put("desired", i, "on\n");
    for (int i = 0; i < 10; ++i) put("nodes", i, "on\n");
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet", spec + "  desired: {target: source, files: \"*.conf\"}\n"
                                                 "  actual: {target: nodes, files: \"*.conf\"}\n"));
    daemon_.start();
  }
  // One row that is to be "right" in two SQLite files, with `more` done to the actual one.
  void start_rows(const std::string& spec, const std::string& query, const std::string& more) {
    SqliteClient want(daemon_.path("want.db"));
    want.run("create table t(id integer primary key, v text)");
    want.run("insert into t values(1, 'right')");
    SqliteClient have(daemon_.path("have.db"));
    have.run("create table t(id integer primary key, v text)");
    have.run("insert into t values(1, 'wrong')");
    if (!more.empty()) have.run(more);
    daemon_.configure(
        target("want", "sqlite", "path: " + daemon_.path("want.db")) +
        target("have", "sqlite", "path: " + daemon_.path("have.db")) +
        reconciler("fleet", spec + "  desired: {target: want, query: \"" + query +
                                "\", key: id}\n  actual: {target: have, table: t, key: id}\n"));
    daemon_.start();
  }
  void put(const std::string& side, int i, const std::string& text) {
    spill(daemon_.path(side + "/" + std::to_string(i) + ".conf"), text);
  }
  Json shown() {
    const Finished got = daemon_.cli({"get", "reconcilers", "-o", "json"});
    return got.code == 0 ? Json::parse(got.out).at("items").at(0) : Json::object();
  }
  void expect_status(const std::string& status, Duration within = std::chrono::seconds(20)) {
    EXPECT_TRUE(until([&] { return shown().value("status", "") == status; }, within))
        << status << " but:\n"
        << shown().dump(1) << daemon_.log();
  }

  Daemon daemon_;
};

TEST_F(StatusTable, NotYetLooked) {
  // Takes seconds until it is read for the first time.
  start_rows("  mode: auto\n  interval: 1s\n",
             "select id, v from t where (with recursive n(x) as (select 1 union all select x + 1 "
             "from n where x < 1500000) select count(*) from n) > 0",
             "");
  EXPECT_EQ(shown().value("status", ""), "not_yet_looked") << shown().dump(1);
  EXPECT_EQ(shown().value("ready", true), true) << "it can be looked at";
  expect_status("in_sync");
}

TEST_F(StatusTable, BlindForAnItemThatCannotBeTold) {
  start_files("  mode: auto\n  interval: 200ms\n");
  expect_status("in_sync");
  std::filesystem::remove(daemon_.path("nodes/3.conf"));
  std::filesystem::create_symlink("/etc/hostname", daemon_.path("nodes/3.conf"));
  expect_status("blind");
  EXPECT_THAT(shown().value("why", ""), HasSubstr("1 item(s) cannot be told: "));
}

TEST_F(StatusTable, RepairingAsLongAsARepairIsAtWork) {
  start_files("  mode: auto\n  interval: 200ms\n  gates: {rateLimit: {maxPerSecond: 1}}\n");
  expect_status("in_sync");
  for (int i = 0; i < 5; ++i) put("nodes", i, "off\n");
  expect_status("repairing");
  EXPECT_THAT(shown().value("why", ""), HasSubstr("repair(s) at work"));
  expect_status("in_sync");
}

TEST_F(StatusTable, NeedsHumanWhereTheTargetSaysNo) {
  start_rows(
      "  mode: auto\n  interval: 200ms\n  retry: {limit: 1, backoff: {initial: 10ms}}\n"
      "  gates: {cooldown: 50ms}\n",
      "select id, v from t",
      "create trigger no before update on t begin select raise(abort, 'not this one'); end");
  // Between the three attempts it rests for 20 and for 40 seconds.
  expect_status("needs_human", std::chrono::seconds(110));
  EXPECT_THAT(shown().value("why", ""), HasSubstr("repairs of 1 item(s) failed"));
  SqliteClient(daemon_.path("have.db")).run("drop trigger no");
  const std::string repair = daemon_.repairs("fleet").at(0)["id"];
  EXPECT_EQ(daemon_.cli({"retry", repair, "--reason", "the trigger is gone"}).code, 0);
  expect_status("in_sync");
}

TEST_F(StatusTable, FlappingWhereSomebodyRevertsEachRepair) {
  start_files("  mode: auto\n  interval: 100ms\n  gates: {cooldown: 50ms}\n");
  expect_status("in_sync");
  EXPECT_TRUE(until([&] {
    // While it is validated a repair would wait for it to become good again.
    const bool rests = daemon_.repairs("fleet", true).empty();
    if (rests && slurp(daemon_.path("nodes/0.conf")) == "on\n") put("nodes", 0, "theirs\n");
    return shown().value("status", "") == "flapping";
  })) << shown().dump(1)
      << daemon_.log();
  EXPECT_THAT(shown().value("why", ""), HasSubstr("came back again and again"));
}

TEST_F(StatusTable, InSyncRightAfterTheRepairAlsoWhereTheNextLookIsFarAway) {
  start_files("  mode: auto\n  interval: 1h\n");
  expect_status("in_sync");
  put("nodes", 0, "off\n");
  daemon_.cli({"scan-now", "fleet"});
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/0.conf")) == "on\n"; }));
  expect_status("in_sync");
}

TEST_F(StatusTable, DriftedUntilTheNextLookDecides) {
  start_files("  mode: approve\n  interval: 1h\n");
  expect_status("in_sync");
  put("nodes", 0, "off\n");
  daemon_.cli({"scan-now", "fleet"});
  expect_status("awaiting_approval");
  const std::string repair = daemon_.repairs("fleet").at(0)["id"];
  EXPECT_EQ(daemon_.cli({"cancel", repair, "--reason", "not today"}).code, 0);
  expect_status("drifted");
  EXPECT_THAT(shown().value("why", ""), HasSubstr("1 differ"));
}

// A daemon's log is read by machines: what the configuration is warned of is an event a line too.
TEST_F(StatusTable, K2_9_EveryLineOfTheLogIsOneEvent) {
  daemon_.serve_options = {"--log-format", "json"};
  start_files("  mode: auto\n  interval: 200ms\n");
  daemon_.configure("spec: nothing\n");
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(daemon_.logs("reload failed"));
  EXPECT_EQ(daemon_.stop().code, 0);
  std::istringstream lines(daemon_.log());
  int warnings = 0;
  int errors = 0;
  for (std::string line; std::getline(lines, line);) {
    const Json event = Json::parse(line, nullptr, false);
    ASSERT_TRUE(event.is_object()) << line;
    warnings += event.value("event", "") == "configuration warning" ? 1 : 0;
    errors += event.value("event", "") == "configuration error" ? 1 : 0;
  }
  EXPECT_GT(warnings, 0) << daemon_.log();
  EXPECT_GT(errors, 0) << daemon_.log();
}

}  // namespace
}  // namespace sideband::e2e
