// A Redis that does everything a Redis can do wrong, one thing after another, while the same daemon
// watches PostgreSQL: the daemon stays, what it watches elsewhere is found about as fast as alone,
// and the cache is right again afterwards, where a person says so for what was given up. About half
// a minute; ten minutes with SIDEBAND_FULL=1.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iostream>

#include "base/deadline.h"
#include "e2e/daemon.h"
#include "support/hostile_proxy.h"
#include "support/in_full.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

using Kind = AnswerFault::Kind;

constexpr int kProducts = 300;
constexpr Duration kInterval = std::chrono::milliseconds(250);
constexpr std::size_t kMaxDaemonBytes = std::size_t{400} << 20;

class HostileRedis : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    for (const std::string& database :
         {source_ = server_->create_database(), copy_ = server_->create_database()}) {
      PostgresClient(server_->connection_string(database))
          .run(
              "create table prices(id int primary key, amount int);"
              "insert into prices select g, g from generate_series(1, 500) g");
    }
    copy_client_ = std::make_unique<PostgresClient>(server_->connection_string(copy_));
    spill(daemon_.path("password"), "secret");
    std::filesystem::permissions(daemon_.path("password"), std::filesystem::perms::owner_read);
    SqliteClient shop(daemon_.path("shop.db"));
    shop.run("create table product(id integer primary key, name text)");
    for (int i = 0; i < kProducts; ++i) {
      shop.run(fmt::format("insert into product values({}, 'name {}')", i, i));
    }
  }
  std::string prices() {
    const auto database = [&](const std::string& name, const std::string& which) {
      return target(name, "postgres",
                    "host: " + server_->folder() + ", port: " + server_->port() +
                        ", dbname: " + which + ", user: sideband");
    };
    return database("shop-db", source_) + database("copy-db", copy_) +
           reconciler("prices",
                      "  mode: observe\n  interval: 250ms\n"
                      "  desired: {target: shop-db, table: prices, key: id}\n"
                      "  actual: {target: copy-db, table: prices, key: id}\n");
  }
  std::string cache() {
    return target("shop", "sqlite", "path: " + daemon_.path("shop.db")) +
           fmt::format(
               "---\napiVersion: resolved.sideband/v1\nkind: Target\nmetadata: {{name: cache}}\n"
               "spec: {{driver: redis, connect: {{host: 127.0.0.1, port: {}, user: sideband, "
               "timeout: 500ms}}, password: {{valueFrom: {{file: {}}}}}}}\n",
               proxy_.port(), daemon_.path("password")) +
           reconciler("cache",
                      "  mode: auto\n  interval: 250ms\n"
                      "  desired: {target: shop, table: product, key: id}\n"
                      "  actual: {target: cache, key: \"product:{id}\", value: \"{name}\", sweep: "
                      "1s}\n  gates: {cooldown: 0s}\n  retry: {backoff: {max: 2s}}\n");
  }

  // One row of the copy is other than it should be; how long until the daemon knows.
  Duration time_to_detect() {
    const auto row = std::to_string(++detected_ % 500 + 1);
    const MonoTime before = clock_.mono();
    copy_client_->run("update prices set amount = -1 where id = " + row);
    EXPECT_TRUE(until([this] { return drifts("prices") == 1; }, std::chrono::seconds(30)))
        << daemon_.log();
    const Duration took = clock_.mono() - before;
    copy_client_->run("update prices set amount = id where id = " + row);
    EXPECT_TRUE(until([this] { return drifts("prices") == 0; }, std::chrono::seconds(30)));
    return took;
  }
  std::size_t drifts(const std::string& reconciler) {
    const Json found = daemon_.get("/api/v1/reconcilers/" + reconciler + "/drifts");
    return found.is_null() ? std::size_t{1} << 20 : found.at("items").size();
  }
  // For so long; `meanwhile` is done before each sample.
  void sample(Duration time, std::vector<Duration>& into, const std::function<void()>& meanwhile) {
    const Deadline deadline(clock_, time);
    while (!deadline.passed() && !HasFailure()) {
      meanwhile();
      into.push_back(time_to_detect());
      // The moments of changes and those of looks do not go along.
      let_pass(std::chrono::milliseconds(37 * (detected_ % 7)));
    }
  }
  static Duration p99(std::vector<Duration> samples) {
    std::sort(samples.begin(), samples.end());
    return samples.at((samples.size() * 99 - 1) / 100);
  }

  // Something for the daemon to write, where Redis lets us.
  void damage() {
    RedisClient client(redis_.socket());
    client.command({"SET", fmt::format("product:{}", ++damaged_ % kProducts), "damaged"});
    client.command({"DEL", fmt::format("product:{}", ++damaged_ % kProducts)});
  }
  void tell(const std::vector<std::string>& words) { RedisClient(redis_.socket()).command(words); }
  void spoil(const AnswerFault& fault) {
    damage();
    proxy_.arm(fault);
  }

  // What is done before each sample, and what ends it.
  struct Abuse {
    const char* name;
    std::function<void()> begin;
    std::function<void()> again;
    std::function<void()> end;
  };
  std::vector<Abuse> abuses() {
    const auto nothing = [] {};
    const auto honest = [this] { proxy_.disarm(); };
    const auto damaging = [this] { damage(); };
    const auto set = [this](const char* setting, const char* value) {
      return [this, setting, value] { tell({"CONFIG", "SET", setting, value}); };
    };
    return {{"cut", nothing,
             [this] {
               spoil({Kind::kCut, ++spoilt_ * 13 % 200});
             },
             honest},
            {"stalled", nothing,
             [this] {
               spoil({Kind::kStall, ++spoilt_ * 7 % 200});
             },
             honest},
            {"spoilt", nothing,
             [this] {
               spoil({Kind::kReplace, ++spoilt_ % 100, 1, "\xff"});
             },
             honest},
            {"endless", nothing,
             [this] {
               spoil({Kind::kFlood, ++spoilt_ * 5 % 90, 0, ":1\r\n"});
             },
             honest},
            {"frozen", [this] { redis_.freeze(); }, nothing, [this] { redis_.thaw(); }},
            {"restarted empty", [this] { restart(); }, damaging, nothing},
            {"gone", [this] { redis_.stop(); }, nothing, [this] { restart(); }},
            {"full", set("maxmemory", "1"), nothing, set("maxmemory", "0")},
            {"a replica without its primary",
             [this] {
               tell({"REPLICAOF", "127.0.0.1", "1"});
             },
             nothing,
             [this] {
               tell({"REPLICAOF", "NO", "ONE"});
             }},
            {"without the replicas it needs", set("min-replicas-to-write", "1"), nothing,
             set("min-replicas-to-write", "0")},
            {"without our rights",
             [this] {
               tell({"ACL", "SETUSER", "sideband", "-@all"});
             },
             damaging,
             [this] {
               tell({"ACL", "SETUSER", "sideband", "+@all"});
             }},
            {"without our user",
             [this] {
               tell({"ACL", "DELUSER", "sideband"});
             },
             damaging,
             [this] {
               tell({"ACL", "SETUSER", "sideband", "on", ">secret", "~*", "&*", "+@all"});
             }}};
  }
  void restart() { redis_.restart(); }
  // What was refused for too long rests until a person says that the cause is gone.
  void retry_what_was_given_up() {
    for (const Json& repair : daemon_.repairs("cache")) {
      if (repair.at("state") != "needs_human") continue;
      const Finished retried = daemon_.cli(
          {"retry", repair.at("id").get<std::string>(), "--reason", "Redis works again"});
      EXPECT_EQ(retried.code, 0) << retried.err;
    }
  }

  bool cache_is_right() {
    RedisClient client(redis_.socket());
    for (int i = 0; i < kProducts; ++i) {
      if (client.command({"GET", fmt::format("product:{}", i)}) != fmt::format("name {}", i)) {
        return false;
      }
    }
    return true;
  }
  [[nodiscard]] std::size_t daemon_peak() {
    std::ifstream status(fmt::format("/proc/{}/status", daemon_.process().pid()));
    for (std::string word; status >> word;) {
      std::size_t kilobytes = 0;
      if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
  }
  [[nodiscard]] std::size_t daemon_descriptors() {
    const std::filesystem::directory_iterator all(
        fmt::format("/proc/{}/fd", daemon_.process().pid()));
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
  }

  SystemClock clock_;
  PostgresServer* server_ = nullptr;
  std::string source_, copy_;
  std::unique_ptr<PostgresClient> copy_client_;
  RedisServer redis_{{"--user", "sideband", "on", ">secret", "~*", "&*", "+@all"}};
  HostileProxy proxy_{redis_.socket()};
  int detected_ = 0;
  int damaged_ = 0;
  std::size_t spoilt_ = 0;
  Daemon daemon_;
};

