#include "drivers/sqlite/changes.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "base/bytes.h"

namespace sideband {
namespace {

using Names = std::vector<std::string>;

std::string prefixed_keys(const SqliteSource& source, const char* row) {
  std::string list;
  for (const std::string& key : source.keys) {
    list += (list.empty() ? "" : ", ") + std::string(row) + quote_name(key);
  }
  return list;
}

// Spelling that means nothing: blanks, capitals and quotes.
std::string plain(const std::string& sql) {
  std::string out;
  for (const char c : sql) {
    if (c == '"' || c == ' ' || c == '\n' || c == '\t' || c == '\r') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

// The columns of each row, as texts.
Result<std::vector<Names>> ask_texts(SqliteDatabase& db, const std::string& sql,
                                     const std::string& value) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  if (statement.parameters() > 0) statement.bind_text(1, value);
  std::vector<Names> rows;
  for (;;) {
    SB_ASSIGN(const bool row, statement.step());
    if (!row) return rows;
    Names& texts = rows.emplace_back();
    for (int i = 0; i < statement.columns(); ++i) texts.push_back(statement.bytes(i));
  }
}

Result<std::int64_t> ask_number(SqliteDatabase& db, const std::string& sql,
                                const std::string& value = "") {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  if (statement.parameters() > 0) statement.bind_text(1, value);
  SB_ASSIGN(const bool row, statement.step());
  return row ? statement.integer(0) : 0;
}

// One snapshot for several statements.
class ReadTransaction {
 public:
  explicit ReadTransaction(SqliteDatabase& db) : db_(db) {}
  ~ReadTransaction() {
    if (db_.in_transaction()) (void)db_.run("rollback").ok();
  }
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;
  Result<void> begin() { return db_.run("begin"); }

 private:
  SqliteDatabase& db_;
};

}  // namespace

std::vector<std::string> sqlite_change_log_sql(const SqliteSource& source, const std::string& log) {
  const std::string into =
      " begin insert into " + quote_name(log) + "(" + quote_names(source.keys) + ") values (";
  const auto trigger = [&](const std::string& event, const std::string& rows) {
    return "create trigger " + quote_name(log + "_" + event) + " after " + event + " on " +
           quote_name(source.table) + into + rows + "); end";
  };
  const std::string before = prefixed_keys(source, "old.");
  const std::string after = prefixed_keys(source, "new.");
  return {"create table " + quote_name(log) + "(sideband_seq integer primary key autoincrement, " +
              quote_names(source.keys) + ")",
          trigger("insert", after), trigger("delete", before),
          trigger("update", before + "), (" + after)};
}

// Reads the log in one snapshot.
class SqliteChanges::Log {
 public:
  Log(SqliteDatabase& db, const SqliteSource& source, const std::string& log)
      : db_(db), source_(source), log_(log) {}

  // Why it does not tell all changes; empty: it does.
  Result<std::string> doubt() {
    for (const std::string& sql : sqlite_change_log_sql(source_, log_)) {
      SB_ASSIGN(const bool there, is_there(sql));
      if (!there) return "its change log lacks this: " + sql;
    }
    SB_ASSIGN(const bool replaces, may_be_replaced_unseen());
    if (!replaces) return std::string();
    return std::string(
        "INSERT OR REPLACE may delete rows that no trigger hears of: its key is not its rowid or "
        "its only unique columns");
  }

  // What has to be the same for two numbers of changes to compare.
  Result<std::string> schema() {
    SB_ASSIGN(const std::int64_t version, ask_number(db_, "pragma schema_version"));
    return std::to_string(version);
  }
  Result<std::int64_t> last() {
    return ask_number(db_, "select seq from sqlite_sequence where name = ?1", log_);
  }
  // Nothing where a part of the log is gone, or there are too many.
  Result<std::optional<Names>> keys(std::int64_t after, std::int64_t last, std::size_t most) {
    const std::string from =
        " from " + quote_name(log_) + " where sideband_seq > " + std::to_string(after);
    SB_ASSIGN(const std::int64_t rows, ask_number(db_, "select count(*)" + from));
    if (rows != last - after) return std::optional<Names>();
    SB_ASSIGN(SqliteStatement statement,
              SqliteStatement::prepare(db_, "select distinct " + quote_names(source_.keys) + from +
                                                " limit " + std::to_string(most + 1)));
    std::vector<int> columns;
    for (std::size_t i = 0; i < source_.keys.size(); ++i) columns.push_back(static_cast<int>(i));
    Names keys;
    for (;;) {
      SB_ASSIGN(const bool row, statement.step());
      if (!row) break;
      SB_ASSIGN(std::string key, row_key(statement, columns, source_.order));
      keys.push_back(std::move(key));
    }
    if (keys.size() > most) return std::optional<Names>();
    return std::optional(std::move(keys));
  }

