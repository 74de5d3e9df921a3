// A node that stands still in the middle of a step, past its lease, and then goes on (P-5, P-6):
// another node has repaired meanwhile, and what the first one still does must not be an effect.
//
// What happened to the target is told by the target: triggers in databases, MONITOR in Redis.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

#include "base/clock.h"
#include "e2e/redis_ledger.h"
#include "e2e/two_nodes.h"
#include "support/in_full.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

constexpr const char* kWanted = "wanted 7";
constexpr const char* kJudged = "broken";

// One resource on one kind of target, with the target's own record of every value it was given.
class Side {
 public:
  virtual ~Side() = default;
  // The target, and the actual side of the reconciler.
  virtual std::string documents() = 0;
  virtual std::string actual() = 0;
  virtual void put(const std::string& value) = 0;
  virtual std::string now() = 0;
  // By everybody, in the order in which they happened.
  virtual std::vector<std::string> writes() = 0;
};

class InPostgres final : public Side {
 public:
  explicit InPostgres(bool fenced)
      : fenced_(fenced),
        server_(*PostgresServer::shared()),
        database_(server_.create_database()),
        client_(server_.connection_string(database_)) {
    client_.run(
        "create table items(id int primary key, value text); insert into items values (7, '" +
        std::string(kWanted) +
        "'); create table sideband_fence(scope text primary key, token bigint not null);"
        "create table ledger(n bigserial primary key, value text);"
        "create function note() returns trigger language plpgsql as $$ begin "
        "insert into ledger(value) values (new.value); return null; end $$;"
        "create trigger note after update on items for each row execute function note()");
  }
  std::string documents() override {
    return target("copy", "postgres",
                  "host: " + server_.folder() + ", port: " + server_.port() +
                      ", dbname: " + database_ + ", user: sideband");
  }
  std::string actual() override {
    return std::string("{target: copy, table: items, key: id") +
           (fenced_ ? ", fence: sideband_fence}" : "}");
  }
  void put(const std::string& value) override {
    client_.run("update items set value = '" + value + "' where id = 7");
  }
  std::string now() override { return client_.one("select value from items where id = 7"); }
  std::vector<std::string> writes() override {
    return client_.list("select value from ledger order by n");
  }

 private:
  const bool fenced_;
  PostgresServer& server_;
  const std::string database_;
  PostgresClient client_;
};

class InSqlite final : public Side {
 public:
  explicit InSqlite(bool fenced) : fenced_(fenced), client_(dir_.path("copy.db")) {
    // Else whoever stands still while he reads would keep everybody from writing.
    client_.run("pragma journal_mode=wal");
    client_.run("create table items(id integer primary key, value text)");
    client_.run("insert into items values (7, '" + std::string(kWanted) + "')");
    client_.run("create table ledger(n integer primary key, value text)");
    client_.run(
        "create trigger note after update on items begin insert into ledger(value) "
        "values (new.value); end");
  }
  std::string documents() override {
    return target("copy", "sqlite", "path: " + dir_.path("copy.db"));
  }
  std::string actual() override {
    return std::string("{target: copy, table: items, key: id") + (fenced_ ? ", fence: true}" : "}");
  }
  void put(const std::string& value) override {
    client_.run("update items set value = '" + value + "' where id = 7");
  }
  std::string now() override { return client_.list("select value from items where id = 7").at(0); }
  std::vector<std::string> writes() override {
    return client_.list("select value from ledger order by n");
  }

 private:
  const bool fenced_;
  TempDir dir_;
  SqliteClient client_;
};

class InRedis final : public Side {
 public:
  explicit InRedis(bool fenced) : fenced_(fenced), client_(server_.socket()) {
    put(kWanted);
    ledger_ = std::make_unique<RedisLedger>(server_.socket());
  }
  std::string documents() override {
    return target("copy", "redis", "socket: " + server_.socket());
  }
  std::string actual() override {
    return std::string(R"({target: copy, key: "item:{id}", value: "{value}", fence: )") +
           (fenced_ ? "true}" : "false}");
  }
  void put(const std::string& value) override { client_.command({"SET", "item:7", value}); }
  std::string now() override { return client_.command({"GET", "item:7"}); }
  std::vector<std::string> writes() override {
    std::vector<std::string> out;
    for (const LedgerEntry& entry : ledger_->read_all()) {
      if (entry.kind != LedgerEntry::Kind::kCall) out.push_back(entry.value);
    }
    return out;
  }

 private:
  const bool fenced_;
  RedisServer server_;
  RedisClient client_;
  std::unique_ptr<RedisLedger> ledger_;
};

std::unique_ptr<Side> make_side(const std::string& kind, bool fenced) {
  if (kind == "postgres") return std::make_unique<InPostgres>(fenced);
  if (kind == "sqlite") return std::make_unique<InSqlite>(fenced);
  return std::make_unique<InRedis>(fenced);
}

struct Case {
  std::string kind;
  bool fenced = false;
  std::string point;  // where the first node stands still
};
std::ostream& operator<<(std::ostream& out, const Case& of) {
  return out << of.kind << (of.fenced ? "_fenced_" : "_guarded_") << of.point;
}

