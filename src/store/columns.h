// Reads a row's columns from left to right into model values, and collects rows.
#pragma once

#include <optional>
#include <vector>

#include "store/connection.h"

namespace sideband {

// A value that cannot be is remembered as damage, so that a decoder need not test each column.
class Columns {
 public:
  explicit Columns(const Row& row) : row_(row) {}

  std::int64_t integer() { return row_.integer(next_++); }
  bool flag() { return integer() != 0; }
  WallTime time() { return from_us(integer()); }
  std::string text() { return std::string(row_.bytes(next_++)); }
  Uuid uuid() {
    const std::string_view bytes = row_.bytes(next_++);
    if (bytes.size() == 16) return Uuid::from_bytes(bytes);
    damaged_ |= !bytes.empty();
    return {};
  }
  // An enumerator between 0 and `last`.
  template <class Enum>
  Enum choice(Enum last) {
    const std::int64_t value = integer();
    if (value >= 0 && value <= static_cast<std::int64_t>(last)) return static_cast<Enum>(value);
    damaged_ = true;
    return last;
  }
  void damage() { damaged_ = true; }
  [[nodiscard]] bool damaged() const { return damaged_; }

 private:
  const Row& row_;
  int next_ = 0;
  bool damaged_ = false;
};

// Every row of a query, by `decode(Columns&)`; `only`: as Connection::query_row.
template <class Decode>
auto collect(Connection& connection, Sql sql, Params params, Decode decode,
             const RowKey* only = nullptr)
    -> Result<std::vector<decltype(decode(std::declval<Columns&>()))>> {
  std::vector<decltype(decode(std::declval<Columns&>()))> rows;
  bool damaged = false;
  SB_TRY(connection.query_row(sql, only, params, [&](const Row& row) {
    Columns columns(row);
    rows.push_back(decode(columns));
    damaged |= columns.damaged();
  }));
  if (damaged)
    return Error::corrupt(std::string("damaged row in the store, read by: ") + sql.text());
  return rows;
}

// The first row, if any.
template <class Decode>
auto find(Connection& connection, Sql sql, Params params, Decode decode,
          const RowKey* only = nullptr)
    -> Result<std::optional<decltype(decode(std::declval<Columns&>()))>> {
  SB_ASSIGN(auto rows, collect(connection, sql, params, decode, only));
  if (rows.empty()) return std::optional<decltype(decode(std::declval<Columns&>()))>();
  return std::optional(std::move(rows.front()));
}

// A statement whose count nobody asks for.
inline Result<void> change(Connection& connection, Sql sql, Params params) {
  return connection.post(sql, params);
}

}  // namespace sideband
