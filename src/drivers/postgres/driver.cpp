#include "drivers/postgres/driver.h"

#include <algorithm>

#include "base/log.h"
#include "drivers/options.h"
#include "drivers/postgres/collection.h"
#include "drivers/postgres/feed.h"

namespace sideband {
namespace {

// Longer names are cut by the server, and two channels could become one.
constexpr std::size_t kMostNameBytes = 63;

bool contains(const std::vector<std::string>& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// The columns of a table source: those that `fields` writes, else the key and `columns`, else all.
void choose_columns(PgSource& source, const CollectionSettings& collection,
                    const OptionReader& options) {
  for (const auto& [name, value] : collection.fields) source.columns.push_back(name);
  if (!source.columns.empty()) {
    source.key_is_field = contains(source.columns, source.key);
    return;
  }
  source.columns = options.lines("columns");
  if (source.columns.empty() || contains(source.columns, source.key)) return;
  source.columns.insert(source.columns.begin(), source.key);
}

Result<PgSource> parse_source(const CollectionSettings& collection, const OptionReader& options,
                              Role role) {
  PgSource source;
  source.query = options.text_or("query", "");
  const std::string table = options.text_or("table", "");
  if (source.query.empty() == table.empty()) {
    return options.wrong("query", "give either a query or a table");
  }
  if (role == Role::kActual && table.empty()) {
    return options.wrong("table", "is required where rows are to be changed");
  }
  SB_ASSIGN(source.key, options.text("key"));
  if (table.empty()) return source;
  auto name = pg_table_name(table);
  if (!name) return options.wrong("table", name.error().message);
  source.table = std::move(*name);
  choose_columns(source, collection, options);
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
  out.writable = role == Role::kActual;
  out.most_rows = static_cast<std::size_t>(target.limits.reads_per_second);
  out.most_bytes = static_cast<std::size_t>(target.limits.bytes_per_second);
  auto opened =
      PostgresCollection::open(std::move(out), connections_of(target, endpoint), context_);
  if (!opened) return opened.error().in("target " + target.name);
  return std::unique_ptr<Collection>(std::move(*opened));
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
