#include "engine/decide/gather_facts.h"

#include <set>

#include "engine/decide/breaker_rows.h"
#include "engine/decide/gate_state.h"
#include "engine/decide/load_head.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {

// What the store knows of a subject.
struct Recorded {
  std::optional<PauseFact> pause;
  std::optional<Silence> silence;
  Fact<std::string> declined_by;
  Fact<ChangeWindow> window;
  Fact<ChangeWindow> site_window;
  Fact<ChangeWindow> deletes;
  Fact<std::int64_t> approvals;
  Fact<WallTime> observed_at;
  std::vector<SignalFact> signals;
  Fact<Breaker> breaker;
};

bool is_set(const MaxChanges& limit) {
  return limit.count > 0 || limit.percent > 0;
}

template <class T>
Fact<T> not_asked() {
  return Fact<T>::unknown("not asked in this phase");
}

// By others than the requester, who saw this very plan under these versions.
Result<std::int64_t> count_approvals(StoreReader& store, const Subject& subject) {
  const Plan& plan = subject.plan;
  SB_ASSIGN(const auto approvals, store.approvals(plan.id));
  std::set<std::string> people;
  for (const Approval& approval : approvals) {
    const bool same = approval.plan_hash == plan.hash &&
                      approval.reconciler_version == plan.reconciler_version &&
                      approval.guardrails_version == plan.guardrails_version;
    if (approval.approve && same && approval.by != subject.requester) people.insert(approval.by);
  }
  return std::ssize(people);
}

bool needs_people(const Subject& subject) {
  return !subject.released.empty() || subject.runtime.settings.mode != Mode::kAuto ||
         !subject.runtime.settings.gates.approval.risk.empty() ||
         (subject.runtime.guardrails && subject.runtime.guardrails->max_mode != Mode::kAuto);
}

bool counts_changes(Phase phase) {
  return phase == Phase::kDecide || phase == Phase::kApply || phase == Phase::kClaim;
}

Result<void> read_windows(StoreReader& store, const Subject& subject, Recorded& recorded) {
  const ReconcilerRuntime& runtime = subject.runtime;
  recorded.window = recorded.site_window = recorded.deletes = ChangeWindow();
  if (is_set(runtime.settings.gates.max_changes)) {
    SB_ASSIGN(recorded.window, load_window(store, WindowKind::kChanges, runtime.scope));
  }
  if (runtime.guardrails && is_set(runtime.guardrails->max_changes)) {
    SB_ASSIGN(recorded.site_window, load_window(store, WindowKind::kSite, ""));
  }
  const bool looks = subject.plan.counts.erase > 0 || !runtime.decision_rules.empty();
  if (looks && is_set(runtime.settings.gates.max_deletes)) {
    SB_ASSIGN(recorded.deletes, load_window(store, WindowKind::kDeletes, runtime.scope));
  }
  return {};
}

// What counts before anything begins.
Result<void> read_counted(StoreReader& store, const Subject& subject, Recorded& recorded) {
  if (!counts_changes(subject.phase)) return {};
  SB_TRY(read_windows(store, subject, recorded));
  recorded.breaker = Breaker();
  if (!subject.runtime.settings.gates.breaker.is_set()) return {};
  SB_ASSIGN(recorded.breaker, load_breaker(store, subject.runtime.scope));
  return {};
}

// A plan that is still what the last scan found is as old as that scan.
WallTime observed_at(const Subject& subject, const ReconcilerHead& head) {
  const bool confirmed = subject.plan.whole && head.plan_hash == subject.plan.hash;
  return confirmed ? std::max(head.scanned_at, subject.plan.observed_at) : subject.plan.observed_at;
}

Fact<std::int64_t> desired_items(const Subject& subject, const SourceState& source) {
  const PlanCounts& counts = subject.plan.counts;
  if (!subject.plan.whole && counts.erase > 0 && subject.phase == Phase::kDecide && !subject.undo) {
    return subject.fresh_count;
  }
  const std::int64_t known = subject.plan.whole ? counts.desired : source.desired;
  if (known >= 0) return known;
  return Fact<std::int64_t>::unknown("the number of desired items is not known");
}

bool is_current(const Subject& subject) {
  return subject.plan.reconciler_version == subject.runtime.settings.version &&
         subject.plan.guardrails_version == subject.runtime.guardrails_version();
}

std::vector<PolicyFact> policies_of(const Subject& subject, WallTime now) {
  const auto& site = subject.runtime.guardrails;
  return answers_that_count(policies_of(subject.runtime.settings, site ? &*site : nullptr),
                            subject.policies, subject.plan.hash, subject.requester, now);
}

std::vector<EvidenceFact> evidence_of(const Subject& subject, WallTime now) {
  std::vector<EvidenceFact> out;
  for (const SignalCondition& condition : subject.runtime.settings.detect.signals.of) {
    out.push_back({condition, subject.signals(condition, now)});
  }
  return out;
}

