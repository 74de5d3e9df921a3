#include "drivers/postgres/table_look.h"

#include <algorithm>
#include <map>

#include "base/near_word.h"
#include "drivers/options.h"

namespace sideband {
namespace {

// How long one question about rows may take: a large table without an index is sorted for it.
constexpr Duration kRowsPatience = std::chrono::seconds(10);
constexpr std::int64_t kTypmodHeader = 4;

constexpr const char* kFindTable =
    "select c.oid::int8, format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n "
    "on n.oid = c.relnamespace, parse_ident($1) p where c.relname = p[cardinality(p)] and "
    "c.relkind in ('r', 'p', 'v', 'm', 'f') and case when cardinality(p) = 2 then "
    "n.nspname = p[1] else pg_table_is_visible(c.oid) end";

constexpr const char* kTableNames =
    "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace where "
    "c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('pg_catalog', "
    "'information_schema', 'pg_toast') limit 10000";

// Of a domain, what it is made of.
constexpr const char* kColumnTypes =
    "select a.attname::text, format_type(a.atttypid, a.atttypmod), "
    "coalesce(nullif(t.typbasetype, 0), t.oid)::int8, "
    "(case when t.typbasetype = 0 then a.atttypmod else t.typtypmod end)::int8, a.attnotnull "
    "from pg_attribute a join pg_type t on t.oid = a.atttypid "
    "where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum";

// A row for each column of each unique index; of an expression without a name.
constexpr const char* kUniqueIndexes =
    "select i.indexrelid::regclass::text, i.indisvalid, i.indimmediate, i.indpred is not null, "
    "coalesce(a.attname::text, '') from pg_index i cross join lateral "
    "unnest((i.indkey::int2[])[0:i.indnkeyatts - 1]) k(n) left join pg_attribute a on "
    "a.attrelid = i.indrelid and a.attnum = k.n and k.n > 0 "
    "where i.indrelid = $1::oid and i.indisunique order by 1";

struct UniqueIndex {
  std::string unfit;  // why it keeps nothing to one row; empty = it does
  std::vector<std::string> columns;
};

ColumnKind kind_of_type(Oid type) {
  switch (type) {
    case kPgInt2:
    case kPgInt4:
    case kPgInt8:
      return ColumnKind::kInteger;
    case kPgNumeric:
      return ColumnKind::kDecimal;
    case kPgFloat4:
    case kPgFloat8:
      return ColumnKind::kFloat;
    case kPgText:
    case kPgVarchar:
      return ColumnKind::kText;
    case kPgBytea:
      return ColumnKind::kBytes;
    case kPgBool:
      return ColumnKind::kBool;
    case kPgUuid:
      return ColumnKind::kUuid;
    case kPgDate:
      return ColumnKind::kDate;
    case kPgTimestamp:
    case kPgTimestamptz:
      return ColumnKind::kTime;
    default:
      return ColumnKind::kOther;
  }
}

// The modifiers of varchar(n) and numeric(p,s) stand behind a header of 4 bytes.
ColumnType column_type(std::string name, std::string text, Oid type, std::int64_t typmod) {
  ColumnType column{std::move(name), std::move(text), kind_of_type(type)};
  if (type == kPgInt2) column.size = 16;
  if (type == kPgInt4) column.size = 32;
  if (type == kPgInt8) column.size = 64;
  if (typmod < kTypmodHeader) return column;
  const std::int64_t modifier = typmod - kTypmodHeader;
  if (type == kPgVarchar) column.size = modifier;
  if (type != kPgNumeric) return column;
  column.scale = modifier & 0x7ff;
  column.size = std::max<std::int64_t>((modifier >> 16) - column.scale, 1);
  return column;
}

class TableLook {
 public:
  TableLook(PgConnection& connection, const PgSource& source, Role role, const Deadline& deadline)
      : connection_(connection), source_(source), role_(role), deadline_(deadline) {
    report_.keys = source.keys;
  }

  Result<TableReport> run() {
    SB_TRY(source_.query.empty() ? look_at_table() : look_at_query());
    return std::move(report_);
  }

 private:
  Result<void> look_at_table();
  Result<void> look_at_query();
  Result<void> add_missing_table();
  Result<void> read_columns();
  Result<void> read_indexes();
  bool check_columns();
  bool check_key_types();
  void check_index();
  Result<void> look_at_rows();
  Result<void> look_for_nulls(const PgShape& shape);
  Result<void> look_for_duplicates(const PgShape& shape);
  void add_unknown(const std::string& what, const Error& error, const std::string& sql);
  [[nodiscard]] bool is_wanted(const std::string& column) const;
  // Whether an index keeps rows to one of each key.
  [[nodiscard]] bool keys_are_unique() const;
  [[nodiscard]] bool is_exact(const UniqueIndex& index) const;

