#include "drivers/postgres/collection.h"

#include <algorithm>

#include "base/bytes.h"
#include "drivers/postgres/sql/identity.h"

namespace sideband {
namespace {

constexpr std::size_t kFirstRows = 1000;
constexpr std::size_t kMaxRows = 65'536;
constexpr std::size_t kMaxBytes = 5 << 18;

// A statement costs as much as some hundred rows, so fewer are not worth one.
constexpr std::size_t kCallRows = 100;

}  // namespace

PostgresCollection::PostgresCollection(PgCollectionOptions options,
                                       std::shared_ptr<PgConnections> connections,
                                       const DriverContext& context, PgShape shape,
                                       PgDigests digests, std::optional<PgTable> table)
    : options_(std::move(options)),
      connections_(std::move(connections)),
      context_(context),
      shape_(std::move(shape)),
      digests_(std::move(digests)),
      table_(std::move(table)),
      fence_{options_.fence, table_ ? table_->full_name() : ""} {}

Result<std::unique_ptr<PostgresCollection>> PostgresCollection::open(
    PgCollectionOptions options, std::shared_ptr<PgConnections> connections,
    const DriverContext& context) {
  const Deadline deadline(context.clock, connections->endpoint().statement_timeout);
  options.source.large_mark = "too large " + to_hex(context.random.bytes(16)) + " ";
  SB_ASSIGN(auto connection, connections->take(deadline));
  SB_ASSIGN(PgShape shape, PgShape::describe(*connection, options.source, deadline));
  SB_ASSIGN(PgDigests digests, PgDigests::describe(*connection, shape, deadline));
  std::optional<PgTable> table;
  if (options.writable) {
    SB_ASSIGN(table, PgTable::describe(*connection, options.source, shape, deadline));
  }
  if (!options.changed.column.empty()) {
    SB_ASSIGN(options.changed,
              pg_describe_changed(*connection, shape, std::move(options.changed), deadline));
  }
  if (!options.fence.empty()) SB_TRY(pg_check_fence(*connection, options.fence, deadline));
  connections->give(std::move(connection));
  return std::unique_ptr<PostgresCollection>(
      new PostgresCollection(std::move(options), std::move(connections), context, std::move(shape),
                             std::move(digests), std::move(table)));
}

CollectionTraits PostgresCollection::traits() const {
  CollectionTraits traits{shape_.key().order(),    PreconditionClass::kCas,
                          !options_.fence.empty(), options_.writable,
                          Shape::kFields,          digests_.name(),
                          shape_.is_table(),       !options_.changed.column.empty(),
                          shape_.raw_name(),       kMaxRows};
  traits.columns = shape_.field_names();
  traits.keys = shape_.key().forms();
  traits.key_columns = options_.source.keys;
  traits.max_size = options_.source.max_size;
  traits.identity = true;
  traits.judges = true;
  traits.call_items = kCallRows;
  traits.log = shape_.is_table() && !options_.publication.empty();
  return traits;
}

// As many rows as are worth a round trip. The first range has the size that was asked for if that
// is small, and tells how large rows are. Where rates are limited a range is what was asked for.
PgRangeLimits PostgresCollection::range_limits(const ScanRequest& request) const {
  const std::size_t bytes = options_.gentle ? std::min(kMaxBytes, request.max_bytes) : kMaxBytes;
  const std::size_t rows = options_.gentle ? std::min(kMaxRows, request.max_items) : kMaxRows;
  const std::size_t mean = row_bytes_;
  const std::size_t fit = mean == 0 ? std::min(request.max_items, kFirstRows) : bytes / mean;
  return {std::clamp<std::size_t>(fit, 1, std::max<std::size_t>(rows, 1)), bytes, large_values_};
}

Result<PgRange> PostgresCollection::range(const ScanRequest& request, const Deadline& deadline) {
  if (auto waiting = ranges_.take(request, context_.clock.mono())) {
    return std::move(*waiting);
  }
  SB_ASSIGN(auto connection, connections_->take(deadline));
  SB_ASSIGN(PgRange fetched,
            PgRange::fetch(*connection, shape_, request, range_limits(request), deadline));
  connections_->give(std::move(connection));
  if (fetched.mean_row_bytes() != 0) row_bytes_ = fetched.mean_row_bytes();
  return fetched;
}

Result<ScanPage> PostgresCollection::scan(const ScanRequest& request) {
  const Deadline deadline(context_.clock, request.timeout);
  if (deadline.passed()) return Error::timeout("no time left for PostgreSQL", Effect::kNone);
  if (request.cursor.empty()) SB_TRY(check_shape(deadline));
  SB_ASSIGN(PgRange rows, range(request, deadline));
  ScanPage page = rows.page(request.max_items, request.max_bytes);
  if (page.last && !request.range.below) SB_TRY(refuse_null_keys(deadline));
  if (rows.has_items()) ranges_.keep(std::move(rows));
  return page;
}

Result<void> PostgresCollection::check_shape(const Deadline& deadline) {
  SB_ASSIGN(auto connection, connections_->take(deadline));
  SB_ASSIGN(const bool holds, shape_.still_holds(*connection, deadline));
  if (holds) {
    SB_ASSIGN(const bool large, shape_.may_be_large(*connection, deadline));
    large_values_ = large;
  }
  connections_->give(std::move(connection));
  if (holds) return {};
  outdated_ = true;
  return Error::unavailable("the columns of " +
                            (shape_.is_table() ? shape_.table() : std::string("the query")) +
                            " are others than when it was opened; it is opened anew");
}

// Comparisons leave NULLs out: without this question a row without a key would look absent.
Result<void> PostgresCollection::refuse_null_keys(const Deadline& deadline) {
  SB_ASSIGN(auto connection, connections_->take(deadline));
  SB_ASSIGN(const PgAnswer answer, connection->query(shape_.null_key_sql(), {}, deadline));
  connections_->give(std::move(connection));
  if (answer.rows() == 0) return {};
  return Error{ErrorCode::kInvalid, "a key column holds NULL in some row", Retry::kPerson,
               Effect::kNone};
}

template <class Use>
auto PostgresCollection::with_connection(Duration timeout, Use use)
    -> decltype(use(std::declval<PgConnection&>(), std::declval<const Deadline&>())) {
  const Deadline deadline(context_.clock, timeout);
  SB_ASSIGN(auto connection, connections_->take(deadline));
  auto result = use(*connection, deadline);
  if (!result && result.error().retry == Retry::kWhenReady) {
    connections_->drop_idle();
  } else {
    connections_->give(std::move(connection));
  }
  return result;
}

Result<std::vector<Item>> PostgresCollection::read(const std::vector<std::string>& keys,
                                                   Duration timeout) {
  return with_connection(timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_read(connection, shape_, keys, deadline);
  });
}

