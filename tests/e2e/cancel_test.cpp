// `cancel` stops before the next step; `cancel --now` ends the step that is under way, also a
// command that does not listen.
#include <gmock/gmock.h>
#include <signal.h>

#include <filesystem>

#include "e2e/daemon.h"
#include "support/until.h"

namespace sideband::e2e {
namespace {

using ::testing::HasSubstr;

class Cancel : public testing::Test {
 protected:
  // A command that tells its pid and ignores SIGTERM; a look says that it had no effect.
  Cancel() {
    daemon_.token("operator");
    spill(script(), "#!/bin/sh\ntrap '' TERM\necho $$ > " + daemon_.path("pid.new") + "\nmv " +
                        daemon_.path("pid.new") + " " + daemon_.path("pid") +
                        "\nwhile :; do sleep 1; done\n");
    std::filesystem::permissions(script(), std::filesystem::perms::owner_all);
    daemon_.configure(
        target("worker", "exec", "commands: [" + script() + ", /usr/bin/test], grace: 200ms") +
        "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: stubborn, labels: "
        "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
        "  startableBy: [operator]\n  steps:\n    - {name: hang, on: worker, timeout: 10m, run: "
        "{argv: [" +
        script() +
        "]}, look: {argv: [/usr/bin/test, -e, /nowhere]}, undo: none}\n"
        "    - {name: after, needs: hang, on: worker, run: {argv: [/usr/bin/test, -e, /]}, undo: "
        "none}\n");
  }
  std::string script() { return daemon_.path("stubborn.sh"); }
  pid_t begun() {
    EXPECT_TRUE(until([&] { return std::filesystem::exists(daemon_.path("pid")); }))
        << daemon_.log();
    return static_cast<pid_t>(std::stol(slurp(daemon_.path("pid"))));
  }
  Json newest() { return daemon_.repairs("playbook/stubborn").at(0); }

  Daemon daemon_;
};

TEST_F(Cancel, NowEndsACommandThatIgnoresSigtermAndAPlainOneDoesNot) {
  daemon_.start();
  daemon_.cli({"run", "stubborn", "--apply", "--wait", "0s"});
  const pid_t pid = begun();
  const std::string id = newest()["id"];
  ASSERT_EQ(
      daemon_.call("POST", "/api/v1/repairs/" + id + "/cancel", R"({"reason":"plain"})").status,
      202);
  EXPECT_EQ(newest()["state"], "running");
  EXPECT_EQ(::kill(pid, 0), 0);
  const Finished done = daemon_.cli({"cancel", id, "--now", "--reason", "it hangs"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, HasSubstr("cancelled (cancelled at once by operator: it hangs)"));
  EXPECT_EQ(::kill(pid, 0), -1);
  const Json steps = daemon_.get("/api/v1/repairs/" + id + "/steps")["items"];
  EXPECT_EQ(steps.at(0)["outcome"], "failed") << steps.dump();  // the look: it is not there
  EXPECT_EQ(steps.at(1)["standing"], "skipped") << steps.dump();
  const std::string folder = daemon_.path("audit");
  ASSERT_EQ(daemon_.cli({"audit", "export", folder}).code, 0);
  std::string records;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder)) {
    if (file.is_regular_file()) records += slurp(file.path());
  }
  EXPECT_THAT(records, HasSubstr("cancel-now"));
  EXPECT_EQ(daemon_.cli({"audit", "verify", folder, "--key", daemon_.public_key()}).code, 0);
}

}  // namespace
}  // namespace sideband::e2e
