#include "drivers/sqlite/settings.h"

namespace sideband {
namespace {

Result<KeyOrder> parse_key_type(const OptionReader& options) {
  const std::string type = options.text_or("keyType", "int64");
  if (type == "int64") return KeyOrder::kInt64;
  if (type == "bytes") return KeyOrder::kBytes;
  return options.wrong("keyType", "must be int64 or bytes");
}

}  // namespace

Result<SqliteSource> parse_sqlite_source(const CollectionSettings& collection,
                                         const OptionReader& options, Role role) {
  SqliteSource source;
  SB_ASSIGN(static_cast<SqlSource&>(source), parse_sql_source(collection, options, role));
  SB_ASSIGN(source.order, parse_key_type(options));
  if (collection.one_driver) {
    source.classes = SqliteClasses::kTold;
  } else if (role == Role::kActual) {
    source.classes = SqliteClasses::kOdd;
  }
  SB_ASSIGN(const std::int64_t max_size,
            options.size_or("maxSize", static_cast<std::int64_t>(source.max_size)));
  source.max_size = static_cast<std::size_t>(max_size);
  return source;
}

}  // namespace sideband
