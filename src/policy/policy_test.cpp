// The pure parts: compare, join, windows, buckets, cohorts, decide.
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "policy/backoff.h"
#include "policy/change_window.h"
#include "policy/cohorts.h"
#include "policy/compare.h"
#include "policy/merge_join.h"
#include "policy/projection.h"
#include "policy/token_bucket.h"

namespace sideband {
namespace {

constexpr WallTime kNow = WallTime(Duration(1'800'000'000'000'000));

TEST(Template, RendersAndNamesWhatIsMissing) {
  const auto made = Template::parse("a{{{id}}}:{name}");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(*made->render({{"id", "7"}, {"name", "x"}}), "a{7}:x");
  EXPECT_EQ(made->render({{"id", "7"}}).error().message, "\"name\" has no value");
  for (const char* bad : {"{", "}", "{}", "a{b"}) EXPECT_FALSE(Template::parse(bad).ok()) << bad;
}

TEST(Projection, NullColumnLeavesAFieldOutButMakesAValueUnknown) {
  CollectionSettings actual;
  actual.fields = {{"n", "{name}"}, {"p", "{price}"}};
  const State row = State::of_fields({{"name", "cup"}});
  EXPECT_TRUE(Projection::compile(actual, {"name", "price"})
                  ->want(row)
                  .same_as(State::of_fields({{"n", "cup"}})));
  actual.fields.clear();
  actual.value = "{price}";
  EXPECT_FALSE(Projection::compile(actual, {"name", "price"})->want(row).known());
}

TEST(Projection, K11_3_APlaceholderThatIsNoColumnIsAnErrorAndNeverNull) {
  CollectionSettings actual;
  actual.fields = {{"p", "{prise}"}};
  const auto made = Projection::compile(actual, {"name", "price"});
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message,
            "actual.fields.p: the desired side has no column \"prise\"; did you mean \"price\"?");
  const State row = State::of_fields({{"name", "cup"}});
  const State want = Projection::compile(actual, {})->want(row);
  EXPECT_FALSE(want.known()) << "nobody knows whether there is such a column";
  EXPECT_EQ(want.why, "field p: \"prise\" has no value");
}

TEST(Projection, K11_9_WhatTheActualSideCouldNotReadBackIsUnknown) {
  for (const auto& [value, field] :
       {std::pair<std::string, std::string>{"{name}", ""}, {"", "{name}"}, {"", ""}}) {
    CollectionSettings actual;
    actual.value = value;
    if (!field.empty()) actual.fields["n"] = field;
    Projection projection = *Projection::compile(actual, {"name"});
    const State row = State::of_fields({{"name", std::string(100, 'x')}});
    EXPECT_TRUE(projection.want(row).present());
    projection.limit(1000);
    EXPECT_TRUE(projection.want(row).present());
    projection.limit(99);
    EXPECT_THAT(projection.want(row).why, testing::HasSubstr("above maxSize 99 of the actual side"))
        << value << field;
    EXPECT_TRUE(projection.want(State::absent()).absent_for_sure());
  }
}

TEST(Compare, EveryCombination) {
  const State a = State::of_bytes("a");
  const State b = State::of_bytes("b");
  const State none = State::absent();
  CompareRules rules;
  EXPECT_EQ(compare("k", a, a, rules).relation, Relation::kSame);
  EXPECT_EQ(compare("k", a, b, rules).change->op, ChangeOp::kUpdate);
  EXPECT_EQ(compare("k", a, none, rules).change->op, ChangeOp::kCreate);
  EXPECT_EQ(compare("k", none, b, rules).relation, Relation::kExtra);
  EXPECT_EQ(compare("k", State::unknown("x"), b, rules).relation, Relation::kUnknown);
  EXPECT_EQ(compare("k", a, State::unknown("x"), rules).relation, Relation::kUnknown);
  rules.coverage = Coverage::kPartial;
  EXPECT_EQ(compare("k", a, none, rules).relation, Relation::kSame);
  rules.prune = true;
  EXPECT_EQ(compare("k", none, b, rules).change->op, ChangeOp::kDelete);
  rules.strategy = Strategy::kInvalidate;
  EXPECT_TRUE(compare("k", a, b, rules).change->want.absent_for_sure());
}

TEST(Compare, AttributesAreDriftOfTheirOwn) {
  CompareRules rules;
  rules.normalize = [](const std::string& bytes) {
    return Result<std::string>(bytes.substr(0, 1));
  };
  State want = State::of_bytes("ab");
  want.attributes = encode_fields({{"mode", "0640"}});
  State found = State::of_bytes("ac");
  found.attributes = encode_fields({{"mode", "0644"}});
  const Comparison other_mode = compare("k", want, found, rules);
  ASSERT_EQ(other_mode.relation, Relation::kDrift);
  EXPECT_EQ(other_mode.change->want.bytes, "ac") << "the content is equal and stays";
  EXPECT_EQ(other_mode.change->want.attributes, want.attributes);
  found.attributes = want.attributes;
  EXPECT_EQ(compare("k", want, found, rules).relation, Relation::kSame);
  found.bytes = "xy";
  EXPECT_EQ(compare("k", want, found, rules).change->want.bytes, "ab");
}

TEST(Projection, DeclaredAttributesAreWantedOfWhatIsThere) {
  CollectionSettings actual;
  Projection projection = *Projection::compile(actual, {});
  EXPECT_TRUE(projection.identity());
  projection.declare(encode_fields({{"mode", "0640"}}));
  EXPECT_FALSE(projection.identity()) << "bytes that are equal do not tell it all";
  EXPECT_EQ(projection.want(State::of_bytes("x")).attributes, encode_fields({{"mode", "0640"}}));
  EXPECT_EQ(projection.want(State::of_bytes("x")).bytes, "x");
  EXPECT_TRUE(projection.want(State::absent()).same_as(State::absent()));
}

TEST(Compare, UnreadableDesiredContentIsNoAuthority) {
  CompareRules rules;
  rules.normalize = [](const std::string& bytes) -> Result<std::string> {
    if (bytes == "broken") return Error::invalid("cannot parse");
    return bytes.substr(0, 1);
  };
  const auto with = [&](const char* want, const char* found) {
    return compare("k", State::of_bytes(want), State::of_bytes(found), rules).relation;
  };
  EXPECT_EQ(with("ab", "ac"), Relation::kSame);
  EXPECT_EQ(with("broken", "ac"), Relation::kUnknown);
  EXPECT_EQ(with("ab", "broken"), Relation::kDrift);
}

// What a join of two sets must say, computed by sets.
RC_GTEST_PROP(MergeJoin, FindsExactlyTheUnion, (std::set<int> left, std::set<int> right)) {
  MergeJoin join(KeyOrder::kInt64);
  const auto items = [](const std::set<int>& keys) {
    std::vector<Item> out;
    for (const int key : keys) out.push_back({std::to_string(key), State::of_bytes("x")});
    return out;
  };
  std::set<int> seen;
  while (join.wants() != JoinWants::kDone) {
    if (join.wants() == JoinWants::kLeft) RC_ASSERT(join.feed_left(items(left), true).ok());
    if (join.wants() == JoinWants::kRight) RC_ASSERT(join.feed_right(items(right), true).ok());
    if (join.wants() != JoinWants::kEmit) continue;
    const JoinedItem item = join.emit();
    const int key = std::stoi(item.key);
    RC_ASSERT(item.desired.present() == (left.count(key) == 1));
    RC_ASSERT(item.actual.present() == (right.count(key) == 1));
    seen.insert(key);
  }
  left.insert(right.begin(), right.end());
  RC_ASSERT(seen == left);
}

TEST(MergeJoin, AnOrderThatLiesIsAnError) {
  MergeJoin join(KeyOrder::kInt64);
  EXPECT_TRUE(join.feed_left({{"9", State::of_bytes("")}}, false).ok());
  EXPECT_EQ(join.feed_left({{"10", State::of_bytes("")}, {"10", State::of_bytes("")}}, true)
                .error()
                .message,
            "desired side is not in key order: \"10\" came after \"10\"");
}

RC_GTEST_PROP(ChangeWindow, NeverForgetsInsideTheWindow, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 100), rc::gen::inRange(1, 50)));
  const Duration window = std::chrono::seconds(600);
  ChangeWindow counted;
  WallTime now = kNow;
  std::vector<std::pair<WallTime, int>> truth;
  for (const auto& [wait, count] : steps) {
    now += std::chrono::seconds(wait);
    counted.add(now, window, count);
    counted = ChangeWindow(*decode_slots(encode_slots(counted.slots())));
    truth.emplace_back(now, count);
    std::int64_t exact = 0;
    for (const auto& [at, number] : truth) exact += at > now - window ? number : 0;
    RC_ASSERT(counted.used(now, window) >= exact);
  }
  RC_ASSERT(counted.used(now + window * 2, window) == 0);
}

