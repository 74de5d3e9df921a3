#include "drivers/sqlite/settings.h"

namespace sideband {
namespace {

Result<KeyOrder> parse_key_type(const OptionReader& options, std::size_t columns) {
  std::vector<KeyOrder::Column> orders;
  for (const std::string& type : options.lines("keyType")) {
    if (type != "int64" && type != "bytes") {
      return options.wrong("keyType", "must be int64 or bytes");
    }
    orders.push_back(type == "int64" ? KeyOrder::kInt64 : KeyOrder::kBytes);
  }
  if (orders.empty()) orders.push_back(KeyOrder::kInt64);
  if (orders.size() == 1) orders.resize(columns, orders.front());
  if (orders.size() == columns) return KeyOrder(std::move(orders));
  return options.wrong("keyType", "has " + std::to_string(orders.size()) + " types, and key has " +
                                      std::to_string(columns) +
                                      " columns; write one for all of them, or one for each");
}

}  // namespace

Result<SqliteSource> parse_sqlite_source(const CollectionSettings& collection,
                                         const OptionReader& options, Role role) {
  SqliteSource source;
  SB_ASSIGN(static_cast<SqlSource&>(source), parse_sql_source(collection, options, role));
  SB_ASSIGN(source.order, parse_key_type(options, source.keys.size()));
  if (collection.one_driver) {
    source.classes = SqliteClasses::kTold;
  } else if (role == Role::kActual) {
    source.classes = SqliteClasses::kOdd;
  }
  return source;
}

}  // namespace sideband
