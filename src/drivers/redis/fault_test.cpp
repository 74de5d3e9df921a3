// What a Redis server answers that it should not: endless, announced and never sent, or of another
// form. None of it ends more than the call, and nothing of it reads as absent. At every byte of a
// conversation: tests/conformance/answers.
#include <gtest/gtest.h>

#include "drivers/redis/driver.h"
#include "drivers/registry.h"
#include "support/loopback_server.h"

namespace sideband {
namespace {

const SystemClock kFaultClock;
SystemRandom fault_random;
constexpr Duration kFaultWait = std::chrono::seconds(10);
constexpr Duration kShort = std::chrono::milliseconds(20);

TargetSettings at_port(int port) {
  TargetSettings target;
  target.name = "shop-cache";
  target.driver = "redis";
  target.connect = {{"host", "127.0.0.1"}, {"port", std::to_string(port)}};
  return target;
}

CollectionSettings of_type(const std::string& type, bool owned = false) {
  CollectionSettings settings;
  settings.options = {{"key", "product:{id}"}, {"type", type}};
  if (owned) settings.fields = {{"price", "{price}"}, {"name", "{name}"}};
  return settings;
}

Change update(const std::string& type) {
  if (type == "string") return {"1", ChangeOp::kUpdate, State::of_bytes("a"), State::of_bytes("b")};
  return {"1", ChangeOp::kUpdate, State::of_fields({{"v", "a"}}), State::of_fields({{"v", "b"}})};
}

// By the registry, as the daemon opens it.
class RedisFaults : public testing::Test {
 protected:
  std::unique_ptr<Collection> open(const FakeRedis& fake, const std::string& type,
                                   bool owned = false) {
    auto opened = registry_.open(at_port(fake.port()), of_type(type, owned), Role::kActual);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  void expect_all_calls_fail(const FakeRedis& fake, const std::string& type, Duration timeout) {
    const auto opened = open(fake, type);
    EXPECT_FALSE(opened->read({"1"}, timeout).ok());
    for (const bool keys_only : {false, true}) {
      ScanRequest request;
      request.keys_only = keys_only;
      request.timeout = timeout;
      EXPECT_FALSE(opened->scan(request).ok());
    }
    expect_apply_fails(*opened, type, timeout);
  }
  // On a busy machine the time may be over before anything was sent: then nothing was done.
  static void expect_apply_fails(Collection& on, const std::string& type, Duration timeout) {
    Effect effect = Effect::kNone;
    for (; effect == Effect::kNone && timeout < kFaultWait; timeout *= 5) {
      const auto outcomes = on.apply({Uuid(), 1, {update(type)}, timeout});
      ASSERT_FALSE(outcomes.ok());
      effect = outcomes.error().effect;
    }
    EXPECT_EQ(effect, Effect::kMaybe);
  }
  // The state that is read where the server answers this to the command that reads.
  State read_of(const std::string& command, const std::string& answer, const std::string& type,
                bool owned = false) {
    const FakeRedis fake(FakeRedis::Answers{{command, answer}});
    const auto read = open(fake, type, owned)->read({"1"}, kFaultWait);
    return read ? read->at(0).state : State::unknown(read.error().message);
  }

  DriverRegistry registry_{{kFaultClock, fault_random}};
};

FakeRedis::Answers everywhere(const std::string& answer) {
  FakeRedis::Answers answers;
  for (const char* command : {"mget", "get", "hgetall", "hmget", "scan", "eval", "evalsha"}) {
    answers[command] = answer;
  }
  return answers;
}

TEST_F(RedisFaults, K5_2_WhatIsAnnouncedIsNotBelieved) {
  for (const char* announced :
       {"*1000000000\r\n", "$9999999999\r\n", "*2147483647\r\n", "*99999999999\r\n",
        "$99999999999999999999999\r\n", "*2\r\n$1\r\n0\r\n*1000000000\r\n",
        "*1\r\n$9999999999\r\nx", "*-7\r\n", "$-7\r\n",
        "*4000000\r\n*4000000\r\n*4000000\r\n*4000000\r\n*4000000\r\n*4000000\r\n*4000000\r\n"}) {
    const FakeRedis fake(everywhere(announced));
    for (const char* type : {"string", "hash"}) {
      SCOPED_TRACE(std::string(type) + " " + announced);
      expect_all_calls_fail(fake, type, kShort);
    }
  }
}

// Within the time of the call, and of bounded memory: also where there is always more to read.
TEST_F(RedisFaults, K5_3_AnEndlessReplyEndsWithTheCallsTime) {
  const std::string text = "$4000\r\n" + std::string(4000, 'x') + "\r\n";
  for (const auto& [start, flood] : std::map<std::string, std::string>{{"*1000000\r\n", ":1\r\n"},
                                                                       {"*999999\r\n", text},
                                                                       {"$400000000\r\n", text},
                                                                       {"+", "never a line break"},
                                                                       {"", text + text}}) {
    const FakeRedis fake(everywhere(start), flood);
    for (const char* type : {"string", "hash"}) {
      SCOPED_TRACE(std::string(type) + " " + start);
      const auto opened = open(fake, type);
      const MonoTime before = kFaultClock.mono();
      const auto read = opened->read({"1", "2"}, std::chrono::milliseconds(100));
      EXPECT_TRUE(!read || !read->at(0).state.absent_for_sure());
      EXPECT_LT(kFaultClock.mono() - before, kFaultWait);
    }
  }
}

TEST_F(RedisFaults, K5_3_ACursorThatDoesNotMoveIsAnError) {
  const FakeRedis fake(FakeRedis::Answers{{"scan", "*2\r\n$2\r\n17\r\n*0\r\n"}});
  const auto opened = open(fake, "string");
  for (const bool keys_only : {false, true}) {
    ScanRequest request;
    request.keys_only = keys_only;
    EXPECT_FALSE(opened->scan(request).ok());
  }
}

TEST_F(RedisFaults, K5_4_AHashOfAnotherFormIsUnknown) {
  for (const char* odd :
       {":7\r\n", "$-1\r\n", "+OK\r\n", "$3\r\nabc\r\n", "*1\r\n$1\r\nv\r\n",
        "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n", "*-1\r\n", "*2\r\n$1\r\nv\r\n:1\r\n",
        "*2\r\n:1\r\n$1\r\nv\r\n", "*2\r\n$1\r\nv\r\n$-1\r\n", "*2\r\n*0\r\n*0\r\n", "-ERR odd\r\n",
        "*4\r\n$1\r\nv\r\n$1\r\n1\r\n$1\r\nv\r\n$1\r\n2\r\n"}) {
    const State state = read_of("hgetall", odd, "hash");
    EXPECT_FALSE(state.known()) << odd;
    EXPECT_NE(state.why, "") << odd;
  }
  EXPECT_TRUE(read_of("hgetall", "*0\r\n", "hash").absent_for_sure());
  EXPECT_TRUE(read_of("hgetall", "*2\r\n$1\r\nv\r\n$1\r\na\r\n", "hash").present());
}

TEST_F(RedisFaults, K5_4_OwnedFieldsOfAnotherFormAreUnknown) {
  for (const char* odd : {":7\r\n", "$-1\r\n", "+OK\r\n", "*0\r\n", "*1\r\n$1\r\nv\r\n", "*-1\r\n",
                          "*3\r\n$-1\r\n$-1\r\n$-1\r\n", "*2\r\n$-1\r\n:1\r\n",
                          "*2\r\n$-1\r\n+x\r\n", "*2\r\n$-1\r\n*0\r\n"}) {
    EXPECT_FALSE(read_of("hmget", odd, "hash", true).known()) << odd;
  }
  EXPECT_TRUE(read_of("hmget", "*2\r\n$-1\r\n$-1\r\n", "hash", true).absent_for_sure());
}

TEST_F(RedisFaults, K5_4_AStringOfAnotherFormIsUnknown) {
  for (const char* odd :
       {":7\r\n", "$-1\r\n", "+OK\r\n", "*0\r\n", "*1\r\n:1\r\n", "*1\r\n+x\r\n", "*1\r\n*0\r\n",
        "*1\r\n*1\r\n$1\r\na\r\n", "*2\r\n$-1\r\n$-1\r\n", "*-1\r\n"}) {
    EXPECT_FALSE(read_of("mget", odd, "string").known()) << odd;
  }
  for (const char* odd : {":7\r\n", "+OK\r\n", "*0\r\n", "-ERR odd\r\n"}) {
    const FakeRedis fake(FakeRedis::Answers{{"mget", "*1\r\n$-1\r\n"}, {"get", odd}});
    EXPECT_FALSE(open(fake, "string")->read({"1"}, kFaultWait)->at(0).state.known()) << odd;
  }
  EXPECT_TRUE(read_of("mget", "*1\r\n$1\r\na\r\n", "string").present());
}

TEST_F(RedisFaults, K5_4_AScanOfAnotherFormIsAnError) {
  for (const char* odd :
       {":7\r\n", "+OK\r\n", "$1\r\n0\r\n", "*0\r\n", "*1\r\n$1\r\n0\r\n",
        "*2\r\n$1\r\n0\r\n:1\r\n", "*2\r\n:0\r\n*0\r\n", "*2\r\n$1\r\nx\r\n*0\r\n",
        "*2\r\n$0\r\n\r\n*0\r\n", "*2\r\n$1\r\n0\r\n$9\r\nproduct:1\r\n", "*2\r\n*0\r\n$1\r\n0\r\n",
        "*2\r\n$1\r\n0\r\n*1\r\n:1\r\n", "*2\r\n$1\r\n0\r\n*1\r\n$-1\r\n",
        "*3\r\n$1\r\n0\r\n*0\r\n*0\r\n", "*2\r\n$-1\r\n*0\r\n",
        "*2\r\n$1\r\n0\r\n*1\r\n$9\r\nqroduct:1\r\n"}) {
    const FakeRedis fake(FakeRedis::Answers{{"scan", odd}});
    const auto opened = open(fake, "string");
    for (const bool keys_only : {false, true}) {
      ScanRequest request;
      request.keys_only = keys_only;
      EXPECT_FALSE(opened->scan(request).ok()) << odd;
    }
  }
}

// Behind a reply that is too much, every later one is the answer to something else.
TEST_F(RedisFaults, K5_4_AnAnswerThatNobodyAskedForVoidsTheCall) {
  const std::string one = "*1\r\n$1\r\na\r\n";
  const FakeRedis fake({{"mget", one + one},
                        {"scan", "*2\r\n$1\r\n0\r\n*0\r\n+OK\r\n"},
                        {"eval", "*1\r\n$1\r\nc\r\n:1\r\n"}});
  const auto opened = open(fake, "string");
  for (int i = 0; i < 3; ++i) {
    const auto read = opened->read({"1"}, kFaultWait);
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, ErrorCode::kCorrupt);
  }
  EXPECT_FALSE(opened->scan({}).ok());
  const auto outcomes = opened->apply({Uuid(), 1, {update("string")}, kFaultWait});
  ASSERT_FALSE(outcomes.ok());
  EXPECT_EQ(outcomes.error().effect, Effect::kMaybe);
}

TEST_F(RedisFaults, K5_4_OutcomesOfAnotherFormAreUnknown) {
  for (const char* odd : {":7\r\n", "+OK\r\n", "$-1\r\n", "*0\r\n", "*1\r\n:1\r\n",
                          "*1\r\n$0\r\n\r\n", "*1\r\n$1\r\nx\r\n", "*1\r\n$2\r\ncc\r\n",
                          "*1\r\n+c\r\n", "*2\r\n$1\r\nc\r\n$3\r\nwhy\r\n", "*1\r\n$1\r\ne\r\n"}) {
    const FakeRedis fake(FakeRedis::Answers{{"eval", odd}, {"evalsha", odd}});
    const auto outcomes = open(fake, "string")->apply({Uuid(), 1, {update("string")}, kFaultWait});
    ASSERT_TRUE(outcomes.ok()) << odd;
    EXPECT_EQ(outcomes->at(0).outcome, Outcome::kUnknown) << odd;
  }
}

TEST_F(RedisFaults, K5_4_AGreetingOfAnotherFormOpensNothing) {
  for (const auto& [command, odd] :
       std::multimap<std::string, std::string>{{"select", ":1\r\n"},
                                               {"select", "$-1\r\n"},
                                               {"select", "+QUEUED\r\n"},
                                               {"info", ":1\r\n"},
                                               {"info", "+OK\r\n"},
                                               {"auth", ":1\r\n"},
                                               {"auth", "$2\r\nOK\r\n"}}) {
    const FakeRedis fake(FakeRedis::Answers{{command, odd}});
    TargetSettings target = at_port(fake.port());
    target.connect["password"] = "pw";
    EXPECT_FALSE(registry_.open(target, of_type("string"), Role::kActual).ok())
        << command << " " << odd;
  }
}

}  // namespace
}  // namespace sideband