TEST(ChangeWindow, K1_6_AWindowThatIsShortenedForgetsNothing) {
  ChangeWindow counted;
  counted.add(kNow, std::chrono::hours(1), 5);
  const WallTime later = kNow + std::chrono::minutes(30);
  EXPECT_EQ(counted.used(later, std::chrono::minutes(1)), 5);
  counted.add(later, std::chrono::minutes(1), 1);
  EXPECT_EQ(counted.used(later, std::chrono::hours(1)), 6);
  EXPECT_EQ(counted.used(kNow + std::chrono::hours(2), std::chrono::minutes(1)), 0);
}

TEST(ChangeWindow, K1_6_AClockThatWasYearsAheadClosesItForOneWindowOnly) {
  const Duration hour = std::chrono::hours(1);
  ChangeWindow counted;
  counted.add(kNow + std::chrono::hours(24 * 3650), hour, 5);
  EXPECT_EQ(counted.used(kNow, hour), 5) << "going back frees nothing";
  counted.add(kNow, hour, 1);
  EXPECT_EQ(counted.used(kNow, hour), 6);
  EXPECT_EQ(counted.used(kNow + 2 * hour, hour), 0);
}

TEST(ChangeWindow, K1_6_WhatWasCountedAheadCountsForOneWindowFromTheLookOn) {
  const Duration hour = std::chrono::hours(1);
  ChangeWindow counted;
  counted.add(kNow + 87'600 * hour, hour, 9);
  EXPECT_TRUE(counted.bring_back(kNow, hour));
  EXPECT_FALSE(counted.bring_back(kNow + hour / 2, hour)) << "once";
  EXPECT_EQ(counted.used(kNow + hour - std::chrono::minutes(1), hour), 9);
  EXPECT_EQ(counted.used(kNow + hour + std::chrono::minutes(2), hour), 0);
}

TEST(ChangeWindow, WhatAnotherNodesClockIsAheadByCountsUntilItsOwnEnd) {
  const Duration hour = std::chrono::hours(1);
  ChangeWindow counted;
  counted.add(kNow + std::chrono::minutes(5), hour, 9);
  EXPECT_FALSE(counted.bring_back(kNow, hour));
  EXPECT_EQ(counted.used(kNow + hour + std::chrono::minutes(4), hour), 9);
}

TEST(ChangeWindow, TakesOverSlotsOfOlderStoresThatDoNotSayUntilWhenTheyCount) {
  const ChangeWindow old({{to_us(kNow), 7, 0}});
  EXPECT_EQ(old.used(kNow, std::chrono::hours(1)), 7);
  ChangeWindow other;
  other.add(kNow, std::chrono::hours(1), 2);
  other.merge(old);
  EXPECT_EQ(other.used(kNow, std::chrono::hours(1)), 9);
}

RC_GTEST_PROP(TokenBucket, NeverMoreThanRateAndBurst, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 2000), rc::gen::inRange(1, 100)));
  const std::int64_t rate = *rc::gen::inRange<std::int64_t>(1, 500);
  const std::int64_t burst = *rc::gen::inRange<std::int64_t>(1, 100);
  WallTime now = kNow;
  auto bucket = TokenBucket::full(now, burst);
  std::int64_t total = 0;
  for (const auto& [wait_ms, wanted] : steps) {
    now += std::chrono::milliseconds(wait_ms);
    bucket = TokenBucket(bucket.kept());
    // One that read the time a while ago and waited for its turn.
    const bool late = wanted % 3 == 0;
    total += bucket.take(late ? now - std::chrono::seconds(wanted % 50) : now, rate, burst, wanted);
    RC_ASSERT(total * 1'000'000 <= burst * 1'000'000 + (now - kNow).count() * rate);
  }
}

