// docs/data.md says of pairs of columns whether their values are equal; each row is tried.
#include <gmock/gmock.h>

#include <sstream>

#include "column_types.h"
#include "support/postgres_client.h"
#include "support/redis_server.h"
#include "support/sqlite_client.h"
#include "two_sides.h"

namespace sideband {
namespace {

struct PageSide {
  std::string driver, type, value;  // the type is empty where there is none
};
struct PageRow {
  PageSide want, have;
  std::string verdict;
};

std::string without_ticks(const std::string& cell) {
  const auto from = cell.find('`');
  return from == std::string::npos ? "" : cell.substr(from + 1, cell.rfind('`') - from - 1);
}

PageSide page_side(const std::string& where, const std::string& value) {
  return {where.substr(0, where.find(' ')), without_ticks(where), without_ticks(value)};
}

// Rows with five cells whose first one names a driver.
std::vector<PageRow> page_rows() {
  std::vector<PageRow> rows;
  std::istringstream page(slurp(SIDEBAND_SOURCE "/docs/data.md"));
  for (std::string line; std::getline(page, line);) {
    std::vector<std::string> cells;
    for (std::size_t at = 2; at < line.size();) {
      const std::size_t end = line.find(" |", at);
      if (end == std::string::npos) break;
      cells.push_back(line.substr(at, end - at));
      at = end + 3;
    }
    if (cells.size() != 5 || !cells[1].starts_with('`')) continue;
    rows.push_back({page_side(cells[0], cells[1]), page_side(cells[2], cells[3]), cells[4]});
  }
  return rows;
}

class ColumnPage : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
    database_ = server_->create_database();
    db_ = std::make_unique<PostgresClient>(server_->connection_string(database_));
    db_->run("set TimeZone = 'UTC'");
    db_->run(kPostgresTypes);
    client_.command({"FLUSHALL"});
  }
  // One row or hash with the key 1 and the value in `v`.
  OneSide make(const PageSide& side, const std::string& name) {
    if (side.driver == "redis") return make_hash(side, name);
    const std::string columns = "(id integer primary key, v " + side.type + ")";
    const DriverOptions table = {{"table", name}, {"key", "id"}};
    if (side.driver == "sqlite") {
      file_.run("drop table if exists " + name);
      file_.run("create table " + name + columns);
      file_.run("insert into " + name + " values(1, " + side.value + ")");
      return sqlite_side(dir_.path("file.db"), table);
    }
    EXPECT_EQ(side.driver, "postgres");
    db_->run("drop table if exists " + name + "; create table " + name + columns);
    db_->run("insert into " + name + " values(1, " +
             (side.value == "NULL" ? side.value : "'" + side.value + "'") + ")");
    return postgres_side(*server_, database_, table);
  }
  OneSide make_hash(const PageSide& side, const std::string& name) {
    client_.command({"DEL", name + ":1"});
    if (side.value != "NULL") client_.command({"HSET", name + ":1", "v", side.value});
    return redis_side(cache_.socket(), {{"key", name + ":{id}"}, {"type", "hash"}});
  }
  std::string verdict_of(const PageRow& row) {
    OneSide want = make(row.want, "want");
    OneSide have = make(row.have, "have");
    if (row.want.driver == "redis" || row.have.driver == "redis") {
      have.collection.fields = {{"v", "{v}"}};
    }
    const auto sides = TwoSides::open(registry_, want, have);
    if (!sides.ok()) return sides.error().message;
    const auto pass = sides->look();
    if (!pass.ok()) return pass.error().message;
    if (pass->unknown != 0) {
      EXPECT_THAT(pass->first_unknown, testing::HasSubstr("column 'v'"));
      return "refused";
    }
    if (pass->changes.empty()) return "equal";
    EXPECT_EQ(first_failure(sides->run(pass->changes, StepMode::kForward)), "");
    EXPECT_TRUE(sides->look()->changes.empty()) << "a repair makes them equal";
    return "different";
  }

  TempDir dir_;
  SqliteClient file_{dir_.path("file.db")};
  RedisServer cache_;
  RedisClient client_{cache_.socket()};
  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
  PostgresServer* server_ = nullptr;
  std::string database_;
  std::unique_ptr<PostgresClient> db_;
};

TEST_F(ColumnPage, K11_15_EachRowOfColumnsIsTrue) {
  const auto rows = page_rows();
  EXPECT_GE(rows.size(), 80U);
  for (const PageRow& row : rows) {
    EXPECT_EQ(verdict_of(row), row.verdict)
        << row.want.driver << ' ' << row.want.type << ' ' << row.want.value << " | "
        << row.have.driver << ' ' << row.have.type << ' ' << row.have.value;
  }
}

}  // namespace
}  // namespace sideband
