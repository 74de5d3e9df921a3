#include <fmt/format.h>

#include "conformance/collection/subject.h"
#include "drivers/redis/driver.h"
#include "model/key_parts.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

// Strings, or hashes with one field "v"; everything else is common to both.
class RedisSubject : public Subject {
 public:
  explicit RedisSubject(const std::string& type) : type_(type), client_(server_.socket()) {}

  std::unique_ptr<Collection> open() override {
    return std::move(RedisDriver(test_context()).open(target(), settings(), Role::kActual)).value();
  }
  Result<GrantReport> grants(const GrantNeeds& needs) override {
    return RedisDriver(test_context()).grants(target(), settings(), Role::kActual, needs);
  }
  std::string key(int i) override { return fmt::format("{:04}", i); }
  void erase(const std::string& key) override { client_.command({"DEL", name_of(key)}); }
  bool damage(const std::string& key) override {
    erase(key);
    client_.command({"RPUSH", name_of(key), "a list"});
    return true;
  }
  bool break_scan() override {
    server_.stop();
    return true;
  }
  std::vector<std::string> hostile_keys() override { return {""}; }
  bool pages_are_exact() override { return false; }

 private:
  TargetSettings target() const {
    TargetSettings target;
    target.name = "shop-cache";
    target.connect = {{"socket", server_.socket()}};
    target.limits.connections = 4;
    return target;
  }
  [[nodiscard]] virtual CollectionSettings settings() const {
    CollectionSettings settings;
    settings.options = {{"key", "product:{id}"}, {"type", type_}};
    return settings;
  }

  std::string type_;
  RedisServer server_;

 protected:
  [[nodiscard]] virtual std::string name_of(const std::string& key) const {
    return "product:" + key;
  }
  RedisClient client_;
};

class RedisStrings : public RedisSubject {
 public:
  RedisStrings() : RedisSubject("string") {}
  State value(const std::string& bytes) override { return State::of_bytes(bytes); }
  void put(const std::string& key, const State& state) override {
    client_.command({"SET", name_of(key), state.bytes});
  }
  State peek(const std::string& key) override {
    if (client_.command({"EXISTS", name_of(key)}) == "0") return State::absent();
    return State::of_bytes(client_.command({"GET", name_of(key)}));
  }
};

// Strings whose keys have two columns, the second one a number and the first one in the template.
class RedisPairs final : public RedisStrings {
 public:
  std::string key(int i) override { return join_key({"a,b 50%", std::to_string(1000 + i)}); }
  std::vector<std::string> hostile_keys() override {
    return {"", ",", "a", "a,", ",1", "a,x", "a,1,2", "a,01", "a%,1"};
  }

 private:
  CollectionSettings settings() const override {
    CollectionSettings settings;
    settings.options = {{"key", "product:{id}:{tenant}"}, {"type", "string"}};
    settings.keys = {KeyForm::kText, KeyForm::kInt64};
    settings.key_columns = {"tenant", "id"};
    return settings;
  }
  [[nodiscard]] std::string name_of(const std::string& key) const override {
    const auto parts = *split_key(key, 2);
    return "product:" + parts[1] + ":" + parts[0];
  }
};

class RedisHashes final : public RedisSubject {
 public:
  RedisHashes() : RedisSubject("hash") {}
  State value(const std::string& bytes) override {
    return State::of_fields({{"v", bytes}, {"unit", "piece"}});
  }
  // One command, so that nobody sees the hash half written.
  void put(const std::string& key, const State& state) override {
    std::vector<std::string> words = {"HSET", "product:" + key};
    const auto fields = decode_fields(state.bytes);
    for (const auto& [name, value] : *fields) {
      words.push_back(name);
      words.push_back(value);
    }
    client_.command(words);
  }
  State peek(const std::string& key) override {
    Fields fields;
    const auto flat = client_.list({"HGETALL", "product:" + key});
    for (std::size_t i = 0; i + 1 < flat.size(); i += 2) fields.emplace(flat[i], flat[i + 1]);
    return fields.empty() ? State::absent() : State::of_fields(fields);
  }
};

}  // namespace

std::unique_ptr<Subject> make_redis_string_subject() {
  return std::make_unique<RedisStrings>();
}
std::unique_ptr<Subject> make_redis_pair_subject() {
  return std::make_unique<RedisPairs>();
}
std::unique_ptr<Subject> make_redis_hash_subject() {
  return std::make_unique<RedisHashes>();
}

}  // namespace sideband
