// Rows as the server sends them, turned into items.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/source.h"
#include "model/state.h"

namespace sideband {

// Used by one thread at a time.
class PgRowDecoder {
 public:
  explicit PgRowDecoder(const PgShape& shape);

  // Adds the value of the next column to the text of a key; errors as of item.
  Result<void> add_to_key(std::string& key, std::size_t column, const PgValue& value);
  // Values in the order of the shape's columns; NULLs are left out. Unknown where one, or all of
  // them together, are too large. An error for a person where a column of the key is NULL: such a
  // row has no place in the order. kCorrupt where bytes are not of their type.
  Result<Item> item(const std::vector<PgValue>& row);

 private:
  struct Slot {
    std::size_t column;
    PgForm form;
    std::string head;  // the name, as encode_fields puts it in front of the value
  };

  const std::size_t columns_;
  const PgKey key_;
  const PgLargeValues large_values_;
  std::vector<Slot> slots_;  // by name
  std::string scratch_;
};

// The row `row` of an answer, as values.
std::vector<PgValue> pg_row(const PgAnswer& answer, int row);

// The states of these keys, in their order, by one statement. Keys that the key's type cannot hold
// are absent; a key of several rows is unknown.
Result<std::vector<Item>> pg_read(PgConnection& connection, const PgShape& shape,
                                  const std::vector<std::string>& keys, const Deadline& deadline);

}  // namespace sideband
