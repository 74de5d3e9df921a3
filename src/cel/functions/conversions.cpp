// From one type to another (cel-spec doc/langdef.md, "Type Conversions").
#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "cel/functions/specs.h"
#include "cel/numbers.h"
#include "cel/text.h"
#include "cel/times.h"
#include "cel/value_text.h"

namespace sideband::cel {
namespace {

Value as_it_is(const Call& call) {
  return call.args[0];
}

Value no_conversion(const Value& from, const char* to) {
  return Value::error(fmt::format("type conversion error: {} is no {}", short_text(from), to));
}
Value conversion_range(const Value& from, const char* to) {
  return Value::error(fmt::format("range: {} does not fit into {}", short_text(from), to));
}

Value int_value(const std::optional<std::int64_t>& number, const Value& from) {
  return number ? Value::integer(*number) : conversion_range(from, "an int");
}
Value int_from_uint(const Call& call) {
  if (call.args[0].as_uint() > static_cast<std::uint64_t>(INT64_MAX)) {
    return conversion_range(call.args[0], "an int");
  }
  return Value::integer(static_cast<std::int64_t>(call.args[0].as_uint()));
}
Value int_from_double(const Call& call) {
  return int_value(int_of(call.args[0].as_double()), call.args[0]);
}
Value int_from_string(const Call& call) {
  const auto number = parse_int(call.args[0].as_text());
  return number ? Value::integer(*number) : no_conversion(call.args[0], "int");
}
Value int_from_time(const Call& call) {
  return Value::integer(call.args[0].as_timestamp().seconds);
}

Value uint_from_int(const Call& call) {
  if (call.args[0].as_int() < 0) return conversion_range(call.args[0], "a uint");
  return Value::unsigned_integer(static_cast<std::uint64_t>(call.args[0].as_int()));
}
Value uint_from_double(const Call& call) {
  const auto number = uint_of(call.args[0].as_double());
  return number ? Value::unsigned_integer(*number) : conversion_range(call.args[0], "a uint");
}
Value uint_from_string(const Call& call) {
  const auto number = parse_uint(call.args[0].as_text());
  return number ? Value::unsigned_integer(*number) : no_conversion(call.args[0], "uint");
}

Value double_from_int(const Call& call) {
  return Value::number(static_cast<double>(call.args[0].as_int()));
}
Value double_from_uint(const Call& call) {
  return Value::number(static_cast<double>(call.args[0].as_uint()));
}
Value double_from_string(const Call& call) {
  const auto number = parse_double(call.args[0].as_text());
  return number ? Value::number(*number) : no_conversion(call.args[0], "double");
}

Value bool_from_string(const Call& call) {
  const std::string& text = call.args[0].as_text();
  for (const char* yes : {"1", "t", "true", "TRUE", "True", "T"}) {
    if (text == yes) return Value::boolean(true);
  }
  for (const char* no : {"0", "f", "false", "FALSE", "False", "F"}) {
    if (text == no) return Value::boolean(false);
  }
  return no_conversion(call.args[0], "bool");
}

Value string_from_int(const Call& call) {
  return Value::string(std::to_string(call.args[0].as_int()));
}
Value string_from_uint(const Call& call) {
  return Value::string(std::to_string(call.args[0].as_uint()));
}
Value string_from_double(const Call& call) {
  return Value::string(double_text(call.args[0].as_double()));
}
Value string_from_bool(const Call& call) {
  return Value::string(call.args[0].as_bool() ? "true" : "false");
}
Value string_from_bytes(const Call& call) {
  if (!is_utf8(call.args[0].as_text())) return Value::error("invalid UTF-8 in bytes");
  return Value::string(call.args[0].as_text());
}
Value string_from_time(const Call& call) {
  return Value::string(timestamp_text(call.args[0].as_timestamp()));
}
Value string_from_duration(const Call& call) {
  return Value::string(duration_text(call.args[0].as_duration()));
}
Value bytes_from_string(const Call& call) {
  return Value::bytes(call.args[0].as_text());
}

Value type_of(const Call& call) {
  return Value::type(std::string(type_name(call.args[0].kind())));
}

}  // namespace

FunctionSpecs conversion_functions() {
  return {
      {"int", false, {"i", 'i', as_it_is}},
      {"int", false, {"u", 'i', int_from_uint}},
      {"int", false, {"d", 'i', int_from_double}},
      {"int", false, {"s", 'i', int_from_string}},
      {"int", false, {"t", 'i', int_from_time}},
      {"uint", false, {"u", 'u', as_it_is}},
      {"uint", false, {"i", 'u', uint_from_int}},
      {"uint", false, {"d", 'u', uint_from_double}},
      {"uint", false, {"s", 'u', uint_from_string}},
      {"double", false, {"d", 'd', as_it_is}},
      {"double", false, {"i", 'd', double_from_int}},
      {"double", false, {"u", 'd', double_from_uint}},
      {"double", false, {"s", 'd', double_from_string}},
      {"bool", false, {"b", 'b', as_it_is}},
      {"bool", false, {"s", 'b', bool_from_string}},
      {"string", false, {"s", 's', as_it_is}},
      {"string", false, {"i", 's', string_from_int}},
      {"string", false, {"u", 's', string_from_uint}},
      {"string", false, {"d", 's', string_from_double}},
      {"string", false, {"b", 's', string_from_bool}},
      {"string", false, {"y", 's', string_from_bytes}},
      {"string", false, {"t", 's', string_from_time}},
      {"string", false, {"D", 's', string_from_duration}},
      {"bytes", false, {"y", 'y', as_it_is}},
      {"bytes", false, {"s", 'y', bytes_from_string}},
      {"type", false, {"*", 'T', type_of}},
      {"dyn", false, {"*", '*', as_it_is}},
  };
}

}  // namespace sideband::cel
