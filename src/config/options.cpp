#include "config/options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/units.h"
#include "config/decode.h"

namespace sideband::config {
namespace {

using FindOptions = std::function<DriverOptions&(void*)>;

// The text of one scalar value, checked; nothing after reporting.
const std::string* checked_text(const Reading& reading, FieldType type) {
  if (type == FieldType::kEnum) {
    const auto index = word_index(reading);
    return index ? &reading.field.values[*index] : nullptr;
  }
  const std::string* text = scalar_text(reading);
  if (text == nullptr) return nullptr;
  const Result<void> good = check_scalar(type, *text);
  if (good.ok()) return text;
  report(reading, good.error());
  return nullptr;
}

// Whether a checked value is at least the field's minimum; others than numbers always are.
bool is_enough(const Reading& reading, const std::string& text) {
  switch (reading.field.type) {
    case FieldType::kCount:
      return check_minimum(reading, *parse_count(text));
    case FieldType::kSize:
      return check_minimum(reading, *parse_size(text));
    case FieldType::kDuration:
      return check_minimum(reading, parse_duration(text)->count());
    default:
      return true;
  }
}

void read_scalar(const Reading& reading, const std::string& key, DriverOptions& options) {
  const std::string* text = checked_text(reading, reading.field.type);
  if (text != nullptr && is_enough(reading, *text)) options[key] = *text;
}

void read_list(const Reading& reading, const std::string& key, DriverOptions& options) {
  std::vector<std::string> texts;
  std::size_t index = 0;
  for (const Node* node : list_items(reading)) {
    const std::string path = item_path(reading, index++);
    const Reading item{reading.field, *node, path, reading.messages, reading.out};
    const std::string* text = checked_text(item, reading.field.item);
    if (text == nullptr) continue;
    if (text->find('\n') != std::string::npos) {
      report(item, Error::invalid("an item of this list cannot have a line break"));
      continue;
    }
    texts.push_back(*text);
  }
  options[key] = fmt::format("{}", fmt::join(texts, "\n"));
}

// {valueFrom: {env: NAME}} or {valueFrom: {file: PATH}}. A secret in the text is refused, and the
// message does not repeat it.
void read_secret(const Reading& reading, const std::string& key, DriverOptions& options) {
  const Node* from = reading.node.find("valueFrom");
  const bool good =
      from != nullptr && reading.node.entries.size() == 1 && from->entries.size() == 1 &&
      (from->find("env") != nullptr || from->find("file") != nullptr) &&
      from->entries[0].value.kind == NodeKind::kScalar && !from->entries[0].value.text.empty();
  if (good) {
    options[key + "." + from->entries[0].key] = from->entries[0].value.text;
    return;
  }
  reading.messages.error(reading.node.span, reading.path,
                         "a secret is named, never written here; use {valueFrom: {env: NAME}} or "
                         "{valueFrom: {file: PATH}}");
}

void read_map(const Reading& reading, const std::string& key, DriverOptions& options) {
  if (reading.node.kind != NodeKind::kMap) return report_kind(reading, "a map");
  for (const Entry& entry : reading.node.entries) {
    const std::string path = join_path(reading.path, entry.key);
    const Reading item{reading.field, entry.value, path, reading.messages, reading.out};
    if (reading.field.item == FieldType::kSecret) {
      read_secret(item, key + "." + entry.key, options);
      continue;
    }
    if (const std::string* text = checked_text(item, reading.field.item)) {
      options[key + "." + entry.key] = *text;
    }
  }
}

void read_value(const Reading& reading, const std::string& key, DriverOptions& options) {
  switch (reading.field.type) {
    case FieldType::kList:
      return read_list(reading, key, options);
    case FieldType::kMap:
      return read_map(reading, key, options);
    case FieldType::kSecret:
      return read_secret(reading, key, options);
    default:
      return read_scalar(reading, key, options);
  }
}

Fields rows_below(const std::string& prefix, const Fields& fields, const FindOptions& options);

Field nested_row(Field field, const std::string& key, const FindOptions& options) {
  const auto below = share(rows_below(key + ".", *field.fields, options));
  field.fields = below;
  field.read = [below](const Reading& r) { decode(*below, r.node, r.path, r.out, r.messages); };
  field.absent = [below](void* out) { fill_absent(*below, out); };
  return field;
}

Fields rows_below(const std::string& prefix, const Fields& fields, const FindOptions& options) {
  Fields rows;
  for (Field field : fields) {
    const std::string key = prefix + field.key;
    if (field.type == FieldType::kTable) {
      rows.push_back(nested_row(std::move(field), key, options));
      continue;
    }
    field.read = [key, options](const Reading& r) { read_value(r, key, options(r.out)); };
    if (!field.fallback.empty()) {
      field.absent = [key, options, text = field.fallback](void* out) { options(out)[key] = text; };
    }
    rows.push_back(std::move(field));
  }
  return rows;
}

}  // namespace

Fields option_rows(const Fields& fields, const FindOptions& options) {
  return rows_below("", fields, options);
}

DriverOptions decode_options(const Fields& fields, const Node& node, const std::string& path,
                             Messages& messages) {
  DriverOptions options;
  const Fields rows = option_rows(
      fields, [](void* out) -> DriverOptions& { return *static_cast<DriverOptions*>(out); });
  decode(rows, node, path, &options, messages);
  return options;
}

}  // namespace sideband::config
