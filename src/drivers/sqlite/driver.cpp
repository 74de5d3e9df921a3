#include "drivers/sqlite/driver.h"

#include <algorithm>

#include "drivers/options.h"
#include "drivers/sqlite/collection.h"

namespace sideband {
namespace {

Result<KeyOrder> parse_key_type(const OptionReader& options) {
  const std::string type = options.text_or("keyType", "int64");
  if (type == "int64") return KeyOrder::kInt64;
  if (type == "bytes") return KeyOrder::kBytes;
  return options.wrong("keyType", "must be int64 or bytes");
}

Result<std::vector<std::string>> table_columns(const std::string& path, const std::string& table,
                                               const Deadline& deadline) {
  SB_ASSIGN(const auto db, SqliteDatabase::open(path, SqliteAccess::kRead));
  db->set_deadline(deadline);
  SB_ASSIGN(SqliteStatement info,
            SqliteStatement::prepare(*db, "select name from pragma_table_info(?1)"));
  info.bind_text(1, table);
  std::vector<std::string> columns;
  for (;;) {
    SB_ASSIGN(const bool row, info.step());
    if (!row) break;
    columns.push_back(info.bytes(0));
  }
  if (columns.empty()) return for_person(Error::invalid("there is no table '" + table + "'"));
  return columns;
}

// The columns of a table source: those that `fields` writes, else the key and `columns`, else all.
Result<std::vector<std::string>> choose_columns(const std::string& path, const SqliteSource& source,
                                                const CollectionSettings& collection,
                                                const OptionReader& options,
                                                const Deadline& deadline) {
  std::vector<std::string> columns;
  for (const auto& [name, value] : collection.fields) columns.push_back(name);
  if (!columns.empty()) return columns;
  columns = options.lines("columns");
  if (columns.empty()) return table_columns(path, source.table, deadline);
  if (std::find(columns.begin(), columns.end(), source.key) == columns.end()) {
    columns.insert(columns.begin(), source.key);
  }
  return columns;
}

Result<SqliteSource> parse_source(const std::string& path, const CollectionSettings& collection,
                                  const OptionReader& options, Role role,
                                  const Deadline& deadline) {
  SqliteSource source;
  source.query = options.text_or("query", "");
  source.table = options.text_or("table", "");
  if (source.query.empty() == source.table.empty()) {
    return options.wrong("query", "give either a query or a table");
  }
  if (role == Role::kActual && source.table.empty()) {
    return options.wrong("table", "is required where rows are to be changed");
  }
  SB_ASSIGN(source.key, options.text("key"));
  SB_ASSIGN(source.order, parse_key_type(options));
  if (!source.table.empty()) {
    SB_ASSIGN(source.columns, choose_columns(path, source, collection, options, deadline));
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
  SqliteOptions out;
  SB_ASSIGN(out.path, connect.text("path"));
  SB_ASSIGN(out.source, parse_source(out.path, collection, options, role, deadline));
  SB_ASSIGN(const bool fenced, options.flag_or("fence", false));
  out.writable = role == Role::kActual;
  out.fence = {fenced && out.writable, out.source.table};
  out.connections = static_cast<std::size_t>(target.limits.connections);
  auto opened = std::make_unique<SqliteCollection>(std::move(out), context_);
  const auto sound = opened->check(deadline.left());
  if (!sound) return sound.error().in("target " + target.name);
  return std::unique_ptr<Collection>(std::move(opened));
}

Result<std::unique_ptr<Feed>> SqliteDriver::watch(const TargetSettings&, const CollectionSettings&,
                                                  Role) {
  return Error::unsupported("not yet");
}

}  // namespace sideband
