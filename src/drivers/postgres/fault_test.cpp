// What goes wrong around PostgreSQL: lost connections at each moment, locks, grants, TLS.
#include <signal.h>

#include "base/thread.h"
#include "drivers/postgres/client/errors.h"
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresFaults : public PostgresTest {
 protected:
  void products() {
    db_->run(
        "create table products(id int primary key, stock int); insert into products select g, g "
        "from generate_series(1, 1000) g");
  }
  // Runs `call` on a thread of its own while `meanwhile` does something to it.
  template <class Call, class Meanwhile>
  static auto beside(const Call& call, const Meanwhile& meanwhile) {
    std::optional<decltype(call())> result;
    Thread thread("call", [&] { result = call(); });
    meanwhile();
    thread.join();
    return std::move(*result);
  }
  Error open_error(const std::string& sql) {
    const auto opened = try_open({{"query", sql}, {"key", "id"}}, Role::kDesired);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? Error{} : opened.error();
  }
};

TEST_F(PostgresFaults, BackendKilledInTheMiddleOfAScanVoidsIt) {
  products();
  db_->run(
      "create function wait_at(n int) returns int language plpgsql as $$ begin "
      "if n = 500 then perform pg_advisory_lock(7); end if; return n; end $$");
  const auto rows = query("select id, wait_at(id) as n from products");
  db_->run("select pg_advisory_lock(7)");
  const auto cut = beside([&] { return rows->scan({}); }, [&] { terminate(blocked_backend()); });
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().code, ErrorCode::kUnavailable) << cut.error().message;
  EXPECT_EQ(cut.error().retry, Retry::kAfter);
  db_->run("select pg_advisory_unlock(7)");
  const auto again = scan_all(*rows, 300);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ(again->size(), 1000U);
}

TEST_F(PostgresFaults, BackendKilledBeforeCommitChangedNothing) {
  products();
  const auto rows = table("products");
  const Change first = towards(*rows, "1", {{"stock", "77"}});
  const Change second = towards(*rows, "2", {{"stock", "77"}});
  db_->run("begin; update products set stock = 5 where id = 2");
  const auto cut = beside(
      [&] {
        return rows->apply({Uuid(), 1, {first, second}, kLong});
      },
      [&] { terminate(blocked_backend()); });
  db_->run("rollback");
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().code, ErrorCode::kUnavailable) << cut.error().message;
  EXPECT_EQ(cut.error().effect, Effect::kNone) << "nothing is done without COMMIT";
  EXPECT_EQ(db_->one("select count(*) from products where stock = id"), "1000");
  EXPECT_EQ(apply(*rows, {first, second})[1].outcome, Outcome::kChanged);
}

TEST_F(PostgresFaults, BackendKilledDuringCommitIsMaybe) {
  products();
  db_->run(
      "create function hold() returns trigger language plpgsql as $$ begin perform "
      "pg_advisory_xact_lock(8); return null; end $$;"
      "create constraint trigger hold after update on products deferrable initially deferred "
      "for each row execute function hold()");
  const auto rows = table("products");
  const Change change = towards(*rows, "1", {{"stock", "77"}});
  db_->run("select pg_advisory_lock(8)");
  const auto cut = beside(
      [&] {
        return rows->apply({Uuid(), 1, {change}, kLong});
      },
      [&] { terminate(blocked_backend()); });
  db_->run("select pg_advisory_unlock(8)");
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().effect, Effect::kMaybe) << cut.error().message;
  EXPECT_EQ(cut.error().retry, Retry::kAfter);
}

