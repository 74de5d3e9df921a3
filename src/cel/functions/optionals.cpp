// Values that may be absent (cel-spec, wiki proposal 246; cel-go ext "optional types").
#include "cel/functions/specs.h"
#include "cel/map.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

// What a type holds without being told: 0, "", false, [], {}, null, and the times of zero.
bool is_zero(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return true;
    case Kind::kBool:
      return !value.as_bool();
    case Kind::kInt:
    case Kind::kUint:
    case Kind::kDuration:
      return value.as_uint() == 0;
    case Kind::kDouble:
      return value.as_double() == 0;
    case Kind::kString:
    case Kind::kBytes:
      return value.as_text().empty();
    case Kind::kList:
      return value.items().empty();
    case Kind::kMap:
      return value.as_map().size() == 0;
    case Kind::kTimestamp:
      return value.as_timestamp() == Timestamp{};
    case Kind::kOptional:
      return !value.has_value();
    default:
      return false;
  }
}

Value optional_of(const Call& call) {
  if (call.args[0].depth() >= kMaxValueDepth) return Value::error("optionals are nested too deep");
  return Value::optional(call.args[0]);
}
Value optional_of_non_zero(const Call& call) {
  return is_zero(call.args[0]) ? Value::none() : optional_of(call);
}
Value optional_none(const Call& /*call*/) {
  return Value::none();
}
Value has_optional_value(const Call& call) {
  return Value::boolean(call.args[0].has_value());
}
Value optional_value(const Call& call) {
  if (!call.args[0].has_value()) return Value::error("optional.none() has no value");
  return call.args[0].inner();
}
Value optional_or(const Call& call) {
  return call.args[0].has_value() ? call.args[0] : call.args[1];
}
Value optional_or_value(const Call& call) {
  return call.args[0].has_value() ? call.args[0].inner() : call.args[1];
}

// The values of those that have one.
Value unwrap(const Call& call) {
  if (!call.budget.spend(call.args[0].items().size())) return Budget::error();
  std::vector<Value> values;
  for (const Value& item : call.args[0].items()) {
    if (item.is_missing()) return item;
    if (!item.is(Kind::kOptional)) return Value::error("unwrap needs a list of optionals");
    if (item.has_value()) values.push_back(item.inner());
  }
  return Value::list(std::move(values));
}

}  // namespace

FunctionSpecs optional_functions() {
  return {
      {"optional.of", false, {"*", 'o', optional_of}},
      {"optional.ofNonZeroValue", false, {"*", 'o', optional_of_non_zero}},
      {"optional.none", false, {"", 'o', optional_none}},
      {"optional.unwrap", false, {"l", 'l', unwrap}},
      {"unwrapOpt", true, {"l", 'l', unwrap}},
      {"hasValue", true, {"o", 'b', has_optional_value}},
      {"value", true, {"o", '*', optional_value}},
      {"or", true, {"oo", 'o', optional_or}},
      {"orValue", true, {"o*", '*', optional_or_value}},
  };
}

}  // namespace sideband::cel
