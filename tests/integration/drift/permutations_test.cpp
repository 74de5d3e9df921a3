// A unique column whose values are dealt anew among the rows: one step of a repair writes them all,
// a second look finds nothing, and an undo brings back what was there, byte by byte.
#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "support/in_full.h"
#include "support/sqlite_client.h"
#include "two_sides.h"

namespace sideband {
namespace {

constexpr int kMostRows = 50;

// A table `seats` of one database.
struct Seats {
  OneSide side;
  std::function<void(const std::string& sql)> run;
  std::function<std::vector<std::string>()> rows;
};

class Permutations : public testing::Test {
 protected:
  void SetUp() override {
    server_ = PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "SKIPPED: no PostgreSQL server here";
  }
  Seats in_postgres() {
    const std::string database = server_->create_database();
    auto client = std::make_shared<PostgresClient>(server_->connection_string(database));
    return {postgres_side(*server_, database, {{"table", "seats"}, {"key", "id"}}),
            [client](const std::string& sql) { client->run(sql); },
            [client] {
              return client->list("select id || ' ' || pos || ' ' || code from seats order by id");
            }};
  }
  Seats in_sqlite() {
    const std::string path = dir_.path("s" + std::to_string(++files_) + ".db");
    auto client = std::make_shared<SqliteClient>(path);
    return {sqlite_side(path, {{"table", "seats"}, {"key", "id"}}),
            [client](const std::string& sql) { client->run(sql); },
            [client] {
              return client->list("select id || ' ' || pos || ' ' || code from seats order by id");
            }};
  }
  static void make(const Seats& seats) {
    seats.run(
        "create table seats(id integer primary key, pos integer not null unique, code text not "
        "null unique)");
  }
  // Row i with the place and the code of these numbers.
  static void fill(const Seats& seats, const std::vector<int>& places,
                   const std::vector<int>& codes) {
    seats.run("delete from seats");
    for (std::size_t i = 0; i < places.size(); ++i) {
      seats.run("insert into seats values (" + std::to_string(i + 1) + ", " +
                std::to_string(places[i]) + ", 'c" + std::to_string(codes[i]) + "')");
    }
  }
  std::vector<int> dealt(std::size_t rows) {
    std::vector<int> out(rows);
    std::iota(out.begin(), out.end(), 1);
    std::shuffle(out.begin(), out.end(), random_numbers_);
    return out;
  }
  void come_out(const Seats& want, const Seats& have) {
    make(want);
    make(have);
    const int rounds = in_full() ? 200 : 5;
    for (int round = 0; round < rounds && !HasFailure(); ++round) {
      const std::size_t rows = 2 + random_numbers_() % (kMostRows - 1);
      fill(want, dealt(rows), dealt(rows));
      fill(have, dealt(rows), dealt(rows));
      one_round(want, have);
    }
  }
  void one_round(const Seats& want, const Seats& have) {
    const auto before = have.rows();
    const auto sides = TwoSides::open(registry_, want.side, have.side);
    ASSERT_TRUE(sides.ok()) << sides.error().message;
    const auto first = sides->look();
    ASSERT_TRUE(first.ok()) << first.error().message;
    ASSERT_EQ(first_failure(sides->run(first->changes, StepMode::kForward)), "");
    EXPECT_EQ(have.rows(), want.rows());
    EXPECT_TRUE(sides->look()->changes.empty());
    ASSERT_EQ(first_failure(sides->run(first->changes, StepMode::kUndo)), "");
    EXPECT_EQ(have.rows(), before);
  }

  SystemClock clock_;
  SystemRandom random_;
  DriverRegistry registry_{{clock_, random_}};
  TempDir dir_;
  int files_ = 0;
  std::mt19937 random_numbers_{20'261'130};  // NOLINT: the same ones each time
  PostgresServer* server_ = nullptr;
};

TEST_F(Permutations, K7_4_OfPostgresFromPostgres) {
  come_out(in_postgres(), in_postgres());
}

TEST_F(Permutations, K7_4_OfSqliteFromSqlite) {
  come_out(in_sqlite(), in_sqlite());
}

TEST_F(Permutations, K7_4_OfSqliteFromPostgres) {
  come_out(in_postgres(), in_sqlite());
}

TEST_F(Permutations, K7_4_OfPostgresFromSqlite) {
  come_out(in_sqlite(), in_postgres());
}

}  // namespace
}  // namespace sideband
