// Rows of a SQLite file as a Collection: key = one or more columns, state = the columns as fields.
#pragma once

#include <memory>
#include <string>

#include "drivers/context.h"
#include "drivers/pool.h"
#include "drivers/sqlite/changes.h"
#include "drivers/sqlite/source.h"
#include "drivers/sqlite/writer.h"
#include "ports/collection.h"

namespace sideband {

struct SqliteCollectionOptions {
  std::string path;
  SqliteSource source;
  SqliteFence fence;
  bool writable = false;
  std::string change_log;           // the table that triggers keep of changed keys; empty = none
  std::shared_ptr<IdleShelf> idle;  // of all collections of the driver
};

// Thread-safe: each call uses a connection of its own. Each page of a scan is a snapshot of its
// own.
class SqliteCollection final : public Collection {
 public:
  SqliteCollection(SqliteCollectionOptions options, const DriverContext& context);

  // Opens the file and prepares the statements once, so that an open Collection has a sound query.
  Result<void> check(Duration timeout);

  [[nodiscard]] CollectionTraits traits() const override;
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, Duration timeout) override;
  Result<std::string> position(Duration timeout) override;
  Result<Changed> changed_since(const ChangedRequest& request) override;
  // One transaction for each call.
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;

 private:
  Result<std::unique_ptr<SqliteReader>> reader(const Deadline& deadline);
  Result<std::unique_ptr<SqliteWriter>> writer(const Deadline& deadline);

  const SqliteCollectionOptions options_;
  const DriverContext context_;
  std::vector<std::string> columns_;  // since check
  SqliteChanges changes_;
  Pool<SqliteReader> readers_;
  Pool<SqliteWriter> writers_;
};

}  // namespace sideband
