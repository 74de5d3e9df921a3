#include "policy/hook_values.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

HookSettings hook(const std::string& argv) {
  HookSettings settings;
  settings.target = "web";
  settings.run = {{"argv", argv}, {"cwd", "/"}};
  return settings;
}

TEST(HookValues, IsRunForEachThingOnlyWhereItNamesOne) {
  EXPECT_FALSE(runs_for_each(hook("/usr/bin/reload\n{reconciler}\n{repair}")));
  EXPECT_TRUE(runs_for_each(hook("/usr/bin/check\n{key}")));
  EXPECT_TRUE(runs_for_each(hook("/usr/bin/check\n{candidate}")));
  EXPECT_FALSE(runs_for_each(hook("/usr/bin/check\n{{key}}")));
  EXPECT_FALSE(wants_candidate(hook("/usr/bin/check\n{key}")));
  EXPECT_TRUE(wants_candidate(hook("/usr/bin/check\n-c={candidate}")));
  EXPECT_FALSE(runs_for_each(HookSettings()));
}

TEST(HookValues, AreFilledInAsTheyAre) {
  const HookValues values{"site", "01a2", "a b; rm -r /", "/etc/.candidate~"};
  const auto filled = fill_hook({{"argv", "x\n{key}\n{candidate}\n{reconciler}/{repair}"}}, values);
  ASSERT_TRUE(filled.ok()) << filled.error().message;
  EXPECT_EQ(filled->at("argv"), "x\na b; rm -r /\n/etc/.candidate~\nsite/01a2");
}

TEST(HookValues, WhatCouldBecomeAnotherArgumentIsRefused) {
  for (const char* key : {"a\nb", "a\rb", "\n"}) {
    const auto filled = fill_hook({{"argv", "{key}"}}, {"site", "1", key, std::nullopt});
    ASSERT_FALSE(filled.ok()) << key;
    EXPECT_NE(filled.error().message.find("line break"), std::string::npos);
  }
}

TEST(HookValues, WhatIsNotThereIsNotEmpty) {
  const HookValues whole{"site", "1", std::nullopt, std::nullopt};
  for (const char* text : {"{key}", "{candidate}", "{secret}"}) {
    EXPECT_FALSE(fill_hook({{"argv", text}}, whole).ok()) << text;
  }
}

}  // namespace
}  // namespace sideband
