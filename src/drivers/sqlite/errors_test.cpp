// What the errors of a real database mean to a repair.
#include <gmock/gmock.h>

#include <filesystem>

#include "base/thread.h"
#include "drivers/sqlite/database.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class SqliteErrors : public testing::Test {
 protected:
  std::unique_ptr<SqliteDatabase> open(SqliteAccess access = SqliteAccess::kWrite) {
    return std::move(SqliteDatabase::open(dir_.path("shop.db"), access)).value();
  }
  static Error error_of(SqliteDatabase& db, const std::string& sql) {
    const auto done = db.run(sql);
    EXPECT_FALSE(done.ok()) << sql;
    return done.ok() ? Error() : done.error();
  }

  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
};

TEST_F(SqliteErrors, K7_2_AFullDatabaseIsWaitedFor) {
  client_.run("create table t(v text)");
  const auto db = open();
  ASSERT_TRUE(db->run("pragma max_page_count = 3").ok());
  const Error full = error_of(*db, "insert into t values (zeroblob(100000))");
  EXPECT_EQ(full.retry, Retry::kWhenReady) << full.message;
  EXPECT_EQ(full.effect, Effect::kNone);
  ASSERT_TRUE(db->run("pragma max_page_count = 1000").ok());
  EXPECT_TRUE(db->run("insert into t values (zeroblob(100000))").ok());
}

// A copy of a database in the middle of a transaction has a journal that only a writer may roll
// back.
TEST_F(SqliteErrors, K7_2_AJournalOfOthersIsWaitedFor) {
  client_.run("create table t(v text)");
  client_.run("insert into t values (zeroblob(100000))");
  const auto writer = open();
  ASSERT_TRUE(writer->run("pragma cache_size = 2").ok());
  ASSERT_TRUE(writer->run("begin immediate").ok());
  ASSERT_TRUE(writer->run("update t set v = zeroblob(99999)").ok());
  for (const char* file : {"shop.db", "shop.db-journal"}) {
    std::filesystem::copy_file(dir_.path(file), dir_.path("copy-" + std::string(file)));
  }
  std::filesystem::rename(dir_.path("copy-shop.db-journal"), dir_.path("copy.db-journal"));
  std::filesystem::rename(dir_.path("copy-shop.db"), dir_.path("copy.db"));
  const auto reader =
      std::move(SqliteDatabase::open(dir_.path("copy.db"), SqliteAccess::kRead)).value();
  const auto left = SqliteStatement::prepare(*reader, "select count(*) from t");
  ASSERT_FALSE(left.ok());
  EXPECT_EQ(left.error().retry, Retry::kWhenReady) << left.error().message;
  const Thread ending("ending", [&] { std::filesystem::remove(dir_.path("copy.db-journal")); });
  EXPECT_TRUE(SqliteStatement::prepare(*reader, "select count(*) from t").ok());
}

TEST_F(SqliteErrors, K7_2_ALockOfOthersIsWaitedFor) {
  client_.run("create table t(v text)");
  const auto holder = open();
  ASSERT_TRUE(holder->run("begin immediate").ok());
  const auto db = open();
  const Error locked = error_of(*db, "insert into t values (1)");
  EXPECT_EQ(locked.retry, Retry::kWhenReady) << locked.message;
  ASSERT_TRUE(holder->run("rollback").ok());
  EXPECT_TRUE(db->run("insert into t values (1)").ok());
}

TEST_F(SqliteErrors, K7_2_OthersAreForAPersonOrForTheRow) {
  client_.run(
      "create table t(id integer primary key, v text not null unique check (v <> 'bad'), p "
      "references t(id) deferrable initially deferred)");
  client_.run("insert into t values (1, 'a', null)");
  const auto reader = open(SqliteAccess::kRead);
  EXPECT_EQ(error_of(*reader, "delete from t").code, ErrorCode::kPermission);
  const auto db = open();
  for (const char* sql :
       {"insert into t values (1, 'b', null)", "insert into t values (2, 'a', 1)",
        "insert into t values (2, null, 1)", "insert into t values (2, 'bad', 1)",
        "insert into t values (2, 'b', 99)", "insert into t values ('x', 'b', 1)"}) {
    const Error error = error_of(*db, sql);
    EXPECT_EQ(error.code, ErrorCode::kConflict) << sql;
    EXPECT_NE(error.retry, Retry::kWhenReady) << sql;
  }
  for (const char* sql : {"insert into nowhere values (1)", "select nothing from t", "selec"}) {
    EXPECT_EQ(error_of(*db, sql).retry, Retry::kPerson) << sql;
  }
}

TEST_F(SqliteErrors, ADoubleIsTold) {
  client_.run("create table t(v int unique, w int not null)");
  client_.run("insert into t values (1, 1)");
  const auto db = open();
  (void)error_of(*db, "insert into t values (1, 2)");
  EXPECT_TRUE(db->is_double());
  (void)error_of(*db, "insert into t values (2, null)");
  EXPECT_FALSE(db->is_double());
}

}  // namespace
}  // namespace sideband
