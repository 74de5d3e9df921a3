#include <filesystem>

#include "conformance/signal/subject.h"
#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

class SqliteSignals final : public SignalSubject {
 public:
  SqliteSignals() : client_(folder_.path("shop.db")), driver_(signal_context()) {
    client_.run("create table level(n)");
    client_.run("insert into level values(0)");
    target_.name = "shop-db";
    target_.connect = {{"path", folder_.path("shop.db")}};
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
    return {of("select n from level where 0", "no row"),
            of("select 1 union select 2", "several rows"),
            of("select 1, 2", "2 columns"),
            of("select null", "NULL"),
            of("select 'many'", "no number"),
            of("select ''", "empty"),
            of("select 9e999", "infinite"),
            of("select x'31'", "bytes"),
            of("select 1 from nowhere", "nowhere"),
            of("select 1; select 2", "statement"),
            of("selec 1", "syntax"),
            of("select group_concat(n) || hex(randomblob(2000000)) from level", "")};
  }
  std::vector<DriverOptions> writes() override {
    return {{{"query", "update level set n = 99"}},
            {{"query", "insert into level values(1) returning 1"}},
            {{"query", "delete from level returning 1"}},
            {{"query", "drop table level"}}};
  }
  DriverOptions slow() override {
    return {{"query",
             "with recursive c(n) as (select 1 union all select n + 1 from c) select count(*) "
             "from c"}};
  }
  void take_away() override { std::filesystem::remove(folder_.path("shop.db")); }

 private:
  const TempDir folder_;
  SqliteClient client_;
  SqliteDriver driver_;
  TargetSettings target_;
};

}  // namespace

std::unique_ptr<SignalSubject> make_sqlite_signals() {
  return std::make_unique<SqliteSignals>();
}

}  // namespace sideband
