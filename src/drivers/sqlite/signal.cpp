#include "drivers/sqlite/signal.h"

#include "drivers/signal_value.h"
#include "drivers/sqlite/database.h"

namespace sideband {
namespace {

Result<double> number_at(const SqliteStatement& statement) {
  if (statement.type(0) == SQLITE_NULL) return no_reading("the query answered NULL");
  if (statement.type(0) == SQLITE_BLOB) return no_reading("the query answered bytes, no number");
  return signal_number(statement.bytes(0));
}

Result<double> read_only_value(SqliteDatabase& db, const std::string& query) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, query));
  if (!statement.read_only()) return no_reading("the query is no SELECT: it changes something");
  if (statement.columns() != 1) {
    return no_reading("the query has " + std::to_string(statement.columns()) + " columns, not one");
  }
  SB_ASSIGN(const bool row, statement.step());
  if (!row) return no_reading("the query answered no row");
  SB_ASSIGN(const double value, number_at(statement));
  SB_ASSIGN(const bool more, statement.step());
  if (more) return no_reading("the query answered several rows, not one");
  return value;
}

}  // namespace

Result<SignalReading> SqliteSignal::read(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  SignalReading reading;
  reading.measured_at = clock_.wall();
  const auto measure = [&]() -> Result<double> {
    SB_ASSIGN(const auto db, SqliteDatabase::open(path_, SqliteAccess::kRead));
    db->set_deadline(deadline);
    const SqliteValueLimit limit(*db, 1);
    return read_only_value(*db, query_);
  };
  const auto value = measure();
  if (!value) return value.error().in("target " + target_);
  reading.value = *value;
  return reading;
}

}  // namespace sideband
