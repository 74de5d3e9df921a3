#include "conformance/signal/subject.h"
#include "drivers/redis/driver.h"
#include "support/redis_server.h"

namespace sideband {
namespace {

class RedisSignals final : public SignalSubject {
 public:
  RedisSignals() : client_(server_.socket()), driver_(signal_context()) {
    target_.name = "shop-cache";
    target_.connect = {{"socket", server_.socket()}};
    target_.limits.connections = 4;
  }

  std::unique_ptr<Signal> open(const std::string& kind, const DriverOptions& options) override {
    return std::move(driver_.signal(target_, kind, options)).value();
  }
  std::string kind() override { return "redis"; }
  DriverOptions good() override { return {{"length", "queue"}, {"latency", "false"}}; }
  // Redis has no empty list: one of length 0 is not there.
  void set(std::int64_t value) override {
    client_.command({"DEL", "queue"});
    std::vector<std::string> words = {"RPUSH", "queue"};
    words.insert(words.end(), static_cast<std::size_t>(value), "x");
    if (value > 0) client_.command(words);
  }
  std::vector<Odd> odd() override {
    return {{"no such field", "redis", {{"info", "no_such_field"}}, "no field"},
            {"a text", "redis", {{"info", "redis_version"}}, "no number"},
            {"a word", "redis", {{"info", "role"}}, "no number"},
            {"a list of figures", "redis", {{"info", "db0"}}, "no"}};
  }
  // A server that is alive and does not answer.
  DriverOptions slow() override {
    server_.freeze();
    return good();
  }
  void take_away() override { server_.stop(); }
  [[nodiscard]] bool tells_who() const override { return true; }

 private:
  RedisServer server_;
  RedisClient client_;
  RedisDriver driver_;
  TargetSettings target_;
};

}  // namespace

std::unique_ptr<SignalSubject> make_redis_signals() {
  return std::make_unique<RedisSignals>();
}

}  // namespace sideband
