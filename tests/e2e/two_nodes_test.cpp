// Two nodes on one PostgreSQL with many repairs queued, while nodes are killed and the database is
// restarted: every repair ends, the target saw each effect a single time, the log is whole, and
// what a dead node held is taken up within two leases.
//
// 1,000 repairs; 20,000 with SIDEBAND_FULL=1.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "e2e/redis_ledger.h"
#include "e2e/two_nodes.h"
#include "support/in_full.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

class TwoNodesTest : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    store_ = server_->new_database();
    nodes_ = std::make_unique<TwoNodes>(store_, "2s");
  }

  // One key more than may be repaired: the first scan, which finds all of them, is held back.
  void prepare(int keys) {
    redis_ = std::make_unique<RedisServer>();
    client_ = std::make_unique<RedisClient>(redis_->socket());
    const std::string source = nodes_->a.path("source.db");
    SqliteClient db(source);
    db.run("create table items(id integer primary key, value text)");
    db.run("with recursive n(i) as (select 1 union all select i + 1 from n where i <= " +
           std::to_string(keys) + ") insert into items select i, 'wanted ' || i from n");
    for (int i = 1; i <= keys + 1; ++i) client_->command({"SET", item(i), "broken"});
    ledger_ = std::make_unique<RedisLedger>(redis_->socket());
    const std::string documents =
        target("source", "sqlite", "path: " + source) +
        target("cache", "redis", "socket: " + redis_->socket()) +
        reconciler("items",
                   "  mode: auto\n  interval: 1h\n"
                   "  desired: {target: source, table: items, key: id}\n"
                   "  actual: {target: cache, key: \"item:{id}\", value: \"{value}\"}\n"
                   "  gates: {maxChanges: {count: " +
                       std::to_string(keys) +
                       ", window: 1h}, rateLimit: {maxPerSecond: 1000000}, concurrency: 50}\n"
                       // Long enough that a kill meets many of them.
                       "  validate: {stayGood: 300ms}\n"
                       "  retry: {limit: 20, backoff: {initial: 50ms, max: 200ms}}\n");
    nodes_->a.configure(documents);
    nodes_->b.configure(documents);
  }
  static std::string item(int i) { return "item:" + std::to_string(i); }

  // Asks whoever answers for a repair of this key; false when nobody does.
  bool submit(int key) {
    const std::string body = R"({"reconciler":"items","keys":[")" + std::to_string(key) + R"("]})";
    const auto taken = [&](Daemon& node) {
      const int status = node.call("POST", "/api/v1/repairs", body).status;
      return status == 202 || status == 200;
    };
    return key % 2 == 0 ? taken(nodes_->a) || taken(nodes_->b)
                        : taken(nodes_->b) || taken(nodes_->a);
  }
  bool is_wanted(int key) {
    return client_->command({"GET", item(key)}) == "wanted " + std::to_string(key);
  }
  // Keys that nobody answered for, or whose answer was lost, are asked for again.
  bool all_ended(int keys) {
    bool all = true;
    for (int i = 1; i <= keys; ++i) {
      if (is_wanted(i)) continue;
      all = false;
      submit(i);
    }
    return all && nodes_->a.repairs("", true) == Json::array();
  }
  // Kills the node, and starts it again once nearly all that it held (99 %) is in other hands; how
  // long that took is noted.
  void kill_and_start(Daemon& node, const std::string& name) {
    PostgresClient db(store_);
    const std::string last =
        db.one("select (epoch << 40) + (select last_value from token_seq) from tokens");
    node.kill_now();
    const MonoTime killed = clock_.mono();
    const auto held = [&] {
      return std::stoi(
          db.one("select count(*) from repairs where state in (3, 4, 6) and token <= " + last +
                 " and lease_owner = '" + name + "'"));
    };
    const int at_first = held();
    ASSERT_TRUE(until([&] { return held() * 100 <= at_first; })) << "nobody takes them up";
    if (at_first > 0) took_.push_back(clock_.mono() - killed);
    taken_up_ += at_first;
    ASSERT_NO_FATAL_FAILURE(node.start());
  }
  void check_reclaims() {
    ASSERT_FALSE(took_.empty()) << "no kill met a repair at work";
    const Duration most = *std::max_element(took_.begin(), took_.end());
    std::printf("%zu kills, %d repairs taken up; 99 %% of them after %.2f s at most, lease 2 s\n",
                took_.size(), taken_up_, static_cast<double>(most.count()) / 1e6);
    EXPECT_LE(most.count(), (2 * kLease).count());
  }

  std::vector<Json> leaves() {
    std::vector<Json> out;
    std::istringstream lines(slurp(nodes_->a.path("audit/leaves.jsonl")));
    for (std::string line; std::getline(lines, line);) out.push_back(Json::parse(line));
    return out;
  }
  void check_ledger(int keys) {
    std::map<std::string, int> writes;
    std::set<std::string> announced;
    for (const Json& leaf : leaves()) {
      if (leaf["kind"] == "intent") announced.insert(leaf["token"].dump());
    }
    for (const LedgerEntry& entry : ledger_->read_all()) {
      if (entry.kind == LedgerEntry::Kind::kOurWrite) ++writes[entry.keys.at(0)];
      if (entry.kind != LedgerEntry::Kind::kCall) continue;
      EXPECT_TRUE(announced.contains(entry.token)) << "no intent has token " << entry.token;
    }
    EXPECT_EQ(static_cast<int>(writes.size()), keys);
    for (const auto& [key, times] : writes) EXPECT_EQ(times, 1) << key << " was written again";
  }
  SystemClock clock_;
  std::vector<Duration> took_;
  int taken_up_ = 0;
  PostgresServer* server_ = nullptr;
  std::string store_;
  std::unique_ptr<TwoNodes> nodes_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<RedisClient> client_;
  std::unique_ptr<RedisLedger> ledger_;
};

