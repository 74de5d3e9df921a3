// What field tables say, for people: one path explained, and the reference as a page.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/field_table.h"

namespace sideband::config {

// A table under the name by which paths begin: "reconciler", "redis".
struct NamedTable {
  std::string name;
  std::string doc;
  Fields fields;
};

// The text of `explain field PATH` for a path like "reconciler.spec.gates.maxChanges". An empty
// path lists the tables. An unknown one is an error with a suggestion.
Result<std::string> explain_field(const std::vector<NamedTable>& tables, const std::string& path);

// One key of a table, those of nested tables included.
struct ReferenceRow {
  std::string path;  // "gates.maxChanges.count"
  std::string type;
  std::string presence;  // "required", "default 30s" or ""
  std::string doc;
};
std::vector<ReferenceRow> reference_rows(const Fields& fields);

// Markdown: a heading and a table of keys for each table.
std::string reference_page(const std::vector<NamedTable>& tables);

}  // namespace sideband::config
