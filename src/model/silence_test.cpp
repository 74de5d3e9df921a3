#include "model/silence.h"

#include <gtest/gtest.h>

namespace sideband {
namespace {

ReconcilerSettings prices() {
  ReconcilerSettings settings;
  settings.name = "price-cache";
  settings.labels = {"team-shop", "production", "high", "cache", {{"tier", "gold"}}};
  settings.desired.target = "shop-db";
  settings.actual.target = "shop-cache";
  settings.wake.targets = {"shop-log"};
  return settings;
}

TEST(SilenceMatch, NamesHaveStars) {
  const std::pair<const char*, bool> cases[] = {
      {"price-cache", true},
      {"price-cach", false},
      {"rice-cache", false},
      {"price-cache2", false},
      {"*", true},
      {"**", true},
      {"price-*", true},
      {"*-cache", true},
      {"*ice*", true},
      {"p*e", true},
      {"p*c*e", true},
      {"*x*", false},
      {"price-cache*", true},
      {"*price-cache", true},
      {"p*z", false},
      {"*a*a*", false},
      {"PRICE-*", false},
      {"price?cache", false},
      {"*e-c*e", true},
      {"p**e", true},
      {"price-cache*x", false},
      {"*cac*ache", false},
  };
  for (const auto& [pattern, matches] : cases) {
    SilenceMatch match;
    match.reconciler = pattern;
    EXPECT_EQ(match.matches(prices()), matches) << pattern;
  }
}

TEST(SilenceMatch, AHostileNameEndsSoon) {
  SilenceMatch match;
  for (int i = 0; i < 200; ++i) match.reconciler += "*a";
  ReconcilerSettings settings = prices();
  settings.name = std::string(2000, 'a') + "b";
  EXPECT_FALSE(match.matches(settings));
}

struct PartsCase {
  SilenceMatch match;
  bool matches;
};

TEST(SilenceMatch, EachPartThatIsSetHasToMatch) {
  const PartsCase cases[] = {
      {{"", "team-shop", "", {}}, true},
      {{"", "team-sho", "", {}}, false},
      {{"", "", "shop-db", {}}, true},
      {{"", "", "shop-cache", {}}, true},
      {{"", "", "shop-log", {}}, true},
      {{"", "", "shop", {}}, false},
      {{"", "", "", {{"tier", "gold"}}}, true},
      {{"", "", "", {{"tier", "silver"}}}, false},
      {{"", "", "", {{"tie", "gold"}}}, false},
      {{"", "", "", {{"environment", "production"}}}, true},
      {{"", "", "", {{"owner", "team-shop"}}}, true},
      {{"", "", "", {{"criticality", "low"}}}, false},
      {{"", "", "", {{"repairType", "cache"}}}, true},
      {{"", "", "", {{"tier", "gold"}, {"environment", "staging"}}}, false},
      {{"price-*", "team-shop", "shop-db", {{"tier", "gold"}}}, true},
      {{"price-*", "team-edge", "shop-db", {{"tier", "gold"}}}, false},
      {{"fleet-*", "team-shop", "shop-db", {{"tier", "gold"}}}, false},
      {{}, true},
  };
  for (const auto& [match, matches] : cases) {
    EXPECT_EQ(match.matches(prices()), matches) << match.text();
  }
}

TEST(SilenceMatch, KnowsWhenItIsEverything) {
  EXPECT_TRUE(SilenceMatch{}.is_everything());
  EXPECT_EQ(SilenceMatch{}.text(), "everything");
  for (const char* const stars : {"*", "**", "***"}) {
    EXPECT_TRUE((SilenceMatch{.reconciler = stars}.is_everything())) << stars;
  }
  EXPECT_FALSE((SilenceMatch{.reconciler = "*a"}.is_everything()));
  EXPECT_FALSE((SilenceMatch{.owner = "o"}.is_everything()));
  EXPECT_FALSE((SilenceMatch{.target = "t"}.is_everything()));
  EXPECT_FALSE((SilenceMatch{.labels = {{"a", "b"}}}.is_everything()));
  EXPECT_EQ((SilenceMatch{"p-*", "o", "t", {{"a", "b"}, {"c", "d"}}}.text()),
            "reconciler p-*, owner o, target t, label a=b, label c=d");
}

TEST(Silence, HoldsUntilItsEnd) {
  const Silence silence{.since = from_us(100), .until = from_us(200)};
  EXPECT_TRUE(silence.holds_at(from_us(100)));
  EXPECT_TRUE(silence.holds_at(from_us(199)));
  EXPECT_FALSE(silence.holds_at(from_us(200)));
  EXPECT_TRUE(silence.holds_at(from_us(50))) << "a clock that went back";
}

TEST(Silence, DamageIsNoSilence) {
  const Silence silence{.id = Uuid::from_bytes(std::string(16, 'x')),
                        .match = {"p-*", "o", "t", {{"a", "b"}}},
                        .by = "ana",
                        .reason = "r",
                        .since = from_us(1),
                        .until = from_us(2)};
  const std::string bytes = encode_silence(silence);
  ASSERT_TRUE(decode_silence(bytes).ok());
  EXPECT_EQ(*decode_silence(bytes), silence);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_silence(bytes.substr(0, size)).ok()) << size;
  }
  EXPECT_FALSE(decode_silence(bytes + "x").ok());
  EXPECT_FALSE(decode_silence("\x02" + bytes.substr(1)).ok());
}

}  // namespace
}  // namespace sideband
