#include "drivers/sqlite/source.h"

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
Result<void> refuse_utf16(SqliteDatabase& db, KeyOrder order) {
  if (order != KeyOrder::kBytes) return {};
  SB_ASSIGN(SqliteStatement pragma, SqliteStatement::prepare(db, "PRAGMA encoding"));
  SB_ASSIGN(const bool row, pragma.step());
  if (!row || pragma.bytes(0) == "UTF-8") return {};
  return for_person(Error::unsupported("keyType: bytes needs a database in UTF-8, this one is in " +
                                       pragma.bytes(0)));
}

}  // namespace

Result<std::unique_ptr<SqliteReader>> SqliteReader::open(const std::string& path,
                                                         const SqliteSource& source,
                                                         const Deadline& deadline) {
  SB_ASSIGN(auto db, SqliteDatabase::open(path, SqliteAccess::kRead));
  db->set_deadline(deadline);
  SB_TRY(refuse_utf16(*db, source.order));
  std::unique_ptr<SqliteReader> reader(new SqliteReader(std::move(db), source));
  SB_TRY(reader->prepare());
  return reader;
}

Result<void> SqliteReader::prepare() {
  // The query alone first: its own mistakes are told in its own words.
  SB_ASSIGN(const auto alone, prepared_query(*db_, source_.select()));
  for (int i = 0; i < alone->columns(); ++i) {
    if (alone->name(i) == source_.key) key_column_ = i;
  }
  if (key_column_ < 0) {
    return for_person(Error::invalid("the query has no column '" + source_.key + "' for the key"));
  }
  const std::string from = "select * from (" + source_.select() + ")";
  const std::string collate = source_.order == KeyOrder::kBytes ? " collate binary" : "";
  const std::string key = quote_name(source_.key) + collate;
  SB_ASSIGN(first_, prepared_query(*db_, from + " order by " + key + " limit ?2"));
  SB_ASSIGN(next_,
            prepared_query(*db_, from + " where " + key + " > ?1 order by " + key + " limit ?2"));
  SB_ASSIGN(one_, prepared_query(*db_, from + " where " + key + " = ?1"));
  return {};
}

Result<std::vector<Item>> SqliteReader::page(const std::string& cursor, std::size_t max_items,
                                             std::size_t max_bytes, const Deadline& deadline,
                                             bool& last) {
  db_->set_deadline(deadline);
  SqliteStatement& statement = cursor.empty() ? *first_ : *next_;
  const ResetGuard guard(statement);
  if (!cursor.empty() &&
      !bind_key(statement, 1, std::string(key_of_cursor(cursor)), source_.order)) {
    return Error::invalid("not a cursor of this collection");
  }
  // One row more than wanted tells whether this page is the last.
  statement.bind_int(2, static_cast<std::int64_t>(max_items) + 1);
  const Deadline snapshot(deadline.clock(), kSnapshot);
  std::vector<Item> items;
  std::size_t bytes = 0;
  for (;;) {
    SB_ASSIGN(const bool more, statement.step());
    last = !more;
    const bool full = items.size() >= max_items || bytes >= max_bytes || snapshot.passed();
    if (last) return items;
    SB_ASSIGN(std::string key, row_key(statement, key_column_, source_.order));
    if (!items.empty() && items.back().key == key) {
      return for_person(Error::invalid("more than one row has the key '" + key + "'"));
    }
    if (full && !items.empty()) return items;
    items.push_back(
        {std::move(key), State::of_fields(row_fields(statement, source_.skipped_column()))});
    bytes += items.back().key.size() + items.back().state.bytes.size();
  }
}

Result<State> SqliteReader::row(const std::string& key) {
  const ResetGuard guard(*one_);
  if (!bind_key(*one_, 1, key, source_.order)) return State::absent();
  SB_ASSIGN(const bool found, one_->step());
  if (!found) return State::absent();
  State state = State::of_fields(row_fields(*one_, source_.skipped_column()));
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
