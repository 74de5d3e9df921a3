#include "drivers/postgres/settings.h"

namespace sideband {

Result<PgSource> parse_pg_source(const CollectionSettings& collection, const OptionReader& options,
                                 Role role) {
  PgSource source;
  SB_ASSIGN(static_cast<SqlSource&>(source), parse_sql_source(collection, options, role));
  if (source.table.empty()) return source;
  auto name = pg_table_name(source.table);
  if (!name) return options.wrong("table", name.error().message);
  source.from = std::move(*name);
  return source;
}

Result<std::string> parse_pg_fence(const OptionReader& options, Role role) {
  const std::string table = options.text_or("fence", "");
  if (table.empty() || role == Role::kDesired) return std::string();
  auto name = pg_table_name(table);
  if (!name) return options.wrong("fence", name.error().message);
  return name;
}

}  // namespace sideband
