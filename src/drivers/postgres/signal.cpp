#include "drivers/postgres/signal.h"

#include "drivers/postgres/sql/identity.h"
#include "drivers/signal_value.h"

namespace sideband {
namespace {

constexpr const char* kBeginReading = "BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY";

Result<double> only_value(const PgAnswer& answer) {
  if (answer.columns() != 1) {
    return no_reading("the query has " + std::to_string(answer.columns()) + " columns, not one");
  }
  if (answer.rows() != 1) {
    return no_reading("the query answered " + std::to_string(answer.rows()) + " rows, not one");
  }
  const PgValue value = answer.value(0, 0);
  if (value.null) return no_reading("the query answered NULL");
  return signal_number(value.bytes);
}

Result<double> ask(PgConnection& connection, const std::string& query, const Deadline& deadline) {
  SB_ASSIGN(const PgAnswer answer,
            connection.query(query, {}, deadline, "SELECT", PgFormat::kText));
  if (!connection.in_transaction()) {
    return no_reading("the query ended the transaction that it runs in");
  }
  return only_value(answer);
}

// Nothing where the user may not ask.
Result<std::optional<TargetIdentity>> ask_who(PgConnection& connection, const Deadline& deadline) {
  auto identity = pg_identity(connection, deadline);
  if (identity) return std::optional(std::move(*identity));
  if (identity.error().code == ErrorCode::kPermission) return std::optional<TargetIdentity>();
  return identity.error();
}

}  // namespace

Result<SignalReading> PgSignal::read(Duration timeout) {
  const Deadline deadline(clock_, timeout);
  const auto measure = [&]() -> Result<SignalReading> {
    SB_ASSIGN(auto connection, connections_->take(deadline));
    SB_TRY(connection->script(kBeginReading, deadline));
    SignalReading reading;
    reading.measured_at = clock_.wall();
    auto value = ask(*connection, query_, deadline);
    auto identity = value ? ask_who(*connection, deadline) : std::optional<TargetIdentity>();
    connection->rollback(deadline);
    connections_->give(std::move(connection));
    if (!value) return value.error();
    SB_ASSIGN(reading.identity, std::move(identity));
    reading.value = *value;
    return reading;
  };
  auto reading = measure();
  return reading ? reading : reading.error().in("target " + target_);
}

}  // namespace sideband
