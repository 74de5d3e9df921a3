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
  shape.key_is_field_ = source.key_is_field();
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
  SB_TRY(shape.find_key(described, source));
  if (shape.key_form() == PgForm::kText) SB_TRY(shape.find_collation(connection, deadline));
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

Result<void> PgShape::find_key(const PgAnswer& described, const PgSource& source) {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].name != source.key) continue;
    key_ = i;
    order_ = pg_key_order(described.type(static_cast<int>(i)));
    if (order_ != KeyOrder::kNone) return {};
    return for_person(Error::invalid(
        "key column '" + source.key +
        "' must be smallint, integer, bigint, text, varchar, uuid or bytea; cast it in a query: "
        "select " +
        source.key + "::text"));
  }
  return for_person(Error::invalid("there is no column '" + source.key + "' for the key"));
}

Result<void> PgShape::find_collation(PgConnection& connection, const Deadline& deadline) {
  const std::string encoding = connection.server_encoding();
  if (encoding != "UTF8" && encoding != "SQL_ASCII") {
    return for_person(Error::unsupported(
        "keys that are text need a database in UTF8, this one is in " + encoding));
  }
  std::string sql = kBytewise;
  replace_all(sql, "KEY", quote_name(columns_[key_].name));
  replace_all(sql, " FROM ", from_sql() + " ");
  SB_ASSIGN(const PgAnswer answer, connection.query(sql, {}, deadline));
  collate_ = answer.rows() != 1 || !answer.truth(0, 0);
  return {};
}

std::string PgShape::key_sql() const {
  return "q." + quote_name(columns_[key_].name) + (collate_ ? " collate \"C\"" : "");
}

std::string PgShape::key_literal(const PgConnection& connection, const std::string& key) const {
  switch (key_form()) {
    case PgForm::kInteger:
      return "'" + key + "'::int8";
    case PgForm::kUuid:
      return "'" + key + "'::uuid";
    case PgForm::kBytes:
      return "'\\x" + to_hex(key) + "'::bytea";
    default:
      return connection.literal(key);
  }
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

std::string PgShape::key_typed_sql() const {
  const std::string typed = "q." + quote_name(columns_[key_].name) + "::" + pg_key_type(key_form());
  return key_form() == PgForm::kText ? "(" + typed + " collate \"C\")" : typed;
}

std::string PgShape::where_sql(const PgConnection& connection, const KeyRange& range) const {
  std::string where;
  if (range.from) where = " where " + key_sql() + " >= " + key_literal(connection, *range.from);
  if (!range.below) return where;
  return where + (where.empty() ? " where " : " and ") + key_sql() + " < " +
         key_literal(connection, *range.below);
}

Result<void> PgShape::check(const KeyRange& range) const {
  for (const auto* bound : {&range.from, &range.below}) {
    if (!*bound || pg_key_value(key_form(), **bound)) continue;
    return Error::invalid("no row can have the key '" + **bound + "'");
  }
  return {};
}

std::string PgShape::lowest_key() const {
  switch (key_form()) {
    case PgForm::kInteger:
      return "-9223372036854775808";
    case PgForm::kUuid:
      return "00000000-0000-0000-0000-000000000000";
    default:
      return "";
  }
}

std::vector<const PgColumn*> PgShape::state_columns() const {
  std::vector<const PgColumn*> columns;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i != key_) columns.push_back(&columns_[i]);
  }
  std::sort(columns.begin(), columns.end(),
            [](const PgColumn* a, const PgColumn* b) { return a->name < b->name; });
  return columns;
}

std::vector<std::string> PgShape::field_names() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (i != key_ || key_is_field_) names.push_back(columns_[i].name);
  }
  return names;
}

KeyForm PgShape::keys() const {
  if (key_form() == PgForm::kUuid) return KeyForm::kUuid;
  return key_form() == PgForm::kInteger ? KeyForm::kInt64 : KeyForm::kText;
}

std::string PgShape::raw_name() const {
  const PgColumn& key = columns_[key_];
  std::string name = "postgres-1 ";
  put_string(name, key.sent);
  if (key_is_field_) put_string(name, key.name);
  for (const PgColumn* column : state_columns()) {
    put_string(name, column->name);
    put_string(name, pg_raw_type(column->type));
  }
  return name;
}

std::string PgShape::raw_list() const {
  const PgColumn& key = columns_[key_];
  std::string list = "q." + quote_name(key.name) + "::" + std::string(key.sent);
  for (const PgColumn* column : state_columns()) {
    list += ", q." + quote_name(column->name) + "::" + std::string(pg_raw_type(column->type));
  }
  return list;
}

std::string PgShape::range_sql(const PgConnection& connection, const KeyRange& range,
                               const std::string* after, std::size_t limit, bool raw) const {
  std::string where = where_sql(connection, after == nullptr ? range : KeyRange{{}, range.below});
  if (after != nullptr) {
    where +=
        (where.empty() ? " where " : " and ") + key_sql() + " > " + key_literal(connection, *after);
  }
  return "copy (select " + (raw ? raw_list() : list("q")) + from_sql() + where + " order by " +
         key_sql() + " limit " + std::to_string(limit) + ") to stdout (format binary)";
}

std::string PgShape::read_sql() const {
  return "select " + list("q") + from_sql() + " where q." + quote_name(columns_[key_].name) +
         " = any($1)";
}

std::string PgShape::null_key_sql() const {
  return "select 1" + from_sql() + " where q." + quote_name(columns_[key_].name) +
         " is null limit 1";
}

}  // namespace sideband
