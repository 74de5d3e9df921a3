// Files that do not want to be read: everything that a hostile or broken machine puts in the way.
#include "checkup/tree.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "checkup/for_tests.h"

namespace sideband::scan {
namespace {

namespace fs = std::filesystem;

class TreeTest : public testing::Test {
 protected:
  TreeTest() { ::chmod(dir_.path().c_str(), 0755); }
  void put(const std::string& path, const std::string& bytes) { spill(dir_.path() + path, bytes); }
  ErrorCode code_of(const std::string& path, std::size_t most = 100) {
    const auto read = tree_.read(path, most);
    return read.ok() ? ErrorCode::kInternal : read.error().code;
  }

  TempDir dir_;
  Tree tree_ = Tree::open(dir_.path()).value();
};

TEST_F(TreeTest, ReadsAFileAsItIs) {
  const std::string bytes = std::string("a\0b\xff", 4) + "\n";
  put("/etc/a", bytes);
  EXPECT_EQ(tree_.read("/etc/a", 100).value(), bytes);
  EXPECT_EQ(tree_.read("/etc/a", bytes.size()).value(), bytes);
  EXPECT_EQ(code_of("/etc/a", bytes.size() - 1), ErrorCode::kInvalid);
}

TEST_F(TreeTest, NeverWaitsForAFifoOrADevice) {
  ASSERT_EQ(::mkfifo((dir_.path() + "/fifo").c_str(), 0666), 0);
  EXPECT_EQ(code_of("/fifo"), ErrorCode::kInvalid);
  EXPECT_EQ(code_of("/"), ErrorCode::kInvalid);
  const Tree machine = Tree::open("/").value();
  EXPECT_TRUE(machine.is_this_machine());
  EXPECT_EQ(machine.read("/dev/zero", 100).error().code, ErrorCode::kInvalid);
}

TEST_F(TreeTest, LinksStayInTheTree) {
  put("/etc/passwd", "of the tree");
  fs::create_symlink("/etc/passwd", dir_.path() + "/absolute");
  fs::create_symlink("../../../../../../etc/passwd", dir_.path() + "/up");
  EXPECT_FALSE(tree_.is_this_machine());
  EXPECT_EQ(tree_.read("/absolute", 100).value(), "of the tree");
  EXPECT_EQ(tree_.read("/up", 100).value(), "of the tree");
  EXPECT_EQ(tree_.read("/../../etc/passwd", 100).value(), "of the tree");
  EXPECT_EQ(tree_.link_target("/absolute").value(), "/etc/passwd");
  EXPECT_FALSE(tree_.link_target("/etc/passwd").ok());
}

TEST_F(TreeTest, CyclesEnd) {
  fs::create_symlink("b", dir_.path() + "/a");
  fs::create_symlink("a", dir_.path() + "/b");
  fs::create_directories(dir_.path() + "/c/d");
  fs::create_directory_symlink("..", dir_.path() + "/c/d/up");
  EXPECT_EQ(code_of("/a"), ErrorCode::kInvalid);
  int seen = 0;
  tree_.walk(
      "/", 50, [&](const std::string&, FileKind) { return ++seen < 1000; },
      [](const std::string& path, const Error& error) { ADD_FAILURE() << path << error.message; });
  EXPECT_EQ(seen, 5);
}

TEST_F(TreeTest, SaysWhyItCannot) {
  put("/secret", "x");
  put("/closed/file", "x");
  fs::permissions(dir_.path() + "/secret", fs::perms::none);
  fs::permissions(dir_.path() + "/closed", fs::perms::none);
  {
    const Unprivileged other;
    EXPECT_EQ(code_of("/secret"), ErrorCode::kPermission);
    EXPECT_EQ(code_of("/closed/file"), ErrorCode::kPermission);
    EXPECT_EQ(tree_.list("/closed").error().code, ErrorCode::kPermission);
  }
  fs::permissions(dir_.path() + "/closed", fs::perms::all);
  EXPECT_EQ(code_of("/not-there"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of("/secret/below"), ErrorCode::kNotFound);
  EXPECT_EQ(code_of("relative"), ErrorCode::kInvalid);
  EXPECT_EQ(code_of(std::string("/a\0b", 4)), ErrorCode::kInvalid);
  EXPECT_EQ(Tree::open(dir_.path() + "/nowhere").error().code, ErrorCode::kNotFound);
}

TEST_F(TreeTest, MatchesPatternsPartByPart) {
  for (const char* path : {"/etc/x/1.conf", "/etc/y/2.conf", "/etc/y/2.txt", "/etc/y/.h.conf"}) {
    put(path, "");
  }
  using Paths = std::vector<std::string>;
  EXPECT_EQ(tree_.glob("/etc/*/*.conf"), (Paths{"/etc/x/1.conf", "/etc/y/2.conf"}));
  EXPECT_EQ(tree_.glob("/etc/[y]/2.???"), Paths{"/etc/y/2.txt"});
  EXPECT_EQ(tree_.glob("/etc/x/1.conf"), Paths{"/etc/x/1.conf"});
  EXPECT_EQ(tree_.glob("/nothing/*"), Paths{});
}

TEST_F(TreeTest, FoldersHaveABound) {
  for (int i = 0; i < 5; ++i) put("/many/" + std::to_string(i), "");
  EXPECT_EQ(tree_.list("/many", 5).value().size(), 5U);
  EXPECT_EQ(tree_.list("/many", 4).error().code, ErrorCode::kInvalid);
}

}  // namespace
}  // namespace sideband::scan
