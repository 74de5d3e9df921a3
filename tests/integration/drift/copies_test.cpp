// desired.copies: each file of the desired side once below each folder that a pattern names.
#include <gmock/gmock.h>

#include <filesystem>
#include <random>

#include "support/temp_dir.h"
#include "two_sides.h"

namespace sideband {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Copies : public testing::Test {
 protected:
  Copies() { fs::create_directory(want_.path("sub")); }

  Result<TwoSides> try_open(const std::vector<std::string>& copies) {
    OneSide desired = files_side(want_.path());
    desired.collection.options["files"] = "**";
    desired.collection.copies = copies;
    OneSide actual = files_side(have_.path());
    actual.collection.options["files"] = "**";
    return TwoSides::open(registry_, std::move(desired), std::move(actual));
  }
  TwoSides open(const std::vector<std::string>& copies) {
    auto sides = try_open(copies);
    EXPECT_TRUE(sides.ok()) << sides.error().message;
    return std::move(*sides);
  }
  void make_folders(const std::vector<std::string>& folders) {
    for (const std::string& folder : folders) fs::create_directories(have_.path(folder));
  }
  static std::vector<std::string> keys_of(const std::vector<Change>& changes) {
    std::vector<std::string> keys;
    for (const Change& change : changes) keys.push_back(change.key);
    return keys;
  }

