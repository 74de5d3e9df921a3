// The extension "math" of cel-go.
#include <cmath>

#include "cel/functions/specs.h"
#include "cel/numbers.h"

namespace sideband::cel {
namespace {

// The first of the greatest, or of the least.
Value extreme(const Call& call, bool greatest) {
  const auto& items = call.args[0].items();
  if (items.empty()) return Value::error("the list has no item");
  const Value* best = nullptr;
  for (const Value& item : items) {
    if (item.is_missing()) return item;
    if (!item.is_number()) return Value::error("no such overload: the list has more than numbers");
    if (best == nullptr) {
      best = &item;
      continue;
    }
    const auto order = compare_numbers(item, *best);
    if (greatest ? order > 0 : order < 0) best = &item;
  }
  if (!call.budget.spend(items.size())) return Budget::error();
  return *best;
}
Value greatest(const Call& call) {
  return extreme(call, true);
}
Value least(const Call& call) {
  return extreme(call, false);
}
Value itself(const Call& call) {
  return call.args[0];
}

Value rounded(const Call& call, double (*round)(double)) {
  return Value::number(round(call.args[0].as_double()));
}
Value ceil_of(const Call& call) {
  return rounded(call, &std::ceil);
}
Value floor_of(const Call& call) {
  return rounded(call, &std::floor);
}
Value round_of(const Call& call) {
  return rounded(call, &std::round);
}
Value trunc_of(const Call& call) {
  return rounded(call, &std::trunc);
}
Value sqrt_of_double(const Call& call) {
  return rounded(call, &std::sqrt);
}
Value sqrt_of_int(const Call& call) {
  return Value::number(std::sqrt(static_cast<double>(call.args[0].as_int())));
}
Value sqrt_of_uint(const Call& call) {
  return Value::number(std::sqrt(static_cast<double>(call.args[0].as_uint())));
}

Value abs_of_int(const Call& call) {
  const std::int64_t number = call.args[0].as_int();
  if (number == INT64_MIN) return Value::error("overflow: the result does not fit");
  return Value::integer(number < 0 ? -number : number);
}
Value abs_of_double(const Call& call) {
  return Value::number(std::fabs(call.args[0].as_double()));
}
Value sign_of_int(const Call& call) {
  const std::int64_t number = call.args[0].as_int();
  return Value::integer((number > 0 ? 1 : 0) - (number < 0 ? 1 : 0));
}
Value sign_of_uint(const Call& call) {
  return Value::unsigned_integer(call.args[0].as_uint() > 0 ? 1 : 0);
}
Value sign_of_double(const Call& call) {
  const double number = call.args[0].as_double();
  if (number == 0 || std::isnan(number)) return call.args[0];
  return Value::number(number > 0 ? 1 : -1);
}

Value is_nan(const Call& call) {
  return Value::boolean(std::isnan(call.args[0].as_double()));
}
Value is_inf(const Call& call) {
  return Value::boolean(std::isinf(call.args[0].as_double()));
}
Value is_finite(const Call& call) {
  return Value::boolean(std::isfinite(call.args[0].as_double()));
}

// The bits of an int and of a uint are handled as one; the result has the type of the first.
Value with_bits(const Call& call, std::uint64_t bits) {
  return call.args[0].is(Kind::kInt) ? Value::integer(static_cast<std::int64_t>(bits))
                                     : Value::unsigned_integer(bits);
}
Value bit_and(const Call& call) {
  return with_bits(call, call.args[0].as_uint() & call.args[1].as_uint());
}
Value bit_or(const Call& call) {
  return with_bits(call, call.args[0].as_uint() | call.args[1].as_uint());
}
Value bit_xor(const Call& call) {
  return with_bits(call, call.args[0].as_uint() ^ call.args[1].as_uint());
}
Value bit_not(const Call& call) {
  return with_bits(call, ~call.args[0].as_uint());
}
Value shift(const Call& call, bool left) {
  constexpr std::int64_t kBits = 64;
  const std::int64_t places = call.args[1].as_int();
  if (places < 0) return Value::error("negative offset of a shift");
  if (places >= kBits) return with_bits(call, 0);
  const std::uint64_t bits = call.args[0].as_uint();
  return with_bits(call, left ? bits << places : bits >> places);
}
Value shift_left(const Call& call) {
  return shift(call, true);
}
Value shift_right(const Call& call) {
  return shift(call, false);
}

void add_bit_functions(FunctionSpecs& specs) {
  struct TwoSided {
    const char* name;
    Function function;
  };
  for (const TwoSided& each :
       {TwoSided{"math.bitAnd", bit_and}, {"math.bitOr", bit_or}, {"math.bitXor", bit_xor}}) {
    specs.push_back({each.name, false, {"ii", 'i', each.function}});
    specs.push_back({each.name, false, {"uu", 'u', each.function}});
  }
  specs.push_back({"math.bitNot", false, {"i", 'i', bit_not}});
  specs.push_back({"math.bitNot", false, {"u", 'u', bit_not}});
  specs.push_back({"math.bitShiftLeft", false, {"ii", 'i', shift_left}});
  specs.push_back({"math.bitShiftLeft", false, {"ui", 'u', shift_left}});
  specs.push_back({"math.bitShiftRight", false, {"ii", 'i', shift_right}});
  specs.push_back({"math.bitShiftRight", false, {"ui", 'u', shift_right}});
}

}  // namespace

FunctionSpecs math_functions() {
  FunctionSpecs specs = {
      {"math.greatest", false, {"l", '*', greatest}},
      {"math.greatest", false, {"i", 'i', itself}},
      {"math.greatest", false, {"u", 'u', itself}},
      {"math.greatest", false, {"d", 'd', itself}},
      {"math.least", false, {"l", '*', least}},
      {"math.least", false, {"i", 'i', itself}},
      {"math.least", false, {"u", 'u', itself}},
      {"math.least", false, {"d", 'd', itself}},
      {"math.ceil", false, {"d", 'd', ceil_of}},
      {"math.floor", false, {"d", 'd', floor_of}},
      {"math.round", false, {"d", 'd', round_of}},
      {"math.trunc", false, {"d", 'd', trunc_of}},
      {"math.sqrt", false, {"d", 'd', sqrt_of_double}},
      {"math.sqrt", false, {"i", 'd', sqrt_of_int}},
      {"math.sqrt", false, {"u", 'd', sqrt_of_uint}},
      {"math.abs", false, {"i", 'i', abs_of_int}},
      {"math.abs", false, {"u", 'u', itself}},
      {"math.abs", false, {"d", 'd', abs_of_double}},
      {"math.sign", false, {"i", 'i', sign_of_int}},
      {"math.sign", false, {"u", 'u', sign_of_uint}},
      {"math.sign", false, {"d", 'd', sign_of_double}},
      {"math.isNaN", false, {"d", 'b', is_nan}},
      {"math.isInf", false, {"d", 'b', is_inf}},
      {"math.isFinite", false, {"d", 'b', is_finite}},
  };
  add_bit_functions(specs);
  return specs;
}

}  // namespace sideband::cel
