// What is opened below a folder, while others rename folders all the time.
#include "base/open_under.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <filesystem>

#include "base/thread.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

TEST(OpenUnder, LinksStayBelowTheFolder) {
  const TempDir dir;
  spill(dir.path("in/a"), "a");
  spill(dir.path("out"), "b");
  ASSERT_EQ(::symlink("../out", dir.path("in/leads-out").c_str()), 0);
  const Fd root(::open(dir.path("in").c_str(), O_PATH | O_DIRECTORY));
  EXPECT_TRUE(open_under(root.get(), "a", O_RDONLY, RESOLVE_BENEATH).valid());
  EXPECT_FALSE(open_under(root.get(), "leads-out", O_RDONLY, RESOLVE_BENEATH).valid());
  EXPECT_EQ(errno, EXDEV);
  EXPECT_FALSE(open_under(root.get(), "none", O_RDONLY, RESOLVE_BENEATH).valid());
  EXPECT_EQ(errno, ENOENT);
}

TEST(OpenUnder, RenamesElsewhereAreNoReasonToFail) {
  const TempDir dir;
  spill(dir.path("in/archive/a"), "a");
  std::filesystem::create_directory(dir.path("in/live"));
  ASSERT_EQ(::symlink("../archive/a", dir.path("in/live/a").c_str()), 0);
  std::filesystem::create_directory(dir.path("x"));
  std::atomic<bool> over{false};
  Thread renamer("renamer", [&] {
    while (!over) {
      ::rename(dir.path("x").c_str(), dir.path("y").c_str());
      ::rename(dir.path("y").c_str(), dir.path("x").c_str());
    }
  });
  const Fd root(::open(dir.path("in").c_str(), O_PATH | O_DIRECTORY));
  int failed = 0;
  for (int i = 0; i < 20'000; ++i) {
    failed += open_under(root.get(), "/live/a", O_PATH, RESOLVE_IN_ROOT).valid() ? 0 : 1;
  }
  over = true;
  renamer.join();
  EXPECT_EQ(failed, 0);
}

}  // namespace
}  // namespace sideband
