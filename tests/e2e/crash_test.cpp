// kill -9 where each step of the way back matters, when a repair kills its daemon each time, and at
// random times while new things break. Each named point on each store: e2e_crash_cycles.
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/random.h"
#include "e2e/crash_cycle.h"
#include "e2e/crash_world.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

int below(Random& random, int end) {
  return static_cast<int>(random.fraction() * end);
}

class Crash : public testing::TestWithParam<const char*> {
 protected:
  // Of a new store, as the parameter says.
  static std::string store() {
    if (std::string(GetParam()) == "sqlite") return "";
    PostgresServer* const server = PostgresServer::shared();
    return server == nullptr ? "" : server->new_database();
  }
  void SetUp() override {
    if (std::string(GetParam()) == "postgres" && PostgresServer::shared() == nullptr) {
      GTEST_SKIP() << "no PostgreSQL server starts here";
    }
  }

  // Runs until the named point kills the daemon; meanwhile does `meanwhile` again and again.
  static void die_at(CrashWorld& world, const std::string& point, int pass,
                     const std::function<void()>& meanwhile) {
    world.daemon.spawn({{"SIDEBAND_CRASH_AT", point + ":" + std::to_string(pass)}});
    const bool died = until([&] {
      if (world.daemon.process().running()) meanwhile();
      return !world.daemon.process().running();
    });
    ASSERT_TRUE(died) << point << " was not reached:\n" << world.daemon.log();
    EXPECT_EQ(world.daemon.process().wait(seconds(0))->signal, SIGKILL) << world.daemon.log();
  }

  // Item 2 is of the canary: once it is repaired, and while the canary is watched, somebody breaks
  // it again. The canary fails then, and is undone.
  static std::function<void()> sabotage(CrashWorld& world) {
    return [&world, done = false]() mutable {
      const std::string now = world.redis().command({"GET", CrashWorld::item(2)});
      if (done || now != CrashWorld::wanted_item(2)) return;
      world.redis().command({"SET", CrashWorld::item(2), kSabotage});
      done = true;
    };
  }
  static constexpr const char* kSabotage = "changed by somebody";
  static std::string now(CrashWorld& world, int i) {
    return world.redis().command({"GET", CrashWorld::item(i)});
  }
};

// The canary turned good again before the restart, so all of it can be undone.
TEST_P(Crash, AtTheStartOfAnUndoStillUndoesTheCanaryAndNothingElse) {
  CrashWorld world(store(), CrashWorld::canary("700ms"));
  world.break_items({2, 4, 7, 9});
  ASSERT_NO_FATAL_FAILURE(die_at(world, "compensating", 1, sabotage(world)));
  world.redis().command({"SET", CrashWorld::item(2), CrashWorld::wanted_item(2)});
  ASSERT_NO_FATAL_FAILURE(world.daemon.start());
  EXPECT_TRUE(until([&] { return world.resting(); })) << world.daemon.log();
  const Json repair = world.daemon.repairs("items").at(0);
  EXPECT_EQ(repair["state"], "compensated") << repair.dump(1);
  for (const int i : {2, 4, 7, 9}) {
    EXPECT_EQ(now(world, i), "broken " + std::to_string(i) + " 0") << "the value from before";
  }
  EXPECT_EQ(world.writes_to("item:7") + world.writes_to("item:9"), 0);
  world.check_proof();
}

// What somebody changed meanwhile is not undone; the rest of the canary is, and a person is asked.
TEST_P(Crash, InsideAnUndoLeavesForeignChangesAlone) {
  for (const char* point : {"effect_begun", "effect_done", "outcome"}) {
    SCOPED_TRACE(point);
    CrashWorld world(store(), CrashWorld::canary("700ms"));
    world.break_items({2, 4, 7, 9});
    ASSERT_NO_FATAL_FAILURE(die_at(world, point, 2, sabotage(world)));
    ASSERT_NO_FATAL_FAILURE(world.daemon.start());
    EXPECT_TRUE(until([&] { return world.resting(); })) << world.daemon.log();
    const Json repair = world.daemon.repairs("items").at(0);
    EXPECT_EQ(repair["state"], "needs_human") << repair.dump(1);
    EXPECT_EQ(repair["note"], "undo stopped: somebody changed a resource after us");
    EXPECT_EQ(now(world, 2), kSabotage);
    EXPECT_EQ(now(world, 4), "broken 4 0");
    EXPECT_EQ(world.writes_to("item:7") + world.writes_to("item:9"), 0);
    world.check_proof();
  }
}

