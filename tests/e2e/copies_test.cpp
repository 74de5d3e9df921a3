// One file for many nodes, by the built binary: what is wanted once, in folders that come and go.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <filesystem>

#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::HasSubstr;

class ManyNodes : public testing::Test {
 protected:
  void configure(const std::string& copies, const std::string& more = "") {
    fs::create_directories(daemon_.path("want"));
    daemon_.configure(
        target("release", "files", "root: " + daemon_.path("want")) +
        target("fleet", "files", "root: " + daemon_.path("fleet")) +
        reconciler("conf", "  mode: auto\n  interval: 200ms\n  gates: {cooldown: 10ms}\n" + more +
                               "  desired: {target: release, files: \"**\", copies: " + copies +
                               "}\n  actual: {target: fleet, files: \"node-*/conf/**\"}\n"));
  }
  void look_by_wakes_alone() {
    std::string text = slurp(daemon_.path("conf/all.yaml"));
    text.replace(text.find("interval: 200ms"), 15, "interval: 1h");
    daemon_.configure(text);
  }
  void add_nodes(int first, int last) {
    for (int i = first; i <= last; ++i) {
      fs::create_directories(daemon_.path("fleet/node-" + std::to_string(i) + "/conf"));
    }
  }
  std::string file_of(int node) {
    return slurp(daemon_.path("fleet/node-" + std::to_string(node) + "/conf/app.conf"));
  }
  bool all_have(const std::string& text, int first, int last) {
    return until([&] {
      for (int i = first; i <= last; ++i) {
        if (file_of(i) != text) return false;
      }
      return true;
    });
  }
  std::string status() { return daemon_.get("/api/v1/reconcilers/conf").value("status", ""); }

  Daemon daemon_;
};

TEST_F(ManyNodes, K4_8_AreFilledAndKeptAndNewOnesToo) {
  configure("\"node-*/conf/{path}\"");
  add_nodes(1, 5);
  spill(daemon_.path("want/app.conf"), "v1\n");
  daemon_.start();
  ASSERT_TRUE(all_have("v1\n", 1, 5)) << daemon_.log();
  add_nodes(6, 7);
  ASSERT_TRUE(all_have("v1\n", 6, 7)) << daemon_.log();
  spill(daemon_.path("fleet/node-3/conf/app.conf"), "by hand\n");
  ASSERT_TRUE(all_have("v1\n", 1, 7)) << daemon_.log();
  spill(daemon_.path("want/app.conf"), "v2\n");
  EXPECT_TRUE(all_have("v2\n", 1, 7)) << daemon_.log();
  fs::remove_all(daemon_.path("fleet/node-2"));
  ASSERT_TRUE(until([&] { return status() == "in_sync"; })) << daemon_.log();
  let_pass(seconds(1));
  EXPECT_FALSE(fs::exists(daemon_.path("fleet/node-2")));
}

// What the release says wakes the reconciler long before its interval.
TEST_F(ManyNodes, K4_8_AChangeOfTheOneFileWakesForAll) {
  configure("\"node-*/conf/{path}\"", "  wake: {targets: [release, fleet]}\n");
  look_by_wakes_alone();
  add_nodes(1, 3);
  spill(daemon_.path("want/app.conf"), "v1\n");
  daemon_.start();
  ASSERT_TRUE(all_have("v1\n", 1, 3)) << daemon_.log();
  spill(daemon_.path("want/app.conf"), "v2\n");
  EXPECT_TRUE(all_have("v2\n", 1, 3)) << daemon_.log();
  add_nodes(4, 4);
  EXPECT_TRUE(all_have("v2\n", 4, 4)) << daemon_.log();
}

// As kubelet mounts it: an update exchanges one link, and that wakes.
TEST_F(ManyNodes, AMountedConfigMapIsWantedEverywhere) {
  configure("\"node-*/conf/{path}\"", "  wake: {targets: [release]}\n");
  look_by_wakes_alone();
  add_nodes(1, 2);
  spill(daemon_.path("want/..1/app.conf"), "v1\n");
  spill(daemon_.path("want/..2/app.conf"), "v2\n");
  fs::create_directory_symlink("..1", daemon_.path("want/..data"));
  fs::create_symlink("..data/app.conf", daemon_.path("want/app.conf"));
  daemon_.start();
  ASSERT_TRUE(all_have("v1\n", 1, 2)) << daemon_.log();
  fs::create_directory_symlink("..2", daemon_.path("want/..data_tmp"));
  fs::rename(daemon_.path("want/..data_tmp"), daemon_.path("want/..data"));
  EXPECT_TRUE(all_have("v2\n", 1, 2)) << daemon_.log();
}

TEST_F(ManyNodes, K4_8_ANamedFolderThatIsNotThereIsSaidAndNotMade) {
  configure("[\"node-1/conf/{path}\", \"node-9/conf/{path}\"]");
  add_nodes(1, 1);
  spill(daemon_.path("want/app.conf"), "v1\n");
  daemon_.start();
  ASSERT_TRUE(all_have("v1\n", 1, 1)) << daemon_.log();
  const Finished plan = daemon_.cli({"plan", "conf"});
  EXPECT_THAT(plan.out + plan.err, HasSubstr("node-9")) << plan.out << plan.err;
  EXPECT_FALSE(fs::exists(daemon_.path("fleet/node-9")));
}

// A source that loses most of its nodes at once is not believed, as any other that shrinks.
TEST_F(ManyNodes, K4_8_FoldersThatAllVanishAreNoWish) {
  configure("\"node-*/conf/{path}\"", "  repair: {prune: true}\n");
  add_nodes(1, 3);
  spill(daemon_.path("want/app.conf"), "v1\n");
  daemon_.start();
  ASSERT_TRUE(all_have("v1\n", 1, 3)) << daemon_.log();
  fs::rename(daemon_.path("fleet"), daemon_.path("fleet.away"));
  fs::create_directories(daemon_.path("fleet"));
  ASSERT_TRUE(until([&] { return status() == "held"; })) << status();
}

// A node's volume, mounted in its folder.
TEST_F(ManyNodes, K6_2_AnUnmountedNodeIsNotFilled) {
  if (::unshare(CLONE_NEWNS) != 0 ||
      ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    GTEST_SKIP() << "SKIPPED: this user cannot make a mount namespace";
  }
  configure("\"node-*/conf/{path}\"");
  add_nodes(1, 2);
  const std::string volume = daemon_.path("fleet/node-2/conf");
  ASSERT_EQ(::mount("none", volume.c_str(), "tmpfs", 0, "size=1m"), 0);
  spill(daemon_.path("want/app.conf"), "v1\n");
  daemon_.start();
  ASSERT_TRUE(all_have("v1\n", 1, 2)) << daemon_.log();
  ASSERT_EQ(::umount2(volume.c_str(), MNT_DETACH), 0);
  spill(daemon_.path("want/app.conf"), "v2\n");
  ASSERT_TRUE(all_have("v2\n", 1, 1)) << daemon_.log();
  let_pass(seconds(1));
  EXPECT_FALSE(fs::exists(volume + "/app.conf"));
  EXPECT_THAT(daemon_.cli({"describe", "conf"}).out, HasSubstr("on another file system now"));
  daemon_.process().signal(SIGHUP);
  EXPECT_TRUE(all_have("v2\n", 1, 2)) << daemon_.log();
}

}  // namespace
}  // namespace sideband::e2e
