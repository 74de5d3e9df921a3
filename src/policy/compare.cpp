#include "policy/compare.h"

namespace sideband {
namespace {

// Equality under the declared format. Damaged actual content is a difference, damaged desired
// content is no authority for anything.
Result<bool> same_content(const State& want, const State& found, const Normalize& normalize) {
  if (want.shape == found.shape && want.bytes == found.bytes) return true;
  if (!normalize || want.shape != Shape::kBytes || found.shape != Shape::kBytes) return false;
  SB_ASSIGN(const std::string desired, normalize(want.bytes));
  const auto actual = normalize(found.bytes);
  return actual.ok() && *actual == desired;
}

Comparison drift(const std::string& key, ChangeOp op, const State& found, State want) {
  return {Relation::kDrift, Change{key, op, found, std::move(want)}, {}};
}

Comparison same() {
  return {Relation::kSame, std::nullopt, {}};
}

Comparison unknown(std::string why) {
  return {Relation::kUnknown, std::nullopt, std::move(why)};
}

}  // namespace

Comparison compare(const std::string& key, const State& want, const State& found,
                   const CompareRules& rules) {
  if (!want.known()) return unknown("desired: " + want.why);
  if (!found.known()) return unknown("actual: " + found.why);
  if (want.absent_for_sure()) {
    if (found.absent_for_sure()) return same();
    if (!rules.prune) return {Relation::kExtra, std::nullopt, {}};
    return drift(key, ChangeOp::kDelete, found, State::absent());
  }
  if (found.absent_for_sure()) {
    if (rules.coverage == Coverage::kPartial) return same();
    return drift(key, ChangeOp::kCreate, found, want);
  }
  const auto equal = same_content(want, found, rules.normalize);
  if (!equal.ok()) return unknown("desired: " + equal.error().message);
  if (*equal && want.attributes == found.attributes) return same();
  if (rules.strategy == Strategy::kInvalidate) {
    return drift(key, ChangeOp::kDelete, found, State::absent());
  }
  State wanted = want;
  if (*equal) wanted.bytes = found.bytes;  // another mode is no reason to write other bytes
  return drift(key, ChangeOp::kUpdate, found, std::move(wanted));
}

}  // namespace sideband
