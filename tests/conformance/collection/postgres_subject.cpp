#include <fmt/format.h>

#include "conformance/collection/subject.h"
#include "drivers/postgres/driver.h"
#include "support/postgres_client.h"
#include "support/postgres_server.h"

namespace sideband {
namespace {

// A table with whole numbers or text as keys and one column for the bytes; fenced.
class PostgresSubject final : public Subject {
 public:
  PostgresSubject(PostgresServer& server, bool text_keys)
      : server_(server),
        text_keys_(text_keys),
        database_(server.create_database()),
        client_(server.connection_string(database_)) {
    const std::string type = text_keys_ ? "text" : "integer";
    client_.run("create table products(id " + type + " primary key, v bytea, note text)");
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
    return text_keys_ ? fmt::format("sku-{:04}", i) : std::to_string(i - 20);
  }
  State value(const std::string& bytes) override { return State::of_fields({{"v", bytes}}); }

  void put(const std::string& key, const State& state) override {
    const auto fields = decode_fields(state.bytes);
    client_.run(
        "insert into products(id, v) values($1, $2) "
        "on conflict(id) do update set v = excluded.v",
        {key, fields->at("v")});
  }
  void erase(const std::string& key) override {
    client_.run("delete from products where id = $1", {key});
  }
  State peek(const std::string& key) override {
    const auto rows = client_.list("select v from products where id = $1", {key});
    return rows.empty() ? State::absent() : value(rows.front());
  }
  bool break_scan() override {
    client_.run("alter table products rename to elsewhere");
    return true;
  }
  std::vector<std::string> hostile_keys() override {
    if (text_keys_) return {std::string("a\0b", 3), "\xff", "\xc3\x28"};
    return {"", "x", "1 or 1=1", "007", "+1", "-0", "99999999999999999999", "4294967296", "1.0"};
  }

 private:
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
  static CollectionSettings settings() {
    CollectionSettings settings;
    settings.options = {{"table", "products"}, {"key", "id"}, {"fence", "sideband_fence"}};
    // Only what `fields` names is ours: the key and the note stay out of the states.
    settings.fields = {{"v", "{v}"}};
    return settings;
  }

  PostgresServer& server_;
  bool text_keys_;
  std::string database_;
  PostgresClient client_;
  std::vector<std::unique_ptr<PostgresDriver>> drivers_;
};

std::unique_ptr<Subject> make_subject(bool text_keys) {
  PostgresServer* server = PostgresServer::shared();
  return server == nullptr ? nullptr : std::make_unique<PostgresSubject>(*server, text_keys);
}

}  // namespace

std::unique_ptr<Subject> make_postgres_subject() {
  return make_subject(false);
}
std::unique_ptr<Subject> make_postgres_text_subject() {
  return make_subject(true);
}

}  // namespace sideband
