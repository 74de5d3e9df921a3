#include "store/kept_table.h"

namespace sideband {
namespace {

std::string select_locked(StoreTable table, const std::string& keys, const std::string& values) {
  return "SELECT " + values + " FROM " + std::string(table_name(table)) + " WHERE " +
         columns_equal(keys) + " /*lock*/";
}

}  // namespace

KeptStatements::KeptStatements(StoreTable table, const std::string& keys, const std::string& values)
    : read(table, select_locked(table, keys, values)),
      insert(RowStatement::insert(table, keys + ", " + values)),
      upsert(RowStatement::upsert(table, keys, values)),
      erase(RowStatement::erase(table, keys)) {}

}  // namespace sideband
