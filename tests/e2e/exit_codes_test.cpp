// One test for each exit code of the command line.
#include <gtest/gtest.h>
#include <signal.h>

#include "e2e/daemon.h"
#include "support/redis_server.h"

namespace sideband::e2e {
namespace {

// Ten files, of which as many differ as a test wants.
class ExitCode : public testing::Test {
 protected:
  ExitCode() {
    for (int i = 0; i < 10; ++i) put(i, "desired", "on\n");
    for (int i = 0; i < 10; ++i) put(i, "nodes", "on\n");
    configure("  mode: propose\n  gates: {maxChanges: {percent: 20%}}\n");
  }
  void configure(const std::string& spec) {
    daemon_.configure(target("source", "files", "root: " + daemon_.path("desired")) +
                      target("nodes", "files", "root: " + daemon_.path("nodes")) +
                      reconciler("fleet", spec + "  desired: {target: source, files: \"*.conf\"}\n"
                                                 "  actual: {target: nodes, files: \"*.conf\"}\n"));
  }
  void put(int i, const std::string& side, const std::string& text) {
    spill(daemon_.path(side + "/" + std::to_string(i) + ".conf"), text);
  }
  void break_files(int count) {
    for (int i = 0; i < count; ++i) put(i, "nodes", "off\n");
  }
  // `said` must be in what it printed on standard error.
  void expect(int code, const Words& words, const std::string& said = "",
              const std::string& identity = "operator") {
    const Finished run = daemon_.cli(words, identity);
    EXPECT_EQ(run.code, code) << run.out << run.err;
    EXPECT_NE(run.err.find(said), std::string::npos) << run.err;
  }
  std::string newest() { return daemon_.repairs("fleet").at(0)["id"]; }

