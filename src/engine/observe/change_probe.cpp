#include "engine/observe/change_probe.h"

#include <algorithm>

namespace sideband {
namespace {

// More keys than this are cheaper as one scan (ports/feed.h has the same limit).
constexpr std::size_t kMaxProbedKeys = 10'000;

}  // namespace

bool ChangeProbe::positions_possible() const {
  return desired_.collection.traits().position && actual_.collection.traits().position;
}

bool ChangeProbe::changed_possible() const {
  return desired_.collection.traits().changed || actual_.collection.traits().changed;
}

// Where people asked for less than all that changed (`changedSince`).
bool ChangeProbe::changed_suffices() const {
  const auto asked = [](const Side& side) {
    return side.collection.traits().changed && !side.collection.traits().changes_all;
  };
  return asked(desired_) || asked(actual_);
}

// A side without a log may do with its position, which says that nothing was written at all.
bool ChangeProbe::told_possible() const {
  return (desired_.tells_keys() || actual_.tells_keys()) && desired_.tells() && actual_.tells();
}

bool ChangeProbe::possible() const {
  return positions_possible() || changed_possible() || told_possible();
}

Result<void> ChangeProbe::ask() {
  keys_.clear();
  keys_known_ = false;
  for (Side* const side : {&desired_, &actual_}) {
    side->position = side->next_mark = {};
    side->lacks.reset();
  }
  SB_TRY(ask_targets());
  keys_known_ = changed_suffices();
  for (Side* const side : {&desired_, &actual_}) SB_TRY(ask_side(*side));
  return changed_possible() || told_possible() ? add_drifts() : Result<void>();
}

Result<void> ChangeProbe::ask_side(Side& side) {
  const bool asks_position = positions_possible() || told_possible();
  if (told_possible() && side.told.possible()) SB_TRY(side.told.ask(runtime_->call_timeout));
  if (asks_position && side.collection.traits().position) {
    SB_ASSIGN(side.position, side.collection.position(runtime_->call_timeout));
  }
  return side.collection.traits().changed ? ask_changed(side) : Result<void>();
}

// How much a target holds is kept also where no scan follows: by it one is known that came back
// empty.
Result<void> ChangeProbe::ask_targets() {
  SB_ASSIGN(targets_, ask_identities(*runtime_));
  another_ = is_another(good_targets_, targets_);
  if (another_) desired_.mark = actual_.mark = {};
  if (!sizes_moved(kept_targets_, targets_)) return {};
  SB_TRY(keep_seen_targets(context_, *runtime_, targets_));
  kept_targets_ = targets_;
  return {};
}

Result<void> ChangeProbe::ask_changed(Side& side) {
  SB_ASSIGN(Changed changed,
            side.collection.changed_since({side.mark, kMaxProbedKeys, runtime_->call_timeout}));
  side.next_mark = std::move(changed.mark);
  const bool known = changed.known && !side.mark.empty();
  keys_known_ = keys_known_ && known;
  side.lacks = known                     ? ""
               : changed.why_not.empty() ? "it cannot tell what changed"
                                         : changed.why_not;
  keys_.insert(keys_.end(), changed.keys.begin(), changed.keys.end());
  return {};
}

Result<void> ChangeProbe::add_drifts() {
  std::vector<Drift> drifts;
  SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
    SB_ASSIGN(drifts, store.list_open_drifts(runtime_->name(), "", kMaxProbedKeys + 1,
                                             context_.clock.wall()));
    return {};
  }));
  for (Drift& drift : drifts) keys_.push_back(std::move(drift.key));
  return {};
}

bool ChangeProbe::waits_for_feeds(MonoTime now) const {
  if (!told_possible() || due(now)) return false;
  return !unmoved() && (!desired_.told.has_come() || !actual_.told.has_come());
}

