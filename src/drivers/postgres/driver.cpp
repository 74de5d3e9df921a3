#include "drivers/postgres/driver.h"

#include "base/log.h"
#include "drivers/options.h"
#include "drivers/postgres/collection.h"
#include "drivers/postgres/feed.h"
#include "drivers/postgres/grants.h"

namespace sideband {
namespace {

// Longer names are cut by the server, and two channels could become one.
constexpr std::size_t kMostNameBytes = 63;
constexpr Duration kOverlap = std::chrono::minutes(1);

Result<PgSource> parse_source(const CollectionSettings& collection, const OptionReader& options,
                              Role role) {
  PgSource source;
  SB_ASSIGN(static_cast<SqlSource&>(source), parse_sql_source(collection, options, role));
  if (source.table.empty()) return source;
  auto name = pg_table_name(source.table);
  if (!name) return options.wrong("table", name.error().message);
  source.from = std::move(*name);
  return source;
}

Result<std::string> parse_fence(const OptionReader& options, Role role) {
  const std::string table = options.text_or("fence", "");
  if (table.empty() || role == Role::kDesired) return std::string();
  auto name = pg_table_name(table);
  if (!name) return options.wrong("fence", name.error().message);
  return name;
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
  SB_ASSIGN(out.source, parse_source(collection, options, role));
  SB_ASSIGN(out.fence, parse_fence(options, role));
  out.changed.column = options.text_or("changedSince", "");
  SB_ASSIGN(out.changed.overlap, options.duration_or("changedOverlap", kOverlap));
  out.writable = role == Role::kActual;
  out.most_rows = static_cast<std::size_t>(target.limits.reads_per_second);
  out.most_bytes = static_cast<std::size_t>(target.limits.bytes_per_second);
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
  SB_ASSIGN(question.source, parse_source(collection, options, role));
  SB_ASSIGN(question.fence, parse_fence(options, role));
  question.needs = needs;
  const Deadline deadline(context_.clock, needs.timeout);
  auto connection = PgConnection::open(endpoint, deadline);
  if (!connection) return connection.error().in("target " + target.name);
  auto report = pg_grants(**connection, question, deadline);
  return report ? report : report.error().in("target " + target.name);
}

Result<std::unique_ptr<Feed>> PostgresDriver::watch(const TargetSettings& target,
                                                    const CollectionSettings& collection, Role) {
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const PgEndpoint endpoint, parse_pg_endpoint(target));
  const std::string channel = options.text_or("listen", "");
  if (channel.empty() || channel.size() > kMostNameBytes) {
    return options.wrong("listen", "waking needs the channel to listen to, of at most 63 bytes");
  }
  auto feed = PostgresFeed::open(endpoint, channel, context_.clock);
  if (!feed) return feed.error().in("target " + target.name);
  return std::unique_ptr<Feed>(std::move(*feed));
}

}  // namespace sideband
