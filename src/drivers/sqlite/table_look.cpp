#include "drivers/sqlite/table_look.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/near_word.h"
#include "drivers/sqlite/rows.h"

namespace sideband {
namespace {

// How long one question about rows may take: a large table without an index is sorted for it.
constexpr Duration kRowsPatience = std::chrono::seconds(10);

using Names = std::vector<std::string>;

// A numeric column takes any value.
ColumnKind kind_of_column(const std::string& declared) {
  switch (affinity_of(declared)) {
    case SqliteAffinity::kInteger:
      return ColumnKind::kInteger;
    case SqliteAffinity::kText:
      return ColumnKind::kText;
    case SqliteAffinity::kReal:
      return ColumnKind::kFloat;
    case SqliteAffinity::kBlob:
      return ColumnKind::kBytes;
    default:
      return ColumnKind::kOther;
  }
}

bool in_names(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The first column of each row.
Result<Names> texts_of(SqliteDatabase& db, const std::string& sql, const std::string& value = "") {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  if (statement.parameters() > 0) statement.bind_text(1, value);
  Names texts;
  for (;;) {
    SB_ASSIGN(const bool row, statement.step());
    if (!row) return texts;
    texts.push_back(statement.bytes(0));
  }
}

class SqliteTableLook {
 public:
  SqliteTableLook(SqliteDatabase& db, const SqliteSource& source, Role role,
                  const Deadline& deadline)
      : db_(db), source_(source), role_(role), deadline_(deadline) {
    report_.keys = source.keys;
  }

  Result<TableReport> run() {
    SB_TRY(source_.query.empty() ? look_at_table() : look_at_query());
    return std::move(report_);
  }

 private:
  Result<void> look_at_table();
  Result<void> look_at_query();
  Result<void> add_missing_table();
  Result<void> read_columns();
  Result<void> read_indexes();
  bool check_columns();
  void check_index();
  Result<void> look_at_rows();
  Result<bool> look_at_types();
  Result<void> look_for_duplicates();
  void add_column(const std::string& name, const std::string& declared);
  void add_unknown(const std::string& what, const Error& error, const std::string& sql);
  [[nodiscard]] std::string from() const { return " from (" + source_.select() + ")"; }

  SqliteDatabase& db_;
  const SqliteSource& source_;
  const Role role_;
  const Deadline& deadline_;
  Names all_columns_;
  std::map<std::string, Names> indexes_;  // those that are unique, not partial and on columns only
  std::set<std::string> others_;          // other unique ones
  bool duplicates_ = false;
  TableReport report_;
};

Result<void> SqliteTableLook::look_at_table() {
  SB_TRY(read_columns());
  if (all_columns_.empty()) return add_missing_table();
  report_.table = quote_name(source_.table);
  SB_TRY(read_indexes());
  if (!check_columns()) return {};
  SB_TRY(look_at_rows());
  check_index();
  return {};
}

Result<void> SqliteTableLook::add_missing_table() {
  SB_ASSIGN(const Names names,
            texts_of(db_, "select name from sqlite_schema where type in ('table', 'view')"));
  report_.add(FindingLevel::kError, "table",
              "there is no table " + quote_name(source_.table) + did_you_mean(source_.table, names),
              names.empty() ? "the file has no tables" : "it has " + quote_names(names));
  return {};
}

void SqliteTableLook::add_column(const std::string& name, const std::string& declared) {
  all_columns_.push_back(name);
  const bool ours = source_.is_key(name) || source_.columns.empty() || !source_.query.empty() ||
                    in_names(source_.columns, name);
  if (ours) report_.columns.push_back({name, declared, kind_of_column(declared)});
}

Result<void> SqliteTableLook::read_columns() {
  SB_ASSIGN(
      SqliteStatement info,
      SqliteStatement::prepare(
          db_,
          "select name, upper(type) from pragma_table_xinfo(?1) where hidden <> 1 order by cid"));
  info.bind_text(1, source_.table);
  for (;;) {
    SB_ASSIGN(const bool row, info.step());
    if (!row) return {};
    add_column(info.bytes(0), info.bytes(1));
  }
}

// The key of a table of rows by number is in no list of indexes.
Result<void> SqliteTableLook::read_indexes() {
  SB_ASSIGN(const Names numbered,
            texts_of(db_, "select name from pragma_table_info(?1) where pk > 0 order by pk",
                     source_.table));
  if (!numbered.empty()) indexes_["the primary key"] = numbered;
  SB_ASSIGN(
      const Names names,
      texts_of(db_, "select name from pragma_index_list(?1) where \"unique\" = 1 and partial = 0",
               source_.table));
  for (const std::string& name : names) {
    SB_ASSIGN(const Names columns,
              texts_of(db_, "select coalesce(name, '') from pragma_index_info(?1)", name));
    if (in_names(columns, "")) {
      others_.insert(name + " is on an expression");
    } else {
      indexes_[name] = columns;
    }
  }
  SB_ASSIGN(
      const Names partial,
      texts_of(db_, "select name from pragma_index_list(?1) where \"unique\" = 1 and partial = 1",
               source_.table));
  for (const std::string& name : partial) others_.insert(name + " is partial");
  return {};
}

bool SqliteTableLook::check_columns() {
  Names wanted = source_.keys;
  for (const std::string& name : source_.columns) {
    if (!source_.is_key(name)) wanted.push_back(name);
  }
  const auto is_row_id = [&](const std::string& name) {
    return source_.is_key(name) && (name == "rowid" || name == "oid" || name == "_rowid_");
  };
  bool all = true;
  for (const std::string& name : wanted) {
    if (in_names(all_columns_, name) || is_row_id(name)) continue;
    all = false;
    report_.add(
        FindingLevel::kError, source_.is_key(name) ? "key" : "columns",
        report_.table + " has no column " + quote_name(name) + did_you_mean(name, all_columns_),
        "it has " + quote_names(all_columns_));
    report_.findings.back().missing_column = name;
  }
  return all;
}

// Repairs find a second row when they look, but nothing stops others from making one.
void SqliteTableLook::check_index() {
  if (role_ != Role::kActual) return;
  std::string seen;
  for (const auto& [name, columns] : indexes_) {
    if (std::is_permutation(columns.begin(), columns.end(), source_.keys.begin(),
                            source_.keys.end())) {
      return;
    }
    seen += (seen.empty() ? "" : "; ") + name + " is on " + quote_names(columns);
  }
  for (const std::string& other : others_) seen += (seen.empty() ? "" : "; ") + other;
  const std::string keys = quote_names(source_.keys);
  std::string name = source_.table + "_key";
  const std::string make =
      "CREATE UNIQUE INDEX " + quote_name(name) + " ON " + report_.table + " (" + keys + ")";
  report_.add(FindingLevel::kWarning, "key",
              "nothing keeps a key of " + report_.table +
                  " to one row: it has no unique index on exactly " + keys,
              seen.empty() ? "it has no unique index" : seen,
              duplicates_
                  ? Remedy::told("make one row of those with the same key, then run: " + make)
                  : Remedy::command(make));
}

Result<void> SqliteTableLook::look_at_query() {
  auto statement = SqliteStatement::prepare(db_, source_.select());
  if (!statement) {
    report_.add(FindingLevel::kError, "query", statement.error().message, "");
    return {};
  }
  // What a column of a query can hold is not declared anywhere.
  all_columns_ = statement->names();
  report_.table = "the query";
  if (!check_columns()) return {};
  return look_at_rows();
}

Result<void> SqliteTableLook::look_at_rows() {
  SB_ASSIGN(const bool sound, look_at_types());
  const bool unique = std::any_of(indexes_.begin(), indexes_.end(), [&](const auto& index) {
    return std::all_of(index.second.begin(), index.second.end(),
                       [&](const std::string& name) { return source_.is_key(name); });
  });
  if (!sound || unique) return {};
  return look_for_duplicates();
}

// Any column can hold any type; a key of another one than keyType says has no place in the order.
Result<bool> SqliteTableLook::look_at_types() {
  for (std::size_t i = 0; i < source_.keys.size(); ++i) {
    const std::string name = quote_name(source_.keys[i]);
    const bool number = source_.order.columns()[i] == KeyOrder::kInt64;
    const std::string type = number ? "integer" : "text";
    const std::string sql = "select typeof(" + name + ")" + from() + " where typeof(" + name +
                            ") <> '" + type + "' limit 1";
    db_.set_deadline(Deadline(deadline_.clock(), std::min(kRowsPatience, deadline_.left())));
    const auto found = texts_of(db_, sql);
    if (!found) {
      add_unknown("whether " + name + " holds a " + type + " in each row", found.error(), sql);
    } else if (!found->empty()) {
      report_.add(FindingLevel::kError, "key",
                  "key column " + name + " must hold " +
                      (number ? "whole numbers (keyType: int64)" : "text (keyType: bytes)") +
                      " in each row",
                  "a row holds " + (found->front() == "null" ? "NULL" : found->front()),
                  Remedy::told("see them by: " + sql.substr(0, sql.rfind(" limit"))));
    }
    if (!found || !found->empty()) return false;
  }
  return true;
}

Result<void> SqliteTableLook::look_for_duplicates() {
  const std::string keys = quote_names(source_.keys);
  const std::string sql = "select " + keys + ", count(*)" + from() + " group by " +
                          source_.ordered_key() + " having count(*) > 1";
  db_.set_deadline(Deadline(deadline_.clock(), std::min(kRowsPatience, deadline_.left())));
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db_, sql + " limit 1"));
  const auto row = statement.step();
  if (!row) {
    add_unknown("whether two rows have the same key", row.error(), sql);
    return {};
  }
  duplicates_ = *row;
  if (!duplicates_) return {};
  std::vector<int> columns;
  for (std::size_t i = 0; i < source_.keys.size(); ++i) columns.push_back(static_cast<int>(i));
  SB_ASSIGN(const std::string key, row_key(statement, columns, source_.order));
  const std::int64_t rows = statement.integer(static_cast<int>(columns.size()));
  report_.add(FindingLevel::kError, "key",
              "more than one row has the same key, and no look at " + report_.table +
                  " succeeds while that is so",
              std::to_string(rows) + " rows have the key '" + key + "'",
              Remedy::told("name more columns in key, or see all of them by: " + sql));
  return {};
}

void SqliteTableLook::add_unknown(const std::string& what, const Error& error,
                                  const std::string& sql) {
  report_.add(FindingLevel::kUnknown, "key", "it could not be told " + what, error.message,
              Remedy::told("see for yourself: " + sql));
}

}  // namespace

Result<TableReport> sqlite_look_at_table(SqliteDatabase& db, const SqliteSource& source, Role role,
                                         const Deadline& deadline) {
  return SqliteTableLook(db, source, role, deadline).run();
}

}  // namespace sideband
