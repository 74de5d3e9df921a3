// A table that is written: its columns and their types, and the statements that change its rows.
//
// One statement changes many rows. Its parameters are arrays, one for each column: first the key's,
// then what was found, then what is wanted, each in the order of the columns. A row is changed only
// where it still holds what was found; the statement returns the rows that it changed, as they are
// now. A list of results has at most 1,664 entries (MaxTupleAttributeNumber), which two arrays for
// each of 832 columns exceed: of a wide table there are two in all, whose elements are rows, each
// the text of an array of texts.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/source.h"
#include "model/change.h"

namespace sideband {

struct PgTableColumn {
  std::string name;
  std::string type;      // what its text is cast to
  std::string declared;  // the same with its length, scale or precision
  PgForm form = PgForm::kCast;
  std::string_view sent;  // the type that it is sent as
  bool bytes = false;
  bool document = false;  // json or jsonb
  bool inserted = true;   // false: the server computes it
  bool updated = true;    // false: the server computes it, or numbers rows by it for good

  // Whether a change of this kind sets it.
  [[nodiscard]] bool is_set_by(ChangeOp op) const {
    if (op == ChangeOp::kDelete) return false;
    return op == ChangeOp::kCreate ? inserted : updated;
  }
};

// Immutable.
class PgTable {
 public:
  // Errors are for a person: no such table, or no unique index on the key's columns alone.
  static Result<PgTable> describe(PgConnection& connection, const PgSource& source,
                                  const PgShape& shape, const Deadline& deadline);

  // Whether rows go as arrays of their own.
  [[nodiscard]] bool is_wide() const { return columns_.size() > kMostArrays; }
  // Columns beside the key, in the order of the parameters.
  [[nodiscard]] const std::vector<PgTableColumn>& columns() const { return columns_; }
  [[nodiscard]] bool has_field(const std::string& name) const;
  [[nodiscard]] bool can_update() const;
  // "shop.prices" with its schema, whatever the configuration calls it.
  [[nodiscard]] const std::string& full_name() const { return full_name_; }
  [[nodiscard]] const std::string& sql(ChangeOp op) const;

 private:
  Result<void> read_columns(PgConnection& connection, const PgShape& shape,
                            const Deadline& deadline);
  Result<void> check_key(PgConnection& connection, const Deadline& deadline);
  void write_sql(const PgShape& shape);
  [[nodiscard]] std::string key_names() const;  // quoted
  [[nodiscard]] std::string guard() const;
  // What row w has for a column: of 'f', what was found, or of 'n', what is wanted.
  [[nodiscard]] std::string value(char of, std::size_t column) const;
  [[nodiscard]] std::string wide_parameters(ChangeOp op) const;
  [[nodiscard]] std::string parameters(ChangeOp op) const;

  // Leaves room for the key's columns, and for what else a statement lists.
  static constexpr std::size_t kMostArrays = 700;

  std::string table_;  // quoted
  PgKey key_;
  std::string full_name_;
  std::vector<PgTableColumn> columns_;
  std::string insert_, update_, erase_;
};

}  // namespace sideband
