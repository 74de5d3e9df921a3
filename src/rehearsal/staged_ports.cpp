#include "rehearsal/staged_ports.h"

namespace sideband::sim {

CollectionTraits StagedCollection::traits() const {
  CollectionTraits traits;
  traits.order = KeyOrder::kBytes;
  traits.precondition = PreconditionClass::kCas;
  traits.fenced = true;
  traits.writable = writable_;
  traits.reads_ahead = false;
  return traits;
}

Result<void> StagedCollection::answers() const {
  if (stage_.mood(side_.target) != TargetMood::kAway) return {};
  return Error::unavailable(side_.target + " does not answer");
}

Result<void> StagedCollection::accepts_writes(Duration /*timeout*/) {
  SB_TRY(answers());
  switch (stage_.mood(side_.target)) {
    case TargetMood::kReadOnly:
      return Error{ErrorCode::kRefused, side_.target + " is read-only", Retry::kWhenReady,
                   Effect::kNone};
    case TargetMood::kDenies:
      return Error::permission(side_.target + " does not let us write");
    default:
      return {};
  }
}

State StagedCollection::state_of(const std::string& key) const {
  const auto found = side_.items.find(key);
  return found == side_.items.end() ? State::absent() : State::of_bytes(found->second);
}

Result<ScanPage> StagedCollection::scan(const ScanRequest& request) {
  SB_TRY(answers());
  ScanPage page;
  auto at = side_.items.upper_bound(request.cursor);
  for (; at != side_.items.end() && page.items.size() < request.max_items; ++at) {
    page.items.push_back({at->first, State::of_bytes(at->second)});
    page.cursor = at->first;
  }
  page.last = at == side_.items.end();
  return page;
}

Result<std::vector<Item>> StagedCollection::read(const std::vector<std::string>& keys,
                                                 Duration /*timeout*/) {
  SB_TRY(answers());
  std::vector<Item> items;
  items.reserve(keys.size());
  for (const std::string& key : keys) items.push_back({key, state_of(key)});
  return items;
}

Result<std::vector<ChangeOutcome>> StagedCollection::apply(const ApplyRequest& request) {
  SB_TRY(accepts_writes(request.timeout));
  std::vector<ChangeOutcome> outcomes;
  for (const Change& change : request.changes) {
    outcomes.push_back(change_one(change, request.token));
  }
  return outcomes;
}

ChangeOutcome StagedCollection::change_one(const Change& change, std::uint64_t token) {
  std::uint64_t& highest = tokens_[change.key];
  if (token < highest) return {Outcome::kFenced, false, "an old token"};
  const State now = state_of(change.key);
  if (now.same_as(change.want)) return {Outcome::kAlreadyThere, false, {}};
  if (!now.same_as(change.found)) return {Outcome::kRefused, false, "it holds something else"};
  highest = token;
  ++side_.changed;
  if (change.want.present()) {
    side_.items[change.key] = change.want.bytes;
  } else {
    side_.items.erase(change.key);
  }
  return {Outcome::kChanged, false, {}};
}

Result<SignalReading> StagedSignal::read(Duration /*timeout*/) {
  const auto value = stage_.signal(name_);
  if (!value) return Error::unavailable("the test gives no reading of it");
  SignalReading reading;
  reading.value = *value;
  reading.measured_at = stage_.now();
  return reading;
}

Result<PolicyVerdict> StagedPolicy::ask(const std::string& /*path*/, const std::string& /*input*/,
                                        Duration /*timeout*/) {
  switch (stage_.policy(target_)) {
    case PolicyMood::kAllow:
      return PolicyVerdict{.allow = true};
    case PolicyMood::kDeny:
      return PolicyVerdict{.reasons = {"the test denies it"}};
    case PolicyMood::kUndefined:
      return PolicyVerdict{.defined = false};
    case PolicyMood::kAway:
      break;
  }
  return Error::unavailable("the test gives no answer of it");
}

OperationTraits StagedOperation::traits(const OperationRequest& /*request*/) const {
  OperationTraits traits;
  traits.idempotent = traits.looks = traits.undoable = true;
  return traits;
}

Result<OperationReply> StagedOperation::run(const OperationRequest& /*request*/) {
  return OperationReply{{Outcome::kChanged, false, {}}};
}

Result<EffectProbe> StagedOperation::probe_effect(const OperationRequest& /*request*/) {
  EffectProbe probe;
  probe.effect = EffectStatus::kThere;
  return probe;
}

Result<OperationReply> StagedOperation::undo(const OperationRequest& request) {
  return run(request);
}

}  // namespace sideband::sim
