#include "cel/selection.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "cel/junction.h"
#include "cel/map.h"
#include "cel/numbers.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

Value no_such_key(const Value& key) {
  return Value::error(fmt::format("no such key: {}", short_text(key)));
}

Value not_selectable(const Value& operand, const char* what) {
  return Value::error(
      fmt::format("no such overload: {} has no {}", type_name(operand.kind()), what));
}

// A number that is whole, as the place of an item.
std::optional<std::int64_t> place_in_list(const Value& key) {
  if (key.is(Kind::kInt)) return key.as_int();
  if (key.is(Kind::kUint)) {
    return key.as_uint() > static_cast<std::uint64_t>(INT64_MAX) ? INT64_MAX : key.as_int();
  }
  if (!key.is(Kind::kDouble) || std::trunc(key.as_double()) != key.as_double()) return std::nullopt;
  return int_of(key.as_double());
}

// What is there, nothing where there is nothing, or in `problem` why that is no question.
const Value* item_at(const Value& operand, const Value& key, Value& problem) {
  if (operand.is(Kind::kMap)) return operand.as_map().find(key);
  if (!operand.is(Kind::kList)) {
    problem = not_selectable(operand, "items");
    return nullptr;
  }
  const auto place = place_in_list(key);
  if (!place) {
    problem =
        Value::error(fmt::format("invalid_argument: {} is no place in a list", short_text(key)));
    return nullptr;
  }
  const bool inside = *place >= 0 && *place < static_cast<std::int64_t>(operand.items().size());
  return inside ? &operand.items()[static_cast<std::size_t>(*place)] : nullptr;
}

Value absent(const Value& operand, const Value& key) {
  if (operand.is(Kind::kMap)) return no_such_key(key);
  return Value::error(fmt::format("invalid_argument: index {} out of range of a list of {}",
                                  short_text(key), operand.items().size()));
}

// A value that is unknown itself stays so: an optional of it would say that it is there.
Value wrapped(const Value& found) {
  return found.is_missing() ? found : Value::optional(found);
}

}  // namespace

Value select_at(const Value& operand, const Value& key, bool optional) {
  if (operand.is_missing() || key.is_missing()) return merge_missing(operand, key);
  if (operand.is(Kind::kOptional)) {
    return operand.has_value() ? select_at(operand.inner(), key, true) : operand;
  }
  Value problem;
  const Value* const found = item_at(operand, key, problem);
  if (problem.is(Kind::kError)) return problem;
  if (found != nullptr) return optional ? wrapped(*found) : *found;
  return optional ? Value::none() : absent(operand, key);
}

Value select(const Value& operand, std::string_view name, bool optional) {
  if (operand.is_missing()) return operand;
  if (operand.is(Kind::kOptional)) {
    return operand.has_value() ? select(operand.inner(), name, true) : operand;
  }
  if (!operand.is(Kind::kMap)) {
    return Value::error(fmt::format("no such key: \"{}\"; a value of type {} has no members", name,
                                    type_name(operand.kind())));
  }
  const Value* const found = operand.as_map().find(name);
  if (found != nullptr) return optional ? wrapped(*found) : *found;
  return optional ? Value::none() : no_such_key(Value::string(std::string(name)));
}

Value has_member(const Value& operand, std::string_view name) {
  if (operand.is_missing()) return operand;
  if (operand.is(Kind::kOptional)) {
    return operand.has_value() ? has_member(operand.inner(), name) : Value::boolean(false);
  }
  if (!operand.is(Kind::kMap)) return not_selectable(operand, "members");
  return Value::boolean(operand.as_map().find(name) != nullptr);
}

}  // namespace sideband::cel