// F-16: after the first attempt and four more nobody tries it again; the others go on.
TEST_P(Crash, ThatComesBackEachTimeEndsWithAPerson) {
  CrashWorld world(store(), "maxChanges: {count: 5}");
  world.break_items({3});
  for (int death = 1; death <= 5; ++death) {
    ASSERT_NO_FATAL_FAILURE(die_at(world, "effect_begun", 1, [] {})) << death;
  }
  world.break_fleet({2});
  ASSERT_NO_FATAL_FAILURE(world.daemon.start());
  EXPECT_TRUE(until([&] { return world.resting(); })) << world.daemon.log();
  const Json repair = world.daemon.repairs("items").at(0);
  EXPECT_EQ(repair["state"], "needs_human") << repair.dump(1);
  EXPECT_EQ(repair["note"], "its worker died 5 times at step 0; not tried again");
  EXPECT_EQ(world.writes_to("item:3"), 0);
  EXPECT_TRUE(until([&] { return world.daemon.repairs("fleet").size() == 1; }));
  EXPECT_TRUE(until([&] { return world.resting(); })) << world.daemon.log();
  EXPECT_EQ(world.daemon.repairs("fleet").at(0)["state"], "converged");
  world.check_proof();
}

// Twenty kills at any time, each while new things break.
TEST_P(Crash, AtRandomTimesLosesNothingAndDoublesNothing) {
  const auto seed = SystemRandom().next();
  SCOPED_TRACE("seed " + std::to_string(seed));
  SeededRandom random(seed);
  CrashWorld world(store(), CrashWorld::canary("5ms"));
  for (int round = 1; round <= 20; ++round) {
    std::vector<int> broken;
    for (int i = 0; i < 4; ++i) broken.push_back(1 + below(random, kItems));
    world.break_items(broken, round);
    world.break_fleet({1 + below(random, kNodes)});
    world.daemon.spawn();
    let_pass(milliseconds(30 + below(random, 570)));
    ASSERT_TRUE(world.daemon.process().running()) << world.daemon.log();
    world.daemon.kill_now();
  }
  ASSERT_NO_FATAL_FAILURE(world.daemon.start());
  EXPECT_TRUE(until([&] {
    world.push_prices();
    return world.in_sync_or_explained();
  })) << world.daemon.repairs("", true).dump(1)
      << world.daemon.log();
  world.check_proof();
}

// The names in crash_point("NAME") of a source.
std::set<std::string> points_in(const std::string& source) {
  constexpr std::string_view kCall = "crash_point(\"";
  std::set<std::string> names;
  for (std::size_t at = source.find(kCall); at != std::string::npos; at = source.find(kCall, at)) {
    at += kCall.size();
    names.insert(source.substr(at, source.find('"', at) - at));
  }
  return names;
}

// Those of backup and restore are met in db_test.cpp, those of channels in channels_test.cpp, that
// of signals in pause_when_test.cpp and that of policies in policy_test.cpp of the engine.
TEST(CrashPoints, OfTheDaemonAreAllInTheCampaign) {
  std::set<std::string> there;
  for (const auto& file :
       std::filesystem::recursive_directory_iterator(SIDEBAND_SOURCE_DIR "/src")) {
    if (file.is_regular_file()) there.merge(points_in(slurp(file.path())));
  }
  for (const char* elsewhere : {"restore_aside", "restore_placed", "backup_written", "backup_begun",
                                "notice_begun", "notice_told", "policy", "signal"}) {
    EXPECT_EQ(there.erase(elsewhere), 1U) << elsewhere;
  }
  std::set<std::string> killed(crash_points().begin(), crash_points().end());
  killed.erase(kRandomTime);
  EXPECT_EQ(there, killed);
}

INSTANTIATE_TEST_SUITE_P(Stores, Crash, testing::Values("sqlite", "postgres"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace sideband::e2e
