#include <gtest/gtest.h>

#include "conformance/answers/collection_conversation.h"
#include "conformance/answers/in_time.h"
#include "drivers/redis/driver.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

// The lines of RESP2 with another mark, length or count; one reply stands behind the other.
std::vector<AnswerFault> resp_forgeries(const std::vector<HeardAnswer>& heard) {
  std::string said;
  for (const HeardAnswer& piece : heard) said += piece.bytes;
  std::vector<AnswerFault> faults;
  for (std::size_t i = 0; i < said.size(); ++i) {
    const bool begins = i == 0 || said[i - 1] == '\n';
    if (!begins || std::string("*$:+-").find(said[i]) == std::string::npos) continue;
    const std::size_t line = said.find('\r', i) - i;
    for (const char* other : {"*1000000000",
                              "*2147483648",
                              "*99999999999",
                              "*-1",
                              "*-7",
                              "*0",
                              "*1",
                              "*4000000",
                              "$9999999999",
                              "$99999999999999999999",
                              "$-1",
                              "$-7",
                              "$0",
                              "$536870913",
                              "$536870912",
                              ":9223372036854775808",
                              "+",
                              "-",
                              "-LOADING",
                              "-NOPERM no",
                              "_",
                              "%1",
                              "~1",
                              ">2",
                              "=9",
                              "(1",
                              "#t",
                              ",1.5",
                              "!9"}) {
      faults.push_back({AnswerFault::Kind::kReplace, i, line, other});
    }
  }
  return faults;
}

std::vector<std::string> resp_floods() {
  const std::string text = "$4000\r\n" + std::string(4000, 'x') + "\r\n";
  return {":1\r\n",      text,     "+OK\r\n", "*1000000\r\n", "x", "*2\r\n$1\r\n0\r\n*0\r\n",
          "-ERR no\r\n", "$-1\r\n"};
}

TargetSettings redis_at(int port, Duration timeout) {
  TargetSettings target;
  target.name = "shop-cache";
  target.connect = {{"host", "127.0.0.1"},
                    {"port", std::to_string(port)},
                    {"timeout", std::to_string(timeout.count() / 1000) + "ms"}};
  return target;
}

class RedisAnswers : public CollectionAnswers {
 public:
  HostileProxy& proxy() override { return proxy_; }

  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>& heard) override {
    return resp_forgeries(heard);
  }
  std::vector<std::string> floods() override { return resp_floods(); }

 protected:
  std::unique_ptr<Driver> driver() override {
    return std::make_unique<RedisDriver>(answers_context());
  }
  TargetSettings target(Duration timeout) override { return redis_at(proxy_.port(), timeout); }

  RedisServer server_;
  RedisClient client_{server_.socket()};
  HostileProxy proxy_{server_.socket()};
};

class RedisStringAnswers final : public RedisAnswers {
 protected:
  CollectionSettings settings() override {
    CollectionSettings settings;
    settings.options = {{"key", "product:{id}"}, {"type", "string"}};
    return settings;
  }
  State value(const std::string& /*key*/, const std::string& text) override {
    return State::of_bytes(text);
  }
  void put(const std::string& key, const std::string& text) override {
    client_.command({"SET", "product:" + key, text});
  }
  std::optional<State> peek(const std::string& key) override {
    return State::of_bytes(client_.command({"GET", "product:" + key}));
  }
};

// All fields of a hash, or the ones that it owns.
class RedisHashAnswers final : public RedisAnswers {
 public:
  explicit RedisHashAnswers(bool owned) : owned_(owned) {}

 protected:
  CollectionSettings settings() override {
    CollectionSettings settings;
    settings.options = {{"key", "product:{id}"}, {"type", "hash"}};
    if (owned_) settings.fields = {{"price", "{price}"}, {"unit", "{unit}"}};
    return settings;
  }
  State value(const std::string& /*key*/, const std::string& text) override {
    return State::of_fields({{"price", text}, {"unit", "piece"}});
  }
  void put(const std::string& key, const std::string& text) override {
    client_.command({"HSET", "product:" + key, "price", text, "unit", "piece"});
  }
  std::optional<State> peek(const std::string& key) override {
    return value(key, client_.command({"HGET", "product:" + key, "price"}));
  }

 private:
  const bool owned_;
};

// The notifications of one key.
class RedisFeedAnswers final : public AnswersSubject {
 public:
  HostileProxy& proxy() override { return proxy_; }
  void renew() override {}
  void converse(Duration timeout, Belief belief) override {
    (void)hears(timeout, belief);
    proxy_.disarm();
    EXPECT_TRUE(hears(std::chrono::seconds(20), Belief::kTruth)) << "does not work again";
  }
  std::vector<AnswerFault> forgeries(const std::vector<HeardAnswer>& heard) override {
    return resp_forgeries(heard);
  }
  std::vector<std::string> floods() override {
    auto floods = resp_floods();
    floods.emplace_back(
        "*4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$25\r\n__keyspace@0__:product:"
        "12345\r\n$3\r\nset\r\n");
    return floods;
  }

 private:
  // Whether the key that is written comes out of the feed.
  bool hears(Duration timeout, Belief belief) {
    RedisDriver driver(answers_context());
    CollectionSettings settings;
    settings.options = {{"key", "product:{id}"}, {"type", "string"}};
    const auto feed = in_time("watch", timeout, [&](Duration limit) {
      return driver.watch(redis_at(proxy_.port(), limit), settings, Role::kActual);
    });
    if (!feed) return false;
    client_.command({"SET", "product:1", "x"});
    const auto wake =
        in_time("wait", timeout, [&](Duration limit) { return (*feed)->wait(limit); });
    if (!wake) return false;
    const std::vector<std::string> one = {"1"};
    EXPECT_TRUE(belief == Belief::kForm || wake->scan || !wake->any || wake->keys == one);
    EXPECT_LE(wake->keys.size(), kMaxWakeKeys);
    return wake->any;
  }

  RedisServer server_{{"--notify-keyspace-events", "KA"}};
  RedisClient client_{server_.socket()};
  HostileProxy proxy_{server_.socket()};
};

}  // namespace

std::unique_ptr<AnswersSubject> make_redis_feed_answers() {
  return std::make_unique<RedisFeedAnswers>();
}
std::unique_ptr<AnswersSubject> make_redis_string_answers() {
  return std::make_unique<RedisStringAnswers>();
}
std::unique_ptr<AnswersSubject> make_redis_hash_answers() {
  return std::make_unique<RedisHashAnswers>(false);
}
std::unique_ptr<AnswersSubject> make_redis_fields_answers() {
  return std::make_unique<RedisHashAnswers>(true);
}

}  // namespace sideband