 private:
  Result<bool> is_there(const std::string& sql) {
    SB_ASSIGN(const auto all,
              ask_texts(db_, "select sql from sqlite_schema where sql is not null", std::string()));
    return std::any_of(all.begin(), all.end(),
                       [&](const Names& row) { return plain(row[0]) == plain(sql); });
  }
  // REPLACE deletes whatever row stands in the way of the new one, by any unique columns or by the
  // rowid, and without recursive_triggers no trigger is run for it.
  Result<bool> may_be_replaced_unseen() {
    const std::set<std::string> key(source_.keys.begin(), source_.keys.end());
    SB_ASSIGN(const std::int64_t without_rowid,
              ask_number(db_,
                         "select wr from pragma_table_list where schema = 'main' and name = "
                         "?1 collate nocase",
                         source_.table));
    SB_ASSIGN(const auto primary,
              ask_texts(db_, "select name from pragma_table_info(?1) where pk > 0", source_.table));
    SB_ASSIGN(const auto unique, ask_texts(db_,
                                           "select l.name, i.name, l.origin from "
                                           "pragma_index_list(?1) l join pragma_index_info(l.name) "
                                           "i where l.\"unique\"",
                                           source_.table));
    std::set<std::string> columns;
    for (const Names& row : primary) columns.insert(row[0]);
    std::map<std::string, std::set<std::string>> sets;
    bool primary_index = false;
    for (const Names& row : unique) {
      sets[row[0]].insert(row[1]);
      primary_index = primary_index || row[2] == "pk";
    }
    const bool by_key = columns == key && (without_rowid != 0 || !primary_index);
    return !by_key || std::any_of(sets.begin(), sets.end(),
                                  [&](const auto& set) { return set.second != key; });
  }

  SqliteDatabase& db_;
  const SqliteSource& source_;
  const std::string& log_;
};

Result<SqliteDatabase*> SqliteChanges::database(const Deadline& deadline) {
  if (db_ && db_->replaced()) db_.reset();
  if (!db_) {
    SB_ASSIGN(db_, SqliteDatabase::open(path_, SqliteAccess::kRead));
    opening_ = to_hex(context_.random.bytes(8));
  }
  db_->set_deadline(deadline);
  return db_.get();
}

Result<std::string> SqliteChanges::position(const Deadline& deadline) {
  const MutexLock lock(mutex_);
  SB_ASSIGN(SqliteDatabase* const db, database(deadline));
  SB_ASSIGN(const std::int64_t stored,
            ask_number(*db,
                       "select count(*) from sqlite_schema where type = 'table' and rootpage > 0 "
                       "and name = ?1 collate nocase",
                       source_.table));
  if (stored != 1) return std::string();
  SB_ASSIGN(const std::int64_t version, ask_number(*db, "pragma data_version"));
  return opening_ + "." + std::to_string(version);
}

Result<Changed> SqliteChanges::since(const ChangedRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  const MutexLock lock(mutex_);
  SB_ASSIGN(SqliteDatabase* const db, database(deadline));
  ReadTransaction reading(*db);
  SB_TRY(reading.begin());
  Log log(*db, source_, log_);
  Changed changed;
  SB_ASSIGN(changed.why_not, log.doubt());
  if (!changed.why_not.empty()) return changed;
  SB_ASSIGN(const std::string schema, log.schema());
  SB_ASSIGN(const std::int64_t last, log.last());
  const std::string of = opening_ + "." + schema + ".";
  changed.mark = of + std::to_string(last);
  std::int64_t after = -1;
  if (request.mark.starts_with(of)) {
    const char* const end = request.mark.data() + request.mark.size();
    std::from_chars(request.mark.data() + of.size(), end, after);
  }
  if (after < 0 || after > last) {
    changed.why_not = "it was opened anew, or its schema changed";
    return changed;
  }
  SB_ASSIGN(auto keys, log.keys(after, last, request.max_keys));
  changed.known = keys.has_value();
  if (keys) changed.keys = std::move(*keys);
  if (!keys) changed.why_not = "more keys changed than are read singly, or its log was cut";
  return changed;
}

}  // namespace sideband
