// Commands that run as another user than the daemon: a real `sideband run-commands` beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

// The runner's user; the daemon is root.
constexpr uid_t kOther = 65534;

class OtherUser : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "SKIPPED: to be two users needs root";
    // The build folder may be out of that user's reach.
    fs::copy_file(binary(), dir_.path("sideband"));
    ASSERT_EQ(::chown(dir_.path().c_str(), kOther, kOther), 0);
    start_runner();
  }
  void start_runner() {
    const std::string id = std::to_string(kOther);
    Command command;
    command.argv = {"setpriv",
                    "--reuid",
                    id,
                    "--regid",
                    id,
                    "--clear-groups",
                    dir_.path("sideband"),
                    "run-commands",
                    "--listen",
                    socket_,
                    "--for",
                    "root"};
    command.err = dir_.path("runner.log");
    runner_ = std::make_unique<Process>(command);
    ASSERT_TRUE(until([&] {
      return slurp(command.err).find("event=\"running commands\"") != std::string::npos;
    })) << slurp(command.err);
  }
  // One playbook whose only step is this script, in the daemon's state folder.
  void start(const std::string& script, const std::string& connect = "") {
    spill(dir_.path("step.sh"), script);
    ASSERT_EQ(::chmod(dir_.path("step.sh").c_str(), 0755), 0);
    daemon_.token("operator");
    daemon_.configure(
        target("worker", "exec", "commands: [/bin/sh]" + connect) +
        "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: job, labels: "
        "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
        "  startableBy: [operator]\n  steps:\n"
        "    - {name: one, target: worker, timeout: 20s, run: {argv: [/bin/sh, " +
        dir_.path("step.sh") + ", " + daemon_.state() + "], failed: [1]}, undo: none}\n");
    daemon_.serve_options = {"--command-runner", socket_};
    daemon_.start();
  }
  std::string told() {
    const std::string id = daemon_.repairs("playbook/job").at(0)["id"];
    return daemon_.cli({"describe", id, "-o", "json"}).out + daemon_.cli({"describe", id}).out;
  }

  TempDir dir_;
  const std::string socket_ = dir_.path("commands.sock");
  Daemon daemon_;
  std::unique_ptr<Process> runner_;
};

TEST_F(OtherUser, K9_5_RunsTheCommandsAndReachesNoSecretOfTheDaemon) {
  start(
      "id -un\nfor secret in audit.key tokens/operator sideband.db; do\n"
      "  cat \"$1/$secret\" 2>&1 | sed 's/.*: //'\ndone\n"
      "ls \"$1\" 2>&1 | sed 's/.*: //'\ncat /proc/$PPID/environ >/dev/null 2>&1 || echo ours\n");
  EXPECT_EQ(daemon_.cli({"run", "job", "--apply"}).code, 0) << daemon_.log();
  const std::string said = told();
  EXPECT_THAT(said, HasSubstr("nobody")) << said;
  EXPECT_THAT(said, HasSubstr("Permission denied"));
  EXPECT_THAT(said, Not(HasSubstr("PRIVATE KEY")));
}

TEST_F(OtherUser, K9_5_WithoutTheRunnerNothingIsStartedAndItIsSaid) {
  runner_->signal(SIGTERM);
  const auto ended = runner_->wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended && ended->code == 0) << slurp(dir_.path("runner.log"));
  EXPECT_FALSE(fs::exists(socket_));
  start("touch " + dir_.path("done") + "\n");
  daemon_.cli({"run", "job", "--apply", "--wait", "0s"});
  ASSERT_TRUE(until([&] {
    return told().find("no command runner answers at") != std::string::npos;
  })) << told();
  EXPECT_FALSE(fs::exists(dir_.path("done")));
}

// What runs belongs to who wanted it: killed with the daemon, and not with the runner's others.
TEST_F(OtherUser, K9_5_ACommandEndsWithTheDaemonThatWantedIt) {
  start("echo $$ >" + dir_.path("pid") + "\nsleep 1000\n");
  daemon_.cli({"run", "job", "--apply", "--wait", "0s"});
  ASSERT_TRUE(until([&] {
    return fs::exists(dir_.path("pid")) && slurp(dir_.path("pid")).ends_with("\n");
  })) << daemon_.log();
  const std::string pid = slurp(dir_.path("pid"));
  const std::string proc = "/proc/" + pid.substr(0, pid.size() - 1);
  EXPECT_TRUE(fs::exists(proc));
  daemon_.kill_now();
  EXPECT_TRUE(until([&] { return !fs::exists(proc); }));
  EXPECT_TRUE(runner_->running());
}

TEST_F(OtherUser, K9_5_ATargetCanDoWithoutIt) {
  start("id -un\n", ", runner: none");
  EXPECT_EQ(daemon_.cli({"run", "job", "--apply"}).code, 0) << daemon_.log();
  EXPECT_THAT(told(), HasSubstr("root"));
}

TEST_F(OtherUser, K9_5_ChecksSayWhoRunsThem) {
  start("true\n", ", runner: " + socket_);
  const Finished good = daemon_.cli({"check", "--targets", daemon_.path("conf")});
  EXPECT_THAT(good.out + good.err, HasSubstr("nobody"));
  runner_->signal(SIGTERM);
  ASSERT_TRUE(runner_->wait(std::chrono::seconds(20)));
  const Finished bad = daemon_.cli({"check", "--targets", daemon_.path("conf")});
  EXPECT_NE(bad.code, 0);
  EXPECT_THAT(bad.out + bad.err, HasSubstr("sideband run-commands --listen"));
}

}  // namespace
}  // namespace sideband::e2e
