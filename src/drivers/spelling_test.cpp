#include "drivers/spelling.h"

#include <filesystem>

#include "support/temp_dir.h"

namespace sideband {
namespace {

TEST(Spelling, AHostIsTheSameInCapitalsAndWithItsDot) {
  EXPECT_EQ(host_in_one_spelling("Cache.Internal."), "cache.internal");
  EXPECT_EQ(host_in_one_spelling("localhost"), host_in_one_spelling("127.0.0.1"));
  EXPECT_NE(host_in_one_spelling("cache"), host_in_one_spelling("cache.internal"));
  EXPECT_EQ(host_in_one_spelling(""), "");
}

TEST(Spelling, APathIsTheSameThroughLinksAndRelative) {
  const TempDir folder;
  const std::string real = std::filesystem::canonical(folder.path()).string();
  std::filesystem::create_directory(folder.path("a"));
  std::filesystem::create_symlink("a", folder.path("link"));
  for (const char* path : {"a", "a/", ".//a", "link", "link/", "link/../a"}) {
    EXPECT_EQ(path_in_one_spelling(folder.path(path)), real + "/a") << path;
  }
  EXPECT_EQ(path_in_one_spelling(folder.path("link/not/there/")), real + "/a/not/there");
  EXPECT_EQ(path_in_one_spelling("x/../shop.db"),
            (std::filesystem::current_path() / "shop.db").string());
  EXPECT_EQ(path_in_one_spelling("/"), "/");
}

TEST(Spelling, APatternOfATextHasNoPlaceholders) {
  EXPECT_EQ(as_pattern("a{b}"), "a{{b}}");
}

}  // namespace
}  // namespace sideband
