// Links of a side that is only read: followed below the root, and nowhere else.
#include "drivers/files/links.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "drivers/files/driver.h"
#include "drivers/files/feed.h"
#include "drivers/files/files_for_tests.h"

namespace sideband {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LinksTest : public FilesTest {
 protected:
  // As a desired side of these patterns.
  std::vector<Item> items(const std::vector<std::string>& patterns) {
    FilesOptions reading = options(patterns);
    reading.writable = false;
    FilesCollection files(std::move(reading), context_);
    std::vector<Item> found;
    ScanRequest request;
    request.max_items = 2;
    for (;;) {
      auto page = files.scan(request);
      EXPECT_TRUE(page.ok()) << page.error().message;
      if (!page.ok()) return found;
      for (Item& item : page->items) {
        const auto again = files.read({item.key}, std::chrono::seconds(30));
        EXPECT_EQ(again->at(0).state.presence, item.state.presence) << item.key;
        EXPECT_EQ(again->at(0).state.bytes, item.state.bytes) << item.key;
        found.push_back(std::move(item));
      }
      if (page->last) return found;
      request.cursor = page->cursor;
    }
  }
  // "key=content", or "key?why".
  std::vector<std::string> told(const std::vector<std::string>& patterns) {
    std::vector<std::string> out;
    for (const Item& item : items(patterns)) {
      out.push_back(item.key +
                    (item.state.present() ? "=" + item.state.bytes : "?" + item.state.why));
    }
    return out;
  }
  void link(const std::string& to, const std::string& at) {
    fs::create_directories(fs::path(dir_.path(at)).parent_path());
    fs::create_symlink(to, dir_.path(at));
  }
  void file(const std::string& at, const std::string& text) { spill(dir_.path(at), text); }
};

// What kubelet makes of a ConfigMap with a key in a folder.
TEST_F(LinksTest, AConfigMapIsReadThroughItsLinks) {
  file("..2026_01/app.conf", "v1");
  file("..2026_01/sub/b.conf", "b1");
  file("..2026_02/app.conf", "v2");
  file("..2026_02/sub/b.conf", "b2");
  link("..2026_01", "..data");
  link("..data/app.conf", "app.conf");
  link("..data/sub", "sub");
  EXPECT_THAT(told({"**"}), ElementsAre("app.conf=v1", "sub/b.conf=b1"));
  EXPECT_THAT(told({"sub/*.conf"}), ElementsAre("sub/b.conf=b1"));
  EXPECT_THAT(told({"app.conf"}), ElementsAre("app.conf=v1"));
  link("..2026_02", "..data_tmp");
  fs::rename(dir_.path("..data_tmp"), dir_.path("..data"));
  EXPECT_THAT(told({"**"}), ElementsAre("app.conf=v2", "sub/b.conf=b2"));
}

TEST_F(LinksTest, TheExchangeOfALinkWakes) {
  file("..1/a", "v1");
  file("..2/a", "v2");
  link("..1", "..data");
  link("..data/a", "a");
  const GlobSet globs = *GlobSet::parse({"**"});
  const auto feed =
      std::move(FilesFeed::open(dir_.path(), globs, clock_, {}, Links::kFollow)).value();
  link("..2", "..data_tmp");
  fs::rename(dir_.path("..data_tmp"), dir_.path("..data"));
  const auto wake = feed->wait(std::chrono::seconds(20));
  ASSERT_TRUE(wake.ok());
  EXPECT_TRUE(wake->any && wake->scan);
}

TEST_F(LinksTest, WhatLeadsElsewhereIsUnknownWithTheReason) {
  const TempDir outside;
  spill(outside.path("secret"), "not ours");
  file("real", "r");
  file("folder/x", "x");
  ASSERT_EQ(mkfifo(dir_.path("pipe").c_str(), 0600), 0);
  link(outside.path("secret"), "absolute");
  link("/etc/passwd", "etc");
  link("../" + fs::path(outside.path()).filename().string() + "/secret", "upwards");
  link(dir_.path("real"), "absolute-inside");
  link("nowhere", "dangling");
  link("circle-b", "circle-a");
  link("circle-a", "circle-b");
  link("pipe", "to-pipe");
  link("/proc/self/fd/0", "magic");
  link(outside.path(), "out-folder");
  for (const std::string& one : told({"*"})) {
    if (one == "real=r") continue;
    EXPECT_THAT(one, HasSubstr("?")) << one;
    EXPECT_THAT(one, testing::Not(HasSubstr("not ours"))) << one;
  }
  EXPECT_THAT(told({"absolute"}), ElementsAre("absolute?is a link that leads out of the root"));
  EXPECT_THAT(told({"dangling"}), ElementsAre("dangling?is a link that leads nowhere"));
  EXPECT_THAT(told({"circle-a"}), ElementsAre("circle-a?is a link that leads in a circle"));
  EXPECT_THAT(told({"to-pipe"}), ElementsAre("to-pipe?is a device, pipe or socket"));
  EXPECT_THAT(told({"out-folder/*"}), IsEmpty());
}

TEST_F(LinksTest, LinksBackUpThePathEndNothingAndAreNotEntered) {
  file("a/x", "1");
  file("b/y", "2");
  link("..", "a/up");
  link(".", "here");
  link("../b", "a/side");
  link("../a", "b/side");
  const auto all = told({"**"});
  EXPECT_THAT(all, testing::Contains("a/x=1"));
  EXPECT_THAT(all, testing::Contains("a/side/y=2"));
  EXPECT_THAT(all, testing::Contains("b/side/x=1"));
  EXPECT_LT(all.size(), 20U);
}

// Folders that link to each other twice would be walked a number of times that doubles with each.
TEST_F(LinksTest, ChainsOfFolderLinksAreBounded) {
  for (int i = 0; i < 14; ++i) {
    const std::string folder = "d" + std::to_string(i);
    file(folder + "/f", "x");
    link("../d" + std::to_string(i + 1), folder + "/one");
    link("../d" + std::to_string(i + 1), folder + "/two");
  }
  file("d14/f", "x");
  EXPECT_LT(told({"d0/**"}).size(), 1U << (kMaxFolderLinks + 2));
}

TEST_F(LinksTest, WhereFilesAreChangedNoLinkIsFollowed) {
  file("real", "r");
  link("real", "link");
  FilesCollection files(options({"*"}), context_);
  const auto read = files.read({"link"}, std::chrono::seconds(30));
  EXPECT_EQ(read->at(0).state.why, "is a symbolic link");
}

}  // namespace
}  // namespace sideband
