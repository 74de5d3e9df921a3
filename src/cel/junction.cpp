#include "cel/junction.h"

#include <fmt/format.h>

namespace sideband::cel {

Value merge_missing(const Value& a, const Value& b) {
  if (a.is(Kind::kUnknown)) return b.is(Kind::kUnknown) ? merge_unknowns(a, b) : a;
  if (b.is(Kind::kUnknown)) return b;
  return a.is(Kind::kError) ? a : b;
}

void Junction::take(const Value& side) {
  if (decided_) return;
  if (side.is(Kind::kBool)) {
    decided_ = side.as_bool() != neutral_;
  } else if (side.is_missing()) {
    missing_ = merge_missing(missing_, side);
  } else {
    missing_ = merge_missing(missing_,
                             Value::error(fmt::format("no such overload: {} where a bool belongs",
                                                      type_name(side.kind()))));
  }
}

Value Junction::result() const {
  if (decided_) return Value::boolean(!neutral_);
  return missing_.is_missing() ? missing_ : Value::boolean(neutral_);
}

}  // namespace sideband::cel
