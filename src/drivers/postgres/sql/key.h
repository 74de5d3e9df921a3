// The key of a source's rows: its columns, how they stand in statements, and their text
// (model/key_parts.h).
//
// Parts of statements speak of the rows as the subquery q. A key of several columns is a row value
// there, "(q.a, q.b)", which compares as its text does: by the first column that differs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "drivers/postgres/client/connection.h"
#include "drivers/postgres/sql/values.h"

namespace sideband {

struct PgKeyColumn {
  std::string name;
  PgForm form = PgForm::kCast;
  std::string_view sent;  // the type that it is sent as
  KeyOrder::Column order = KeyOrder::kNone;
  bool collate = false;  // its own collation is not the order of its bytes
  bool is_field = true;  // it is one of the fields too
  std::size_t at = 0;    // which of the source's columns
};

// Immutable; thread-safe.
class PgKey {
 public:
  PgKey() = default;
  // At least one column.
  explicit PgKey(std::vector<PgKeyColumn> columns) : columns_(std::move(columns)) {}

  [[nodiscard]] const std::vector<PgKeyColumn>& columns() const { return columns_; }
  [[nodiscard]] std::size_t size() const { return columns_.size(); }
  [[nodiscard]] KeyOrder order() const;
  [[nodiscard]] KeyForms forms() const;
  // Whether a column is a text, of which a collation may take two for one.
  [[nodiscard]] bool has_text() const;

  // The values of a key in their binary forms; nothing where no row can have that key.
  [[nodiscard]] std::optional<std::vector<std::string>> values(std::string_view key) const;
  // Adds the value of the next column to a key's text. False where the bytes are not of its form.
  bool add_text(std::string& key, std::size_t column, std::string_view bytes,
                std::string& scratch) const;
  // The key in the columns of an answer from `first` on. kCorrupt where it is NULL or damaged.
  [[nodiscard]] Result<std::string> text(const PgAnswer& answer, int row, int first) const;
  // No key is before it.
  [[nodiscard]] std::string lowest() const;

  // To be compared in its order.
  [[nodiscard]] std::string compared_sql() const;
  // The list of ORDER BY.
  [[nodiscard]] std::string order_sql() const;
  // One value, of the types of array parameters.
  [[nodiscard]] std::string typed_sql() const;
  // A key as compared_sql() is compared with.
  [[nodiscard]] std::string literal_sql(const PgConnection& connection,
                                        const std::string& key) const;
  // Columns as they are sent, named k0, k1, ...; those names, and ordered by them.
  [[nodiscard]] std::string sent_sql() const;
  [[nodiscard]] std::string sent_names() const;
  [[nodiscard]] std::string sent_order() const;
  // That one is in the arrays from parameter `first` on; that some column is NULL.
  [[nodiscard]] std::string in_arrays_sql(int first) const;
  [[nodiscard]] std::string null_sql() const;

  // "$2::int8[], $3::text[]": arrays from parameter `first` on, one for each column.
  [[nodiscard]] std::string arrays_sql(int first) const;
  // The columns of one element of them under names that begin so: "lo0, lo1".
  [[nodiscard]] std::string names(const std::string& prefix) const;
  // These as one value: "(r.lo0, r.lo1)".
  [[nodiscard]] std::string row_sql(const std::string& prefix) const;
  // The arrays as one array of values like typed_sql().
  [[nodiscard]] std::string typed_array_sql(int first) const;

 private:
  std::vector<PgKeyColumn> columns_;
};

// Keys as array parameters, one array for each column.
class PgKeyArrays {
 public:
  explicit PgKeyArrays(const PgKey& key) : key_(key), columns_(key.size()) {}

  // False, and nothing is added, where no row can have that key.
  bool add(std::string_view key);
  [[nodiscard]] bool empty() const { return columns_.front().empty(); }
  void put(PgParams& params) const;

 private:
  const PgKey& key_;
  std::vector<std::vector<PgElement>> columns_;
};

}  // namespace sideband
