#include "conformance/operation/subject.h"
#include "drivers/postgres/driver.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband {
namespace {

// A table of one column; each addition is a row.
class PostgresSubject final : public OperationSubject {
 public:
  explicit PostgresSubject(PostgresServer& server)
      : server_(server),
        database_(server.create_database()),
        client_(server.connection_string(database_)),
        driver_(operation_context()) {
    client_.run(
        "create table done(id serial primary key, n int not null check (n > 0));"
        "create table markers(key text primary key, token bigint not null, "
        "at timestamptz not null default now(), output text)");
  }

  std::unique_ptr<Operation> open() override {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"host", server_.folder()},
                      {"port", server_.port()},
                      {"dbname", database_},
                      {"user", "sideband"}};
    target.limits.connections = 4;
    return std::move(driver_.operation(target)).value();
  }
  std::int64_t count() override {
    return std::stoll(client_.one("select count(*)::text from done"));
  }

  DriverOptions adds() override {
    return {{"statement", "insert into done(n) values($1) returning n"},
            {"parameters", "1"},
            {"fence", "markers"},
            {"expectRows", "1"}};
  }
  DriverOptions takes_off() override {
    return {{"statement", "delete from done where id = (select max(id) from done)"},
            {"fence", "markers"}};
  }
  DriverOptions looks() override { return {{"statement", "select exists(select 1 from done)"}}; }
  DriverOptions looks_in_vain() override { return {{"statement", "select null::boolean"}}; }
  DriverOptions fails() override { return {{"statement", "insert into done(n) values(-1)"}}; }
  DriverOptions refuses() override {
    return {{"statement", "insert into done(n) values(1), (2)"}, {"expectRows", "1"}};
  }
  DriverOptions talks() override { return {{"statement", "select repeat(chr(1), 300000) as x"}}; }
  DriverOptions hangs() override {
    return {{"statements", "insert into done(n) values(1)\nselect pg_sleep(1000)"}};
  }
  bool hanging() override {
    return client_.one(
               "select count(*)::text from pg_stat_activity where query like '%pg_sleep%' "
               "and wait_event = 'PgSleep'") != "0";
  }
  std::vector<DriverOptions> wrong() override {
    return {{},
            {{"statement", "select 1"}, {"statements", "select 1"}},
            {{"statement", "select $1"}, {"parameters", "x"}, {"types", "integer"}},
            {{"statement", "select $1"}, {"parameters", std::string("a\0b", 3)}},
            {{"statement", "select 1"}, {"expectRows", "many"}},
            {{"statement", "select 1"}, {"fence", "m"}, {"transaction", "false"}},
            {{"statements", "select $1\nselect $1"}, {"parameters", "x"}}};
  }

 private:
  PostgresServer& server_;
  std::string database_;
  PostgresClient client_;
  PostgresDriver driver_;
};

}  // namespace

std::unique_ptr<OperationSubject> make_postgres_operations() {
  PostgresServer* server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PostgresSubject>(*server);
}

}  // namespace sideband
