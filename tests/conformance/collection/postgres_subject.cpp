#include <fmt/format.h>

#include "conformance/collection/subject.h"
#include "drivers/postgres/driver.h"
#include "model/key_parts.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband {
namespace {

enum class PgSubjectKey { kNumber, kText, kPair };

// A table with whole numbers, text or both together as keys, and one column for the bytes; fenced.
class PostgresSubject final : public Subject {
 public:
  PostgresSubject(PostgresServer& server, PgSubjectKey key)
      : server_(server),
        key_(key),
        database_(server.create_database()),
        client_(server.connection_string(database_)) {
    const std::string type = key_ == PgSubjectKey::kText ? "text" : "integer";
    const std::string tenant = pair() ? "tenant text, " : "";
    client_.run("create table products(id " + type + ", " + tenant +
                "v bytea, note text, primary key (" + columns() + "))");
    client_.run("create table sideband_fence(scope text primary key, token bigint not null)");
  }

  std::unique_ptr<Collection> open() override {
    drivers_.push_back(std::make_unique<PostgresDriver>(test_context()));
    return std::move(drivers_.back()->open(target(), settings(), Role::kActual)).value();
  }
  Result<GrantReport> grants(const GrantNeeds& needs) override {
    return PostgresDriver(test_context()).grants(target(), settings(), Role::kActual, needs);
  }
  std::string key(int i) override {
    if (pair())
      return join_key({fmt::format("a,b 50% {:04}", i / 30), std::to_string(i % 30 - 20)});
    return key_ == PgSubjectKey::kText ? fmt::format("sku-{:04}", i) : std::to_string(i - 20);
  }
  State value(const std::string& bytes) override { return State::of_fields({{"v", bytes}}); }

  void put(const std::string& key, const State& state) override {
    const auto fields = decode_fields(state.bytes);
    std::vector<std::string> values = values_of(key);
    values.push_back(fields->at("v"));
    client_.run("insert into products(" + columns() + ", v) values(" +
                    (pair() ? std::string("$1, ") + kNumber + ", $3" : "$1, $2") +
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
    if (key_ == PgSubjectKey::kText) return {std::string("a\0b", 3), "\xff", "\xc3\x28"};
    if (pair()) {
      return {"",
              ",",
              "a",
              "a,",
              "a,x",
              "a,1,2",
              "a,01",
              "a%,1",
              "a%2c,1",
              "a,%31",
              "a,1 or 1",
              "\xff,1",
              "a,99999999999999999999",
              "a,1.0",
              std::string("a\0b,1", 5)};
    }
    return {"", "x", "1 or 1=1", "007", "+1", "-0", "99999999999999999999", "4294967296", "1.0"};
  }

 private:
  // The number of a key in a statement of the client, whose values but the first one are bytes.
  static constexpr const char* kNumber = "convert_from($2, 'UTF8')::integer";

  [[nodiscard]] bool pair() const { return key_ == PgSubjectKey::kPair; }
  [[nodiscard]] std::string columns() const { return pair() ? "tenant, id" : "id"; }
  [[nodiscard]] std::string where() const {
    return pair() ? std::string("tenant = $1 and id = ") + kNumber : "id = $1";
  }
  [[nodiscard]] std::vector<std::string> values_of(const std::string& key) const {
    return *split_key(key, pair() ? 2 : 1);
  }
  TargetSettings target() const {
    TargetSettings target;
    target.name = "shop-db";
    target.connect = {{"host", server_.folder()},
                      {"port", server_.port()},
                      {"dbname", database_},
                      {"user", "sideband"}};
    target.limits.connections = 4;
    return target;
  }
  [[nodiscard]] CollectionSettings settings() const {
    CollectionSettings settings;
    settings.options = {
        {"table", "products"}, {"key", pair() ? "tenant\nid" : "id"}, {"fence", "sideband_fence"}};
    // Only what `fields` names is ours: the key and the note stay out of the states.
    settings.fields = {{"v", "{v}"}};
    return settings;
  }

  PostgresServer& server_;
  PgSubjectKey key_;
  std::string database_;
  PostgresClient client_;
  std::vector<std::unique_ptr<PostgresDriver>> drivers_;
};

std::unique_ptr<Subject> make_subject(PgSubjectKey key) {
  PostgresServer* server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PostgresSubject>(*server, key);
}

}  // namespace

std::unique_ptr<Subject> make_postgres_subject() {
  return make_subject(PgSubjectKey::kNumber);
}
std::unique_ptr<Subject> make_postgres_text_subject() {
  return make_subject(PgSubjectKey::kText);
}
std::unique_ptr<Subject> make_postgres_pair_subject() {
  return make_subject(PgSubjectKey::kPair);
}

}  // namespace sideband
