#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "base/bytes.h"
#include "column_types.h"
#include "random_sides.h"

namespace sideband {
namespace {

// The settings of the database are odd on purpose; what a test reads is in the documented form.
constexpr const char* kReadable =
    "set TimeZone = 'UTC'; set DateStyle = 'ISO, YMD'; set IntervalStyle = 'postgres';"
    "set extra_float_digits = 1; set lc_monetary = 'C'; set bytea_output = 'hex';"
    "set client_encoding = 'UTF8'; set xmloption = 'content'; set array_nulls = on";

class RandomPostgres final : public RandomSide {
 public:
  RandomPostgres(const PostgresServer& server, std::string database, bool latin1)
      : server_(server),
        database_(std::move(database)),
        latin1_(latin1),
        db_(server.connection_string(database_)) {
    db_.run(kPostgresTypes);
    db_.run(kReadable);
  }

  void create(Random& random, std::size_t columns, bool computed) override {
    types_.clear();
    required_.clear();
    std::string list;
    for (std::size_t i = 0; i < columns; ++i) {
      types_.push_back(&postgres_columns()[below(random, postgres_columns().size())]);
      required_.push_back(below(random, 5) == 0);
      list += ", " + column_name(i) + " " + types_.back()->declared;
      if (required_.back()) list += " not null";
    }
    forbidden_ = some_key_or_none(random);
    names_ = "id";
    for (std::size_t i = 0; i < columns; ++i) names_ += ", " + column_name(i);
    if (computed) list += kComputed;
    for (const char* table : {"t", "expected", "before"}) {
      db_.run(fmt::format("drop table if exists {0}; create table {0}(id integer primary key{1})",
                          table, list));
    }
  }
  void fill(Random& random, const std::set<int>& keys) override {
    for (const int key : keys) {
      std::string values = std::to_string(key);
      for (std::size_t i = 0; i < types_.size(); ++i) {
        values += ", " + value_of(random, *types_[i], required_[i]);
      }
      db_.run("insert into t(" + names_ + ") values(" + values + ") on conflict(id) do nothing");
    }
  }
  RawRows rows() override {
    std::string sql = "select id::text";
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const std::string name = column_name(i);
      const std::string bytes = is_bytes(i) ? name : "convert_to(" + name + "::text, 'UTF8')";
      sql += "|| ' ' || coalesce('x' || encode(" + bytes + ", 'hex'), '-')";
    }
    RawRows rows;
    for (const std::string& line : db_.list(sql + " from t")) {
      std::istringstream words(line);
      int key = 0;
      words >> key;
      RawRow& row = rows[key];
      for (std::string word; words >> word;) {
        row.emplace_back();
        if (word != "-") row.back().text = from_hex(word.substr(1)).value();
      }
    }
    return rows;
  }
  [[nodiscard]] OneSide side() const override {
    return postgres_side(server_, database_, {{"table", "t"}, {"key", "id"}});
  }
  [[nodiscard]] std::string describe() const override {
    std::string out = latin1_ ? "PostgreSQL in LATIN1:" : "PostgreSQL:";
    for (std::size_t i = 0; i < types_.size(); ++i) {
      out += " " + types_[i]->declared + (required_[i] ? " not null;" : ";");
    }
    return out + " no row " + std::to_string(forbidden_);
  }

  std::set<int> expect(const RawRows& rows) override {
    std::set<int> refused;
    forbid_in("expected");
    for (const auto& [key, row] : rows) {
      std::string values = std::to_string(key);
      for (std::size_t i = 0; i < row.size(); ++i) values += ", " + literal(row[i], i);
      if (db_.fails("insert into expected(" + names_ + ") values(" + values + ")"))
        refused.insert(key);
    }
    db_.run("drop trigger forbidden on expected");
    return refused;
  }
  void take_expected(const std::set<int>& keys) override {
    for (const int key : keys) {
      db_.run(fmt::format(
          "delete from t where id = {0}; insert into t({1}) select {1} from expected where "
          "id = {0}",
          key, names_));
    }
  }
  void remember(const std::set<int>& refused) override {
    db_.run(fmt::format("insert into before({0}) select {0} from t", names_));
    for (const int key : refused) {
      db_.run(
          fmt::format("insert into expected({0}) select {0} from t where id = {1}", names_, key));
    }
    forbid_in("t");
  }
  void allow_all() override { db_.run("drop trigger forbidden on t"); }
  std::string other_than(const std::string& table) override {
    const auto keys =
        db_.list("select coalesce(t.id, o.id)::text from t full join " + table +
                 " o using (id) where t.id is null or o.id is null or (t.*) *<> (o.*)");
    return fmt::format("{}", fmt::join(keys, " "));
  }

 private:
  [[nodiscard]] bool is_bytes(std::size_t column) const {
    return types_[column]->declared == "bytea" || types_[column]->declared == "blob";
  }
  // From now on a trigger refuses one key there.
  void forbid_in(const std::string& table) {
    db_.run(fmt::format(
        "create or replace function forbidden() returns trigger language plpgsql as $$ begin "
        "if new.id = {} then raise 'forbidden'; end if; return new; end $$;"
        "create trigger forbidden before insert or update on {} for each row execute function "
        "forbidden()",
        forbidden_, table));
  }
  std::string value_of(Random& random, const TriedType& type, bool required) {
    if (!required && below(random, 6) == 0) return "null";
    return db_literal(type.values[below(random, type.values.size())]) + "::" + type.declared;
  }
  static std::string db_literal(const std::string& text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
    return out + "'";
  }
  // What an INSERT of somebody else would say. A text with a NUL is none here.
  [[nodiscard]] std::string literal(const RawValue& value, std::size_t column) const {
    if (!value.text) return "null";
    if (is_bytes(column)) return "'\\x" + to_hex(*value.text) + "'";
    if (value.text->find('\0') != std::string::npos) return "'\xff'";
    return db_literal(*value.text);
  }

  const PostgresServer& server_;
  const std::string database_;
  const bool latin1_;
  PostgresClient db_;
  std::vector<const TriedType*> types_;
  std::vector<bool> required_;  // columns that take no NULL
  std::string names_;           // of the columns that are written
  int forbidden_ = 0;           // a key that a trigger refuses; 0 = none
};

}  // namespace

std::unique_ptr<RandomSide> random_postgres(const PostgresServer& server,
                                            const std::string& database, bool latin1) {
  return std::make_unique<RandomPostgres>(server, database, latin1);
}

}  // namespace sideband
