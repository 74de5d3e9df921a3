#include "engine/playbook/playbook_targets.h"

#include <gtest/gtest.h>

#include "support/person.h"

namespace sideband {
namespace {

TEST(PlaybookTargets, WhoIsAmongThoseWhoMay) {
  Settings configured;
  configured.groups["team"] = {"team", {"kim"}};
  const auto settings = std::make_shared<const Settings>(configured);
  const PlaybookTargets targets(
      {}, [settings] { return settings; }, std::make_shared<RunningCalls>());
  const auto vouched = Principal::make("eva", Principal::Kind::kPerson, "a directory", {"team"});
  EXPECT_TRUE(targets.is_among({"mel"}, person("mel")));
  EXPECT_TRUE(targets.is_among({"mel", "team"}, person("kim"))) << "by the configuration";
  EXPECT_TRUE(targets.is_among({"team"}, *vouched)) << "by what authenticated her";
  EXPECT_FALSE(targets.is_among({"mel"}, *vouched));
  EXPECT_FALSE(targets.is_among({"team"}, person("mel")));
  EXPECT_FALSE(targets.is_among({}, person("mel")));
}

}  // namespace
}  // namespace sideband
