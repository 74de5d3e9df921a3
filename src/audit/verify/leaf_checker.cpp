#include "audit/verify/leaf_checker.h"

namespace sideband {

Error bad_index(std::uint64_t index, const std::string& why) {
  return Error::corrupt("first bad index " + std::to_string(index) + ": " + why);
}

Result<LogHeads> open_heads(std::optional<Checkpoint> head,
                            const std::optional<std::string>& saved_note, const VerifierKey& key,
                            std::string_view origin) {
  if (!saved_note) return LogHeads{std::move(head), std::nullopt};
  auto saved = open_checkpoint(*saved_note, key, origin);
  if (!saved.ok()) return saved.error().in("saved checkpoint");
  if (head && saved->size > head->size) {
    return Error::corrupt("the log was cut: the saved checkpoint covers " +
                          std::to_string(saved->size) + " leaves, this log only " +
                          std::to_string(head->size));
  }
  return LogHeads{std::move(head), std::move(*saved)};
}

LeafChecker::LeafChecker(LogHeads heads, Producer producer)
    : heads_(std::move(heads)), producer_(producer) {
  report_.is_signed = heads_.head.has_value();
}

Result<void> LeafChecker::take(std::string_view record, const Digest& hash) {
  SB_TRY(check_place());
  SB_TRY(check_record(record));
  tree_.append(hash);
  return {};
}

Result<void> LeafChecker::pass(const Digest& hash) {
  SB_TRY(check_place());
  tree_.append(hash);
  ++report_.without_record;
  return {};
}

Result<void> LeafChecker::check_place() {
  if (heads_.head && tree_.size() == heads_.head->size) {
    return bad_index(tree_.size(), "a leaf beyond the signed size");
  }
  return check_saved();
}

// The saved checkpoint's root must be met on the way.
Result<void> LeafChecker::check_saved() const {
  const auto& saved = heads_.saved;
  if (!saved || tree_.size() != saved->size || tree_.root() == saved->root) return {};
  return Error::corrupt("this log is not the one that was saved: the root over its first " +
                        std::to_string(saved->size) + " leaves differs (equivocation)");
}

Result<void> LeafChecker::check_record(std::string_view record) {
  if (report_.foreign) return {};
  const Result<void> fits = rules_.take(record);
  if (fits.ok()) return {};
  const bool is_first = tree_.size() == report_.without_record;
  if (producer_ == Producer::kSideband || !is_first) {
    return bad_index(tree_.size(), fits.error().message);
  }
  report_.foreign = fits.error().message;
  return {};
}

Result<VerifyReport> LeafChecker::finish() {
  const auto& [head, saved] = heads_;
  if (head && tree_.size() < head->size) {
    return bad_index(tree_.size(),
                     "leaves end here, " + std::to_string(head->size) + " were signed");
  }
  if (saved && tree_.size() < saved->size) {
    return bad_index(tree_.size(),
                     "leaves end here, the saved checkpoint covers " + std::to_string(saved->size));
  }
  SB_TRY(check_saved());
  if (head && tree_.root() != head->root) {
    return Error::corrupt("these leaves are not what was signed: their root is " +
                          to_hex(tree_.root()) + ", the checkpoint says " + to_hex(head->root));
  }
  report_.leaves = tree_.size();
  report_.root = to_hex(tree_.root());
  report_.open_intents = rules_.open_intents();
  return report_;
}

}  // namespace sideband
