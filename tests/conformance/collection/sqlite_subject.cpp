#include <fmt/format.h>
#include <sqlite3.h>

#include "conformance/collection/subject.h"
#include "drivers/sqlite/driver.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

// A table with whole numbers or text as keys and one column for the bytes; fenced.
class SqliteSubject final : public Subject {
 public:
  explicit SqliteSubject(bool text_keys) : text_keys_(text_keys), client_(dir_.path("shop.db")) {
    const std::string type = text_keys_ ? "text" : "integer";
    client_.run("pragma journal_mode = wal");
    client_.run("pragma synchronous = off");
    client_.run("create table products(id " + type + " primary key, v blob, note text)");
  }

  std::unique_ptr<Collection> open() override {
    return std::move(SqliteDriver(test_context()).open(target(), settings(), Role::kActual))
        .value();
  }
  Result<GrantReport> grants(const GrantNeeds& needs) override {
    return SqliteDriver(test_context()).grants(target(), settings(), Role::kActual, needs);
  }
  std::string key(int i) override {
    return text_keys_ ? fmt::format("sku-{:04}", i) : std::to_string(i - 20);
  }
  State value(const std::string& bytes) override { return State::of_fields({{"v", bytes}}); }

  void put(const std::string& key, const State& state) override {
    const auto fields = decode_fields(state.bytes);
    client_.run(
        "insert into products(id, v) values(?1, ?2) "
        "on conflict(id) do update set v = excluded.v",
        {key, fields->at("v")});
  }
  void erase(const std::string& key) override {
    client_.run("delete from products where id = ?1", {key});
  }
  State peek(const std::string& key) override {
    const auto rows = client_.list("select v from products where id = ?1", {key});
    return rows.empty() ? State::absent() : value(rows.front());
  }
  bool break_scan() override {
    client_.run("alter table products rename to elsewhere");
    return true;
  }
  std::vector<std::string> hostile_keys() override {
    if (text_keys_) return {};
    return {"", "x", "1 or 1=1", "007", "+1", "-0", "99999999999999999999", "1.0"};
  }

 private:
  TargetSettings target() const {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"path", dir_.path("shop.db")}};
    target.limits.connections = 4;
    return target;
  }
  CollectionSettings settings() const {
    CollectionSettings settings;
    settings.options = {{"table", "products"},
                        {"key", "id"},
                        {"fence", "true"},
                        {"keyType", text_keys_ ? "bytes" : "int64"}};
    // Only what `fields` names is ours: the key and the note stay out of the states.
    settings.fields = {{"v", "{v}"}};
    return settings;
  }

  TempDir dir_;
  bool text_keys_;
  SqliteClient client_;
};

}  // namespace

std::unique_ptr<Subject> make_sqlite_subject() {
  return std::make_unique<SqliteSubject>(false);
}
std::unique_ptr<Subject> make_sqlite_text_subject() {
  return std::make_unique<SqliteSubject>(true);
}

}  // namespace sideband
