#include "told_fixture.h"

#include <sstream>

#include "store/sqlite/store.h"
#include "support/until.h"

namespace sideband {

void ToldTest::SetUpTestSuite() {
  PostgresServer* const server = PostgresServer::shared();
  if (server == nullptr) return;
  PostgresClient db(server->connection_string("postgres"));
  db.run("alter system set wal_level = logical");
  db.run("alter system set max_prepared_transactions = 10");
  server->restart();
}

void ToldTest::SetUp() {
  server_ = PostgresServer::shared();
  if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  database_ = server_->create_database();
  db_ = client();
  for (const char* table : {"want", "have"}) {
    db_->run(std::string("create table ") + table + "(id int primary key, v text);" +
             "insert into " + table + " select n, 'v' from generate_series(1, 1000) n");
  }
  db_->run("create table other(id int primary key, v text)");
  db_->run("create publication changes for table want, have");
  target_.name = "shop";
  target_.driver = "postgres";
  target_.connect = {{"host", server_->folder()},
                     {"port", server_->port()},
                     {"dbname", database_},
                     {"user", "sideband"}};
  settings_.version = "s1";
  spec_.name = "prices";
  spec_.version = "v1";
  spec_.mode = Mode::kObserve;
  spec_.interval = std::chrono::milliseconds(10);
  spec_.desired = side("want");
  spec_.actual = side("have");
  spec_.wake.targets = {"shop"};
}

CollectionSettings ToldTest::side(const std::string& table) const {
  CollectionSettings side;
  side.target = "shop";
  side.options = {{"table", table}, {"key", "id"}, {"columns", "v"}, {"publication", "changes"}};
  return side;
}

std::unique_ptr<PostgresClient> ToldTest::client() const {
  return std::make_unique<PostgresClient>(server_->connection_string(database_));
}

void ToldTest::start() {
  SqliteOptions sqlite;
  sqlite.folder = dir_.path("state");
  auto opened = open_sqlite_store(sqlite, {clock_, metrics_});
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  store_ = std::move(*opened);
  EngineOptions options;
  options.connector.collection = [this](const TargetSettings& target,
                                        const CollectionSettings& collection, Role role) {
    return drivers_.open(target, collection, role);
  };
  options.connector.feed = [this](const TargetSettings& target,
                                  const CollectionSettings& collection,
                                  Role role) { return drivers_.watch(target, collection, role); };
  options.make_content_rules = [](const DetectSettings&) { return Normalize(); };
  engine_ = std::make_unique<Engine>(*store_, clock_, random_, metrics_, options);
  engine_->start(std::make_shared<Settings>(settings_));
}

void ToldTest::restart() {
  engine_.reset();
  store_.reset();
  start();
}

int ToldTest::looks(const std::string& kind, const std::string& why) const {
  int sum = 0;
  std::istringstream lines(metrics_.text());
  for (std::string line; std::getline(lines, line);) {
    const bool counts = line.starts_with("sideband_looks_total{") &&
                        line.find("kind=\"" + kind + "\"") != std::string::npos &&
                        (why.empty() || line.find("why=\"" + why + "\"") != std::string::npos);
    if (counts) sum += std::stoi(line.substr(line.rfind(' ')));
  }
  return sum;
}

void ToldTest::expect_looks(const std::string& kind, int more, const std::string& why) {
  const int before = looks(kind, why);
  EXPECT_TRUE(until([&] { return looks(kind, why) >= before + more; }))
      << "no look " << kind << " " << why << "; the last one was " << last_look();
}

void ToldTest::expect_cheap_looks() {
  const auto cheap = [&] { return looks("nothing", "told") + looks("keys", "told"); };
  const int before = cheap();
  EXPECT_TRUE(until([&] { return cheap() >= before + 3; })) << "the last one was " << last_look();
}

std::vector<std::string> ToldTest::drifting() {
  std::vector<std::string> keys;
  EXPECT_TRUE(store_
                  ->read([&](StoreReader& store) -> Result<void> {
                    SB_ASSIGN(const auto drifts, store.list_drifts("prices", "", 100'000));
                    for (const Drift& drift : drifts) keys.push_back(drift.key);
                    return {};
                  })
                  .ok());
  return keys;
}

void ToldTest::expect_drifting(const std::vector<std::string>& keys) {
  EXPECT_TRUE(until([&] { return drifting() == keys; }))
      << drifting().size() << " differ; the last look was " << last_look();
}

}  // namespace sideband
