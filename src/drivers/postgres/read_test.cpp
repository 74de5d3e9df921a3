// What is particular to reading PostgreSQL: types, keys and their orders, ranges, deadlines.
#include "drivers/postgres/fixture_for_tests.h"

namespace sideband {
namespace {

class PostgresReads : public PostgresTest {
 protected:
  void products() {
    db_->run(
        "create table products(id integer primary key, name text, price numeric);"
        "insert into products values (10, 'chair', 5.00), (2, 'desk', null), (-1, 'lamp', 19.9)");
  }
  std::vector<std::string> keys(Collection& on, std::size_t page) {
    const auto items = scan_all(on, page);
    EXPECT_TRUE(items.ok()) << items.error().message;
    std::vector<std::string> out;
    for (const Item& item : *items) out.push_back(item.key);
    return out;
  }
};

using Keys = std::vector<std::string>;

TEST_F(PostgresReads, RowsOfAQueryAreFieldsInKeyOrder) {
  products();
  const auto rows = query("select id, name, price from products;  ");
  const auto page = rows->scan({});
  ASSERT_TRUE(page.ok()) << page.error().message;
  ASSERT_EQ(page->items.size(), 3U);
  EXPECT_TRUE(page->last);
  EXPECT_EQ(fields(page->items[0].state),
            (Fields{{"id", "-1"}, {"name", "lamp"}, {"price", "19.9"}}));
  EXPECT_EQ(fields(page->items[1].state), (Fields{{"id", "2"}, {"name", "desk"}}));
  EXPECT_EQ(fields(page->items[2].state),
            (Fields{{"id", "10"}, {"name", "chair"}, {"price", "5.00"}}));
  EXPECT_EQ(rows->traits().order, KeyOrder::kInt64);
  EXPECT_FALSE(rows->traits().writable);
  EXPECT_FALSE(rows->apply({Uuid(), 1, {}, kLong}).ok());
}

TEST_F(PostgresReads, EveryTypeReadsAsDocumentedAndWritesBackTheSame) {
  db_->run(
      "create type mood as enum ('good', 'bad'); create domain cents as numeric(9,2);"
      "create table all_types(id int8 primary key, i2 int2, i4 int4, i8 int8, b bool, f4 float4, "
      "f8 float8, n numeric, t text, v varchar(9), c char(4), raw bytea, u uuid, d date, "
      "ts timestamp, tz timestamptz, iv interval, j json, jb jsonb, a int[], e mood, dom cents, "
      "net inet, none text, r int4range);"
      "set timezone = 'Asia/Tokyo'; insert into all_types values (1, -32768, 2147483647, "
      "9007199254740993, true, 0.1, 1e21, 1.500, 'naïve \"text\"', 'abc', 'ab', '\\x00ff', "
      "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '2026-02-28', '2026-02-28 23:59:59.5', "
      "'2026-03-01 09:00:00+09', '1 day 02:03', '{\"a\":  1}', '{\"a\":  1}', '{1,null,3}', "
      "'bad', 12.3, '10.0.0.0/8', null, '[1,5)')");
  const auto rows = table("all_types");
  const State state = read_one(*rows, "1");
  EXPECT_EQ(fields(state), (Fields{{"id", "1"},
                                   {"i2", "-32768"},
                                   {"i4", "2147483647"},
                                   {"i8", "9007199254740993"},
                                   {"b", "true"},
                                   {"f4", "0.1"},
                                   {"f8", "1e+21"},
                                   {"n", "1.500"},
                                   {"t", "naïve \"text\""},
                                   {"v", "abc"},
                                   {"c", "ab"},
                                   {"raw", std::string("\0\xff", 2)},
                                   {"u", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
                                   {"d", "2026-02-28"},
                                   {"ts", "2026-02-28 23:59:59.5"},
                                   {"tz", "2026-03-01 00:00:00+00"},
                                   {"iv", "1 day 02:03:00"},
                                   {"j", "{\"a\":  1}"},
                                   {"jb", "{\"a\": 1}"},
                                   {"a", "{1,NULL,3}"},
                                   {"e", "bad"},
                                   {"dom", "12.30"},
                                   {"net", "10.0.0.0/8"},
                                   {"r", "[1,5)"}}));
  EXPECT_TRUE(scan_all(*rows, 10)->at(0).state.same_as(state)) << "scan and read say the same";
  Fields copy = fields(state);
  const auto outcomes = apply(*rows, {towards(*rows, "2", copy)});
  EXPECT_EQ(outcomes[0].outcome, Outcome::kChanged) << outcomes[0].detail;
  EXPECT_EQ(db_->one("select (to_jsonb(x) - 'id') = (to_jsonb(y) - 'id') from all_types x, "
                     "all_types y where x.id = 1 and y.id = 2"),
            "t");
  const auto erased = apply(*rows, {{"1", ChangeOp::kDelete, state, State::absent()}});
  EXPECT_EQ(erased[0].outcome, Outcome::kChanged) << "the guard compares every type";
}

TEST_F(PostgresReads, FloatsThatAreNoNumbersAndExtremesComeBack) {
  db_->run(
      "create table floats(id int primary key, x float8);"
      "insert into floats values (1, 'NaN'), (2, '-Infinity'), (3, '-0'), (4, 5e-324), (5, 0.3)");
  const auto rows = table("floats");
  const std::vector<std::string> texts = {"NaN", "-Infinity", "-0", "5e-324", "0.3"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string key = std::to_string(i + 1);
    EXPECT_EQ(fields(read_one(*rows, key)).at("x"), texts[i]);
    const auto moved = apply(*rows, {towards(*rows, key, {{"x", "1"}})});
    EXPECT_EQ(moved[0].outcome, Outcome::kChanged) << texts[i];
  }
}

TEST_F(PostgresReads, SettingsOfTheRoleChangeNoText) {
  db_->run(
      "create table times(id int primary key, at timestamptz, x float8);"
      "insert into times values (1, '2026-03-01 12:00:00+00', 0.1::float8 + 0.2::float8)");
  const std::string odd = log_in_as_new_role();
  db_->run("grant select on times to " + odd);
  for (const char* setting : {"timezone = 'America/New_York'", "datestyle = 'German'",
                              "extra_float_digits = -10", "intervalstyle = 'iso_8601'"}) {
    db_->run("alter role " + odd + " set " + setting);
  }
  const auto rows = query("select * from times");
  EXPECT_EQ(fields(read_one(*rows, "1")),
            (Fields{{"id", "1"}, {"at", "2026-03-01 12:00:00+00"}, {"x", "0.30000000000000004"}}));
}

TEST_F(PostgresReads, K11_10_NorDoSettingsThatChangeHowValuesLook) {
  db_->run(
      "create type record_of_two as (raw bytea, name text);"
      "create table odd(id int primary key, b bytea[], r regclass, p record_of_two);"
      "insert into odd values (1, array['\\x00ff'::bytea], 'odd', row('\\x01ff', 'n'))");
  const std::string role = log_in_as_new_role();
  db_->run("grant select on odd to " + role);
  for (const char* setting : {"bytea_output = 'escape'", "quote_all_identifiers = on",
                              "xmloption = 'document'", "xmlbinary = 'hex'", "array_nulls = off"}) {
    db_->run("alter role " + role + " set " + setting);
  }
  EXPECT_EQ(
      fields(read_one(*query("select * from odd"), "1")),
      (Fields{{"id", "1"}, {"b", R"({"\\x00ff"})"}, {"p", R"(("\\x01ff",n))"}, {"r", "odd"}}));
}

TEST_F(PostgresReads, WrongQueriesNeedAPersonAndTouchNothing) {
  products();
  for (const char* sql : {"select id from nowhere", "select nothing from products", "not sql",
                          "delete from products returning id", "select name from products",
                          "with gone as (delete from products returning id) select id from gone",
                          "select id from products; drop table products",
                          "select 1 as id) q; drop table products; --",
                          "select id, name, name from products", "select 1 as id /*", ""}) {
    const auto opened = try_open({{"query", sql}, {"key", "id"}}, Role::kDesired);
    ASSERT_FALSE(opened.ok()) << sql;
    EXPECT_EQ(opened.error().retry, Retry::kPerson) << opened.error().message;
  }
  EXPECT_EQ(db_->list("select id from products").size(), 3U);
}

TEST_F(PostgresReads, FunctionsThatWriteAreRefused) {
  products();
  db_->run(
      "create function sly() returns int language plpgsql as "
      "'begin delete from products; return 1; end'");
  const auto rows = query("select id, sly() as n from products");
  EXPECT_FALSE(rows->scan({}).ok());
  EXPECT_EQ(db_->list("select id from products").size(), 3U);
}

TEST_F(PostgresReads, CommentsAtTheEndOfAQueryHarmNothing) {
  products();
  EXPECT_EQ(keys(*query("select id from products -- all of them"), 2), (Keys{"-1", "2", "10"}));
}

TEST_F(PostgresReads, KeysOfOtherTypesAreAnErrorThatSaysHowToCast) {
  for (const char* type : {"numeric", "float8", "timestamptz", "char(4)", "jsonb", "boolean"}) {
    const auto opened = try_open(
        {{"query", std::string("select null::") + type + " as id"}, {"key", "id"}}, Role::kDesired);
    ASSERT_FALSE(opened.ok()) << type;
    EXPECT_EQ(opened.error().retry, Retry::kPerson);
    EXPECT_NE(opened.error().message.find("select id::text"), std::string::npos)
        << opened.error().message;
  }
}

TEST_F(PostgresReads, KeysThatAreNullOrThereTwiceVoidTheScan) {
  db_->run(
      "create table keys(id int, n int); insert into keys select g, g from "
      "generate_series(1, 30) g; insert into keys values (null, 0)");
  for (const std::size_t page : {1, 7, 30, 1000}) {
    EXPECT_FALSE(scan_all(*query("select id from keys"), page).ok()) << page;
  }
  db_->run("delete from keys where id is null; insert into keys values (11, 0)");
  for (const std::size_t page : {1, 10, 11, 12, 1000}) {
    const auto scanned = scan_all(*query("select id from keys"), page);
    ASSERT_FALSE(scanned.ok()) << page;
    EXPECT_EQ(scanned.error().retry, Retry::kPerson);
  }
  EXPECT_FALSE(read_one(*query("select id from keys"), "11").known());
}

TEST_F(PostgresReads, TextKeysAreInTheOrderOfTheirBytes) {
  db_->run(
      "create table names(id text collate \"en-x-icu\" primary key);"
      "insert into names values ('a'), ('B'), ('é'), ('z'), (''), ('''; --'), ('\\\"x'), ('😀'), "
      "('ab')");
  const Keys wanted = {"", "'; --", "B", "\\\"x", "a", "ab", "z", "é", "😀"};
  for (const std::size_t page : {1, 2, 100}) {
    const auto rows = query("select id from names");
    EXPECT_EQ(rows->traits().order, KeyOrder::kBytes);
    EXPECT_EQ(keys(*rows, page), wanted);
    for (const std::string& key : wanted) EXPECT_TRUE(read_one(*rows, key).present()) << key;
  }
}

TEST_F(PostgresReads, UuidByteaAndVarcharKeys) {
  db_->run(
      "create table u(id uuid primary key); insert into u values "
      "('ffffffff-0000-4000-8000-000000000000'), ('0a000000-0000-4000-8000-00000000000b'),"
      "('0a000000-0000-4000-8000-00000000000a');"
      "create table b(id bytea primary key); insert into b values ('\\x00'), ('\\xff'), ('\\x'), "
      "('\\x0001'), ('\\x61');"
      "create table v(id varchar(20) primary key); insert into v values ('b'), ('a')");
  EXPECT_EQ(keys(*query("select id from u"), 1),
            (Keys{"0a000000-0000-4000-8000-00000000000a", "0a000000-0000-4000-8000-00000000000b",
                  "ffffffff-0000-4000-8000-000000000000"}));
  EXPECT_FALSE(
      read_one(*query("select id from u"), "0A000000-0000-4000-8000-00000000000a").present())
      << "one row has one key";
  EXPECT_EQ(keys(*query("select id from b"), 1),
            (Keys{"", std::string("\0", 1), std::string("\0\1", 2), "a", "\xff"}));
  EXPECT_EQ(keys(*query("select id from v"), 1), (Keys{"a", "b"}));
}

TEST_F(PostgresReads, RangesOfAnySizeYieldEveryRowOnce) {
  db_->run(
      "create table many(id int primary key, v text); insert into many select g, "
      "repeat('x', g % 90) from generate_series(1, 5000) g");
  const auto rows = query("select id, v from many");
  for (const std::size_t page : {313, 1000, 4999, 5000, 9000}) {
    const auto items = scan_all(*rows, page);
    ASSERT_TRUE(items.ok()) << items.error().message;
    ASSERT_EQ(items->size(), 5000U);
    for (std::size_t i = 0; i < items->size(); ++i) {
      ASSERT_EQ(items->at(i).key, std::to_string(i + 1));
    }
  }
}

// The size of rows is guessed from those before: large ones after small ones end the range early.
TEST_F(PostgresReads, RowsThatGrowSuddenlyDoNotFillTheMemory) {
  db_->run(
      "create table grows(id int primary key, v text); insert into grows select g, "
      "repeat('x', case when g <= 100 then 1 else 300000 end) from generate_series(1, 180) g");
  const auto rows = query("select id, v from grows");
  const auto items = scan_all(*rows, 50);
  ASSERT_TRUE(items.ok()) << items.error().message;
  ASSERT_EQ(items->size(), 180U);
  for (std::size_t i = 0; i < items->size(); ++i)
    EXPECT_EQ(items->at(i).key, std::to_string(i + 1));
}

TEST_F(PostgresReads, TwoScansAtOnceDoNotDisturbEachOther) {
  db_->run(
      "create table many(id int primary key); insert into many select * from "
      "generate_series(1, 300)");
  const auto rows = query("select id from many");
  ScanRequest first, second;
  first.max_items = second.max_items = 10;
  for (int i = 0; i < 30; ++i) {
    const auto one = rows->scan(first);
    const auto two = rows->scan(second);
    ASSERT_TRUE(one.ok() && two.ok());
    ASSERT_EQ(one->items.front().key, std::to_string(i * 10 + 1));
    ASSERT_EQ(two->items.front().key, one->items.front().key);
    first.cursor = second.cursor = one->cursor;
  }
}

// Four bytes of text are not four bytes of a number.
TEST_F(PostgresReads, AColumnThatGetsAnotherTypeIsNeverMisread) {
  db_->run("create table changes(id int primary key, n int); insert into changes values (1, 5)");
  const auto rows = query("select id, n from changes");
  EXPECT_EQ(fields(read_one(*rows, "1")).at("n"), "5");
  db_->run("alter table changes alter n type text; update changes set n = 'abcd'");
  EXPECT_FALSE(rows->scan({}).ok());
  EXPECT_FALSE(rows->read({"1"}, kLong).ok());
  EXPECT_TRUE(rows->outdated());
  db_->run("update changes set n = '1234'");
  const auto anew = query("select id, n from changes");
  EXPECT_EQ(fields(scan_all(*anew, 10)->at(0).state).at("n"), "1234");
}

TEST_F(PostgresReads, EmptyTableIsAtItsEnd) {
  db_->run("create table nothing(id int primary key)");
  const auto page = query("select id from nothing")->scan({});
  ASSERT_TRUE(page.ok());
  EXPECT_TRUE(page->last && page->items.empty());
}

TEST_F(PostgresReads, SlowStatementsEndHereAndAtTheServer) {
  const auto slow = query("select 1 as id, pg_sleep(60) is null as slept");
  ScanRequest request;
  request.timeout = std::chrono::milliseconds(80);
  const auto page = slow->scan(request);
  ASSERT_FALSE(page.ok());
  EXPECT_EQ(page.error().code, ErrorCode::kTimeout);
  EXPECT_EQ(page.error().retry, Retry::kAfter);
  EXPECT_TRUE(until([&] {
    return db_->one(
               "select count(*) from pg_stat_activity where query like '%pg_sleep%' and pid "
               "<> pg_backend_pid() and state = 'active'") == "0";
  }));
}

TEST_F(PostgresReads, CursorsOfOthersAreRefused) {
  products();
  ScanRequest request;
  request.cursor = "k1 or 1=1";
  EXPECT_EQ(query("select id from products")->scan(request).error().code, ErrorCode::kInvalid);
}

TEST_F(PostgresReads, HostileNamesAreOnlyNames) {
  db_->run(R"(create schema "o'dd"; create table "o'dd"."we""ird.t; drop table x--"(
                "i""d" int primary key, "größe; --" text);
              insert into "o'dd"."we""ird.t; drop table x--" values (1, 'ä'))");
  CollectionSettings settings;
  settings.options = {{"table", R"(o'dd."we""ird.t; drop table x--")"}, {"key", "i\"d"}};
  auto rows = driver_->open(target_, settings, Role::kActual);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  const State found = read_one(**rows, "1");
  EXPECT_EQ(fields(found), (Fields{{"i\"d", "1"}, {"größe; --", "ä"}}));
  const State want = State::of_fields({{"i\"d", "1"}, {"größe; --", "'); drop table x; --"}});
  EXPECT_EQ(apply(**rows, {{"1", ChangeOp::kUpdate, found, want}})[0].outcome, Outcome::kChanged);
  for (const char* name : {"", ".", "a.", "a.b.c", "\"a", "\"\"", "a\"b", "\"a\"b"}) {
    settings.options = {{"table", name}, {"key", "id"}};
    EXPECT_FALSE(driver_->open(target_, settings, Role::kActual).ok()) << name;
  }
}

}  // namespace
}  // namespace sideband
