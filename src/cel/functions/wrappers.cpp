// Messages of protobuf that stand for a value of the language (cel-spec doc/langdef.md, "Dynamic
// Values" and "Wrapper types"): written with a field, or with none for the value of zero. They are
// functions whose names end with the field in braces.
#include "cel/functions/specs.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

Value wrapped_value(const Call& call) {
  return call.args[0];
}

Value wrapped_int32(const Call& call) {
  const std::int64_t number = call.args[0].as_int();
  if (number >= INT32_MIN && number <= INT32_MAX) return call.args[0];
  return Value::error("range: " + short_text(call.args[0]) + " does not fit into 32 bits");
}
Value wrapped_uint32(const Call& call) {
  if (call.args[0].as_uint() <= UINT32_MAX) return call.args[0];
  return Value::error("range: " + short_text(call.args[0]) + " does not fit into 32 bits");
}
// The conversion is that of IEEE 754: too large is infinite.
Value wrapped_float(const Call& call) {
  return Value::number(static_cast<double>(static_cast<float>(call.args[0].as_double())));
}

Value no_null(const Call& /*call*/) {
  return {};
}
Value no_bool_set(const Call& /*call*/) {
  return Value::boolean(false);
}
Value no_int_set(const Call& /*call*/) {
  return Value::integer(0);
}
Value no_uint_set(const Call& /*call*/) {
  return Value::unsigned_integer(0);
}
Value no_double_set(const Call& /*call*/) {
  return Value::number(0);
}
Value no_string_set(const Call& /*call*/) {
  return Value::string("");
}
Value no_bytes_set(const Call& /*call*/) {
  return Value::bytes("");
}
Value no_list_set(const Call& /*call*/) {
  return Value::list({});
}
Value no_map_set(const Call& /*call*/) {
  return Value::map({});
}

}  // namespace

FunctionSpecs wrapper_functions() {
  return {
      {"google.protobuf.BoolValue{value}", false, {"b", 'b', wrapped_value}},
      {"google.protobuf.BoolValue{}", false, {"", 'b', no_bool_set}},
      {"google.protobuf.BytesValue{value}", false, {"y", 'y', wrapped_value}},
      {"google.protobuf.BytesValue{}", false, {"", 'y', no_bytes_set}},
      {"google.protobuf.DoubleValue{value}", false, {"d", 'd', wrapped_value}},
      {"google.protobuf.DoubleValue{}", false, {"", 'd', no_double_set}},
      {"google.protobuf.FloatValue{value}", false, {"d", 'd', wrapped_float}},
      {"google.protobuf.FloatValue{}", false, {"", 'd', no_double_set}},
      {"google.protobuf.Int32Value{value}", false, {"i", 'i', wrapped_int32}},
      {"google.protobuf.Int32Value{}", false, {"", 'i', no_int_set}},
      {"google.protobuf.Int64Value{value}", false, {"i", 'i', wrapped_value}},
      {"google.protobuf.Int64Value{}", false, {"", 'i', no_int_set}},
      {"google.protobuf.StringValue{value}", false, {"s", 's', wrapped_value}},
      {"google.protobuf.StringValue{}", false, {"", 's', no_string_set}},
      {"google.protobuf.UInt32Value{value}", false, {"u", 'u', wrapped_uint32}},
      {"google.protobuf.UInt32Value{}", false, {"", 'u', no_uint_set}},
      {"google.protobuf.UInt64Value{value}", false, {"u", 'u', wrapped_value}},
      {"google.protobuf.UInt64Value{}", false, {"", 'u', no_uint_set}},
      {"google.protobuf.ListValue{values}", false, {"l", 'l', wrapped_value}},
      {"google.protobuf.ListValue{}", false, {"", 'l', no_list_set}},
      {"google.protobuf.Struct{fields}", false, {"m", 'm', wrapped_value}},
      {"google.protobuf.Struct{}", false, {"", 'm', no_map_set}},
      {"google.protobuf.Value{}", false, {"", 'n', no_null}},
      {"google.protobuf.Value{bool_value}", false, {"b", 'b', wrapped_value}},
      {"google.protobuf.Value{number_value}", false, {"d", 'd', wrapped_value}},
      {"google.protobuf.Value{string_value}", false, {"s", 's', wrapped_value}},
      {"google.protobuf.Value{list_value}", false, {"l", 'l', wrapped_value}},
      {"google.protobuf.Value{struct_value}", false, {"m", 'm', wrapped_value}},
  };
}

}  // namespace sideband::cel
