// Looks that read what the feeds of both sides told, and what makes them whole again.
#include "drivers/sqlite/changes.h"
#include "support/sqlite_client.h"
#include "support/until.h"
#include "told_fixture.h"

namespace sideband {
namespace {

using ToldLooks = ToldTest;

TEST_F(ToldLooks, UnchangedTablesOnABusyServerAreNotScanned) {
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  const int cheap = looks("nothing", "told");
  for (int i = 0; looks("nothing", "told") < cheap + 10 && i < 100'000; ++i) {
    db_->run("insert into other values (" + std::to_string(i) + ", 'v')");
  }
  EXPECT_GE(looks("nothing", "told"), cheap + 10);
  EXPECT_EQ(looks("whole"), whole);
  EXPECT_EQ(looks("whole", "behind"), 0);
}

TEST_F(ToldLooks, EveryKindOfChangeOfEitherSideIsFoundWithoutAScan) {
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  db_->run("update want set v = 'w' where id = 1");
  expect_drifting({"1"});
  db_->run("delete from have where id = 2");
  expect_drifting({"1", "2"});
  db_->run("update want set id = 2000 where id = 3");
  expect_drifting({"1", "2", "2000"});
  db_->run("insert into want values (2001, 'new')");
  expect_drifting({"1", "2", "2000", "2001"});
  EXPECT_EQ(looks("whole"), whole);
}

TEST_F(ToldLooks, WhatDifferedForAMomentIsClosedWithoutAScan) {
  spec_.detect.hold = std::chrono::hours(1);
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  db_->run("update want set v = 'w' where id <= 500");
  EXPECT_TRUE(until([&] { return drifting().size() == 500; }));
  db_->run("update have set v = 'w' where id <= 500");
  expect_drifting({});
  expect_cheap_looks();
  EXPECT_EQ(looks("whole"), whole);
}

TEST_F(ToldLooks, TheBackstopIsAScanInAnyCase) {
  spec_.detect.full_every = std::chrono::milliseconds(300);
  start();
  expect_looks("whole", 3, "fullEvery");
}

TEST_F(ToldLooks, NothingIsKeptOverARestart) {
  start();
  expect_cheap_looks();
  engine_.reset();
  store_.reset();
  db_->run("update have set v = 'while we were away' where id = 7");
  const int whole = looks("whole");
  start();
  EXPECT_TRUE(until([&] { return looks("whole") > whole; }));
  expect_drifting({"7"});
}

TEST_F(ToldLooks, WithoutAFeedOfBothSidesEveryLookIsWhole) {
  spec_.actual.options.erase("publication");
  start();
  for (int i = 0; looks("whole", "moved") < 3 && i < 100'000; ++i) {
    db_->run("insert into other values (" + std::to_string(i) + ", 'v')");
  }
  EXPECT_GE(looks("whole", "moved"), 3);
  EXPECT_EQ(looks("nothing", "told"), 0);
}

TEST_F(ToldLooks, AFeedThatNobodyAskedForTellsNothing) {
  spec_.wake.targets = {};
  start();
  expect_looks("whole", 1);
  for (int i = 0; looks("whole", "gap") + looks("whole", "behind") < 2 && i < 100'000; ++i) {
    db_->run("insert into other values (" + std::to_string(i) + ", 'v')");
  }
  EXPECT_EQ(looks("nothing", "told"), 0);
  EXPECT_EQ(looks("keys", "told"), 0);
}

// What a transaction wrote that began before the scan and commits behind it is told when it can be
// seen.
TEST_F(ToldLooks, ATransactionThatOutlivesTheScanIsTold) {
  const auto late = client();
  start();
  expect_cheap_looks();
  late->run("begin; update have set v = 'late' where id = 5");
  const int asked = looks("whole", "asked");
  engine_->wake("prices");
  EXPECT_TRUE(until([&] { return looks("whole", "asked") > asked; }));
  expect_cheap_looks();
  expect_drifting({});
  const int whole = looks("whole");
  late->run("commit");
  expect_drifting({"5"});
  EXPECT_EQ(looks("whole"), whole);
}

TEST_F(ToldLooks, PreparedTransactionsAreToldWhenTheyCommit) {
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  db_->run("begin; update have set v = 'p' where id in (8, 9); prepare transaction 'told'");
  expect_cheap_looks();
  expect_drifting({});
  db_->run("commit prepared 'told'");
  expect_drifting({"8", "9"});
  db_->run("begin; update have set v = 'v' where id = 8; prepare transaction 'void'");
  db_->run("rollback prepared 'void'");
  expect_cheap_looks();
  expect_drifting({"8", "9"});
  EXPECT_EQ(looks("whole"), whole);
}

TEST_F(ToldLooks, SubtransactionsAreToldAsFarAsTheyHappened) {
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  db_->run(
      "begin; savepoint a; update have set v = 'a' where id = 1; rollback to a;"
      "savepoint b; update have set v = 'b' where id = 2; release b; commit");
  expect_drifting({"2"});
  expect_cheap_looks();
  expect_drifting({"2"});
  EXPECT_EQ(looks("whole"), whole);
}

TEST_F(ToldLooks, LongValuesThatDidNotChangeAreNoGap) {
  db_->run("alter table want add n int; alter table have add n int");
  for (const char* table : {"want", "have"}) {
    db_->run(std::string("alter table ") + table + " alter v set storage external; update " +
             table + " set v = repeat('x', 100000) where id = 1");
  }
  spec_.desired.options["columns"] = spec_.actual.options["columns"] = "v\nn";
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  db_->run("update have set n = 5 where id = 1");
  expect_drifting({"1"});
  EXPECT_EQ(looks("whole"), whole);
}

TEST_F(ToldLooks, AServerThatCrashedIsLookedThrough) {
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  db_.reset();
  server_->crash();
  server_->start_again();
  db_ = client();
  db_->run("update have set v = 'after' where id = 3");
  EXPECT_TRUE(until([&] { return looks("whole") > whole; }));
  expect_drifting({"3"});
  expect_cheap_looks();
}

TEST_F(ToldLooks, APartThatComesOrGoesIsLookedThrough) {
  for (const std::string table : {"want", "have"}) {
    db_->run("drop table " + table + "; create table " + table +
             "(id int primary key, v text) partition by range (id); create table " + table +
             "_low partition of " + table + " for values from (0) to (100); insert into " + table +
             " select n, 'v' from generate_series(1, 99) n; alter publication changes add table " +
             table);
  }
  start();
  expect_cheap_looks();
  const int whole = looks("whole", "content");
  db_->run(
      "create table high(id int primary key, v text); insert into high values (100, 'h');"
      "alter table want attach partition high for values from (100) to (200)");
  expect_drifting({"100"});
  EXPECT_TRUE(until([&] { return looks("whole", "content") > whole; }));
  expect_cheap_looks();
  db_->run("update high set id = 101");
  expect_drifting({"101"});
  db_->run("alter table want detach partition high");
  expect_drifting({});
  expect_cheap_looks();
}

// Each side in its own way: here a log that triggers keep, there the server's own.
TEST_F(ToldLooks, EachSideIsProvedInItsOwnWay) {
  SqliteClient file(dir_.path("want.db"));
  file.run("create table want(id integer primary key, v text)");
  file.run(
      "with recursive n(i) as (select 1 union select i + 1 from n where i < 1000) insert into want "
      "select i, 'v' from n");
  SqliteSource source;
  source.table = "want";
  source.keys = {"id"};
  for (const std::string& sql : sqlite_change_log_sql(source, "changes")) file.run(sql);
  TargetSettings& target = settings_.targets["file"];
  target.name = "file";
  target.driver = "sqlite";
  target.connect = {{"path", dir_.path("want.db")}};
  spec_.desired.target = "file";
  spec_.desired.options = {
      {"table", "want"}, {"key", "id"}, {"columns", "v"}, {"changeLog", "changes"}};
  spec_.wake.targets = {"file", "shop"};
  start();
  expect_cheap_looks();
  const int whole = looks("whole");
  file.run("update want set v = 'w' where id = 1");
  expect_drifting({"1"});
  db_->run("delete from have where id = 2");
  expect_drifting({"1", "2"});
  expect_cheap_looks();
  EXPECT_EQ(looks("whole"), whole);
  const int unproved = looks("whole", "noProof");
  file.run("drop trigger changes_update");
  file.run("update want set v = 'unheard' where id = 3");
  expect_drifting({"1", "2", "3"});
  EXPECT_TRUE(until([&] { return looks("whole", "noProof") > unproved; }));
}

struct Gap {
  std::string name;
  std::string before;            // run before the start
  std::vector<std::string> sql;  // what makes the gap, statement by statement
  std::string why = "";          // of the scan that follows; empty: any
  bool for_good = false;         // from then on every look is whole
};

std::string name_of(const testing::TestParamInfo<Gap>& info) {
  return info.param.name;
}

// After each, a change that no wake tells of in time would stay unseen for fullEvery, an hour.
class ToldGap : public ToldTest, public testing::WithParamInterface<Gap> {};

TEST_P(ToldGap, IsFollowedByAScan) {
  if (!GetParam().before.empty()) db_->run(GetParam().before);
  start();
  expect_cheap_looks();
  const int whole = looks("whole", GetParam().why);
  for (const std::string& sql : GetParam().sql) db_->run(sql);
  EXPECT_TRUE(until([&] { return looks("whole", GetParam().why) > whole; })) << last_look();
  const auto differ = client();
  const auto truth = [&] {
    return differ->list(
        "select k from (select coalesce(w.id, h.id)::text k from want w full join have h on w.id = "
        "h.id where w.v is distinct from h.v and w.id is not null) d order by k");
  };
  EXPECT_TRUE(until([&] {
    auto found = drifting();
    std::sort(found.begin(), found.end());
    return found == truth();
  })) << drifting().size()
      << " differ; the last look was " << last_look();
  if (GetParam().for_good) {
    const int before = looks("whole");
    EXPECT_TRUE(until([&] {
      db_->run("insert into other values (1, 'x') on conflict (id) do update set v = 'x'");
      return looks("whole") >= before + 3;
    })) << last_look();
  } else {
    expect_cheap_looks();
  }
}

const Gap kGaps[] = {
    {"Truncate", "", {"truncate have"}, "asked"},
    {"TruncateNotPublished",
     "alter publication changes set (publish = 'insert, update, delete')",
     {"truncate have"},
     "content"},
    {"Unlogged",
     "drop publication changes; create publication changes for all tables",
     {"alter table have set unlogged", "update have set v = 'u' where id = 4"},
     "noProof",
     true},
    {"UnloggedForAMoment",
     "drop publication changes; create publication changes for all tables",
     {"begin; alter table have set unlogged; update have set v = 'u' where id = 4;"
      "alter table have set logged; commit"},
     "content"},
    {"ColumnRewritten", "", {"alter table have alter v type text using v || '!'"}, "content"},
    {"ColumnMadeAnewWithADefault",
     "",
     {"begin; alter table have drop v; alter table have add v text default 'd'; commit"},
     ""},
    {"ReplicaIdentityNothing", "", {"alter table have replica identity nothing"}, "noProof", true},
    {"ReplicaIdentityOfOtherColumns",
     "alter table have add u int not null generated always as identity;"
     "create unique index by_u on have(u)",
     {"alter table have replica identity using index by_u",
      "update have set id = 5000 where id = 1"},
     "noProof",
     true},
    {"TableLeavesThePublication",
     "",
     {"alter publication changes drop table have", "update have set v = 'p' where id = 6"},
     "noProof",
     true},
    {"TableLeavesThePublicationForAMoment",
     "",
     {"begin; alter publication changes drop table have; update have set v = 'p' where id = 6;"
      "alter publication changes add table have; commit"},
     "content"},
    {"PublicationLeavesOutUpdatesForAMoment",
     "",
     {"alter publication changes set (publish = 'insert')", "update have set v = 'p' where id = 6",
      "alter publication changes set (publish = 'insert, update, delete, truncate')"},
     ""},
    {"RowFilter",
     "",
     {"alter publication changes set table want, have where (id > 100)",
      "update have set v = 'p' where id = 6"},
     "noProof",
     true},
    {"PublicationDropped", "", {"drop publication changes"}, "", true},
    {"PublicationMadeAnew",
     "",
     {"begin; drop publication changes; update have set v = 'p' where id = 6; create publication "
      "changes for table want, have; commit"},
     ""},
    {"TableMadeAnewUnderItsName",
     "",
     {"begin; alter table have rename to had; create table have(id int primary key, v text); "
      "insert into have select id, v || id from had; alter publication changes add table have; "
      "commit"},
     "content"},
    {"SlotsConnectionEnded",
     "",
     {"select pg_terminate_backend(active_pid) from pg_replication_slots where database = "
      "current_database()",
      "update have set v = 'lost' where id = 9"},
     ""},
    {"MoreKeysThanAreKept",
     "",
     {"insert into want select n, 'v' from generate_series(10000, 21000) n",
      "insert into have select n, 'v' from generate_series(10000, 21000) n"},
     "asked"},
    {"ManyTransactions",
     "",
     {"do $$ begin for i in 10000..21000 loop insert into want values (i, 'v'); commit; end loop; "
      "end $$",
      "do $$ begin for i in 10000..21000 loop insert into have values (i, 'v'); commit; end loop; "
      "end $$"},
     ""},
    {"EnumValueRenamed",
     "create type mood as enum ('v', 'w'); alter table want alter v type mood using v::mood; "
     "alter table have alter v type mood using v::mood",
     {"alter type mood rename value 'v' to 'x'"},
     "content"},
};
INSTANTIATE_TEST_SUITE_P(Every, ToldGap, testing::ValuesIn(kGaps), name_of);

}  // namespace
}  // namespace sideband
