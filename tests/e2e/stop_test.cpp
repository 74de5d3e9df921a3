// Everything that stops a repair in the middle without a crash: pause, cancel, SIGTERM, a frozen
// process. Nothing new begins, and what was begun is brought to its end.
#include <gtest/gtest.h>
#include <signal.h>

#include "e2e/crash_world.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

using std::chrono::seconds;

const std::vector<int> kAll = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
// About three seconds for sixteen items, one in each step.
constexpr const char* kSlow = "rateLimit: {maxPerSecond: 5, burst: 1}";

class Stop : public testing::Test {
 protected:
  // A repair of sixteen items that has begun and is far from done.
  void begin() {
    world_.break_items(kAll);
    ASSERT_NO_FATAL_FAILURE(world_.daemon.start());
    ASSERT_TRUE(until([&] { return world_.writes_to("item:") >= 3; })) << world_.daemon.log();
  }
  Json repair() { return world_.daemon.repairs("items").at(0); }
  void expect_good_end() {
    EXPECT_TRUE(until([&] {
      world_.push_prices();
      return world_.in_sync();
    })) << repair().dump(1)
        << world_.daemon.log();
    EXPECT_EQ(world_.writes_to("item:"), static_cast<int>(kAll.size()));
    world_.check_proof();
  }

  CrashWorld world_{"", kSlow};
};

TEST_F(Stop, APauseStopsBeforeTheNextStepAndAResumeGoesOn) {
  ASSERT_NO_FATAL_FAILURE(begin());
  EXPECT_EQ(world_.daemon.cli({"pause", "items", "--reason", "looking at it"}).code, 0);
  EXPECT_TRUE(until([&] {
    const std::string note = repair().value("note", "");
    return note.find("paused: by operator: looking at it") != std::string::npos;
  })) << repair().dump(1);
  const int before = world_.writes_to("item:");
  EXPECT_LT(before, 16);
  // Others go on meanwhile; the paused one does not.
  world_.break_fleet({1, 2});
  EXPECT_TRUE(until([&] {
    const Json fleet = world_.daemon.repairs("fleet");
    return !fleet.empty() && fleet.at(0)["state"] == "converged";
  }));
  EXPECT_EQ(world_.writes_to("item:"), before);
  EXPECT_EQ(world_.daemon.cli({"resume", "items"}).code, 0);
  expect_good_end();
}

TEST_F(Stop, APauseSurvivesARestart) {
  ASSERT_NO_FATAL_FAILURE(begin());
  EXPECT_EQ(world_.daemon.cli({"pause", "--reason", "incident"}).code, 0);
  EXPECT_TRUE(until([&] { return repair().value("note", "").find("pause: paused") == 0; }));
  const int before = world_.writes_to("item:");
  world_.daemon.kill_now();
  ASSERT_NO_FATAL_FAILURE(world_.daemon.start());
  EXPECT_EQ(world_.daemon.cli({"scan-now", "items"}).code, 1) << "it still differs";
  EXPECT_EQ(world_.writes_to("item:"), before);
  EXPECT_EQ(world_.daemon.cli({"resume"}).code, 0);
  expect_good_end();
}

TEST_F(Stop, SigtermGivesALongRepairBackAndTheNextStartFinishesIt) {
  ASSERT_NO_FATAL_FAILURE(begin());
  EXPECT_EQ(world_.daemon.stop().code, 0);
  const int before = world_.writes_to("item:");
  EXPECT_LT(before, 16);
  EXPECT_EQ(world_.writes_to("item:"), before) << "nothing is written after the end";
  ASSERT_NO_FATAL_FAILURE(world_.daemon.start());
  expect_good_end();
}

TEST_F(Stop, ACancelStopsBeforeTheNextStep) {
  ASSERT_NO_FATAL_FAILURE(begin());
  const std::string id = repair()["id"];
  EXPECT_EQ(world_.daemon.cli({"cancel", id, "--reason", "wrong window"}).code, 0);
  EXPECT_EQ(repair()["state"], "cancelled") << repair().dump(1);
  EXPECT_LT(world_.writes_to("item:"), 16);
  EXPECT_EQ(world_.daemon.cli({"cancel", id, "--reason", "again"}).code, 6) << "it has ended";
  world_.check_proof();
}

// A process that stood still longer than its lease claims its own repair with a higher token; what
// the earlier worker of it still does must not count twice.
TEST(Frozen, ADaemonThatOutlivesItsLeaseDoublesNothing) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL server starts here";
  CrashWorld world(server->new_database(), kSlow);
  world.break_items(kAll);
  ASSERT_NO_FATAL_FAILURE(world.daemon.start());
  for (const int writes : {3, 6, 9}) {
    ASSERT_TRUE(until([&] { return world.writes_to("item:") >= writes; })) << world.daemon.log();
    world.daemon.process().signal(SIGSTOP);
    let_pass(std::chrono::milliseconds(1500));  // the lease is one second
    world.daemon.process().signal(SIGCONT);
  }
  EXPECT_TRUE(until([&] {
    world.push_prices();
    return world.in_sync();
  })) << world.daemon.repairs("items").dump(1)
      << world.daemon.log();
  EXPECT_EQ(world.writes_to("item:"), static_cast<int>(kAll.size()));
  world.check_proof();
}

class Undoing : public testing::Test {
 protected:
  // A canary of two whose item 2 somebody breaks again while it is watched.
  void begin() {
    world_.break_items({2, 4, 7, 9});
    ASSERT_NO_FATAL_FAILURE(world_.daemon.start());
    ASSERT_TRUE(until([&] { return world_.writes_to("item:") == 2; })) << world_.daemon.log();
  }
  void sabotage() { world_.redis().command({"SET", "item:2", "changed by somebody"}); }
  void expect_undone() {
    EXPECT_TRUE(until([&] {
      return world_.daemon.repairs("items").at(0)["state"] == "needs_human";
    })) << world_.daemon.repairs("items").dump(1)
        << world_.daemon.log();
    EXPECT_EQ(world_.redis().command({"GET", "item:4"}), "broken 4 0");
    EXPECT_TRUE(world_.daemon.process().running());
    world_.check_proof();
  }

  CrashWorld world_{"", CrashWorld::canary("1500ms")};
};

TEST_F(Undoing, ACancelBeforeTheCanaryFailsDoesNotPreventTheUndo) {
  ASSERT_NO_FATAL_FAILURE(begin());
  const std::string id = world_.daemon.repairs("items").at(0)["id"];
  const auto cancel = world_.daemon.cli_beside("cancel", {"cancel", id, "--reason", "not now"});
  ASSERT_TRUE(until([&] {
    std::filesystem::remove_all(world_.daemon.path("now"));
    world_.daemon.cli({"-q", "audit", "export", world_.daemon.path("now")});
    return slurp(world_.daemon.path("now/leaves.jsonl")).find("\"cancel\"") != std::string::npos;
  }));
  sabotage();
  expect_undone();
  EXPECT_TRUE(cancel->wait(seconds(40)));
}

TEST_F(Undoing, APauseDoesNotPreventTheUndo) {
  ASSERT_NO_FATAL_FAILURE(begin());
  EXPECT_EQ(world_.daemon.cli({"pause", "--reason", "incident"}).code, 0);
  sabotage();
  expect_undone();
}

}  // namespace
}  // namespace sideband::e2e
