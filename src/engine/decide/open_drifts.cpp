#include "engine/decide/open_drifts.h"

#include <algorithm>

#include "engine/execute/records.h"
#include "engine/execute/steps.h"

namespace sideband {
namespace {

// A plan is at work as long as its repair (which has the plan's id) can still act.
Result<bool> at_work(StoreReader& store, const Uuid& plan) {
  if (plan.empty()) return false;
  SB_ASSIGN(const auto repair, store.repair(plan));
  return repair && !is_terminal(repair->state) && repair->state != RepairState::kHalted;
}

// The keys of the plan that was held and then applied by a person, as long as its repair can act.
// Its drifts may name a later plan: every scan since made one, and dropped it as a repetition.
struct Applied {
  bool at_work = false;
  std::string low;
  std::string high;
  [[nodiscard]] bool covers(const std::string& key) const {
    return at_work && low <= key && key <= high;
  }
};

Result<Applied> applied_plan(StoreReader& store, const std::string& reconciler) {
  Applied applied;
  SB_ASSIGN(const auto head, store.head(reconciler));
  if (!head) return applied;
  SB_ASSIGN(applied.at_work, at_work(store, head->plan));
  if (!applied.at_work) return applied;
  SB_ASSIGN(const auto plan, store.plan(head->plan));
  applied.at_work = plan.has_value();
  if (plan) applied.low = plan->low;
  if (plan) applied.high = plan->high;
  return applied;
}

// The keys of undos that have not ended: what they put back is not drift as long as they look at
// it.
Result<std::vector<Applied>> undone_plans(StoreReader& store, const std::string& reconciler) {
  std::vector<Applied> out;
  SB_ASSIGN(const auto undos, store.active_undos(reconciler));
  for (const Uuid& id : undos) {
    SB_ASSIGN(const auto plan, store.plan(id));
    if (plan) out.push_back({true, plan->low, plan->high});
  }
  return out;
}

// How much a row of a drift keeps it from being planned.
enum class Hold : std::uint8_t { kNone, kRests, kAtWork };

Result<Hold> hold_of(StoreReader& store, const Drift& drift, WallTime now) {
  if (drift.rests() && drift.until > now) return Hold::kRests;
  if (drift.state != DriftState::kAttached) return Hold::kNone;
  SB_ASSIGN(const bool busy, at_work(store, drift.plan));
  return busy ? Hold::kAtWork : Hold::kNone;
}

// What another name only waits with, does not hold: nobody may be left who could begin it.
Result<Hold> hold_of_other(StoreReader& store, const Drift& drift, WallTime now) {
  SB_ASSIGN(const Hold hold, hold_of(store, drift, now));
  if (hold != Hold::kAtWork) return hold;
  SB_ASSIGN(const auto repair, store.repair(drift.plan));
  return repair && repair->started_at != WallTime() ? hold : Hold::kNone;
}

// A resource rests, and is worked on, under whatever name: puts the row of another name in place of
// our own where it holds the resource back for longer.
Result<void> take_stronger(StoreReader& store, const std::optional<Drift>& other, WallTime now,
                           std::optional<Drift>& own) {
  if (!other) return {};
  SB_ASSIGN(const Hold theirs, hold_of_other(store, *other, now));
  SB_ASSIGN(const Hold ours, own ? hold_of(store, *own, now) : Result<Hold>(Hold::kNone));
  const bool longer = theirs == Hold::kRests && ours == Hold::kRests && other->until > own->until;
  if (theirs > ours || longer) own = other;
  return {};
}

// The rows of these keys, in their order, with what holds them under other names.
Result<std::vector<std::optional<Drift>>> known_drifts(StoreTx& store,
                                                       const ReconcilerRuntime& runtime,
                                                       const std::vector<std::string>& keys,
                                                       WallTime now) {
  // First, with a lock: whoever opens drifts of the same things under another name waits for us.
  SB_TRY(store.source(runtime.source_scope));
  SB_ASSIGN(std::vector<std::optional<Drift>> known, store.drifts(runtime.name(), keys));
  SB_ASSIGN(const auto names, store.reconcilers_of(runtime.source_scope));
  for (const std::string& name : names) {
    if (name == runtime.name()) continue;
    SB_ASSIGN(const auto others, store.drifts(name, keys));
    for (std::size_t i = 0; i < keys.size(); ++i) {
      SB_TRY(take_stronger(store, others[i], now, known[i]));
    }
  }
  return known;
}

// Moves the drifts of one chunk of candidates to what this look makes of them.
class DriftOpening {
 public:
  static Result<DriftOpening> begin(StoreTx& store, const ReconcilerRuntime& runtime,
                                    const std::vector<std::string>& keys, const DriftLook& look) {
    DriftOpening out(store, runtime, look);
    SB_ASSIGN(out.known_, known_drifts(store, runtime, keys, look.now));
    SB_ASSIGN(out.applied_, applied_plan(store, runtime.name()));
    SB_ASSIGN(out.undone_, undone_plans(store, runtime.name()));
    return out;
  }

  // The drift of candidate number `i`, as this look meets it.
  Drift meet(std::size_t i, const Change& change) {
    Drift drift = known_[i].value_or(Drift{});
    const bool came_back = known_[i] && drift.first_seen == WallTime();
    if (came_back) count_return(drift, change);
    if (drift.state == DriftState::kLeftAlone && may_go_on(drift, change)) go_on(drift, change);
    if (drift.attempts >= kPersonsAttempts) ++opened_.held.failed;
    if (drift.reopens >= flapping().after) ++opened_.held.flapping;
    drift.key = change.key;
    if (came_back || !known_[i]) {
      drift.first_seen = look_.now;
      opened_.fresh.add(drift.key);
    }
    drift.scan = look_.scan;
    return drift;
  }

