// Unique values that are dealt anew among the rows of a table: the daemon writes them in one
// repair, and takes it back.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "e2e/daemon.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"
#include "support/sqlite_client.h"

namespace sideband::e2e {
namespace {

constexpr int kSeats = 50;

class UniqueValues : public testing::Test {
 protected:
  void watch(const std::string& actual) {
    daemon_.configure(target("plan", "sqlite", "path: " + daemon_.path("plan.db")) + actual +
                      reconciler("seats",
                                 "  mode: auto\n  interval: 1h\n"
                                 "  desired: {target: plan, table: seats, key: id}\n"
                                 "  actual: {target: hall, table: seats, key: id}\n"));
  }
  static std::string filled(const std::vector<int>& places) {
    std::string rows;
    for (std::size_t i = 0; i < places.size(); ++i) {
      rows += fmt::format("{}({}, {})", i == 0 ? "" : ", ", i + 1, places[i]);
    }
    return "insert into seats values " + rows;
  }
  // `rows` tells what the target holds, by key.
  template <class Rows>
  void comes_out(const std::vector<std::string>& wanted, Rows rows) {
    const std::vector<std::string> before = rows();
    daemon_.start();
    ASSERT_TRUE(until([&] { return rows() == wanted; })) << daemon_.log();
    ASSERT_TRUE(until([&] { return daemon_.repairs("seats", true).empty(); }));
    const Json repairs = daemon_.repairs("seats");
    ASSERT_EQ(repairs.size(), 1U) << repairs.dump(1);
    EXPECT_EQ(repairs.at(0).at("state"), "converged") << repairs.dump(1);
    const std::string id = repairs.at(0).at("id");
    const Finished undone = daemon_.cli({"undo", id, "--yes", "--wait", "30s"});
    EXPECT_EQ(undone.code, 0) << undone.out << undone.err;
    EXPECT_EQ(rows(), before);
  }
  static std::vector<int> dealt() {
    std::vector<int> places(kSeats);
    std::iota(places.begin(), places.end(), 1);
    std::mt19937 random(20'261'130);  // NOLINT: the same one each time
    std::shuffle(places.begin(), places.end(), random);
    return places;
  }
  static std::vector<std::string> texts(const std::vector<int>& numbers) {
    std::vector<std::string> out;
    for (const int number : numbers) out.push_back(std::to_string(number));
    return out;
  }
  static std::vector<int> in_order() {
    std::vector<int> places(kSeats);
    std::iota(places.begin(), places.end(), 1);
    return places;
  }
  void make_plan() {
    SqliteClient plan(daemon_.path("plan.db"));
    plan.run("create table seats(id integer primary key, place integer not null unique)");
    plan.run(filled(dealt()));
  }

  Daemon daemon_;
};

TEST_F(UniqueValues, K7_4_AreDealtAnewInPostgres) {
  auto* const server = PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  const std::string database = server->create_database();
  PostgresClient hall(server->connection_string(database));
  hall.run("create table seats(id int primary key, place int not null unique)");
  hall.run(filled(in_order()));
  make_plan();
  watch(target("hall", "postgres",
               "host: " + server->folder() + ", port: " + server->port() + ", dbname: " + database +
                   ", user: sideband"));
  comes_out(texts(dealt()), [&] { return hall.list("select place::text from seats order by id"); });
}

TEST_F(UniqueValues, K7_4_AreDealtAnewInSqlite) {
  SqliteClient hall(daemon_.path("hall.db"));
  hall.run("create table seats(id integer primary key, place integer not null unique)");
  hall.run(filled(in_order()));
  make_plan();
  watch(target("hall", "sqlite", "path: " + daemon_.path("hall.db")));
  comes_out(texts(dealt()), [&] { return hall.list("select place from seats order by id"); });
}

}  // namespace
}  // namespace sideband::e2e
