#include "drivers/sqlite/values.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "model/int64_key.h"

namespace sideband {
namespace {

std::string real_text(double value) {
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  char text[64];
  for (int digits = 15; digits <= 17; ++digits) {
    const auto end =
        std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
    double back = 0;
    std::from_chars(text, end, back);
    if (back == value || digits == 17) return {text, end};
  }
  return {};
}

// Only the text that real_text writes.
std::optional<double> real_of(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || std::isnan(value)) return std::nullopt;
  return real_text(value) == text ? std::optional(value) : std::nullopt;
}

// The class that a text has where none is told.
int class_of(std::string_view text) {
  if (parse_int64_key(text)) return SQLITE_INTEGER;
  return real_of(text) ? SQLITE_FLOAT : SQLITE_TEXT;
}

// The class that a column makes of a text which bind_field gives it; none of a text that a column
// of numbers is not given.
int class_in(const SqliteColumn& column, std::string_view text) {
  if (column.affinity == SqliteAffinity::kText) return SQLITE_TEXT;
  if (column.affinity == SqliteAffinity::kBlob) return column.bytes() ? SQLITE_BLOB : SQLITE_TEXT;
  const int type = class_of(text);
  if (column.affinity == SqliteAffinity::kReal) return type == SQLITE_TEXT ? 0 : SQLITE_FLOAT;
  if (text == "true" || text == "false") return SQLITE_INTEGER;
  const bool refused = type == SQLITE_TEXT || text.ends_with("Infinity");
  return column.affinity == SqliteAffinity::kInteger && refused ? 0 : type;
}

std::string_view class_name(int type) {
  if (type == SQLITE_INTEGER) return "integer";
  if (type == SQLITE_FLOAT) return "real";
  return type == SQLITE_BLOB ? "blob" : "text";
}

int class_called(std::string_view name) {
  if (name == "integer") return SQLITE_INTEGER;
  if (name == "real") return SQLITE_FLOAT;
  return name == "blob" ? SQLITE_BLOB : SQLITE_TEXT;
}

void bind_as(SqliteStatement& statement, int at, int type, const std::string& text) {
  double real = 0;
  std::from_chars(text.data(), text.data() + text.size(), real);
  const auto number = parse_int64_key(text);
  if (type == SQLITE_INTEGER && number) return statement.bind_int(at, *number);
  if (type == SQLITE_FLOAT) return statement.bind_real(at, real);
  if (type == SQLITE_BLOB) return statement.bind_blob(at, text);
  statement.bind_text(at, text);
}

// What other databases call so and SQLite stores as a number.
bool bind_word(SqliteStatement& statement, int at, const SqliteColumn& column,
               const std::string& text) {
  if (column.affinity == SqliteAffinity::kText || column.affinity == SqliteAffinity::kBlob) {
    return false;
  }
  const auto real = text.ends_with("Infinity") ? real_of(text) : std::nullopt;
  const bool truth = text == "true";
  if (real && column.affinity != SqliteAffinity::kInteger) {
    statement.bind_real(at, *real);
  } else if ((truth || text == "false") && column.affinity != SqliteAffinity::kReal) {
    statement.bind_int(at, truth ? 1 : 0);
  } else {
    return false;
  }
  return true;
}

std::string in_capitals(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

Result<std::map<std::string, std::string>> types_of_columns(SqliteDatabase& db,
                                                            const std::string& table) {
  SB_ASSIGN(SqliteStatement info,
            SqliteStatement::prepare(db, "select name, type from pragma_table_xinfo(?1)"));
  info.bind_text(1, table);
  std::map<std::string, std::string> types;
  for (;;) {
    SB_ASSIGN(const bool row, info.step());
    if (!row) return types;
    types.emplace(info.bytes(0), info.bytes(1));
  }
}

}  // namespace

SqliteAffinity affinity_of(std::string_view declared) {
  const auto says = [&](std::string_view word) { return declared.find(word) != declared.npos; };
  if (says("INT")) return SqliteAffinity::kInteger;
  if (says("CHAR") || says("CLOB") || says("TEXT")) return SqliteAffinity::kText;
  if (says("BLOB") || declared.empty()) return SqliteAffinity::kBlob;
  const bool real = says("REAL") || says("FLOA") || says("DOUB");
  return real ? SqliteAffinity::kReal : SqliteAffinity::kNumeric;
}

Result<SqliteColumns> describe_columns(SqliteDatabase& db, const std::string& table,
                                       const std::vector<std::string>& names) {
  SqliteColumns columns;
  SB_ASSIGN(SqliteStatement kind,
            SqliteStatement::prepare(
                db, "select strict from pragma_table_list where schema = 'main' and name = ?1"));
  kind.bind_text(1, table);
  SB_ASSIGN(const bool known, kind.step());
  columns.strict = known && kind.integer(0) != 0;
  SB_ASSIGN(const auto types, types_of_columns(db, table));
  for (const std::string& name : names) {
    const auto type = types.find(name);
    const std::string declared = type == types.end() ? "INTEGER" : in_capitals(type->second);
    const bool any = columns.strict && declared == "ANY";
    columns.list.push_back({name, declared, any ? SqliteAffinity::kBlob : affinity_of(declared)});
  }
  return columns;
}

std::string column_text(const SqliteStatement& row, int column) {
  switch (row.type(column)) {
    case SQLITE_INTEGER:
      return std::to_string(row.integer(column));
    case SQLITE_FLOAT:
      return real_text(row.real(column));
    default:
      return row.bytes(column);
  }
}

std::string class_field(const std::string& column) {
  return "typeof(" + column + ")";
}

bool tells_class(const Fields& want, const SqliteColumn& column) {
  return want.contains(class_field(column.name));
}

std::optional<std::string> class_told(const SqliteStatement& row, int at, const std::string& text,
                                      const SqliteColumn& column, SqliteClasses classes) {
  if (classes == SqliteClasses::kLeftOut) return std::nullopt;
  const int type = row.type(at);
  if (type == (classes == SqliteClasses::kTold ? class_of(text) : class_in(column, text))) {
    return std::nullopt;
  }
  return std::string(class_name(type));
}

void bind_field(SqliteStatement& statement, int at, const SqliteColumn& column, const Fields& want,
                SqliteClasses classes) {
  const auto value = want.find(column.name);
  if (value == want.end()) return statement.bind_null(at);
  const std::string& text = value->second;
  const auto told = want.find(class_field(column.name));
  if (told != want.end() && classes != SqliteClasses::kLeftOut) {
    return bind_as(statement, at, class_called(told->second), text);
  }
  if (classes == SqliteClasses::kTold) return bind_as(statement, at, class_of(text), text);
  if (column.bytes()) return statement.bind_blob(at, text);
  if (!bind_word(statement, at, column, text)) statement.bind_text(at, text);
}

}  // namespace sideband