  // True when it may be planned.
  Result<bool> admit(Drift& drift) {
    SB_ASSIGN(const bool busy, is_busy(drift));
    if (busy) {
      ++opened_.held.busy;
      return false;
    }
    if (drift.rests() && rests_on(drift)) {
      ++opened_.held.cooling;
      wait_until(drift.until);
      return false;
    }
    const WallTime ripe = drift.first_seen + runtime_.settings.detect.hold;
    if (look_.now < ripe) {
      drift.state = DriftState::kSuspect;
      ++opened_.held.suspect;
      wait_until(ripe);
      return false;
    }
    return true;
  }

  void attach(Drift& drift, const Change& change, std::size_t i) {
    drift.state = DriftState::kAttached;
    drift.plan = look_.plan;
    drift.wanted = state_fingerprint(change.want);
    opened_.first_seen = std::min(opened_.first_seen, drift.first_seen);
    opened_.admitted.push_back(i);
  }

  Opened opened() && { return std::move(opened_); }

 private:
  DriftOpening(StoreTx& store, const ReconcilerRuntime& runtime, const DriftLook& look)
      : store_(store), runtime_(runtime), look_(look) {}
  [[nodiscard]] const FlappingSettings& flapping() const {
    return runtime_.settings.gates.flapping;
  }

  // It was repaired, and differs again. Where the same is wanted as then, somebody took the repair
  // back; where something else is, it is a new matter.
  void count_return(Drift& drift, const Change& change) {
    if (drift.wanted == 0) return;
    const bool late = drift.until + flapping().within < look_.now;
    if (late || other_wish(drift, change)) drift.reopens = 0;
    if (!late && same_wish(drift, change)) ++drift.reopens;
    if (!leaves_alone() || drift.reopens < flapping().after) return;
    drift.state = DriftState::kLeftAlone;
    drift.until = look_.now + flapping().rest;
    opened_.flapping.add(change.key);
  }

  // Where people decide of each repair they may as well decide of these.
  [[nodiscard]] bool leaves_alone() const {
    return runtime_.settings.mode == Mode::kAuto && flapping().rest > Duration(0) &&
           !look_.by_person;
  }

  // Of one that is left alone: people decide, or something else is wanted by now.
  [[nodiscard]] bool may_go_on(const Drift& drift, const Change& change) const {
    return !leaves_alone() || other_wish(drift, change);
  }

  // A change of the settings may be taken back in a moment: it ends the rest and not the count.
  void go_on(Drift& drift, const Change& change) const {
    if (look_.by_person || other_wish(drift, change)) drift.reopens = 0;
    drift.state = DriftState::kOpen;
    drift.until = WallTime();
  }

  static bool same_wish(const Drift& drift, const Change& change) {
    return drift.wanted == state_fingerprint(change.want);
  }
  // What is not wanted any more may only not be shown: a source that is empty for a moment ends
  // nothing.
  static bool other_wish(const Drift& drift, const Change& change) {
    return change.want.present() && !same_wish(drift, change);
  }

  // Whether something else is at work on it.
  Result<bool> is_busy(const Drift& drift) {
    for (const Applied& undo : undone_) {
      if (undo.covers(drift.key)) return true;
    }
    if (drift.state != DriftState::kAttached) return false;
    SB_ASSIGN(const bool busy, at_work(store_, drift.plan));
    return busy || applied_.covers(drift.key);
  }

  // Whether its rest goes on. An end that lies further away than any was written while the clock
  // was ahead.
  bool rests_on(Drift& drift) const {
    const bool alone = drift.state == DriftState::kLeftAlone;
    const Duration longest =
        alone ? flapping().rest : longest_rest(runtime_.settings.gates.cooldown);
    drift.until = std::min(drift.until, look_.now + longest);
    return drift.until > look_.now;
  }

  void wait_until(WallTime at) { opened_.held.ripe_at = std::min(opened_.held.ripe_at, at); }

  StoreTx& store_;
  const ReconcilerRuntime& runtime_;
  const DriftLook& look_;
  std::vector<std::optional<Drift>> known_;
  Applied applied_;
  std::vector<Applied> undone_;
  Opened opened_;
};

}  // namespace

void HeldBack::add(const HeldBack& more) {
  suspect += more.suspect;
  busy += more.busy;
  cooling += more.cooling;
  failed += more.failed;
  flapping += more.flapping;
  ripe_at = std::min(ripe_at, more.ripe_at);
}

Result<Opened> open_drifts(StoreTx& store, const ReconcilerRuntime& runtime, const DriftLook& look,
                           const std::vector<Change>& candidates) {
  std::vector<std::string> keys;
  keys.reserve(candidates.size());
  for (const Change& change : candidates) keys.push_back(change.key);
  SB_ASSIGN(DriftOpening opening, DriftOpening::begin(store, runtime, keys, look));
  std::vector<Drift> rows;
  rows.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    Drift drift = opening.meet(i, candidates[i]);
    SB_ASSIGN(const bool admitted, opening.admit(drift));
    if (admitted) opening.attach(drift, candidates[i], i);
    rows.push_back(std::move(drift));
  }
  SB_TRY(store.put_drifts(runtime.name(), rows));
  Opened opened = std::move(opening).opened();
  if (opened.flapping.count > 0) {
    store.stage_audit(flapping_record(runtime.name(), opened.flapping.count,
                                      runtime.settings.gates.flapping, look.now));
  }
  return opened;
}

}  // namespace sideband