TEST_F(PostgresFaults, CommitThatDoesNotAnswerInTimeIsMaybe) {
  products();
  db_->run(
      "create function hold() returns trigger language plpgsql as $$ begin perform "
      "set_config('statement_timeout', '0', true); perform pg_advisory_xact_lock(9); return null; "
      "end $$;"
      "create constraint trigger hold after update on products deferrable initially deferred "
      "for each row execute function hold()");
  const auto rows = table("products");
  const Change change = towards(*rows, "1", {{"stock", "77"}});
  db_->run("select pg_advisory_lock(9)");
  std::string pid;
  const auto late = beside(
      [&] {
        return rows->apply({Uuid(), 1, {change}, std::chrono::milliseconds(400)});
      },
      [&] {
        pid = blocked_backend();
        ::kill(std::stoi(pid), SIGSTOP);
      });
  ::kill(std::stoi(pid), SIGCONT);
  db_->run("select pg_advisory_unlock(9)");
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(late.error().effect, Effect::kMaybe);
}

TEST_F(PostgresFaults, ServerRestartIsGotOver) {
  products();
  const auto rows = table("products");
  ASSERT_TRUE(read_one(*rows, "1").present());
  const Change change = towards(*rows, "1", {{"stock", "77"}});
  db_.reset();
  server_->restart();
  EXPECT_TRUE(read_one(*rows, "1").present()) << "idle connections that died are not used";
  EXPECT_EQ(apply(*rows, {change})[0].outcome, Outcome::kChanged);
  EXPECT_EQ(scan_all(*rows, 100)->size(), 1000U);
}

TEST_F(PostgresFaults, ServerThatIsNotThereIsUnavailable) {
  target_.connect["host"] = server_->folder() + "/nowhere";
  const Error error = open_error("select 1 as id");
  EXPECT_EQ(error.code, ErrorCode::kUnavailable) << error.message;
  EXPECT_EQ(error.retry, Retry::kAfter);
}

TEST_F(PostgresFaults, ServerThatDoesNotAnswerIsATimeout) {
  products();
  const auto rows = query("select id from products");
  ASSERT_TRUE(read_one(*rows, "1").present());
  const int pid = std::stoi(
      db_->one("select pid from pg_stat_activity where application_name = 'sideband' and datname = "
               "current_database()"));
  ::kill(pid, SIGSTOP);
  const auto items = rows->read({"1"}, std::chrono::milliseconds(100));
  ::kill(pid, SIGCONT);
  ASSERT_FALSE(items.ok());
  EXPECT_EQ(items.error().code, ErrorCode::kTimeout);
  EXPECT_TRUE(read_one(*rows, "1").present());
}

TEST_F(PostgresFaults, LockedRowIsATimeoutAndUntouched) {
  products();
  const auto rows = table("products");
  const Change change = towards(*rows, "1", {{"stock", "77"}});
  db_->run("begin; select * from products where id = 1 for update");
  const auto late = rows->apply({Uuid(), 1, {change}, std::chrono::milliseconds(60)});
  db_->run("rollback");
  ASSERT_FALSE(late.ok());
  EXPECT_EQ(late.error().code, ErrorCode::kTimeout) << late.error().message;
  EXPECT_EQ(late.error().effect, Effect::kNone);
  EXPECT_EQ(db_->one("select stock from products where id = 1"), "1");
  EXPECT_EQ(apply(*rows, {change})[0].outcome, Outcome::kChanged);
}

TEST_F(PostgresFaults, DeadlockEndsWithNothingDoneAndMayBeTriedAgain) {
  products();
  const auto rows = table("products");
  const std::vector<Change> changes = {towards(*rows, "1", {{"stock", "77"}}),
                                       towards(*rows, "2", {{"stock", "77"}})};
  // Only we look for deadlocks, so that we are the one that gives way.
  db_->run("set deadlock_timeout = '1h'; begin; update products set stock = 2 where id = 2");
  const auto dead = beside(
      [&] {
        return rows->apply({Uuid(), 1, changes, kLong});
      },
      [&] {
        blocked_backend();
        db_->run("update products set stock = 1 where id = 1; commit");
      });
  ASSERT_FALSE(dead.ok());
  EXPECT_EQ(dead.error().code, ErrorCode::kUnavailable) << dead.error().message;
  EXPECT_EQ(dead.error().retry, Retry::kAfter);
  EXPECT_EQ(dead.error().effect, Effect::kNone);
  EXPECT_EQ(apply(*rows, changes)[1].outcome, Outcome::kChanged);
}

