#include "engine/observe/cycle.h"

#include <algorithm>

#include "base/crash_point.h"
#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "engine/decide/load_head.h"
#include "engine/execute/event_log.h"
#include "engine/observe/known_extras.h"
#include "engine/observe/page_stream.h"
#include "engine/observe/source_count.h"
#include "policy/source_judge.h"

namespace sideband {
namespace {

constexpr std::int64_t kCloseSlice = 1000;
// What was good without us for so long after its rest is over: the next time is another matter.
constexpr Duration kForgetOthers = std::chrono::minutes(10);

// How many of the first changes make up one chunk.
std::size_t chunk_length(const std::vector<Change>& changes) {
  std::size_t bytes = 0;
  std::size_t count = 0;
  while (count < changes.size() && count < kChunkChanges) {
    bytes += encoded_size(changes[count]);
    if (bytes > kChunkBytes && count > 0) break;
    ++count;
  }
  return count;
}

}  // namespace

Cycle::Cycle(EngineContext& context, ReconcilerRuntimePtr runtime, CycleOptions options)
    : context_(context), runtime_(std::move(runtime)), options_(std::move(options)) {
  request_.plan.whole = options_.whole;
  request_.requester = options_.requester.name();
  request_.released = options_.released;
  request_.request = options_.request;
  request_.plan.id = Uuid::make(context_.clock.wall(), context_.random);
  request_.decision = Uuid::make(context_.clock.wall(), context_.random);
  request_.plan.reconciler = runtime_->name();
  request_.plan.reconciler_version = runtime_->settings.version;
  request_.plan.guardrails_version = runtime_->guardrails_version();
  request_.plan.observed_at = context_.clock.wall();
  request_.plan.created_at = request_.plan.observed_at;
  began_ = context_.clock.mono();
}

std::optional<Unit> Cycle::next(Result<void> last) {
  // What is sealed is told of, whatever was read again since.
  if (last.ok() && phase_ != Phase::kSeal && phase_ != Phase::kDrop) {
    last = context_.check_in_force(*runtime_);
  }
  if (!last.ok()) return fail(last.error());
  switch (phase_) {
    case Phase::kStart:
      if (!context_.lease_clock_known) {
        return fail(Error::unavailable("the store's clock is not known yet"));
      }
      scanner_ = options_.whole
                     ? make_full_scanner(runtime_, context_.random.next(), options_.sweep)
                     : make_key_scanner(runtime_, options_.keys);
      request_.finds_extras = scanner_->finds_extras();
      if (!request_.plan.whole) return scan();
      return has_identities(*runtime_) ? identify() : begin();
    case Phase::kIdentify:
      return begin();
    case Phase::kBegin:
      tell_changed_targets(context_, *runtime_, changed_targets_);
      return scan();
    case Phase::kScan:
      return after_scan_batch();
    case Phase::kRecheck:
      return after_scan_batch();
    case Phase::kSource:
      return after_scan();
    case Phase::kStore:
      return pending_.size() >= kChunkChanges ? store_chunk() : after_scan();
    case Phase::kDraft:
      return open_chunk();
    case Phase::kOpen:
      return after_open();
    case Phase::kClose:
      return erased_ == kCloseSlice ? close_unseen() : judge();
    case Phase::kCloseKeys:
      return after_close_keys();
    case Phase::kAsk:
      return judge();
    case Phase::kSeal:
      finish();
      return std::nullopt;
    case Phase::kDrop:
      return std::nullopt;
  }
  return std::nullopt;
}

Unit Cycle::identify() {
  phase_ = Phase::kIdentify;
  return Unit::on_target(runtime_->pool(), [this]() -> Result<void> {
    SB_ASSIGN(seen_, ask_identities(*runtime_));
    return {};
  });
}

Unit Cycle::begin() {
  phase_ = Phase::kBegin;
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kControl, [this, now](StoreTx& store) -> Result<void> {
    SB_ASSIGN(changed_targets_, keep_identities(store, *runtime_, seen_, now));
    SB_ASSIGN(ReconcilerHead head, adopt_head(store, *runtime_));
    SB_TRY(bring_windows_back(store, *runtime_, now));
    SB_TRY(bring_breaker_back(store, *runtime_, now));
    request_.scan = ++head.scan;
    return store.put_head(runtime_->name(), head);
  });
}

Unit Cycle::scan() {
  phase_ = Phase::kScan;
  return Unit::on_target(runtime_->pool(), [this]() -> Result<void> {
    SB_ASSIGN(batch_, scanner_->next());
    return {};
  });
}

