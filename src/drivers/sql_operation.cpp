#include "drivers/sql_operation.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "drivers/judge.h"

namespace sideband {
namespace {

using enum config::FieldType;

constexpr std::string_view kTypeNames[] = {"text", "integer", "real", "boolean", "bytes"};

bool is_whole_number(std::string_view text, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

Result<SqlRows> parse_rows(const OptionReader& reader, const std::string& text) {
  SqlRows rows;
  const std::size_t dots = text.find("..");
  const std::string least = text.substr(0, dots);
  const std::string most = dots == std::string::npos ? least : text.substr(dots + 2);
  if (is_whole_number(least, rows.least) && is_whole_number(most, rows.most) && rows.least >= 0 &&
      rows.most >= rows.least) {
    return rows;
  }
  return reader.wrong("expectRows", "\"" + text + "\" is no count of rows; write 1 or 1..10");
}

Result<std::vector<SqlType>> parse_types(const OptionReader& reader) {
  std::vector<SqlType> out;
  for (const std::string& word : reader.lines("types")) {
    const auto* const found = std::find(std::begin(kTypeNames), std::end(kTypeNames), word);
    if (found == std::end(kTypeNames)) {
      return reader.wrong("types", "types are text, integer, real, boolean and bytes");
    }
    out.push_back(static_cast<SqlType>(found - std::begin(kTypeNames)));
  }
  return out;
}

bool fits(SqlType type, const std::string& value) {
  std::int64_t whole = 0;
  double real = 0;
  switch (type) {
    case SqlType::kText:
      return true;
    case SqlType::kInteger:
      return is_whole_number(value, whole);
    case SqlType::kReal: {
      const char* const last = value.data() + value.size();
      const auto [end, error] = std::from_chars(value.data(), last, real);
      return !value.empty() && error == std::errc() && end == last;
    }
    case SqlType::kBoolean:
      return value == "true" || value == "false";
    case SqlType::kBytes:
      break;
  }
  return from_hex(value).ok();
}

Result<void> check_values(const OptionReader& reader, const SqlOperation& operation) {
  const auto& values = operation.parameters;
  if (!operation.types.empty() && operation.types.size() != values.size()) {
    return reader.wrong("types", "there must be one for each parameter");
  }
  if (operation.statements.size() > 1 && operation.types.empty() && !values.empty()) {
    return reader.wrong("types", "is required for parameters of several statements");
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string place = "number " + std::to_string(i + 1);
    if (values[i].find('\0') != std::string::npos) {
      return reader.wrong("parameters", place + " has a NUL in it");
    }
    if (operation.types.empty() || fits(operation.types[i], values[i])) continue;
    return reader.wrong(
        "parameters",
        place + " is not of type " + std::string(kTypeNames[static_cast<int>(operation.types[i])]));
  }
  return {};
}

Result<void> parse_expected(const OptionReader& reader, SqlOperation& out) {
  for (const std::string& line : reader.lines("expectRows")) {
    SB_ASSIGN(const SqlRows rows, parse_rows(reader, line));
    out.expect.push_back(rows);
  }
  if (out.expect.size() < 2 || out.expect.size() == out.statements.size()) return {};
  return reader.wrong("expectRows", "must be one for all statements, or one for each");
}

std::string row_json(const SqlRow& row) {
  JsonObject object;
  for (const auto& [name, value] : row) {
    if (value) {
      object.add(name, *value);
    } else {
      object.add_json(name, "null");
    }
  }
  return object.text();
}

}  // namespace

std::string SqlRows::text() const {
  return least == most ? std::to_string(least)
                       : std::to_string(least) + " to " + std::to_string(most);
}

const SqlRows* SqlOperation::expected(std::size_t statement) const {
  if (expect.empty()) return nullptr;
  return &expect[expect.size() == 1 ? 0 : statement];
}

config::Fields sql_operation_fields(const config::Fields& own) {
  config::Fields out = {
      {.key = "statement",
       .doc = "One statement. Its values are parameters: $1 in PostgreSQL, ?1 in SQLite. Of a "
              "look: a query with one truth value, or with rows that expectRows counts.",
       .literal = true},
      {.key = "statements",
       .type = kList,
       .doc = "Several, in one transaction; instead of statement.",
       .literal = true},
      {.key = "parameters",
       .type = kList,
       .doc = "The values, bound and never pasted into the text.",
       .single = true},
      {.key = "types",
       .type = kList,
       .doc = "Their types: text, integer, real, boolean, bytes (in hex). Without them, what the "
              "statement makes of them.",
       .single = true,
       .literal = true},
      {.key = "expectRows",
       .type = kList,
       .doc = "How many rows a statement must touch, like 1 or 1..10: one for all, or one for "
              "each. Else it is refused and nothing is done.",
       .single = true,
       .literal = true},
      {.key = "idempotent",
       .type = kBool,
       .doc = "Say true where running it twice does no more than once. With a fence it is so by "
              "itself.",
       .fallback = "false"},
  };
  out.insert(out.end(), own.begin(), own.end());
  return out;
}

Result<SqlOperation> parse_sql_operation(const OptionReader& reader) {
  SqlOperation out;
  out.statements = reader.lines("statements");
  const std::string one = reader.text_or("statement", "");
  if (one.empty() == out.statements.empty()) {
    return reader.wrong("statement", "write either statement or statements");
  }
  if (!one.empty()) out.statements = {one};
  out.parameters = reader.items("parameters");
  SB_ASSIGN(out.types, parse_types(reader));
  SB_ASSIGN(out.idempotent, reader.flag_or("idempotent", false));
  SB_TRY(parse_expected(reader, out));
  SB_TRY(check_values(reader, out));
  return out;
}

std::string sql_done_key(const OperationRequest& request) {
  return "done " + request.key;
}

std::string sql_token_key(const OperationRequest& request) {
  return "token " + (request.repair.empty() ? "" : request.repair.text());
}

ChangeOutcome refused_rows(std::size_t statement, std::int64_t rows, const SqlRows& expected) {
  return refused("statement " + std::to_string(statement + 1) + " touched " + std::to_string(rows) +
                 " rows instead of " + expected.text() + "; nothing was done");
}

std::string sql_output(std::int64_t rows, const SqlRow& first) {
  OperationOutput output;
  output.add("rows", rows);
  if (first.empty()) return output.text();
  const std::string json = row_json(first);
  if (!output.add_json("first", json)) {
    output.add("firstDropped", static_cast<std::int64_t>(json.size()));
  }
  return output.text();
}

EffectProbe sql_look(const SqlOperation& operation, std::int64_t rows, const SqlRow& first) {
  EffectProbe look;
  if (const SqlRows* expected = operation.expected(0); expected != nullptr) {
    look.why = "the look found " + std::to_string(rows) + " rows";
    if (expected->holds(rows)) look.effect = EffectStatus::kThere;
    if (!expected->holds(rows) && rows == 0) look.effect = EffectStatus::kNotThere;
  } else {
    const bool one = rows == 1 && first.size() == 1 && first[0].second;
    const std::string value = one ? *first[0].second : "";
    look.why = "the look answered " + (one && value.size() < 10 ? value : "no truth value");
    if (value == "t" || value == "true" || value == "1") look.effect = EffectStatus::kThere;
    if (value == "f" || value == "false" || value == "0") look.effect = EffectStatus::kNotThere;
  }
  if (look.effect == EffectStatus::kThere) look.output = sql_output(rows, first);
  return look;
}

}  // namespace sideband
