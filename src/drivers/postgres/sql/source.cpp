#include "drivers/postgres/sql/source.h"

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "drivers/options.h"

namespace sideband {
namespace {

// The next part of a dotted name; `at` moves behind it. Nothing for a damaged one.
std::optional<std::string> name_part(const std::string& text, std::size_t& at) {
  std::string part;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') {
        part += text[at];
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        part += text[at++];
      } else {
        ++at;
        return part.empty() ? std::nullopt : std::optional(part);
      }
    }
    return std::nullopt;
  }
  for (; at < text.size() && text[at] != '.'; ++at) {
    if (text[at] == '"') return std::nullopt;
    part += text[at];
  }
  return part.empty() ? std::nullopt : std::optional(part);
}

// The text orders that are those of the bytes: of "C", also as the database's default.
constexpr const char* kBytewise =
    "select pg_collation_for((select q.KEY FROM limit 0)) in ('\"C\"', '\"POSIX\"') or "
    "(pg_collation_for((select q.KEY FROM limit 0)) = '\"default\"' and exists (select 1 from "
    "pg_database d where d.datname = current_database() and d.datcollate in ('C', 'POSIX') and "
    "coalesce(to_jsonb(d)->>'datlocprovider', 'c') = 'c'))";

// Whether anything of this table is stored out of its rows, as all that is large is. Of what has
// parts, or is no table, nobody says so.
constexpr const char* kStoredApart =
    "select c.relkind <> 'r' or c.relhassubclass or (c.reltoastrelid <> 0 and "
    "pg_relation_size(c.reltoastrelid) > 0) from pg_class c where c.oid = $1::regclass";

void replace_all(std::string& text, const std::string& word, const std::string& by) {
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at)) {
    text.replace(at, word.size(), by);
    at += by.size();
  }
}

}  // namespace

Result<std::string> pg_table_name(const std::string& text) {
  std::string out;
  std::size_t at = 0;
  for (int parts = 0; parts < 2; ++parts) {
    const auto part = name_part(text, at);
    if (!part) break;
    out += (parts == 0 ? "" : ".") + quote_name(*part);
    if (at == text.size()) return out;
    if (text[at++] != '.') break;
  }
  return Error::invalid("'" + text +
                        "' is not the name of a table; write prices or shop.prices, and a name "
                        "with a dot or a quote in quotes");
}

Result<PgShape> PgShape::describe(PgConnection& connection, const PgSource& source,
                                  const Deadline& deadline) {
  PgShape shape;
  shape.select_ = source.select(source.from);
  shape.keys_only_ = source.keys_only().size();
  shape.large_values_ = PgLargeValues(source.large_mark, source.max_size);
  if (source.query.empty()) shape.table_ = source.from;
  // The query alone first: its own mistakes are told in its own words.
  SB_ASSIGN(const PgAnswer described, connection.describe(shape.select_, deadline));
  std::set<std::string> names;
  for (int i = 0; i < described.columns(); ++i) {
    const Oid type = described.type(i);
    shape.columns_.push_back({described.name(i), type, pg_form(type), pg_sent_type(type)});
    if (names.insert(described.name(i)).second) continue;
    return for_person(
        Error::invalid("two columns of the query are called '" + described.name(i) + "'"));
  }
  SB_TRY(shape.find_key(connection, source, deadline));
  // Nothing is read, but rights are checked.
  SB_TRY(
      connection.query("select " + shape.list("q") + shape.from_sql() + " limit 0", {}, deadline));
  return shape;
}

Result<bool> PgShape::still_holds(PgConnection& connection, const Deadline& deadline) const {
  SB_ASSIGN(const PgAnswer described, connection.describe(select_, deadline));
  if (static_cast<std::size_t>(described.columns()) != columns_.size()) return false;
  for (int i = 0; i < described.columns(); ++i) {
    const PgColumn& column = columns_[static_cast<std::size_t>(i)];
    if (described.name(i) != column.name || described.type(i) != column.type) return false;
  }
  return true;
}

Result<void> PgShape::find_key(PgConnection& connection, const PgSource& source,
                               const Deadline& deadline) {
  std::vector<PgKeyColumn> columns;
  for (const std::string& name : source.keys) {
    SB_ASSIGN(PgKeyColumn column, find_key_column(name));
    if (column.form == PgForm::kText) SB_TRY(find_collation(connection, column, deadline));
    columns.push_back(std::move(column));
  }
  key_ = PgKey(std::move(columns));
  return {};
}

Result<PgKeyColumn> PgShape::find_key_column(const std::string& name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const PgColumn& column = columns_[i];
    if (column.name != name) continue;
    const KeyOrder::Column order = pg_key_order(column.type);
    if (order != KeyOrder::kNone) {
      return PgKeyColumn{name, column.form, column.sent, order, false, is_field(i), i};
    }
    return for_person(Error::invalid(
        "key column '" + name +
        "' must be smallint, integer, bigint, text, varchar, uuid or bytea; cast it in a query: "
        "select " +
        name + "::text"));
  }
  return for_person(Error::invalid("there is no column '" + name + "' for the key"));
}

