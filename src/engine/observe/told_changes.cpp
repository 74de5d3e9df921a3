#include "engine/observe/told_changes.h"

namespace sideband {

Result<void> ToldChanges::ask(Duration timeout) {
  asked_ = {};
  SB_ASSIGN(asked_, side_.log_place(timeout));
  return {};
}

bool ToldChanges::has_come() const {
  const bool can_tell = known_ && asked_.why_not.empty() && asked_.log == known_->log;
  return !can_tell || journal_.has_reached(asked_);
}

void ToldChanges::take() {
  const bool come = journal_.has_reached(asked_);
  ChangeJournal::Taken taken = journal_.take();
  if (gap_.empty()) gap_ = std::move(taken.gap);
  keys_.merge(taken.keys);
  if (gap_.empty() && keys_.size() > kMaxWakeKeys) gap_ = "more keys changed than are kept";
  if (!gap_.empty()) keys_.clear();
  doubt_ = find_doubt();
  if (doubt_.word.empty() && !come) doubt_ = {"behind", "its feed has not come so far"};
}

Doubt ToldChanges::find_doubt() const {
  if (!asked_.why_not.empty()) return {"noProof", asked_.why_not};
  if (!known_) return {"first", "nothing was looked at yet"};
  if (!known_->why_not.empty()) return {"noProof", known_->why_not};
  if (asked_.log.empty() || asked_.log != known_->log) return {"log", "its log is another one"};
  if (asked_.content != known_->content) return {"content", "what it is made of changed"};
  if (!gap_.empty()) return {"gap", gap_};
  return {};
}

void ToldChanges::scanned() {
  known_ = asked_;
  gap_.clear();
  keys_.clear();
}

}  // namespace sideband
