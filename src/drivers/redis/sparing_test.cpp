// What a Redis whose rates are limited sees of us, by its own counters and its own log of commands:
// short commands, at even distances, over no more connections than allowed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "base/thread.h"
#include "drivers/redis/batch_sizer.h"
#include "drivers/registry.h"
#include "support/redis_server.h"
#include "support/until.h"

namespace sideband {
namespace {

const SystemClock kSparingClock;
SystemRandom sparing_random;
constexpr Duration kPatience = std::chrono::seconds(30);

struct SeenCommand {
  double at = 0;  // seconds
  std::size_t words = 0;
};

class RedisSparing : public testing::Test {
 protected:
  std::unique_ptr<Collection> open(TargetLimits limits, DriverOptions options = {}) {
    TargetSettings target;
    target.name = "shop-cache";
    target.driver = "redis";
    target.connect = {{"socket", server_.socket()}};
    target.limits = limits;
    CollectionSettings settings;
    settings.options = std::move(options);
    settings.options.try_emplace("key", "product:{id}");
    auto opened = registry_.open(target, settings, Role::kActual);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  static TargetLimits rates(std::int64_t reads, std::int64_t writes = 0) {
    TargetLimits out;
    out.reads_per_second = reads;
    out.writes_per_second = writes;
    return out;
  }
  static std::vector<std::string> keys(int count) {
    std::vector<std::string> out;
    for (int i = 0; i < count; ++i) out.push_back(std::to_string(i));
    return out;
  }
  static std::vector<Change> changes(int count) {
    std::vector<Change> out;
    for (const std::string& key : keys(count)) {
      out.push_back({key, ChangeOp::kCreate, State::absent(), State::of_bytes("w" + key)});
    }
    return out;
  }
  void fill(int count, const std::string& value = "v") {
    for (const std::string& key : keys(count)) client_.command({"SET", "product:" + key, value});
  }
  [[nodiscard]] std::int64_t calls(const std::string& command) {
    const std::string stats = client_.command({"INFO", "commandstats"});
    const std::string name = "cmdstat_" + command + ":calls=";
    const std::size_t at = stats.find(name);
    return at == std::string::npos ? 0 : std::stoll(stats.substr(at + name.size()));
  }

  RedisServer server_;
  RedisClient client_{server_.socket()};
  DriverRegistry registry_{{kSparingClock, sparing_random}};
};

// Reads what a server tells of each command, by MONITOR: when it ran, and its words.
class CommandWatch {
 public:
  explicit CommandWatch(const std::string& socket)
      : context_(redisConnectUnix(socket.c_str()), redisFree) {
    command("MONITOR");
    thread_ = Thread("monitor", [this] { run(); });
  }
  // The commands of this name that ran until now. Called once.
  std::vector<SeenCommand> until_seen(RedisClient& client, const std::string& name) {
    client.command({"ECHO", "end of the watch"});
    thread_.join();
    std::vector<SeenCommand> seen;
    for (const std::string& line : lines_) {
      if (line.find("\"" + name + "\"") == std::string::npos) continue;
      seen.push_back(
          {std::stod(line), static_cast<std::size_t>(std::count_if(
                                line.begin(), line.end(), [](char c) { return c == '"'; })) /
                                2});
    }
    return seen;
  }

