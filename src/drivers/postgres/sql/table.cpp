#include "drivers/postgres/sql/table.h"

#include <algorithm>

#include "base/check.h"
#include "drivers/options.h"

namespace sideband {
namespace {

constexpr const char* kTypesOfColumns =
    // With the type modifier of a cast too long a text would be cut; an assignment refuses it.
    // What is bytea under the name of a domain is sent as bytes too.
    "select a.attname::text, format_type(a.atttypid, -1), (with recursive base(oid, below) as ("
    "select t.oid, t.typbasetype from pg_type t where t.oid = a.atttypid union all "
    "select t.oid, t.typbasetype from base join pg_type t on t.oid = base.below) "
    "select bool_or(oid = 'bytea'::regtype) from base), "
    "a.attgenerated <> '', a.attidentity = 'a', format_type(a.atttypid, a.atttypmod), "
    // A domain over either is sent as its text too.
    "(select coalesce(nullif(t.typbasetype, 0), t.oid) in ('json'::regtype, 'jsonb'::regtype) "
    "from pg_type t where t.oid = a.atttypid) from pg_attribute a "
    "where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped";

constexpr const char* kKeyIsUnique =
    "select format('%I.%I', n.nspname, c.relname), exists (select 1 from pg_index i "
    "where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indimmediate "
    "and i.indpred is null and i.indexprs is null and i.indnkeyatts = cardinality($2) "
    "and i.indnkeyatts = (select count(*) from pg_attribute a where a.attrelid = i.indrelid "
    "and a.attnum = any((i.indkey::int2[])[0:i.indnkeyatts - 1]) and a.attname = any($2))) "
    "from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = $1::regclass";

std::string column_of(const char* prefix, std::size_t i) {
  return prefix + std::to_string(i);
}

}  // namespace

Result<PgTable> PgTable::describe(PgConnection& connection, const PgSource& source,
                                  const PgShape& shape, const Deadline& deadline) {
  PgTable table;
  table.table_ = source.from;
  table.key_ = shape.key();
  SB_TRY(table.check_key(connection, deadline));
  SB_TRY(table.read_columns(connection, shape, deadline));
  table.write_sql(shape);
  return table;
}

Result<void> PgTable::check_key(PgConnection& connection, const Deadline& deadline) {
  PgParams params;
  std::vector<PgElement> names;
  for (const PgKeyColumn& column : key_.columns()) names.emplace_back(column.name);
  params.text(table_).array(kPgText, names);
  SB_ASSIGN(const PgAnswer answer, connection.query(kKeyIsUnique, params, deadline));
  if (answer.rows() != 1) return for_person(Error::invalid("there is no table " + table_));
  full_name_ = answer.text(0, 0);
  if (answer.truth(0, 1)) return {};
  return for_person(Error::invalid(
      "rows of " + table_ + " can only be changed with a unique index on " + key_names() +
      " alone, not partial and not deferrable: nothing else keeps a key to one row"));
}

Result<void> PgTable::read_columns(PgConnection& connection, const PgShape& shape,
                                   const Deadline& deadline) {
  PgParams params;
  params.text(table_);
  SB_ASSIGN(const PgAnswer answer, connection.query(kTypesOfColumns, params, deadline));
  for (const PgColumn& column : shape.columns()) {
    if (shape.is_key(column.name)) continue;
    for (int i = 0; i < answer.rows(); ++i) {
      if (answer.text(i, 0) != column.name) continue;
      const bool computed = answer.truth(i, 3);
      columns_.push_back({column.name, answer.text(i, 1), answer.text(i, 5), column.form,
                          column.sent, answer.truth(i, 2), answer.truth(i, 6), !computed,
                          !computed && !answer.truth(i, 4)});
    }
  }
  if (columns_.size() + key_.size() == shape.columns().size()) return {};
  return for_person(
      Error::unsupported("the columns of " + table_ + " changed while it was opened"));
}

std::string PgTable::key_names() const {
  std::string names;
  for (const PgKeyColumn& column : key_.columns()) {
    names += (names.empty() ? "" : ", ") + quote_name(column.name);
  }
  return names;
}

bool PgTable::has_field(const std::string& name) const {
  for (const PgKeyColumn& column : key_.columns()) {
    if (name == column.name) return column.is_field;
  }
  return std::any_of(columns_.begin(), columns_.end(),
                     [&](const PgTableColumn& column) { return column.name == name; });
}

bool PgTable::can_update() const {
  return std::any_of(columns_.begin(), columns_.end(),
                     [](const PgTableColumn& column) { return column.updated; });
}

const std::string& PgTable::sql(ChangeOp op) const {
  switch (op) {
    case ChangeOp::kCreate:
      return insert_;
    case ChangeOp::kUpdate:
      return update_;
    case ChangeOp::kDelete:
      break;
  }
  return erase_;
}

std::string PgTable::value(char of, std::size_t column) const {
  const std::string name = std::string("w.") + of;
  if (!is_wide()) return name + std::to_string(column);
  // A subscript may not be followed by a cast or a collation without parentheses.
  const std::string element = "(" + name + "[" + std::to_string(column + 1) + "])";
  return columns_[column].bytes ? element + "::bytea" : element;
}

// OFFSET keeps the planner from reading a row's array anew for each column.
std::string PgTable::wide_parameters(ChangeOp op) const {
  std::string values = key_.arrays_sql(1);
  std::string names = key_.names("k");
  std::string read = names;
  int at = static_cast<int>(key_.size());
  const auto add = [&](const std::string& name) {
    values += ", $" + std::to_string(++at) + "::text[]";
    names += ", " + name;
    read += ", " + name + "::text[] as " + name;
  };
  if (op != ChangeOp::kCreate) add("f");
  if (op != ChangeOp::kDelete) add("n");
  return "(select " + read + " from unnest(" + values + ") as r(" + names + ") offset 0) as w";
}

// "unnest($1::int8[], $2::text[], ...) as w(k0, ..., f0, f1, ..., n0, n1, ...)"
std::string PgTable::parameters(ChangeOp op) const {
  if (is_wide()) return wide_parameters(op);
  std::string values = key_.arrays_sql(1);
  std::string names = key_.names("k");
  int at = static_cast<int>(key_.size());
  const auto add = [&](const char* prefix, std::size_t i) {
    values += ", $" + std::to_string(++at) + (columns_[i].bytes ? "::bytea[]" : "::text[]");
    names += ", " + column_of(prefix, i);
  };
  for (std::size_t i = 0; i < columns_.size() && op != ChangeOp::kCreate; ++i) add("f", i);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_set_by(op)) add("n", i);
  }
  return "unnest(" + values + ") as w(" + names + ")";
}

