#include <fmt/format.h>
#include <sqlite3.h>

#include "conformance/collection/subject.h"
#include "drivers/sqlite/driver.h"
#include "model/key_parts.h"
#include "support/sqlite_client.h"
#include "support/temp_dir.h"

namespace sideband {
namespace {

enum class SqliteSubjectKey { kNumber, kText, kPair };

// A table with whole numbers, text or both together as keys, and one column for the bytes; fenced.
class SqliteSubject final : public Subject {
 public:
  explicit SqliteSubject(SqliteSubjectKey key) : key_(key), client_(dir_.path("shop.db")) {
    const std::string type = key_ == SqliteSubjectKey::kText ? "text" : "integer";
    const std::string tenant = pair() ? "tenant text, " : "";
    client_.run("pragma journal_mode = wal");
    client_.run("pragma synchronous = off");
    client_.run("create table products(id " + type + ", " + tenant +
                "v blob, note text, primary key (" + columns() + "))");
  }

  std::unique_ptr<Collection> open() override {
    return std::move(SqliteDriver(test_context()).open(target(), settings(), Role::kActual))
        .value();
  }
  Result<GrantReport> grants(const GrantNeeds& needs) override {
    return SqliteDriver(test_context()).grants(target(), settings(), Role::kActual, needs);
  }
  std::string key(int i) override {
    if (pair())
      return join_key({fmt::format("a,b 50% {:04}", i / 30), std::to_string(i % 30 - 20)});
    return key_ == SqliteSubjectKey::kText ? fmt::format("sku-{:04}", i) : std::to_string(i - 20);
  }
  State value(const std::string& bytes) override { return State::of_fields({{"v", bytes}}); }

  void put(const std::string& key, const State& state) override {
    const auto fields = decode_fields(state.bytes);
    std::vector<std::string> values = values_of(key);
    values.push_back(fields->at("v"));
    client_.run("insert into products(" + columns() + ", v) values(" +
                    (pair() ? std::string("?1, ") + kNumber + ", ?3" : "?1, ?2") +
                    ") on conflict(" + columns() + ") do update set v = excluded.v",
                values);
  }
  void erase(const std::string& key) override {
    client_.run("delete from products where " + where(), values_of(key));
  }
  State peek(const std::string& key) override {
    const auto rows = client_.list("select v from products where " + where(), values_of(key));
    return rows.empty() ? State::absent() : value(rows.front());
  }
  bool break_scan() override {
    client_.run("alter table products rename to elsewhere");
    return true;
  }
  std::vector<std::string> hostile_keys() override {
    if (key_ == SqliteSubjectKey::kText) return {};
    if (pair()) {
      return {"",     ",",    "a",      "a,",    "a,x",      "a,1,2",
              "a,01", "a%,1", "a%2c,1", "a,%31", "a,1 or 1", "a,99999999999999999999",
              "a,1.0"};
    }
    return {"", "x", "1 or 1=1", "007", "+1", "-0", "99999999999999999999", "1.0"};
  }

 private:
  // The number of a key in a statement of the client, whose values but the first one are bytes.
  static constexpr const char* kNumber = "cast(cast(?2 as text) as integer)";

  [[nodiscard]] bool pair() const { return key_ == SqliteSubjectKey::kPair; }
  [[nodiscard]] std::string columns() const { return pair() ? "tenant, id" : "id"; }
  [[nodiscard]] std::string where() const {
    return pair() ? std::string("tenant = ?1 and id = ") + kNumber : "id = ?1";
  }
  [[nodiscard]] std::string key_type() const {
    if (pair()) return "bytes\nint64";
    return key_ == SqliteSubjectKey::kText ? "bytes" : "int64";
  }
  [[nodiscard]] std::vector<std::string> values_of(const std::string& key) const {
    return *split_key(key, pair() ? 2 : 1);
  }
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
                        {"key", pair() ? "tenant\nid" : "id"},
                        {"fence", "true"},
                        {"keyType", key_type()}};
    // Only what `fields` names is ours: the key and the note stay out of the states.
    settings.fields = {{"v", "{v}"}};
    return settings;
  }

  TempDir dir_;
  SqliteSubjectKey key_;
  SqliteClient client_;
};

}  // namespace

std::unique_ptr<Subject> make_sqlite_subject() {
  return std::make_unique<SqliteSubject>(SqliteSubjectKey::kNumber);
}
std::unique_ptr<Subject> make_sqlite_text_subject() {
  return std::make_unique<SqliteSubject>(SqliteSubjectKey::kText);
}
std::unique_ptr<Subject> make_sqlite_pair_subject() {
  return std::make_unique<SqliteSubject>(SqliteSubjectKey::kPair);
}

}  // namespace sideband
