// A real server in the states in which it refuses whoever writes, and who it says that it is.
#include <gmock/gmock.h>

#include "drivers/redis/driver.h"
#include "support/redis_server.h"
#include "support/until.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

const SystemClock kReadyClock;
SystemRandom ready_random;
constexpr Duration kReadyWait = std::chrono::seconds(10);

class RedisReady : public testing::Test {
 protected:
  std::unique_ptr<Collection> open(const RedisServer& server, bool fenced = true,
                                   const std::string& user = "") {
    TargetSettings target;
    target.name = "shop-cache" + user;
    target.connect = {{"socket", server.socket()}};
    if (!user.empty()) target.connect.insert({{"user", user}, {"password", "secret"}});
    CollectionSettings settings;
    settings.options = {{"key", "price:{id}"}, {"fence", fenced ? "true" : "false"}};
    auto opened = driver_.open(target, settings, Role::kActual);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  static Result<std::vector<ChangeOutcome>> write(Collection& on) {
    return on.apply(
        {Uuid(), 1, {{"1", ChangeOp::kCreate, State::absent(), State::of_bytes("7")}}, kReadyWait});
  }
  // Both the question and the write itself say that the server refuses everybody.
  static void expect_refuses(Collection& on, const std::string& why) {
    const auto asked = on.accepts_writes(kReadyWait);
    ASSERT_FALSE(asked.ok()) << why;
    EXPECT_EQ(asked.error().retry, Retry::kWhenReady) << asked.error().message;
    EXPECT_THAT(asked.error().message, HasSubstr(why));
    const auto written = write(on);
    ASSERT_FALSE(written.ok()) << why;
    EXPECT_EQ(written.error().retry, Retry::kWhenReady) << written.error().message;
    EXPECT_EQ(written.error().effect, Effect::kNone);
  }
  static void expect_accepts(Collection& on, RedisClient& client) {
    EXPECT_TRUE(on.accepts_writes(kReadyWait).ok());
    EXPECT_EQ(client.command({"DBSIZE"}), "0") << "the question wrote something";
    const auto written = write(on);
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(written->at(0).outcome, Outcome::kChanged) << written->at(0).detail;
  }

  RedisDriver driver_{DriverContext{kReadyClock, ready_random}};
};

TEST_F(RedisReady, K7_2_AFullServer) {
  const RedisServer server;
  RedisClient client(server.socket());
  client.command({"CONFIG", "SET", "maxmemory", "1"});
  const auto on = open(server);
  expect_refuses(*on, "OOM");
  client.command({"CONFIG", "SET", "maxmemory", "0"});
  expect_accepts(*on, client);
}

TEST_F(RedisReady, K7_2_AReplicaAndItsPromotion) {
  const RedisServer server, primary;
  RedisClient client(server.socket());
  client.command({"REPLICAOF", "127.0.0.1", std::to_string(primary.port())});
  ASSERT_TRUE(until([&] {
    return client.command({"INFO", "replication"}).find("master_link_status:up") !=
           std::string::npos;
  }));
  const auto on = open(server);
  expect_refuses(*on, "READONLY");
  const TargetIdentity replica = *on->identity(kReadyWait);
  EXPECT_EQ(replica.role, "standby");
  client.command({"REPLICAOF", "NO", "ONE"});
  const TargetIdentity promoted = *on->identity(kReadyWait);
  EXPECT_EQ(identity_change(replica, promoted), IdentityChange::kFailedOver);
  EXPECT_EQ(promoted.before, replica.history);
  expect_accepts(*on, client);
}

TEST_F(RedisReady, K7_2_TooFewReplicas) {
  const RedisServer server({"--min-replicas-to-write", "1"});
  RedisClient client(server.socket());
  const auto on = open(server);
  expect_refuses(*on, "NOREPLICAS");
  client.command({"CONFIG", "SET", "min-replicas-to-write", "0"});
  expect_accepts(*on, client);
}

TEST_F(RedisReady, K7_2_AServerThatCannotSave) {
  const RedisServer server({"--dir", "/proc", "--save", "3600 1"});
  RedisClient client(server.socket());
  client.command({"BGSAVE"});
  ASSERT_TRUE(until([&] {
    return client.command({"INFO", "persistence"}).find("rdb_last_bgsave_status:err") !=
           std::string::npos;
  }));
  const auto on = open(server);
  expect_refuses(*on, "MISCONF");
  client.command({"CONFIG", "SET", "stop-writes-on-bgsave-error", "no"});
  expect_accepts(*on, client);
}

TEST_F(RedisReady, K7_2_AServerThatIsBusyWithAScript) {
  const RedisServer server({"--lua-time-limit", "50"});
  RedisClient client(server.socket());
  const auto on = open(server);
  ASSERT_TRUE(on->accepts_writes(kReadyWait).ok());
  const std::unique_ptr<redisContext, void (*)(redisContext*)> busy(
      redisConnectUnix(server.socket().c_str()), &redisFree);
  redisAppendCommand(busy.get(), "EVAL %s 0", "while true do end");
  int done = 0;
  while (done == 0) ASSERT_EQ(redisBufferWrite(busy.get(), &done), REDIS_OK);
  ASSERT_TRUE(until([&] { return client.command({"PING"}).starts_with("BUSY"); }));
  expect_refuses(*on, "BUSY");
  EXPECT_EQ(on->read({"1"}, kReadyWait).error().retry, Retry::kWhenReady);
  EXPECT_EQ(client.command({"SCRIPT", "KILL"}), "OK");
  ASSERT_TRUE(until([&] { return client.command({"PING"}) == "PONG"; }));
  expect_accepts(*on, client);
}

TEST_F(RedisReady, WithoutAFenceOnlyTheWriteSaysSo) {
  const RedisServer server({"--min-replicas-to-write", "1"});
  const auto on = open(server, false);
  EXPECT_TRUE(on->accepts_writes(kReadyWait).ok());
  EXPECT_EQ(write(*on).error().retry, Retry::kWhenReady);
}

TEST_F(RedisReady, K6_3_AUserWhoMayNotAskWhoItIsIsSaid) {
  const RedisServer server;
  RedisClient client(server.socket());
  client.command({"ACL", "SETUSER", "asker", "on", ">secret", "~*", "+select", "+get", "+mget"});
  const auto on = open(server, true, "asker");
  EXPECT_EQ(on->identity(kReadyWait).error().code, ErrorCode::kPermission);
  EXPECT_TRUE(on->accepts_writes(kReadyWait).ok()) << "what is missing the write itself will say";
}

TEST_F(RedisReady, K6_3_OneServerIsTheSameUntilItIsStartedAgain) {
  RedisServer server;
  const auto on = open(server);
  const TargetIdentity before = *on->identity(kReadyWait);
  for (int i = 0; i < 10; ++i) {
    RedisClient(server.socket()).command({"SET", "other:" + std::to_string(i), "x"});
  }
  const TargetIdentity later = *on->identity(kReadyWait);
  EXPECT_EQ(later.items, 10);
  EXPECT_EQ(identity_change(before, later), IdentityChange::kNone);
  server.restart();
  const TargetIdentity empty = *on->identity(kReadyWait);
  EXPECT_EQ(identity_change(later, empty), IdentityChange::kReplaced);
}

}  // namespace
}  // namespace sideband
