// Keys of several columns: their text, order, types, NULLs, and what they can be in.
#include "drivers/postgres/fixture_for_tests.h"
#include "model/key_parts.h"

namespace sideband {
namespace {

using Keys = std::vector<std::string>;

class PostgresKeyColumns : public PostgresTest {
 protected:
  void stock() {
    db_->run(
        "create table stock(n int, sku text, tenant text, primary key (tenant, sku));"
        "insert into stock values (1, 'sku-1', 'acme'), (2, '50%', 'a,b'), (3, '', ''), "
        "(4, '{sku}', 'ä'), (5, 'x', 'Acme')");
  }
  Result<std::unique_ptr<Collection>> try_table(const std::string& name, const std::string& key,
                                                Role role = Role::kActual) {
    return try_open({{"table", name}, {"key", key}}, role);
  }
  std::unique_ptr<Collection> pairs(const std::string& name,
                                    const std::string& key = "tenant\nsku") {
    return std::move(try_table(name, key)).value();
  }
  std::string refusal(const std::string& name, const std::string& key, Role role = Role::kActual) {
    const auto opened = try_table(name, key, role);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? "" : opened.error().message;
  }
  Keys keys(Collection& on, std::size_t page = 2) {
    const auto items = scan_all(on, page);
    EXPECT_TRUE(items.ok()) << items.error().message;
    Keys out;
    for (const Item& item : *items) out.push_back(item.key);
    return out;
  }
};

TEST_F(PostgresKeyColumns, AreOneTextThatReadsAndWrites) {
  stock();
  const auto rows = pairs("stock");
  EXPECT_EQ(keys(*rows), (Keys{",", "Acme,x", "a%2Cb,50%25", "acme,sku-1", "ä,{sku}"}));
  EXPECT_EQ(fields(read_one(*rows, "a%2Cb,50%25")),
            (Fields{{"n", "2"}, {"sku", "50%"}, {"tenant", "a,b"}}));
  const State found = read_one(*rows, "a%2Cb,50%25");
  const State want = State::of_fields({{"n", "7"}, {"sku", "50%"}, {"tenant", "a,b"}});
  EXPECT_EQ(apply(*rows, {{"a%2Cb,50%25", ChangeOp::kUpdate, found, want}})[0].outcome,
            Outcome::kChanged);
  EXPECT_EQ(db_->one("select string_agg(n::text, ' ' order by n) from stock"), "1 3 4 5 7");
  const auto rest = apply(*rows, {{"a%2Cb,50%25", ChangeOp::kDelete, want, State::absent()},
                                  {"new,1", ChangeOp::kCreate, State::absent(),
                                   State::of_fields({{"sku", "1"}, {"tenant", "new"}})}});
  EXPECT_EQ(rest[0].outcome, Outcome::kChanged);
  EXPECT_EQ(rest[1].outcome, Outcome::kChanged) << rest[1].detail;
  EXPECT_EQ(db_->one("select count(*) from stock where tenant = 'new' and sku = '1'"), "1");
}

TEST_F(PostgresKeyColumns, OfOtherTypesCollationsAndOrders) {
  db_->run(
      "create table mixed(u uuid, b bytea, i int2, v varchar(20) collate \"en-x-icu\", "
      "unique (v, i, b, u));"
      "insert into mixed select ('00000000-0000-0000-0000-00000000000' || (x % 3))::uuid, "
      "decode(lpad(to_hex(x % 4), 2, '0') || '2c25', 'hex'), x % 7 - 3, "
      "(array['ä', 'Z'])[x % 2 + 1] from generate_series(1, 84) x");
  const auto rows = pairs("mixed", "i\nv\nu\nb");
  const auto order = rows->traits().order;
  const Keys all = keys(*rows, 5);
  ASSERT_EQ(all.size(), 84U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_TRUE(key_before(order, all[i - 1], all[i]));
  EXPECT_EQ(rows->traits().keys,
            (KeyForms{KeyForm::kInt64, KeyForm::kText, KeyForm::kUuid, KeyForm::kText}));
  const auto read = rows->read(all, kLong);
  ASSERT_TRUE(read.ok()) << read.error().message;
  for (const Item& item : *read) EXPECT_TRUE(item.state.present()) << item.key;
}

TEST_F(PostgresKeyColumns, TheirTextIsTheSameWhereTheirColumnsAreCalledOtherwise) {
  stock();
  const auto rows = pairs("stock");
  const auto asked = try_open(
      {{"query", "select n, tenant as t, sku as s from stock"}, {"key", "t\ns"}}, Role::kDesired);
  ASSERT_TRUE(asked.ok()) << asked.error().message;
  EXPECT_EQ(keys(**asked), keys(*rows));
  EXPECT_EQ((*asked)->traits().order, rows->traits().order);
}

TEST_F(PostgresKeyColumns, ANullInOneOfThemVoidsTheScan) {
  db_->run(
      "create table loose(tenant text, sku text, unique (tenant, sku));"
      "insert into loose values ('a', '1'), ('b', null), ('c', '1')");
  const auto rows = pairs("loose");
  const auto items = scan_all(*rows, 1);
  ASSERT_FALSE(items.ok());
  EXPECT_EQ(items.error().retry, Retry::kPerson);
  EXPECT_NE(items.error().message.find("NULL"), std::string::npos) << items.error().message;
  const auto digests = rows->digests({{{}}, 7, kLong});
  ASSERT_FALSE(digests.ok());
  EXPECT_EQ(digests.error().retry, Retry::kPerson) << digests.error().message;
  EXPECT_TRUE(read_one(*rows, "b,").absent_for_sure());
}

TEST_F(PostgresKeyColumns, ThereTwiceVoidTheScanAndAreUnknown) {
  db_->run("create table loose(tenant text, sku int); insert into loose values ('a', 1), ('a', 1)");
  const auto rows = try_table("loose", "tenant\nsku", Role::kDesired);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  const auto items = scan_all(**rows, 10);
  ASSERT_FALSE(items.ok());
  EXPECT_NE(items.error().message.find("'a,1'"), std::string::npos) << items.error().message;
  EXPECT_FALSE(read_one(**rows, "a,1").known());
}

TEST_F(PostgresKeyColumns, NeedAUniqueIndexOverAllOfThemAndNothingElse) {
  db_->run(
      "create table one(tenant text unique, sku text);"
      "create table three(tenant text, sku text, n int, unique (tenant, sku, n));"
      "create table turned(tenant text, sku text, n int);"
      "create unique index on turned (sku, tenant) include (n);"
      "create table part(tenant text, sku text); create unique index on part (tenant, sku) where "
      "sku <> ''");
  for (const char* name : {"one", "three", "part"}) {
    EXPECT_NE(refusal(name, "tenant\nsku").find("unique index on \"tenant\", \"sku\" alone"),
              std::string::npos);
  }
  const auto rows = pairs("turned");
  const auto made = apply(*rows, {{"a,b", ChangeOp::kCreate, State::absent(),
                                   State::of_fields({{"sku", "b"}, {"tenant", "a"}})}});
  EXPECT_EQ(made[0].outcome, Outcome::kChanged) << made[0].detail;
}

TEST_F(PostgresKeyColumns, AreRefusedWithTheirName) {
  db_->run("create table t(tenant text, d date, unique (tenant, d))");
  EXPECT_NE(refusal("t", "tenant\nd").find("key column 'd'"), std::string::npos);
  EXPECT_NE(refusal("t", "tenant\nnone").find("'none'"), std::string::npos);
  EXPECT_NE(refusal("t", "tenant\ntenant").find("twice"), std::string::npos);
}

TEST_F(PostgresKeyColumns, NewRowsAreFoundByTheirTime) {
  db_->run(
      "create table t(tenant text, n int, at timestamptz not null, primary key (tenant, n));"
      "insert into t values ('old', 1, '2020-01-01')");
  const auto rows = std::move(try_open({{"table", "t"},
                                        {"key", "tenant\nn"},
                                        {"changedSince", "at"},
                                        {"changedOverlap", "1s"}},
                                       Role::kDesired))
                        .value();
  ChangedRequest request;
  for (int i = 0; i < 3; ++i) request.mark = rows->changed_since(request)->mark;
  db_->run("insert into t values ('a,b', 2, now())");
  const auto changed = rows->changed_since(request);
  ASSERT_TRUE(changed.ok()) << changed.error().message;
  EXPECT_TRUE(changed->known);
  EXPECT_EQ(changed->keys, Keys{"a%2Cb,2"});
}

TEST_F(PostgresKeyColumns, MayBeLong) {
  stock();
  const std::string part(2000, ',');
  db_->run("insert into stock values (9, repeat(',', 2000), 'z')");
  const auto rows = pairs("stock");
  const std::string key = join_key({"z", part});
  EXPECT_EQ(key.size(), 2 + 3 * part.size());
  EXPECT_TRUE(read_one(*rows, key).present());
  EXPECT_EQ(keys(*rows, 1).size(), 6U);
}

}  // namespace
}  // namespace sideband
