// Conditional changes of a table's rows, one transaction for each apply.
//
// BEGIN IMMEDIATE takes SQLite's only write lock, so what is read after it stays until COMMIT: each
// row is read, compared with `found`, and written, and nobody writes in between.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drivers/sqlite/keeper.h"
#include "drivers/sqlite/source.h"
#include "drivers/unique_order.h"
#include "model/change.h"
#include "ports/collection.h"

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

  // Whether another file lies at its path by now.
  [[nodiscard]] bool replaced() const { return db_->replaced(); }

  // Everything is committed together or, on an error, rolled back (Effect::kNone), also where
  // the file was replaced meanwhile; an error of the commit itself is Effect::kMaybe. Changes that
  // the table's constraints, triggers and foreign keys refuse are kFailed by themselves, whatever
  // these say should become of the transaction, and so are those whose values the columns would not
  // keep as they are. Another row is never replaced.
  Result<std::vector<ChangeOutcome>> apply(const std::vector<Change>& changes, std::uint64_t token,
                                           const Deadline& deadline);

  // As Collection::kept.
  Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, const Deadline& deadline);

 private:
  using Outcomes = std::vector<std::optional<ChangeOutcome>>;

  SqliteWriter(std::unique_ptr<SqliteDatabase> db, const SqliteSource& source,
               const SqliteFence& fence)
      : db_(std::move(db)), source_(source), fence_(fence) {}
  Result<void> prepare();
  Result<bool> admit(std::uint64_t token);
  // One try of the transaction, without those changes that are ruled out. False where one more
  // change was ruled out and everything must be tried anew; nothing is committed then.
  Result<bool> attempt(const std::vector<Change>& changes, std::uint64_t token);
  Result<bool> apply_all(const std::vector<Change>& changes, std::uint64_t token);
  Result<bool> pass(const std::vector<Change>& changes, std::vector<std::size_t>& places);
  // Those that `pass` left behind because another row holds their unique value. False as of pass.
  Result<bool> write_in_order(const std::vector<Change>& changes);
  Result<bool> write_group(const std::vector<Change>& changes, const UniqueGroup& group,
                           const std::vector<UniqueSet>& sets);
  // What keeps the group from being written; empty where it was written, within a savepoint.
  Result<std::string> try_group(const std::vector<Change>& changes, const UniqueGroup& group,
                                const std::vector<UniqueSet>& sets);
  Result<std::string> park(const std::vector<Change>& changes, std::size_t place,
                           const UniqueSet& set);
  Result<bool> commit();
  Result<ChangeOutcome> apply_one(const Change& change);
  Result<ChangeOutcome> write(const Change& change);
  Result<State> current(const std::string& key);
  Result<void> execute(const Change& change);
  Result<void> describe();
  Result<ChangeOutcome> check_and_write(const Change& change);

  std::unique_ptr<SqliteDatabase> db_;  // outlives the statements
  const SqliteSource source_;
  const SqliteFence fence_;
  std::unique_ptr<SqliteStatement> select_;
  std::unique_ptr<SqliteStatement> update_;
  std::unique_ptr<SqliteStatement> insert_;
  std::unique_ptr<SqliteStatement> erase_;
  std::set<std::string> fields_;  // that a state can have
  SqliteColumns written_;         // those other than the key, in the statements' order
  std::int64_t schema_ = -1;      // the version of it that they are of
  SqliteRowForm form_;
  std::unique_ptr<SqliteKeeper> keeper_;

  // Of one apply:
  Outcomes ruled_out_;      // ended the transaction by themselves
  Outcomes outcomes_;       // of this try
  bool carefully_ = false;  // COMMIT was refused: each change must leave no foreign key open
  bool owed_ = false;       // the last change did, and was taken back
  bool blocked_ = false;    // another row holds a unique value of the last change
  std::vector<std::size_t> blocked_places_;
};

}  // namespace sideband