// The row that we wait for is judged by what its other writer leaves.
TEST_F(PostgresFaults, WaitingForAnotherWriterEndsInARefusal) {
  products();
  const auto rows = table("products");
  const Change change = towards(*rows, "1", {{"stock", "77"}});
  db_->run("begin; update products set stock = 5 where id = 1");
  const auto outcomes = beside(
      [&] {
        return rows->apply({Uuid(), 1, {change}, kLong});
      },
      [&] {
        blocked_backend();
        db_->run("commit");
      });
  ASSERT_TRUE(outcomes.ok()) << outcomes.error().message;
  EXPECT_EQ(outcomes->at(0).outcome, Outcome::kRefused);
  EXPECT_EQ(db_->one("select stock from products where id = 1"), "5");
}

TEST_F(PostgresFaults, MissingGrantsNeedAPersonAndAreNamed) {
  products();
  db_->run("create schema hidden; create table hidden.t(id int primary key)");
  const std::string weak = log_in_as_new_role();
  const auto expect = [&](const Error& error, const std::string& grant) {
    EXPECT_EQ(error.code, ErrorCode::kPermission) << error.message;
    EXPECT_EQ(error.retry, Retry::kPerson);
    EXPECT_NE(error.message.find(grant + " TO " + weak), std::string::npos) << error.message;
  };
  expect(open_error("select id from products"), "GRANT SELECT ON products");
  db_->run("create table \"Odd Name\"(id int primary key)");
  expect(open_error("select id from \"Odd Name\""), "GRANT SELECT ON \"Odd Name\"");
  expect(open_error("select id from hidden.t"), "GRANT USAGE ON SCHEMA hidden");
  db_->run("grant select on products to " + weak);
  const auto rows = table("products");
  const State found = read_one(*rows, "1");
  const auto outcome = [&](const Change& change) {
    return rows->apply({Uuid(), 1, {change}, kLong});
  };
  expect(outcome(towards(*rows, "1", {{"stock", "7"}})).error(),
         "GRANT SELECT, UPDATE ON products");
  expect(outcome(towards(*rows, "2000", {{"stock", "7"}})).error(),
         "GRANT SELECT, INSERT ON products");
  expect(outcome({"1", ChangeOp::kDelete, found, State::absent()}).error(),
         "GRANT SELECT, DELETE ON products");
  db_->run("grant update (stock) on products to " + weak);
  EXPECT_TRUE(outcome(towards(*rows, "1", {{"stock", "7"}})).ok()) << "a column is enough";
}

TEST_F(PostgresFaults, RowsHiddenByAPolicyAreAnErrorNotAbsent) {
  products();
  db_->run("grant select on products to " + log_in_as_new_role() +
           "; alter table products enable row level security;"
           "create policy few on products using (id < 10)");
  const Error error = open_error("select id from products");
  EXPECT_EQ(error.code, ErrorCode::kPermission) << error.message;
  EXPECT_NE(error.message.find("BYPASSRLS"), std::string::npos) << error.message;
}