  TempDir want_, have_;
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
};

TEST_F(Copies, K4_8_OneFileIsWantedBelowEachFolder) {
  make_folders({"node-1", "node-10", "node-2", "other"});
  spill(want_.path("app.conf"), "on\n");
  spill(want_.path("sub/b.conf"), "b\n");
  spill(have_.path("node-2/app.conf"), "off\n");
  spill(have_.path("node-10/app.conf"), "on\n");
  spill(have_.path("node-1/stray.conf"), "nobody wants this\n");
  const TwoSides on = open({"node-*"});
  const auto changes = on.look()->changes;
  EXPECT_THAT(keys_of(changes),
              ElementsAre("node-1/app.conf", "node-1/stray.conf", "node-1/sub/b.conf",
                          "node-10/sub/b.conf", "node-2/app.conf", "node-2/sub/b.conf"));
  EXPECT_EQ(first_failure(on.run(changes, StepMode::kForward)), "");
  EXPECT_EQ(slurp(have_.path("node-2/app.conf")), "on\n");
  EXPECT_EQ(slurp(have_.path("node-10/sub/b.conf")), "b\n");
  EXPECT_FALSE(fs::exists(have_.path("node-1/stray.conf")));
  EXPECT_TRUE(on.look()->changes.empty());
  EXPECT_EQ(first_failure(on.run(changes, StepMode::kUndo)), "");
  EXPECT_EQ(slurp(have_.path("node-2/app.conf")), "off\n");
  EXPECT_TRUE(fs::exists(have_.path("node-1/stray.conf")));
}

TEST_F(Copies, K4_8_AFolderThatComesLaterIsFilledAndOneThatWentIsNotMadeAgain) {
  make_folders({"node-1", "node-2"});
  spill(want_.path("app.conf"), "on\n");
  const TwoSides on = open({"node-*"});
  EXPECT_EQ(first_failure(on.run(on.look()->changes, StepMode::kForward)), "");
  fs::remove_all(have_.path("node-1"));
  make_folders({"node-3"});
  EXPECT_THAT(keys_of(on.look()->changes), ElementsAre("node-3/app.conf"));
}

// The state that was judged is of a folder that is gone: nothing is made anew.
TEST_F(Copies, K4_8_AFolderThatGoesBeforeTheRepairIsNotMadeAgain) {
  make_folders({"node-1"});
  spill(want_.path("app.conf"), "on\n");
  const TwoSides on = open({"node-*"});
  const auto changes = on.look()->changes;
  fs::remove_all(have_.path("node-1"));
  (void)on.run(changes, StepMode::kForward);
  EXPECT_FALSE(fs::exists(have_.path("node-1")));
}

TEST_F(Copies, K4_8_AFolderThatIsNamedHasToBeThere) {
  make_folders({"a"});
  spill(want_.path("app.conf"), "on\n");
  const TwoSides on = open({"a", "b/conf"});
  const Pass pass = *on.look();
  EXPECT_THAT(keys_of(pass.changes), ElementsAre("a/app.conf"));
  ASSERT_EQ(pass.unknown, 1);
}

TEST_F(Copies, K4_8_ALinkInTheFoldersPlaceIsNotFollowed) {
  make_folders({"a", "elsewhere"});
  fs::create_directory_symlink(have_.path("elsewhere"), have_.path("b"));
  spill(want_.path("app.conf"), "on\n");
  const TwoSides on = open({"?"});
  const Pass pass = *on.look();
  EXPECT_THAT(keys_of(pass.changes), ElementsAre("a/app.conf"));
  EXPECT_EQ(pass.unknown, 2);  // the link itself, and what is wanted behind it
  EXPECT_THAT(pass.first_unknown, HasSubstr("b"));
}

TEST_F(Copies, K4_8_FoldersBelowEachOtherAreRefused) {
  make_folders({"a/b"});
  spill(want_.path("app.conf"), "on\n");
  const auto pass = open({"a", "a/*"}).look();
  ASSERT_FALSE(pass.ok());
  EXPECT_THAT(pass.error().message, AllOf(HasSubstr("'a/b'"), HasSubstr("'a'")));
}

TEST_F(Copies, K4_8_NoFolderMeansNothingIsWantedAndNothingIsDone) {
  spill(want_.path("app.conf"), "on\n");
  const Pass pass = *open({"node-*"}).look();
  EXPECT_THAT(pass.changes, IsEmpty());
  EXPECT_EQ(pass.desired, 0);
}

// Names around the slash, so that the order of whole keys and that of folders differ.
TEST_F(Copies, K4_8_RandomFoldersAndFilesComeToTheSame) {
  const std::vector<std::string> names = {"a",  "a-", "a-b", "a.b", "a0", "-a", "!",  "+",
                                          "ab", "A",  "a a", "~",   "ä",  "0",  "a!", "b"};
  std::mt19937 random(7);
  const auto some = [&] {
    std::vector<std::string> out;
    for (const std::string& name : names) {
      if (random() % 2 == 0) out.push_back(name);
    }
    return out;
  };
  for (int round = 0; round < 25; ++round) {
    const TempDir& root = have_;
    const std::string fleet = "r" + std::to_string(round);
    std::vector<std::string> folders = some();
    for (const std::string& folder : folders) {
      fs::create_directories(root.path(fleet + "/" + folder));
      for (const std::string& file : some()) {
        spill(root.path(fleet + "/" + folder + "/" + file), std::to_string(random() % 2));
      }
    }
    for (const std::string& file : names) fs::remove(want_.path(file));
    std::vector<std::string> files = some();
    for (const std::string& file : files) spill(want_.path(file), std::to_string(random() % 2));
    const TwoSides on = open({fleet + "/*"});
    const Pass pass = *on.look();
    EXPECT_EQ(pass.desired, std::ssize(folders) * std::ssize(files));
    std::vector<Change> ours;
    for (const Change& change : pass.changes) {
      if (change.key.starts_with(fleet + "/")) ours.push_back(change);
    }
    EXPECT_EQ(first_failure(on.run(ours, StepMode::kForward)), "");
    for (const std::string& folder : folders) {
      const std::string at = root.path(fleet + "/" + folder);
      EXPECT_EQ(static_cast<std::size_t>(std::distance(fs::directory_iterator(at), {})),
                files.size());
      for (const std::string& file : files) {
        EXPECT_EQ(slurp(at + "/" + file), slurp(want_.path(file))) << at << "/" << file;
      }
    }
    fs::remove_all(root.path(fleet));
  }
}

}  // namespace
}  // namespace sideband
