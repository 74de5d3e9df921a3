// What SQLite tells of changes: that somebody committed, and by the user's triggers, which keys.
#include "drivers/sqlite/changes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

const SystemClock kChangesClock;
SystemRandom changes_random;
constexpr Duration kAmple = std::chrono::seconds(10);

using KeyList = std::vector<std::string>;

class SqliteTellsChanges : public testing::Test {
 protected:
  SqliteTellsChanges() {
    db_ = std::make_unique<SqliteClient>(path());
    make_table("create table products(id integer primary key, name text)");
    db_->run("insert into products values (1, 'a'), (2, 'b'), (3, 'c')");
    db_->run("create table other(id integer primary key)");
  }
  [[nodiscard]] std::string path() const { return dir_.path("shop.db"); }
  // With the log and the triggers as the driver says.
  void make_table(const std::string& sql, const std::string& keys = "id") {
    db_->run("drop table if exists products");
    db_->run("drop table if exists changes");
    db_->run(sql);
    SqliteSource source;
    source.table = "products";
    source.keys = {keys};
    for (const std::string& one : sqlite_change_log_sql(source, "changes")) db_->run(one);
    open();
  }
  void open(const DriverOptions& more = {{"table", "products"}, {"changeLog", "changes"}}) {
    TargetSettings target;
    target.name = "shop";
    target.connect = {{"path", path()}};
    CollectionSettings settings;
    settings.options = {{"key", "id"}};
    for (const auto& [name, value] : more) settings.options[name] = value;
    rows_ = std::move(driver_.open(target, settings, Role::kDesired)).value();
    feed_ = std::move(driver_.watch(target, settings, Role::kDesired)).value();
    mark_ = "";
  }
  Changed since(std::size_t most = 100) {
    const auto changed = rows_->changed_since({mark_, most, kAmple});
    EXPECT_TRUE(changed.ok()) << changed.error().message;
    return changed.ok() ? *changed : Changed{};
  }
  void mark() { mark_ = since().mark; }
  KeyList told() {
    Changed changed = since();
    EXPECT_TRUE(changed.known) << changed.why_not;
    std::sort(changed.keys.begin(), changed.keys.end());
    return changed.keys;
  }
  std::string position() { return rows_->position(kAmple).value(); }

  TempDir dir_;
  SqliteDriver driver_{{kChangesClock, changes_random}};
  std::unique_ptr<SqliteClient> db_;
  std::unique_ptr<Collection> rows_;
  std::unique_ptr<Feed> feed_;
  std::string mark_;
};

TEST_F(SqliteTellsChanges, PositionMovesWithEachCommitOfAnybodyAndNothingElse) {
  EXPECT_TRUE(rows_->traits().position);
  for (const char* mode : {"delete", "wal"}) {
    db_->run(std::string("pragma journal_mode = ") + mode);
    for (const char* sql : {"insert into other values (null)", "update products set name = 'z'",
                            "delete from other where id = (select max(id) from other)",
                            "create table more(x)", "drop table more", "vacuum"}) {
      const std::string before = position();
      EXPECT_EQ(position(), before);
      db_->list("select * from products");
      EXPECT_EQ(position(), before) << "somebody read";
      db_->run("begin");
      db_->run("insert into other values (null)");
      db_->run("rollback");
      EXPECT_EQ(position(), before) << "nothing was committed";
      db_->run(sql);
      EXPECT_NE(position(), before) << sql << " in " << mode;
    }
  }
}

TEST_F(SqliteTellsChanges, PositionOfWhatIsNoTableIsUnknown) {
  db_->run("create view seen as select id, name from products");
  open({{"table", "seen"}});
  EXPECT_EQ(position(), "");
  open({{"query", "select id, random() as r from products"}});
  EXPECT_FALSE(rows_->traits().position);
  EXPECT_EQ(position(), "");
}

TEST_F(SqliteTellsChanges, PositionOfAnotherFileUnderTheNameIsAnother) {
  const std::string before = position();
  std::filesystem::copy_file(path(), dir_.path("copy.db"));
  std::filesystem::rename(dir_.path("copy.db"), path());
  EXPECT_NE(position(), before);
}

struct Write {
  const char* sql;
  KeyList keys;
};

TEST_F(SqliteTellsChanges, EveryKindOfWriteNamesItsKeys) {
  db_->run("create table parents(id integer primary key)");
  db_->run("insert into parents values (1), (2)");
  make_table(
      "create table products(id integer primary key, name text, parent integer references "
      "parents(id) on delete cascade on update set null)");
  db_->run("insert into products values (1, 'a', 1), (2, 'b', 2), (3, 'c', null)");
  db_->run("pragma foreign_keys = on");
  mark();
  const Write writes[] = {
      {"update products set name = 'x' where id = 1", {"1"}},
      {"insert into products values (7, 'g', null)", {"7"}},
      {"update products set id = 8 where id = 7", {"7", "8"}},
      {"insert or replace into products values (3, 'r', null)", {"3"}},
      {"replace into products values (9, 'n', null)", {"9"}},
      {"update or replace products set id = 9 where id = 8", {"8", "9"}},
      {"insert into products values (3, 'u', null) on conflict (id) do update set name = 'u2'",
       {"3"}},
      {"insert or ignore into products values (3, 'i', null)", {}},
      {"insert into other values (1)", {}},
      {"update parents set id = 20 where id = 2", {"2"}},
      {"delete from parents where id = 1", {"1"}},
      {"delete from products where id = 2", {"2"}},
      {"delete from products", {"3", "9"}},
  };
  for (const Write& write : writes) {
    db_->run(write.sql);
    EXPECT_EQ(told(), write.keys) << write.sql;
    mark();
  }
}

