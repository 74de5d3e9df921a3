#include "drivers/postgres/sql/unique.h"

#include <algorithm>
#include <array>

namespace sideband {
namespace {

// https://www.postgresql.org/docs/15/catalog-pg-index.html; indnullsnotdistinct came with 15.
constexpr const char* kUniqueColumns =
    "select i.indexrelid::int8, coalesce(con.conname, c.relname)::text, a.attname::text, "
    "a.attnotnull, coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) "
    "from pg_index i join pg_class c on c.oid = i.indexrelid "
    "left join pg_constraint con on con.conindid = i.indexrelid and con.contype in ('u', 'p') "
    "and con.conrelid = i.indrelid "
    "cross join lateral unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) with ordinality as "
    "k(attnum, place) join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum "
    "where i.indrelid = to_regclass($1) and i.indisunique and i.indisvalid and i.indexprs is null "
    "order by i.indexrelid, k.place";

struct NumberType {
  std::string_view name;
  const char* largest;  // empty: there is none
};
constexpr std::array<NumberType, 4> kNumberTypes = {{{"smallint", "32767"},
                                                     {"integer", "2147483647"},
                                                     {"bigint", "9223372036854775807"},
                                                     {"numeric", ""}}};

const NumberType* number_type(std::string_view name) {
  const auto* const at = std::find_if(kNumberTypes.begin(), kNumberTypes.end(),
                                      [&](const NumberType& type) { return type.name == name; });
  return at == kNumberTypes.end() ? nullptr : at;
}

bool is_text_type(std::string_view name) {
  return name == "text" || name == "character varying" || name == "uuid";
}

const PgTableColumn* written_column(const PgTable& table, const std::string& name) {
  const auto at = std::find_if(table.columns().begin(), table.columns().end(),
                               [&](const PgTableColumn& column) { return column.name == name; });
  return at == table.columns().end() || !at->updated ? nullptr : &*at;
}

// One above the largest or below the smallest, of the table and of what is wanted.
std::string number_sql(const PgTable& table, const PgTableColumn& column, const NumberType& type) {
  const std::string room = *type.largest == '\0' ? "true" : std::string("m < ") + type.largest;
  const std::string name = "t." + quote_name(column.name) + "::numeric";
  return "select (case when " + room +
         " then m + 1 else n - 1 end)::text from (select greatest(max(" + name +
         "), (select max(x::numeric) from unnest($1::text[]) x)) m, least(min(" + name +
         "), (select min(x::numeric) from unnest($1::text[]) x)) n from " + table.full_name() +
         " t) b";
}

// 32 random digits, also a uuid; as many of them as the column takes.
std::string text_sql(const PgTableColumn& column) {
  const std::size_t length = column.declared.find('(');
  const std::string digits = length == std::string::npos
                                 ? "32"
                                 : std::to_string(std::stoi(column.declared.substr(length + 1)));
  const std::string form = column.type == "uuid" ? "::uuid::text" : "";
  return "select left(md5(random()::text || clock_timestamp()::text), least(32, " + digits + "))" +
         form + " where cardinality($1::text[]) >= 0";
}

}  // namespace

Result<std::vector<UniqueSet>> pg_unique_sets(PgConnection& connection, const PgTable& table,
                                              const Deadline& deadline) {
  PgParams params;
  params.text(table.full_name());
  SB_ASSIGN(const PgAnswer answer, connection.query(kUniqueColumns, params, deadline));
  std::vector<UniqueSet> sets;
  std::int64_t index = -1;
  bool to_null = false;
  for (int i = 0; i < answer.rows(); ++i) {
    if (answer.integer(i, 0) != index) {
      index = answer.integer(i, 0);
      to_null = false;
      sets.push_back({answer.text(i, 1), {}, "", !answer.truth(i, 4)});
    }
    UniqueSet& set = sets.back();
    const std::string name = answer.text(i, 2);
    set.columns.push_back(name);
    const PgTableColumn* const column = written_column(table, name);
    if (column == nullptr || to_null) continue;
    to_null = !answer.truth(i, 3) && set.nulls_differ;
    const bool made_up = number_type(column->type) != nullptr || is_text_type(column->type);
    if (to_null || (made_up && set.park_by.empty())) set.park_by = name;
    if (to_null) set.parks_at_null = true;
  }
  return sets;
}

Result<PgElement> pg_free_value(PgConnection& connection, const PgTable& table,
                                const UniqueSet& set, const std::vector<PgElement>& wanted,
                                const Deadline& deadline) {
  if (set.parks_at_null) return PgElement();
  const PgTableColumn* const column = written_column(table, set.park_by);
  if (column == nullptr) return Error::unsupported("no row can be parked by " + set.name);
  const NumberType* const number = number_type(column->type);
  PgParams params;
  params.array(kPgText, wanted);
  const std::string sql =
      number == nullptr ? text_sql(*column) : number_sql(table, *column, *number);
  SB_ASSIGN(const PgAnswer answer, connection.query(sql, params, deadline));
  if (answer.rows() != 1 || answer.value(0, 0).null) {
    return Error::unsupported("no free value for '" + set.park_by + "' was found");
  }
  return PgElement(answer.text(0, 0));
}

}  // namespace sideband
