#include "config/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "config/decode.h"

namespace sideband::config {
namespace {

// The only item that a list may be written as.
std::string single_text(const Field& field) {
  if (field.item == FieldType::kEnum) return fmt::format("{}", fmt::join(field.values, " | "));
  return std::string(type_name(field.item));
}

// "duration", "list of text", "text, or a list", "observe | propose".
std::string type_text(const Field& field) {
  if (field.type == FieldType::kEnum) return fmt::format("{}", fmt::join(field.values, " | "));
  if (field.type == FieldType::kList && field.single) {
    return single_text(field) + ", or a list";
  }
  if (field.type == FieldType::kList) {
    return fmt::format("list of {}{}", type_name(field.item),
                       field.item == FieldType::kTable ? "s" : "");
  }
  if (field.type == FieldType::kMap) return fmt::format("map of {}", type_name(field.item));
  return std::string(type_name(field.type));
}

std::string presence(const Field& field) {
  if (field.required) return "required";
  return field.fallback.empty() ? "" : "default " + field.fallback;
}

std::string child_line(const Field& field, std::size_t width) {
  const std::string state = presence(field);
  return fmt::format("  {:<{}}  {}{}\n", field.key, width, type_text(field),
                     state.empty() ? "" : ", " + state);
}

std::string child_lines(const Fields& fields) {
  std::size_t width = 0;
  for (const Field& field : fields) width = std::max(width, field.key.size());
  std::string out;
  for (const Field& field : fields) {
    out += child_line(field, width);
    out += fmt::format("  {:<{}}    {}\n", "", width, field.doc);
  }
  return out;
}

std::string field_text(const std::string& path, const Field& field) {
  const std::string state = presence(field);
  std::string out = fmt::format("{}\n\n  {}\n\n  type     {}\n", path, field.doc, type_text(field));
  if (!type_example(field.type).empty() && field.type != FieldType::kText) {
    out += fmt::format("  example  {}\n", type_example(field.type));
  }
  if (field.required) out += "  required\n";
  if (!field.fallback.empty()) out += fmt::format("  default  {}\n", field.fallback);
  out += fmt::format("  since    {}\n", field.since);
  if (field.fields) out += fmt::format("\nkeys:\n{}", child_lines(*field.fields));
  return out;
}

Error unknown(const std::string& path, std::string_view word, const std::string& parent,
              std::vector<std::string> keys) {
  std::string hint = did_you_mean(word, keys);
  std::sort(keys.begin(), keys.end());
  if (hint.empty()) {
    hint =
        keys.empty() ? "; it has no keys" : fmt::format("; there are: {}", fmt::join(keys, ", "));
  }
  const std::string where = parent.empty() ? "" : fmt::format(" in {}", parent);
  return Error::invalid(fmt::format("{}: there is no \"{}\"{}{}", path, word, where, hint));
}

const Field* child(const Fields* fields, std::string_view key) {
  if (fields == nullptr) return nullptr;
  for (const Field& field : *fields) {
    if (field.key == key) return &field;
  }
  return nullptr;
}

std::string table_list(const std::vector<NamedTable>& tables) {
  std::string out = "Paths begin with one of:\n";
  for (const NamedTable& table : tables)
    out += fmt::format("  {:<12}  {}\n", table.name, table.doc);
  return out;
}

// Follows `rest`, the steps of `path` below `table`.
Result<std::string> explain_below(const NamedTable& table, const std::string& path,
                                  std::string_view rest) {
  const Fields* fields = &table.fields;
  std::string done = table.name;
  for (;;) {
    const std::size_t dot = rest.find('.');
    const std::string_view key = rest.substr(0, rest.find_first_of(".["));
    const Field* field = child(fields, key);
    if (field == nullptr) {
      return unknown(path, key, done,
                     fields == nullptr ? std::vector<std::string>() : keys_of(*fields));
    }
    if (dot == std::string_view::npos) return field_text(path, *field);
    done = join_path(done, key);
    fields = field->fields.get();
    rest.remove_prefix(dot + 1);
  }
}

std::string escape_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2) {
    text.insert(at, "\\");
  }
  return text;
}

void put_rows(std::string& out, const Fields& fields, const std::string& prefix) {
  for (const Field& field : fields) {
    const std::string path = join_path(prefix, field.key);
    const std::string value = field.required           ? "required"
                              : field.fallback.empty() ? ""
                                                       : fmt::format("`{}`", field.fallback);
    out += fmt::format("| `{}` | {} | {} | {} | {} |\n", path, escape_cell(type_text(field)), value,
                       escape_cell(field.doc), field.since);
    if (!field.fields) continue;
    put_rows(out, *field.fields, field.type == FieldType::kList ? path + "[]" : path);
  }
}

void add_rows(std::vector<ReferenceRow>& out, const Fields& fields, const std::string& prefix) {
  for (const Field& field : fields) {
    const std::string path = join_path(prefix, field.key);
    out.push_back({path, type_text(field), presence(field), field.doc});
    if (!field.fields) continue;
    add_rows(out, *field.fields, field.type == FieldType::kList ? path + "[]" : path);
  }
}

}  // namespace

std::vector<ReferenceRow> reference_rows(const Fields& fields) {
  std::vector<ReferenceRow> rows;
  add_rows(rows, fields, "");
  return rows;
}

Result<std::string> explain_field(const std::vector<NamedTable>& tables, const std::string& path) {
  if (path.empty()) return table_list(tables);
  const std::size_t dot = path.find('.');
  const std::string name = path.substr(0, dot);
  std::vector<std::string> names;
  for (const NamedTable& table : tables) {
    names.push_back(table.name);
    if (table.name != name) continue;
    if (dot != std::string::npos) return explain_below(table, path, path.substr(dot + 1));
    return fmt::format("{}\n\n  {}\n\nkeys:\n{}", name, table.doc, child_lines(table.fields));
  }
  return unknown(path, name, "", std::move(names));
}

std::string reference_page(const std::vector<NamedTable>& tables) {
  std::string out;
  for (const NamedTable& table : tables) {
    out += fmt::format("## {}\n\n{}\n\n", table.name, table.doc);
    out += "| key | type | default | meaning | since |\n| --- | --- | --- | --- | --- |\n";
    put_rows(out, table.fields, "");
    out += '\n';
  }
  return out;
}

}  // namespace sideband::config
