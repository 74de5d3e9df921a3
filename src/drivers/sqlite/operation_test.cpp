// What is particular to operations on SQLite: values that stay values, rows, markers.
#include <gmock/gmock.h>

#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class SqliteOperationTest : public testing::Test {
 protected:
  SqliteOperationTest() {
    client_.run("create table t(id integer primary key, name text, photo blob)");
    client_.run("insert into t values(1, 'lamp', x'00ff'), (2, 'desk', null)");
    TargetSettings target;
    target.name = "shop";
    target.connect = {{"path", dir_.path("shop.db")}};
    operation_ = std::move(driver_.operation(target)).value();
  }
  Result<OperationReply> run(DriverOptions options, const std::string& key = "k") {
    OperationRequest request;
    request.key = key;
    request.token = 1;
    request.options = std::move(options);
    return operation_->run(request);
  }
  std::string count() { return client_.list("select cast(count(*) as text) from t").at(0); }

  SystemClock clock_;
  SystemRandom random_;
  TempDir dir_;
  SqliteClient client_{dir_.path("shop.db")};
  SqliteDriver driver_{{clock_, random_}};
  std::unique_ptr<Operation> operation_;
};

TEST_F(SqliteOperationTest, ParametersAreNeverSql) {
  for (const std::string hostile : {"x'); drop table t; --", "' or 1=1 --", "1; delete from t"}) {
    const auto reply = run({{"statement", "update t set name = ?1 where id = 1"},
                            {"parameters", hostile},
                            {"expectRows", "1"}});
    ASSERT_TRUE(reply.ok()) << reply.error().message;
    EXPECT_EQ(reply->outcome.outcome, Outcome::kChanged);
    EXPECT_EQ(client_.list("select name from t where id = 1").at(0), hostile);
    const auto none = run({{"statement", "delete from t where id = ?1"}, {"parameters", hostile}});
    EXPECT_EQ(none->output, R"({"rows":0})");
  }
  EXPECT_EQ(count(), "2");
}

TEST_F(SqliteOperationTest, OneStatementIsOne) {
  EXPECT_FALSE(run({{"statement", "delete from t; delete from t"}}).ok());
  EXPECT_FALSE(run({{"statement", "select ?1"}}).ok()) << "a value is missing";
  EXPECT_FALSE(run({{"statement", "select 1"}, {"parameters", "x"}}).ok()) << "one is too many";
  EXPECT_EQ(count(), "2");
}

TEST_F(SqliteOperationTest, EmptyValuesKeepTheirPlace) {
  const auto reply =
      run({{"statement", "select ?1 || '-' || ?2 as joined"}, {"parameters", "\nb"}});
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->output, R"({"first":{"joined":"-b"},"rows":1})");
}

TEST_F(SqliteOperationTest, TypesAreKept) {
  const auto reply = run({{"statement",
                           "select typeof(?1) a, typeof(?2) b, typeof(?3) c, "
                           "typeof(?4) d, typeof(?5) e, null f"},
                          {"parameters", "1\n2\n3.5\ntrue\n00ff"},
                          {"types", "text\ninteger\nreal\nboolean\nbytes"}});
  ASSERT_TRUE(reply.ok()) << reply.error().message;
  EXPECT_EQ(reply->output, R"({"first":{"a":"text","b":"integer","c":"real","d":"integer",)"
                           R"("e":"blob","f":null},"rows":1})");
}

TEST_F(SqliteOperationTest, AllOfATransactionOrNothing) {
  const auto broken =
      run({{"statements", "delete from t where id = 1\ninsert into t(id) values(2)"}});
  ASSERT_TRUE(broken.ok());
  EXPECT_EQ(broken->outcome.outcome, Outcome::kFailed);
  const auto few = run({{"statements", "delete from t where id = 1\ndelete from t where id = 9"},
                        {"expectRows", "1"}});
  EXPECT_EQ(few->outcome.outcome, Outcome::kRefused);
  EXPECT_THAT(few->outcome.detail, HasSubstr("statement 2 touched 0 rows instead of 1"));
  EXPECT_EQ(count(), "2");
  const auto each = run({{"statements", "delete from t where id = 1\ndelete from t where id = 9"},
                         {"expectRows", "1\n0..5"}});
  EXPECT_EQ(each->outcome.outcome, Outcome::kChanged);
  EXPECT_EQ(count(), "1");
}

TEST_F(SqliteOperationTest, AStatementThatEndsTheTransactionIsNotTrusted) {
  const auto ended = run({{"statements", "delete from t\ncommit"}});
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().effect, Effect::kMaybe);
  EXPECT_EQ(ended.error().retry, Retry::kPerson);
}

TEST_F(SqliteOperationTest, TheMarkerKeepsTheFirstOutput) {
  const DriverOptions options = {{"statement", "insert into t(name) values('new') returning id"},
                                 {"fence", "true"}};
  const auto first = run(options);
  ASSERT_TRUE(first.ok()) << first.error().message;
  const auto again = run(options);
  EXPECT_EQ(again->outcome.outcome, Outcome::kAlreadyThere);
  EXPECT_EQ(again->output, first->output) << "later steps get what the first run answered";
  EXPECT_EQ(again->output, R"({"first":{"id":"3"},"rows":1})");
}

}  // namespace
}  // namespace sideband
