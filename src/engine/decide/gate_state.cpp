#include "engine/decide/gate_state.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/throttle.h"
#include "policy/token_bucket.h"

namespace sideband {
namespace {

Result<void> charge(StoreTx& store, WindowKind kind, const std::string& scope,
                    const MaxChanges& limit, WallTime now, std::int64_t changes) {
  if (changes == 0 || (limit.count == 0 && limit.percent == 0)) return {};
  SB_ASSIGN(ChangeWindow window, load_window(store, kind, scope));
  window.add(now, limit.window, changes);
  return store.put_window({kind, scope}, window.slots());
}

Result<void> adopt(StoreTx& store, WindowKind kind, const std::string& before,
                   const std::string& scope) {
  SB_ASSIGN(const ChangeWindow old, load_window(store, kind, before));
  if (old.empty()) return {};
  SB_ASSIGN(ChangeWindow window, load_window(store, kind, scope));
  window.merge(old);
  return store.put_window({kind, scope}, window.slots());
}

Result<void> bring_back(StoreTx& store, const WindowKey& key, const MaxChanges& limit,
                        WallTime now) {
  SB_ASSIGN(ChangeWindow window, load_window(store, key.kind, key.scope));
  if (!window.bring_back(now, limit.window)) return {};
  return store.put_window(key, window.slots());
}

std::int64_t burst_of(const RateLimit& limit) {
  return std::max<std::int64_t>(1, limit.burst > 0 ? limit.burst : limit.max_per_second);
}

// How fast gates.throttle lets a reconciler be, and why.
struct SlowedRate {
  std::int64_t per_second = 0;
  std::string why;
};

// A bucket, by whom it is shared.
struct RateLevel {
  std::string scope;
  RateLimit limit;
};

void add_level(std::vector<RateLevel>& levels, std::string scope, const RateLimit& limit) {
  if (limit.max_per_second > 0) levels.push_back({std::move(scope), limit});
}

void add_level(std::vector<RateLevel>& levels, std::string scope,
               const std::map<std::string, std::int64_t>& rates, const std::string& name) {
  const auto rate = rates.find(name);
  if (rate != rates.end()) add_level(levels, std::move(scope), {rate->second, 0});
}

// Every bucket that a change of this reconciler takes from. That of a target goes with its address,
// so that a rename fills none.
std::vector<RateLevel> rate_levels(const ReconcilerRuntime& runtime) {
  std::vector<RateLevel> levels;
  const ReconcilerSettings& spec = runtime.settings;
  add_level(levels, runtime.scope, spec.gates.rate_limit);
  if (!runtime.guardrails) return levels;
  const GuardrailSettings& site = *runtime.guardrails;
  add_level(levels, "target/" + runtime.places.actual.place, site.target_rates, spec.actual.target);
  add_level(levels, "owner/" + spec.labels.owner, site.owner_rates, spec.labels.owner);
  add_level(levels, "", site.rate_limit);
  return levels;
}

// The slowest of what the rules of gates.throttle allow; nothing where none slows.
Result<std::optional<SlowedRate>> slowed_rate(StoreReader& store,
                                              const ReconcilerRuntime& runtime) {
  std::optional<SlowedRate> slowest;
  const GateSettings& gates = runtime.settings.gates;
  const std::int64_t most = gates.rate_limit.max_per_second;
  if (most == 0) return slowest;
  SB_ASSIGN(const auto rules, load_throttles(store, runtime.settings, runtime.source_scope));
  for (const ThrottleState& state : rules) {
    const Throttle* const kept = state.kept ? &*state.kept : nullptr;
    const std::int64_t rate = throttled_rate(state.rule, most, kept);
    if (rate >= most || (slowest && slowest->per_second <= rate)) continue;
    slowest = SlowedRate{rate, "rateLimit: " + state.text};
  }
  return slowest;
}

}  // namespace

Result<std::vector<ThrottleState>> load_throttles(StoreReader& store,
                                                  const ReconcilerSettings& reconciler,
                                                  const std::string& scope) {
  std::vector<ThrottleState> out;
  const std::int64_t most = reconciler.gates.rate_limit.max_per_second;
  for (const ThrottleRule& rule : reconciler.gates.throttle) {
    SB_ASSIGN(auto kept, store.throttle(throttle_key(scope, rule)));
    std::string text;
    if (!kept) {
      text = fmt::format("{} of {} changes a second until signal {} is read",
                         throttled_rate(rule, most, nullptr), most, rule.signal);
    } else if (!kept->why.empty()) {
      text = throttle_text(most, *kept);
    }
    out.push_back({rule, std::move(kept), std::move(text)});
  }
  return out;
}

Result<std::int64_t> count_crash(StoreTx& store, const Repair& repair) {
  SB_ASSIGN(const auto kept, store.crash_count(repair.id));
  const bool same_step = kept && kept->step == repair.next_step;
  const CrashCount count{repair.next_step, same_step ? kept->crashes + 1 : 1};
  SB_TRY(store.put_crashes(repair.id, count));
  return count.crashes;
}

Result<std::string> declined_by(StoreReader& store, const std::string& reconciler,
                                const std::string& plan_hash) {
  SB_ASSIGN(const auto declined, store.declined_plan(reconciler));
  return declined && declined->plan_hash == plan_hash ? declined->by : std::string();
}

Result<ChangeWindow> load_window(StoreReader& store, WindowKind kind, const std::string& scope) {
  SB_ASSIGN(auto slots, store.window({kind, scope}));
  return slots ? ChangeWindow(std::move(*slots)) : ChangeWindow();
}

Result<std::optional<PauseFact>> load_pause(StoreReader& store, std::vector<std::string> keys,
                                            const std::string& source_scope) {
  if (!source_scope.empty()) {
    SB_ASSIGN(const auto former, store.reconcilers_of(source_scope));
    keys.insert(keys.end(), former.begin(), former.end());
  }
  for (const std::string& key : keys) {
    SB_ASSIGN(const auto pause, store.pause(key));
    if (pause) return std::optional(PauseFact{*pause, PauseScope::of_key(key)});
  }
  return std::optional<PauseFact>();
}

Result<std::optional<Silence>> load_silence(StoreReader& store, const ReconcilerSettings& settings,
                                            WallTime now) {
  SB_ASSIGN(const auto all, store.silences());
  std::optional<Silence> longest;
  for (const Silence& silence : all) {
    if (!silence.holds_at(now) || !silence.match.matches(settings)) continue;
    if (!longest || longest->until < silence.until) longest = silence;
  }
  return longest;
}

Result<void> charge_windows(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            const PlanCounts& counts) {
  const GateSettings& gates = runtime.settings.gates;
  SB_TRY(
      charge(store, WindowKind::kChanges, runtime.scope, gates.max_changes, now, counts.changes()));
  SB_TRY(charge(store, WindowKind::kDeletes, runtime.scope, gates.max_deletes, now, counts.erase));
  if (!runtime.guardrails) return {};
  return charge_site(store, runtime.guardrails->max_changes, now, counts.changes());
}

Result<void> charge_site(StoreTx& store, const MaxChanges& limit, WallTime now,
                         std::int64_t changes) {
  return charge(store, WindowKind::kSite, "", limit, now, changes);
}

Result<void> adopt_windows(StoreTx& store, const ReconcilerRuntime& runtime,
                           const std::string& before) {
  const std::string& name = before.empty() ? runtime.name() : before;
  SB_TRY(adopt(store, WindowKind::kChanges, name, runtime.scope));
  SB_TRY(adopt(store, WindowKind::kDeletes, name, runtime.scope));
  SB_ASSIGN(const auto own, store.rate_bucket(runtime.scope));
  SB_ASSIGN(const auto bucket, store.rate_bucket(name));
  return own || !bucket ? Result<void>() : store.put_rate_bucket(runtime.scope, *bucket);
}

Result<void> bring_windows_back(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now) {
  const GateSettings& gates = runtime.settings.gates;
  SB_TRY(bring_back(store, {WindowKind::kChanges, runtime.scope}, gates.max_changes, now));
  SB_TRY(bring_back(store, {WindowKind::kDeletes, runtime.scope}, gates.max_deletes, now));
  if (!runtime.guardrails) return {};
  return bring_back(store, {WindowKind::kSite, ""}, runtime.guardrails->max_changes, now);
}

// What the poorest bucket has is taken from each: none loses what another one refuses.
Result<RateGrant> take_rate(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            std::int64_t wanted) {
  std::vector<RateLevel> levels = rate_levels(runtime);
  std::vector<TokenBucket> buckets;
  RateGrant grant{wanted, {}, "rateLimit"};
  SB_ASSIGN(const auto slowed, slowed_rate(store, runtime));
  if (slowed) {
    RateLimit& own = levels.front().limit;
    own = {slowed->per_second, std::min(burst_of(own), slowed->per_second)};
    grant.why = slowed->why;
  }
  for (const RateLevel& level : levels) {
    const std::int64_t rate = level.limit.max_per_second;
    SB_ASSIGN(const auto kept, store.rate_bucket(level.scope));
    buckets.push_back(kept ? TokenBucket(*kept) : TokenBucket::full(now, burst_of(level.limit)));
    TokenBucket look = buckets.back();
    grant.changes = std::min(grant.changes, look.take(now, rate, burst_of(level.limit), wanted));
    if (grant.changes == 0) grant.wait = std::max(grant.wait, look.wait(rate));
  }
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const RateLimit& limit = levels[i].limit;
    buckets[i].take(now, limit.max_per_second, burst_of(limit), grant.changes);
    SB_TRY(store.put_rate_bucket(levels[i].scope, buckets[i].kept()));
  }
  return grant;
}

}  // namespace sideband