TEST_F(HostileRedis, H_40_LeavesOtherReconcilersAlone) {
  const Duration each = in_full() ? std::chrono::seconds(48) : std::chrono::milliseconds(800);
  daemon_.configure(prices());
  ASSERT_NO_FATAL_FAILURE(daemon_.start());
  std::vector<Duration> alone;
  sample(in_full() ? each : 5 * each, alone, [] {});
  daemon_.configure(prices() + cache());
  daemon_.process().signal(SIGHUP);
  ASSERT_TRUE(until([this] { return cache_is_right(); })) << daemon_.log();
  const std::size_t descriptors = daemon_descriptors();
  std::vector<Duration> beside;
  for (const Abuse& abuse : abuses()) {
    SCOPED_TRACE(abuse.name);
    std::vector<Duration> during;
    abuse.begin();
    sample(each, during, abuse.again);
    abuse.end();
    beside.insert(beside.end(), during.begin(), during.end());
    ASSERT_TRUE(daemon_.process().running()) << daemon_.log();
    std::cout << abuse.name << ": " << during.size() << " times, p99 " << p99(during).count() / 1000
              << " ms\n";
  }
  std::cout << "alone: " << alone.size() << " times, p99 " << p99(alone).count() / 1000
            << " ms; beside: " << beside.size() << " times, p99 " << p99(beside).count() / 1000
            << " ms; memory " << daemon_peak() / 1024 << " KiB\n";
  EXPECT_LE(p99(beside), 2 * std::max(p99(alone), kInterval));
  EXPECT_LE(daemon_peak(), kMaxDaemonBytes);
  retry_what_was_given_up();
  EXPECT_TRUE(until([this] { return cache_is_right(); }, std::chrono::seconds(60)))
      << daemon_.repairs("cache").dump(1);
  EXPECT_TRUE(until([&] { return daemon_descriptors() <= descriptors + 4; }));
  EXPECT_EQ(daemon_.stop().code, 0);
}

}  // namespace
}  // namespace sideband::e2e
