#include "config/decode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/units.h"

namespace sideband::config {
namespace {

const Field* find_field(const Fields& fields, std::string_view key) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& field) { return field.key == key; });
  return at == fields.end() ? nullptr : &*at;
}

const Field* renamed_field(const Fields& fields, std::string_view key) {
  const auto at = std::find_if(fields.begin(), fields.end(),
                               [&](const Field& field) { return field.was == key; });
  return at == fields.end() ? nullptr : &*at;
}

std::vector<std::string> required_keys(const Fields& fields) {
  std::vector<std::string> keys;
  for (const Field& field : fields) {
    if (field.required) keys.push_back(field.key);
  }
  return keys;
}

void report_unknown(const Fields& fields, const Entry& entry, const std::string& path,
                    Messages& messages) {
  std::vector<std::string> keys = keys_of(fields);
  std::string hint = did_you_mean(entry.key, keys);
  if (hint.empty()) {
    std::sort(keys.begin(), keys.end());
    hint = keys.empty() ? "; no keys are known here"
                        : fmt::format("; known here: {}", fmt::join(keys, ", "));
  }
  messages.error(entry.key_span, join_path(path, entry.key), "unknown key" + hint);
}

std::string choice(const Field& field) {
  return fmt::format("{}{}", field.values.size() == 1 ? "" : "one of ",
                     fmt::join(field.values, ", "));
}

void report_missing(const Field& field, const Node& node, const std::string& path,
                    Messages& messages) {
  std::string text = fmt::format("missing; it is {} and must be set", type_phrase(field.type));
  if (!field.values.empty()) {
    text = "missing; write " + choice(field);
  } else if (field.fields && !required_keys(*field.fields).empty()) {
    text =
        fmt::format("missing; it is a map with {}", fmt::join(required_keys(*field.fields), ", "));
  } else if (field.type != FieldType::kText && !type_example(field.type).empty()) {
    text += fmt::format(", like {}: {}", field.key, type_example(field.type));
  }
  Span span = node.span;
  span.length = 1;
  messages.error(span, join_path(path, field.key), std::move(text));
}

std::string words_hint(const Field& field, const std::string& word) {
  std::string hint = did_you_mean(word, field.values);
  return hint.empty() ? "; write " + choice(field) : hint;
}

}  // namespace

std::shared_ptr<const Fields> share(Fields fields) {
  return std::make_shared<const Fields>(std::move(fields));
}

std::vector<std::string> keys_of(const Fields& fields) {
  std::vector<std::string> keys;
  for (const Field& field : fields) keys.push_back(field.key);
  return keys;
}

std::string join_path(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

void fill_absent(const Fields& fields, void* out) {
  for (const Field& field : fields) {
    if (field.absent) field.absent(out);
  }
}

void decode(const Fields& fields, const Node& node, const std::string& path, void* out,
            Messages& messages) {
  if (node.kind == NodeKind::kBroken) return;
  if (node.kind != NodeKind::kMap) {
    const Field map{.key = "", .type = FieldType::kTable};
    return report_kind({map, node, path, messages, out}, "a map");
  }
  for (const Entry& entry : node.entries) {
    const Field* field = find_field(fields, entry.key);
    const Field* renamed = field == nullptr ? renamed_field(fields, entry.key) : nullptr;
    if (renamed != nullptr) {
      messages.error(entry.key_span, join_path(path, entry.key),
                     fmt::format("`{}` is now called `{}`", entry.key, renamed->key));
      continue;
    }
    if (field == nullptr) field = find_field(fields, "*");
    if (field == nullptr) {
      report_unknown(fields, entry, path, messages);
    } else if (entry.value.kind != NodeKind::kBroken) {
      field->read({*field, entry.value, join_path(path, entry.key), messages, out, entry.key});
    }
  }
  for (const Field& field : fields) {
    if (node.find(field.key) != nullptr) continue;
    const bool old_name = !field.was.empty() && node.find(field.was) != nullptr;
    if (field.required && !old_name) report_missing(field, node, path, messages);
    if (field.absent) field.absent(out);
  }
}

void report_kind(const Reading& reading, std::string_view expected, std::string_view advice) {
  reading.messages.error(
      reading.node.span, reading.path,
      fmt::format("expected {}, found {}{}", expected, kind_name(reading.node), advice));
}

void report(const Reading& reading, const Error& error) {
  reading.messages.error(reading.node.span, reading.path, error.message);
}

bool check_minimum(const Reading& reading, std::int64_t value) {
  const std::int64_t least = reading.field.minimum;
  if (value >= least) return true;
  std::string text = std::to_string(least);
  if (reading.field.type == FieldType::kDuration) text = format_duration(Duration(least));
  if (reading.field.type == FieldType::kPercent)
    text = fmt::format("{:g}%", static_cast<double>(least) / 10'000);
  if (reading.field.type == FieldType::kSize) text += "B";
  report(reading, Error::invalid("must be at least " + text));
  return false;
}

const std::string* scalar_text(const Reading& reading) {
  if (reading.node.kind == NodeKind::kBroken) return nullptr;
  const FieldType type =
      reading.field.type == FieldType::kList || reading.field.type == FieldType::kMap
          ? reading.field.item
          : reading.field.type;
  if (reading.node.kind == NodeKind::kScalar) {
    const bool nothing = reading.node.plain && reading.node.text.empty();
    const bool quoted_bool = type == FieldType::kBool && !reading.node.plain;
    if (!nothing && !quoted_bool) return &reading.node.text;
    if (quoted_bool) {
      report(reading, Error::invalid("expected true or false without quotes"));
      return nullptr;
    }
  }
  // YAML takes {column} for a map.
  const bool unquoted = reading.node.kind == NodeKind::kMap && type == FieldType::kTemplate;
  report_kind(reading, type_phrase(type), unquoted ? "; write it in quotes" : "");
  return nullptr;
}

std::optional<std::size_t> word_index(const Reading& reading) {
  const std::string* word = scalar_text(reading);
  if (word == nullptr) return std::nullopt;
  const auto& values = reading.field.values;
  const auto at = std::find(values.begin(), values.end(), *word);
  if (at != values.end()) return static_cast<std::size_t>(at - values.begin());
  report(reading, Error::invalid(fmt::format("\"{}\" is not known here{}", *word,
                                             words_hint(reading.field, *word))));
  return std::nullopt;
}

std::vector<const Node*> list_items(const Reading& reading) {
  std::vector<const Node*> items;
  if (reading.node.kind == NodeKind::kList) {
    for (const Node& item : reading.node.items) items.push_back(&item);
  } else if (reading.field.single && reading.node.kind == NodeKind::kScalar) {
    items.push_back(&reading.node);
  } else {
    report_kind(reading, "a list");
    return items;
  }
  if (items.empty() && reading.field.required) {
    report(reading, Error::invalid("must not be empty; write at least one item"));
  }
  return items;
}

std::string item_path(const Reading& reading, std::size_t index) {
  if (reading.node.kind != NodeKind::kList) return reading.path;
  return fmt::format("{}[{}]", reading.path, index);
}

std::string fallback_text(const std::string& value) {
  return value;
}
std::string fallback_text(Duration value) {
  return format_duration(value);
}
std::string fallback_text(std::int64_t value) {
  return std::to_string(value);
}
std::string fallback_text(double value) {
  return fmt::format("{:g}", value);
}
std::string fallback_text(bool value) {
  return value ? "true" : "false";
}

}  // namespace sideband::config
