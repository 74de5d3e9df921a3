#include "store/postgres/store.h"

#include "store/columns.h"
#include "store/migrate.h"
#include "store/postgres/connection.h"
#include "store/postgres/listener.h"
#include "store/postgres/schema.h"
#include "store/reader_pool.h"

namespace sideband {
namespace {

class PostgresStore final : public Store {
 public:
  PostgresStore(std::string where, std::unique_ptr<PostgresConnection> writing,
                std::vector<std::unique_ptr<Connection>> readers, const StoreOptions& options)
      : where_(std::move(where)),
        writing_(std::move(writing)),
        readers_(std::move(readers)),
        writer_(*writing_, options.writer, options.clock, options.metrics) {}

  void submit(Lane lane, StoreFn fn, StoreDone done) override {
    writer_.submit(lane, std::move(fn), std::move(done));
  }
  Result<void> read(const StoreReadFn& fn) override { return readers_.read(fn); }
  Result<void> health() override { return writer_.health(); }
  void on_work(std::function<void()> heard) override {
    listener_.reset();
    if (heard) listener_ = std::make_unique<PostgresListener>(where_, std::move(heard));
  }

  // The server's clock is the one authority for the leases of all nodes.
  Result<std::int64_t> lease_clock() override {
    std::int64_t now = 0;
    SB_TRY(readers_.lend([&](Connection& connection) {
      return connection.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
                              {}, [&](const Row& row) { now = row.integer(0); });
    }));
    return now;
  }
  [[nodiscard]] bool tells_time() const override { return true; }

 private:
  const std::string where_;
  std::unique_ptr<PostgresConnection> writing_;
  ReaderPool readers_;
  StoreWriter writer_;
  std::unique_ptr<PostgresListener> listener_;
};

// The lock only spares nodes that start together an error; the migrations table decides.
Result<void> prepare(Connection& connection, const PostgresOptions& postgres, WallTime now) {
  SB_TRY(connection.script("SELECT pg_advisory_lock(7354912)"));
  const Result<void> migrated = migrate(connection, postgres_migrations(), now);
  SB_TRY(connection.script("SELECT pg_advisory_unlock(7354912)"));
  SB_TRY(migrated);
  if (postgres.raise_epoch) return change(connection, "UPDATE tokens SET epoch = epoch + 1", {});
  return {};
}

}  // namespace

Result<MigrationPlan> plan_postgres_store(const std::string& connection) {
  SB_ASSIGN(const auto reading, PostgresConnection::open(connection, false));
  bool exists = false;
  SB_TRY(reading->query("SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass('migrations')",
                        {}, [&](const Row&) { exists = true; }));
  return plan_migrations(*reading, exists, postgres_migrations());
}

Result<StoreStats> stats_of_postgres_store(const std::string& connection, const CutOf& cut) {
  SB_ASSIGN(const MigrationPlan plan, plan_postgres_store(connection));
  SB_TRY(check_for_stats(plan, "this database"));
  SB_ASSIGN(const auto reading, PostgresConnection::open(connection, false));
  StoreStats stats;
  SB_TRY(reading->begin(false));
  SB_TRY(read_table_sizes(*reading,
                          "SELECT relname, pg_total_relation_size(oid),"
                          " coalesce(pg_stat_get_live_tuples(oid), 0) FROM pg_catalog.pg_class"
                          " WHERE relkind = 'r' AND pg_table_is_visible(oid)"
                          " AND relnamespace <> 'pg_catalog'::regnamespace ORDER BY 2 DESC",
                          stats));
  SB_TRY(count_rows(*reading, cut, stats));
  reading->rollback();
  return stats;
}

Result<std::unique_ptr<Store>> open_postgres_store(const PostgresOptions& postgres,
                                                   const StoreOptions& options) {
  SB_ASSIGN(auto writing, PostgresConnection::open(postgres.connection, true));
  SB_TRY(prepare(*writing, postgres, options.clock.wall()));
  std::vector<std::unique_ptr<Connection>> readers;
  for (int i = 0; i < options.readers; ++i) {
    SB_ASSIGN(auto reader, PostgresConnection::open(postgres.connection, false));
    readers.push_back(std::move(reader));
  }
  return std::unique_ptr<Store>(std::make_unique<PostgresStore>(
      postgres.connection, std::move(writing), std::move(readers), options));
}

}  // namespace sideband
