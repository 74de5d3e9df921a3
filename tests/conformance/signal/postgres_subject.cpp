#include "conformance/signal/subject.h"
#include "drivers/postgres/driver.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband {
namespace {

class PostgresSignals final : public SignalSubject {
 public:
  explicit PostgresSignals(PostgresServer& server)
      : database_(server.create_database()),
        client_(server.connection_string(database_)),
        driver_(signal_context()) {
    client_.run("create table level(n bigint); insert into level values(0)");
    target_.name = "shop-db";
    target_.connect = {{"host", server.folder()},
                       {"port", server.port()},
                       {"dbname", database_},
                       {"user", "sideband"}};
    target_.limits.connections = 4;
  }

  std::unique_ptr<Signal> open(const std::string& kind, const DriverOptions& options) override {
    return std::move(driver_.signal(target_, kind, options)).value();
  }
  std::string kind() override { return "sql"; }
  DriverOptions good() override { return {{"query", "select n from level"}}; }
  void set(std::int64_t value) override {
    client_.run("update level set n = " + std::to_string(value));
  }
  std::vector<Odd> odd() override {
    const auto of = [](const char* query, const char* why) {
      return Odd{query, "sql", {{"query", query}}, why};
    };
    return {of("select n from level where false", "0 rows"),
            of("select generate_series(1, 2)", "2 rows"),
            of("select 1, 2", "2 columns"),
            of("select null::int", "NULL"),
            of("select 'many'", "no number"),
            of("select ''", "empty"),
            of("select 'NaN'::float8", "NaN"),
            of("select 'Infinity'::float8", "infinite"),
            of("select '-Infinity'::numeric", "infinite"),
            of("select now()", "no number"),
            of("select repeat('9', 1000000)", "no"),
            of("select '\\x31'::bytea", "no number"),
            of("select 1 from nowhere", "nowhere"),
            of("select 1; select 2", "multiple"),
            of("selec 1", "syntax"),
            of("commit", ""),
            of("rollback", "")};
  }
  std::vector<DriverOptions> writes() override {
    client_.run(
        "create function spoil() returns bigint language sql as 'update level set n = 98 "
        "returning n'");
    return {{{"query", "update level set n = 99 returning n"}},
            {{"query", "with w as (delete from level returning n) select n from w"}},
            {{"query", "select spoil()"}},
            {{"query", "drop table level"}},
            {{"query", "set default_transaction_read_only = off"}}};
  }
  DriverOptions slow() override { return {{"query", "select 1 from pg_sleep(30)"}}; }
  void take_away() override { client_.run("drop table level"); }
  [[nodiscard]] bool tells_who() const override { return true; }

 private:
  const std::string database_;
  PostgresClient client_;
  PostgresDriver driver_;
  TargetSettings target_;
};

}  // namespace

std::unique_ptr<SignalSubject> make_postgres_signals() {
  PostgresServer* const server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PostgresSignals>(*server);
}

}  // namespace sideband
