#include "drivers/sqlite/keeper.h"

#include "drivers/sql_source.h"
#include "drivers/sqlite/rows.h"

namespace sideband {
namespace {

// A type that has this affinity; a strict table knows only its own types.
std::string_view type_of(const SqliteColumn& column, bool strict) {
  if (strict) return column.declared;
  switch (column.affinity) {
    case SqliteAffinity::kInteger:
      return "INTEGER";
    case SqliteAffinity::kText:
      return "TEXT";
    case SqliteAffinity::kReal:
      return "REAL";
    case SqliteAffinity::kNumeric:
      return "NUMERIC";
    case SqliteAffinity::kBlob:
      break;
  }
  return "BLOB";
}

bool holds_numbers(const SqliteColumn& column) {
  return column.affinity == SqliteAffinity::kInteger || column.affinity == SqliteAffinity::kReal;
}

State no_such_value(const std::string& column) {
  return State::unknown("column '" + column + "' of the actual side cannot hold what is wanted");
}

Result<std::unique_ptr<SqliteStatement>> prepared_keeper(SqliteDatabase& db,
                                                         const std::string& sql) {
  SB_ASSIGN(SqliteStatement statement, SqliteStatement::prepare(db, sql));
  return std::make_unique<SqliteStatement>(std::move(statement));
}

}  // namespace

Result<std::unique_ptr<SqliteKeeper>> SqliteKeeper::open(const SqliteColumns& columns,
                                                         SqliteClasses classes) {
  SB_ASSIGN(auto db, SqliteDatabase::open(":memory:", SqliteAccess::kWrite));
  std::unique_ptr<SqliteKeeper> keeper(new SqliteKeeper(std::move(db), columns, classes));
  SB_TRY(keeper->prepare());
  return keeper;
}

Result<void> SqliteKeeper::prepare() {
  if (columns_.list.empty()) return {};
  std::string columns, parameters;
  for (const SqliteColumn& column : columns_.list) {
    columns += (columns.empty() ? "" : ", ") + quote_name(column.name) + " ";
    columns += type_of(column, columns_.strict);
    parameters += parameters.empty() ? "?" : ", ?";
  }
  SB_TRY(db_->run("create table kept(" + columns + ")" + (columns_.strict ? " strict" : "")));
  SB_ASSIGN(insert_, prepared_keeper(*db_, "insert into kept values(" + parameters + ")"));
  SB_ASSIGN(select_, prepared_keeper(*db_, "select * from kept"));
  SB_ASSIGN(erase_, prepared_keeper(*db_, "delete from kept"));
  return {};
}

Result<void> SqliteKeeper::put(const Fields& want) {
  int at = 0;
  for (const SqliteColumn& column : columns_.list) {
    bind_field(*insert_, ++at, column, want, classes_);
  }
  const auto done = insert_->step();
  insert_->reset();
  if (!done) return done.error();
  return {};
}

Result<State> SqliteKeeper::kept(const Fields& want) {
  if (columns_.list.empty()) return State::of_fields(want);
  SB_TRY(erase_->step());
  erase_->reset();
  if (!put(want)) {
    SB_ASSIGN(const std::string column, refusing_column(want));
    return no_such_value(column);
  }
  SB_TRY(select_->step());
  const std::string refusing = column_without_number(want);
  Fields fields = want;
  for (const SqliteColumn& column : columns_.list) {
    fields.erase(column.name);
    fields.erase(class_field(column.name));
  }
  fields.merge(row_fields(*select_, {0, classes_, columns_.list}));
  select_->reset();
  return refusing.empty() ? State::of_fields(fields) : no_such_value(refusing);
}

// The first column whose value alone is refused.
Result<std::string> SqliteKeeper::refusing_column(const Fields& want) {
  for (const SqliteColumn& column : columns_.list) {
    const auto value = want.find(column.name);
    if (value == want.end()) continue;
    Fields alone = {*value};
    const auto told = want.find(class_field(column.name));
    if (told != want.end()) alone.insert(*told);
    if (!put(alone)) return column.name;
  }
  return Error::internal("no column refuses what all of them refuse together");
}

// In the current row.
std::string SqliteKeeper::column_without_number(const Fields& want) const {
  if (classes_ == SqliteClasses::kTold) return "";
  for (std::size_t i = 0; i < columns_.list.size(); ++i) {
    const int type = select_->type(static_cast<int>(i));
    const bool number = type == SQLITE_INTEGER || type == SQLITE_FLOAT || type == SQLITE_NULL;
    const SqliteColumn& column = columns_.list[i];
    if (!number && holds_numbers(column) && !tells_class(want, column)) return column.name;
  }
  return "";
}

}  // namespace sideband
