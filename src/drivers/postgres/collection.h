// Rows of a PostgreSQL table or query as a Collection: key = one or more columns, state = the
// columns as fields.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include "drivers/context.h"
#include "drivers/postgres/client/connections.h"
#include "drivers/postgres/sql/digests.h"
#include "drivers/postgres/sql/kept.h"
#include "drivers/postgres/sql/log_place.h"
#include "drivers/postgres/sql/position.h"
#include "drivers/postgres/sql/range.h"
#include "drivers/postgres/sql/writer.h"
#include "ports/collection.h"

namespace sideband {

struct PgCollectionOptions {
  PgSource source;
  bool writable = false;
  std::string fence;  // quoted name of the fence's table; empty = not fenced
  PgChangedSource changed;
  std::string publication;  // that a feed of this collection reads; empty = none
  bool gentle = false;      // reads are limited: a statement brings no more than was asked for
};

// Thread-safe: each call uses a connection of its own. Each range of a scan, some MiB, is a
// snapshot of its own.
class PostgresCollection final : public Collection {
 public:
  // Connects and asks the server about the source: what is open has a sound query and table.
  static Result<std::unique_ptr<PostgresCollection>> open(
      PgCollectionOptions options, std::shared_ptr<PgConnections> connections,
      const DriverContext& context);

  [[nodiscard]] CollectionTraits traits() const override;
  Result<ScanPage> scan(const ScanRequest& request) override;
  Result<std::vector<Item>> read(const std::vector<std::string>& keys, Duration timeout) override;
  // Each one statement and so one snapshot.
  Result<std::vector<RangeDigest>> digests(const DigestRequest& request) override;
  Result<std::vector<Item>> item_digests(const DigestRequest& request) override;
  Result<std::vector<std::vector<std::string>>> split(const SplitRequest& request) override;
  Result<TargetIdentity> identity(Duration timeout) override;
  Result<void> accepts_writes(Duration timeout) override;
  Result<std::string> position(Duration timeout) override;
  Result<LogPlace> log_place(Duration timeout) override;
  Result<Changed> changed_since(const ChangedRequest& request) override;
  [[nodiscard]] bool outdated() const override { return outdated_; }
  Result<std::vector<State>> kept(const std::vector<Wanted>& wanted, Duration timeout) override;
  // One transaction for each call.
  Result<std::vector<ChangeOutcome>> apply(const ApplyRequest& request) override;

 private:
  PostgresCollection(PgCollectionOptions options, std::shared_ptr<PgConnections> connections,
                     const DriverContext& context, PgShape shape, PgDigests digests,
                     std::optional<PgTable> table);
  Result<PgRange> range(const ScanRequest& request, const Deadline& deadline);
  [[nodiscard]] PgRangeLimits range_limits(const ScanRequest& request) const;
  // At the start of each look at everything: a column may have come, or have another type.
  Result<void> check_shape(const Deadline& deadline);
  Result<void> refuse_null_keys(const Deadline& deadline);
  // Calls `use` with a connection.
  template <class Use>
  auto with_connection(Duration timeout, Use use)
      -> decltype(use(std::declval<PgConnection&>(), std::declval<const Deadline&>()));

  const PgCollectionOptions options_;
  const std::shared_ptr<PgConnections> connections_;
  const DriverContext context_;
  const PgShape shape_;
  const PgDigests digests_;
  const std::optional<PgTable> table_;
  const PgFence fence_;
  PgRanges ranges_;
  std::atomic<bool> outdated_{false};
  std::atomic<bool> large_values_{true};   // there may be some, as of the last scan's begin
  std::atomic<std::size_t> row_bytes_{0};  // of the last range; 0 = not known yet
};

}  // namespace sideband
