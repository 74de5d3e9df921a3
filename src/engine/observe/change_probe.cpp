#include "engine/observe/change_probe.h"

#include <algorithm>

namespace sideband {
namespace {

// More keys than this are cheaper as one scan (ports/feed.h has the same limit).
constexpr std::size_t kMaxProbedKeys = 10'000;

}  // namespace

bool ChangeProbe::positions_possible() const {
  return runtime_->desired->traits().position && runtime_->actual->traits().position;
}

bool ChangeProbe::changed_possible() const {
  return runtime_->desired->traits().changed || runtime_->actual->traits().changed;
}

bool ChangeProbe::possible() const {
  return positions_possible() || changed_possible();
}

Result<void> ChangeProbe::ask() {
  positions_ = {};
  next_marks_ = {};
  keys_.clear();
  keys_known_ = changed_possible();
  differing_ = 0;
  SB_TRY(ask_targets());
  if (positions_possible()) SB_TRY(ask_positions());
  if (!changed_possible()) return {};
  SB_TRY(ask_changed(*runtime_->desired, marks_.desired, next_marks_.desired));
  SB_TRY(ask_changed(*runtime_->actual, marks_.actual, next_marks_.actual));
  return add_drifts();
}

// How much a target holds is kept also where no scan follows: by it one is known that came back
// empty.
Result<void> ChangeProbe::ask_targets() {
  SB_ASSIGN(targets_, ask_identities(*runtime_));
  another_ = is_another(good_targets_, targets_);
  if (another_) marks_ = {};
  if (!sizes_moved(kept_targets_, targets_)) return {};
  SB_TRY(keep_seen_targets(context_, *runtime_, targets_));
  kept_targets_ = targets_;
  return {};
}

Result<void> ChangeProbe::ask_positions() {
  SB_ASSIGN(positions_.desired, runtime_->desired->position(runtime_->call_timeout));
  SB_ASSIGN(positions_.actual, runtime_->actual->position(runtime_->call_timeout));
  return {};
}

Result<void> ChangeProbe::ask_changed(Collection& side, const std::string& mark,
                                      std::string& next) {
  if (!side.traits().changed) return {};
  SB_ASSIGN(Changed changed, side.changed_since({mark, kMaxProbedKeys, runtime_->call_timeout}));
  next = std::move(changed.mark);
  keys_known_ = keys_known_ && changed.known && !mark.empty();
  keys_.insert(keys_.end(), changed.keys.begin(), changed.keys.end());
  return {};
}

Result<void> ChangeProbe::add_drifts() {
  std::vector<Drift> drifts;
  SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(drifts, store.list_drifts(runtime_->name(), "", kMaxProbedKeys + 1));
    return {};
  }));
  for (Drift& drift : drifts) {
    if (drift.state != DriftState::kCooling) ++differing_;
    keys_.push_back(std::move(drift.key));
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  return {};
}

RequiredScan ChangeProbe::needs(MonoTime now) const {
  const bool due = !last_scan_ || now - *last_scan_ >= runtime_->settings.detect.full_every;
  if (due || another_) return RequiredScan::kScan;
  if (good_ && good_->told() && *good_ == positions_) return RequiredScan::kNothing;
  return keys_known_ && keys_.size() <= kMaxProbedKeys ? RequiredScan::kKeys : RequiredScan::kScan;
}

void ChangeProbe::scan_ended(const CycleReply& reply, MonoTime begun) {
  if (!reply.result.ok()) return;
  const bool clean = reply.unknown == 0 && !reply.sealed.planned && reply.sealed.open == 0;
  good_ = clean ? std::optional(positions_) : std::nullopt;
  good_targets_ = targets_;
  last_scan_ = begun;
  marks_ = next_marks_;
}

void ChangeProbe::keys_ended(const CycleReply& reply) {
  if (!reply.result.ok()) return;
  marks_ = next_marks_;
  // What was known to differ and does not any more is closed by a scan.
  if (reply.sealed.open < differing_) last_scan_.reset();
}

}  // namespace sideband
