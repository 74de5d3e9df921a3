// What a Collection reads: a query, or columns of a table, and its statements on one connection.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/sql_source.h"
#include "drivers/sqlite/database.h"
#include "drivers/sqlite/rows.h"

namespace sideband {

// Of a table, `columns` are never empty.
struct SqliteSource : SqlSource {
  KeyOrder order = KeyOrder::kInt64;
  SqliteClasses classes = SqliteClasses::kLeftOut;

  [[nodiscard]] std::string select() const { return SqlSource::select(quote_name(table)); }
  // So many of the first columns are no fields.
  [[nodiscard]] int skipped_columns() const { return static_cast<int>(keys_only().size()); }
  [[nodiscard]] bool has_text_key() const;
  [[nodiscard]] KeyForms forms() const;
  // The key as its columns are compared, "(a, b)", and as the list of ORDER BY; names are those of
  // the table.
  [[nodiscard]] std::string compared_key() const;
  [[nodiscard]] std::string ordered_key() const;
  // A key as compared_key() is compared with: "(?1, ?2)".
  [[nodiscard]] std::string key_parameters() const;
};

enum class SqliteListed { kStored, kAll };  // without computed ones, or all

// The columns of a table, or kInvalid (for a person) where there is no such table.
Result<std::vector<std::string>> table_columns(SqliteDatabase& db, const std::string& table,
                                               SqliteListed which);
// kInvalid (for a person), with the nearest name, where the source's table lacks the key or one of
// the columns.
Result<void> check_columns(SqliteDatabase& db, const SqliteSource& source);

// How rows of the source are read. Asks for the types of columns where these count.
Result<SqliteRowForm> row_form(SqliteDatabase& db, const SqliteSource& source);

// A connection with the statements that read the source. Used by one thread at a time.
class SqliteReader {
 public:
  // Fails where the query cannot be prepared, writes, or lacks the key column, and where the table
  // lacks a column. `columns`: those of an earlier reader, of which none may be gone; empty = not
  // known yet.
  static Result<std::unique_ptr<SqliteReader>> open(const std::string& path,
                                                    const SqliteSource& source,
                                                    const std::vector<std::string>& columns,
                                                    const Deadline& deadline);

  // The fields that rows can have. A look fails where one of them is gone since.
  [[nodiscard]] const std::vector<std::string>& columns() const { return columns_; }

  // Whether another file lies at its path by now.
  [[nodiscard]] bool replaced() const { return db_->replaced(); }

  // Up to `max_items` rows above `cursor` ("" = from the start), in key order, in one snapshot.
  // Ends early, with at least one row, after 250 ms or `max_bytes`. `last` is set at the true end.
  Result<std::vector<Item>> page(const std::string& cursor, std::size_t max_items,
                                 std::size_t max_bytes, const Deadline& deadline, bool& last);
  // The rows of these keys, in their order; snapshots of at most 250 ms.
  Result<std::vector<Item>> rows(const std::vector<std::string>& keys, const Deadline& deadline);

 private:
  SqliteReader(std::unique_ptr<SqliteDatabase> db, const SqliteSource& source,
               std::vector<std::string> columns)
      : db_(std::move(db)), source_(source), columns_(std::move(columns)) {}
  // The page that is being read.
  struct Page {
    std::string cursor;
    std::size_t max_items;
    std::size_t max_bytes;
    Deadline snapshot;
    std::vector<Item> items = {};
    std::size_t bytes = 0;

    [[nodiscard]] bool full() const;
    void add(Item item);
  };
  Result<void> prepare();
  [[nodiscard]] int limit_parameter() const { return static_cast<int>(source_.keys.size()) + 1; }
  Result<void> fill(Page& page, bool& last);
  Result<void> take_next_alone(Page& page);
  Result<void> bind_cursor(SqliteStatement& statement, const std::string& cursor);
  Result<State> row(const std::string& key);
  Result<bool> step(SqliteStatement& statement);
  Result<void> look_at_columns(const SqliteStatement& statement);

  std::unique_ptr<SqliteDatabase> db_;  // outlives the statements
  const SqliteSource source_;
  SqliteRowForm form_;
  std::unique_ptr<SqliteStatement> first_;
  std::unique_ptr<SqliteStatement> next_;
  std::unique_ptr<SqliteStatement> one_;
  std::unique_ptr<SqliteStatement> first_key_;
  std::unique_ptr<SqliteStatement> next_key_;
  std::vector<std::string> columns_;
  std::vector<int> key_columns_;
  std::vector<int> first_columns_;  // where the key stands in statements that yield nothing else
};

}  // namespace sideband
