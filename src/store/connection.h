// What the rows of the store need from a database: prepared statements over one connection.
//
// Used by one thread at a time. Statements have $1, $2 ... in order of first use, and are literals
// or composed once (store/sql.h). Most are in the part of SQL that SQLite and PostgreSQL share;
// what only one of them can run is chosen by has_other_writers(). Where a few words differ, a
// shared statement carries a mark that each connection replaces once, when it prepares it:
//   /*lock*/    lock the rows read, where others may write too      (PostgreSQL: FOR UPDATE)
//   /*skip*/    the same, passing over rows that others hold        (FOR UPDATE SKIP LOCKED)
//   /*active*/  walk the index of repairs that are not terminal     (SQLite: INDEXED BY)
//   /*queued*/  walk the index of queued repairs by reconciler      (SQLite: INDEXED BY)
//   /*undos*/   walk the index of undos that have not ended         (SQLite: INDEXED BY)
//   /*wide*/    walk the index of range locks wider than one key    (SQLite: INDEXED BY)
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/uuid.h"
#include "merkle/compact_range.h"
#include "store/row_statement.h"

namespace sideband {

// A value to bind, without copying it. Text and bytes compare byte by byte in both databases.
struct Param {
  // The last two: a list in PostgreSQL's binary form, see store/binary_lists.h.
  enum class Kind : std::uint8_t { kInteger, kText, kBytes, kIntegers, kByteStrings };

  Param(std::integral auto value)  // NOLINT: parameters are listed as they are
      : kind(Kind::kInteger), integer(static_cast<std::int64_t>(value)) {}
  Param(WallTime value) : Param(to_us(value)) {}                          // NOLINT
  Param(const std::string& value) : kind(Kind::kText), bytes(value) {}    // NOLINT
  Param(const Uuid& value) : kind(Kind::kBytes), bytes(value.bytes()) {}  // NOLINT
  static Param blob(std::string_view value) {
    Param param(0);
    param.kind = Kind::kBytes;
    param.bytes = value;
    return param;
  }

  static Param list(std::string_view value, Kind kind = Kind::kByteStrings) {
    Param param = blob(value);
    param.kind = kind;
    return param;
  }

  Kind kind;
  std::int64_t integer = 0;
  std::string_view bytes;
};
using Params = std::initializer_list<Param>;

// The row at which a query stands; views live until the next row.
class Row {
 public:
  virtual ~Row() = default;
  [[nodiscard]] virtual std::int64_t integer(int column) const = 0;
  [[nodiscard]] virtual std::string_view bytes(int column) const = 0;
};

// What the last failed call means for the transaction it was in.
enum class Failure : std::uint8_t {
  kNone,
  kStatement,    // this statement only
  kBatchFailed,  // some of those that were written together (post_row): behind savepoints each
                 // shows
  kRetry,        // the database asks to run the transaction again
  kFull,         // no room
  kLost,         // the connection is gone; a commit under way may have happened
  kFatal,        // the medium failed: nothing later can be trusted
};

class Connection {
 public:
  virtual ~Connection() = default;

  // Calls `each(const Row&)` for every row.
  template <class Each>
  Result<void> query(Sql sql, Params params, Each&& each) {
    return query_row(sql, nullptr, params, std::forward<Each>(each));
  }
  // Runs a statement that returns nothing; says how many rows it changed.
  virtual Result<std::int64_t> execute(Sql sql, Params params) = 0;
  // The same for a statement whose count nobody asks for. It may run later, but before whatever is
  // said next is answered: its failure then shows there, or in flush and commit.
  virtual Result<void> post(Sql sql, Params params) {
    const auto done = execute(sql, params);
    return done.ok() ? Result<void>() : Result<void>(done.error());
  }
  // The same for one that must change a single row; `missed` is the error when it does not.
  virtual Result<void> post_one(Sql sql, Params params, const std::function<Error()>& missed) {
    const auto count = execute(sql, params);
    if (!count.ok()) return count.error();
    return *count == 1 ? Result<void>() : Result<void>(missed());
  }
  // The same for one that writes a single row, which `row` names among all of its table: it may
  // then wait for others, and one statement do for all of them. Whatever else touches that row must
  // say so in the same way, or name the table. Without `missed` nobody asks for the count.
  virtual Result<void> post_row(const RowStatement& statement, std::string_view row, Params params,
                                const std::function<Error()>& missed = {});
  // A query that reads no other row than `only`; null: it reads any.
  template <class Each>
  Result<void> query_row(Sql sql, const RowKey* only, Params params, Each&& each) {
    const auto call = [](void* context, const Row& found) {
      (*static_cast<std::remove_reference_t<Each>*>(context))(found);
    };
    return run_query(sql, only, params, const_cast<void*>(static_cast<const void*>(&each)), call);
  }
  // Waits for what was posted.
  virtual Result<void> flush() { return {}; }
  // Several statements without parameters, for schemas and pragmas.
  virtual Result<void> script(const char* text) = 0;

  virtual Result<void> begin(bool writes) = 0;
  virtual Result<void> commit() = 0;
  // Ends the transaction if there is one; never fails.
  virtual void rollback() = 0;
  [[nodiscard]] virtual bool in_transaction() = 0;
  // One level only. Ending it keeps what was done since, or takes it back.
  virtual Result<void> savepoint() = 0;
  virtual Result<void> end_savepoint(bool keep) = 0;

  // Rows changed since the connection was opened.
  [[nodiscard]] virtual std::uint64_t changes() = 0;
  [[nodiscard]] virtual Failure last_failure() const = 0;
  virtual void clear_failure() = 0;
  // Other processes write to this database too, so that reads before writes need locks.
  [[nodiscard]] virtual bool has_other_writers() const = 0;
  // Before leaves are appended: the tree as it is stored; an error forbids it. Afterwards the tree
  // that a commit would make durable.
  virtual Result<void> grow_from(const CompactRange& /*stored*/) { return {}; }
  virtual void grown_to(const CompactRange& /*tree*/) {}
  // Leaves `first`, first + 1, ... of the audit log.
  virtual Result<void> append_leaves(std::uint64_t first, const std::vector<std::string>& records);
  // Called by the writer between groups, after callers have their answers.
  virtual void housekeep() {}

 protected:
  using EachRow = void (*)(void* context, const Row& row);
  virtual Result<void> run_query(Sql sql, const RowKey* only, Params params, void* context,
                                 EachRow each) = 0;
};

}  // namespace sideband
