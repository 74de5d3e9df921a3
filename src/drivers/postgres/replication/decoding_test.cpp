// Waking by logical decoding, from a real server.
#include "drivers/postgres/replication/decoding.h"

#include "base/thread.h"
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

using Keys = std::vector<std::string>;

class PostgresDecoding : public PostgresTest {
 protected:
  static void SetUpTestSuite() {
    if (auto* server = PostgresServer::shared()) server->restart({"-c", "wal_level=logical"});
  }
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    db_->run(
        "create table prices(id int primary key, amount int); create table other(id int);"
        "insert into prices values (1, 10), (2, 20); create publication changes for all tables");
  }

  Result<std::unique_ptr<Feed>> try_watch(const DriverOptions& options) {
    CollectionSettings settings;
    settings.options = {{"publication", "changes"}, {"key", "id"}};
    for (const auto& [name, value] : options) settings.options[name] = value;
    return driver_->watch(target_, settings, Role::kDesired);
  }
  std::unique_ptr<Feed> watch(const DriverOptions& options = {{"table", "prices"}}) {
    return std::move(try_watch(options)).value();
  }
  std::string refusal(const DriverOptions& options) {
    const auto feed = try_watch(options);
    EXPECT_FALSE(feed.ok());
    if (feed.ok()) return "";
    EXPECT_EQ(feed.error().retry, Retry::kPerson) << feed.error().message;
    return feed.error().message;
  }
  static Keys next(Feed& feed) {
    const SystemClock clock;
    const Deadline deadline(clock, kLong);
    auto wake = feed.wait(kLong);
    // It ends early where it only got on.
    while (wake.ok() && !wake->any && !deadline.passed()) wake = feed.wait(deadline.left());
    EXPECT_TRUE(wake.ok()) << wake.error().message;
    if (!wake.ok() || !wake->any) return {"(nothing)"};
    return wake->scan ? Keys{"(scan)"} : wake->keys;
  }
  Error end_of(Feed& feed) {
    auto wake = feed.wait(kLong);
    while (wake.ok()) wake = feed.wait(kLong);
    return wake.error();
  }
  std::string slots() {
    return db_->one(
        "select count(*) from pg_replication_slots where database = current_database()");
  }
};

TEST_F(PostgresDecoding, EveryKindOfChangeNamesItsKeys) {
  const auto feed = watch();
  db_->run("insert into prices values (3, 30), (4, 40)");
  EXPECT_EQ(next(*feed), (Keys{"3", "4"}));
  db_->run("update prices set amount = 31 where id = 3");
  EXPECT_EQ(next(*feed), Keys{"3"});
  db_->run("update prices set id = 5 where id = 4");
  EXPECT_EQ(next(*feed), (Keys{"4", "5"}));
  db_->run("delete from prices where id = 5");
  EXPECT_EQ(next(*feed), Keys{"5"});
  db_->run("truncate prices");
  EXPECT_EQ(next(*feed), Keys{"(scan)"});
}

TEST_F(PostgresDecoding, OnlyWhatIsCommittedAndOursWakes) {
  const auto feed = watch();
  db_->run("insert into other values (7); begin; insert into prices values (8, 8); rollback");
  db_->run(
      "begin; savepoint a; insert into prices values (6, 6); rollback to a;"
      "insert into prices values (9, 9); insert into other values (10); commit");
  EXPECT_EQ(next(*feed), Keys{"9"});
}

TEST_F(PostgresDecoding, KeysAreTheOnesOfTheCollection) {
  db_->run(
      "create domain code as text;"
      "create table texts(shop int, id code, primary key (shop, id));"
      "create table uuids(id uuid primary key, x int); create table blobs(id bytea primary key);"
      "create table bare(id bigint, x int); alter table bare replica identity full");
  auto feed = watch({{"table", "texts"}});
  db_->run(
      "insert into texts values (1, 'ä''b'), (2, '');"
      "update texts set shop = 3 where shop = 2");
  EXPECT_EQ(next(*feed), (Keys{"", "ä'b"})) << "a part of a key of two columns";
  feed = watch({{"table", "uuids"}});
  db_->run("insert into uuids values ('0190163D-8694-739b-aea5-966c26f8ad91')");
  EXPECT_EQ(next(*feed), Keys{"0190163d-8694-739b-aea5-966c26f8ad91"});
  feed = watch({{"table", "blobs"}});
  db_->run("alter role sideband set bytea_output = 'escape'; insert into blobs values ('\\x00ff')");
  EXPECT_EQ(next(*feed), Keys{std::string("\0\xff", 2)});
  db_->run("alter role sideband reset bytea_output");
  feed = watch({{"table", "bare"}});
  db_->run("insert into bare values (1, 1), (2, 2)");
  EXPECT_EQ(next(*feed), (Keys{"1", "2"}));
  db_->run("update bare set id = 3 where id = 1");
  EXPECT_EQ(next(*feed), (Keys{"1", "3"}));
  db_->run("delete from bare where id = 2");
  EXPECT_EQ(next(*feed), Keys{"2"});
}