class Zombie : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    PostgresServer* const server = PostgresServer::shared();
    if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    side_ = make_side(GetParam().kind, GetParam().fenced);
    nodes_ = std::make_unique<TwoNodes>(server->new_database(), "2s");
    const std::string source = nodes_->a.path("source.db");
    SqliteClient db(source);
    db.run("create table items(id integer primary key, value text)");
    db.run("insert into items values (7, '" + std::string(kWanted) + "')");
    // Only the first node looks by itself, so it is the one that begins.
    nodes_->a.configure(documents(source, "100ms"));
    nodes_->b.configure(documents(source, "1h"));
    ASSERT_NO_FATAL_FAILURE(nodes_->start({{"SIDEBAND_STOP_AT", GetParam().point}}));
    ASSERT_TRUE(until([this] { return has_scanned(nodes_->b); })) << nodes_->b.log();
  }
  static bool has_scanned(Daemon& node) {
    const std::string metrics = node.call("GET", "/metrics").body;
    return metrics.find("\nsideband_scan_seconds_count") != std::string::npos;
  }

  std::string documents(const std::string& source, const std::string& interval) {
    return target("source", "sqlite", "path: " + source) + side_->documents() +
           reconciler("items", "  mode: auto\n  gates: {cooldown: 0s}\n  interval: " + interval +
                                   "\n  desired: {target: source, table: items, key: id}\n"
                                   "  actual: " +
                                   side_->actual() + "\n");
  }

  // The first node judges the broken state and stands still; the second one repairs it, within two
  // leases from then.
  void freeze_and_take_over() {
    side_->put(kJudged);
    Process& frozen = nodes_->a.process();
    ASSERT_TRUE(until([&] { return is_stopped(frozen); })) << nodes_->a.log();
    const MonoTime stopped = clock_.mono();
    ASSERT_TRUE(until([this] { return side_->now() == kWanted; })) << nodes_->b.log();
    EXPECT_LE((clock_.mono() - stopped).count(), (2 * kLease).count());
    ASSERT_TRUE(nodes_->b.logs("repair ended")) << nodes_->b.log();
  }
  // The first node goes on, until it has noticed that it lost the repair.
  void thaw() {
    nodes_->a.process().signal(SIGCONT);
    ASSERT_TRUE(nodes_->a.logs("no longer held with token")) << nodes_->a.log();
  }
  // The states on which the daemon's writes fell, in order.
  std::vector<std::string> written_over() {
    std::vector<std::string> out;
    const std::vector<std::string> all = side_->writes();
    for (std::size_t i = 1; i < all.size(); ++i) {
      if (all[i] == kWanted) out.push_back(all[i - 1]);
    }
    return out;
  }
  bool acts_late() const { return GetParam().point == "effect_begun" && !GetParam().fenced; }

  SystemClock clock_;
  std::unique_ptr<Side> side_;
  std::unique_ptr<TwoNodes> nodes_;
};

TEST_P(Zombie, HasNoEffectOnWhatTheOtherNodeRepaired) {
  ASSERT_NO_FATAL_FAILURE(freeze_and_take_over());
  ASSERT_NO_FATAL_FAILURE(thaw());
  EXPECT_EQ(written_over(), std::vector<std::string>{kJudged});
  EXPECT_EQ(side_->now(), kWanted);
  nodes_->check_log(nodes_->b);
}

// A->B->A: somebody breaks it again, into the very state that was judged. Where a fence holds, or
// the lease is looked at, nothing happens; else an effect falls on the judged state and no other.
TEST_P(Zombie, ThatFindsItsJudgedStateAgain) {
  ASSERT_NO_FATAL_FAILURE(freeze_and_take_over());
  ASSERT_EQ(nodes_->b.cli({"pause", "--reason", "test"}).code, 0);
  side_->put(kJudged);
  ASSERT_NO_FATAL_FAILURE(thaw());
  const std::vector<std::string> over = written_over();
  EXPECT_EQ(over, std::vector<std::string>(over.size(), kJudged));
  EXPECT_LE(over.size(), acts_late() ? 2U : 1U);
  ASSERT_EQ(nodes_->b.cli({"resume"}).code, 0);
  EXPECT_TRUE(until([this] { return side_->now() == kWanted; })) << nodes_->a.log();
  nodes_->check_log(nodes_->b);
}

// Another value than the judged one is left alone by all.
TEST_P(Zombie, ThatFindsAnotherStateLeavesItAlone) {
  ASSERT_NO_FATAL_FAILURE(freeze_and_take_over());
  ASSERT_EQ(nodes_->b.cli({"pause", "--reason", "test"}).code, 0);
  side_->put("something else");
  ASSERT_NO_FATAL_FAILURE(thaw());
  EXPECT_EQ(written_over(), std::vector<std::string>{kJudged});
  EXPECT_EQ(side_->now(), "something else");
}

// A sample: each kind of target, fenced and not, at both points; all of them in full.
std::vector<Case> cases() {
  if (!in_full()) {
    return {{"postgres", true, "effect_begun"},  {"redis", true, "effect_begun"},
            {"postgres", false, "effect_begun"}, {"sqlite", false, "effect_begun"},
            {"redis", true, "step_judged"},      {"sqlite", false, "step_judged"}};
  }
  std::vector<Case> all;
  for (const char* point : {"step_judged", "effect_begun"}) {
    for (const bool fenced : {true, false}) {
      for (const char* kind : {"postgres", "sqlite", "redis"}) all.push_back({kind, fenced, point});
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Targets, Zombie, testing::ValuesIn(cases()),
                         [](const auto& of) { return testing::PrintToString(of.param); });

}  // namespace
}  // namespace sideband::e2e