TEST_F(SqliteTellsChanges, WhatIsRolledBackIsNotTold) {
  mark();
  db_->run("begin");
  db_->run("update products set name = 'x' where id = 1");
  db_->run("savepoint a");
  db_->run("update products set name = 'x' where id = 2");
  db_->run("rollback to a");
  EXPECT_EQ(told(), KeyList{});
  db_->run("commit");
  EXPECT_EQ(told(), KeyList{"1"});
}

struct Spoilt {
  const char* name;
  std::vector<const char*> sql;
};

TEST_F(SqliteTellsChanges, ALogThatMayLackSomethingTellsNothing) {
  const Spoilt cases[] = {
      {"a trigger is gone", {"drop trigger changes_delete"}},
      {"a trigger was away",
       {"drop trigger changes_update", "update products set name = 'unseen'",
        "create trigger changes_update after update on products begin insert into changes(id) "
        "values (old.id), (new.id); end"}},
      {"a trigger does less",
       {"drop trigger changes_update",
        "create trigger changes_update after update of name on products begin insert into "
        "changes(id) values (old.id), (new.id); end"}},
      {"the log is gone", {"drop table changes"}},
      {"a part of the log is gone",
       {"update products set name = 'x'",
        "delete from changes where sideband_seq = (select "
        "max(sideband_seq) from changes)"}},
      {"the log's numbers begin anew",
       {"update products set name = 'x'", "delete from changes", "delete from sqlite_sequence"}},
      {"another unique column may replace rows", {"create unique index by_name on products(name)"}},
      {"the table is another one",
       {"alter table products rename to old",
        "create table products(id integer primary key, name "
        "text)"}},
      {"a column with a default came", {"alter table products add column n default 7"}},
      {"more keys than are asked for",
       {"with recursive n(i) as (select 100 union select i + 1 from n where i < 300) insert into "
        "products select i, 'm' from n"}},
  };
  for (const Spoilt& one : cases) {
    std::filesystem::remove(path());
    db_ = std::make_unique<SqliteClient>(path());
    make_table("create table products(id integer primary key, name text)");
    db_->run("insert into products values (1, 'a'), (2, 'b'), (3, 'c')");
    mark();
    EXPECT_TRUE(since().known) << one.name;
    for (const char* sql : one.sql) db_->run(sql);
    const Changed after = since();
    EXPECT_FALSE(after.known) << one.name;
    EXPECT_NE(after.why_not, "") << one.name;
    EXPECT_TRUE(after.keys.empty()) << one.name;
  }
}

TEST_F(SqliteTellsChanges, TablesOfWhichReplaceDeletesUnseenTellNothing) {
  for (const char* sql : {"create table products(id text primary key, name text)",
                          "create table products(id integer primary key, name text unique)",
                          "create table products(n integer primary key, id integer)",
                          "create table products(id integer unique, name text)"}) {
    make_table(sql);
    EXPECT_FALSE(since().known) << sql;
    EXPECT_NE(since().why_not.find("REPLACE"), std::string::npos) << sql;
  }
  make_table("create table products(id integer primary key, name text) without rowid");
  mark();
  EXPECT_TRUE(since().known);
}

TEST_F(SqliteTellsChanges, RowsOfTheLogThatWereReadMayBeDeleted) {
  db_->run("update products set name = 'x'");
  mark();
  db_->run("delete from changes");
  db_->run("update products set name = 'y' where id = 2");
  EXPECT_EQ(told(), KeyList{"2"});
}

TEST_F(SqliteTellsChanges, AMarkIsGoodForItsOwnFileOnly) {
  mark();
  std::filesystem::copy_file(path(), dir_.path("copy.db"));
  std::filesystem::rename(dir_.path("copy.db"), path());
  EXPECT_FALSE(since().known);
}

TEST_F(SqliteTellsChanges, AFeedWakesWithTheKeysOfTheLog) {
  open();
  db_->run("insert into other values (5)");
  EXPECT_FALSE(feed_->wait(std::chrono::milliseconds(300))->any) << "not ours";
  db_->run("update products set name = 'x' where id = 3");
  const auto wake = feed_->wait(kAmple);
  ASSERT_TRUE(wake.ok()) << wake.error().message;
  EXPECT_FALSE(wake->scan);
  EXPECT_EQ(wake->keys, KeyList{"3"});
  db_->run("drop trigger changes_insert");
  EXPECT_TRUE(feed_->wait(kAmple)->scan);
}

// What people paste has to be what is looked for.
TEST_F(SqliteTellsChanges, TheStatementsOfTheReadmeAreThese) {
  std::ifstream file(std::string(SIDEBAND_SOURCE) + "/src/drivers/sqlite/README.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  SqliteSource source;
  source.table = "products";
  source.keys = {"id"};
  for (std::string sql : sqlite_change_log_sql(source, "sideband_changes_products")) {
    std::erase(sql, '"');
    EXPECT_NE(page.find(sql + ";"), std::string::npos) << sql;
  }
}

}  // namespace
}  // namespace sideband
