#include "drivers/sqlite/source.h"

#include <algorithm>

#include "base/near_word.h"
#include "drivers/options.h"

namespace sideband {
namespace {

// A reader that stays longer in one snapshot keeps a write-ahead log from being reset.
constexpr Duration kSnapshot = std::chrono::milliseconds(250);

Result<std::unique_ptr<SqliteStatement>> prepared_query(SqliteDatabase& db,
                                                        const std::string& sql) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  if (!statement.read_only()) return for_person(Error::invalid("\"" + sql + "\" would write"));
  return std::make_unique<SqliteStatement>(std::move(statement));
}

// Ends the statement's hold on its snapshot whichever way its user leaves.
class ResetGuard {
 public:
  explicit ResetGuard(SqliteStatement& statement) : statement_(statement) {}
  ~ResetGuard() { statement_.reset(); }
  ResetGuard(const ResetGuard&) = delete;
  ResetGuard& operator=(const ResetGuard&) = delete;

 private:
  SqliteStatement& statement_;
};

// The orders of text in a UTF-16 database are not those of its UTF-8 bytes.
Result<void> refuse_utf16(SqliteDatabase& db, const SqliteSource& source) {
  if (!source.has_text_key()) return {};
  SB_ASSIGN(SqliteStatement pragma, SqliteStatement::prepare(db, "PRAGMA encoding"));
  SB_ASSIGN(const bool row, pragma.step());
  if (!row || pragma.bytes(0) == "UTF-8") return {};
  return for_person(Error::unsupported("keyType: bytes needs a database in UTF-8, this one is in " +
                                       pragma.bytes(0)));
}

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Names of the key that no schema has: https://www.sqlite.org/rowidtable.html
bool is_row_id(const std::string& name) {
  return name == "rowid" || name == "oid" || name == "_rowid_";
}

}  // namespace

Result<std::vector<std::string>> table_columns(SqliteDatabase& db, const std::string& table,
                                               SqliteListed which) {
  // 1 are hidden ones of virtual tables, 2 and 3 computed ones.
  const std::string hidden = which == SqliteListed::kStored ? "= 0" : "<> 1";
  SB_ASSIGN(SqliteStatement info,
            SqliteStatement::prepare(db, "select name from pragma_table_xinfo(?1) where hidden " +
                                             hidden + " order by cid"));
  info.bind_text(1, table);
  std::vector<std::string> columns;
  for (;;) {
    SB_ASSIGN(const bool row, info.step());
    if (!row) break;
    columns.push_back(info.bytes(0));
  }
  if (columns.empty()) return for_person(Error::invalid("there is no table '" + table + "'"));
  return columns;
}

Result<void> check_columns(SqliteDatabase& db, const SqliteSource& source) {
  if (source.table.empty()) return {};
  SB_ASSIGN(const auto there, table_columns(db, source.table, SqliteListed::kAll));
  std::vector<std::string> wanted = source.columns;
  wanted.insert(wanted.end(), source.keys.begin(), source.keys.end());
  for (const std::string& name : wanted) {
    if (contains(there, name) || (source.is_key(name) && is_row_id(name))) continue;
    return for_person(Error::invalid("table '" + source.table + "' has no column '" + name + "'" +
                                     did_you_mean(name, there)));
  }
  return {};
}

Result<SqliteRowForm> row_form(SqliteDatabase& db, const SqliteSource& source) {
  SqliteRowForm form{source.skipped_columns(), source.classes};
  if (source.classes != SqliteClasses::kOdd) return form;
  SB_ASSIGN(SqliteColumns columns, describe_columns(db, source.table, source.columns));
  form.columns = std::move(columns.list);
  return form;
}

bool SqliteSource::has_text_key() const {
  const auto& types = order.columns();
  return std::find(types.begin(), types.end(), KeyOrder::kBytes) != types.end();
}

KeyForms SqliteSource::forms() const {
  KeyForms forms;
  for (const KeyOrder::Column column : order.columns()) {
    forms.push_back(column == KeyOrder::kInt64 ? KeyForm::kInt64 : KeyForm::kText);
  }
  return forms;
}

std::string SqliteSource::ordered_key() const {
  std::string list;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    list += (i == 0 ? "" : ", ") + quote_name(keys[i]);
    if (order.columns()[i] == KeyOrder::kBytes) list += " collate binary";
  }
  return list;
}