// A plain scan of a side without order does not see extras: those that a sweep found are looked at
// one by one, so that they are neither closed nor forgotten while they wait.
Unit Cycle::recheck() {
  phase_ = Phase::kRecheck;
  rechecked_ = true;
  return Unit::on_target(runtime_->pool(), [this]() -> Result<void> {
    ScanBatch found;
    SB_ASSIGN(const auto keys, known_extras(context_.store, *runtime_, request_.scan));
    if (!keys.empty()) SB_TRY(compare_keys(*runtime_, keys, found));
    batch_ = ScanBatch();
    batch_.changes = std::move(found.changes);
    batch_.last = true;
    return {};
  });
}

std::optional<Unit> Cycle::after_scan_batch() {
  reply_.desired += batch_.desired;
  reply_.extras += batch_.extras;
  if (reply_.unknown == 0) reply_.first_unknown = batch_.first_unknown;
  reply_.unknown += batch_.unknown;
  for (Change& change : batch_.changes) {
    if (change.op == ChangeOp::kDelete) ++request_.surplus;
    if (change.op == ChangeOp::kCreate) ++request_.missing;
    found_.add(change.key);
    if (options_.closes_since) differing_.insert(change.key);
    pending_.push_back(std::move(change));
  }
  batch_.changes.clear();
  if (pending_.size() > kChunkChanges) return store_chunk();
  return after_scan();
}

std::optional<Unit> Cycle::after_scan() {
  if (!batch_.last) return scan();
  const bool blind =
      request_.plan.whole && !request_.finds_extras && runtime_->settings.repair.prune;
  if (blind && !rechecked_) return recheck();
  const bool answered =
      request_.plan.whole && (reply_.desired == 0 || runtime_->settings.detect.allow_empty);
  const bool doubts = request_.surplus > 0 && !answered;
  if (doubts && !source_checked_) return check_source();
  request_.plan.counts.desired = reply_.desired;
  request_.extras = reply_.extras;
  request_.unknown = reply_.unknown;
  request_.first_unknown = reply_.first_unknown;
  // What a policy is asked about is the plan as it will be, with what is held back left out.
  const bool asks = !runtime_->policies.empty();
  const bool fits = drafted_ == 0 && chunk_length(pending_) == pending_.size() && !asks;
  if (!fits && !pending_.empty()) return store_chunk();
  if (drafted_ > 0) return read_draft();
  return conclude();
}

// Deletions were found while the side had items, as far as we saw it. A whole scan counted it and
// asks whether it has one still; a look at keys asks whether it has half of what it had.
Unit Cycle::check_source() {
  phase_ = Phase::kSource;
  source_checked_ = true;
  return Unit::on_target(runtime_->pool(), [this]() -> Result<void> {
    if (request_.plan.whole) {
      SB_ASSIGN(const std::int64_t some, count_source(*runtime_, 1));
      if (some == 0) reply_.desired = 0;
      return {};
    }
    SourceState source;
    SB_TRY(context_.store.read([&](StoreReader& store) -> Result<void> {
      SB_ASSIGN(const ReconcilerHead head, load_head(store, *runtime_));
      source = head.source;
      return {};
    }));
    const std::int64_t enough = std::max<std::int64_t>(1, (source.baseline + 1) / 2);
    SB_ASSIGN(const std::int64_t count, count_source(*runtime_, enough));
    // That there are enough is all that was asked; how many in all, the last whole scan knows.
    request_.fresh_count = count >= enough ? std::max(count, source.desired) : count;
    return {};
  });
}

Unit Cycle::store_chunk() {
  phase_ = Phase::kStore;
  const auto length = static_cast<std::ptrdiff_t>(chunk_length(pending_));
  const std::vector<Change> chunk(std::make_move_iterator(pending_.begin()),
                                  std::make_move_iterator(pending_.begin() + length));
  pending_.erase(pending_.begin(), pending_.begin() + length);
  const std::int64_t seq = drafted_++;
  request_.drafted = true;
  return Unit::in_store(Lane::kBulk, [this, seq, bytes = encode_changes(chunk)](StoreTx& store) {
    if (seq == 0) {
      Result<void> inserted = store.insert_plan(request_.plan);
      if (!inserted.ok()) return inserted;
    }
    return store.insert_chunk(request_.plan.id, seq, bytes);
  });
}

// The next ones are read and hashed while the drifts of this one are written.
Unit Cycle::read_draft() {
  phase_ = Phase::kDraft;
  if (!drafts_) {
    drafts_.emplace(context_.store, ChunkRange{request_.plan.id, 0, drafted_},
                    sides_overlap(*runtime_));
  }
  return Unit::on_target(kStorePool, [this]() -> Result<void> {
    SB_ASSIGN(draft_, drafts_->next());
    return {};
  });
}