TEST_F(PostgresDecoding, KeysOfSeveralColumnsAreWhole) {
  db_->run(
      "create table stock(n int, sku text, shelf int, primary key (shelf, sku));"
      "create table loose(tenant text, sku text not null, n int);"
      "create unique index loose_sku on loose (sku);"
      "alter table loose replica identity using index loose_sku");
  auto feed = watch({{"table", "stock"}, {"key", "sku\nshelf"}});
  db_->run("insert into stock values (1, 'a,b', 7), (2, '50%', -1)");
  EXPECT_EQ(next(*feed), (Keys{"50%25,-1", "a%2Cb,7"}));
  db_->run("update stock set shelf = 8 where shelf = 7");
  EXPECT_EQ(next(*feed), (Keys{"a%2Cb,7", "a%2Cb,8"}));
  db_->run("delete from stock where shelf = 8");
  EXPECT_EQ(next(*feed), Keys{"a%2Cb,8"});
  feed = watch({{"query", "select n, shelf, sku from stock"}, {"key", "sku\nshelf"}});
  db_->run("update stock set n = 5");
  EXPECT_EQ(next(*feed), Keys{"50%25,-1"});
  feed = watch({{"query", "select n, shelf, upper(sku) sku from stock"}, {"key", "sku\nshelf"}});
  db_->run("update stock set n = 6");
  EXPECT_EQ(next(*feed), Keys{"(scan)"}) << "one column is computed";
  feed = watch({{"table", "loose"}, {"key", "tenant\nsku"}});
  db_->run("insert into loose values ('t', 's', 1)");
  EXPECT_EQ(next(*feed), Keys{"t,s"});
  db_->run("insert into loose values (null, 'x', 1)");
  EXPECT_EQ(next(*feed), Keys{"(scan)"}) << "a column is NULL";
  db_->run("delete from loose where sku = 's'");
  EXPECT_EQ(next(*feed), Keys{"(scan)"}) << "the log has a part of the key only";
}

TEST_F(PostgresDecoding, PartsOfATableAreTheTable) {
  db_->run(
      "create table parted(id int, x int) partition by range (id);"
      "create table p1 partition of parted for values from (0) to (10)");
  const auto feed = watch({{"table", "parted"}});
  db_->run("insert into parted values (1, 1)");
  EXPECT_EQ(next(*feed), Keys{"1"});
  db_->run(
      "create table p2 partition of parted for values from (10) to (20);"
      "insert into parted values (11, 1); insert into p1 values (2, 2)");
  Keys keys = next(*feed);
  while (keys.size() < 2) keys.push_back(next(*feed).at(0));
  EXPECT_EQ(keys, (Keys{"11", "2"})) << "a part that was made since";
}

TEST_F(PostgresDecoding, QueriesWakeForTheirTableAndForWhateverElseIsPublished) {
  db_->run(
      "create table currencies(id int primary key, rate int); drop publication changes;"
      "create publication changes for table prices, currencies");
  const auto feed = watch({{"query",
                            "select p.id, p.amount * c.rate as amount from prices p, "
                            "currencies c"}});
  db_->run("insert into prices values (3, 30)");
  EXPECT_EQ(next(*feed), Keys{"3"});
  db_->run("insert into currencies values (1, 2)");
  EXPECT_EQ(next(*feed), Keys{"(scan)"}) << "its key is another one";
  const auto computed = watch({{"query", "select id + 100 as id, amount from prices"}});
  db_->run("update prices set amount = 3 where id = 1");
  EXPECT_EQ(next(*computed), Keys{"(scan)"});
}