std::string SqliteSource::compared_key() const {
  return keys.size() == 1 ? ordered_key() : "(" + ordered_key() + ")";
}

std::string SqliteSource::key_parameters() const {
  std::string list;
  for (std::size_t i = 1; i <= keys.size(); ++i) {
    list += (i == 1 ? "?" : ", ?") + std::to_string(i);
  }
  return keys.size() == 1 ? list : "(" + list + ")";
}

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& path,
                                                         const SqliteSource& source,
                                                         const std::vector<std::string>& columns,
                                                         const Deadline& deadline) {
  SB_ASSIGN(auto db, SqliteDatabase::open(path, SqliteAccess::kRead));
  db->set_deadline(deadline);
  SB_TRY(refuse_utf16(*db, source));
  // In KiB. Pages are read in key order and once, so a larger cache than this is memory for
  // nothing.
  SB_TRY(db->run("pragma cache_size = -256"));
  SB_TRY(check_columns(*db, source));
  std::unique_ptr<SqliteReader> reader(new SqliteReader(std::move(db), source, columns));
  SB_TRY(reader->prepare());
  return reader;
}

Result<void> SqliteReader::prepare() {
  // The query alone first: its own mistakes are told in its own words.
  SB_ASSIGN(const auto alone, prepared_query(*db_, source_.select()));
  SB_TRY(look_at_columns(*alone));
  if (columns_.empty()) {
    columns_ = alone->names();
    columns_.erase(columns_.begin(), columns_.begin() + source_.skipped_columns());
  }
  const std::string from = "select * from (" + source_.select() + ")";
  const std::string key = source_.compared_key();
  const std::string order = " order by " + source_.ordered_key();
  const std::string behind = " where " + key + " > " + source_.key_parameters() + order;
  const std::string limit = " limit ?" + std::to_string(limit_parameter());
  SB_ASSIGN(first_, prepared_query(*db_, from + order + limit));
  SB_ASSIGN(next_, prepared_query(*db_, from + behind + limit));
  SB_ASSIGN(one_, prepared_query(*db_, from + " where " + key + " = " + source_.key_parameters()));
  std::string names;
  for (const std::string& name : source_.keys) {
    first_columns_.push_back(static_cast<int>(first_columns_.size()));
    names += (names.empty() ? "" : ", ") + quote_name(name);
  }
  const std::string keys = "select " + names + " from (" + source_.select() + ")";
  SB_ASSIGN(first_key_, prepared_query(*db_, keys + order + " limit 1"));
  SB_ASSIGN(next_key_, prepared_query(*db_, keys + behind + " limit 1"));
  return {};
}

Result<void> SqliteReader::look_at_columns(const SqliteStatement& statement) {
  SB_ASSIGN(form_, row_form(*db_, source_));
  const auto names = statement.names();
  key_columns_.clear();
  for (const std::string& name : source_.keys) {
    const auto key = std::find(names.begin(), names.end(), name);
    if (key == names.end()) {
      return for_person(Error::invalid("the query has no column '" + name + "' for the key" +
                                       did_you_mean(name, names)));
    }
    key_columns_.push_back(static_cast<int>(key - names.begin()));
  }
  for (const std::string& name : names) {
    if (source_.classes == SqliteClasses::kLeftOut || !name.starts_with("typeof(")) continue;
    return for_person(Error::invalid("column '" + name +
                                     "' has a name that tells the class of another one here; give "
                                     "it another one with AS"));
  }
  for (const std::string& column : columns_) {
    if (contains(names, column)) continue;
    return for_person(Error::invalid("column '" + column +
                                     "' is gone since this collection was opened" +
                                     did_you_mean(column, names) + "; put it right and reload"));
  }
  return {};
}

// The first step after a change of the schema prepares the statement anew: columns may have gone,
// or stand elsewhere.
Result<bool> SqliteReader::step(SqliteStatement& statement) {
  const int before = statement.times_prepared_anew();
  SB_ASSIGN(const bool row, statement.step());
  if (statement.times_prepared_anew() != before) SB_TRY(look_at_columns(statement));
  return row;
}

