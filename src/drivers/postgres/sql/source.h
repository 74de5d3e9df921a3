// What a Collection reads: a query or columns of a table, what the server says of them, and the
// statements that follow from that.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/client/connection.h"
#include "drivers/postgres/sql/key.h"
#include "drivers/postgres/sql/large_values.h"
#include "drivers/sql_source.h"
#include "ports/digests.h"

namespace sideband {

struct PgSource : SqlSource {
  std::string from;        // the table's name in SQL: "shop"."prices"
  std::string large_mark;  // see PgLargeValues; empty: nothing is too large
};

// In which form the rows of a range are sent.
struct PgRowForm {
  bool raw = false;      // see PgShape::raw_name
  bool bounded = false;  // values that are too large stay at the server
};

// "prices", "shop.prices" or "\"odd.name\"" as a quoted name for SQL. Names are taken as they are
// written, never folded to lower case. kInvalid for anything else.
Result<std::string> pg_table_name(const std::string& text);

struct PgColumn {
  std::string name;
  Oid type = 0;
  PgForm form = PgForm::kCast;
  std::string_view sent;  // the type that it is sent as
};

// A source as the server sees it. Immutable.
class PgShape {
 public:
  // Errors are for a person: wrong SQL, no key column, a key of a type that has no order here, a
  // missing grant.
  static Result<PgShape> describe(PgConnection& connection, const PgSource& source,
                                  const Deadline& deadline);

  // Whether the server would describe it so again: the same columns of the same types.
  Result<bool> still_holds(PgConnection& connection, const Deadline& deadline) const;

  [[nodiscard]] const std::vector<PgColumn>& columns() const { return columns_; }
  // Those beside the key, by name.
  [[nodiscard]] std::vector<const PgColumn*> state_columns() const;
  [[nodiscard]] const PgKey& key() const { return key_; }
  // Whether a column is one of the fields: all but those that are a key only.
  [[nodiscard]] bool is_field(std::size_t column) const { return column >= keys_only_; }
  // Whether a column of this name is one of the key's.
  [[nodiscard]] bool is_key(const std::string& name) const;
  // The fields that rows can have.
  [[nodiscard]] std::vector<std::string> field_names() const;

  // COPY of up to `limit` rows of `range` above the key `after` (null = from its start), in key
  // order: the columns as values are sent, or raw: those of the key, then the others by name in
  // the form in which they are compared.
  [[nodiscard]] std::string range_sql(const PgConnection& connection, const KeyRange& range,
                                      const std::string* after, std::size_t limit,
                                      PgRowForm form) const;
  // Names the raw form: rows of shapes with the same name compare.
  [[nodiscard]] std::string raw_name() const;
  // Whether a value that is too large may be there now. Where nothing of a table is stored out of
  // its rows, none is, and looking at each value would cost a scan some percent.
  Result<bool> may_be_large(PgConnection& connection, const Deadline& deadline) const;
  [[nodiscard]] const PgLargeValues& large_values() const { return large_values_; }
  // The rows whose key is in the arrays from $1 on, without values that are too large.
  [[nodiscard]] std::string read_sql() const;
  // One row where there is a key that is NULL.
  [[nodiscard]] std::string null_key_sql() const;
  // The columns of the table or subquery `alias`, as values are sent.
  [[nodiscard]] std::string list(const std::string& alias) const;

  // Parts of statements: the rows as the subquery q; a condition, "" for everything.
  [[nodiscard]] std::string from_sql() const { return " from (\n" + select_ + "\n) q"; }
  [[nodiscard]] std::string where_sql(const PgConnection& connection, const KeyRange& range) const;
  // kInvalid where a bound cannot be a key: it must not get into a statement.
  [[nodiscard]] Result<void> check(const KeyRange& range) const;
  [[nodiscard]] bool is_table() const { return !table_.empty(); }
  // The table's name in SQL.
  [[nodiscard]] const std::string& table() const { return table_; }

 private:
  Result<void> find_key(PgConnection& connection, const PgSource& source, const Deadline& deadline);
  Result<PgKeyColumn> find_key_column(const std::string& name) const;
  Result<void> find_collation(PgConnection& connection, PgKeyColumn& column,
                              const Deadline& deadline) const;
  [[nodiscard]] std::string bounded_list() const;
  [[nodiscard]] std::string raw_list(bool bounded) const;

  std::string select_;
  std::string table_;  // empty for a query
  std::vector<PgColumn> columns_;
  std::size_t keys_only_ = 0;  // so many of the first columns are no fields
  PgKey key_;
  PgLargeValues large_values_;
};

}  // namespace sideband