 private:
  void command(const char* text) { freeReplyObject(redisCommand(context_.get(), text)); }
  void run() {
    for (;;) {
      void* reply = nullptr;
      if (redisGetReply(context_.get(), &reply) != REDIS_OK) return;
      const std::unique_ptr<redisReply, void (*)(void*)> held(static_cast<redisReply*>(reply),
                                                              freeReplyObject);
      lines_.emplace_back(held->str, held->len);
      if (lines_.back().find("end of the watch") != std::string::npos) return;
    }
  }

  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
  std::vector<std::string> lines_;
  Thread thread_;
};

// The most items in any 100 ms; the first and the last command may share a window with nothing.
std::size_t most_in_100_ms(const std::vector<SeenCommand>& seen, std::size_t words_of_the_command) {
  std::size_t most = 0;
  for (std::size_t from = 0; from < seen.size(); ++from) {
    std::size_t items = 0;
    for (std::size_t i = from; i < seen.size() && seen[i].at < seen[from].at + 0.1; ++i) {
      items += seen[i].words - words_of_the_command;
    }
    most = std::max(most, items);
  }
  return most;
}

TEST_F(RedisSparing, CommandsAreShortWhereRatesAreLimited) {
  fill(5000);
  const auto strings = open(rates(1'000'000));
  CommandWatch watch(server_.socket());
  const auto read = strings->read(keys(5000), kPatience);
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_TRUE(std::all_of(read->begin(), read->end(),
                          [](const Item& item) { return item.state.bytes == "v"; }));
  const auto seen = watch.until_seen(client_, "MGET");
  ASSERT_GE(seen.size(), 5000 / kGentleBatches.max);
  for (const SeenCommand& one : seen) EXPECT_LE(one.words - 1, kGentleBatches.max);
  EXPECT_EQ(seen.front().words - 1, kGentleBatches.min) << "carefully at first";
}

// Values of 100 KB: a command takes 64 KiB, which is one of them, once it has seen one.
TEST_F(RedisSparing, LargeValuesAreAskedForOneByOne) {
  fill(60, std::string(100'000, 'x'));
  const auto strings = open(rates(1'000'000));
  CommandWatch watch(server_.socket());
  ASSERT_TRUE(strings->read(keys(60), kPatience).ok());
  const auto seen = watch.until_seen(client_, "MGET");
  ASSERT_EQ(seen.size(), 51U);
  EXPECT_EQ(seen.front().words - 1, 10U);
  for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_EQ(seen[i].words - 1, 1U);
}

TEST_F(RedisSparing, HashesAndAbsentKeysToo) {
  for (const std::string& key : keys(300)) client_.command({"HSET", "product:" + key, "a", key});
  const auto hashes = open(rates(1'000'000), {{"type", "hash"}});
  const auto read = hashes->read(keys(600), kPatience);
  ASSERT_TRUE(read.ok());
  for (std::size_t i = 0; i < 600; ++i) EXPECT_EQ(read->at(i).state.present(), i < 300) << i;
  const auto absent = open(rates(1'000'000), {{"key", "nothing:{id}"}});
  const auto none = absent->read(keys(300), kPatience);
  ASSERT_TRUE(none.ok());
  for (const Item& item : *none) EXPECT_TRUE(item.state.absent_for_sure());
}

TEST_F(RedisSparing, ScansAndScriptsAreShortToo) {
  const auto strings = open(rates(1'000'000, 1'000'000));
  CommandWatch watch(server_.socket());
  const auto outcomes = strings->apply({Uuid(), 1, changes(1000), kPatience});
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const ChangeOutcome& one : *outcomes) EXPECT_EQ(one.outcome, Outcome::kChanged);
  ScanRequest request;
  request.keys_only = true;
  std::size_t found = 0;
  for (bool last = false; !last;) {
    const auto page = strings->scan(request);
    ASSERT_TRUE(page.ok()) << page.error().message;
    found += page->items.size();
    request.cursor = page->cursor;
    last = page->last;
  }
  EXPECT_GE(found, 1000U);
  for (const SeenCommand& one : watch.until_seen(client_, "EVALSHA")) {
    EXPECT_LE(one.words, 4 + 3 * kGentleBatches.max + 4);
  }
  EXPECT_GE(calls("evalsha") + calls("eval"), 1000 / static_cast<int>(kGentleBatches.max));
  EXPECT_GE(calls("scan"), 1000 / static_cast<int>(kGentleBatches.max));
}

TEST_F(RedisSparing, WithoutALimitBatchesStayLarge) {
  fill(8000);
  const auto strings = open({});
  client_.command({"CONFIG", "RESETSTAT"});
  ASSERT_TRUE(strings->read(keys(8000), kPatience).ok());
  ASSERT_TRUE(strings->read(keys(8000), kPatience).ok());
  EXPECT_LE(calls("mget"), 160);
  ScanRequest request;
  request.keys_only = true;
  request.max_items = 8000;
  ASSERT_TRUE(strings->scan(request).ok());
  EXPECT_LE(calls("scan"), 10);
}

// 4,000 a second: in any 100 ms 400 and one call's worth. The bound leaves room for a machine that
// held the server's clock or ours up for a while; a burst would be 2,000.
TEST_F(RedisSparing, ReadsAreSpreadOverTheSecond) {
  fill(4000);
  const auto strings = open(rates(4000));
  CommandWatch watch(server_.socket());
  const MonoTime begin = kSparingClock.mono();
  ASSERT_TRUE(strings->read(keys(4000), kPatience).ok());
  EXPECT_GE(kSparingClock.mono() - begin, std::chrono::milliseconds(950));
  const auto seen = watch.until_seen(client_, "MGET");
  EXPECT_GE(seen.size(), 200U);
  EXPECT_LE(most_in_100_ms(seen, 1), 800U);
}

TEST_F(RedisSparing, ChangesAreSpreadOverTheSecond) {
  const auto strings = open(rates(0, 4000), {{"fence", "false"}});
  CommandWatch watch(server_.socket());
  const auto outcomes = strings->apply({Uuid(), 1, changes(4000), kPatience});
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  for (const ChangeOutcome& one : *outcomes) EXPECT_EQ(one.outcome, Outcome::kChanged);
  EXPECT_EQ(client_.command({"DBSIZE"}), "4000");
  const auto seen = watch.until_seen(client_, "EVALSHA");
  EXPECT_GE(seen.size(), 190U);
  EXPECT_LE(most_in_100_ms(seen, 5) / 3, 800U) << "a key, what was found, what is wanted";
}

// The keys of others that a SCAN passes are work of the server's too.
TEST_F(RedisSparing, KeysThatAScanPassesCount) {
  for (int i = 0; i < 2000; ++i) client_.command({"SET", fmt::format("session:{}", i), "x"});
  fill(1);
  const auto strings = open(rates(2000));
  const MonoTime begin = kSparingClock.mono();
  ScanRequest request;
  request.keys_only = true;
  for (bool last = false; !last;) {
    const auto page = strings->scan(request);
    ASSERT_TRUE(page.ok()) << page.error().message;
    request.cursor = page->cursor;
    last = page->last;
  }
  EXPECT_GE(kSparingClock.mono() - begin, std::chrono::milliseconds(900));
}

// Thirty that open and read at once, after a start or when the server is back.
TEST_F(RedisSparing, AStormOfCallersMakesNoMoreConnectionsThanAllowed) {
  fill(100);
  for (int round = 0; round < 2; ++round) {
    RedisClient counter(server_.socket());
    const auto received = [&] {
      const std::string stats = counter.command({"INFO", "stats"});
      return std::stoll(stats.substr(stats.find("total_connections_received:") + 27));
    };
    const std::int64_t before = received();
    std::vector<Thread> storm;
    std::atomic<int> read{0};
    for (int i = 0; i < 30; ++i) {
      storm.emplace_back("caller", [&, i] {
        const auto one = open({}, {{"key", fmt::format("product{}:{{id}}", i)}});
        for (int n = 0; n < 20; ++n) read += one->read(keys(100), kPatience).ok() ? 1 : 0;
      });
    }
    storm.clear();
    EXPECT_EQ(read, 30 * 20);
    EXPECT_LE(received() - before, 2);
    server_.restart();
  }
}

// How large commands are now can be seen.
TEST_F(RedisSparing, TheSizeOfCommandsIsAMetric) {
  Metrics metrics;
  DriverRegistry registry({kSparingClock, sparing_random, "", &metrics});
  TargetSettings target;
  target.name = "shop-cache";
  target.driver = "redis";
  target.connect = {{"socket", server_.socket()}};
  CollectionSettings settings;
  settings.options = {{"key", "product:{id}"}};
  ASSERT_TRUE(registry.open(target, settings, Role::kActual).ok());
  EXPECT_EQ(metrics.text().find("sideband_command_keys"), std::string::npos) << "no limit";
  target.limits = rates(1000);
  EXPECT_NE(metrics.text().find("sideband_target_wait_seconds_total{target=\"shop-cache\"} "),
            std::string::npos)
      << metrics.text();
  ASSERT_TRUE(registry.open(target, settings, Role::kActual).ok());
  for (const char* command : {"read", "scan", "write"}) {
    const std::string series = fmt::format(
        "sideband_command_keys{{collection=\"product:*\",command=\"{}\",target=\"shop-cache\"}} 10",
        command);
    EXPECT_NE(metrics.text().find(series), std::string::npos) << metrics.text();
  }
}

}  // namespace
}  // namespace sideband
