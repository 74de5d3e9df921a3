// Rows that the functions of one group read and write again and again, of one table: each is read
// once for all of them, and written once, when the last value counts.
#pragma once

#include <map>
#include <optional>
#include <utility>

#include "store/columns.h"

namespace sideband {

// When rows are written: each time, or once at the end of the transaction.
enum class WriteRows : std::uint8_t { kAtOnce, kAtEnd };

// `Table` says Key, Row, what names a row among all of its table (id), and how a row is read,
// inserted, upserted and erased (store/kept_tables.h). Reading locks the row where others write
// too, so what was read stays true until the transaction ends. Rows that were read become untrue
// in two ways only: a savepoint was rolled back (forget), or the reads were not held
// (forget_unheld). Used by one thread, within one transaction.
template <class Table>
class RowCache {
 public:
  using Key = typename Table::Key;
  using Row = typename Table::Row;

  RowCache(Connection& db, WriteRows when) : db_(db), when_(when) {}

  Result<std::optional<Row>> get(const Key& key) {
    if (const auto known = rows_.find(key); known != rows_.end()) return known->second.row;
    SB_ASSIGN(auto found, Table::read(db_, key));
    rows_.emplace(key, Known{found, !found, false});
    return found;
  }
  // Nothing: erases it.
  Result<void> put(const Key& key, std::optional<Row> row) {
    Known& known = rows_[key];
    known.row = std::move(row);
    known.to_write = true;
    ++puts_;
    return when_ == WriteRows::kAtEnd ? Result<void>() : write_one(key, known);
  }
  Result<void> write() {
    for (auto& [key, known] : rows_) {
      if (known.to_write) SB_TRY(write_one(key, known));
    }
    return {};
  }
  void forget() { rows_.clear(); }
  // What was read without a lock that is held now.
  void forget_unheld() {
    std::erase_if(rows_, [](const auto& entry) { return !entry.second.to_write; });
  }
  // Rows put so far; a function that failed after putting some must be taken back.
  [[nodiscard]] std::uint64_t puts() const { return puts_; }

 private:
  struct Known {
    std::optional<Row> row;
    bool was_absent = false;  // when it was read: another node may have written it since
    bool to_write = false;
  };

  Result<void> write_one(const Key& key, Known& known) {
    known.to_write = false;
    if (!known.row) return Table::erase(db_, key);
    // What was computed rests on there being nothing: if another node was first, run again.
    const bool raced = std::exchange(known.was_absent, false) && db_.has_other_writers();
    return raced ? Table::insert(db_, key, *known.row) : Table::upsert(db_, key, *known.row);
  }

  Connection& db_;
  const WriteRows when_;
  std::map<Key, Known> rows_;
  std::uint64_t puts_ = 0;
};

}  // namespace sideband
