// Operators that are functions of their values (cel-spec doc/langdef.md, "List of Standard
// Definitions").
#include <cmath>

#include "cel/compare.h"
#include "cel/functions/specs.h"
#include "cel/map.h"
#include "cel/times.h"

namespace sideband::cel {
namespace {

Value overflow() {
  return Value::error("overflow: the result does not fit");
}

// The builtins of g++ and clang that say whether a sum, difference or product fits.
Value add_ints(const Call& call) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(call.args[0].as_int(), call.args[1].as_int(), &sum)) return overflow();
  return Value::integer(sum);
}
Value subtract_ints(const Call& call) {
  std::int64_t left = 0;
  if (__builtin_sub_overflow(call.args[0].as_int(), call.args[1].as_int(), &left)) {
    return overflow();
  }
  return Value::integer(left);
}
Value multiply_ints(const Call& call) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(call.args[0].as_int(), call.args[1].as_int(), &product)) {
    return overflow();
  }
  return Value::integer(product);
}
Value divide_ints(const Call& call) {
  if (call.args[1].as_int() == 0) return Value::error("divide by zero");
  if (call.args[0].as_int() == INT64_MIN && call.args[1].as_int() == -1) return overflow();
  return Value::integer(call.args[0].as_int() / call.args[1].as_int());
}
Value modulo_ints(const Call& call) {
  if (call.args[1].as_int() == 0) return Value::error("modulus by zero");
  if (call.args[1].as_int() == -1) return Value::integer(0);
  return Value::integer(call.args[0].as_int() % call.args[1].as_int());
}

Value add_uints(const Call& call) {
  std::uint64_t sum = 0;
  if (__builtin_add_overflow(call.args[0].as_uint(), call.args[1].as_uint(), &sum)) {
    return overflow();
  }
  return Value::unsigned_integer(sum);
}
Value subtract_uints(const Call& call) {
  if (call.args[0].as_uint() < call.args[1].as_uint()) return overflow();
  return Value::unsigned_integer(call.args[0].as_uint() - call.args[1].as_uint());
}
Value multiply_uints(const Call& call) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(call.args[0].as_uint(), call.args[1].as_uint(), &product)) {
    return overflow();
  }
  return Value::unsigned_integer(product);
}
Value divide_uints(const Call& call) {
  if (call.args[1].as_uint() == 0) return Value::error("divide by zero");
  return Value::unsigned_integer(call.args[0].as_uint() / call.args[1].as_uint());
}
Value modulo_uints(const Call& call) {
  if (call.args[1].as_uint() == 0) return Value::error("modulus by zero");
  return Value::unsigned_integer(call.args[0].as_uint() % call.args[1].as_uint());
}

Value add_doubles(const Call& call) {
  return Value::number(call.args[0].as_double() + call.args[1].as_double());
}
Value subtract_doubles(const Call& call) {
  return Value::number(call.args[0].as_double() - call.args[1].as_double());
}
Value multiply_doubles(const Call& call) {
  return Value::number(call.args[0].as_double() * call.args[1].as_double());
}
// By zero it is infinite, or no number at all: IEEE 754 says so, and not C++.
Value divide_doubles(const Call& call) {
  const double a = call.args[0].as_double(), b = call.args[1].as_double();
  if (b != 0) return Value::number(a / b);
  if (a == 0 || std::isnan(a) || std::isnan(b)) return Value::number(std::nan(""));
  return Value::number(std::signbit(a) == std::signbit(b) ? HUGE_VAL : -HUGE_VAL);
}

Value negate_int(const Call& call) {
  if (call.args[0].as_int() == INT64_MIN) return overflow();
  return Value::integer(-call.args[0].as_int());
}
Value negate_double(const Call& call) {
  return Value::number(-call.args[0].as_double());
}
Value negate_duration(const Call& call) {
  if (call.args[0].as_duration() == INT64_MIN) return overflow();
  return Value::duration(-call.args[0].as_duration());
}
Value not_bool(const Call& call) {
  return Value::boolean(!call.args[0].as_bool());
}

Value concatenate(const Call& call, Value (*make)(std::string)) {
  return make(call.args[0].as_text() + call.args[1].as_text());
}
Value add_strings(const Call& call) {
  return concatenate(call, &Value::string);
}
Value add_bytes(const Call& call) {
  return concatenate(call, &Value::bytes);
}
Value add_lists(const Call& call) {
  const auto& a = call.args[0].items();
  const auto& b = call.args[1].items();
  if (!call.budget.spend(a.size() + b.size())) return Budget::error();
  std::vector<Value> items;
  items.reserve(a.size() + b.size());
  items.insert(items.end(), a.begin(), a.end());
  items.insert(items.end(), b.begin(), b.end());
  return Value::list(std::move(items));
}

