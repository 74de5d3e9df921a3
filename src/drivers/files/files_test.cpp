// What is particular to files: patterns, order of paths, links, owners, and the way back of a swap.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/files/driver.h"
#include "drivers/files/feed.h"
#include "drivers/files/files_for_tests.h"
#include "drivers/files/grants.h"
#include "drivers/files/temp.h"

namespace sideband {
namespace {

TEST(Globs, MatchAsAShellDoes) {
  const auto matches = [](const char* pattern, const char* path) {
    const auto glob = Glob::parse(pattern);
    return glob.ok() && glob->matches(path);
  };
  EXPECT_TRUE(matches("*/edge.yaml", "lyon/edge.yaml"));
  EXPECT_FALSE(matches("*/edge.yaml", "a/b/edge.yaml"));
  EXPECT_FALSE(matches("*/edge.yaml", "edge.yaml"));
  EXPECT_TRUE(matches("**/edge.yaml", "edge.yaml"));
  EXPECT_TRUE(matches("**/edge.yaml", "a/b/c/edge.yaml"));
  EXPECT_TRUE(matches("a/**", "a/b/c"));
  EXPECT_FALSE(matches("a/**", "b/c"));
  EXPECT_TRUE(matches("a*c?.y", "abbcd.y"));
  EXPECT_FALSE(matches("**", ".git/config"));
  EXPECT_TRUE(matches(".config/*", ".config/x"));
  EXPECT_TRUE(matches("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaab"));
}

TEST(Globs, RefuseWhatLeavesTheRoot) {
  for (const char* pattern : {"", "/etc/*", "../x", "a/../b", "a/", "a**b", "./a"}) {
    EXPECT_FALSE(Glob::parse(pattern).ok()) << pattern;
  }
}

TEST(Globs, KnowWhichFoldersCanMatch) {
  const auto glob = std::move(Glob::parse("*/conf/*.yaml")).value();
  EXPECT_TRUE(glob.may_match_below(""));
  EXPECT_TRUE(glob.may_match_below("a"));
  EXPECT_TRUE(glob.may_match_below("a/conf"));
  EXPECT_FALSE(glob.may_match_below("a/other"));
  EXPECT_FALSE(glob.may_match_below("a/conf/deeper"));
}

TEST_F(FilesTest, K6_2_ARootThatBecameALinkIsNoLongerBelieved) {
  const std::string path = dir_.path("root");
  fs::create_directory(path);
  const Root root = std::move(Root::note(path)).value();
  EXPECT_TRUE(root.open().ok());
  fs::rename(path, dir_.path("before"));
  const auto gone = root.open();
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().retry, Retry::kAfter);
  EXPECT_FALSE(root.replaced()) << "nothing is there that a reload could take";
  fs::create_directory_symlink("before", path);
  EXPECT_FALSE(root.open().ok());
  EXPECT_TRUE(root.replaced());
  const Root linked = std::move(Root::note(path)).value();
  EXPECT_TRUE(linked.open().ok()) << "it was a link from the start";
  fs::remove(path);
  fs::create_directory(path);
  EXPECT_TRUE(root.open().ok()) << "a folder that was made again";
  EXPECT_TRUE(linked.open().ok());
}

TEST_F(FilesTest, ScanFollowsByteOrderOfWholePaths) {
  const std::vector<std::string> paths = {"a-b/x", "a.b/x", "a/x", "a/y/z", "a0/x", "b"};
  for (const std::string& path : paths) spill(dir_.path(path), "1");
  for (const std::size_t page : {1, 2, 100}) EXPECT_EQ(keys({"**"}, page), paths);
}

TEST_F(FilesTest, FileDeletedDuringTheScanIsLeftOut) {
  for (const char* name : {"a", "b", "c"}) spill(dir_.path(name), "1");
  FilesCollection files(options({"*"}), context_);
  ScanRequest request;
  request.max_items = 1;
  request.cursor = files.scan(request)->cursor;
  fs::remove(dir_.path("b"));
  const auto page = files.scan(request);
  EXPECT_EQ(page->items.at(0).key, "c");
}

TEST_F(FilesTest, UnreadableFolderVoidsTheScan) {
  spill(dir_.path("a/x"), "1");
  spill(dir_.path("b/x"), "1");
  fs::permissions(dir_.path(), fs::perms::all);
  fs::permissions(dir_.path("b"), fs::perms::none);
  const bool was_root = geteuid() == 0;
  if (was_root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  FilesCollection files(options({"*/x"}), context_);
  const auto page = files.scan({});
  if (was_root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  fs::permissions(dir_.path("b"), fs::perms::all);
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, ErrorCode::kPermission);
}

TEST_F(FilesTest, LinksAreNeverFollowedOutOfTheRoot) {
  TempDir outside;
  spill(outside.path("secret/edge.yaml"), "theirs");
  fs::create_directory_symlink(outside.path("secret"), dir_.path("link"));
  FilesCollection files(options({"*/edge.yaml"}), context_);
  EXPECT_TRUE(keys({"*/edge.yaml"}).empty());
  const auto items = files.read({"link/edge.yaml"}, std::chrono::seconds(5));
  EXPECT_FALSE(items->at(0).state.known()) << "behind a link nothing is known, absence neither";
  EXPECT_EQ(apply(update("link/edge.yaml", "theirs", "ours"), options({"*/edge.yaml"})).outcome,
            Outcome::kFailed);
  EXPECT_EQ(slurp(outside.path("secret/edge.yaml")), "theirs");
}

TEST_F(FilesTest, OtherThingsInAFilesPlaceAreUnknown) {
  fs::create_directories(dir_.path("a/edge.yaml"));
  fs::create_directories(dir_.path("b"));
  ASSERT_EQ(mkfifo(dir_.path("b/edge.yaml").c_str(), 0600), 0);
  spill(dir_.path("c/edge.yaml"), std::string(100, 'x'));
  FilesOptions small = options({"*/edge.yaml"});
  small.swap.max_size = 99;
  FilesCollection files(std::move(small), context_);
  const auto page = files.scan({});
  ASSERT_EQ(page->items.size(), 3U);
  for (const Item& item : page->items) {
    EXPECT_FALSE(item.state.known()) << item.key;
    EXPECT_FALSE(item.state.why.empty());
  }
}

// Trying again would not help; the other file is changed.
TEST_F(FilesTest, AFolderThatMayNotBeWrittenIsForAPersonAndNamed) {
  spill(dir_.path("open/f"), "old");
  spill(dir_.path("shut/f"), "old");
  fs::permissions(dir_.path(), fs::perms::all);
  fs::permissions(dir_.path("open"), fs::perms::all);
  const bool root = geteuid() == 0;
  for (const char* name : {"open/f", "shut/f"}) {
    if (root) {
      ASSERT_EQ(chown(dir_.path(name).c_str(), 65534, getegid()), 0);
    }
  }
  if (!root) fs::permissions(dir_.path("shut"), fs::perms::owner_read | fs::perms::owner_exec);
  FilesCollection files(options({"*/f"}), context_);
  if (root) {
    ASSERT_EQ(seteuid(65534), 0);
  }
  const auto outcomes =
      files.apply({Uuid(),
                   1,
                   {update("open/f", "old", "new"), update("shut/f", "old", "new")},
                   std::chrono::seconds(30)});
  const auto report = files_grants(dir_.path(), GlobSet::parse({"*/f"}).value(),
                                   {false, true, false, std::chrono::seconds(30)});
  if (root) {
    ASSERT_EQ(seteuid(0), 0);
  }
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  EXPECT_EQ(outcomes->at(0).outcome, Outcome::kChanged) << outcomes->at(0).detail;
  EXPECT_EQ(outcomes->at(1).outcome, Outcome::kFailed);
  EXPECT_EQ(outcomes->at(1).retry, Retry::kPerson);
  EXPECT_NE(outcomes->at(1).detail.find("run: setfacl -R -m u:"), std::string::npos)
      << outcomes->at(1).detail;
  ASSERT_TRUE(report.ok()) << report.error().message;
  const auto missing = std::find_if(report->grants.begin(), report->grants.end(),
                                    [](const Grant& g) { return g.state == GrantState::kMissing; });
  ASSERT_NE(missing, report->grants.end());
  EXPECT_EQ(missing->what, "write in the folders of " + dir_.path() + ": shut");
}

TEST_F(FilesTest, KeepsModeAndOwner) {
  spill(dir_.path("f"), "old");
  ASSERT_EQ(chmod(dir_.path("f").c_str(), 0640), 0);
  const bool root = geteuid() == 0;
  if (root) {
    ASSERT_EQ(chown(dir_.path("f").c_str(), 1234, 4321), 0);
  }
  EXPECT_EQ(apply(update("f", "old", "new"), options({"*"})).outcome, Outcome::kChanged);
  struct stat meta {};
  ASSERT_EQ(stat(dir_.path("f").c_str(), &meta), 0);
  EXPECT_EQ(meta.st_mode & 07777U, 0640U);
  if (root) {
    EXPECT_EQ(meta.st_uid, 1234U);
  }
  if (root) {
    EXPECT_EQ(meta.st_gid, 4321U);
  }
  EXPECT_EQ(temps(), 0);
}

TEST_F(FilesTest, CreatesWithMissingFoldersAndTheModeOfTheOption) {
  FilesOptions with = options({"**"});
  with.swap.new_mode = 0600;
  const Change change{"a/b/c", ChangeOp::kCreate, State::absent(), State::of_bytes("n")};
  EXPECT_EQ(apply(change, std::move(with)).outcome, Outcome::kChanged);
  struct stat meta {};
  ASSERT_EQ(stat(dir_.path("a/b/c").c_str(), &meta), 0);
  EXPECT_EQ(meta.st_mode & 07777U, 0600U);
}

TEST_F(FilesTest, WriteBeforeTheExchangeIsPutBack) {
  spill(dir_.path("f"), "old");
  FilesOptions with = options({"*"});
  with.swap.at = [&](std::string_view point) {
    if (point == "staged")
      fs::rename((spill(dir_.path("n"), "foreign"), dir_.path("n")), dir_.path("f"));
  };
  EXPECT_EQ(apply(update("f", "old", "new"), std::move(with)).outcome, Outcome::kRefused);
  EXPECT_EQ(slurp(dir_.path("f")), "foreign");
  EXPECT_EQ(temps(), 0);
}

TEST_F(FilesTest, OfWritesBeforeAndAfterTheExchangeTheNewestStays) {
  spill(dir_.path("f"), "old");
  FilesOptions with = options({"*"});
  const auto write = [&](const std::string& bytes) {
    spill(dir_.path("n"), bytes);
    fs::rename(dir_.path("n"), dir_.path("f"));
  };
  with.swap.at = [&](std::string_view point) {
    if (point == "staged") write("first");
    if (point == "exchanged") write("second");
  };
  EXPECT_EQ(apply(update("f", "old", "new"), std::move(with)).outcome, Outcome::kRefused);
  EXPECT_EQ(slurp(dir_.path("f")), "second");
  EXPECT_EQ(temps(), 0);
}

TEST_F(FilesTest, AWriterThatNeverRestsLeavesTheOutcomeUnknownAndNothingLost) {
  spill(dir_.path("f"), "old");
  FilesOptions with = options({"*"});
  int writes = 0;
  with.swap.at = [&](std::string_view) {
    spill(dir_.path("n"), "write " + std::to_string(++writes));
    fs::rename(dir_.path("n"), dir_.path("f"));
  };
  const auto outcome = apply(update("f", "old", "new"), std::move(with));
  EXPECT_EQ(outcome.outcome, Outcome::kUnknown);
  EXPECT_NE(outcome.detail.find(std::string(kTempPrefix)), std::string::npos) << "names the file";
  EXPECT_EQ(temps(), 1);
}

TEST_F(FilesTest, DeleteRestoresWhatWasNotJudged) {
  spill(dir_.path("f"), "old");
  FilesOptions with = options({"*"});
  with.swap.at = [&](std::string_view point) {
    if (point == "moved_away") {
      // What was moved away turns out to be something else: as if written just before.
      for (const auto& entry : fs::directory_iterator(dir_.path())) spill(entry.path(), "foreign");
    }
  };
  const Change erase{"f", ChangeOp::kDelete, State::of_bytes("old"), State::absent()};
  EXPECT_EQ(apply(erase, std::move(with)).outcome, Outcome::kRefused);
  EXPECT_EQ(slurp(dir_.path("f")), "foreign");
}

TEST_F(FilesTest, LeftoversAreInvisibleAndOnlyOursAreRemoved) {
  const Change change = update("f", "old", "new");
  const std::string want = temp_name(change, random_, clock_.wall());
  const std::string found = temp_name(change, random_, clock_.wall());
  const std::string foreign = temp_name(change, random_, clock_.wall());
  spill(dir_.path(want), "new");
  spill(dir_.path(found), "old");
  spill(dir_.path(foreign), "somebody else's");
  EXPECT_TRUE(keys({"*"}).empty());
  const Fd folder(open(dir_.path().c_str(), O_RDONLY | O_DIRECTORY));
  EXPECT_EQ(remove_leftovers(folder.get(), 1 << 20, clock_.wall()), 0) << "too young";
  EXPECT_EQ(remove_leftovers(folder.get(), 1 << 20, clock_.wall() + std::chrono::hours(2)), 2);
  EXPECT_EQ(slurp(dir_.path(foreign)), "somebody else's");
}

TEST_F(FilesTest, WrongOptionsNeedAPerson) {
  FilesDriver driver(context_);
  TargetSettings target;
  target.name = "hosts";
  EXPECT_EQ(driver.open(target, {}, Role::kActual).error().retry, Retry::kPerson);
  target.connect = {{"root", dir_.path("missing")}};
  CollectionSettings settings;
  settings.options = {{"files", "*"}, {"mode", "0999"}};
  EXPECT_EQ(driver.open(target, settings, Role::kActual).error().retry, Retry::kPerson);
  settings.options.erase("mode");
  EXPECT_EQ(driver.open(target, settings, Role::kActual).error().retry, Retry::kAfter);
}

class FilesFeedTest : public FilesTest {
 protected:
  std::unique_ptr<FilesFeed> feed(const std::string& pattern) {
    return std::move(
               FilesFeed::open(dir_.path(), std::move(GlobSet::parse({pattern})).value(), clock_))
        .value();
  }
  // The next wake; the tests have made it happen, so that it is there.
  static Wake next(FilesFeed& feed) {
    const auto wake = feed.wait(std::chrono::seconds(10));
    EXPECT_TRUE(wake.ok()) << wake.error().message;
    return *wake;
  }
};

TEST_F(FilesFeedTest, TellsWhichFilesChanged) {
  spill(dir_.path("a/edge.yaml"), "1");
  const auto feed = this->feed("*/edge.yaml");
  EXPECT_FALSE(feed->wait(Duration(0))->any);
  spill(dir_.path("a/edge.yaml"), "2");
  spill(dir_.path("a/other.txt"), "2");
  const Wake wake = next(*feed);
  EXPECT_FALSE(wake.scan);
  EXPECT_EQ(wake.keys, std::vector<std::string>{"a/edge.yaml"});
  fs::remove(dir_.path("a/edge.yaml"));
  EXPECT_EQ(next(*feed).keys, std::vector<std::string>{"a/edge.yaml"});
}

TEST_F(FilesFeedTest, WatchesNewFoldersToo) {
  const auto feed = this->feed("*/edge.yaml");
  spill(dir_.path("new/edge.yaml"), "1");
  EXPECT_TRUE(next(*feed).scan) << "the file may have come before the watch";
  (void)feed->wait(Duration(0)).ok();
  spill(dir_.path("new/edge.yaml"), "2");
  EXPECT_EQ(next(*feed).keys, std::vector<std::string>{"new/edge.yaml"});
}

TEST_F(FilesFeedTest, TooManyKeysBecomeAScan) {
  const auto feed = this->feed("*");
  // Two events a file: the kernel's queue (16,384 by default) or the limit of keys overflows.
  for (int i = 0; i < 10'500; ++i) spill(dir_.path("f" + std::to_string(i)), "1");
  EXPECT_TRUE(next(*feed).scan);
}

TEST_F(FilesFeedTest, LostRootIsAnError) {
  const auto feed = this->feed("*");
  fs::rename(dir_.path(), dir_.path() + ".away");
  EXPECT_FALSE(feed->wait(std::chrono::seconds(10)).ok());
  fs::rename(dir_.path() + ".away", dir_.path());
}

}  // namespace
}  // namespace sideband
