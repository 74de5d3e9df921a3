#include "detectors/limits.h"

namespace sideband::detectors {

Result<Limits> Limits::from(const Settings& settings) {
  Limits made;
  SB_ASSIGN(made.above_, settings.number("above"));
  SB_ASSIGN(made.below_, settings.number("below"));
  SB_ASSIGN(made.clear_, settings.number("clear"));
  SB_ASSIGN(made.for_, settings.duration("for"));
  const auto& [above, below, clear] = std::tie(made.above_, made.below_, made.clear_);
  if (!above && !below) return Error::invalid("there is no limit: set above=N or below=N");
  if (above && below && *above <= *below) {
    return Error::invalid("every number would be outside: above has to be larger than below");
  }
  if (clear && above && below) {
    return Error::invalid("clear goes with one of above and below, not with both");
  }
  if (clear && above && *clear > *above) {
    return Error::invalid("clear is beyond above: it would fire and clear at once");
  }
  if (clear && below && *clear < *below) {
    return Error::invalid("clear is beyond below: it would fire and clear at once");
  }
  return made;
}

bool Limits::is_outside(double number) const {
  return (above_ && number > *above_) || (below_ && number < *below_);
}

bool Limits::is_back(double number) const {
  if (above_ && number > clear_.value_or(*above_)) return false;
  return !below_ || number >= clear_.value_or(*below_);
}

Cause Limits::side_of(double number) const {
  return above_ && number > *above_ ? Cause::kAbove : Cause::kBelow;
}

Why Limits::why(Cause cause, double number) const {
  Why why{cause};
  why.with("value", number);
  if (above_) why.with("above", *above_);
  if (below_) why.with("below", *below_);
  if (clear_) why.with("clear", *clear_);
  return why;
}

Finding Limits::judge(WallTime time, double number) {
  const bool outside = is_outside(number);
  if (!outside) outside_since_.reset();
  if (outside && !outside_since_) outside_since_ = time;
  if (firing_ && is_back(number)) firing_ = false;
  if (outside && time - *outside_since_ >= for_) firing_ = true;
  if (firing_) {
    return {State::kFiring, 1, why(outside ? side_of(number) : Cause::kHolding, number)};
  }
  return {State::kClear, 0, why(outside ? Cause::kPending : Cause::kWithin, number)};
}

}  // namespace sideband::detectors
