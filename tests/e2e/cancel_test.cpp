// `cancel` stops before the next step; `cancel --now` ends the step that is under way, also a
// command that does not listen.
#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>

#include "e2e/two_nodes.h"
#include "support/postgres_server.h"
#include "support/until.h"

namespace sideband::e2e {
namespace {

using ::testing::HasSubstr;

// A playbook whose first step is a command that tells its pid in `folder`, and ignores SIGTERM; a
// look says that it had no effect.
void configure_stubborn(Daemon& daemon, const std::string& folder) {
  const std::string script = folder + "/stubborn.sh";
  spill(script, "#!/bin/sh\ntrap '' TERM\necho $$ > " + folder + "/pid.new\nmv " + folder +
                    "/pid.new " + folder + "/pid\nwhile :; do sleep 1; done\n");
  std::filesystem::permissions(script, std::filesystem::perms::owner_all);
  daemon.configure(
      target("worker", "exec", "commands: [" + script + ", /usr/bin/test], grace: 200ms") +
      "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: stubborn, labels: "
      "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
      "  startableBy: [operator]\n  steps:\n    - {name: hang, target: worker, timeout: 10m, run: "
      "{argv: [" +
      script +
      "]}, look: {argv: [/usr/bin/test, -e, /nowhere]}, undo: none}\n"
      "    - {name: after, needs: hang, target: worker, run: {argv: [/usr/bin/test, -e, /]}, undo: "
      "none}\n");
}

// Starts the playbook and waits for its command.
pid_t start_stubborn(Daemon& daemon, const std::string& folder) {
  daemon.cli({"run", "stubborn", "--apply", "--wait", "0s"});
  const std::string file = folder + "/pid";
  EXPECT_TRUE(until([&] { return std::filesystem::exists(file); })) << daemon.log();
  return static_cast<pid_t>(std::stol(slurp(file)));
}

Json newest(const Daemon& daemon) {
  return daemon.repairs("playbook/stubborn").at(0);
}

TEST(Cancel, NowEndsACommandThatIgnoresSigtermAndAPlainOneDoesNot) {
  Daemon daemon;
  configure_stubborn(daemon, daemon.path("."));
  daemon.start();
  const pid_t pid = start_stubborn(daemon, daemon.path("."));
  const std::string id = newest(daemon)["id"];
  ASSERT_EQ(
      daemon.call("POST", "/api/v1/repairs/" + id + "/cancel", R"({"reason":"plain"})").status,
      202);
  EXPECT_EQ(newest(daemon)["state"], "running");
  EXPECT_EQ(::kill(pid, 0), 0);
  const Finished done = daemon.cli({"cancel", id, "--now", "--reason", "it hangs"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("cancelled (cancelled at once by operator: it hangs)"));
  EXPECT_EQ(::kill(pid, 0), -1);
  const Json steps = daemon.get("/api/v1/repairs/" + id + "/steps")["items"];
  EXPECT_EQ(steps.at(0)["outcome"], "failed") << steps.dump();  // the look: it is not there
  EXPECT_EQ(steps.at(1)["status"], "skipped") << steps.dump();
  const std::string folder = daemon.path("audit");
  ASSERT_EQ(daemon.cli({"audit", "export", folder}).code, 0);
  std::string records;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) records += slurp(file.path());
  }
  EXPECT_THAT(records, HasSubstr("cancel-now"));
  EXPECT_EQ(daemon.cli({"audit", "verify", folder, "--key", daemon.public_key()}).code, 0);
}

// The node that is asked is not the one whose command hangs.
TEST(Cancel, NowReachesTheCommandOfAnotherNode) {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  TwoNodes nodes(server->new_database(), "5s");
  const std::string folder = nodes.a.path(".");
  configure_stubborn(nodes.a, folder);
  configure_stubborn(nodes.b, folder);
  ASSERT_NO_FATAL_FAILURE(nodes.start());
  const pid_t pid = start_stubborn(nodes.a, folder);
  const std::string id = newest(nodes.a)["id"];
  const Json locks = nodes.a.get("/api/v1/locks")["items"];
  ASSERT_EQ(locks.size(), 1U);
  Daemon& other = locks.at(0).at("node") == "a" ? nodes.b : nodes.a;
  const Finished done = other.cli({"cancel", id, "--now", "--reason", "it hangs"});
  EXPECT_EQ(done.code, 0) << done.err << locks.dump();
  EXPECT_THAT(done.out, HasSubstr("cancelled (cancelled at once by operator: it hangs)"));
  EXPECT_EQ(::kill(pid, 0), -1);
  nodes.check_log(nodes.a);
}

}  // namespace
}  // namespace sideband::e2e
