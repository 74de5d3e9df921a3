// Conditional changes of a table's rows, one transaction for each apply.
#pragma once

#include <string>
#include <vector>

#include "drivers/postgres/sql/table.h"
#include "ports/collection.h"

namespace sideband {

struct PgFence {
  std::string table;  // quoted; empty = not fenced
  std::string scope;  // tokens are compared among applies of the same scope
};

// Outcomes in the order of the changes. Changes that the table refuses (a constraint, a value that
// is not of its type or that it would not keep as it is, a trigger that raises) are kFailed by
// themselves. Every error has Effect::kNone, except a COMMIT without an answer: kMaybe.
Result<std::vector<ChangeOutcome>> pg_apply(PgConnection& connection, const PgShape& shape,
                                            const PgTable& table, const PgFence& fence,
                                            const ApplyRequest& request, const Deadline& deadline);

// For the options of a collection: an error with what to run where the fence's table is missing.
Result<void> pg_check_fence(PgConnection& connection, const std::string& table,
                            const Deadline& deadline);

}  // namespace sideband
