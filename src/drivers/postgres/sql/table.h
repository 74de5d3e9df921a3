// A table that is written: its columns and their types, and the statements that change its rows.
//
// One statement changes many rows. Its parameters are arrays, one for each column: first the key's,
// then what was found, then what is wanted, each in the order of the columns. A row is changed only
// where it still holds what was found; the statement returns the rows that it changed, as they are
// now.
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
  [[nodiscard]] std::string parameters(ChangeOp op) const;

  std::string table_;  // quoted
  PgKey key_;
  std::string full_name_;
  std::vector<PgTableColumn> columns_;
  std::string insert_, update_, erase_;
};

}  // namespace sideband