Result<void> PgShape::find_collation(PgConnection& connection, PgKeyColumn& column,
                                     const Deadline& deadline) const {
  const std::string encoding = connection.server_encoding();
  if (encoding != "UTF8" && encoding != "SQL_ASCII") {
    return for_person(Error::unsupported(
        "keys that are text need a database in UTF8, this one is in " + encoding));
  }
  std::string sql = kBytewise;
  replace_all(sql, "KEY", quote_name(column.name));
  replace_all(sql, " FROM ", from_sql() + " ");
  SB_ASSIGN(const PgAnswer answer, connection.query(sql, {}, deadline));
  column.collate = answer.rows() != 1 || !answer.truth(0, 0);
  return {};
}

std::string PgShape::list(const std::string& alias) const {
  std::string list;
  for (const PgColumn& column : columns_) {
    list += (list.empty() ? "" : ", ") + alias + "." + quote_name(column.name);
    list += "::";
    list += column.sent;
  }
  return list;
}

// The key is sent as it is: no index holds a large one.
std::string PgShape::bounded_list() const {
  std::string list;
  for (const PgColumn& column : columns_) {
    const std::string name = "q." + quote_name(column.name);
    list += list.empty() ? "" : ", ";
    list += is_key(column.name) ? name + "::" + std::string(column.sent)
                                : large_values_.sql(name, column.type, column.sent);
  }
  return list;
}

Result<bool> PgShape::may_be_large(PgConnection& connection, const Deadline& deadline) const {
  const auto beside_key = state_columns();
  const bool concerned =
      std::any_of(beside_key.begin(), beside_key.end(),
                  [this](const PgColumn* one) { return large_values_.concerns(one->type); });
  if (!concerned || !is_table()) return concerned;
  PgParams params;
  params.text(table_);
  SB_ASSIGN(const PgAnswer answer, connection.query(kStoredApart, params, deadline));
  return answer.rows() != 1 || answer.truth(0, 0);
}

std::string PgShape::where_sql(const PgConnection& connection, const KeyRange& range) const {
  std::string where;
  const std::string key = key_.compared_sql();
  if (range.from) where = " where " + key + " >= " + key_.literal_sql(connection, *range.from);
  if (!range.below) return where;
  return where + (where.empty() ? " where " : " and ") + key + " < " +
         key_.literal_sql(connection, *range.below);
}

Result<void> PgShape::check(const KeyRange& range) const {
  for (const auto* bound : {&range.from, &range.below}) {
    if (!*bound || key_.values(**bound)) continue;
    return Error::invalid("no row can have the key '" + **bound + "'");
  }
  return {};
}

std::vector<const PgColumn*> PgShape::state_columns() const {
  std::vector<const PgColumn*> columns;
  for (const PgColumn& column : columns_) {
    if (!is_key(column.name)) columns.push_back(&column);
  }
  std::sort(columns.begin(), columns.end(),
            [](const PgColumn* a, const PgColumn* b) { return a->name < b->name; });
  return columns;
}

bool PgShape::is_key(const std::string& name) const {
  return std::any_of(key_.columns().begin(), key_.columns().end(),
                     [&](const PgKeyColumn& column) { return column.name == name; });
}

std::vector<std::string> PgShape::field_names() const {
  std::vector<std::string> names;
  for (std::size_t i = keys_only_; i < columns_.size(); ++i) names.push_back(columns_[i].name);
  return names;
}

std::string PgShape::raw_name() const {
  std::string name = "postgres-1 ";
  for (const PgKeyColumn& key : key_.columns()) {
    put_string(name, key.sent);
    if (key.is_field) put_string(name, key.name);
  }
  for (const PgColumn* column : state_columns()) {
    put_string(name, column->name);
    put_string(name, pg_raw_type(column->type));
  }
  return name;
}

std::string PgShape::raw_list(bool bounded) const {
  std::string list = key_.sent_sql();
  for (const PgColumn* column : state_columns()) {
    const std::string name = "q." + quote_name(column->name);
    const std::string_view sent = pg_raw_type(column->type);
    list += ", " + (bounded ? large_values_.sql(name, column->type, sent)
                            : name + "::" + std::string(sent));
  }
  return list;
}

std::string PgShape::range_sql(const PgConnection& connection, const KeyRange& range,
                               const std::string* after, std::size_t limit, PgRowForm form) const {
  std::string where = where_sql(connection, after == nullptr ? range : KeyRange{{}, range.below});
  if (after != nullptr) {
    where += (where.empty() ? " where " : " and ") + key_.compared_sql() + " > " +
             key_.literal_sql(connection, *after);
  }
  const std::string columns = form.raw       ? raw_list(form.bounded)
                              : form.bounded ? bounded_list()
                                             : list("q");
  return "copy (select " + columns + from_sql() + where + " order by " + key_.order_sql() +
         " limit " + std::to_string(limit) + ") to stdout (format binary)";
}

std::string PgShape::read_sql() const {
  return "select " + bounded_list() + from_sql() + " where " + key_.in_arrays_sql(1);
}

std::string PgShape::null_key_sql() const {
  return "select 1" + from_sql() + " where " + key_.null_sql() + " limit 1";
}

}  // namespace sideband
