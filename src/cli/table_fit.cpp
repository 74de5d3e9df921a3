#include "cli/table_fit.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/near_word.h"
#include "policy/template.h"

namespace sideband::cli {
namespace {

bool is_number(ColumnKind kind) {
  return kind == ColumnKind::kInteger || kind == ColumnKind::kDecimal || kind == ColumnKind::kFloat;
}

std::string misfit_of_sizes(const ColumnType& from, const ColumnType& into) {
  if (into.size == 0) return "";
  const bool larger = from.size == 0 || from.size > into.size;
  if (into.kind == ColumnKind::kText) return larger ? "longer texts do not fit" : "";
  if (larger) return "larger numbers do not fit";
  const bool finer = into.kind == ColumnKind::kDecimal && from.scale > into.scale;
  return finer ? "digits behind the point would be lost" : "";
}

std::string misfit_of_numbers(const ColumnType& from, const ColumnType& into) {
  if (into.kind == ColumnKind::kFloat) {
    return from.kind == ColumnKind::kFloat || (from.kind == ColumnKind::kInteger && from.size < 64)
               ? ""
               : "not every number is kept exactly";
  }
  if (into.kind == ColumnKind::kInteger) return "numbers with a fraction do not fit";
  if (from.kind == ColumnKind::kFloat && into.size != 0) return "larger numbers do not fit";
  return "";
}

// The column that a template is a plain copy of; empty where it is more than that.
std::string copied_column(const std::string& text) {
  const auto parsed = Template::parse(text);
  if (!parsed.ok() || parsed->placeholders().size() != 1) return "";
  const std::string name = parsed->placeholders().front();
  return text == "{" + name + "}" ? name : "";
}

// The column of the desired side that the actual side's column `name` is a copy of.
std::string source_of(const CollectionSettings& actual, const std::string& name) {
  if (actual.fields.empty()) return actual.value.empty() ? name : "";
  const auto field = actual.fields.find(name);
  return field == actual.fields.end() ? "" : copied_column(field->second);
}

std::vector<std::string> names_of(const TableReport& report) {
  std::vector<std::string> names;
  for (const ColumnType& column : report.columns) names.push_back(column.name);
  return names;
}

void add_unknown_placeholders(const std::string& option, const std::string& text,
                              const TableReport& desired, std::vector<TableFinding>& out) {
  const auto parsed = Template::parse(text);
  if (!parsed.ok()) return;
  const auto names = names_of(desired);
  for (const std::string& name : parsed->placeholders()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    out.push_back(
        {FindingLevel::kError,
         option,
         fmt::format("the desired side has no column \"{}\"{}", name, did_you_mean(name, names)),
         fmt::format("{} has {}", desired.table, fmt::join(names, ", ")),
         {}});
  }
}

void add_key_misfits(const TableReport& desired, const TableReport& actual,
                     std::vector<TableFinding>& out) {
  if (desired.keys.size() != actual.keys.size()) return;
  for (std::size_t i = 0; i < actual.keys.size(); ++i) {
    const ColumnType* const from = desired.column(desired.keys[i]);
    const ColumnType* const into = actual.column(actual.keys[i]);
    if (from == nullptr || into == nullptr) continue;
    const std::string why = misfit(*from, *into);
    if (why.empty()) continue;
    // A key of another kind is none; of a narrower one some are.
    const bool other = from->kind != into->kind;
    out.push_back({other ? FindingLevel::kError : FindingLevel::kWarning,
                   "key",
                   fmt::format("key column \"{}\" cannot hold each key of the desired side: {}",
                               into->name, why),
                   fmt::format("\"{}\" is {}, and \"{}\" of the desired side is {}", into->name,
                               into->type, from->name, from->type),
                   {}});
  }
}

bool is_key_of(const TableReport& report, const std::string& name) {
  return std::find(report.keys.begin(), report.keys.end(), name) != report.keys.end();
}

void add_column_misfits(const CollectionSettings& actual, const TableReport& desired,
                        const TableReport& report, std::vector<TableFinding>& out) {
  for (const ColumnType& into : report.columns) {
    if (is_key_of(report, into.name)) continue;
    const ColumnType* const from = desired.column(source_of(actual, into.name));
    if (from == nullptr) continue;
    const std::string why = misfit(*from, into);
    if (why.empty()) continue;
    out.push_back({FindingLevel::kWarning,
                   actual.fields.empty() ? "table" : "fields." + into.name,
                   fmt::format("column \"{}\" cannot hold each value of the desired side: {}",
                               into.name, why),
                   fmt::format("\"{}\" is {}, and \"{}\" of the desired side is {}", into.name,
                               into.type, from->name, from->type),
                   {}});
  }
}

std::string in_quotes(const std::string& name) {
  std::string out = "\"";
  for (const char c : name) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

}  // namespace

std::string misfit(const ColumnType& from, const ColumnType& into) {
  const bool known = from.kind != ColumnKind::kOther && into.kind != ColumnKind::kOther;
  if (!known || (into.kind == ColumnKind::kBytes)) return "";
  if (from.kind == into.kind) return misfit_of_sizes(from, into);
  if (into.kind == ColumnKind::kText) {
    return from.kind == ColumnKind::kBytes ? "bytes that are no text do not fit" : "";
  }
  if (is_number(from.kind) && is_number(into.kind)) {
    const std::string why = misfit_of_numbers(from, into);
    if (!why.empty() || into.kind != ColumnKind::kDecimal) return why;
    return from.kind == ColumnKind::kInteger && into.size != 0 && into.size < 19
               ? "larger numbers do not fit"
               : "";
  }
  if (from.kind == ColumnKind::kBool && is_number(into.kind))
    return "true and false are no numbers";
  if (from.kind == ColumnKind::kDate && into.kind == ColumnKind::kTime) return "";
  return "what is no " + into.type + " does not fit";
}

std::vector<TableFinding> misfits_of(const CollectionSettings& actual, const TableReport& desired,
                                     const TableReport& actual_report) {
  std::vector<TableFinding> out;
  if (desired.columns.empty()) return out;
  add_unknown_placeholders("value", actual.value, desired, out);
  for (const auto& [name, text] : actual.fields) {
    add_unknown_placeholders("fields." + name, text, desired, out);
  }
  add_key_misfits(desired, actual_report, out);
  add_column_misfits(actual, desired, actual_report, out);
  return out;
}

void add_columns_to_make(const CollectionSettings& actual, const TableReport& desired,
                         TableReport& actual_report) {
  for (TableFinding& finding : actual_report.findings) {
    if (finding.missing_column.empty() || !finding.remedy.run.empty()) continue;
    const bool key = is_key_of(actual_report, finding.missing_column);
    const ColumnType* const from =
        key ? nullptr : desired.column(source_of(actual, finding.missing_column));
    if (from == nullptr || from->type.empty()) continue;
    finding.remedy.run = fmt::format("ALTER TABLE {} ADD COLUMN {} {}", actual_report.table,
                                     in_quotes(finding.missing_column), from->type);
  }
}

}  // namespace sideband::cli
