#include "simulation/planted_store.h"

namespace sideband::sim {
namespace {

// Hands everything on; subclasses change one thing.
class PassOn : public StoreTx {
 public:
  explicit PassOn(StoreTx& tx) : tx_(tx) {}

  Result<std::vector<std::optional<Drift>>> drifts(const std::string& reconciler,
                                                   const std::vector<std::string>& keys) override {
    return tx_.drifts(reconciler, keys);
  }
  Result<std::vector<Drift>> list_drifts(const std::string& reconciler, const std::string& after,
                                         std::int64_t limit) override {
    return tx_.list_drifts(reconciler, after, limit);
  }
  Result<std::int64_t> count_drifts(const std::string& reconciler) override {
    return tx_.count_drifts(reconciler);
  }
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override {
    return tx_.head(reconciler);
  }
  Result<std::optional<Plan>> plan(const Uuid& id) override { return tx_.plan(id); }
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override {
    return tx_.chunk(plan, seq);
  }
  Result<std::optional<Repair>> repair(const Uuid& id) override { return tx_.repair(id); }
  Result<std::vector<Repair>> repairs(const RepairFilter& filter) override {
    return tx_.repairs(filter);
  }
  Result<std::int64_t> count_repairs(const std::string& reconciler, RepairState state) override {
    return tx_.count_repairs(reconciler, state);
  }
  Result<bool> has_waiting(const std::string& reconciler) override {
    return tx_.has_waiting(reconciler);
  }
  Result<std::vector<std::string>> queued_reconcilers() override {
    return tx_.queued_reconcilers();
  }
  Result<void> hold_switches(Switches how) override { return tx_.hold_switches(how); }
  Result<bool> has_room(const std::string& reconciler, std::int64_t limit) override {
    return tx_.has_room(reconciler, limit);
  }
  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override {
    return tx_.steps(repair, from, limit);
  }
  Result<std::vector<RangeLock>> locks(const Uuid& repair, std::int64_t limit) override {
    return tx_.locks(repair, limit);
  }
  Result<std::vector<Approval>> approvals(const Uuid& repair) override {
    return tx_.approvals(repair);
  }
  Result<std::vector<Decision>> decisions(const std::string& reconciler,
                                          std::int64_t limit) override {
    return tx_.decisions(reconciler, limit);
  }
  Result<std::optional<std::string>> value(const std::string& name) override {
    return tx_.value(name);
  }
  Result<std::vector<std::pair<std::string, std::string>>> values(
      const std::string& prefix) override {
    return tx_.values(prefix);
  }
  Result<std::optional<IdempotentAnswer>> idempotent(const std::string& key) override {
    return tx_.idempotent(key);
  }
  Result<AuditHead> audit_head() override { return tx_.audit_head(); }
  Result<std::vector<AuditLeaf>> audit_leaves(std::int64_t from, std::int64_t limit) override {
    return tx_.audit_leaves(from, limit);
  }
  Result<std::optional<CheckpointRow>> last_checkpoint() override { return tx_.last_checkpoint(); }
  Result<void> put_drifts(const std::string& reconciler,
                          const std::vector<Drift>& drifts) override {
    return tx_.put_drifts(reconciler, drifts);
  }
  Result<void> erase_drifts(const std::string& reconciler,
                            const std::vector<std::string>& keys) override {
    return tx_.erase_drifts(reconciler, keys);
  }
  Result<std::int64_t> erase_unseen_drifts(const std::string& reconciler, std::int64_t scan,
                                           std::int64_t limit) override {
    return tx_.erase_unseen_drifts(reconciler, scan, limit);
  }
  Result<std::optional<std::string>> erase_plan_drifts(const std::string& reconciler,
                                                       const Uuid& plan, const std::string& after,
                                                       std::int64_t limit) override {
    return tx_.erase_plan_drifts(reconciler, plan, after, limit);
  }
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override {
    return tx_.put_head(reconciler, head);
  }
  Result<void> insert_plan(const Plan& plan) override { return tx_.insert_plan(plan); }
  Result<void> insert_chunk(const Uuid& plan, std::int64_t seq,
                            const std::string& changes) override {
    return tx_.insert_chunk(plan, seq, changes);
  }
  Result<void> update_plan(const Plan& plan) override { return tx_.update_plan(plan); }
  Result<void> erase_plan(const Uuid& plan) override { return tx_.erase_plan(plan); }
  Result<void> erase_drafts(const std::string& reconciler) override {
    return tx_.erase_drafts(reconciler);
  }
  Result<void> insert_repair(const Repair& repair) override { return tx_.insert_repair(repair); }
  Result<void> update_repair(const Repair& repair) override { return tx_.update_repair(repair); }
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override {
    return tx_.claim_repairs(request);
  }
  Result<std::uint64_t> next_token() override { return tx_.next_token(); }
  Result<void> put_step(const Uuid& repair, const Step& step) override {
    return tx_.put_step(repair, step);
  }
  Result<void> insert_approval(const Approval& approval) override {
    return tx_.insert_approval(approval);
  }
  Result<void> insert_decision(const Decision& decision) override {
    return tx_.insert_decision(decision);
  }
  Result<void> put_value(const std::string& name, const std::string& value) override {
    return tx_.put_value(name, value);
  }
  Result<void> erase_value(const std::string& name) override { return tx_.erase_value(name); }
  Result<void> put_idempotent(const std::string& key, const IdempotentAnswer& answer) override {
    return tx_.put_idempotent(key, answer);
  }
  Result<void> prune_idempotent(WallTime before) override { return tx_.prune_idempotent(before); }
  Result<bool> try_lock(const RangeLock& lock) override { return tx_.try_lock(lock); }
  Result<void> unlock(const Uuid& repair) override { return tx_.unlock(repair); }
  void stage_audit(std::string record) override { tx_.stage_audit(std::move(record)); }
  Result<void> put_checkpoint(const CheckpointRow& checkpoint) override {
    return tx_.put_checkpoint(checkpoint);
  }

