// The extension "sets" of cel-go: lists as sets.
#include <algorithm>

#include "cel/compare.h"
#include "cel/functions/specs.h"

namespace sideband::cel {
namespace {

// Whether the item is in the list: true, false, unknown, or the error of a spent budget.
Value in_items(const Call& call, const Value& item, const Value& list) {
  if (item.is(Kind::kError)) return item;
  if (!call.budget.spend(list.weight())) return Budget::error();
  Value found = Value::boolean(false);
  for (const Value& other : list.items()) {
    Value same = equals(item, other);
    if (same.is_true()) return same;
    if (same.is(Kind::kUnknown)) found = std::move(same);
  }
  return found;
}

// Whether every item of b is in a.
Value holds_all(const Call& call, const Value& a, const Value& b) {
  Value all = Value::boolean(true);
  for (const Value& item : b.items()) {
    Value found = in_items(call, item, a);
    if (found.is_false() || found.is(Kind::kError)) return found;
    if (found.is(Kind::kUnknown)) all = std::move(found);
  }
  return all;
}

Value contains_all(const Call& call) {
  return holds_all(call, call.args[0], call.args[1]);
}

Value equivalent(const Call& call) {
  const Value one = holds_all(call, call.args[0], call.args[1]);
  if (one.is_false() || one.is(Kind::kError)) return one;
  const Value other = holds_all(call, call.args[1], call.args[0]);
  return other.is_true() ? one : other;
}

Value intersects(const Call& call) {
  Value any = Value::boolean(false);
  for (const Value& item : call.args[1].items()) {
    Value found = in_items(call, item, call.args[0]);
    if (found.is_true() || found.is(Kind::kError)) return found;
    if (found.is(Kind::kUnknown)) any = std::move(found);
  }
  return any;
}

}  // namespace

FunctionSpecs set_functions() {
  return {
      {"sets.contains", false, {"ll", 'b', contains_all}},
      {"sets.equivalent", false, {"ll", 'b', equivalent}},
      {"sets.intersects", false, {"ll", 'b', intersects}},
  };
}

}  // namespace sideband::cel
