// What is particular to operations on PostgreSQL: grants, lost connections, what no transaction
// takes, values that stay values.
#include <gmock/gmock.h>

#include "base/thread.h"
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class PostgresOperationTest : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    db_->run(
        "create table t(id int primary key, name text); insert into t values (1, 'lamp'), (2, "
        "'desk');"
        "create table markers(key text primary key, token bigint not null, "
        "at timestamptz not null default now(), output text)");
  }
  static OperationRequest request(DriverOptions options) {
    OperationRequest out;
    out.key = "k";
    out.token = 1;
    out.options = std::move(options);
    return out;
  }
  Result<OperationReply> run(DriverOptions options) {
    return std::move(driver_->operation(target_)).value()->run(request(std::move(options)));
  }
  std::string count() { return db_->one("select count(*)::text from t"); }
};

TEST_F(PostgresOperationTest, ParametersAreNeverSql) {
  for (const std::string hostile : {"x'); drop table t; --", "' or 1=1 --", "$2", "\\'; --"}) {
    const auto reply = run({{"statement", "update t set name = $1 where id = 1"},
                            {"parameters", hostile},
                            {"expectRows", "1"}});
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(db_->one("select name from t where id = 1"), hostile);
    const auto refused =
        run({{"statement", "delete from t where id = $1"}, {"parameters", hostile}});
    ASSERT_TRUE(refused.ok()) << refused.error().message;
    EXPECT_EQ(refused->outcome.outcome, Outcome::kFailed) << "no number, by the server";
  }
  EXPECT_EQ(count(), "2");
  EXPECT_FALSE(run({{"statement", "delete from t; delete from t"}}).ok());
  EXPECT_FALSE(run({{"statement", "select 1"}, {"parameters", "x"}}).ok());
}

TEST_F(PostgresOperationTest, TypesAndRowsComeAsText) {
  const auto reply =
      run({{"statement", "select $1::text a, $2 + 1 b, $3 c, encode($4, 'hex') d, null e"},
           {"parameters", "x\n41\ntrue\n00ff"},
           {"types", "text\ninteger\nboolean\nbytes"}});
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->output, R"({"first":{"a":"x","b":"42","c":"t","d":"00ff","e":null},"rows":1})");
}

TEST_F(PostgresOperationTest, AllOfATransactionOrNothing) {
  const auto few = run({{"statements", "delete from t where id = 1\ndelete from t where id = 9"},
                        {"expectRows", "1"}});
  ASSERT_TRUE(few.ok()) << few.error().message;
  EXPECT_EQ(few->outcome.outcome, Outcome::kRefused);
  const auto broken = run({{"statements", "delete from t\ninsert into t values(1), (1)"}});
  EXPECT_EQ(broken->outcome.outcome, Outcome::kFailed);
  EXPECT_EQ(count(), "2");
  const auto ended = run({{"statements", "delete from t where id = 1\ncommit"}});
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().effect, Effect::kMaybe) << ended.error().message;
}

TEST_F(PostgresOperationTest, AMissingGrantIsNamedAndNotTriedAgain) {
  const std::string role = log_in_as_new_role();
  const auto denied = run({{"statement", "update t set name = 'x'"}});
  ASSERT_FALSE(denied.ok());
  EXPECT_EQ(denied.error().retry, Retry::kPerson);
  EXPECT_EQ(denied.error().effect, Effect::kNone);
  EXPECT_THAT(denied.error().message, HasSubstr("GRANT SELECT, UPDATE ON t TO " + role));
  const auto fence = run({{"statement", "select 1"}, {"fence", "nowhere"}});
  EXPECT_THAT(fence.error().message, HasSubstr("run: CREATE TABLE"));
}

TEST_F(PostgresOperationTest, WhatNoTransactionTakesRunsAlone) {
  EXPECT_FALSE(run({{"statement", "reindex table concurrently t"}}).ok());
  const auto alone = run({{"statement", "reindex table concurrently t"}, {"transaction", "false"}});
  ASSERT_TRUE(alone.ok()) << alone.error().message;
  EXPECT_EQ(alone->outcome.outcome, Outcome::kChanged);
  const auto typo = run({{"statement", "reindex tabel t"}, {"transaction", "false"}});
  EXPECT_EQ(typo.error().effect, Effect::kNone);
}

TEST_F(PostgresOperationTest, LostInTheMiddleIsNothingAndDuringCommitIsMaybe) {
  db_->run(
      "create function hold() returns trigger language plpgsql as $$ begin perform "
      "pg_advisory_xact_lock(8); return null; end $$;"
      "create constraint trigger hold after update on t deferrable initially deferred for each row "
      "execute function hold()");
  const DriverOptions update = {{"statement", "update t set name = 'x' where id = 1"}};
  const auto lost = [&](const std::string& lock, const std::string& unlock) {
    // Not by the client that looks: in a transaction it would see the same for ever.
    const auto other = client();
    other->run(lock);
    Result<OperationReply> reply = Error::internal("not run");
    Thread thread("run", [&] { reply = run(update); });
    terminate(blocked_backend());
    thread.join();
    other->run(unlock);
    return reply.ok() ? Error::internal("it was done") : reply.error();
  };
  const Error before = lost("begin; update t set name = 'y' where id = 1", "rollback");
  EXPECT_EQ(before.code, ErrorCode::kUnavailable) << before.message;
  EXPECT_EQ(before.effect, Effect::kNone);
  const Error during = lost("select pg_advisory_lock(8)", "select pg_advisory_unlock(8)");
  EXPECT_EQ(during.effect, Effect::kMaybe) << during.message;
}

TEST_F(PostgresOperationTest, ALookCannotWrite) {
  db_->run(
      "create function sneaky() returns boolean language plpgsql as $$ begin delete from t; return "
      "true; end $$");
  OperationRequest looking = request({{"statement", "select 1"}});
  looking.look = {{"statement", "select sneaky()"}};
  const auto looked = std::move(driver_->operation(target_)).value()->probe_effect(looking);
  EXPECT_FALSE(looked.ok());
  EXPECT_EQ(count(), "2");
}

}  // namespace
}  // namespace sideband
