// What a store holds, table by table: for `db stats`, from outside the daemon.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "model/retention.h"
#include "store/connection.h"
#include "store/migrate.h"

namespace sideband {

struct TableStats {
  std::string table;
  std::optional<StoredClass> which;  // where retention knows its rows
  std::int64_t rows = 0;             // of other tables: by the database's own statistics
  std::int64_t disk_bytes = 0;       // with its indexes
  StoreUse use;                      // of `which`
};

struct StoreStats {
  std::vector<TableStats> tables;  // the largest first
  std::int64_t free_bytes = 0;     // in the file, for the next rows; SQLite only
  std::optional<WallTime> mark;    // what retention last took for now
};

// Rows of a class made before that are due.
using CutOf = std::function<WallTime(StoredClass)>;

// kNotFound where there is no store at `where`, kUnsupported where its schema is an older one.
Result<void> check_for_stats(const MigrationPlan& plan, const std::string& where);

// `sizes` gives name, bytes and rows of each table. Inside a transaction of the caller's.
Result<void> read_table_sizes(Connection& connection, Sql sizes, StoreStats& stats);
// Walks through the rows of all classes, and reads the mark.
Result<void> count_rows(Connection& connection, const CutOf& cut, StoreStats& stats);

}  // namespace sideband