// Compares the text that was judged, byte by byte: a collation may hold different texts for equal.
std::string PgTable::guard() const {
  std::string guard;
  for (std::size_t i = 0; i < key_.size(); ++i) {
    const std::string name = "t." + quote_name(key_.columns()[i].name);
    const std::string wanted = column_of("w.k", i);
    guard += (i == 0 ? " where " : " and ") + name + " = " + wanted;
    if (key_.columns()[i].form != PgForm::kText) continue;
    guard += " and " + name + "::text collate \"C\" = " + wanted;
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string name = "t." + quote_name(columns_[i].name);
    guard += " and " + (columns_[i].bytes ? name : name + "::text collate \"C\"") +
             " is not distinct from " + value('f', i);
  }
  return guard;
}

void PgTable::write_sql(const PgShape& shape) {
  const std::string returning = " returning " + shape.list("t");
  const std::string names_of_key = key_names();
  std::string names = names_of_key;
  std::string values = key_.names("w.k");
  std::string assignments;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (!columns_[i].inserted) continue;
    const std::string name = quote_name(columns_[i].name);
    const std::string wanted = value('n', i) + "::" + columns_[i].type;
    names += ", " + name;
    values += ", " + wanted;
    if (!columns_[i].updated) continue;
    assignments += (assignments.empty() ? "" : ", ") + name + " = " + wanted;
  }
  insert_ = "insert into " + table_ + " as t (" + names + ") overriding system value select " +
            values + " from " + parameters(ChangeOp::kCreate) + " on conflict (" + names_of_key +
            ") do nothing" + returning;
  update_ = "update " + table_ + " as t set " + assignments + " from " +
            parameters(ChangeOp::kUpdate) + guard() + returning;
  erase_ = "delete from " + table_ + " as t using " + parameters(ChangeOp::kDelete) + guard() +
           returning;
}

}  // namespace sideband