TEST_F(PostgresDecoding, SchemaMayChangeMeanwhile) {
  const auto feed = watch();
  db_->run("alter table prices add note text; insert into prices values (3, 30, 'x')");
  EXPECT_EQ(next(*feed), Keys{"3"});
  db_->run("alter table prices drop amount; update prices set note = 'y' where id = 1");
  EXPECT_EQ(next(*feed), Keys{"1"});
  db_->run("alter table prices alter id type text; insert into prices values ('x4', 'z')");
  EXPECT_EQ(next(*feed), Keys{"(scan)"}) << "no key that the collection knows";
  db_->run(
      "alter table prices rename to old; insert into old values ('9');"
      "create table prices(id int primary key); insert into prices values (12)");
  EXPECT_EQ(next(*feed), Keys{"12"}) << "the table of that name counts";
}

TEST_F(PostgresDecoding, LargeTransactionsAreAScanAndComeInPieces) {
  db_->run("alter role sideband set logical_decoding_work_mem = '64kB'");
  const auto feed = watch();
  db_->run("insert into prices select g, g from generate_series(10, 30000) g");
  EXPECT_EQ(next(*feed), Keys{"(scan)"});
  db_->run(
      "begin; insert into prices select g, g from generate_series(40000, 60000) g; rollback;"
      "insert into prices values (3, 3)");
  EXPECT_EQ(next(*feed), Keys{"3"});
  EXPECT_NE(db_->one("select stream_txns from pg_stat_replication_slots r join "
                     "pg_replication_slots using (slot_name) where database = current_database()"),
            "0");
  db_->run("alter role sideband reset logical_decoding_work_mem");
}

// The log knows of a commit before others see it, here for as long as a standby does not answer.
TEST_F(PostgresDecoding, WakesWhenTheChangeCanBeSeen) {
  const auto feed = watch();
  db_->run("alter system set synchronous_standby_names = 'nobody'");
  db_->run("select pg_reload_conf()");
  ASSERT_TRUE(until([&] { return client()->one("show synchronous_standby_names") == "nobody"; }));
  const std::unique_ptr<PGconn, void (*)(PGconn*)> writer(
      PQconnectdb(server_->connection_string(database_).c_str()), &PQfinish);
  ASSERT_EQ(PQsendQuery(writer.get(), "insert into prices values (3, 3)"), 1);
  ASSERT_TRUE(until([&] {
    return db_->one("select wait_event from pg_stat_activity where wait_event = 'SyncRep'") ==
           "SyncRep";
  }));
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(feed->wait(std::chrono::milliseconds(20))->any);
    EXPECT_EQ(db_->one("select count(*) from prices where id = 3"), "0");
  }
  db_->run("alter system reset synchronous_standby_names");
  db_->run("select pg_reload_conf()");
  EXPECT_EQ(next(*feed), Keys{"3"});
  EXPECT_EQ(db_->one("select count(*) from prices where id = 3"), "1");
}

TEST_F(PostgresDecoding, RestartOfTheServerIsAnErrorAndTheNextFeedHears) {
  auto feed = watch();
  // A server that is shut down waits until its streams have heard of everything.
  std::optional<Error> end;
  Thread listener("listener", [&] { end = end_of(*feed); });
  server_->restart({"-c", "wal_level=logical"});
  listener.join();
  db_ = client();
  EXPECT_EQ(end->retry, Retry::kAfter) << end->message;
  feed = watch();
  db_->run("insert into prices values (3, 30)");
  EXPECT_EQ(next(*feed), Keys{"3"});
}

TEST_F(PostgresDecoding, SlotEndsWithTheFeed) {
  auto feed = watch();
  EXPECT_EQ(slots(), "1");
  EXPECT_EQ(db_->one("select slot_name ~ '^sideband_shop_db_[0-9a-f]{8}$' and temporary from "
                     "pg_replication_slots where database = current_database()"),
            "t");
  feed.reset();
  EXPECT_TRUE(until([&] { return slots() == "0"; }));
}

TEST_F(PostgresDecoding, PlacesAreConfirmedWhatOthersWriteToo) {
  const auto feed = watch();
  const std::string before = db_->one("select pg_current_wal_lsn()");
  db_->run("insert into prices values (3, 30)");
  EXPECT_EQ(next(*feed), Keys{"3"});
  db_->run("insert into other select generate_series(1, 1000)");
  const std::string after = db_->one("select pg_current_wal_lsn()");
  EXPECT_TRUE(until([&] {
    (void)feed->wait(Duration(0));
    return db_->one("select confirmed_flush_lsn >= '" + after +
                    "' from pg_replication_slots where database = current_database()") == "t";
  }));
}

