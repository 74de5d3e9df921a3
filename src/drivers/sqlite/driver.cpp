#include "drivers/sqlite/driver.h"

#include <unistd.h>

#include <filesystem>

#include "drivers/file_access.h"
#include "drivers/options.h"
#include "drivers/signal_value.h"
#include "drivers/sqlite/collection.h"
#include "drivers/sqlite/feed.h"
#include "drivers/sqlite/operation.h"
#include "drivers/sqlite/settings.h"
#include "drivers/sqlite/signal.h"
#include "drivers/sqlite/table_look.h"

namespace sideband {
namespace {

Result<SqliteSource> parse_source(const std::string& path, const CollectionSettings& collection,
                                  const OptionReader& options, Role role,
                                  const Deadline& deadline) {
  SB_ASSIGN(SqliteSource source, parse_sqlite_source(collection, options, role));
  if (!source.table.empty() && source.columns.empty()) {
    SB_ASSIGN(const auto db, SqliteDatabase::open(path, SqliteAccess::kRead));
    db->set_deadline(deadline);
    SB_ASSIGN(source.columns, table_columns(*db, source.table, SqliteListed::kStored));
  }
  return source;
}

}  // namespace

Result<std::unique_ptr<Collection>> SqliteDriver::open(const TargetSettings& target,
                                                       const CollectionSettings& collection,
                                                       Role role) {
  const Deadline deadline(context_.clock, target.limits.statement_timeout);
  const OptionReader connect(target.connect, "target " + target.name);
  const OptionReader options(collection.options, "collection on " + target.name);
  SqliteCollectionOptions out;
  SB_ASSIGN(out.path, connect.text("path"));
  SB_ASSIGN(out.source, parse_source(out.path, collection, options, role, deadline));
  SB_ASSIGN(const bool fenced, options.flag_or("fence", false));
  out.writable = role == Role::kActual;
  out.fence = {fenced && out.writable, out.source.table};
  out.change_log = options.text_or("changeLog", "");
  out.idle = idle_;
  auto opened = std::make_unique<SqliteCollection>(std::move(out), context_);
  const auto sound = opened->check(deadline.left());
  if (!sound) return sound.error().in("target " + target.name);
  return std::unique_ptr<Collection>(std::move(opened));
}

Result<GrantReport> SqliteDriver::grants(const TargetSettings& target,
                                         const CollectionSettings& /*collection*/, Role /*role*/,
                                         const GrantNeeds& needs) {
  const OptionReader connect(target.connect, "target " + target.name);
  SB_ASSIGN(const std::string path, connect.text("path"));
  GrantReport report;
  report.identity = own_identity();
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const std::string dir = folder.empty() ? "." : folder;
  SB_TRY(add_access(report, "read", path, R_OK, true));
  SB_TRY(add_access(report, "write", path, W_OK, needs.writes()));
  // The journal is a file beside it.
  if (needs.writes()) SB_TRY(add_access(report, "write in", dir, W_OK | X_OK, true));
  return report;
}

Result<TableReport> SqliteDriver::look_at_table(const TargetSettings& target,
                                                const CollectionSettings& collection, Role role,
                                                Duration timeout) {
  const Deadline deadline(context_.clock, timeout);
  const OptionReader connect(target.connect, "target " + target.name);
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const std::string path, connect.text("path"));
  SB_ASSIGN(const SqliteSource source, parse_sqlite_source(collection, options, role));
  auto db = SqliteDatabase::open(path, SqliteAccess::kRead);
  if (!db) return db.error().in("target " + target.name);
  (*db)->set_deadline(deadline);
  return sqlite_look_at_table(**db, source, role, deadline);
}

Result<std::unique_ptr<Operation>> SqliteDriver::operation(const TargetSettings& target) {
  const OptionReader connect(target.connect, "target " + target.name);
  SB_ASSIGN(const std::string path, connect.text("path"));
  return std::unique_ptr<Operation>(
      std::make_unique<SqliteOperation>(target.name, path, context_.clock));
}

Result<std::unique_ptr<Signal>> SqliteDriver::signal(const TargetSettings& target,
                                                     const std::string& /*kind*/,
                                                     const DriverOptions& options) {
  const OptionReader connect(target.connect, "target " + target.name);
  SB_ASSIGN(std::string path, connect.text("path"));
  SB_ASSIGN(std::string query, parse_sql_signal(OptionReader(options, "signal on " + target.name)));
  return std::unique_ptr<Signal>(std::make_unique<SqliteSignal>(target.name, std::move(path),
                                                                std::move(query), context_.clock));
}

Result<std::unique_ptr<Feed>> SqliteDriver::watch(const TargetSettings& target,
                                                  const CollectionSettings& collection, Role role) {
  const OptionReader connect(target.connect, "target " + target.name);
  const OptionReader options(collection.options, "collection on " + target.name);
  SB_ASSIGN(const std::string path, connect.text("path"));
  std::unique_ptr<SqliteChanges> changes;
  const std::string log = options.text_or("changeLog", "");
  if (!log.empty()) {
    SB_ASSIGN(SqliteSource source, parse_sqlite_source(collection, options, role));
    changes = std::make_unique<SqliteChanges>(path, std::move(source), log, context_);
  }
  auto feed = SqliteFeed::open(path, context_.clock, std::move(changes));
  if (!feed) return feed.error().in("target " + target.name);
  return std::unique_ptr<Feed>(std::move(*feed));
}

}  // namespace sideband
