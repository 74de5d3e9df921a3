// `check --targets` says what playbooks lack, without running or sending anything.
#include <gmock/gmock.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

using ::testing::HasSubstr;

class CheckPlaybooks : public testing::Test {
 protected:
  Finished check(const std::string& commands, const std::string& url) {
    daemon_.configure(
        target("worker", "exec", "commands: [" + commands + "]") +
        target("service", "http", "url: " + url) +
        "---\napiVersion: resolved.sideband/v1\nkind: Playbook\nmetadata: {name: book, labels: "
        "{owner: team-shop, environment: test, criticality: high, repairType: index}}\nspec:\n"
        "  startableBy: [operator]\n  steps:\n    - {name: one, target: worker, run: {argv: [" +
        script() +
        "]}, undo: none}\n    - {name: two, needs: one, target: service, run: {path: /x}, "
        "undo: none}\n");
    return daemon_.cli({"check", "--targets"});
  }
  std::string script() { return daemon_.path("touch.sh"); }

  Daemon daemon_;
};

TEST_F(CheckPlaybooks, CommandsAndAddressesAreLookedAtAndNothingIsRun) {
  spill(script(), "#!/bin/sh\ntouch " + daemon_.path("ran") + "\n");
  const Finished plain = check(script() + ", /no/such", "http://127.0.0.1:1");
  EXPECT_EQ(plain.code, 8) << plain.out << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("this machine (loopback); name it in connect.allow"));
  EXPECT_THAT(plain.out, HasSubstr("playbook/book run"));
  EXPECT_THAT(plain.out, HasSubstr("a command /no/such"));
  EXPECT_THAT(plain.out, HasSubstr("chmod a+x " + script()));
  std::filesystem::permissions(script(), std::filesystem::perms::owner_all);
  const Finished good = check(script(), "http://127.0.0.1:1, allow: [127.0.0.1]");
  EXPECT_EQ(good.code, 0) << good.out << good.err;
  EXPECT_THAT(good.out, HasSubstr("connecting to"));
  const Finished unresolved = check(script(), "https://no-such-host.invalid");
  EXPECT_EQ(unresolved.code, 7) << unresolved.out << unresolved.err;
  EXPECT_FALSE(std::filesystem::exists(daemon_.path("ran")));
}

}  // namespace
}  // namespace sideband::e2e
