// The binary stream of COPY ... TO STDOUT as items.
// https://www.postgresql.org/docs/15/sql-copy.html, "Binary Format"; each piece that the server
// sends is one row: https://www.postgresql.org/docs/15/protocol-message-formats.html, CopyData.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "drivers/postgres/sql/rows.h"

namespace sideband {

// Used by one thread at a time.
class PgCopyStream {
 public:
  // Up to `rows` rows are expected. `raw`: rows came as PgShape's raw form, and each is an item
  // whose state is its bytes behind the key.
  PgCopyStream(const PgShape& shape, bool raw, std::size_t rows)
      : columns_(shape.columns().size()),
        key_columns_(shape.key().size()),
        raw_(raw),
        decoder_(shape) {
    items_.reserve(rows);
  }

  // The next piece. False after an error, which take() returns.
  bool add(std::string_view piece);

  [[nodiscard]] std::size_t rows() const { return items_.size(); }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Everything, once the stream `ended` by itself or was given up. An error where it did not end as
  // it should, where a row is damaged or has no key, and where two rows have one key.
  Result<std::vector<Item>> take(bool ended);

 private:
  bool fail(Error error);
  // The next row, taken off `piece`.
  Result<Item> take_row(std::string_view& piece, std::size_t fields);
  Result<Item> take_raw_row(std::string_view& piece, std::size_t fields);

  const std::size_t columns_;
  const std::size_t key_columns_;
  const bool raw_;
  PgRowDecoder decoder_;
  std::vector<PgValue> row_;
  std::vector<Item> items_;
  std::size_t bytes_ = 0;
  bool begun_ = false;    // the header was seen
  bool trailer_ = false;  // the mark of the end was seen
  std::optional<Error> error_;
};

}  // namespace sideband
