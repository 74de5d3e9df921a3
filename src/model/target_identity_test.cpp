#include "model/target_identity.h"

#include <gmock/gmock.h>

namespace sideband {
namespace {

using ::testing::HasSubstr;

TargetIdentity postgres(const std::string& system, const std::string& timeline,
                        const std::string& run, std::int64_t position) {
  return {system, timeline, "", run, "primary", position, -1};
}

TargetIdentity standby(const std::string& system, const std::string& timeline) {
  return {system, timeline, "", "", "standby", -1, -1};
}

TargetIdentity redis(const std::string& run, const std::string& history, const std::string& before,
                     std::int64_t items, const std::string& role = "primary") {
  return {"", history, before, run, role, 100, items};
}

TEST(TargetIdentities, K6_3_WhatAnotherOneIsToTheOneBefore) {
  using enum IdentityChange;
  const TargetIdentity pg = postgres("s1.5", "00000001", "10.5", 1000);
  const TargetIdentity cache = redis("aa", "h1", "", 1000);
  struct Case {
    const char* what;
    TargetIdentity known, seen;
    IdentityChange change;
  };
  const std::vector<Case> cases = {
      {"PostgreSQL wrote on", pg, postgres("s1.5", "00000001", "10.5", 2000), kNone},
      {"PostgreSQL restarted", pg, postgres("s1.5", "00000001", "11.5", 1000), kRestarted},
      {"a copy of an earlier time", pg, postgres("s1.5", "00000001", "11.5", 999), kReplaced},
      {"a promoted standby", pg, postgres("s1.5", "00000002", "9.5", 1200), kFailedOver},
      {"restored to a point in time", pg, postgres("s1.5", "00000002", "12.5", 900), kFailedOver},
      {"another cluster", pg, postgres("s2.5", "00000001", "10.5", 1000), kReplaced},
      {"a database made again", pg, postgres("s1.6", "00000001", "10.5", 1001), kReplaced},
      {"the address leads to a standby", pg, standby("s1.5", "00000001"), kFailedOver},
      {"another standby", standby("s1.5", "00000001"), standby("s1.5", "00000001"), kNone},
      {"a standby of a new primary", standby("s1.5", "00000001"), standby("s1.5", "00000002"),
       kFailedOver},
      {"nothing was told", {}, pg, kReplaced},
      {"Redis wrote on", cache, redis("aa", "h1", "", 3), kNone},
      {"Redis forgot its backlog", cache, redis("aa", "h9", "", 1000), kNone},
      {"Redis restarted with its data", cache, redis("bb", "h2", "h1", 1000), kRestarted},
      {"from its append-only file", cache, redis("bb", "h2", "", 990), kRestarted},
      {"Redis restarted empty", cache, redis("bb", "h2", "", 0), kReplaced},
      {"with half of the keys", cache, redis("bb", "h2", "h1", 500), kRestarted},
      {"with fewer", cache, redis("bb", "h2", "h1", 499), kReplaced},
      {"an empty one stays empty", redis("aa", "h1", "", 0), redis("bb", "h2", "", 0), kRestarted},
      {"keys that nobody counted", redis("aa", "h1", "", -1), redis("bb", "h2", "", 9), kReplaced},
      {"and those of the new one", cache, redis("bb", "h2", "", -1), kReplaced},
      {"a replica that was promoted", redis("aa", "h1", "", 9, "standby"),
       redis("aa", "h2", "h1", 9), kFailedOver},
      {"a primary that became a replica", cache, redis("aa", "h7", "", 1000, "standby"),
       kFailedOver},
      {"a replica with the same primary", redis("aa", "h1", "", 9, "standby"),
       redis("aa", "h1", "", 9, "standby"), kNone},
      {"a replica of a promoted one", redis("aa", "h1", "", 9, "standby"),
       redis("aa", "h2", "h1", 9, "standby"), kNone},
      {"a replica of somebody else", redis("aa", "h1", "", 9, "standby"),
       redis("aa", "h7", "h8", 9, "standby"), kReplaced},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(identity_change_name(identity_change(one.known, one.seen)),
              identity_change_name(one.change))
        << one.what;
  }
}

TEST(TargetIdentities, TheFirstLookIsNoChange) {
  const KnownTarget first = after_look(nullptr, redis("aa", "h1", "", 3), from_us(5));
  EXPECT_EQ(first.change, IdentityChange::kNone);
  const KnownTarget same = after_look(&first, redis("aa", "h1", "", 8), from_us(9));
  EXPECT_EQ(same.since, from_us(5));
  EXPECT_EQ(same.identity.items, 8) << "how much there is goes along";
  const KnownTarget empty = after_look(&same, redis("bb", "h2", "", 0), from_us(11));
  EXPECT_EQ(empty.change, IdentityChange::kReplaced);
  EXPECT_EQ(empty.since, from_us(11));
  EXPECT_EQ(empty.replaced, same.identity);
  const KnownTarget later = after_look(&empty, redis("bb", "h2", "", 4), from_us(20));
  EXPECT_EQ(later.change, IdentityChange::kReplaced) << "is shown until the next one";
  EXPECT_EQ(later.since, from_us(11));
}

TEST(TargetIdentities, AreKeptAsTheyAre) {
  const KnownTarget known{redis("bb", "h2", "h1", 7), from_us(11), IdentityChange::kFailedOver,
                          postgres("s", "1", "r", 5)};
  const std::string bytes = encode_known_target(known);
  EXPECT_EQ(*decode_known_target(bytes), known);
  EXPECT_EQ(*decode_known_target(encode_known_target({})), KnownTarget());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(decode_known_target(bytes.substr(0, cut)).ok()) << cut;
  }
  EXPECT_FALSE(decode_known_target(bytes + "x").ok());
}

TEST(TargetIdentities, TheTextNamesWhatIsKnown) {
  EXPECT_EQ(identity_text(redis("aa", "h1", "", 3)), "history h1, run aa, role primary, 3 items");
  EXPECT_THAT(identity_text(postgres("s.5", "00000001", "1.5", 7)), HasSubstr("data s.5"));
}

}  // namespace
}  // namespace sideband
