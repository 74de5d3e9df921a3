// What is particular to Redis: time to live, types, large values, lost connections, notifications.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/thread.h"
#include "drivers/fence_stripe.h"
#include "drivers/redis/collection.h"
#include "drivers/redis/driver.h"
#include "drivers/redis/feed.h"
#include "model/key_parts.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

const SystemClock kClock;
SystemRandom random_source;
constexpr Duration kLong = std::chrono::seconds(10);

class RedisTest : public testing::Test {
 protected:
  RedisTest() { client_.command({"CONFIG", "SET", "notify-keyspace-events", "KA"}); }

  TargetSettings target(DriverOptions connect = {}) {
    TargetSettings out;
    out.name = "shop-cache";
    out.connect = std::move(connect);
    out.connect.try_emplace("socket", server_.socket());
    return out;
  }
  static CollectionSettings settings(DriverOptions options) {
    CollectionSettings out;
    out.options = std::move(options);
    out.options.try_emplace("key", "product:{id}");
    return out;
  }
  std::unique_ptr<Collection> open(DriverOptions options = {}) {
    return std::move(driver_.open(target(), settings(std::move(options)), Role::kActual)).value();
  }
  static Change update(const std::string& key, const std::string& found, const std::string& want) {
    return {key, ChangeOp::kUpdate, State::of_bytes(found), State::of_bytes(want)};
  }
  static Outcome apply(Collection& on, const Change& change) {
    const auto outcomes = on.apply({Uuid(), 1, {change}, kLong});
    EXPECT_TRUE(outcomes.ok()) << outcomes.error().message;
    return outcomes->at(0).outcome;
  }

  RedisServer server_;
  RedisClient client_{server_.socket()};
  RedisDriver driver_{{kClock, random_source}};
};

TEST(KeyTemplates, GoBothWays) {
  const auto keys = std::move(KeyTemplate::parse("shop:{id}:price")).value();
  EXPECT_EQ(keys.render("7"), "shop:7:price");
  EXPECT_EQ(keys.reverse("shop:7:price"), "7");
  EXPECT_EQ(keys.reverse("shop::price"), std::nullopt);
  EXPECT_EQ(keys.reverse("shop:7:stock"), std::nullopt);
  EXPECT_EQ(keys.pattern(), "shop:*:price");
  EXPECT_EQ(KeyTemplate::parse("a*[{id}")->pattern(), "a\\*\\[*");
  EXPECT_EQ(KeyTemplate::parse("{id}")->reverse("sideband:fence:x"), std::nullopt);
  EXPECT_FALSE(KeyTemplate::parse("constant").ok());
}

using Ids = std::vector<std::string>;

KeyTemplate pair_template(const std::string& text, const KeyForms& ids, const Ids& columns = {}) {
  return std::move(KeyTemplate::parse(text, ids, columns)).value();
}

TEST(KeyTemplates, HaveAPlaceholderForEachColumn) {
  const auto keys =
      pair_template("price:{sku}:{tenant}/v1", {KeyForm::kText, KeyForm::kText}, {"tenant", "sku"});
  EXPECT_EQ(keys.render("acme,sku-1"), "price:sku-1:acme/v1");
  EXPECT_EQ(keys.reverse("price:sku-1:acme/v1"), "acme,sku-1");
  EXPECT_EQ(keys.reverse("price:50%:a,b/v1"), "a%2Cb,50%25");
  EXPECT_EQ(keys.pattern(), "price:*:*/v1");
  for (const char* key : {"price::acme/v1", "price:1:/v1", "price:1/v1", "price:1:2", "1:2/v1"}) {
    EXPECT_EQ(keys.reverse(key), std::nullopt) << key;
  }
  for (const char* id : {"", "acme", ",1", "a,", "a,b,c", "a%,1"}) {
    EXPECT_FALSE(keys.makes(id)) << id;
    EXPECT_FALSE(keys.is_ambiguous(id)) << id;
  }
  EXPECT_EQ(KeyTemplate::parse("{a}:{b}")->placeholders(), (Ids{"a", "b"}));
  EXPECT_FALSE(KeyTemplate::parse("x:{a}{b}").ok());
  EXPECT_FALSE(KeyTemplate::parse("{a}:{a}").ok());
  EXPECT_EQ(KeyTemplate::parse("{a}:{b}")->reverse("sideband:fence"), std::nullopt);
}