TEST_F(TwoNodesTest, KillsAndRestartsLoseNothingAndDoubleNothing) {
  const int keys = in_full() ? 20'000 : 1'000;
  const int parts = in_full() ? 30 : 10;
  prepare(keys);
  ASSERT_NO_FATAL_FAILURE(nodes_->start());
  for (int i = 1; i <= keys; ++i) {
    submit(i);
    if (i % (keys / parts) != 0) continue;
    const int part = i / (keys / parts);
    if (part == parts * 3 / 10 || part == parts * 7 / 10) server_->restart();
    if (part % 3 == 0) continue;
    const bool even = part % 2 == 0;
    ASSERT_NO_FATAL_FAILURE(kill_and_start(even ? nodes_->a : nodes_->b, even ? "a" : "b"));
  }
  ASSERT_TRUE(until([&] { return all_ended(keys); }, std::chrono::seconds(120)))
      << nodes_->a.repairs("", true).dump(1) << nodes_->a.log();
  ASSERT_NO_FATAL_FAILURE(nodes_->check_log(nodes_->a));
  check_ledger(keys);
  check_reclaims();
  EXPECT_EQ(nodes_->a.stop().code, 0);
  EXPECT_EQ(nodes_->b.stop().code, 0);
}

// Who waits at one node hears of a repair that the other one carried on.
TEST_F(TwoNodesTest, OneNodeLeadsAndTheNextTakesOver) {
  prepare(3);
  ASSERT_NO_FATAL_FAILURE(nodes_->start());
  const auto leads = [](Daemon& node) {
    return node.call("GET", "/metrics").body.find("\nsideband_leads 1") != std::string::npos;
  };
  ASSERT_TRUE(until([&] { return leads(nodes_->a) && !leads(nodes_->b); })) << nodes_->a.log();
  nodes_->a.kill_now();
  EXPECT_TRUE(until([&] { return leads(nodes_->b); })) << nodes_->b.log();
  // And signs what is new, under the same key.
  submit(1);
  EXPECT_TRUE(until([&] {
    const Json head = nodes_->b.get("/api/v1/audit/head");
    return head.contains("signedSize") && head["size"] == head["signedSize"];
  }));
  nodes_->check_log(nodes_->b);
}

TEST_F(TwoNodesTest, AKeyOfItsOwnIsRefusedAndSaysWhatNext) {
  prepare(3);
  ASSERT_NO_FATAL_FAILURE(nodes_->a.start());
  ASSERT_TRUE(until([this] { return std::filesystem::exists(nodes_->a.state() + "/anchor"); }));
  nodes_->b.spawn();
  const auto ended = nodes_->b.process().wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->code, 9);
  EXPECT_TRUE(nodes_->b.logs("copy it with audit.key from the state folder of another node"));
  nodes_->b.serve_options.push_back("--trust-store");
  nodes_->b.spawn();
  const auto again = nodes_->b.process().wait(std::chrono::seconds(20));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->code, 2) << "the key is still another one";
  EXPECT_TRUE(nodes_->b.logs("signed with another key than ours"));
}

// The database was restored to before what this node signed (P-16).
TEST_F(TwoNodesTest, ARestoredDatabaseIsRefusedAtTheStart) {
  prepare(3);
  ASSERT_NO_FATAL_FAILURE(nodes_->a.start());
  submit(2);
  ASSERT_TRUE(until([&] { return all_ended(3); }));
  EXPECT_EQ(nodes_->a.stop().code, 0);
  PostgresClient db(store_);
  const std::string before = db.one("select count(*) from leaves");
  db.run(
      "delete from leaves; delete from checkpoints; update audit_head set size = 0, hashes = ''");
  nodes_->a.spawn();
  const auto ended = nodes_->a.process().wait(std::chrono::seconds(20));
  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->code, 9);
  EXPECT_TRUE(nodes_->a.logs("LOG_FORKED")) << nodes_->a.log();
  EXPECT_EQ(db.one("select count(*) from leaves"), "0") << "nothing is appended to it";
  std::filesystem::remove(nodes_->a.state() + "/anchor");
  nodes_->a.serve_options.push_back("--trust-store");
  ASSERT_NO_FATAL_FAILURE(nodes_->a.start());
}

}  // namespace
}  // namespace sideband::e2e
