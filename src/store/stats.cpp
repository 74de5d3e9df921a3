#include "store/stats.h"

#include "store/sql_tx.h"

namespace sideband {
namespace {

constexpr std::int64_t kRowsAtOnce = 5000;

std::string_view table_of(StoredClass which) {
  return which == StoredClass::kAnswers ? "idempotent_answers" : stored_class_name(which);
}

Result<StoreUse> count_class(SqlTx& tx, StoredClass which, WallTime due) {
  StoreUse all;
  StoreCursor at;
  for (;;) {
    SB_ASSIGN(const StoreUse page, tx.count_use(which, at, due, kRowsAtOnce));
    all.add(page);
    if (!page.next) return all;
    at = *page.next;
  }
}

}  // namespace

Result<void> check_for_stats(const MigrationPlan& plan, const std::string& where) {
  if (plan.version == 0) return Error::not_found("there is no store in " + where);
  if (plan.missing.empty()) return {};
  return Error::unsupported("the store has schema version " + std::to_string(plan.version) +
                            ", this build needs " + std::to_string(plan.known) +
                            ": start the daemon of this build, or sideband db migrate");
}

Result<void> read_table_sizes(Connection& connection, Sql sizes, StoreStats& stats) {
  return connection.query(sizes, {}, [&](const Row& row) {
    TableStats table;
    table.table = std::string(row.bytes(0));
    table.disk_bytes = row.integer(1);
    table.rows = row.integer(2);
    for (std::size_t i = 0; i < kStoredClasses; ++i) {
      const auto which = static_cast<StoredClass>(i);
      if (table_of(which) == table.table) table.which = which;
    }
    stats.tables.push_back(std::move(table));
  });
}

Result<void> count_rows(Connection& connection, const CutOf& cut, StoreStats& stats) {
  SqlTx tx(connection);
  for (TableStats& table : stats.tables) {
    if (!table.which) continue;
    SB_ASSIGN(table.use, count_class(tx, *table.which, cut(*table.which)));
    table.rows = table.use.rows;
  }
  SB_ASSIGN(stats.mark, tx.retention_mark());
  return {};
}

}  // namespace sideband
