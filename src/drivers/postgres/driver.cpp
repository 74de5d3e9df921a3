#include "drivers/postgres/driver.h"

#include "base/log.h"
#include "drivers/options.h"
#include "drivers/postgres/collection.h"
#include "drivers/postgres/grants.h"
#include "drivers/postgres/operation.h"
#include "drivers/postgres/replication/decoding.h"
#include "drivers/postgres/replication/feed.h"
#include "drivers/postgres/settings.h"
#include "drivers/postgres/signal.h"
#include "drivers/postgres/table_look.h"
#include "drivers/signal_value.h"

namespace sideband {
namespace {

// Longer names are cut by the server, and two channels could become one.
constexpr std::size_t kMaxNameBytes = 63;
constexpr Duration kOverlap = std::chrono::minutes(1);
constexpr std::int64_t kMaxLag = std::int64_t{1} << 30;

// Slots are named in small letters, digits and underscores; room is left for the random end.
std::string slot_of(const std::string& target) {
  std::string name = "sideband_";
  for (const char c : target) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    name += plain ? c : '_';
  }
  return name.substr(0, kMaxNameBytes - 9);
}

template <class Made>
Result<std::unique_ptr<Feed>> as_feed(Result<std::unique_ptr<Made>> made,
                                      const TargetSettings& target) {
  if (!made) return made.error().in("target " + target.name);
  return std::unique_ptr<Feed>(std::move(*made));
}

}  // namespace

std::shared_ptr<PgConnections> PostgresDriver::connections_of(const TargetSettings& target,
                                                              const PgEndpoint& endpoint) {
  const auto most = static_cast<std::size_t>(target.limits.connections);
  const MutexLock lock(mutex_);
  auto& shared = connections_[target.name];
  if (shared && shared->most() == most && shared->endpoint().same_as(endpoint)) return shared;
  if (endpoint.unverified && !is_local_host(endpoint.host)) {
    log(LogLevel::kWarn, "PostgreSQL is not verified: anybody on the way can answer in its place",
        {{"target", target.name}, {"host", endpoint.host}, {"sslmode", endpoint.sslmode}});
  }
  shared = std::make_shared<PgConnections>(endpoint, most);
  return shared;
}

Result<std::unique_ptr<Collection>> PostgresDriver::open(const TargetSettings& target,
                                                         const CollectionSettings& collection,
                                                         Role role) {
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  PgCollectionOptions out;
  SB_ASSIGN(out.source, parse_pg_source(collection, options, role));
  SB_ASSIGN(out.fence, parse_pg_fence(options, role));
  out.changed.column = options.text_or("changedSince", "");
  SB_ASSIGN(out.changed.overlap, options.duration_or("changedOverlap", kOverlap));
  out.publication = options.text_or("publication", "");
  out.writable = role == Role::kActual;
  out.gentle = target.limits.reads_per_second != 0 || target.limits.bytes_per_second != 0;
  auto opened =
      PostgresCollection::open(std::move(out), connections_of(target, endpoint), context_);
  if (!opened) return opened.error().in("target " + target.name);
  return std::unique_ptr<Collection>(std::move(*opened));
}

Result<GrantReport> PostgresDriver::grants(const TargetSettings& target,
                                           const CollectionSettings& collection, Role role,
                                           const GrantNeeds& needs) {
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  PgGrantQuestion question;
  SB_ASSIGN(question.source, parse_pg_source(collection, options, role));
  SB_ASSIGN(question.fence, parse_pg_fence(options, role));
  question.needs = needs;
  const Deadline deadline(context_.clock, needs.timeout);
  auto connection = PgConnection::open(endpoint, deadline);
  if (!connection) return connection.error().in("target " + target.name);
  auto report = pg_grants(**connection, question, deadline);
  return report ? report : report.error().in("target " + target.name);
}

Result<TableReport> PostgresDriver::look_at_table(const TargetSettings& target,
                                                  const CollectionSettings& collection, Role role,
                                                  Duration timeout) {
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  SB_ASSIGN(const PgSource source, parse_pg_source(collection, options, role));
  const Deadline deadline(context_.clock, timeout);
  auto connection = PgConnection::open(endpoint, deadline);
  if (!connection) return connection.error().in("target " + target.name);
  auto report = pg_look_at_table(**connection, source, role, deadline);
  return report ? report : report.error().in("target " + target.name);
}

Result<std::unique_ptr<Operation>> PostgresDriver::operation(const TargetSettings& target) {
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  return std::unique_ptr<Operation>(
      std::make_unique<PgOperation>(target.name, connections_of(target, endpoint), context_));
}

Result<std::unique_ptr<Signal>> PostgresDriver::signal(const TargetSettings& target,
                                                       const std::string& /*kind*/,
                                                       const DriverOptions& options) {
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  SB_ASSIGN(std::string query, parse_sql_signal(OptionReader(options, "signal on " + target.name)));
  return std::unique_ptr<Signal>(std::make_unique<PgSignal>(
      target.name, std::move(query), connections_of(target, endpoint), context_.clock));
}

Result<std::unique_ptr<Feed>> PostgresDriver::watch(const TargetSettings& target,
                                                    const CollectionSettings& collection,
                                                    Role role) {
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  PgDecoding decoding;
  decoding.publication = options.text_or("publication", "");
  const std::string channel = options.text_or("listen", "");
  if (channel.empty() == decoding.publication.empty()) {
    return options.wrong("listen", "waking needs either a channel to listen to or a publication");
  }
  if (channel.size() > kMaxNameBytes) {
    return options.wrong("listen", "a channel's name has at most 63 bytes");
  }
  if (!channel.empty()) {
    return as_feed(PostgresFeed::open(endpoint, channel, context_.clock), target);
  }
  SB_ASSIGN(decoding.source, parse_pg_source(collection, options, role));
  SB_ASSIGN(decoding.max_lag_bytes, options.size_or("maxLag", kMaxLag));
  decoding.slot = slot_of(target.name);
  return as_feed(PgDecodingFeed::open(endpoint, decoding, context_), target);
}

}  // namespace sideband
