// The tables of what gates and switches remember (model/kept_state.h): how a row of each is read
// and written. Every one reads with a lock, and writes rows that may be gathered with others of
// their table (Connection::post_row).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/kept_state.h"
#include "model/source_state.h"
#include "store/columns.h"

namespace sideband {

struct PauseTable {
  using Key = std::string;  // the reconciler; "" = everything
  using Row = Pause;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

struct CancelTable {
  using Key = Uuid;  // the repair
  using Row = CancelRequest;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

struct DeclinedTable {
  using Key = std::string;  // the reconciler
  using Row = DeclinedPlan;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

struct CrashTable {
  using Key = Uuid;  // the repair
  using Row = CrashCount;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

struct WindowTable {
  using Key = WindowKey;
  using Row = std::vector<WindowSlot>;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

struct BucketTable {
  using Key = std::string;  // the scope; "" = the site
  using Row = RateBucket;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

struct SourceTable {
  using Key = std::string;  // the scope (ReconcilerHead::source_scope)
  using Row = SourceState;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

// Of one row.
struct LeaderTable {
  using Key = std::int64_t;  // always 1
  using Row = LeaderRow;
  static Result<std::optional<Row>> read(Connection& db, const Key& key);
  static Result<void> insert(Connection& db, const Key& key, const Row& row);
  static Result<void> upsert(Connection& db, const Key& key, const Row& row);
  static Result<void> erase(Connection& db, const Key& key);
};

// Whether `table` is one of these: a row that was read as absent may have been inserted by another
// node first, which is a reason to run again and no error.
bool is_kept_table(std::string_view table);

}  // namespace sideband