Result<std::vector<RangeDigest>> PostgresCollection::digests(const DigestRequest& request) {
  const bool begins = !request.ranges.empty() && !request.ranges.front().from;
  if (begins) SB_TRY(check_shape(Deadline(context_.clock, request.timeout)));
  auto digests =
      with_connection(request.timeout, [&](PgConnection& connection, const Deadline& deadline) {
        return digests_.ranges(connection, shape_, request, deadline);
      });
  // Who asks for the end of the keys hears of rows that are in no range.
  const bool end = !request.ranges.empty() && !request.ranges.back().below;
  if (!digests || !end) return digests;
  SB_TRY(refuse_null_keys(Deadline(context_.clock, request.timeout)));
  return digests;
}

Result<std::vector<Item>> PostgresCollection::item_digests(const DigestRequest& request) {
  return with_connection(request.timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return digests_.items(connection, shape_, request, deadline);
  });
}

Result<std::vector<std::vector<std::string>>> PostgresCollection::split(
    const SplitRequest& request) {
  return with_connection(request.timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return digests_.split(connection, shape_, request, deadline);
  });
}

Result<TargetIdentity> PostgresCollection::identity(Duration timeout) {
  return with_connection(timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_identity(connection, deadline);
  });
}

Result<void> PostgresCollection::accepts_writes(Duration timeout) {
  return with_connection(timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_accepts_writes(connection, deadline);
  });
}

Result<std::string> PostgresCollection::position(Duration timeout) {
  return with_connection(timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_position(connection, shape_, deadline);
  });
}

Result<LogPlace> PostgresCollection::log_place(Duration timeout) {
  if (!traits().log) return LogPlace();
  return with_connection(timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_log_place(connection, shape_, options_.publication, deadline);
  });
}

Result<Changed> PostgresCollection::changed_since(const ChangedRequest& request) {
  if (options_.changed.column.empty()) return Changed{};
  return with_connection(request.timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_changed(connection, shape_, options_.changed, request, deadline);
  });
}

Result<std::vector<State>> PostgresCollection::kept(const std::vector<Wanted>& wanted,
                                                    Duration timeout) {
  if (!table_) return Collection::kept(wanted, timeout);
  return with_connection(timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_kept(connection, *table_, wanted, deadline);
  });
}

Result<std::vector<ChangeOutcome>> PostgresCollection::apply(const ApplyRequest& request) {
  if (!table_) return Error::unsupported("this collection is only read");
  return with_connection(request.timeout, [&](PgConnection& connection, const Deadline& deadline) {
    return pg_apply(connection, shape_, *table_, fence_, request, deadline);
  });
}

}  // namespace sideband