Unit Cycle::open_chunk() {
  phase_ = Phase::kOpen;
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kBulk, [this, now](StoreTx& store) -> Result<void> {
    SB_ASSIGN(opened_, open_drifts(store, *runtime_,
                                   {request_.plan.id, request_.scan, request_.by_person(), now},
                                   draft_.changes));
    // Held changes leave gaps: chunks move up, so that a sealed plan has no empty one.
    const bool none = opened_.admitted.empty();
    const bool same =
        opened_.admitted.size() == draft_.changes.size() && request_.plan.chunks == opened_chunks_;
    if (!same && !none) {
      SB_TRY(store.replace_chunk(request_.plan.id, request_.plan.chunks,
                                 encode_changes(draft_.only(opened_.admitted).changes)));
    }
    const bool last = opened_chunks_ + 1 == drafted_;
    const std::int64_t kept = request_.plan.chunks + (none ? 0 : 1);
    if (!last || kept == drafted_) return {};
    return store.erase_chunks(request_.plan.id, kept);
  });
}

std::optional<Unit> Cycle::after_open() {
  request_.held.add(opened_.held);
  fresh_.add(opened_.fresh);
  flapping_.add(opened_.flapping);
  request_.first_seen = std::min(request_.first_seen, opened_.first_seen);
  const bool all = opened_.admitted.size() == draft_.changes.size();
  if (!all) draft_ = draft_.only(opened_.admitted);
  count_changes(draft_.changes, draft_.leaves, request_.plan, request_.hasher);
  if (!draft_.changes.empty()) ++request_.plan.chunks;
  if (++opened_chunks_ < drafted_) return read_draft();
  return conclude();
}

Unit Cycle::conclude() {
  if (request_.plan.whole) return close_unseen();
  // Which keys were not told is not known.
  if (!options_.closes_since || reply_.unknown > 0) return judge();
  std::copy_if(options_.keys.begin(), options_.keys.end(), std::back_inserter(closing_),
               [this](const std::string& key) { return !differing_.contains(key); });
  return closing_.empty() ? judge() : close_keys();
}

Unit Cycle::close_keys() {
  phase_ = Phase::kCloseKeys;
  const std::size_t count = std::min<std::size_t>(closing_.size(), kCloseSlice);
  std::vector<std::string> slice(closing_.end() - static_cast<std::ptrdiff_t>(count),
                                 closing_.end());
  closing_.resize(closing_.size() - count);
  return Unit::in_store(Lane::kBulk, [this, slice = std::move(slice)](StoreTx& store) {
    return close_slice(store, slice);
  });
}

std::optional<Unit> Cycle::after_close_keys() {
  reply_.gone += gone_;
  log_drift_closed(runtime_->name(), erased_, gone_);
  return closing_.empty() ? judge() : close_keys();
}

// What a plan holds, or a scan counted, is left to a whole look, which makes both anew.
Result<void> Cycle::close_slice(StoreTx& store, const std::vector<std::string>& keys) {
  SB_ASSIGN(const auto known, store.drifts(runtime_->name(), keys));
  SB_ASSIGN(const auto head, store.head(runtime_->name()));
  const bool counted_since = head && head->scanned_at > *options_.closes_since;
  std::vector<std::string> closed;
  std::int64_t gone = 0;
  for (const auto& drift : known) {
    if (!drift || drift->rests()) continue;
    const bool free = drift->state <= DriftState::kOpen && !counted_since;
    if (free && drift->first_seen > *options_.closes_since) {
      closed.push_back(drift->key);
    } else {
      ++gone;
    }
  }
  SB_TRY(store.erase_drifts(runtime_->name(), closed));
  erased_ = std::ssize(closed);
  gone_ = gone;
  return {};
}

Unit Cycle::close_unseen() {
  phase_ = Phase::kClose;
  erased_ = 0;
  // With an empty desired side "not seen" proves nothing.
  if (reply_.desired == 0) return judge();
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kBulk, [this, now](StoreTx& store) -> Result<void> {
    // The last chunk's drifts are written when the plan is sealed; until then they are not unseen.
    std::vector<Drift> seen;
    std::vector<std::string> keys;
    for (const Change& change : pending_) keys.push_back(change.key);
    SB_ASSIGN(const auto known, store.drifts(runtime_->name(), keys));
    for (const auto& drift : known) {
      if (!drift) continue;
      seen.push_back(*drift);
      seen.back().scan = request_.scan;
    }
    SB_TRY(store.put_drifts(runtime_->name(), seen));
    const RestedUntil rested{now - runtime_->settings.gates.flapping.within, now - kForgetOthers};
    SB_ASSIGN(erased_,
              store.erase_unseen_drifts(runtime_->name(), request_.scan, rested, kCloseSlice));
    return {};
  });
}

