// Conditional changes of a table's rows, one transaction for each apply.
//
// BEGIN IMMEDIATE takes SQLite's only write lock, so what is read after it stays until COMMIT: each row
// is read, compared with `found`, and written, and nobody writes in between.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "drivers/sqlite/source.h"
#include "model/change.h"

namespace sideband {

struct SqliteFence {
  bool on = false;
  std::string scope;  // tokens are compared among applies of the same scope
};

// Used by one thread at a time. The source is a table.
class SqliteWriter {
 public:
  static Result<std::unique_ptr<SqliteWriter>> open(const std::string& path,
                                                    const SqliteSource& source,
                                                    const SqliteFence& fence,
                                                    const Deadline& deadline);

  // Everything is committed together or, on an error, rolled back (Effect::kNone); an error of the
  // commit itself is Effect::kMaybe. Changes that the table's constraints refuse are kFailed by
  // themselves, and so are those whose values the columns would not keep as they are.
  Result<std::vector<ChangeOutcome>> apply(const std::vector<Change>& changes, std::uint64_t token,
                                           const Deadline& deadline);

 private:
  SqliteWriter(std::unique_ptr<SqliteDatabase> db, const SqliteSource& source,
               const SqliteFence& fence)
      : db_(std::move(db)), source_(source), fence_(fence) {}
  Result<void> prepare();
  Result<bool> admit(std::uint64_t token);
  Result<std::vector<ChangeOutcome>> apply_all(const std::vector<Change>& changes,
                                               std::uint64_t token);
  Result<ChangeOutcome> apply_one(const Change& change);
  Result<ChangeOutcome> write(const Change& change);
  Result<State> current(const std::string& key);
  Result<void> execute(const Change& change);
  void bind_columns(SqliteStatement& statement, const Fields& want);

  std::unique_ptr<SqliteDatabase> db_;  // outlives the statements
  const SqliteSource source_;
  const SqliteFence fence_;
  std::unique_ptr<SqliteStatement> select_;
  std::unique_ptr<SqliteStatement> update_;
  std::unique_ptr<SqliteStatement> insert_;
  std::unique_ptr<SqliteStatement> erase_;
  std::vector<std::string> written_;  // columns other than the key, in the statements' order
  std::vector<bool> blob_;            // of these: declared as BLOB
};

}  // namespace sideband
