#include "conformance/operation/subject.h"
#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

// A table of one column; each addition is a row.
class SqliteSubject final : public OperationSubject {
 public:
  SqliteSubject() : client_(dir_.path("shop.db")), driver_(operation_context()) {
    client_.run("pragma journal_mode = wal");
    client_.run("pragma synchronous = off");
    client_.run("create table done(id integer primary key, n integer not null check (n > 0))");
  }

  std::unique_ptr<Operation> open() override {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    return std::move(driver_.operation(target)).value();
  }
  std::int64_t count() override {
    return std::stoll(client_.list("select cast(count(*) as text) from done").at(0));
  }

  DriverOptions adds() override {
    return {{"statement", "insert into done(n) values(?1) returning n"},
            {"parameters", "1"},
            {"fence", "true"},
            {"expectRows", "1"}};
  }
  DriverOptions takes_off() override {
    return {{"statement", "delete from done where id = (select max(id) from done)"},
            {"fence", "true"}};
  }
  DriverOptions looks() override { return {{"statement", "select exists(select 1 from done)"}}; }
  DriverOptions looks_in_vain() override { return {{"statement", "select null"}}; }
  DriverOptions fails() override { return {{"statement", "insert into done(n) values(-1)"}}; }
  DriverOptions refuses() override {
    return {{"statement", "insert into done(n) values(1), (2)"}, {"expectRows", "1"}};
  }
  DriverOptions talks() override {
    return {{"statement", "select replace(hex(zeroblob(150000)), '0', char(1)) as x"}};
  }
  // Nothing can be seen of a statement that runs but the lock that its transaction holds.
  DriverOptions hangs() override {
    return {{"statements",
             "insert into done(n) values(1)\n"
             "with recursive r(i) as (select 1 union all select i + 1 from r) "
             "select count(*) from r"}};
  }
  bool hanging() override {
    sqlite3* db = nullptr;
    SB_CHECK(sqlite3_open(dir_.path("shop.db").c_str(), &db) == SQLITE_OK);
    const bool locked =
        sqlite3_exec(db, "begin immediate", nullptr, nullptr, nullptr) == SQLITE_BUSY;
    sqlite3_close(db);
    return locked;
  }
  std::vector<DriverOptions> wrong() override {
    return {{},
            {{"statement", "select 1"}, {"statements", "select 1"}},
            {{"statement", "select ?1"}, {"parameters", "x"}, {"types", "integer"}},
            {{"statement", "select ?1"}, {"parameters", "x"}, {"types", "number"}},
            {{"statement", "select ?1"}, {"parameters", "zz"}, {"types", "bytes"}},
            {{"statement", "select 1"}, {"expectRows", "2..1"}}};
  }

 private:
  TempDir dir_;
  SqliteClient client_;
  SqliteDriver driver_;
};

}  // namespace

std::unique_ptr<OperationSubject> make_sqlite_operations() {
  return std::make_unique<SqliteSubject>();
}

}  // namespace sideband
