#include <fmt/format.h>

#include "random_sides.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

using Hashes = std::map<int, Fields>;

class RandomRedis final : public RandomSide {
 public:
  explicit RandomRedis(std::string socket) : socket_(std::move(socket)), client_(socket_) {}

  void create(Random& random, std::size_t columns, bool /*computed*/) override {
    columns_ = columns;
    named_ = below(random, 2) == 0;
    client_.command({"FLUSHALL"});
    expected_.clear();
  }
  void fill(Random& random, const std::set<int>& keys) override {
    for (const int key : keys) {
      for (std::size_t i = 0; i < columns_; ++i) {
        if (below(random, 2) == 0) continue;
        client_.command({"HSET", name_of(key), column_name(i), std::to_string(below(random, 3))});
      }
    }
  }
  RawRows rows() override { return {}; }
  [[nodiscard]] OneSide side() const override {
    OneSide side = redis_side(socket_, {{"key", "h:{id}"}, {"type", "hash"}});
    for (std::size_t i = 0; i < columns_ && named_; ++i) {
      side.collection.fields[column_name(i)] = "{" + column_name(i) + "}";
    }
    return side;
  }
  [[nodiscard]] std::string describe() const override {
    return named_ ? "Redis, named fields" : "Redis";
  }

  std::set<int> expect(const RawRows& rows) override {
    for (const auto& [key, row] : rows) {
      Fields fields;
      if (!named_) fields["id"] = std::to_string(key);
      for (std::size_t i = 0; i < row.size(); ++i) {
        if (row[i].text) fields[column_name(i)] = *row[i].text;
      }
      if (!fields.empty()) expected_[key] = fields;
    }
    return {};
  }
  void take_expected(const std::set<int>& keys) override {
    for (const int key : keys) {
      client_.command({"DEL", name_of(key)});
      for (const auto& [name, value] : expected_[key]) {
        client_.command({"HSET", name_of(key), name, value});
      }
    }
  }
  void remember(const std::set<int>& /*refused*/) override { before_ = held(); }
  std::string other_than(const std::string& table) override {
    const Hashes& other = table == "before" ? before_ : expected_;
    std::string keys;
    const Hashes now = held();
    for (const auto& [key, fields] : now) {
      const auto at = other.find(key);
      if (at == other.end() || at->second != fields) keys += std::to_string(key) + " ";
    }
    for (const auto& [key, fields] : other) {
      if (!fields.empty() && !now.contains(key)) keys += std::to_string(key) + " ";
    }
    return keys;
  }

 private:
  static std::string name_of(int key) { return "h:" + std::to_string(key); }
  Hashes held() {
    Hashes hashes;
    for (const std::string& name : client_.list({"KEYS", "h:*"})) {
      const auto flat = client_.list({"HGETALL", name});
      Fields& fields = hashes[std::stoi(name.substr(2))];
      for (std::size_t i = 0; i + 1 < flat.size(); i += 2) fields[flat[i]] = flat[i + 1];
    }
    return hashes;
  }

  const std::string socket_;
  RedisClient client_;
  std::size_t columns_ = 0;
  bool named_ = false;
  Hashes expected_;
  Hashes before_;
};

}  // namespace

std::unique_ptr<RandomSide> random_redis(const std::string& socket) {
  return std::make_unique<RandomRedis>(socket);
}

}  // namespace sideband
