// kill -9 at every named point, with both stores: nothing is lost, nothing is done twice, nothing is
// done that was not announced, and the audit log stays whole.
//
// SIDEBAND_CRASH_CYCLES repeats everything; later rounds die at later passes of the same point.
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>

#include "base/random.h"
#include "e2e/crash_world.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Point {
  const char* name;
  int passes;  // how often a run surely comes by
};

constexpr Point kPoints[] = {{"decided", 2},        {"accepted", 1},
                             {"approved", 1},       {"claimed", 2},
                             {"intent", 3},         {"effect_begun", 4},
                             {"effect_done", 4},    {"outcome", 4},
                             {"cohort_checked", 3}, {"validated", 2},
                             {"checkpoint_signed", 2}, {"checkpoint_published", 2}};

int cycles() {
  const char* const text = std::getenv("SIDEBAND_CRASH_CYCLES");
  return text == nullptr ? 1 : std::max(1, std::atoi(text));
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

  // Runs until the named point kills the daemon.
  static void die_at(CrashWorld& world, const std::string& point, int pass) {
    world.daemon.spawn({{"SIDEBAND_CRASH_AT", point + ":" + std::to_string(pass)}});
    const bool died = until([&] {
      if (world.daemon.process().running()) world.push_prices();
      return !world.daemon.process().running();
    });
    ASSERT_TRUE(died) << point << " was not reached:\n" << world.daemon.log();
    EXPECT_EQ(world.daemon.process().wait(seconds(0))->signal, SIGKILL) << world.daemon.log();
  }
};

TEST_P(Crash, AtEveryPointLosesNothingAndDoublesNothing) {
  for (int cycle = 0; cycle < cycles(); ++cycle) {
    for (const Point& point : kPoints) {
      const int pass = 1 + cycle % point.passes;
      SCOPED_TRACE(std::string(point.name) + ":" + std::to_string(pass));
      CrashWorld world(store());
      world.break_items({1, 2, 3, 5, 8, 9, 13, 16});
      world.break_fleet({2, 3, 5});
      ASSERT_NO_FATAL_FAILURE(die_at(world, point.name, pass));
      ASSERT_NO_FATAL_FAILURE(world.daemon.start());
      EXPECT_TRUE(until([&] {
        world.push_prices();
        return world.in_sync();
      })) << world.daemon.repairs().dump(1)
          << world.daemon.log();
      world.check_proof();
      EXPECT_EQ(world.daemon.stop().code, 0);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Stores, Crash, testing::Values("sqlite", "postgres"),
                         [](const auto& of) { return std::string(of.param); });

}  // namespace
}  // namespace sideband::e2e