  PgConnection& connection_;
  const PgSource& source_;
  const Role role_;
  const Deadline& deadline_;
  std::int64_t oid_ = 0;
  std::vector<std::string> all_columns_;
  std::map<std::string, Oid> base_types_;
  std::map<std::string, bool> never_null_;
  std::map<std::string, UniqueIndex> indexes_;
  bool duplicates_ = false;
  TableReport report_;
};

Result<void> TableLook::look_at_table() {
  PgParams params;
  params.text(source_.from);
  SB_ASSIGN(const PgAnswer answer, connection_.query(kFindTable, params, deadline_));
  if (answer.rows() == 0) return add_missing_table();
  oid_ = answer.integer(0, 0);
  report_.table = answer.text(0, 1);
  SB_TRY(read_columns());
  SB_TRY(read_indexes());
  // Without its columns nothing more can be asked of it.
  const bool there = check_columns();
  if (there && check_key_types()) SB_TRY(look_at_rows());
  if (there) check_index();
  return {};
}

Result<void> TableLook::add_missing_table() {
  SB_ASSIGN(const PgAnswer answer, connection_.query(kTableNames, {}, deadline_));
  std::vector<std::string> names;
  for (int i = 0; i < answer.rows(); ++i) names.push_back(answer.text(i, 0));
  const std::size_t dot = source_.table.rfind('.');
  const std::string name = source_.table.substr(dot == std::string::npos ? 0 : dot + 1);
  report_.add(FindingLevel::kError, "table",
              "there is no table " + source_.from + did_you_mean(name, names),
              "not among the tables that this role can see");
  return {};
}

Result<void> TableLook::read_columns() {
  PgParams params;
  params.text(std::to_string(oid_));
  SB_ASSIGN(const PgAnswer answer, connection_.query(kColumnTypes, params, deadline_));
  for (int i = 0; i < answer.rows(); ++i) {
    const std::string name = answer.text(i, 0);
    const auto type = static_cast<Oid>(answer.integer(i, 2));
    all_columns_.push_back(name);
    base_types_[name] = type;
    never_null_[name] = answer.truth(i, 4);
    if (!is_wanted(name)) continue;
    report_.columns.push_back(column_type(name, answer.text(i, 1), type, answer.integer(i, 3)));
  }
  return {};
}

Result<void> TableLook::read_indexes() {
  PgParams params;
  params.text(std::to_string(oid_));
  SB_ASSIGN(const PgAnswer answer, connection_.query(kUniqueIndexes, params, deadline_));
  for (int i = 0; i < answer.rows(); ++i) {
    UniqueIndex& index = indexes_[answer.text(i, 0)];
    index.columns.push_back(answer.text(i, 4));
    if (!answer.truth(i, 1)) index.unfit = "is not valid";
    if (!answer.truth(i, 2)) index.unfit = "is deferrable";
    if (answer.truth(i, 3)) index.unfit = "is partial";
    if (index.columns.back().empty()) index.unfit = "is on an expression";
  }
  return {};
}

bool TableLook::is_wanted(const std::string& column) const {
  const auto& ours = source_.columns;
  return source_.is_key(column) || ours.empty() ||
         std::find(ours.begin(), ours.end(), column) != ours.end();
}

bool TableLook::check_columns() {
  std::vector<std::string> wanted = source_.keys;
  for (const std::string& name : source_.columns) {
    if (!source_.is_key(name)) wanted.push_back(name);
  }
  bool all = true;
  for (const std::string& name : wanted) {
    if (base_types_.contains(name)) continue;
    all = false;
    report_.add(
        FindingLevel::kError, source_.is_key(name) ? "key" : "columns",
        report_.table + " has no column " + quote_name(name) + did_you_mean(name, all_columns_),
        "it has " + quote_names(all_columns_));
    report_.findings.back().missing_column = name;
  }
  return all;
}

bool TableLook::check_key_types() {
  bool all = true;
  for (const std::string& name : source_.keys) {
    if (pg_key_order(base_types_[name]) != KeyOrder::kNone) continue;
    const ColumnType* const column = report_.column(name);
    all = false;
    report_.add(FindingLevel::kError, "key",
                "a key column must be smallint, integer, bigint, text, varchar, uuid or bytea",
                quote_name(name) + " is " + (column == nullptr ? "another type" : column->type),
                Remedy::told(role_ == Role::kActual
                                 ? "choose a column of such a type"
                                 : "read it by a query that casts it: " + quote_name(name) +
                                       "::text AS " + quote_name(name)));
  }
  return all;
}

bool TableLook::is_exact(const UniqueIndex& index) const {
  return index.unfit.empty() && std::is_permutation(index.columns.begin(), index.columns.end(),
                                                    source_.keys.begin(), source_.keys.end());
}

bool TableLook::keys_are_unique() const {
  return std::any_of(indexes_.begin(), indexes_.end(), [&](const auto& entry) {
    const UniqueIndex& index = entry.second;
    return index.unfit.empty() &&
           std::all_of(index.columns.begin(), index.columns.end(),
                       [&](const std::string& name) { return source_.is_key(name); });
  });
}

// Only where rows are changed something has to keep a key to one of them.
void TableLook::check_index() {
  if (role_ != Role::kActual) return;
  std::string seen;
  for (const auto& [name, index] : indexes_) {
    if (is_exact(index)) return;
    seen += (seen.empty() ? "" : "; ") + name + " " +
            (index.unfit.empty() ? "is on " + quote_names(index.columns) : index.unfit);
  }
  const std::string keys = quote_names(source_.keys);
  const std::string make =
      "CREATE UNIQUE INDEX CONCURRENTLY ON " + report_.table + " (" + keys + ")";
  report_.add(FindingLevel::kError, "key",
              "rows of " + report_.table + " cannot be changed without a unique index on exactly " +
                  keys + ", not partial and not deferrable",
              seen.empty() ? "it has no unique index" : seen,
              duplicates_
                  ? Remedy::told("make one row of those with the same key, then run: " + make)
                  : Remedy::command(make));
}

// The server alone knows what a query yields: its own words say what is wrong with it.
Result<void> TableLook::look_at_query() {
  const auto described = connection_.describe(source_.select(source_.from), deadline_);
  if (!described) {
    if (described.error().retry != Retry::kPerson) return described.error();
    report_.add(FindingLevel::kError, "query", described.error().message, "");
    return {};
  }
  for (int i = 0; i < described->columns(); ++i) {
    const Oid type = described->type(i);
    PgParams params;
    params.integer(type);
    SB_ASSIGN(const PgAnswer answer,
              connection_.query("select format_type($1::oid, null)", params, deadline_));
    all_columns_.push_back(described->name(i));
    base_types_[described->name(i)] = type;
    report_.columns.push_back(column_type(described->name(i), answer.text(0, 0), type, -1));
  }
  report_.table = "the query";
  if (!check_columns() || !check_key_types()) return {};
  return look_at_rows();
}

Result<void> TableLook::look_at_rows() {
  const auto shape = PgShape::describe(connection_, source_, deadline_);
  // What may not be read is told with the grants.
  if (!shape && shape.error().code == ErrorCode::kPermission) return {};
  if (!shape) return shape.error();
  SB_TRY(look_for_nulls(*shape));
  if (keys_are_unique() || !connection_.fit()) return {};
  return look_for_duplicates(*shape);
}

Result<void> TableLook::look_for_nulls(const PgShape& shape) {
  const bool never = std::all_of(source_.keys.begin(), source_.keys.end(),
                                 [&](const std::string& name) { return never_null_[name]; });
  if (never) return {};
  const Deadline deadline(deadline_.clock(), std::min(kRowsPatience, deadline_.left()));
  const auto answer = connection_.query(shape.null_key_sql(), {}, deadline);
  const std::string columns = quote_names(source_.keys);
  if (!answer) {
    add_unknown("whether a row has NULL in " + columns, answer.error(), shape.null_key_sql());
  } else if (answer->rows() != 0) {
    report_.add(FindingLevel::kError, "key",
                "a row with NULL in a column of its key has no key, and no look at " +
                    report_.table + " succeeds while there is one",
                "there is a row with NULL in " + columns);
  }
  return {};
}

Result<void> TableLook::look_for_duplicates(const PgShape& shape) {
  const PgKey& key = shape.key();
  const std::string sql = "select " + key.sent_names() + ", count(*) from (select " +
                          key.sent_sql() + shape.from_sql() + " where not (" + key.null_sql() +
                          ")) x group by " + key.sent_names() + " having count(*) > 1 limit 1";
  const Deadline deadline(deadline_.clock(), std::min(kRowsPatience, deadline_.left()));
  const auto answer = connection_.query(sql, {}, deadline);
  if (!answer) {
    add_unknown("whether two rows have the same key", answer.error(), sql);
    return {};
  }
  duplicates_ = answer->rows() != 0;
  if (!duplicates_) return {};
  SB_ASSIGN(const std::string text, key.text(*answer, 0, 0));
  const std::int64_t rows = answer->integer(0, static_cast<int>(key.size()));
  report_.add(FindingLevel::kError, "key",
              "more than one row has the same key, and no look at " + report_.table +
                  " succeeds while that is so",
              std::to_string(rows) + " rows have the key '" + text + "'",
              Remedy::told("name more columns in key, or see all of them by: select " +
                           quote_names(source_.keys) + ", count(*)" + shape.from_sql() +
                           " group by " + quote_names(source_.keys) + " having count(*) > 1"));
  return {};
}

void TableLook::add_unknown(const std::string& what, const Error& error, const std::string& sql) {
  report_.add(FindingLevel::kUnknown, "key", "it could not be told " + what, error.message,
              Remedy::told("see for yourself: " + sql));
}

}  // namespace

Result<TableReport> pg_look_at_table(PgConnection& connection, const PgSource& source, Role role,
                                     const Deadline& deadline) {
  return TableLook(connection, source, role, deadline).run();
}

}  // namespace sideband
