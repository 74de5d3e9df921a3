// Whether what the report says to run is right: it is run, and then there is nothing to say.
#include <gtest/gtest.h>

#include <sstream>

#include "drivers/redis/driver.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

class RedisGrants : public testing::TestWithParam<const char*> {
 protected:
  void make_user(const std::vector<std::string>& rules) {
    std::vector<std::string> words = {"ACL", "SETUSER", "weak", "reset", "on", "nopass", "+select"};
    words.insert(words.end(), rules.begin(), rules.end());
    ASSERT_EQ(client_.command(words), "OK");
  }
  void run_all(const GrantReport& report, GrantState state) {
    for (const Grant& grant : report.grants) {
      if (grant.state != state || grant.remedy.run.empty()) continue;
      std::istringstream words(grant.remedy.run);
      std::vector<std::string> command;
      for (std::string word; words >> word;) command.push_back(word);
      EXPECT_EQ(client_.command(command), "OK") << grant.remedy.run;
    }
  }
  TargetSettings target() const {
    TargetSettings target;
    target.name = "cache";
    target.connect = {{"socket", server_.socket()}, {"user", "weak"}};
    return target;
  }
  CollectionSettings settings() const {
    CollectionSettings settings;
    settings.options = {{"key", "product:{id}"}, {"type", GetParam()}};
    if (std::string(GetParam()) == "hash") settings.fields = {{"v", "{v}"}};
    return settings;
  }
  GrantReport ask(const GrantNeeds& needs) {
    auto report = driver_.grants(target(), settings(), Role::kActual, needs);
    EXPECT_TRUE(report.ok()) << report.error().message;
    return report.ok() ? *report : GrantReport();
  }
  static std::size_t count(const GrantReport& report, GrantState state) {
    return static_cast<std::size_t>(
        std::count_if(report.grants.begin(), report.grants.end(),
                      [&](const Grant& grant) { return grant.state == state; }));
  }

  const GrantNeeds all_{true, true, true, std::chrono::seconds(10)};
  RedisServer server_;
  RedisClient client_{server_.socket()};
  const SystemClock clock_{};
  SystemRandom random_;
  RedisDriver driver_{{clock_, random_}};
};

TEST_P(RedisGrants, WhatIsMissingIsGivenByTheStatementsAndEnough) {
  make_user({"+eval"});
  run_all(ask(all_), GrantState::kMissing);
  const GrantReport after = ask(all_);
  EXPECT_EQ(count(after, GrantState::kMissing), 0U);
  EXPECT_EQ(count(after, GrantState::kUnknown), 0U);
  EXPECT_EQ(count(after, GrantState::kExcess), 0U);
  const auto opened = driver_.open(target(), settings(), Role::kActual);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  const bool hash = std::string(GetParam()) == "hash";
  const State five = hash ? State::of_fields({{"v", "5"}}) : State::of_bytes("5");
  const State six = hash ? State::of_fields({{"v", "6"}}) : State::of_bytes("6");
  const auto apply = [&](const Change& change) {
    const auto done = (*opened)->apply({Uuid(), 1, {change}, std::chrono::seconds(10)});
    EXPECT_TRUE(done.ok()) << done.error().message;
    return done.ok() ? done->at(0).outcome : Outcome::kUnknown;
  };
  EXPECT_EQ(apply({"1", ChangeOp::kCreate, State::absent(), five}), Outcome::kChanged);
  EXPECT_EQ(apply({"1", ChangeOp::kUpdate, five, six}), Outcome::kChanged);
  EXPECT_EQ(apply({"1", ChangeOp::kDelete, six, State::absent()}), Outcome::kChanged);
}

TEST_P(RedisGrants, K3_1_TheStatementTakesWhatIsTooMuchAndNothingElse) {
  make_user({"+@all", "~*"});
  const GrantReport wide = ask(all_);
  ASSERT_EQ(count(wide, GrantState::kExcess), 2U);
  EXPECT_NE(wide.grants.at(wide.grants.size() - 2).what.find("+flushall"), std::string::npos);
  run_all(wide, GrantState::kExcess);
  const GrantReport after = ask(all_);
  EXPECT_EQ(count(after, GrantState::kMissing), 0U);
  EXPECT_EQ(client_.command({"ACL", "DRYRUN", "weak", "get", "other:1"}), "OK")
      << "another reconciler may need it";
  // All keys: that is a matter to think about.
  ASSERT_EQ(count(after, GrantState::kExcess), 1U);
  EXPECT_EQ(after.grants.back().what, "~*");
  EXPECT_EQ(after.grants.back().remedy.run, "");
  EXPECT_NE(after.grants.back().remedy.advice, "");
}

TEST_P(RedisGrants, K3_1_NothingIsTakenFromTheUserThatApplicationsHave) {
  TargetSettings shared = target();
  shared.connect.erase("user");
  for (const GrantNeeds& needs : {all_, GrantNeeds{}}) {
    const auto report = driver_.grants(shared, settings(), Role::kActual, needs);
    ASSERT_TRUE(report.ok()) << report.error().message;
    EXPECT_GE(count(*report, GrantState::kExcess), 1U);
    for (const Grant& grant : report->grants) {
      EXPECT_TRUE(grant.state != GrantState::kExcess || grant.remedy.run.empty()) << grant.what;
    }
  }
}

TEST_P(RedisGrants, WritingIsTooMuchForWhoObserves) {
  make_user({"~product:*", "+@read", "+@write", "+eval", "+info", "+scan"});
  const GrantReport wide = ask({});
  EXPECT_GE(count(wide, GrantState::kExcess), 2U);
  run_all(wide, GrantState::kExcess);
  EXPECT_EQ(count(ask({}), GrantState::kExcess), 0U);
}

// Without the right to run scripts reading is told by reading, and the rest is not known.
TEST_P(RedisGrants, WithoutScriptsWritingIsUnknownAndScriptsAreMissing) {
  make_user({"~product:*", "+get", "+mget", "+hmget", "+hgetall", "+scan"});
  const GrantReport observing = ask({});
  EXPECT_EQ(count(observing, GrantState::kMissing), 0U);
  const GrantReport repairing = ask(all_);
  EXPECT_GE(count(repairing, GrantState::kMissing), 1U);
  EXPECT_GE(count(repairing, GrantState::kUnknown), 2U);
}

INSTANTIATE_TEST_SUITE_P(Types, RedisGrants, testing::Values("string", "hash"));

}  // namespace
}  // namespace sideband
