// Types of columns and values of them, for tables that are made at random.
#pragma once

#include <string>
#include <vector>

namespace sideband {

struct TriedType {
  std::string declared;
  std::vector<std::string> values;  // literals of SQL
};

// What PostgreSQL's types need in a database before a table can have them.
extern const char* const kPostgresTypes;
// All that docs/data.md speaks of. The values are texts that the type reads.
const std::vector<TriedType>& postgres_columns();

// The values of SQLite go into any column, whatever its type.
const std::vector<std::string>& sqlite_values();
const std::vector<std::string>& sqlite_types();
// Those of a table that is STRICT.
const std::vector<std::string>& sqlite_strict_types();

}  // namespace sideband