Result<std::vector<Item>> SqliteReader::page(const std::string& cursor, std::size_t max_items,
                                             std::size_t max_bytes, const Deadline& deadline,
                                             bool& last) {
  db_->set_deadline(deadline);
  const SqliteValueLimit limit(*db_, source_.max_size);
  Page page{cursor, max_items, max_bytes, Deadline(deadline.clock(), kSnapshot)};
  last = false;
  for (;;) {
    const auto filled = fill(page, last);
    if (filled.ok()) return std::move(page.items);
    if (!db_->too_large()) return filled.error();
    SB_TRY(take_next_alone(page));
    if (page.full()) return std::move(page.items);
  }
}

// Rows behind the last one of the page, until it is full.
Result<void> SqliteReader::fill(Page& page, bool& last) {
  SqliteStatement& statement = page.cursor.empty() ? *first_ : *next_;
  const ResetGuard guard(statement);
  SB_TRY(bind_cursor(statement, page.cursor));
  // One row more than wanted tells whether this page is the last.
  statement.bind_int(limit_parameter(),
                     static_cast<std::int64_t>(page.max_items - page.items.size()) + 1);
  for (;;) {
    SB_ASSIGN(const bool more, step(statement));
    last = !more;
    if (last) return {};
    const bool full = page.full();
    SB_ASSIGN(std::string key, row_key(statement, key_columns_, source_.order));
    if (!page.items.empty() && page.items.back().key == key) {
      return for_person(Error::invalid("more than one row has the key '" + key + "'"));
    }
    if (full) return {};
    page.add({std::move(key), row_state(statement, form_, source_.max_size)});
  }
}

// A statement that met a value which is too large ends there. The next row is found by its key
// alone; where rows had to be sorted, the large value may be one of a later row.
Result<void> SqliteReader::take_next_alone(Page& page) {
  SqliteStatement& statement = page.cursor.empty() ? *first_key_ : *next_key_;
  const ResetGuard guard(statement);
  SB_TRY(bind_cursor(statement, page.cursor));
  SB_ASSIGN(const bool found, statement.step());
  if (!found) return Error::unavailable("rows were changed while they were read");
  SB_ASSIGN(std::string key, row_key(statement, first_columns_, source_.order));
  SB_ASSIGN(State state, row(key));
  page.add({std::move(key), std::move(state)});
  return {};
}

Result<void> SqliteReader::bind_cursor(SqliteStatement& statement, const std::string& cursor) {
  if (cursor.empty()) return {};
  if (bind_key(statement, std::string(key_of_cursor(cursor)), source_.order)) return {};
  return Error::invalid("not a cursor of this collection");
}

bool SqliteReader::Page::full() const {
  if (items.empty()) return false;
  return items.size() >= max_items || bytes >= max_bytes || snapshot.passed();
}

void SqliteReader::Page::add(Item item) {
  bytes += item.key.size() + item.state.bytes.size();
  cursor = cursor_after(item.key);
  items.push_back(std::move(item));
}

Result<State> SqliteReader::row(const std::string& key) {
  const ResetGuard guard(*one_);
  const SqliteValueLimit limit(*db_, source_.max_size);
  if (!bind_key(*one_, key, source_.order)) return State::absent();
  const auto found = step(*one_);
  if (!found.ok() && db_->too_large()) return larger_than(source_.max_size);
  if (!found.ok()) return found.error();
  if (!*found) return State::absent();
  State state = row_state(*one_, form_, source_.max_size);
  SB_ASSIGN(const bool second, one_->step());
  if (second) return State::unknown("more than one row has this key");
  return state;
}

Result<std::vector<Item>> SqliteReader::rows(const std::vector<std::string>& keys,
                                             const Deadline& deadline) {
  db_->set_deadline(deadline);
  std::vector<Item> items;
  items.reserve(keys.size());
  SB_TRY(db_->run("begin"));
  Deadline snapshot(deadline.clock(), kSnapshot);
  for (const std::string& key : keys) {
    auto state = row(key);
    if (!state) {
      (void)db_->run("rollback").ok();
      return state.error();
    }
    items.push_back({key, std::move(*state)});
    if (snapshot.passed()) {
      SB_TRY(db_->run("commit; begin"));
      snapshot = Deadline(deadline.clock(), kSnapshot);
    }
  }
  SB_TRY(db_->run("commit"));
  return items;
}

}  // namespace sideband
