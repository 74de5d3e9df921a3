#include "settings/copies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sideband::policy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(CopyTemplate, K4_8_IsAFolderAndThePath) {
  EXPECT_EQ(*read_copy("node-*/{path}"), "node-*");
  EXPECT_EQ(*read_copy("node-?/etc/app/{path}"), "node-?/etc/app");
  EXPECT_EQ(*read_copy("...a/ b/{path}"), "...a/ b");
}

TEST(CopyTemplate, K4_8_WhatCannotBeOneIsRefusedWithTheReason) {
  const std::pair<std::string, std::string> kCases[] = {
      {"", "does not end with {path}"},
      {"node-*", "does not end with {path}"},
      {"node-*/", "does not end with {path}"},
      {"node-*/{path}/x", "does not end with {path}"},
      {"node-*/{path}.conf", "does not end with {path}"},
      {"node-*/{key}", "does not end with {path}"},
      {"node-*/{PATH}", "does not end with {path}"},
      {"{path}", "needs a folder"},
      {"node-{path}", "needs a folder"},
      {"/{path}", "empty name"},
      {"/srv/node/{path}", "empty name"},
      {"node//conf/{path}", "empty name"},
      {"node-1//{path}", "empty name"},
      {"./{path}", "'.' or '..'"},
      {"../{path}", "'.' or '..'"},
      {"node/../{path}", "'.' or '..'"},
      {"**/{path}", "'**'"},
      {"node-**/conf/{path}", "'**'"},
      {"{node}/{path}", "no other placeholder"},
      {"{path}/{path}", "no other placeholder"},
      {"{{a}}/{path}", "no other placeholder"},
      {std::string("a\0b/{path}", 10), "NUL"},
  };
  for (const auto& [text, why] : kCases) {
    const auto read = read_copy(text);
    ASSERT_FALSE(read.ok()) << text;
    EXPECT_THAT(read.error().message, HasSubstr(why)) << text;
    EXPECT_THAT(read.error().message, HasSubstr("node-*/conf/{path}")) << text;
  }
}

TEST(CopyTemplate, K4_8_PatternsOfCopiesStandBelowEachFolder) {
  EXPECT_THAT(copies_of({"a", "b/*"}, "**/x"), ElementsAre("a/**/x", "b/*/**/x"));
}

}  // namespace
}  // namespace sideband::policy
