// Functions of lists and maps: size, and the extension "lists" of cel-go.
#include <fmt/format.h>

#include <algorithm>

#include "cel/compare.h"
#include "cel/functions/specs.h"
#include "cel/map.h"

namespace sideband::cel {
namespace {

Value size_of_list(const Call& call) {
  return Value::integer(static_cast<std::int64_t>(call.args[0].items().size()));
}
Value size_of_map(const Call& call) {
  return Value::integer(static_cast<std::int64_t>(call.args[0].as_map().size()));
}

// The first item that is an error or unknown; null when all are values.
Value first_missing(const std::vector<Value>& items) {
  for (const Value& item : items) {
    if (item.is_missing()) return item;
  }
  return {};
}

Value join_with(const Call& call, std::string_view separator) {
  std::string out;
  for (std::size_t i = 0; i < call.args[0].items().size(); ++i) {
    const Value& item = call.args[0].items()[i];
    if (item.is_missing()) return item;
    if (!item.is(Kind::kString)) return Value::error("join() needs a list of strings");
    if (!call.budget.spend(item.weight() + separator.size() / 16)) return Budget::error();
    if (i > 0) out += separator;
    out += item.as_text();
  }
  return Value::string(std::move(out));
}
Value join(const Call& call) {
  return join_with(call, "");
}
Value join_by(const Call& call) {
  return join_with(call, call.args[1].as_text());
}

Value slice(const Call& call) {
  const auto& items = call.args[0].items();
  const std::int64_t begin = call.args[1].as_int(), end = call.args[2].as_int();
  if (begin < 0 || begin > end || end > static_cast<std::int64_t>(items.size())) {
    return Value::error(fmt::format("slice({}, {}) of a list of {}", begin, end, items.size()));
  }
  if (!call.budget.spend(static_cast<std::uint64_t>(end - begin))) return Budget::error();
  return Value::list({items.begin() + begin, items.begin() + end});
}

// Lists inside a list, down to a depth, become their items.
Value flatten_into(const Call& call, const std::vector<Value>& items, std::int64_t depth,
                   std::vector<Value>& out) {
  for (const Value& item : items) {
    if (!call.budget.spend(1)) return Budget::error();
    if (item.is(Kind::kList) && depth > 0) {
      Value problem = flatten_into(call, item.items(), depth - 1, out);
      if (problem.is_missing()) return problem;
    } else {
      out.push_back(item);
    }
  }
  return {};
}
Value flatten_to(const Call& call, std::int64_t depth) {
  if (depth < 0) return Value::error("flatten() needs a depth of 0 or more");
  std::vector<Value> out;
  Value problem = flatten_into(call, call.args[0].items(), depth, out);
  return problem.is_missing() ? problem : Value::list(std::move(out));
}
Value flatten(const Call& call) {
  return flatten_to(call, 1);
}
Value flatten_deep(const Call& call) {
  return flatten_to(call, call.args[1].as_int());
}

Value reverse_list(const Call& call) {
  if (!call.budget.spend(call.args[0].items().size())) return Budget::error();
  const auto& items = call.args[0].items();
  return Value::list({items.rbegin(), items.rend()});
}

// Looks through what is there for each item: the square of the size.
Value distinct(const Call& call) {
  if (Value missing = first_missing(call.args[0].items()); missing.is_missing()) return missing;
  std::vector<Value> out;
  for (const Value& item : call.args[0].items()) {
    bool found = false;
    for (const Value& before : out) {
      if (!call.budget.spend(std::min(item.weight(), before.weight()))) return Budget::error();
      const Value same = equals(before, item);
      if (same.is(Kind::kUnknown)) return same;
      if (same.is_true()) {
        found = true;
        break;
      }
    }
    if (!found) out.push_back(item);
  }
  return Value::list(std::move(out));
}

Value sort(const Call& call) {
  const auto& items = call.args[0].items();
  if (Value missing = first_missing(items); missing.is_missing()) return missing;
  if (const std::string problem = why_not_sorted(items); !problem.empty()) {
    return Value::error("sort() " + problem);
  }
  if (!call.budget.spend(call.args[0].weight() * kSortCost)) return Budget::error();
  std::vector<Value> sorted = items;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Value& a, const Value& b) { return compare(a, b) < 0; });
  return Value::list(std::move(sorted));
}

Value first(const Call& call) {
  const auto& items = call.args[0].items();
  return items.empty() ? Value::none() : Value::optional(items.front());
}
Value last(const Call& call) {
  const auto& items = call.args[0].items();
  return items.empty() ? Value::none() : Value::optional(items.back());
}

Value range(const Call& call) {
  const std::int64_t count = call.args[0].as_int();
  if (count < 0) return Value::error("lists.range() needs a count of 0 or more");
  if (!call.budget.spend(static_cast<std::uint64_t>(count))) return Budget::error();
  std::vector<Value> items;
  items.reserve(static_cast<std::size_t>(count));
  for (std::int64_t i = 0; i < count; ++i) items.push_back(Value::integer(i));
  return Value::list(std::move(items));
}

}  // namespace

FunctionSpecs list_functions() {
  return {
      {"size", false, {"l", 'i', size_of_list}},
      {"size", true, {"l", 'i', size_of_list}},
      {"size", false, {"m", 'i', size_of_map}},
      {"size", true, {"m", 'i', size_of_map}},
      {"join", true, {"l", 's', join}},
      {"join", true, {"ls", 's', join_by}},
      {"slice", true, {"lii", 'l', slice}},
      {"flatten", true, {"l", 'l', flatten}},
      {"flatten", true, {"li", 'l', flatten_deep}},
      {"reverse", true, {"l", 'l', reverse_list}},
      {"distinct", true, {"l", 'l', distinct}},
      {"sort", true, {"l", 'l', sort}},
      {"first", true, {"l", 'o', first}},
      {"last", true, {"l", 'o', last}},
      {"lists.range", false, {"i", 'l', range}},
  };
}

}  // namespace sideband::cel