Value out_of_range() {
  return Value::error("range: this is no time from the year 1 to 9999");
}
Value time_of(const std::optional<Timestamp>& time) {
  return time ? Value::timestamp(*time) : out_of_range();
}
Value add_time(const Call& call) {
  return time_of(add(call.args[0].as_timestamp(), call.args[1].as_duration()));
}
Value add_to_time(const Call& call) {
  return time_of(add(call.args[1].as_timestamp(), call.args[0].as_duration()));
}
Value subtract_from_time(const Call& call) {
  const std::int64_t nanos = call.args[1].as_duration();
  const auto most = add(call.args[0].as_timestamp(), nanos == INT64_MIN ? INT64_MAX : -nanos);
  if (nanos != INT64_MIN || !most) return time_of(most);
  return time_of(add(*most, 1));
}
Value duration_of(bool overflows, std::int64_t nanos) {
  if (overflows) return Value::error("range: a duration has 292 years at most");
  return Value::duration(nanos);
}
Value subtract_times(const Call& call) {
  const auto nanos = difference(call.args[0].as_timestamp(), call.args[1].as_timestamp());
  return duration_of(!nanos, nanos.value_or(0));
}
Value add_durations(const Call& call) {
  std::int64_t sum = 0;
  const bool over =
      __builtin_add_overflow(call.args[0].as_duration(), call.args[1].as_duration(), &sum);
  return duration_of(over, sum);
}
Value subtract_durations(const Call& call) {
  std::int64_t left = 0;
  const bool over =
      __builtin_sub_overflow(call.args[0].as_duration(), call.args[1].as_duration(), &left);
  return duration_of(over, left);
}

Value less(const Call& call) {
  return Value::boolean(compare(call.args[0], call.args[1]) < 0);
}
Value less_or_equal(const Call& call) {
  return Value::boolean(compare(call.args[0], call.args[1]) <= 0);
}
Value greater(const Call& call) {
  return Value::boolean(compare(call.args[0], call.args[1]) > 0);
}
Value greater_or_equal(const Call& call) {
  return Value::boolean(compare(call.args[0], call.args[1]) >= 0);
}

// Unknown where an item that is not known could be the one, and no other is.
Value in_list(const Call& call) {
  if (!call.budget.spend(call.args[1].weight())) return Budget::error();
  Value found = Value::boolean(false);
  for (const Value& item : call.args[1].items()) {
    const Value same = equals(call.args[0], item);
    if (same.is_true()) return same;
    if (!same.is(Kind::kUnknown)) continue;
    found = found.is(Kind::kUnknown) ? merge_unknowns(found, same) : same;
  }
  return found;
}
Value in_map(const Call& call) {
  return Value::boolean(call.args[1].as_map().find(call.args[0]) != nullptr);
}

constexpr const char* kOrdered[] = {"ii", "iu", "id", "ui", "uu", "ud", "di",
                                    "du", "dd", "ss", "yy", "bb", "tt", "DD"};

}  // namespace

FunctionSpecs operator_functions() {
  FunctionSpecs specs = {
      {"_+_", false, {"ii", 'i', add_ints}},
      {"_+_", false, {"uu", 'u', add_uints}},
      {"_+_", false, {"dd", 'd', add_doubles}},
      {"_+_", false, {"ss", 's', add_strings}},
      {"_+_", false, {"yy", 'y', add_bytes}},
      {"_+_", false, {"ll", 'l', add_lists}},
      {"_+_", false, {"tD", 't', add_time}},
      {"_+_", false, {"Dt", 't', add_to_time}},
      {"_+_", false, {"DD", 'D', add_durations}},
      {"_-_", false, {"ii", 'i', subtract_ints}},
      {"_-_", false, {"uu", 'u', subtract_uints}},
      {"_-_", false, {"dd", 'd', subtract_doubles}},
      {"_-_", false, {"tt", 'D', subtract_times}},
      {"_-_", false, {"tD", 't', subtract_from_time}},
      {"_-_", false, {"DD", 'D', subtract_durations}},
      {"_*_", false, {"ii", 'i', multiply_ints}},
      {"_*_", false, {"uu", 'u', multiply_uints}},
      {"_*_", false, {"dd", 'd', multiply_doubles}},
      {"_/_", false, {"ii", 'i', divide_ints}},
      {"_/_", false, {"uu", 'u', divide_uints}},
      {"_/_", false, {"dd", 'd', divide_doubles}},
      {"_%_", false, {"ii", 'i', modulo_ints}},
      {"_%_", false, {"uu", 'u', modulo_uints}},
      {"-_", false, {"i", 'i', negate_int}},
      {"-_", false, {"d", 'd', negate_double}},
      {"-_", false, {"D", 'D', negate_duration}},
      {"!_", false, {"b", 'b', not_bool}},
      {"@in", false, {"*l", 'b', in_list}},
      {"@in", false, {"*m", 'b', in_map}},
  };
  for (const char* params : kOrdered) {
    specs.push_back({"_<_", false, {params, 'b', less}});
    specs.push_back({"_<=_", false, {params, 'b', less_or_equal}});
    specs.push_back({"_>_", false, {params, 'b', greater}});
    specs.push_back({"_>=_", false, {params, 'b', greater_or_equal}});
  }
  return specs;
}

}  // namespace sideband::cel
