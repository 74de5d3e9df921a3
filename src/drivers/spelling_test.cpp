#include "drivers/spelling.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace sideband {
namespace {

TEST(Spelling, AHostIsTheSameInCapitalsAndWithItsDot) {
  EXPECT_EQ(host_in_one_spelling("Cache.Internal."), "cache.internal");
  EXPECT_EQ(host_in_one_spelling("localhost"), host_in_one_spelling("127.0.0.1"));
  EXPECT_NE(host_in_one_spelling("cache"), host_in_one_spelling("cache.internal"));
  EXPECT_EQ(host_in_one_spelling(""), "");
}

TEST(Spelling, APathIsTheSameRelativeAndWithSlashes) {
  for (const char* path : {"/srv/a", "/srv/a/", "/srv//./a", "/srv/b/../a"}) {
    EXPECT_EQ(path_in_one_spelling(path), "/srv/a") << path;
  }
  EXPECT_EQ(path_in_one_spelling("x/../shop.db"),
            (std::filesystem::current_path() / "shop.db").string());
  EXPECT_EQ(path_in_one_spelling("/"), "/");
}

TEST(Spelling, APatternOfATextHasNoPlaceholders) {
  EXPECT_EQ(as_pattern("a{b}"), "a{{b}}");
}

}  // namespace
}  // namespace sideband