  Daemon daemon_;
};

TEST_F(ExitCode, ZeroIsOkOrInSync) {
  expect(0, {"version"});
  expect(0, {"check"});
  expect(0, {"diff", "fleet"});
  expect(0, {"plan", "fleet", "--drift-exit-code"});
  break_files(1);
  expect(0, {"plan", "fleet"});
}

TEST_F(ExitCode, OneIsDrift) {
  break_files(1);
  expect(1, {"diff", "fleet"});
  expect(1, {"plan", "fleet", "--drift-exit-code"});
  spill(daemon_.path("a.yaml"), "a: 1\n");
  spill(daemon_.path("b.yaml"), "a: 2\n");
  expect(1, {"diff", "--files", daemon_.path("a.yaml"), daemon_.path("b.yaml")});
  spill(daemon_.path("tree/etc/sysctl.d/a.conf"), "vm.swappiness = 1\n");
  spill(daemon_.path("tree/proc/sys/vm/swappiness"), "60\n");
  expect(1, {"scan", "--root", daemon_.path("tree")});
  daemon_.start();
  expect(1, {"scan-now", "fleet"});
}

TEST_F(ExitCode, TwoIsUsageOrConfiguration) {
  expect(2, {"no-such-verb"});
  expect(2, {"get", "nonsense"});
  expect(2, {"plan", "no-such-reconciler"});
  configure("  mode: sometimes\n");
  expect(2, {"check"}, "all.yaml:");
  expect(2, {"plan", "fleet"}, "all.yaml:");
  expect(2, {"serve"}, "all.yaml:");
  expect(2, {"serve", "--lease", "3"}, "like 30s");
}

// Every verb that takes a name, with one that is not quite right.
TEST_F(ExitCode, K2_5_AMisspeltNameIsNoAnswer) {
  const std::string guess = "did you mean \"fleet\"?";
  expect(2, {"plan", "flete"}, guess);
  expect(2, {"diff", "flete"}, guess);
  daemon_.start();
  for (const Words& words : std::vector<Words>{{"pause", "flete", "--reason", "x"},
                                               {"resume", "flete"},
                                               {"resume", "flete", "--accept-source"},
                                               {"get", "reconcilers", "flete"},
                                               {"get", "drifts", "flete"},
                                               {"get", "decisions", "flete"},
                                               {"get", "repairs", "flete"},
                                               {"get", "repairs", "flete", "--active"},
                                               {"-o", "json", "get", "decisions", "flete"},
                                               {"explain", "flete"},
                                               {"scan-now", "flete"},
                                               {"apply", "flete"},
                                               {"apply", "flete", "--yes"}}) {
    SCOPED_TRACE(words[0] + " " + words[1]);
    expect(2, words, guess);
  }
  for (const Words& words :
       std::vector<Words>{{"get", "playbooks", "none"}, {"describe", "none"}, {"run", "none"}}) {
    expect(2, words, "there is no playbook \"none\"");
  }
  for (const char* verb : {"approve", "reject", "undo"}) expect(2, {verb, "flete"});
  for (const char* verb : {"cancel", "retry"}) expect(2, {verb, "flete", "--reason", "x"});
  EXPECT_EQ(daemon_.get("/api/v1/reconcilers/fleet").value("paused", ""), "");
}

TEST_F(ExitCode, K2_5_TheRightNameIsAnswered) {
  daemon_.start();
  expect(0, {"pause", "fleet", "--reason", "x"}, "sideband resume fleet");
  for (const char* what : {"reconcilers", "drifts", "decisions", "repairs"}) {
    expect(0, {"get", what, "fleet"});
  }
  const Finished one = daemon_.cli({"-o", "name", "get", "reconcilers", "fleet"});
  EXPECT_EQ(one.out, "fleet\n");
  expect(0, {"explain", "fleet"});
  expect(0, {"resume", "fleet"});
  expect(0, {"resume", "fleet"});
}

TEST_F(ExitCode, ThreeIsRefusedByAGate) {
  break_files(5);
  daemon_.start();
  expect(3, {"apply", "fleet", "--yes"}, "maxChanges");
}

TEST_F(ExitCode, FourIsWaitingForApproval) {
  break_files(2);
  daemon_.start();
  expect(0, {"apply", "fleet"}, "DRY-RUN");
  expect(4, {"apply", "fleet", "--yes"}, "sideband approve");
  // The same plan can be asked for again after somebody took it back, again and again.
  for (int i = 0; i < 3; ++i) {
    expect(0, {"cancel", newest(), "--reason", "not now"});
    expect(4, {"apply", "fleet", "--yes"}, "sideband approve");
  }
}

TEST_F(ExitCode, FiveIsExecutedAndNotConverged) {
  RedisServer server;
  RedisClient redis(server.socket());
  redis.command({"ACL", "SETUSER", "reader", "on", "nopass", "~*", "+@read", "+@connection",
                 "+info", "+eval", "+evalsha"});
  spill(daemon_.path("flags/flag-a"), "on");
  daemon_.configure(target("source", "files", "root: " + daemon_.path("flags")) +
                    target("cache", "redis", "socket: " + server.socket() + ", user: reader") +
                    reconciler("fleet",
                               "  mode: propose\n  desired: {target: source, files: \"flag-a\"}\n"
                               "  actual: {target: cache, key: \"{id}\"}\n  retry: {limit: 0}\n"));
  redis.command({"SET", "flag-a", "off"});
  daemon_.start();
  expect(4, {"apply", "fleet", "--yes"});
  expect(5, {"approve", newest()}, "", "reviewer");
  EXPECT_EQ(daemon_.repairs("fleet").at(0)["state"], "needs_human");
}

TEST_F(ExitCode, SixIsMovedSinceThePlan) {
  break_files(1);
  const std::string plan = daemon_.path("fleet.plan");
  expect(0, {"plan", "fleet", "--out", plan});
  put(0, "nodes", "something else\n");
  daemon_.start();
  expect(6, {"apply", plan, "--yes"}, "moved since the plan");
}

TEST_F(ExitCode, SevenIsUnreachable) {
  std::filesystem::create_directories(daemon_.path("empty"));
  expect(7, {"get", "repairs"}, "no daemon answers");
  expect(7, {"scan", "--root", daemon_.path("empty"), "--only", "sysctl"});
  std::filesystem::remove_all(daemon_.path("nodes"));
  expect(7, {"diff", "fleet"});
  expect(7, {"plan", "fleet"});
}

TEST_F(ExitCode, EightIsNotPermitted) {
  break_files(1);
  daemon_.start();
  expect(8, {"get", "repairs"}, "no valid token", "");
  expect(4, {"apply", "fleet", "--yes"});
  expect(8, {"approve", newest()}, "somebody else must approve");
}

TEST_F(ExitCode, NineIsAFailedProof) {
  break_files(1);
  daemon_.start();
  const std::string folder = daemon_.path("audit");
  const std::string key = daemon_.public_key();
  // As soon as there is anything in the log: an export is signed when it is asked for.
  ASSERT_TRUE(until([&] { return daemon_.cli({"audit", "export", folder}).code == 0; }));
  expect(0, {"audit", "verify", folder, "--key", key});
  ASSERT_TRUE(until([&] {
    std::filesystem::remove_all(folder);
    daemon_.cli({"audit", "export", folder});
    return slurp(folder + "/leaves.jsonl").find("\"decide\"") != std::string::npos;
  }));
  expect(0, {"audit", "verify", folder, "--key", key});
  std::string leaves = slurp(folder + "/leaves.jsonl");
  leaves.replace(leaves.find("\"decide\""), 8, "\"decidE\"");
  spill(folder + "/leaves.jsonl", leaves);
  expect(9, {"audit", "verify", folder, "--key", key});
}

// Ctrl-C ends the waiting, not the repair; a shell reports that as 130.
TEST_F(ExitCode, InterruptedIs130) {
  break_files(2);
  daemon_.start();
  expect(4, {"apply", "fleet", "--yes"});
  const auto waiting = daemon_.cli_beside("wait", {"cancel", newest(), "--reason", "x"});
  ASSERT_TRUE(waiting->wait(std::chrono::seconds(20)));
  put(0, "nodes", "other\n");
  configure("  mode: propose\n  gates: {canary: {cohorts: [1, 100%], hold: 20s}}\n");
  daemon_.process().signal(SIGHUP);
  ASSERT_TRUE(daemon_.logs("configuration reloaded"));
  ASSERT_TRUE(until([&] { return daemon_.cli({"apply", "fleet", "--yes"}).code == 4; }));
  const auto approving = daemon_.cli_beside("approve", {"approve", newest()}, "reviewer");
  ASSERT_TRUE(until([&] { return daemon_.repairs("fleet").at(0)["state"] == "running"; }));
  approving->signal(SIGINT);
  const auto ended = approving->wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended);
  EXPECT_TRUE(ended->signal == SIGINT || ended->code == 130) << ended->code;
  EXPECT_EQ(daemon_.repairs("fleet").at(0)["state"], "running");
}

}  // namespace
}  // namespace sideband::e2e
