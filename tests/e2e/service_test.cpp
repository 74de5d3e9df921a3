// What the daemon tells a service manager over a real notify socket, and what it no longer says
// when one of its threads hangs.
#include <gtest/gtest.h>
#include <signal.h>

#include "e2e/daemon.h"
#include "support/frozen_thread.h"
#include "support/notify_socket.h"

namespace sideband::e2e {
namespace {

using std::chrono::milliseconds;

class Service : public testing::Test {
 protected:
  Service() {
    spill(daemon_.path("desired/a.conf"), "on\n");
    spill(daemon_.path("nodes/a.conf"), "off\n");
  }
  void configure(const std::string& mode) const {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet", "  mode: " + mode +
                                              "\n  interval: 200ms\n  gates: {cooldown: 0s}\n"
                                              "  desired: {target: source, files: \"*.conf\"}\n"
                                              "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  // Starts it and waits for READY=1 alone; what came with it.
  std::string start(std::map<std::string, std::string> env = {}) {
    env["NOTIFY_SOCKET"] = manager_.path();
    daemon_.spawn(env);
    return manager_.next_with("READY=1");
  }
  void reload() { daemon_.process().signal(SIGHUP); }

  Daemon daemon_;
  NotifySocket manager_;
};

TEST_F(Service, ReadyIsSaidOnceItIsReady) {
  configure("observe");
  const std::string said = start();
  EXPECT_NE(said.find("READY=1\nSTATUS=reconcilers: 1"), std::string::npos) << said;
  EXPECT_TRUE(daemon_.ready()) << "not a moment later";
  daemon_.process().signal(SIGTERM);
  EXPECT_NE(manager_.next_with("STOPPING=1"), "");
  EXPECT_EQ(daemon_.process().wait(std::chrono::seconds(20)).value_or(Ended{}).code, 0);
}

TEST_F(Service, ABrokenConfigurationIsNeverReady) {
  configure("sometimes");
  daemon_.spawn({{"NOTIFY_SOCKET", manager_.path()}});
  ASSERT_TRUE(daemon_.process().wait(std::chrono::seconds(20)));
  EXPECT_EQ(manager_.next_with("READY=1", milliseconds(1)), "");
}

std::int64_t monotonic_of(const std::string& message) {
  const std::string mark = "MONOTONIC_USEC=";
  const std::size_t at = message.find(mark);
  return at == std::string::npos ? 0 : std::stoll(message.substr(at + mark.size()));
}

// CLOCK_MONOTONIC and the boot clock are the same on a machine that was never suspended; where it
// was, the first is behind.
TEST_F(Service, AReloadBeginsWithItsTimeAndEndsWithReady) {
  configure("observe");
  ASSERT_NE(start(), "");
  const SystemClock clock;
  reload();
  const std::string said = manager_.next_with("RELOADING=1");
  EXPECT_GT(monotonic_of(said), 0) << said;
  EXPECT_LE(monotonic_of(said), clock.mono().time_since_epoch().count());
  EXPECT_NE(manager_.next_with("READY=1"), "");

  configure("sometimes");
  reload();
  EXPECT_NE(manager_.next_with("RELOADING=1"), "");
  const std::string refused = manager_.next_with("READY=1");
  EXPECT_NE(refused.find("reload failed, the earlier configuration stays"), std::string::npos)
      << refused;

  configure("observe");
  reload();
  const std::string good = manager_.next_with("READY=1");
  EXPECT_EQ(good.find("reload failed"), std::string::npos) << good;
}

TEST_F(Service, AnEmptyFolderIsADaemonThatSaysWhatToDo) {
  const std::string said = start();
  EXPECT_NE(said.find("no reconciler is configured in " + daemon_.path("conf")), std::string::npos)
      << said;
  EXPECT_TRUE(daemon_.logs("no configuration yet, so nothing is observed and nothing repaired"));
  EXPECT_EQ(daemon_.cli({"get", "reconcilers"}).code, 0);
  configure("auto");
  reload();
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/a.conf")) == "on\n"; }))
      << daemon_.log();
  // Validation would hold an edit of now against the repair.
  EXPECT_TRUE(until([&] { return daemon_.repairs("fleet").at(0).at("state") == "converged"; }));
  // Empty again is more likely a lost mount than a wish.
  std::filesystem::remove(daemon_.path("conf/all.yaml"));
  reload();
  ASSERT_NE(manager_.next_with("reload failed, the earlier configuration stays"), "");
  spill(daemon_.path("nodes/a.conf"), "off\n");
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/a.conf")) == "on\n"; }))
      << daemon_.log();
}

TEST_F(Service, AFolderThatIsNotThereDoesNotStart) {
  std::filesystem::remove_all(daemon_.path("conf"));
  daemon_.spawn();
  const auto ended = daemon_.process().wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 2) << daemon_.log();
}

TEST_F(Service, NoSignOfLifeForWhoDidNotAsk) {
  configure("observe");
  ASSERT_NE(start({{"WATCHDOG_USEC", "100000"}, {"WATCHDOG_PID", "1"}}), "");
  EXPECT_EQ(manager_.next_with("WATCHDOG=1", milliseconds(500)), "");
}

TEST_F(Service, TheStatusNamesATargetThatIsNotThere) {
  configure("observe");
  std::filesystem::remove_all(daemon_.path("nodes"));
  const std::string said = start();
  EXPECT_NE(said.find("fleet is not ready: "), std::string::npos) << said;
  std::filesystem::create_directories(daemon_.path("nodes"));
  const std::string good = manager_.next_with("STATUS=reconcilers: 1\n");
  EXPECT_EQ(good.find("not ready"), std::string::npos) << good;
}

// A thread that stands still while all others run: what a lost lock or an endless loop looks like
// from the outside.
class Hung : public Service, public testing::WithParamInterface<const char*> {};

TEST_P(Hung, IsNotCalledAlive) {
  configure("observe");
  const milliseconds watchdog(2'000);
  ASSERT_NE(start({{"WATCHDOG_USEC", "2000000"}}), "");
  for (int i = 0; i < 3; ++i) ASSERT_NE(manager_.next_with("WATCHDOG=1", watchdog), "");
  {
    const FrozenThread frozen(daemon_.process().pid(), GetParam());
    if (!frozen.stands()) GTEST_SKIP() << "SKIPPED: ptrace is not allowed here";
    // The status comes from the thread that would send a sign of life.
    EXPECT_NE(manager_.next_with("stands still", 2 * watchdog), "");
    EXPECT_EQ(manager_.next_with("WATCHDOG=1", 2 * watchdog), "") << "systemd would restart it";
    EXPECT_EQ(daemon_.call("GET", "/healthz", "", "").status, 503);
  }
  EXPECT_NE(manager_.next_with("WATCHDOG=1", watchdog), "") << "it goes on where it was";
  EXPECT_TRUE(until([&] { return daemon_.call("GET", "/healthz", "", "").status == 200; }));
  EXPECT_EQ(daemon_.stop().code, 0);
}

INSTANTIATE_TEST_SUITE_P(Threads, Hung, testing::Values("engine", "timers", "store-writer"));

}  // namespace
}  // namespace sideband::e2e