TEST(KeyTemplates, K11_14_AKeyThatCouldBeTwoIsNobodys) {
  const auto texts = pair_template("p:{a}:{b}", {KeyForm::kText, KeyForm::kText});
  EXPECT_EQ(texts.reverse("p:x:y"), "x,y");
  for (const char* key : {"p:x:y:z", "p::::::", "p:a::b"}) {
    EXPECT_EQ(texts.reverse(key), std::nullopt) << key;
  }
  for (const char* id : {"x:y,z", "x,y:z", "x:,y"}) {
    EXPECT_FALSE(texts.makes(id)) << id;
    EXPECT_TRUE(texts.is_ambiguous(id)) << id;
  }
  EXPECT_EQ(texts.reverse("p:x::"), "x,:") << "the other way has an empty part";
}

TEST(KeyTemplates, K11_14_NumbersAndUuidsEndWhereTheyEnd) {
  const auto numbers = pair_template("p:{n}:{b}", {KeyForm::kInt64, KeyForm::kText});
  EXPECT_EQ(numbers.reverse("p:7:views:daily"), "7,views:daily");
  EXPECT_EQ(numbers.reverse("p:07:views"), std::nullopt);
  EXPECT_EQ(numbers.reverse("p:x:7"), std::nullopt);
  EXPECT_TRUE(numbers.makes("7,views:daily"));
  const auto uuids = pair_template("{u}-{n}", {KeyForm::kUuid, KeyForm::kInt64});
  EXPECT_EQ(uuids.reverse("01890a5d-ac96-774b-bcce-b302099a8057--7"),
            "01890a5d-ac96-774b-bcce-b302099a8057,-7");
  EXPECT_EQ(uuids.reverse("01890a5d-ac96-774b-bcce-b302099a8057-07"), std::nullopt);
  const std::string long_key = "p:1:" + std::string(100'000, ':');
  EXPECT_EQ(numbers.reverse(long_key), "1," + std::string(100'000, ':'));
}

RC_GTEST_PROP(KeyTemplates, WhatIsMadeIsTakenApartAgain, ()) {
  const auto keys =
      pair_template("p{a}:{b}::{c}", {KeyForm::kText, KeyForm::kText, KeyForm::kText});
  const auto part = rc::gen::container<std::string>(rc::gen::elementOf(std::string("a:,%p")));
  const std::string id = join_key({*part, *part, *part});
  if (keys.makes(id)) RC_ASSERT(keys.reverse(keys.render(id)) == id);
}

TEST_F(RedisTest, KeepsTheTimeToLive) {
  client_.command({"SET", "product:1", "a", "EX", "1000"});
  client_.command({"HSET", "item:1", "v", "a", "w", "b"});
  client_.command({"EXPIRE", "item:1", "1000"});
  EXPECT_EQ(apply(*open(), update("1", "a", "b")), Outcome::kChanged);
  const auto hashes = open({{"key", "item:{id}"}, {"type", "hash"}});
  const Change change{"1", ChangeOp::kUpdate, State::of_fields({{"v", "a"}, {"w", "b"}}),
                      State::of_fields({{"x", "c"}})};
  EXPECT_EQ(apply(*hashes, change), Outcome::kChanged);
  EXPECT_EQ(client_.list({"HGETALL", "item:1"}), (std::vector<std::string>{"x", "c"}));
  EXPECT_GT(std::stoi(client_.command({"TTL", "product:1"})), 900);
  EXPECT_GT(std::stoi(client_.command({"TTL", "item:1"})), 900);
}

TEST_F(RedisTest, AnotherTypeIsUnknownWithTheReason) {
  client_.command({"RPUSH", "product:1", "x"});
  client_.command({"SET", "product:2", "v"});
  const auto strings = open();
  const auto read = strings->read({"1", "2", "3"}, kLong);
  EXPECT_EQ(read->at(0).state.why, "the key holds another type of value");
  EXPECT_TRUE(read->at(1).state.present());
  EXPECT_TRUE(read->at(2).state.absent_for_sure());
  const auto hashes = open({{"type", "hash"}});
  EXPECT_FALSE(hashes->read({"2"}, kLong)->at(0).state.known());
}

TEST_F(RedisTest, AnotherTypeIsRefusedByApply) {
  client_.command({"RPUSH", "product:1", "x"});
  EXPECT_EQ(apply(*open(), update("1", "a", "b")), Outcome::kRefused);
  const Change change{"1", ChangeOp::kUpdate, State::of_fields({{"v", "a"}}),
                      State::of_fields({{"v", "b"}})};
  EXPECT_EQ(apply(*open({{"type", "hash"}}), change), Outcome::kRefused);
  EXPECT_EQ(client_.list({"LRANGE", "product:1", "0", "-1"}), std::vector<std::string>{"x"});
}

TEST_F(RedisTest, OnlyOwnedFieldsAreReadAndWritten) {
  client_.command({"HSET", "product:1", "price", "10", "seen", "5"});
  CollectionSettings owned = settings({{"type", "hash"}});
  owned.fields = {{"price", "{price}"}};
  const auto hashes = std::move(driver_.open(target(), owned, Role::kActual)).value();
  const State found = State::of_fields({{"price", "10"}});
  EXPECT_TRUE(hashes->read({"1"}, kLong)->at(0).state.same_as(found));
  const State want = State::of_fields({{"price", "12"}});
  EXPECT_EQ(apply(*hashes, {"1", ChangeOp::kUpdate, found, want}), Outcome::kChanged);
  EXPECT_EQ(client_.command({"HGET", "product:1", "seen"}), "5");
  EXPECT_EQ(apply(*hashes, {"1", ChangeOp::kDelete, want, State::absent()}), Outcome::kChanged);
  EXPECT_EQ(client_.list({"HGETALL", "product:1"}), (std::vector<std::string>{"seen", "5"}));
  const State alien = State::of_fields({{"seen", "6"}});
  EXPECT_EQ(apply(*hashes, {"1", ChangeOp::kCreate, State::absent(), alien}), Outcome::kFailed);
}

// The target's limit is one for everything that sideband does there.
TEST_F(RedisTest, CollectionsOfATargetShareItsConnections) {
  TargetSettings two = target();
  two.limits.connections = 2;
  std::vector<std::unique_ptr<Collection>> all;
  for (const char* key : {"a:{id}", "b:{id}", "c:{id}", "d:{id}"}) {
    all.push_back(std::move(driver_.open(two, settings({{"key", key}}), Role::kActual)).value());
  }
  for (const auto& one : all) EXPECT_TRUE(one->read({"1"}, kLong).ok());
  const std::string clients = client_.command({"CLIENT", "LIST"});
  EXPECT_EQ(std::count(clients.begin(), clients.end(), '\n'), 2) << "ours, and the test's own";
}

TEST_F(RedisTest, LargeValuesAreComparedByDigest) {
  const std::string large(1 << 19, 'x');
  client_.command({"SET", "product:1", large});
  const auto strings = open();
  EXPECT_EQ(apply(*strings, update("1", large + "y", "small")), Outcome::kRefused);
  EXPECT_EQ(apply(*strings, update("1", large, "small")), Outcome::kChanged);
  client_.command({"SET", "product:2", std::string(2 << 20, 'x')});
  EXPECT_FALSE(strings->read({"2"}, kLong)->at(0).state.known()) << "above maxSize";
}

TEST_F(RedisTest, HashesOfThousandsOfFields) {
  Fields many, more;
  for (int i = 0; i < 5000; ++i) many["f" + std::to_string(i)] = "old";
  for (int i = 2500; i < 7500; ++i) more["f" + std::to_string(i)] = "new";
  const auto hashes = open({{"type", "hash"}});
  const State found = State::of_fields(many), want = State::of_fields(more);
  EXPECT_EQ(apply(*hashes, {"1", ChangeOp::kCreate, State::absent(), found}), Outcome::kChanged);
  EXPECT_EQ(apply(*hashes, {"1", ChangeOp::kUpdate, found, want}), Outcome::kChanged);
  EXPECT_TRUE(hashes->read({"1"}, kLong)->at(0).state.same_as(want));
}

TEST_F(RedisTest, ForgottenScriptsAreSentAgain) {
  const auto strings = open();
  client_.command({"SET", "product:1", "a"});
  EXPECT_EQ(apply(*strings, update("1", "a", "b")), Outcome::kChanged);
  client_.command({"SCRIPT", "FLUSH"});
  EXPECT_EQ(apply(*strings, update("1", "b", "c")), Outcome::kChanged);
}

TEST_F(RedisTest, TokensAboveTheDigitsOfADoubleAreToldApart) {
  const auto strings = open();
  client_.command({"SET", "product:1", "a"});
  const std::uint64_t high = (1ULL << 60U) + 1;
  EXPECT_EQ(strings->apply({Uuid(), high, {update("1", "a", "b")}})->at(0).outcome,
            Outcome::kChanged);
  EXPECT_EQ(strings->apply({Uuid(), high - 1, {update("1", "b", "c")}})->at(0).outcome,
            Outcome::kFenced);
}

// Both types of value: repairs of different keys do not stop each other.
TEST_F(RedisTest, FenceIsOneForEachStripeOfKeys) {
  ASSERT_NE(fence_stripe("1"), fence_stripe("2"));
  const auto strings = open();
  client_.command({"SET", "product:1", "a"});
  client_.command({"SET", "product:2", "a"});
  const auto changed = [&](const std::string& key, std::uint64_t token, const char* want) {
    return strings->apply({Uuid(), token, {update(key, "a", want)}})->at(0).outcome;
  };
  EXPECT_EQ(changed("2", 12, "b"), Outcome::kChanged);
  EXPECT_EQ(changed("1", 11, "b"), Outcome::kChanged);
  EXPECT_EQ(client_.command({"HLEN", "sideband:fence:product:{id}"}), "2");
}

TEST_F(RedisTest, AUserWithoutAPasswordIsNotTheDefaultUser) {
  client_.command({"ACL", "SETUSER", "open", "on", "nopass", "~product:*", "+get", "+mget",
                   "+select", "+info"});
  const auto reader = driver_.open(target({{"user", "open"}}), settings({}), Role::kActual);
  ASSERT_TRUE(reader.ok()) << reader.error().message;
  EXPECT_FALSE((*reader)->apply({Uuid(), 1, {update("1", "a", "b")}, kLong}).ok());
  const auto unknown = driver_.open(target({{"user", "nobody"}}), settings({}), Role::kActual);
  EXPECT_EQ(unknown.error().code, ErrorCode::kPermission);
}

TEST_F(RedisTest, MissingGrantIsNamed) {
  client_.command(
      {"ACL", "SETUSER", "reader", "on", ">pw", "~product:*", "+get", "+mget", "+select", "+info"});
  const auto denied = driver_.open(target({{"user", "reader"}, {"password", "wrong"}}),
                                   settings({}), Role::kActual);
  EXPECT_EQ(denied.error().code, ErrorCode::kPermission);
  const auto reader = std::move(driver_.open(target({{"user", "reader"}, {"password", "pw"}}),
                                             settings({}), Role::kActual))
                          .value();
  EXPECT_TRUE(reader->read({"1"}, kLong).ok());
  const auto outcomes = reader->apply({Uuid(), 1, {update("1", "a", "b")}, kLong});
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kPermission);
  EXPECT_EQ(outcomes.error().retry, Retry::kPerson);
  EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  EXPECT_NE(outcomes.error().message.find("run: ACL SETUSER reader +eval"), std::string::npos)
      << outcomes.error().message;
}

// One key of two: the other is changed, and trying again would not help.
TEST_F(RedisTest, AKeyThatIsNotPermittedIsForAPerson) {
  client_.command(
      {"ACL", "SETUSER", "half", "on", "nopass", "~product:1", "%R~product:2", "+@all"});
  client_.command({"MSET", "product:1", "a", "product:2", "a"});
  const auto half = std::move(driver_.open(target({{"user", "half"}}),
                                           settings({{"fence", "false"}}), Role::kActual))
                        .value();
  // A script declares its keys as written, so that keys of both kinds need a call each.
  const auto outcomes = half->apply({Uuid(), 1, {update("2", "a", "b")}, kLong});
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kPermission);
  EXPECT_NE(outcomes.error().message.find("run: ACL SETUSER half ~product:*"), std::string::npos)
      << outcomes.error().message;
  EXPECT_EQ(apply(*half, update("1", "a", "b")), Outcome::kChanged);
}

TEST_F(RedisTest, ReplicaIsUnavailableForWriting) {
  client_.command({"SET", "product:1", "a"});
  client_.command({"REPLICAOF", "127.0.0.1", "1"});
  for (const char* fence : {"true", "false"}) {
    const auto outcomes =
        open({{"fence", fence}})->apply({Uuid(), 1, {update("1", "a", "b")}, kLong});
    ASSERT_FALSE(outcomes.ok()) << fence;
    EXPECT_EQ(outcomes.error().code, ErrorCode::kUnavailable);
    EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  }
}

TEST_F(RedisTest, FullMemoryFailsAndTouchesNothing) {
  const auto strings = open({{"fence", "false"}});
  client_.command({"SET", "product:1", "a"});
  client_.command({"CONFIG", "SET", "maxmemory", "1"});
  const auto outcomes = strings->apply({Uuid(), 1, {update("1", "a", "b")}, kLong});
  if (outcomes.ok()) {
    EXPECT_EQ(outcomes->at(0).outcome, Outcome::kFailed);
  } else {
    EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  }
  EXPECT_EQ(client_.command({"GET", "product:1"}), "a");
}

TEST_F(RedisTest, NoAnswerAfterSendingIsMaybe) {
  const auto strings = open();
  client_.command({"SET", "product:1", "a"});
  server_.freeze();
  const auto outcomes =
      strings->apply({Uuid(), 1, {update("1", "a", "b")}, std::chrono::milliseconds(50)});
  server_.thaw();
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(outcomes.error().effect, Effect::kMaybe);
  EXPECT_TRUE(strings->read({"1"}, kLong).ok()) << "the next call connects anew";
}

// An idle connection that has ended is noticed before anything is sent over it.
TEST_F(RedisTest, ServerThatWasLostBeforeTheCallIsUnavailableAndNothingIsDone) {
  const auto strings = open();
  server_.stop();
  const auto outcomes = strings->apply({Uuid(), 1, {update("1", "a", "b")}, kLong});
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(outcomes.error().effect, Effect::kNone);
  const auto opened = driver_.open(target(), settings({}), Role::kActual);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(opened.error().retry, Retry::kAfter);
}

TEST_F(RedisTest, ConnectsOverTcp) {
  const auto over_tcp = driver_.open(
      target({{"socket", ""}, {"host", "127.0.0.1"}, {"port", std::to_string(server_.port())}}),
      settings({}), Role::kActual);
  ASSERT_TRUE(over_tcp.ok()) << over_tcp.error().message;
  EXPECT_TRUE((*over_tcp)->read({"1"}, kLong).ok());
}

TEST_F(RedisTest, ScanSeesOnlyKeysOfTheTemplate) {
  for (int i = 0; i < 300; ++i) client_.command({"SET", "product:" + std::to_string(i), "v"});
  for (int i = 0; i < 300; ++i) client_.command({"SET", "other:" + std::to_string(i), "v"});
  std::set<std::string> seen;
  const auto strings = open();
  ScanRequest request;
  request.max_items = 10;
  for (;;) {
    const auto page = strings->scan(request);
    ASSERT_TRUE(page.ok());
    for (const Item& item : page->items) seen.insert(item.key);
    if (page->last) break;
    request.cursor = page->cursor;
  }
  EXPECT_EQ(seen.size(), 300U);
}

TEST(RedisCluster, IsRefused) {
  const RedisServer server({"--cluster-enabled", "yes"});
  RedisDriver driver({kClock, random_source});
  TargetSettings target;
  target.connect = {{"socket", server.socket()}};
  CollectionSettings settings;
  settings.options = {{"key", "product:{id}"}};
  const auto opened = driver.open(target, settings, Role::kActual);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(opened.error().retry, Retry::kPerson);
}

TEST_F(RedisTest, FeedTellsChangedDeletedAndExpiredKeys) {
  client_.command({"SET", "product:3", "v", "PX", "1"});
  const auto feed = std::move(driver_.watch(target(), settings({}), Role::kActual)).value();
  client_.command({"SET", "product:1", "v"});
  client_.command({"SET", "other:1", "v"});
  client_.command({"DEL", "product:1"});
  const auto wake = feed->wait(kLong);
  ASSERT_TRUE(wake.ok());
  EXPECT_TRUE(wake->any);
  EXPECT_FALSE(wake->scan);
  EXPECT_EQ(std::set<std::string>(wake->keys.begin(), wake->keys.end()).count("1"), 1U);
}

TEST_F(RedisTest, FeedOfAnUnsetServerSaysWhatToSet) {
  client_.command({"CONFIG", "SET", "notify-keyspace-events", ""});
  const auto feed = driver_.watch(target(), settings({}), Role::kActual);
  ASSERT_FALSE(feed.ok());
  EXPECT_EQ(feed.error().retry, Retry::kPerson);
  EXPECT_NE(feed.error().message.find("notify-keyspace-events Kg$xe"), std::string::npos)
      << feed.error().message;
}

TEST_F(RedisTest, FeedOfALostServerIsAnError) {
  const auto feed = std::move(driver_.watch(target(), settings({}), Role::kActual)).value();
  server_.stop();
  EXPECT_FALSE(feed->wait(kLong).ok());
}

TEST_F(RedisTest, K11_13_OnlyAKeyThatMayNotBeReadIsUnknown) {
  for (int i = 0; i < 600; ++i) {
    const std::string key = fmt::format("product:{}", i);
    client_.command({"SET", key, "v"});
  }
  client_.command({"ACL", "SETUSER", "some", "on", "nopass", "~product:[0-4]*", "+get", "+mget",
                   "+select", "+info", "+scan"});
  const auto collection = std::move(driver_.open(target({{"user", "some"}, {"password", "x"}}),
                                                 settings({{"fence", "false"}}), Role::kDesired))
                              .value();
  std::vector<std::string> keys;
  for (int i = 0; i < 620; ++i) keys.push_back(std::to_string(i));
  const auto read = collection->read(keys, kLong);
  ASSERT_TRUE(read.ok()) << read.error().message;
  for (int i = 0; i < 620; ++i) {
    const State& state = read->at(static_cast<std::size_t>(i)).state;
    const bool mine = keys[static_cast<std::size_t>(i)].front() < '5';
    EXPECT_EQ(state.known(), mine) << i;
    EXPECT_TRUE(mine || state.why.find("NOPERM") != std::string::npos) << state.why;
  }
  const auto none = collection->read({"5", "6", "7"}, kLong);
  ASSERT_FALSE(none.ok()) << "not a matter of a key";
  EXPECT_EQ(none.error().code, ErrorCode::kPermission);
}

}  // namespace
}  // namespace sideband