Facts facts_of(const Subject& subject, const SourceState& source, Recorded recorded, WallTime now) {
  const PlanCounts& counts = subject.plan.counts;
  return Facts{
      .phase = subject.phase,
      .now = now,
      .reconciler = subject.runtime.name(),
      .settings = subject.runtime.settings,
      .guardrails = subject.runtime.guardrails ? &*subject.runtime.guardrails : nullptr,
      .rules = subject.runtime.decision_rules,
      .times = subject.runtime.open_times,
      .requester = subject.requester,
      .released = subject.released,
      .plan = {.hash = subject.plan.hash,
               .changes = counts.changes(),
               .creates = counts.create,
               .updates = counts.update,
               .deletes = counts.erase,
               .whole = subject.plan.whole,
               .undo = subject.undo,
               .observed_at = std::move(recorded.observed_at),
               .desired = desired_items(subject, source),
               .current = is_current(subject)},
      .source = source,
      .pause = std::move(recorded.pause),
      .silence = std::move(recorded.silence),
      .unsigned_for = subject.unsigned_for,
      .declined_by = std::move(recorded.declined_by),
      .window = std::move(recorded.window),
      .site_window = std::move(recorded.site_window),
      .deletes = std::move(recorded.deletes),
      .approval = {.given = std::move(recorded.approvals)},
      .place = subject.place,
      .signals = std::move(recorded.signals),
      .breaker = std::move(recorded.breaker),
      .evidence = evidence_of(subject, now),
      .policies = policies_of(subject, now),
  };
}

}  // namespace

PlaceFacts no_place() {
  return {not_asked<bool>(), not_asked<bool>(), not_asked<bool>()};
}

Result<Facts> gather_facts(StoreReader& store, const Subject& subject, WallTime now) {
  SB_ASSIGN(const ReconcilerHead head, load_head(store, subject.runtime));
  return gather_facts(store, subject, head, now);
}

Result<Facts> gather_facts(StoreReader& store, const Subject& subject, const ReconcilerHead& head,
                           WallTime now) {
  Recorded recorded{.pause = {},
                    .silence = {},
                    .declined_by = not_asked<std::string>(),
                    .window = not_asked<ChangeWindow>(),
                    .site_window = not_asked<ChangeWindow>(),
                    .deletes = not_asked<ChangeWindow>(),
                    .approvals = not_asked<std::int64_t>(),
                    .observed_at = observed_at(subject, head),
                    .signals = {},
                    .breaker = not_asked<Breaker>()};
  SB_ASSIGN(recorded.pause,
            load_pause(store, pause_keys(subject.runtime.settings), subject.runtime.source_scope));
  if (subject.phase == Phase::kDecide || subject.phase == Phase::kClaim) {
    SB_ASSIGN(recorded.silence, load_silence(store, subject.runtime.settings, now));
  }
  const bool sealed = subject.phase == Phase::kDecide || subject.phase == Phase::kApply;
  if (sealed) {
    SB_ASSIGN(recorded.declined_by, declined_by(store, subject.runtime.name(), subject.plan.hash));
  }
  if (sealed) recorded.approvals = std::int64_t{0};  // a repair that is only asked for has none
  if (subject.phase == Phase::kClaim && needs_people(subject)) {
    SB_ASSIGN(recorded.approvals, count_approvals(store, subject));
  }
  SB_TRY(read_counted(store, subject, recorded));
  if (subject.phase != Phase::kPlace) {
    SB_ASSIGN(recorded.signals, gather_signals(store, subject.runtime.settings,
                                               subject.runtime.source_scope, subject.signals, now));
  }
  return facts_of(subject, head.source, std::move(recorded), now);
}

Result<std::vector<SignalFact>> gather_signals(StoreReader& store,
                                               const ReconcilerSettings& reconciler,
                                               const std::string& scope, const SignalValues& values,
                                               WallTime now) {
  std::vector<SignalFact> out;
  for (const PauseRule& rule : reconciler.gates.pause_when) {
    SB_ASSIGN(const auto kept, store.signal_hold(hold_key(scope, rule)));
    out.push_back({rule, values(rule, now),
                   kept ? Fact<SignalHold>(*kept)
                        : Fact<SignalHold>::unknown("it was not judged for this reconciler yet")});
  }
  return out;
}

Facts facts_of_nothing_recorded(const Subject& subject, const SourceState& source, WallTime now) {
  std::vector<SignalFact> signals;
  for (PauseRule rule : subject.runtime.settings.gates.pause_when) {
    rule.lasting = Duration(0);  // for how long is what nobody saw
    const Fact<double> value = subject.signals(rule, now);
    signals.push_back({rule, value, next_hold(rule, nullptr, value, now)});
  }
  return facts_of(subject, source,
                  {.pause = {},
                   .silence = {},
                   .declined_by = std::string(),
                   .window = ChangeWindow(),
                   .site_window = ChangeWindow(),
                   .deletes = ChangeWindow(),
                   .approvals = std::int64_t{0},
                   .observed_at = subject.plan.observed_at,
                   .signals = std::move(signals),
                   .breaker = Breaker()},
                  now);
}

}  // namespace sideband
