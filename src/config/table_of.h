// TableOf<T>: a field table whose rows set members of T. Defaults shown to people are taken from a
// default-made T, so that documentation cannot differ from what happens.
#pragma once

#include <fmt/format.h>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "config/decode.h"
#include "config/options.h"

namespace sideband::config {

template <class T>
class TableOf {
 public:
  // --- rows of one value ---
  TableOf& text(std::string key, std::string T::*member, std::string doc) {
    return value(std::move(key), FieldType::kText, member, read_text, std::move(doc));
  }
  TableOf& name(std::string key, std::string T::*member, std::string doc) {
    return value(std::move(key), FieldType::kName, member, read_name, std::move(doc));
  }
  TableOf& pattern(std::string key, std::string T::*member, std::string doc) {
    return value(std::move(key), FieldType::kTemplate, member, read_template, std::move(doc));
  }
  TableOf& pointer(std::string key, std::string T::*member, std::string doc) {
    return value(std::move(key), FieldType::kPointer, member, read_pointer, std::move(doc));
  }
  TableOf& duration(std::string key, Duration T::*member, std::string doc) {
    return value(std::move(key), FieldType::kDuration, member, parse_duration, std::move(doc));
  }
  TableOf& count(std::string key, std::int64_t T::*member, std::string doc) {
    return value(std::move(key), FieldType::kCount, member, parse_count, std::move(doc));
  }
  TableOf& percent(std::string key, std::int64_t T::*member, std::string doc) {
    return value(std::move(key), FieldType::kPercent, member, parse_percent, std::move(doc));
  }
  TableOf& size(std::string key, std::int64_t T::*member, std::string doc) {
    return value(std::move(key), FieldType::kSize, member, parse_size, std::move(doc));
  }
  TableOf& number(std::string key, double T::*member, std::string doc) {
    return value(std::move(key), FieldType::kNumber, member, read_number, std::move(doc));
  }
  TableOf& boolean(std::string key, bool T::*member, std::string doc) {
    return value(std::move(key), FieldType::kBool, member, read_bool, std::move(doc));
  }
  TableOf& date(std::string key, std::optional<WallTime> T::*member, std::string doc) {
    return add(std::move(key), FieldType::kDate, std::move(doc), [member](const Reading& r) {
      assign(r, static_cast<T*>(r.out)->*member, read_date);
    });
  }

  // One of a closed list of words, each with its value.
  template <class V>
  TableOf& one_of(std::string key, V T::*member, std::vector<std::pair<std::string, V>> words,
                  std::string doc) {
    std::vector<std::string> names;
    std::string fallback;
    for (const auto& [word, meaning] : words) {
      names.push_back(word);
      if (meaning == T{}.*member) fallback = word;
    }
    add(std::move(key), FieldType::kEnum, std::move(doc),
        [member, words = std::move(words)](const Reading& r) {
          const std::optional<std::size_t> index = word_index(r);
          if (index) static_cast<T*>(r.out)->*member = words[*index].second;
        });
    fields_.back().values = std::move(names);
    fields_.back().fallback = fallback;
    return *this;
  }

  // --- rows of many values ---
  TableOf& list(std::string key, std::vector<std::string> T::*member, FieldType item,
                Result<std::string> (*reader)(std::string_view), std::string doc) {
    return list_of(std::move(key), member, item, reader, std::move(doc));
  }
  template <class U, class V>
  TableOf& list_of(std::string key, std::vector<U> T::*member, FieldType item,
                   Result<V> (*reader)(std::string_view), std::string doc) {
    add(std::move(key), FieldType::kList, std::move(doc), [member, reader](const Reading& r) {
      auto& out = static_cast<T*>(r.out)->*member;
      std::size_t index = 0;
      for (const Node* node : list_items(r)) {
        const std::string path = item_path(r, index++);
        std::optional<U> item_value;
        assign({r.field, *node, path, r.messages, r.out}, item_value, reader);
        if (item_value) out.push_back(std::move(*item_value));
      }
    });
    fields_.back().item = item;
    return *this;
  }
  template <class U>
  TableOf& tables(std::string key, std::vector<U> T::*member, const TableOf<U>& items,
                  std::string doc) {
    const auto rows = share(items.fields());
    add(std::move(key), FieldType::kList, std::move(doc), [member, rows](const Reading& r) {
      auto& out = static_cast<T*>(r.out)->*member;
      std::size_t index = 0;
      for (const Node* node : list_items(r)) {
        out.emplace_back();
        decode(*rows, *node, item_path(r, index++), &out.back(), r.messages);
      }
    });
    fields_.back().item = FieldType::kTable;
    fields_.back().fields = rows;
    return *this;
  }
  // A map with free keys and values of one type.
  template <class V>
  TableOf& map(std::string key, std::map<std::string, V> T::*member, FieldType item,
               Result<V> (*reader)(std::string_view), std::string doc) {
    add(std::move(key), FieldType::kMap, std::move(doc), [member, reader](const Reading& r) {
      if (r.node.kind != NodeKind::kMap) return report_kind(r, "a map");
      for (const Entry& entry : r.node.entries) {
        const std::string path = join_path(r.path, entry.key);
        auto& slot = (static_cast<T*>(r.out)->*member)[entry.key];
        assign({r.field, entry.value, path, r.messages, r.out}, slot, reader);
      }
    });
    fields_.back().item = item;
    return *this;
  }

