// Rows with values that are too large to be looked at.
#include <gmock/gmock.h>

#include "drivers/postgres/fixture_for_tests.h"
#include "drivers/postgres/sql/source.h"
#include "support/hostile_proxy.h"

namespace sideband {
namespace {

using ::testing::HasSubstr;

class PostgresLargeValues : public PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (server_ == nullptr) return;
    db_->run(
        "create table t(id int primary key, v text, b bytea, j jsonb, x json, a text[], n int);"
        "insert into t select g, 'v' || g, 'b', '{\"a\":1}', '{\"a\":1}', '{a}', 7 from "
        "generate_series(1, 3) g");
  }
  std::unique_ptr<Collection> limited(DriverOptions options, Role role = Role::kActual) {
    options.insert({{"key", "id"}, {"maxSize", "2MiB"}});
    auto opened = try_open(std::move(options), role);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
    return std::move(*opened);
  }
  void enlarge(const std::string& column, const std::string& value) {
    db_->run("update t set " + column + " = " + value + " where id = 2");
  }
  // "1 2! 3": keys in order, those that are unknown for their size with a mark.
  static std::string scanned(Collection& on, std::size_t page_items) {
    const auto items = scan_all(on, page_items);
    if (!items) return items.error().message;
    std::string out;
    for (const Item& item : *items) {
      out += (out.empty() ? "" : " ") + item.key + (item.state.known() ? "" : "!");
      EXPECT_TRUE(item.state.known() || item.state.why.find("above maxSize") != std::string::npos)
          << item.state.why;
    }
    return out;
  }
};

TEST_F(PostgresLargeValues, K5_6_OnlyTheirRowsAreUnknownWhateverTheirType) {
  const std::string long_text =
      "(select string_agg(md5(g::text), '') from generate_series(1, "
      "100000) g)";
  for (const auto& [column, value] :
       std::map<std::string, std::string>{{"v", "repeat('x', 3000000)"},
                                          {"b", "convert_to(repeat('x', 3000000), 'UTF8')"},
                                          {"j", "to_jsonb(" + long_text + ")"},
                                          {"x", "to_json(repeat('x', 3000000))"},
                                          {"a", "array[" + long_text + "]"}}) {
    SCOPED_TRACE(column);
    enlarge(column, value);
    for (const std::size_t page : {1, 2, 1000}) {
      EXPECT_EQ(scanned(*limited({{"table", "t"}}), page), "1 2! 3");
      EXPECT_EQ(scanned(*limited({{"query", "select * from t"}}, Role::kDesired), page), "1 2! 3");
    }
    const State state = read_one(*limited({{"table", "t"}}), "2");
    EXPECT_THAT(state.why, HasSubstr("column '" + column + "' has 3"));
    enlarge(column, "null");
    EXPECT_EQ(scanned(*limited({{"table", "t"}}), 1000), "1 2 3");
  }
}

TEST_F(PostgresLargeValues, K5_6_ManySmallValuesOfARowCountTogether) {
  enlarge("v", "repeat('x', 60)");
  enlarge("b", "convert_to(repeat('x', 60), 'UTF8')");
  EXPECT_EQ(scanned(*limited({{"table", "t"}, {"maxSize", "110B"}}), 1000), "1 2! 3");
}

TEST_F(PostgresLargeValues, K5_6_TheirBytesAreNotSent) {
  enlarge("v", "repeat('x', 50000000)");
  HostileProxy proxy(server_->folder() + "/.s.PGSQL." + server_->port());
  target_.connect["host"] = "127.0.0.1";
  target_.connect["port"] = std::to_string(proxy.port());
  proxy.arm({});
  const auto rows = limited({{"table", "t"}});
  EXPECT_EQ(scanned(*rows, 1000), "1 2! 3");
  EXPECT_FALSE(read_one(*rows, "2").known());
  ScanRequest raw;
  raw.raw = true;
  EXPECT_TRUE(rows->scan(raw).ok());
  std::size_t bytes = 0;
  for (const HeardAnswer& piece : proxy.heard()) bytes += piece.bytes.size();
  EXPECT_LT(bytes, 100'000U);
}

// Where bytes are compared, what was not read is not equal.
TEST_F(PostgresLargeValues, K5_6_TwoThatAreTooLargeAreNotEqual) {
  enlarge("v", "repeat('x', 3000000)");
  ScanRequest raw;
  raw.raw = true;
  const auto one = limited({{"table", "t"}})->scan(raw);
  const auto other = limited({{"table", "t"}})->scan(raw);
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_TRUE(one->items.at(0).state.same_as(other->items.at(0).state));
  EXPECT_FALSE(one->items.at(1).state.same_as(other->items.at(1).state));
}

TEST_F(PostgresLargeValues, K5_6_OneThatGrewSinceThePlanIsNotOverwritten) {
  const auto rows = limited({{"table", "t"}, {"columns", "v"}});
  enlarge("v", "repeat('x', 3000000)");
  const State found = State::of_fields({{"v", "v2"}});
  const State want = State::of_fields({{"v", "x"}});
  EXPECT_EQ(apply(*rows, {{"2", ChangeOp::kUpdate, found, want}}).at(0).outcome, Outcome::kRefused);
  EXPECT_EQ(db_->one("select length(v)::text from t where id = 2"), "3000000");
}

// An ordinary scan does not look at the size of each value.
TEST_F(PostgresLargeValues, K5_6_IsAskedForOnlyWhereSomethingIsStoredApart) {
  const SystemClock clock;
  const Deadline deadline(clock, kLong);
  const auto connection =
      std::move(PgConnection::open(parse_pg_endpoint(target_).value(), deadline)).value();
  PgSource source;
  source.table = "t";
  source.from = "\"t\"";
  source.keys = {"id"};
  source.large_mark = "mark";
  const PgShape shape = PgShape::describe(*connection, source, deadline).value();
  EXPECT_FALSE(shape.may_be_large(*connection, deadline).value());
  enlarge("v", "repeat('x', 3000000)");
  EXPECT_TRUE(shape.may_be_large(*connection, deadline).value());
  source.columns = {"n"};
  const PgShape numbers = PgShape::describe(*connection, source, deadline).value();
  EXPECT_FALSE(numbers.may_be_large(*connection, deadline).value());
}

}  // namespace
}  // namespace sideband
