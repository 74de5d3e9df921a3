#include "drivers/sqlite/unique.h"

#include <algorithm>

#include "drivers/sql_source.h"

namespace sideband {
namespace {

const SqliteColumn* find_column(const SqliteColumns& columns, const std::string& name) {
  const auto at = std::find_if(columns.list.begin(), columns.list.end(),
                               [&](const SqliteColumn& column) { return column.name == name; });
  return at == columns.list.end() ? nullptr : &*at;
}

bool counts(SqliteAffinity affinity) {
  return affinity == SqliteAffinity::kInteger || affinity == SqliteAffinity::kNumeric ||
         affinity == SqliteAffinity::kReal;
}

}  // namespace

// https://www.sqlite.org/pragma.html#pragma_index_list; an expression has no name.
Result<std::vector<UniqueSet>> sqlite_unique_sets(SqliteDatabase& db, const std::string& table,
                                                  const SqliteColumns& written) {
  SB_ASSIGN(SqliteStatement rows,
            SqliteStatement::prepare(
                db,
                "select l.name, i.name, coalesce(c.\"notnull\", 1) from pragma_index_list(?1) l, "
                "pragma_index_info(l.name) i left join pragma_table_xinfo(?1) c on c.name = i.name "
                "where l.\"unique\" = 1 order by l.seq, i.seqno"));
  rows.bind_text(1, table);
  std::vector<UniqueSet> sets;
  for (;;) {
    SB_ASSIGN(const bool more, rows.step());
    if (!more) return sets;
    const std::string index = rows.bytes(0);
    if (sets.empty() || sets.back().name != index) sets.push_back({index, {}, ""});
    UniqueSet& set = sets.back();
    const std::string name = rows.bytes(1);
    set.columns.push_back(name);
    if (find_column(written, name) == nullptr || set.parks_at_null) continue;
    set.parks_at_null = rows.integer(2) == 0;
    if (set.parks_at_null || set.park_by.empty()) set.park_by = name;
  }
}

std::string sqlite_park_sql(const std::string& table, const UniqueSet& set,
                            const SqliteColumns& written, const std::string& where, int least) {
  const SqliteColumn* const column = find_column(written, set.park_by);
  if (column == nullptr) return "";
  const std::string name = quote_name(set.park_by);
  const std::string from = quote_name(table);
  const std::string largest = "(select max(coalesce(max(" + name + "), 0), ?" +
                              std::to_string(least) + ") + 1 from " + from + ")";
  const std::string digits = column->bytes() ? "randomblob(16)" : "lower(hex(randomblob(16)))";
  const std::string made_up = counts(column->affinity) ? largest : digits;
  return "update or abort " + from + " set " + name + " = " +
         (set.parks_at_null ? std::string("NULL") : made_up) + where;
}

}  // namespace sideband
