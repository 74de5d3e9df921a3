// Configuration of a running daemon: what is wrong changes nothing, and says where it is wrong; and
// who may have a state folder.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include "e2e/daemon.h"
#include "support/postgres_server.h"

namespace sideband::e2e {
namespace {

class Config : public testing::Test {
 protected:
  Config() {
    spill(daemon_.path("desired/a.conf"), "on\n");
    spill(daemon_.path("nodes/a.conf"), "off\n");
    configure(daemon_, "observe");
  }
  void configure(const Daemon& daemon, const std::string& mode) const {
    daemon.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                     target("nodes", "files", "root: " + daemon_.path("nodes")) +
                     reconciler("fleet", "  mode: " + mode +
                                             "\n  interval: 200ms\n"
                                             "  desired: {target: source, files: \"*.conf\"}\n"
                                             "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  // The value of the gauge "configuration is the one on disk".
  std::string loaded() const {
    const std::string text = daemon_.call("GET", "/metrics", "", "").body;
    const std::size_t at = text.find("\n" + std::string(kLoaded) + " ");
    if (at == std::string::npos) return "missing";
    const std::string rest = text.substr(at + std::string(kLoaded).size() + 2);
    return rest.substr(0, rest.find('\n'));
  }
  std::string mode() const { return daemon_.get("/api/v1/reconcilers/fleet").value("mode", ""); }

  static constexpr const char* kLoaded = "sideband_config_last_reload_success";
  Daemon daemon_;
};

TEST_F(Config, ABadReloadKeepsTheRunningOneAndAGoodOneTakesEffect) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  EXPECT_EQ(loaded(), "1");
  configure(daemon_, "sometimes");
  daemon_.process().signal(SIGHUP);
  ASSERT_TRUE(daemon_.logs("reload failed; the running configuration stays")) << daemon_.log();
  EXPECT_TRUE(until([&] { return loaded() == "0"; })) << loaded();
  EXPECT_EQ(mode(), "observe");
  EXPECT_NE(daemon_.log().find("all.yaml:"), std::string::npos) << "it says where";
  EXPECT_EQ(slurp(daemon_.path("nodes/a.conf")), "off\n");

  configure(daemon_, "auto");
  daemon_.process().signal(SIGHUP);
  ASSERT_TRUE(daemon_.logs("configuration reloaded")) << daemon_.log();
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/a.conf")) == "on\n"; }));
  EXPECT_EQ(loaded(), "1");
  EXPECT_EQ(mode(), "auto");
  EXPECT_EQ(daemon_.stop().code, 0);
}

TEST_F(Config, ManyReloadsAtOnceLoseNothing) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  for (int i = 0; i < 20; ++i) {
    configure(daemon_, i % 2 == 0 ? "propose" : "observe");
    daemon_.process().signal(SIGHUP);
  }
  configure(daemon_, "auto");
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/a.conf")) == "on\n"; }))
      << daemon_.log();
  EXPECT_EQ(daemon_.stop().code, 0);
}

TEST_F(Config, ABrokenOneDoesNotStart) {
  configure(daemon_, "sometimes");
  daemon_.spawn();
  const auto ended = daemon_.process().wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->code, 2);
  const std::string log = daemon_.log();
  const std::string line =
      "level=error event=\"configuration error\" at=" + daemon_.path("conf/all.yaml") +
      ":16:9 field=spec.mode";
  EXPECT_NE(log.find(line), std::string::npos) << log;
  EXPECT_FALSE(std::filesystem::exists(daemon_.state() + "/sideband.db"));
}

TEST_F(Config, AStateFolderHasOneDaemonAndTheSecondIsToldWho) {
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  const Finished second = daemon_.cli({"serve"}, "");
  EXPECT_NE(second.code, 0);
  EXPECT_NE(second.err.find("in use by process " + std::to_string(daemon_.process().pid())),
            std::string::npos)
      << second.err;
  EXPECT_TRUE(daemon_.ready()) << "the first one is not disturbed";
}

// Also where the store is not in the folder: the signing key, its anchor and the socket are.
TEST_F(Config, ASecondNodeOnTheSameFolderIsRefusedWithPostgresToo) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "no PostgreSQL server starts here";
  Daemon daemon(server->new_database());
  configure(daemon, "observe");
  ASSERT_NO_FATAL_FAILURE(daemon.start());
  const Finished second =
      daemon.cli({"serve", "--node", "other", "--postgres", server->new_database()}, "");
  EXPECT_NE(second.code, 0);
  EXPECT_NE(second.err.find("in use by process " + std::to_string(daemon.process().pid())),
            std::string::npos)
      << second.err;
  EXPECT_TRUE(daemon.ready());
}

// A store on a full disk: no step begins, the daemon says so, and goes on when there is room again.
TEST_F(Config, AFullDiskStopsRepairsAndNothingElse) {
  const std::string state = daemon_.state();
  if (::getuid() != 0 || ::mount("tmpfs", state.c_str(), "tmpfs", 0, "size=3m,mode=0700") != 0) {
    GTEST_SKIP() << "SKIPPED: a full disk needs root and a tmpfs of its own";
  }
  const std::unique_ptr<const std::string, void (*)(const std::string*)> mounted(
      &state, [](const std::string* path) { ::umount2(path->c_str(), MNT_DETACH); });
  daemon_.token("operator");
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  spill(state + "/ballast", "");
  std::string ballast(1 << 16, 'x');
  std::ofstream fill(state + "/ballast", std::ios::binary);
  while (fill.write(ballast.data(), static_cast<std::streamsize>(ballast.size())).flush()) {
  }
  fill.close();
  configure(daemon_, "auto");
  daemon_.process().signal(SIGHUP);
  ASSERT_TRUE(daemon_.logs("configuration reloaded"));
  const bool ended = until([&] { return !daemon_.process().running(); }, std::chrono::seconds(2));
  EXPECT_EQ(slurp(daemon_.path("nodes/a.conf")), "off\n") << "no record, no act";
  std::filesystem::remove(state + "/ballast");
  if (ended) daemon_.start();
  EXPECT_TRUE(until([&] { return slurp(daemon_.path("nodes/a.conf")) == "on\n"; }))
      << daemon_.log();
  EXPECT_EQ(daemon_.stop().code, 0) << daemon_.log();
}

}  // namespace
}  // namespace sideband::e2e
