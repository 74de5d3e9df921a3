#include "engine/decide/gate_state.h"

#include <algorithm>
#include <sstream>

#include "policy/token_bucket.h"

namespace sideband {
namespace {

constexpr const char* kSite = "@site";
constexpr std::string_view kAtOnce = "cancelled at once by ";

std::string window_value(WindowKind kind, const std::string& scope) {
  if (kind == WindowKind::kSite) return std::string("window/") + kSite;
  return (kind == WindowKind::kDeletes ? "deletes/" : "window/") + scope;
}
std::string bucket_value(const std::string& scope) {
  return "bucket/" + scope;
}

Result<void> charge(StoreTx& store, WindowKind kind, const std::string& scope,
                    const MaxChanges& limit, WallTime now, std::int64_t changes) {
  if (changes == 0 || (limit.count == 0 && limit.percent == 0)) return {};
  SB_ASSIGN(ChangeWindow window, load_window(store, kind, scope));
  window.add(now, limit.window, changes);
  return store.put_value(window_value(kind, scope), window.text());
}

Result<void> adopt(StoreTx& store, WindowKind kind, const std::string& before,
                   const std::string& scope) {
  SB_ASSIGN(const ChangeWindow old, load_window(store, kind, before));
  if (old.empty()) return {};
  SB_ASSIGN(ChangeWindow window, load_window(store, kind, scope));
  window.merge(old);
  return store.put_value(window_value(kind, scope), window.text());
}

std::int64_t burst_of(const RateLimit& limit) {
  return std::max<std::int64_t>(1, limit.burst > 0 ? limit.burst : limit.max_per_second);
}

Result<RateGrant> take_one(StoreTx& store, const std::string& scope, const RateLimit& limit,
                           WallTime now, std::int64_t wanted) {
  if (limit.max_per_second == 0) return RateGrant{wanted, {}};
  const std::int64_t burst = burst_of(limit);
  SB_ASSIGN(const auto text, store.value(bucket_value(scope)));
  SB_ASSIGN(TokenBucket bucket, TokenBucket::parse(text.value_or(""), now, burst));
  const std::int64_t taken = bucket.take(now, limit.max_per_second, burst, wanted);
  SB_TRY(store.put_value(bucket_value(scope), bucket.text()));
  return RateGrant{taken, taken > 0 ? Duration(0) : bucket.wait(limit.max_per_second)};
}

}  // namespace

std::string pause_value(const std::string& reconciler) {
  return "pause/" + (reconciler.empty() ? "@all" : reconciler);
}

std::string cancel_value(const Uuid& repair) {
  return "cancel/" + repair.text();
}

std::string cancel_text(const std::string& by, const std::string& reason, bool at_once) {
  return std::string(at_once ? kAtOnce : "cancelled by ") + by + ": " + reason;
}

bool is_at_once(const std::string& cancel) {
  return cancel.starts_with(kAtOnce);
}

std::string deaths_value(const Uuid& repair) {
  return "crashes/" + repair.text();
}

Result<std::int64_t> count_crash(StoreTx& store, const Repair& repair) {
  const std::string name = deaths_value(repair.id);
  SB_ASSIGN(const auto text, store.value(name));
  std::int64_t step = 0;
  std::int64_t count = 0;
  std::istringstream(text.value_or("")) >> step >> count;
  count = step == repair.next_step ? count + 1 : 1;
  SB_TRY(store.put_value(name, std::to_string(repair.next_step) + " " + std::to_string(count)));
  return count;
}

Result<std::string> declined_by(StoreReader& store, const std::string& reconciler,
                                const std::string& plan_hash) {
  SB_ASSIGN(const auto text, store.value("declined/" + reconciler));
  if (!text || text->substr(0, plan_hash.size()) != plan_hash) return std::string();
  return text->substr(std::min(text->size(), plan_hash.size() + 1));
}

Result<void> decline(StoreTx& store, const std::string& reconciler, const std::string& plan_hash,
                     const std::string& by) {
  return store.put_value("declined/" + reconciler, plan_hash + " " + by);
}

Result<std::vector<Uuid>> undos_at_work(StoreReader& store, const std::string& reconciler) {
  SB_ASSIGN(const auto text, store.value("undos/" + reconciler));
  std::istringstream words(text.value_or(""));
  std::vector<Uuid> out;
  for (std::string word; words >> word;) {
    SB_ASSIGN(const Uuid id, Uuid::parse(word));
    SB_ASSIGN(const auto repair, store.repair(id));
    if (repair && !is_terminal(repair->state)) out.push_back(id);
  }
  return out;
}

Result<void> add_undo(StoreTx& store, const std::string& reconciler, const Uuid& undo) {
  SB_ASSIGN(const auto others, undos_at_work(store, reconciler));
  std::string text = undo.text();
  for (const Uuid& other : others) text += " " + other.text();
  return store.put_value("undos/" + reconciler, text);
}

Result<ChangeWindow> load_window(StoreReader& store, WindowKind kind, const std::string& scope) {
  SB_ASSIGN(const auto text, store.value(window_value(kind, scope)));
  return ChangeWindow::parse(text.value_or(""));
}

Result<std::optional<PauseFact>> load_pause(StoreReader& store, const std::string& reconciler) {
  SB_ASSIGN(const auto all, store.value(pause_value("")));
  if (all) return std::optional(PauseFact{*all, true});
  SB_ASSIGN(const auto own, store.value(pause_value(reconciler)));
  if (own) return std::optional(PauseFact{*own, false});
  return std::optional<PauseFact>();
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
  return adopt(store, WindowKind::kDeletes, name, runtime.scope);
}

Result<RateGrant> take_rate(StoreTx& store, const ReconcilerRuntime& runtime, WallTime now,
                            std::int64_t wanted) {
  SB_ASSIGN(RateGrant own,
            take_one(store, runtime.name(), runtime.settings.gates.rate_limit, now, wanted));
  if (own.changes == 0 || !runtime.guardrails) return own;
  return take_one(store, kSite, runtime.guardrails->rate_limit, now, own.changes);
}

}  // namespace sideband