  // --- nested tables ---
  template <class U>
  TableOf& table(std::string key, U T::*member, const TableOf<U>& rows, std::string doc) {
    return nested(std::move(key), rows.fields(), std::move(doc),
                  [member](void* out) -> void* { return &(static_cast<T*>(out)->*member); });
  }
  // Keys that stand in a map of their own but are members of this T.
  TableOf& section(std::string key, const TableOf<T>& rows, std::string doc) {
    return nested(std::move(key), rows.fields(), std::move(doc), [](void* out) { return out; });
  }
  // Rows beside these ones that are kept as driver options.
  TableOf& options(const Fields& rows, DriverOptions T::*member) {
    for (Field& field : option_rows(rows, options_at(member))) fields_.push_back(std::move(field));
    return *this;
  }
  // A map whose rows are driver options.
  TableOf& options_table(std::string key, const Fields& rows, DriverOptions T::*member,
                         std::string doc) {
    return nested(std::move(key), option_rows(rows, options_at(member)), std::move(doc),
                  [](void* out) { return out; });
  }
  TableOf& row(Field field) {
    fields_.push_back(std::move(field));
    return *this;
  }

  // --- of the row before ---
  TableOf& required() {
    fields_.back().required = true;
    fields_.back().fallback.clear();
    return *this;
  }
  TableOf& fallback(std::string words) {
    fields_.back().fallback = std::move(words);
    return *this;
  }
  TableOf& at_least(std::int64_t minimum) {
    fields_.back().minimum = minimum;
    return *this;
  }
  // The key's name of before: whoever writes it is told the new one.
  TableOf& was(std::string key) {
    fields_.back().was = std::move(key);
    return *this;
  }
  TableOf& or_single() {
    fields_.back().single = true;
    return *this;
  }

  [[nodiscard]] Fields fields() const { return fields_; }

 private:
  static std::function<DriverOptions&(void*)> options_at(DriverOptions T::*member) {
    return [member](void* out) -> DriverOptions& { return static_cast<T*>(out)->*member; };
  }

  template <class Slot, class V>
  static void assign(const Reading& reading, Slot& slot, Result<V> (*reader)(std::string_view)) {
    const std::string* text = scalar_text(reading);
    if (text == nullptr) return;
    Result<V> value = reader(*text);
    if (!value.ok()) return report(reading, value.error());
    if constexpr (std::is_same_v<V, std::int64_t>) {
      if (!check_minimum(reading, *value)) return;
    } else if constexpr (std::is_same_v<V, Duration>) {
      if (!check_minimum(reading, value->count())) return;
    }
    slot = std::move(value).value();
  }

  template <class V>
  TableOf& value(std::string key, FieldType type, V T::*member,
                 Result<V> (*reader)(std::string_view), std::string doc) {
    add(std::move(key), type, std::move(doc),
        [member, reader](const Reading& r) { assign(r, static_cast<T*>(r.out)->*member, reader); });
    fields_.back().fallback = fallback_text(T{}.*member);
    return *this;
  }

  template <class Find>
  TableOf& nested(std::string key, Fields rows, std::string doc, Find find) {
    const auto shared = share(std::move(rows));
    add(std::move(key), FieldType::kTable, std::move(doc), [shared, find](const Reading& r) {
      decode(*shared, r.node, r.path, find(r.out), r.messages);
    });
    fields_.back().fields = shared;
    fields_.back().absent = [shared, find](void* out) { fill_absent(*shared, find(out)); };
    return *this;
  }

  TableOf& add(std::string key, FieldType type, std::string doc,
               std::function<void(const Reading&)> read) {
    Field field{.key = std::move(key), .type = type, .doc = std::move(doc)};
    field.read = std::move(read);
    fields_.push_back(std::move(field));
    return *this;
  }

  Fields fields_;
};

}  // namespace sideband::config
