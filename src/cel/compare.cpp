#include "cel/compare.h"

#include "cel/map.h"
#include "cel/numbers.h"

namespace sideband::cel {
namespace {

// "And" of parts: false wins over unknown.
class AllOf {
 public:
  // Whether it goes on.
  bool take(const Value& part) {
    if (part.is_false()) {
      result_ = part;
      return false;
    }
    if (part.is(Kind::kUnknown)) {
      result_ = result_.is(Kind::kUnknown) ? merge_unknowns(result_, part) : part;
    }
    return true;
  }
  [[nodiscard]] const Value& result() const { return result_; }

 private:
  Value result_ = Value::boolean(true);
};

Value lists_equal(const std::vector<Value>& a, const std::vector<Value>& b) {
  if (a.size() != b.size()) return Value::boolean(false);
  AllOf all;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!all.take(equals(a[i], b[i]))) break;
  }
  return all.result();
}

Value maps_equal(const Map& a, const Map& b) {
  if (a.size() != b.size()) return Value::boolean(false);
  AllOf all;
  for (const auto& [key, value] : a.entries()) {
    const Value* const other = b.find(key);
    if (!all.take(other == nullptr ? Value::boolean(false) : equals(value, *other))) break;
  }
  return all.result();
}

Value optionals_equal(const Value& a, const Value& b) {
  if (a.has_value() != b.has_value()) return Value::boolean(false);
  return a.has_value() ? equals(a.inner(), b.inner()) : Value::boolean(true);
}

Value same_kind_equal(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::kNull:
      return Value::boolean(true);
    case Kind::kBool:
      return Value::boolean(a.as_bool() == b.as_bool());
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType:
      return Value::boolean(a.as_text() == b.as_text());
    case Kind::kTimestamp:
      return Value::boolean(a.as_timestamp() == b.as_timestamp());
    case Kind::kDuration:
      return Value::boolean(a.as_duration() == b.as_duration());
    case Kind::kList:
      return lists_equal(a.items(), b.items());
    case Kind::kMap:
      return maps_equal(a.as_map(), b.as_map());
    case Kind::kOptional:
      return optionals_equal(a, b);
    default:
      return Value::boolean(false);
  }
}

}  // namespace

Value equals(const Value& a, const Value& b) {
  if (a.is(Kind::kUnknown)) return b.is(Kind::kUnknown) ? merge_unknowns(a, b) : a;
  if (b.is(Kind::kUnknown)) return b;
  if (a.is_number() && b.is_number()) return Value::boolean(compare_numbers(a, b) == 0);
  if (a.kind() != b.kind()) return Value::boolean(false);
  return same_kind_equal(a, b);
}

bool has_order(const Value& a, const Value& b) {
  if (a.is_number()) return b.is_number();
  if (a.kind() != b.kind()) return false;
  return a.is(Kind::kBool) || a.is(Kind::kString) || a.is(Kind::kBytes) || a.is(Kind::kTimestamp) ||
         a.is(Kind::kDuration);
}

std::string why_not_sorted(const std::vector<Value>& items) {
  for (const Value& item : items) {
    if (!has_order(item, items.front())) return "needs items of one order";
    if (item.is(Kind::kDouble) && compare(item, item) != 0) return "cannot place NaN";
  }
  return "";
}

std::partial_ordering compare(const Value& a, const Value& b) {
  switch (a.kind()) {
    case Kind::kBool:
      return a.as_bool() <=> b.as_bool();
    case Kind::kString:
    case Kind::kBytes:
      return a.as_text().compare(b.as_text()) <=> 0;
    case Kind::kTimestamp:
      return a.as_timestamp() <=> b.as_timestamp();
    case Kind::kDuration:
      return a.as_duration() <=> b.as_duration();
    default:
      return a.is_number() && b.is_number() ? compare_numbers(a, b)
                                            : std::partial_ordering::unordered;
  }
}

}  // namespace sideband::cel
