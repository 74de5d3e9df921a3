#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <sstream>

#include "base/bytes.h"
#include "column_types.h"
#include "random_sides.h"

namespace sideband {
namespace {

bool contains_word(const std::string& text, const char* word) {
  return text.find(word) != std::string::npos;
}

class RandomSqlite final : public RandomSide {
 public:
  explicit RandomSqlite(std::string path) : path_(std::move(path)), db_(path_) {
    db_.run("pragma synchronous = off");
  }

  void create(Random& random, std::size_t columns, bool computed) override {
    strict_ = below(random, 4) == 0;
    const auto& types = strict_ ? sqlite_strict_types() : sqlite_types();
    types_.clear();
    std::string list;
    for (std::size_t i = 0; i < columns; ++i) {
      types_.push_back(types[below(random, types.size())]);
      list += ", " + column_name(i) + " " + types_.back();
      if (below(random, 5) == 0) list += " not null";
    }
    if (computed) list += kComputed;
    declared_ = list;
    names_ = "id";
    for (std::size_t i = 0; i < columns; ++i) names_ += ", " + column_name(i);
    forbidden_ = some_key_or_none(random);
    for (const char* table : {"t", "expected", "before"}) {
      db_.run(std::string("drop table if exists ") + table);
      db_.run(fmt::format("create table {}(id integer primary key{}){}", table, list,
                          strict_ ? " strict" : ""));
    }
  }
  void fill(Random& random, const std::set<int>& keys) override {
    for (const int key : keys) {
      std::string values = std::to_string(key);
      for (std::size_t i = 0; i < types_.size(); ++i) {
        const auto& all = sqlite_values();
        values += ", " + (below(random, 6) == 0 ? "null" : all[below(random, all.size())]);
      }
      // What a strict table refuses is not there.
      (void)db_.fails("insert or ignore into t(" + names_ + ") values(" + values + ")");
    }
  }
  RawRows rows() override {
    std::string sql = "select id";
    for (std::size_t i = 0; i < types_.size(); ++i) {
      const std::string name = column_name(i);
      sql += fmt::format(
          " || ' ' || typeof({0}) || ' x' || hex(case typeof({0}) when 'real' then "
          "printf('%!.17g', {0}) else {0} end)",
          name);
    }
    RawRows rows;
    for (const std::string& line : db_.list(sql + " from t")) {
      std::istringstream words(line);
      int key = 0;
      words >> key;
      RawRow& row = rows[key];
      for (std::string kind, word; words >> kind >> word;) row.push_back(raw_value(kind, word));
    }
    return rows;
  }
  [[nodiscard]] OneSide side() const override {
    return sqlite_side(path_, {{"table", "t"}, {"key", "id"}});
  }
  [[nodiscard]] std::string describe() const override {
    return fmt::format("SQLite{}: {} no row {}", strict_ ? " (strict)" : "", declared_, forbidden_);
  }