TEST_F(PostgresFaults, UnknownRolesAndDatabasesNeedAPerson) {
  target_.connect["user"] = "nobody-here";
  EXPECT_EQ(open_error("select 1 as id").code, ErrorCode::kPermission);
  target_.connect["user"] = "sideband";
  target_.connect["dbname"] = "nothing-here";
  const Error error = open_error("select 1 as id");
  EXPECT_EQ(error.retry, Retry::kPerson) << error.message;
  EXPECT_EQ(error.message.find("LOCATION"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("3D000"), std::string::npos) << error.message;
}

TEST_F(PostgresFaults, NeverMoreConnectionsThanCallsAtOnce) {
  products();
  target_.limits.connections = 2;
  std::vector<std::unique_ptr<Collection>> open;
  for (int i = 0; i < 4; ++i) open.push_back(table("products"));
  for (const auto& rows : open) {
    ASSERT_TRUE(scan_all(*rows, 100).ok());
    ASSERT_EQ(apply(*rows, {towards(*rows, "1", {{"stock", "1"}})}).size(), 1U);
  }
  EXPECT_EQ(db_->one("select count(*) from pg_stat_activity where application_name = 'sideband' "
                     "and datname = current_database()"),
            "1")
      << "all Collections of a target share its connections";
}

TEST_F(PostgresFaults, OtherMachinesNeedVerifiedTls) {
  const auto opened = [&](DriverOptions more) {
    target_.connect = {{"dbname", "shop"}, {"user", "sideband"}, {"timeout", "1ms"}};
    for (auto& [key, value] : more) target_.connect[key] = value;
    return open_error("select 1 as id");
  };
  for (const char* mode : {"disable", "allow", "prefer", "require", "verify-ca"}) {
    const Error error = opened({{"host", "db.example"}, {"sslmode", mode}});
    EXPECT_EQ(error.code, ErrorCode::kInvalid) << mode;
    EXPECT_EQ(error.retry, Retry::kPerson);
  }
  EXPECT_EQ(opened({{"host", "127.0.0.1,db.example"}}).code, ErrorCode::kInvalid);
  EXPECT_EQ(opened({{"host", "127.evil.example"}, {"sslmode", "prefer"}}).code,
            ErrorCode::kInvalid);
  EXPECT_NE(
      opened({{"host", "192.0.2.1"}, {"sslmode", "prefer"}, {"allowUnverified", "true"}}).code,
      ErrorCode::kInvalid);
  EXPECT_NE(opened({{"host", "192.0.2.1"}}).code, ErrorCode::kInvalid) << "verify-full by itself";
}

TEST(PostgresErrors, EachKindSaysWhatMayBeDone) {
  const auto of = [](const char* state) { return pg_error(state, "x", {"SELECT", "u"}); };
  for (const char* state :
       {"40001", "40P01", "57014", "57P01", "08006", "55P03", "58030", "XX000"}) {
    EXPECT_EQ(of(state).retry, Retry::kAfter) << state;
  }
  for (const char* state :
       {"25006", "53000", "53100", "53200", "53300", "53400", "57P03"}) {  // K7.2
    EXPECT_EQ(of(state).retry, Retry::kWhenReady) << state;
  }
  for (const char* state : {"28P01", "28000", "42501", "42P01", "42703", "3D000", "XX001"}) {
    EXPECT_EQ(of(state).retry, Retry::kPerson) << state;
  }
  for (const char* state : {"22P02", "23505", "23514", "P0001", "44000"}) {
    EXPECT_EQ(of(state).code, ErrorCode::kConflict) << state;
  }
  EXPECT_EQ(pg_error("0A000", "cannot set transaction read-write mode during recovery", {}).retry,
            Retry::kWhenReady);
}

TEST(PostgresErrors, RefusalsOfConnectionsCarryTheirCodeInTheText) {
  const Error error = pg_connect_error(
      "connection to server failed: FATAL:  28P01: password authentication failed for user "
      "\"sideband\"\nLOCATION:  auth_failed, auth.c:330",
      {"SELECT", "sideband"});
  EXPECT_EQ(error.code, ErrorCode::kPermission);
  EXPECT_EQ(error.message.find("28P01"), std::string::npos);
  EXPECT_EQ(pg_connect_error("FATAL:  57P03: the database system is starting up", {}).retry,
            Retry::kWhenReady);
  EXPECT_EQ(pg_connect_error("fe_sendauth: no password supplied", {}).retry, Retry::kPerson);
  EXPECT_EQ(pg_connect_error("SSL error: certificate verify failed", {}).retry, Retry::kPerson);
  EXPECT_EQ(pg_connect_error("Connection refused", {}).retry, Retry::kAfter);
}

}  // namespace
}  // namespace sideband
