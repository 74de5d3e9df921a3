// The part of SQL operations that is the same for every database: one statement, or several in a
// transaction, with values that are bound and never pasted.
#pragma once

#include <optional>

#include "config/field_table.h"
#include "drivers/operation_output.h"
#include "drivers/options.h"

namespace sideband {

enum class SqlType : std::uint8_t { kText, kInteger, kReal, kBoolean, kBytes };

// How many rows a statement may touch.
struct SqlRows {
  std::int64_t least = 0;
  std::int64_t most = 0;
  [[nodiscard]] bool holds(std::int64_t rows) const { return rows >= least && rows <= most; }
  [[nodiscard]] std::string text() const;
};

struct SqlOperation {
  std::vector<std::string> statements;
  std::vector<std::string> parameters;  // bound to each statement
  std::vector<SqlType> types;           // of the parameters; empty = as the statement has them
  std::vector<SqlRows> expect;          // none, one for all statements, or one for each
  bool idempotent = false;

  [[nodiscard]] const SqlRows* expected(std::size_t statement) const;
};

// The rows of the driver's table `operation`, with what is particular to the driver at the end.
config::Fields sql_operation_fields(const config::Fields& own);

// Errors are for a person. A value is checked against its type here: an error never repeats it.
Result<SqlOperation> parse_sql_operation(const OptionReader& reader);

// What is known of a marker row: whether a step was done by this key, and what it put out.
struct SqlMarker {
  bool there = false;
  std::string output;
};

// The keys of the two rows of the fence's table: that a step was done, and the highest token that
// a repair came with.
std::string sql_done_key(const OperationRequest& request);
std::string sql_token_key(const OperationRequest& request);

// "3 rows instead of 1; nothing was done", as a refusal.
ChangeOutcome refused_rows(std::size_t statement, std::int64_t rows, const SqlRows& expected);

// Columns with their values as text; nothing = NULL.
using SqlRow = std::vector<std::pair<std::string, std::optional<std::string>>>;

// What statements answered, as the output of a step: {"rows":2,"first":{"id":"7"}}. `first` has a
// value for each column of the first row, null for NULL.
std::string sql_output(std::int64_t rows, const SqlRow& first);

// What a look's statement says: one row with one truth value, or as many rows as it expects.
EffectProbe sql_look(const SqlOperation& operation, std::int64_t rows, const SqlRow& first);

}  // namespace sideband