Unit Cycle::judge() {
  if (runtime_->policies.empty() || request_.plan.counts.changes() == 0) return seal();
  if (!policies_) {
    phase_ = Phase::kAsk;
    policies_.emplace(context_, runtime_, [this](StoreReader& store) {
      return facts_to_seal(store, context_, *runtime_, request_, context_.clock.wall());
    });
  }
  if (auto unit = policies_->next()) return std::move(*unit);
  request_.policies = policies_->answers();
  return seal();
}

Unit Cycle::seal() {
  phase_ = Phase::kSeal;
  request_.rest = pending_;
  request_.salt = context_.random.bytes(32);
  const WallTime now = context_.clock.wall();
  StoreFn fn = [this, now](StoreTx& store) -> Result<void> {
    SB_ASSIGN(reply_.sealed, seal_plan(store, context_, runtime_, request_, now));
    return {};
  };
  fn.reconciler = runtime_->name();
  for (const Change& change : pending_) fn.keys.push_back(change.key);
  return Unit::in_store(Lane::kControl, std::move(fn));
}

// Nothing where this scan did not look for them.
std::optional<std::int64_t> Cycle::extras() const {
  return request_.finds_extras ? std::optional(reply_.extras) : std::nullopt;
}

void Cycle::finish() {
  crash_point("decided");
  SealReply& sealed = reply_.sealed;
  log_events();
  if (sealed.planned && !sealed.repeated) {
    context_.measures.decided(runtime_->settings, sealed.decision.verdict, sealed.decision.reasons);
  }
  if (request_.plan.whole) {
    context_.measures.scan_ended(runtime_->settings, true, context_.clock.mono() - began_,
                                 sealed.plan.counts.changes() + request_.held.total(), extras(),
                                 reply_.unknown);
  }
  if (!sealed.has_repair) return;
  if (policies_) {
    context_.policies->put(sealed.plan.id, policies_->answers(), context_.clock.wall());
  }
  context_.repair_moved(sealed.repair);
  if (sealed.job) context_.start_repair(std::move(*sealed.job));
  if (sealed.repair.state == RepairState::kQueued) context_.work_queued();
}

// After the commit that made them true.
void Cycle::log_events() {
  const SealReply& sealed = reply_.sealed;
  fresh_.add(sealed.fresh);
  flapping_.add(sealed.flapping);
  log_drift_opened(runtime_->name(), fresh_);
  log_flapping(runtime_->name(), flapping_);
  if (request_.plan.whole) {
    const std::int64_t closed = sealed.was_open + fresh_.count - sealed.open;
    log_drift_closed(runtime_->name(), closed, sealed.open);
  }
  if (!sealed.planned || sealed.repeated) return;
  if (sealed.decision.verdict == Verdict::kHold) {
    log_plan_held(sealed.plan, sealed.decision.reasons, found_);
  } else if (sealed.has_repair && sealed.repair.state == RepairState::kAwaitingApproval) {
    log_awaits_approval(sealed.repair, sealed.plan);
  }
}

std::optional<Unit> Cycle::fail(const Error& error) {
  if (phase_ == Phase::kDrop) return std::nullopt;
  log_drift_opened(runtime_->name(), fresh_);
  reply_.result = error;
  phase_ = Phase::kDrop;
  // That it was replaced says nothing about the targets.
  const bool failed = request_.plan.whole && context_.in_force(*runtime_);
  if (failed) {
    context_.measures.scan_ended(runtime_->settings, false, context_.clock.mono() - began_, 0,
                                 std::nullopt, 0);
  } else if (drafted_ == 0) {
    return std::nullopt;
  }
  const WallTime now = context_.clock.wall();
  return Unit::in_store(Lane::kBulk, [this, failed, now](StoreTx& store) -> Result<void> {
    if (drafted_ > 0) SB_TRY(drop_draft(store, request_.plan.id));
    return failed ? note_failed_scan(store, now) : Result<void>();
  });
}

Result<void> Cycle::note_failed_scan(StoreTx& store, WallTime now) const {
  SB_ASSIGN(ReconcilerHead head, adopt_head(store, *runtime_));
  head.source = after_failed_scan(std::move(head.source), reply_.result.error().message, now);
  return store.put_head(runtime_->name(), head);
}

}  // namespace sideband