// A clock that was set back by an hour would else stop everything for an hour.
TEST(TokenBucket, AClockSetBackBeginsAnew) {
  auto bucket = TokenBucket::full(kNow, 5);
  EXPECT_EQ(bucket.take(kNow, 1, 5, 5), 5);
  const WallTime back = kNow - std::chrono::hours(1);
  EXPECT_EQ(bucket.take(back, 1, 5, 5), 0);
  EXPECT_EQ(bucket.take(back + std::chrono::seconds(3), 1, 5, 5), 3);
}

RC_GTEST_PROP(Cohorts, RiseAndEndAtTheLastChange, ()) {
  CanarySettings canary;
  canary.cohorts = {{*rc::gen::inRange<std::int64_t>(1, 10), 0},
                    {0, *rc::gen::inRange<std::int64_t>(1, 1'000'000)}};
  const std::int64_t changes = *rc::gen::inRange<std::int64_t>(1, 100'000);
  const auto ends = cohort_ends(canary, changes);
  RC_ASSERT(ends.back() == changes);
  RC_ASSERT(std::is_sorted(ends.begin(), ends.end()));
  RC_ASSERT(std::adjacent_find(ends.begin(), ends.end()) == ends.end());
}

RC_GTEST_PROP(Backoff, StaysBetweenATenthAndTheMaximum, ()) {
  const auto attempt = *rc::gen::inRange<std::int64_t>(1, 1000);
  const double fraction = *rc::gen::inRange(0, 1000) / 1000.0;
  const RetrySettings retry;
  const Duration delay = backoff_delay(retry, attempt, fraction);
  RC_ASSERT(delay <= retry.max);
  RC_ASSERT(delay >= retry.initial / 10);
}

RC_GTEST_PROP(RefusalDelay, GrowsFromASecondToAMinute, ()) {
  const Duration refused = std::chrono::seconds(*rc::gen::inRange(0, 100'000));
  const double fraction = *rc::gen::inRange(0, 1000) / 1000.0;
  const Duration delay = refusal_delay(refused, fraction);
  RC_ASSERT(delay >= std::chrono::seconds(1));
  RC_ASSERT(delay <= std::chrono::seconds(75));
  RC_ASSERT(refusal_delay(refused + std::chrono::hours(1), fraction) >= delay);
}

}  // namespace
}  // namespace sideband
