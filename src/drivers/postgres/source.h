// What a Collection reads: a query or columns of a table, what the server says of them, and the
// statements that follow from that.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/connection.h"
#include "drivers/postgres/values.h"
#include "drivers/sql_source.h"

namespace sideband {

struct PgSource : SqlSource {
  std::string from;  // the table's name in SQL: "shop"."prices"
};

// "prices", "shop.prices" or "\"odd.name\"" as a quoted name for SQL. Names are taken as they are
// written, never folded to lower case. kInvalid for anything else.
Result<std::string> pg_table_name(const std::string& text);

struct PgColumn {
  std::string name;
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

  [[nodiscard]] const std::vector<PgColumn>& columns() const { return columns_; }
  [[nodiscard]] std::size_t key_column() const { return key_; }
  [[nodiscard]] PgForm key_form() const { return columns_[key_].form; }
  [[nodiscard]] bool key_is_field() const { return key_is_field_; }
  [[nodiscard]] KeyOrder order() const { return order_; }

  // COPY of up to `limit` rows above the key `after` (null = from the start), in key order.
  [[nodiscard]] std::string range_sql(const PgConnection& connection, const std::string* after,
                                      std::size_t limit) const;
  // The rows whose key is in the array $1.
  [[nodiscard]] std::string read_sql() const;
  // One row where there is a key that is NULL.
  [[nodiscard]] std::string null_key_sql() const;
  // The columns of the table or subquery `alias`, as values are sent.
  [[nodiscard]] std::string list(const std::string& alias) const;

 private:
  Result<void> find_key(const PgAnswer& described, const PgSource& source);
  Result<void> find_collation(PgConnection& connection, const Deadline& deadline);
  [[nodiscard]] std::string from() const { return " from (\n" + select_ + "\n) q"; }
  [[nodiscard]] std::string key() const;
  [[nodiscard]] std::string key_literal(const PgConnection& connection,
                                        const std::string& key) const;

  std::string select_;
  std::vector<PgColumn> columns_;
  std::size_t key_ = 0;
  bool key_is_field_ = true;
  KeyOrder order_ = KeyOrder::kNone;
  bool collate_ = false;  // the key's own collation is not the order of its bytes
};

}  // namespace sideband