  std::set<int> expect(const RawRows& rows) override {
    std::set<int> refused;
    forbid_in("expected");
    for (const auto& [key, row] : rows) {
      std::string values = std::to_string(key);
      for (std::size_t i = 0; i < row.size(); ++i) values += ", " + literal(row[i], types_[i]);
      bool fails = db_.fails("insert into expected(" + names_ + ") values(" + values + ")");
      for (std::size_t i = 0; i < row.size() && !fails; ++i) {
        fails = row[i].storage_class.empty() && takes_numbers(types_[i]) && holds_no_number(key, i);
      }
      if (!fails) continue;
      refused.insert(key);
      db_.run("delete from expected where id = " + std::to_string(key));
    }
    allow_in("expected");
    return refused;
  }
  void take_expected(const std::set<int>& keys) override {
    for (const int key : keys) {
      db_.run("delete from t where id = " + std::to_string(key));
      db_.run(
          fmt::format("insert into t({0}) select {0} from expected where id = {1}", names_, key));
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
  void allow_all() override { allow_in("t"); }
  // quote() tells the classes apart.
  std::string other_than(const std::string& table) override {
    std::string all = "id";
    for (std::size_t i = 0; i < types_.size(); ++i) {
      all += fmt::format(" || ' ' || typeof({0}) || quote({0})", column_name(i));
    }
    const std::string mine = "select " + all + " from t",
                      other = "select " + all + " from " + table;
    return fmt::format("{} {}", fmt::join(db_.list(mine + " except " + other), " "),
                       fmt::join(db_.list(other + " except " + mine), " "));
  }

 private:
  // From now on a trigger refuses one key there.
  void forbid_in(const std::string& table) {
    for (const char* when : {"insert", "update"}) {
      db_.run(fmt::format(
          "create trigger {0}_{1} before {1} on {0} when new.id = {2} begin select raise(abort, "
          "'forbidden'); end",
          table, when, forbidden_));
    }
  }
  void allow_in(const std::string& table) {
    for (const char* when : {"insert", "update"}) {
      db_.run(fmt::format("drop trigger {}_{}", table, when));
    }
  }
  static RawValue raw_value(const std::string& kind, const std::string& word) {
    if (kind == "null") return {};
    std::string bytes = from_hex(lower(word.substr(1))).value();
    if (kind == "real") return {shortest(std::strtod(bytes.c_str(), nullptr)), kind};
    return {std::move(bytes), kind};
  }
  static std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(c));
    return text;
  }
  static std::string shortest(double value) {
    for (int digits = 15;; ++digits) {
      const std::string text = fmt::format("{:.{}g}", value, digits);
      if (digits == 17 || std::strtod(text.c_str(), nullptr) == value) {
        return contains_word(text, "inf") ? (value > 0 ? "Infinity" : "-Infinity") : text;
      }
    }
  }
  static bool takes_numbers(const std::string& type) {
    return contains_word(type, "INT") || contains_word(type, "int") || type == "REAL" ||
           type == "double precision";
  }
  bool holds_no_number(int key, std::size_t column) {
    const auto kind = db_.list(
        fmt::format("select typeof({}) from expected where id = {}", column_name(column), key));
    return kind.front() == "text" || kind.front() == "blob";
  }
  // What an INSERT of somebody else would say.
  std::string literal(const RawValue& value, const std::string& type) const {
    if (!value.text) return "null";
    const std::string hex = "x'" + to_hex(*value.text) + "'";
    if (value.storage_class == "blob") return hex;
    if (value.storage_class == "integer") return *value.text;
    if (value.storage_class == "real") return real_literal(*value.text);
    if (value.storage_class.empty()) {
      if (contains_word(type, "BLOB")) return hex;
      const bool text = contains_word(type, "TEXT") || contains_word(type, "CHAR") ||
                        type.empty() || (strict_ && type == "ANY");
      const bool whole = !text && !contains_word(type, "REAL") && type != "double precision";
      if (whole && *value.text == "true") return "1";
      if (whole && *value.text == "false") return "0";
      const bool real = !text && !contains_word(lower(type), "int");
      if (real && contains_word(*value.text, "Infinity")) return real_literal(*value.text);
    }
    return "cast(" + hex + " as text)";
  }
  static std::string real_literal(const std::string& text) {
    if (text == "Infinity") return "9e999";
    if (text == "-Infinity") return "-9e999";
    return contains_word(text, "e") || contains_word(text, ".") ? text : text + ".0";
  }

  const std::string path_;
  SqliteClient db_;
  bool strict_ = false;
  std::vector<std::string> types_;
  std::string names_;     // of the columns that are written
  std::string declared_;  // the columns, as the table has them
  int forbidden_ = 0;     // a key that a trigger refuses; 0 = none
};

}  // namespace

std::unique_ptr<RandomSide> random_sqlite(const std::string& path) {
  return std::make_unique<RandomSqlite>(path);
}

}  // namespace sideband
