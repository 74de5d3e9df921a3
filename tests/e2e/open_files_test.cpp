// Files that somebody is writing, before the built binary: neither believed nor overwritten, and
// looked at again when they are closed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "base/fd.h"
#include "e2e/daemon.h"

namespace sideband::e2e {
namespace {

class OpenFiles : public testing::Test {
 protected:
  void start(const std::string& more = "") {
    for (const char* folder : {"want", "live"}) {
      std::filesystem::create_directories(daemon_.path(folder));
    }
    daemon_.token("operator");
    spill(want(), "one");
    spill(live(), "one");
    daemon_.configure(target("wanted", "files", "root: " + daemon_.path("want")) +
                      target("here", "files", "root: " + daemon_.path("live")) +
                      reconciler("site",
                                 "  mode: auto\n  interval: 1h\n"
                                 "  wake: {targets: [wanted, here]}\n"
                                 "  gates: {cooldown: 0s}\n"
                                 "  desired: {target: wanted, files: \"*\"" +
                                     more +
                                     "}\n"
                                     "  actual: {target: here, files: \"*\"" +
                                     more + "}\n"));
    ASSERT_NO_FATAL_FAILURE(daemon_.start());
  }
  [[nodiscard]] std::string want() const { return daemon_.path("want/app"); }
  [[nodiscard]] std::string live() const { return daemon_.path("live/app"); }
  // Waits until scans that are asked for say that of the site.
  bool a_scan_says(const std::string& text) {
    return until([&] {
      daemon_.call("POST", "/api/v1/reconcilers/site/scan", "{}");
      return daemon_.get("/api/v1/reconcilers/site").dump().find(text) != std::string::npos;
    });
  }
  static Fd writer(const std::string& path) {
    return Fd(open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  }
  static void write_to(const Fd& fd, const std::string& text) {
    ASSERT_EQ(write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  Daemon daemon_;
};

TEST_F(OpenFiles, WhatIsHalfWrittenIsNotDeployedBeforeItIsClosed) {
  ASSERT_NO_FATAL_FAILURE(start());
  Fd half = writer(want());
  write_to(half, "tw");
  EXPECT_TRUE(a_scan_says("is open for writing")) << daemon_.log();
  EXPECT_EQ(slurp(live()), "one");
  write_to(half, "o");
  half = Fd();
  EXPECT_TRUE(until([&] { return slurp(live()) == "two"; })) << daemon_.log();
}

TEST_F(OpenFiles, WhatSomebodyWritesIsNotOverwritten) {
  ASSERT_NO_FATAL_FAILURE(start());
  Fd theirs = writer(live());
  write_to(theirs, "ed");
  EXPECT_TRUE(a_scan_says("is open for writing")) << daemon_.log();
  write_to(theirs, "ited");
  EXPECT_EQ(slurp(live()), "edited");
  theirs = Fd();
  EXPECT_TRUE(until([&] { return slurp(live()) == "one"; })) << daemon_.log();
}

TEST_F(OpenFiles, WhatHasToSettleIsLookedAtAgainByTheFeed) {
  ASSERT_NO_FATAL_FAILURE(start(", settle: 300ms"));
  for (int i = 0; i < 3; ++i) {
    spill(want(), "round " + std::to_string(i));
    EXPECT_TRUE(until([&] { return slurp(live()) == "round " + std::to_string(i); }))
        << daemon_.log();
  }
}

}  // namespace
}  // namespace sideband::e2e
