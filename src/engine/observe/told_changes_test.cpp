// What may be concluded from what a feed told: a table of everything that leaves a doubt.
#include "engine/observe/told_changes.h"

#include <gtest/gtest.h>

#include <functional>

namespace sideband {
namespace {

constexpr Duration kLong = std::chrono::seconds(1);

// A side whose log is where the test says.
class Logged final : public Collection {
 public:
  [[nodiscard]] CollectionTraits traits() const override {
    CollectionTraits traits;
    traits.log = true;
    return traits;
  }
  Result<LogPlace> log_place(Duration) override { return place; }
  Result<ScanPage> scan(const ScanRequest&) override { return Error::unsupported("not read"); }
  Result<std::vector<Item>> read(const std::vector<std::string>&, Duration) override {
    return Error::unsupported("not read");
  }
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest&) override {
    return Error::unsupported("not written");
  }
  Result<LogPlace> place = LogPlace{"log", 10, "made so", ""};
};

class Told : public testing::Test {
 protected:
  // A scan that ended well, with a feed in place.
  void begin() {
    journal_.reach({"log", 10});
    look();
    told_.scanned();
  }
  void look() {
    (void)told_.ask(kLong);
    told_.take();
  }
  std::string doubt() {
    look();
    return std::string(told_.doubt().word);
  }
  void move_to(std::uint64_t place) {
    side_.place->place = place;
    journal_.reach({"log", place});
  }

  Logged side_;
  ChangeJournal journal_;
  ToldChanges told_{side_, journal_};
};

TEST_F(Told, NothingIsKnownBeforeAScan) {
  journal_.reach({"log", 10});
  EXPECT_EQ(doubt(), "first");
}

TEST_F(Told, KeysAreThoseSinceTheLastGoodLook) {
  begin();
  journal_.add({true, false, {"a", "b"}});
  move_to(20);
  EXPECT_EQ(doubt(), "");
  EXPECT_EQ(told_.keys(), (std::set<std::string>{"a", "b"}));
  journal_.add({true, false, {"c"}});
  EXPECT_EQ(doubt(), "");
  EXPECT_EQ(told_.keys().size(), 3U) << "the last look did not end well";
  told_.looked_at();
  EXPECT_EQ(doubt(), "");
  EXPECT_TRUE(told_.keys().empty());
}

TEST_F(Told, WhatIsToldWhileAScanRunsIsKept) {
  begin();
  look();
  journal_.add({true, false, {"during"}});
  told_.scanned();
  EXPECT_EQ(doubt(), "");
  EXPECT_EQ(told_.keys(), std::set<std::string>{"during"});
}

TEST_F(Told, AGapLastsUntilAScanEndedWell) {
  begin();
  journal_.add_gap("lost");
  journal_.reach({"log", 10});
  EXPECT_EQ(doubt(), "gap");
  EXPECT_EQ(doubt(), "gap") << "the look that it was told to failed";
  told_.scanned();
  EXPECT_EQ(doubt(), "");
}

TEST_F(Told, AGapWhileAScanRunsOutlivesIt) {
  begin();
  look();
  journal_.add_gap("lost");
  journal_.reach({"log", 10});
  told_.scanned();
  EXPECT_EQ(doubt(), "gap");
}

TEST_F(Told, AFeedThatIsBehindIsWaitedForAndDoubted) {
  begin();
  side_.place->place = 11;
  EXPECT_TRUE(told_.ask(kLong).ok());
  EXPECT_FALSE(told_.has_come());
  EXPECT_EQ(doubt(), "behind");
  journal_.reach({"log", 11});
  EXPECT_TRUE(told_.has_come());
  EXPECT_EQ(doubt(), "");
}

struct Case {
  std::string name;
  std::function<void(Logged&, ChangeJournal&)> spoil;
  std::string doubt;
};

TEST_F(Told, EverythingThatDiffersLeavesADoubt) {
  const Case cases[] = {
      {"another timeline", [](Logged& side, ChangeJournal&) { side.place->log = "log2"; }, "log"},
      {"on a standby", [](Logged& side, ChangeJournal&) { side.place->log = ""; }, "log"},
      {"DDL", [](Logged& side, ChangeJournal&) { side.place->content = "x"; }, "content"},
      {"no proof", [](Logged& side, ChangeJournal&) { side.place->why_not = "x"; }, "noProof"},
      {"nobody can say",
       [](Logged& side, ChangeJournal&) { side.place = Error::timeout("x", Effect::kNone); },
       "log"},
      {"a feed of another log",
       [](Logged&, ChangeJournal& journal) {
         journal.reach({"other", 99});
       },
       "behind"},
      {"a feed without a place", [](Logged&, ChangeJournal& journal) { journal.reach({}); },
       "behind"},
      {"a scan is asked for",
       [](Logged&, ChangeJournal& journal) {
         journal.add({true, true, {}});
       },
       "gap"},
      {"too many keys",
       [](Logged&, ChangeJournal& journal) {
         for (std::size_t i = 0; i <= kMaxWakeKeys; ++i) {
           journal.add({true, false, {std::to_string(i)}});
         }
       },
       "gap"},
      {"keys that are too long",
       [](Logged&, ChangeJournal& journal) {
         for (char c = 'a'; c < 'k'; ++c) journal.add({true, false, {std::string(1 << 20, c)}});
       },
       "gap"},
  };
  for (const Case& one : cases) {
    side_.place = LogPlace{"log", 10, "made so", ""};
    begin();
    EXPECT_EQ(doubt(), "") << one.name;
    one.spoil(side_, journal_);
    EXPECT_EQ(doubt(), one.doubt) << one.name;
    EXPECT_TRUE(told_.keys().empty() || one.doubt != "gap") << one.name;
  }
}

TEST_F(Told, AScanThatBeganWithoutAProofIsNone) {
  begin();
  side_.place->why_not = "not in the publication";
  look();
  told_.scanned();
  side_.place->why_not.clear();
  EXPECT_EQ(doubt(), "noProof");
}

}  // namespace
}  // namespace sideband