std::optional<Look> ChangeProbe::due(MonoTime now) const {
  if (!last_scan_) return Look{LookKind::kWhole, "first"};
  if (closes_) {
    return Look{LookKind::kWhole, "closed", "what the last scan counted as different is not"};
  }
  if (now - *last_scan_ >= runtime_->settings.detect.full_every) {
    return Look{LookKind::kWhole, "fullEvery"};
  }
  if (another_) return Look{LookKind::kWhole, "target", "a target is another one than it was"};
  return std::nullopt;
}

// What one side leaves to be done where the other has told all.
Look ChangeProbe::judge_told(const Side& side) const {
  const auto whole = [&](std::string_view why, const std::string& detail) {
    return Look{LookKind::kWhole, why, std::string(side.name) + ": " + detail};
  };
  if (unknown_) return {LookKind::kWhole, "unknown", "the last scan could not tell some states"};
  if (side.collection.traits().changes_all) {
    return side.lacks == "" ? Look{LookKind::kKeys, "told"}
                            : whole("noProof", side.lacks.value_or("it was not asked"));
  }
  if (!side.told.possible()) {
    if (side.at(side.scanned_at)) return {LookKind::kKeys, "told"};
    return whole("moved", "something was written to its target, and nothing tells what");
  }
  const Doubt& doubt = side.told.doubt();
  return doubt.word.empty() ? Look{LookKind::kKeys, "told"} : whole(doubt.word, doubt.text);
}

void ChangeProbe::merge_keys() {
  for (Side* const side : {&desired_, &actual_}) {
    if (!side->told.possible()) continue;
    side->told.take();
    keys_.insert(keys_.end(), side->told.keys().begin(), side->told.keys().end());
  }
  std::sort(keys_.begin(), keys_.end());
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
}

Look ChangeProbe::decide(MonoTime now) {
  merge_keys();
  if (auto scan = due(now)) return std::move(*scan);
  Look look{LookKind::kWhole, "moved", "something was written, and nothing tells what"};
  if (told_possible()) look = judge_told(desired_);
  if (look.kind == LookKind::kKeys) look = judge_told(actual_);
  if (look.kind == LookKind::kKeys && keys_.empty()) return {LookKind::kNothing, "told"};
  if (unmoved()) return {LookKind::kNothing, "position"};
  if (look.kind == LookKind::kWhole && keys_known_) look = {LookKind::kKeys, "changed"};
  if (look.kind == LookKind::kWhole) return look;
  if (keys_.size() > kMaxProbedKeys) {
    return {LookKind::kWhole, "tooMany", "more keys changed or differ than are read singly"};
  }
  if (keys_.empty()) look.kind = LookKind::kNothing;
  return look;
}

// Nothing whatever was written since a scan that found nothing.
bool ChangeProbe::unmoved() const {
  return desired_.at(desired_.good_at) && actual_.at(actual_.good_at);
}

void ChangeProbe::distrust() {
  for (Side* const side : {&desired_, &actual_}) side->good_at = side->scanned_at = {};
}

void ChangeProbe::scan_ended(const CycleReply& reply, MonoTime begun) {
  if (!reply.result.ok()) return;
  const bool clean = reply.unknown == 0 && !reply.sealed.planned && reply.sealed.open == 0;
  for (Side* const side : {&desired_, &actual_}) {
    side->scanned_at = side->position;
    side->good_at = clean ? side->position : "";
    side->mark = side->next_mark;
    side->told.scanned();
  }
  unknown_ = reply.unknown != 0;
  closes_ = false;
  good_targets_ = targets_;
  last_scan_ = begun;
  scan_ended_at_ = context_.clock.wall();
}

void ChangeProbe::keys_ended(const CycleReply& reply) {
  if (!reply.result.ok()) return;
  for (Side* const side : {&desired_, &actual_}) {
    if (reply.unknown == 0 || changed_suffices()) side->mark = side->next_mark;
    if (reply.unknown == 0) side->told.looked_at();
  }
  closes_ = reply.gone > 0;
}

}  // namespace sideband