 protected:
  StoreTx& tx_;
};

bool is_gate(const std::string& name) {
  return name.starts_with("window/");
}

class Planted final : public PassOn {
 public:
  Planted(StoreTx& tx, Bug bug) : PassOn(tx), bug_(bug) {}

  Result<std::optional<std::string>> value(const std::string& name) override {
    if (bug_ == Bug::kGateOutsideClaim && is_gate(name)) return std::optional<std::string>();
    return PassOn::value(name);
  }
  Result<void> put_value(const std::string& name, const std::string& value) override {
    if (bug_ == Bug::kForgetfulGate && is_gate(name)) return {};
    return PassOn::put_value(name, value);
  }
  Result<std::optional<Plan>> plan(const Uuid& id) override {
    SB_ASSIGN(auto found, PassOn::plan(id));
    if (bug_ != Bug::kIgnoresVersion || !found) return found;
    SB_ASSIGN(const auto newest, PassOn::value(newest_version(found->reconciler)));
    if (newest) found->reconciler_version = *newest;
    return found;
  }
  void stage_audit(std::string record) override {
    const bool intent = record.find("\"kind\":\"intent\"") != std::string::npos;
    if (bug_ == Bug::kUnrecordedIntent && intent) return;
    PassOn::stage_audit(std::move(record));
  }
  Result<void> update_repair(const Repair& repair) override {
    if (bug_ != Bug::kNoTokenCheck) return PassOn::update_repair(repair);
    SB_ASSIGN(const auto stored, PassOn::repair(repair.id));
    Repair forged = repair;
    if (stored) forged.token = stored->token;
    return PassOn::update_repair(forged);
  }
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override {
    ClaimRequest hasty = request;
    if (bug_ == Bug::kClaimsTwice) hasty.now += request.lease.count();
    return PassOn::claim_repairs(hasty);
  }

 private:
  const Bug bug_;
};

constexpr std::string_view kLost = "lost on purpose";

bool in_store(Bug bug) {
  return bug == Bug::kGateOutsideClaim || bug == Bug::kForgetfulGate ||
         bug == Bug::kIgnoresVersion || bug == Bug::kUnrecordedIntent ||
         bug == Bug::kNoTokenCheck || bug == Bug::kClaimsTwice;
}

struct BugText {
  std::string_view name;
  std::string_view property;
};

constexpr BugText kTexts[kBugs] = {
    {"none", ""},
    {"no-reread", "P-5"},
    {"wrong-order", "P-5"},
    {"no-fence", "P-5"},
    {"no-precondition", "P-5"},
    {"lost-commit", "P-3"},
    {"gate-outside-claim", "P-9"},
    {"forgetful-gate", "P-9"},
    {"ignores-version", "P-13"},
    {"unrecorded-intent", "P-3"},
    {"no-token-check", "P-4"},
    {"claims-twice", "P-6"},
    {"validates-by-memory", "P-14"},
};

}  // namespace

std::string_view bug_name(Bug bug) {
  return kTexts[static_cast<std::size_t>(bug)].name;
}

std::string_view bug_property(Bug bug) {
  return kTexts[static_cast<std::size_t>(bug)].property;
}

StoreFn plant(Bug bug, StoreFn fn) {
  if (!in_store(bug)) return fn;
  return [bug, fn = std::move(fn)](StoreTx& tx) -> Result<void> {
    Planted planted(tx, bug);
    return fn(planted);
  };
}

StoreFn lose(StoreFn fn) {
  return [fn = std::move(fn)](StoreTx& tx) -> Result<void> {
    SB_TRY(fn(tx));
    return Error::refused(std::string(kLost));
  };
}

bool was_lost(const Result<void>& result) {
  return !result.ok() && result.error().message == kLost;
}

}  // namespace sideband::sim