// A transaction that stays open holds the log back, however well we listen.
TEST_F(PostgresDecoding, SlotThatHoldsTooMuchBackIsDropped) {
  auto feed = watch({{"table", "prices"}, {"maxLag", "4MiB"}});
  const auto holder = client();
  holder->run("begin; insert into other values (1)");
  db_->run("insert into other select g from generate_series(1, 200000) g");
  const Error error = end_of(*feed);
  EXPECT_EQ(error.code, ErrorCode::kRefused);
  EXPECT_NE(error.message.find("maxLag (4194304)"), std::string::npos) << error.message;
  EXPECT_GT(feed->lag_bytes().value_or(0), 4 << 20);
  EXPECT_TRUE(until([&] { return slots() == "0"; })) << "also while the feed is still there";
}

// The same where we are the slow one.
TEST_F(PostgresDecoding, FeedThatIsHeldUpDropsItsSlot) {
  auto feed = watch({{"table", "prices"}, {"maxLag", "4MiB"}});
  for (int i = 0; i < 4; ++i) {
    db_->run("insert into prices select g, g from generate_series(" + std::to_string(i) +
             "00010, " + std::to_string(i) + "90000) g; checkpoint");
  }
  ASSERT_TRUE(until([&] {
    return db_->one(
               "select pg_current_wal_lsn() - restart_lsn > 4194304 from "
               "pg_replication_slots where database = current_database()") == "t";
  }));
  EXPECT_EQ(end_of(*feed).code, ErrorCode::kRefused);
}

// The server makes a slot when the transactions have ended that ran before.
TEST_F(PostgresDecoding, OpeningDoesNotWaitForOthersAndTheStreamBeginsBehindThem) {
  const auto holder = client();
  holder->run("begin; insert into prices values (3, 30)");
  const auto feed = std::move(try_watch({{"table", "prices"}})).value();
  EXPECT_FALSE(feed->wait(Duration(0))->any);
  holder->run("commit");
  EXPECT_EQ(next(*feed), Keys{"(scan)"});
  db_->run("insert into prices values (4, 40)");
  EXPECT_EQ(next(*feed), Keys{"4"});
}

TEST_F(PostgresDecoding, GivenUpBeforeItBeganItLeavesNothing) {
  const auto holder = client();
  holder->run("begin; insert into prices values (3, 30)");
  auto feed = std::move(try_watch({{"table", "prices"}})).value();
  ASSERT_TRUE(until([&] { return slots() == "1"; }));
  feed.reset();
  EXPECT_TRUE(until([&] { return slots() == "0"; }));
}

TEST_F(PostgresDecoding, WhatIsMissingIsNamedWithWhatToRun) {
  EXPECT_NE(refusal({{"table", "prices"}, {"publication", "odd \"name"}})
                .find("CREATE PUBLICATION \"odd \"\"name\" FOR TABLE public.prices"),
            std::string::npos);
  db_->run("create publication empty");
  EXPECT_NE(refusal({{"table", "prices"}, {"publication", "empty"}})
                .find("ALTER PUBLICATION \"empty\" ADD TABLE public.prices"),
            std::string::npos);
  EXPECT_NE(refusal({{"table", "nowhere"}}).find("nowhere"), std::string::npos);
  EXPECT_NE(refusal({{"table", "prices"}, {"listen", "prices_changed"}}).find("either"),
            std::string::npos);
  const std::string role = log_in_as_new_role();
  db_->run("grant select on prices to " + role);
  EXPECT_NE(refusal({{"table", "prices"}}).find("ALTER ROLE \"" + role + "\" REPLICATION"),
            std::string::npos);
  db_->run("alter role " + role + " replication");
  EXPECT_TRUE(try_watch({{"table", "prices"}}).ok());
}

TEST_F(PostgresDecoding, APublicationThatIsDroppedEndsTheFeed) {
  const auto feed = watch();
  db_->run("drop publication changes; insert into prices values (3, 30)");
  const Error error = end_of(*feed);
  EXPECT_NE(error.message.find("changes"), std::string::npos) << error.message;
  EXPECT_NE(refusal({{"table", "prices"}}).find("CREATE PUBLICATION"), std::string::npos);
}

// The last one: it leaves the server as others expect it.
TEST_F(PostgresDecoding, ServerThatDoesNotLogEnoughIsNamed) {
  server_->restart();
  EXPECT_NE(refusal({{"table", "prices"}}).find("ALTER SYSTEM SET wal_level = logical"),
            std::string::npos);
}

}  // namespace
}  // namespace sideband
