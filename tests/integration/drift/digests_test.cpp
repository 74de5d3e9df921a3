// Two tables compared by the digests that PostgreSQL computes, and by a merge: the plan is the
// same.
#include <fmt/format.h>

#include "engine/observe/confirmed_scan.h"
#include "engine/observe/digest_scanner.h"
#include "engine/observe/merge_scanner.h"
#include "two_tables.h"

namespace sideband {
namespace {

// Random rows: `count` keys on each side, some only on one, values that are NULL, empty or equal.
constexpr const char* kFill =
    "insert into {0} select {1}, "
    "case (n + {2}) % 7 when 0 then null when 1 then '' else 'value ' || n % 50 end, "
    "case when n % 5 = 0 then null else n * 0.5 end, n % 3 = 0, "
    "case when n % 11 = 0 then null else decode(md5(n::text), 'hex') end "
    "from generate_series(1, {3}) n where (n + {4}) % 10 <> 0 on conflict do nothing";

class DigestsOfTables : public TwoTables, public testing::WithParamInterface<const char*> {
 protected:
  // SQL of the key number n.
  static std::string key() {
    const std::string type = GetParam();
    if (type == "text") return "'item ' || md5(n::text) || ' \xC3\xA9'";
    if (type == "uuid") return "md5(n::text)::uuid";
    if (type == "bytea") return "decode(md5(n::text), 'hex')";
    return "((n * 7919) % 30000 - 15000)::" + type;
  }
  void fill(const std::string& table, int shift, int count, int leave_out) {
    db_->run(fmt::format(fmt::runtime(kFill), table, key(), shift, count, leave_out));
  }
};

TEST_P(DigestsOfTables, FindWhatAMergeFinds) {
  create(std::string("id ") + GetParam() +
         " primary key, v text, n numeric, b boolean, d bytea, at timestamptz default null");
  CompareRules prune;
  prune.prune = true;
  expect_same(runtime(prune));
  fill("have", 0, 40, 0);
  expect_same(runtime(prune));
  expect_same(runtime());
  fill("want", 0, 3000, 3);
  expect_same(runtime(prune));
  fill("have", 0, 3000, 5);
  expect_same(runtime(prune));
  db_->run("update have set v = 'other' where get_byte(decode(md5(id::text), 'hex'), 0) < 20");
  db_->run("update want set at = now() where get_byte(decode(md5(id::text), 'hex'), 0) < 3");
  for (const char* table : {"want", "have"}) db_->run(std::string("analyze ") + table);
  const Pass pass = expect_same(runtime(prune));
  EXPECT_GT(pass.changes.size(), 200U);
  db_->run("truncate want");
  expect_same(runtime());
  db_->run("insert into want select * from have");
  EXPECT_TRUE(expect_same(runtime()).changes.empty());
}

INSTANTIATE_TEST_SUITE_P(Keys, DigestsOfTables,
                         testing::Values("smallint", "integer", "bigint", "text", "uuid", "bytea"),
                         [](const auto& type) { return std::string(type.param); });

using DigestsOfDatabases = TwoTables;

// A key far away from the others makes equal steps useless: one part holds everything.
TEST_F(DigestsOfDatabases, LopsidedKeysAreRefined) {
  create("id bigint primary key, v text");
  for (const char* table : {"want", "have"}) {
    db_->run(std::string("insert into ") + table +
             " select n, 'v' from generate_series(1, 50000) n");
    db_->run(std::string("insert into ") + table + " values (9223372036854775807, 'last')");
    db_->run(std::string("analyze ") + table);
  }
  db_->run("update have set v = 'other' where id in (1, 777, 50000)");
  db_->run("insert into have values(-9223372036854775808, 'extra')");
  const Pass pass = expect_same(runtime());
  EXPECT_EQ(pass.changes.size(), 3U);
  EXPECT_EQ(pass.extras, 1);
}

TEST_F(DigestsOfDatabases, NullIsNotEmptyAndColumnsAreNotMixedUp) {
  create("id int primary key, a text, b text");
  db_->run("insert into want values(1, '', null), (2, 'x', 'y'), (3, null, null), (4, null, '')");
  db_->run("insert into have values(1, null, ''), (2, 'y', 'x'), (3, null, null), (4, '', null)");
  EXPECT_EQ(expect_same(runtime()).changes.size(), 3U);
}

TEST_F(DigestsOfDatabases, ColumnsOfOtherTypesCompareByTheirText) {
  db_->run("create table want(id int primary key, n numeric, s text)");
  db_->run("create table have(id bigint primary key, n text, s varchar(20))");
  db_->run("insert into want values(1, 1.50, 'a'), (2, 2, 'b')");
  db_->run("insert into have values(1, '1.50', 'a'), (2, '2.0', 'b')");
  EXPECT_EQ(expect_same(runtime()).changes.size(), 1U);
}

// One row for each column of each type differs, in the last one also from NULL.
TEST_F(DigestsOfDatabases, EveryTypeIsComparedAsItsText) {
  const std::vector<std::pair<std::string, std::pair<std::string, std::string>>> types = {
      {"smallint", {"1", "-1"}},
      {"bigint", {"9223372036854775807", "-9223372036854775808"}},
      {"boolean", {"true", "false"}},
      {"numeric", {"1.0", "1.00"}},
      {"real", {"0.1", "0.10000001"}},
      {"double precision", {"'NaN'", "'Infinity'"}},
      {"date", {"'2026-01-01'", "'-infinity'"}},
      {"timestamp", {"'2026-01-01 00:00:00.000001'", "'2026-01-01'"}},
      {"timestamptz", {"'2026-01-01 00:00+00'", "'2026-01-01 00:00:01+00'"}},
      {"interval", {"'1 day'", "'24 hours'"}},
      {"jsonb", {"'{\"a\": 1.0}'", "'{\"a\": 1}'"}},
      {"uuid",
       {"'00000000-0000-0000-0000-000000000000'", "'00000000-0000-0000-0000-000000000001'"}},
      {"bytea", {"'\\x00'", "'\\x0000'"}},
      {"text", {"''", "null"}},
      {"int[]", {"'{1,2}'", "null"}}};
  std::string columns = "id int primary key";
  std::string first = "n";
  for (std::size_t i = 0; i < types.size(); ++i) {
    columns += fmt::format(", c{} {}", i, types[i].first);
    first += ", " + types[i].second.first;
  }
  create(columns);
  for (const char* table : {"want", "have"}) {
    db_->run(fmt::format("insert into {} select {} from generate_series(1, 500) n", table, first));
    db_->run(std::string("analyze ") + table);
  }
  EXPECT_TRUE(raw_compares(*runtime()));
  EXPECT_TRUE(expect_same(runtime()).changes.empty());
  for (std::size_t i = 0; i < types.size(); ++i) {
    db_->run(fmt::format("update have set c{} = {} where id = {}", i, types[i].second.second,
                         10 * (i + 1)));
    db_->run(fmt::format("update have set c{} = null where id = {}", i, 10 * (i + 1) + 1));
  }
  EXPECT_EQ(expect_same(runtime()).changes.size(), 2 * types.size());
}

TEST_F(DigestsOfDatabases, RawStatesOfOtherTypesDoNotCompare) {
  db_->run("create table want(id int primary key, v int)");
  db_->run("create table have(id int primary key, v bigint)");
  EXPECT_FALSE(raw_compares(*runtime()));
  db_->run("insert into want values(1, 7), (2, 8)");
  db_->run("insert into have values(1, 7), (2, 9)");
  EXPECT_EQ(expect_same(runtime()).changes.size(), 1U);
}

TEST_F(DigestsOfDatabases, BytesAndTextDoNotCompare) {
  db_->run("create table want(id int primary key, v bytea)");
  db_->run("create table have(id int primary key, v text)");
  EXPECT_FALSE(digests_compare(*runtime()));
  EXPECT_TRUE(digests_compare(*runtime({}, "id")));
}

TEST_F(DigestsOfDatabases, AKeyThatIsNullVoidsThePass) {
  create("id int unique, v text");
  db_->run("insert into want values(1, 'a'), (null, 'b')");
  db_->run("insert into have values(1, 'a')");
  const auto on = runtime();
  ConfirmedScan scanner(on, std::make_unique<DigestScanner>(on, 1));
  const auto pass = run_pass(scanner);
  ASSERT_FALSE(pass.ok());
  EXPECT_EQ(pass.error().retry, Retry::kPerson);
}

TEST_F(DigestsOfDatabases, AKeyThatIsThereTwiceVoidsThePass) {
  db_->run("create table want(id int, v text)");
  db_->run("create table have(id int primary key, v text)");
  db_->run("insert into want values(1, 'a'), (1, 'a')");
  const auto on = runtime();
  ConfirmedScan scanner(on, std::make_unique<DigestScanner>(on, 1));
  EXPECT_FALSE(run_pass(scanner).ok());
}

// Without an index in the order of the bytes everything is found all the same.
TEST_F(DigestsOfDatabases, TextKeysOfAnotherCollation) {
  create("id text collate \"und-x-icu\" primary key, v text");
  for (const char* table : {"want", "have"}) {
    db_->run(std::string("insert into ") + table +
             " select case when n % 2 = 0 then 'B' else 'a' end || n, 'v' from "
             "generate_series(1, 3000) n");
  }
  db_->run("update have set v = 'other' where id in ('B2', 'a2999')");
  EXPECT_EQ(expect_same(runtime()).changes.size(), 2U);
}

}  // namespace
}  // namespace sideband
