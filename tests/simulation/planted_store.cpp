#include "simulation/planted_store.h"

#include <algorithm>

#include "policy/gates/gate.h"
#include "policy/playbook_pin.h"
#include "policy/source_judge.h"
#include "simulation/pass_on.h"
#include "support/scratch_rows.h"

namespace sideband::sim {
namespace {

// Where kUndoForward keeps by which claim a run began to be taken back.
std::string turned_value(const Uuid& repair) {
  return "@turned/" + repair.text();
}

// Where kAcceptsForAll keeps that a source was accepted.
constexpr const char* kAccepted = "@accepted";

class Planted final : public PassOn {
 public:
  Planted(StoreTx& tx, Bug bug) : PassOn(tx), bug_(bug) {}

  Result<std::optional<std::vector<WindowSlot>>> window(const WindowKey& key) override {
    using Slots = std::optional<std::vector<WindowSlot>>;
    return bug_ == Bug::kGateOutsideClaim ? Result<Slots>(Slots()) : PassOn::window(key);
  }
  // The way back as every claim but the first sees it: the steps of the run stand on their heads.
  Result<std::string> chunk(const Uuid& plan, std::int64_t seq) override {
    SB_ASSIGN(std::string bytes, PassOn::chunk(plan, seq));
    SB_ASSIGN(const bool turned, is_turned(plan));
    if (seq != 0 || !turned) return bytes;
    SB_ASSIGN(PlaybookRun run, run_of_chunk(bytes));
    std::reverse(run.playbook.steps.begin(), run.playbook.steps.end());
    return encode_changes({change_of_run(run)});
  }
  Result<std::vector<Step>> steps(const Uuid& repair, std::int64_t from,
                                  std::int64_t limit) override {
    SB_ASSIGN(auto rows, PassOn::steps(repair, from, limit));
    SB_ASSIGN(const bool forgets, forgets_step(repair));
    const bool done = rows.size() > 1 && rows.back().state == StepState::kDone;
    if (forgets && done) rows.pop_back();
    SB_ASSIGN(const bool turned, is_turned(repair));
    if (!turned) return rows;
    SB_ASSIGN(const std::int64_t last, last_step(repair));
    for (Step& row : rows) turn(row, last);
    return rows;
  }
  Result<void> put_step(const Uuid& repair, const Step& step) override {
    SB_ASSIGN(const bool turned, is_turned(repair));
    // Whoever began the way back remembers the right order: it has to lose the run.
    if (bug_ == Bug::kUndoForward && step.undo && !turned) return Error::conflict("taken away");
    if (!turned) return PassOn::put_step(repair, step);
    SB_ASSIGN(const std::int64_t last, last_step(repair));
    Step row = step;
    turn(row, last);
    return PassOn::put_step(repair, row);
  }
  Result<void> put_window(const WindowKey& key, std::vector<WindowSlot> slots) override {
    return bug_ == Bug::kForgetfulGate ? Result<void>() : PassOn::put_window(key, std::move(slots));
  }
  Result<void> put_drifts(const std::string& reconciler,
                          const std::vector<Drift>& drifts) override {
    if (bug_ != Bug::kForgetsReturns) return PassOn::put_drifts(reconciler, drifts);
    std::vector<Drift> forgotten = drifts;
    for (Drift& drift : forgotten) drift.wanted = 0;
    return PassOn::put_drifts(reconciler, forgotten);
  }
  Result<void> put_breaker(const std::string& scope, Breaker breaker) override {
    if (bug_ == Bug::kForgetsBreaker) return {};
    return PassOn::put_breaker(scope, std::move(breaker));
  }
  Result<void> put_crashes(const Uuid& repair, std::optional<CrashCount> count) override {
    return bug_ == Bug::kNoDeathCap ? Result<void>() : PassOn::put_crashes(repair, count);
  }
  Result<std::optional<Plan>> plan(const Uuid& id) override {
    SB_ASSIGN(auto found, PassOn::plan(id));
    if (bug_ != Bug::kIgnoresVersion || !found) return found;
    SB_ASSIGN(const auto newest, scratch(tx_, newest_version(found->reconciler)));
    if (newest) found->reconciler_version = *newest;
    return found;
  }
  // Of a new name it is not known either.
  Result<std::optional<SourceState>> source(const std::string& scope) override {
    if (bug_ == Bug::kSourceByDefault) return std::optional<SourceState>();
    return PassOn::source(scope);
  }
  Result<std::optional<ReconcilerHead>> head(const std::string& reconciler) override {
    SB_ASSIGN(auto found, PassOn::head(reconciler));
    const bool unseen = !found || found->source.baseline < 0;
    if (bug_ == Bug::kSourceByDefault && unseen) {
      if (!found) found.emplace();
      found->source.baseline = found->source.fewest = found->source.desired = 0;
      found->source.condition = SourceCondition::kGood;
    }
    if (!found) return found;
    SB_ASSIGN(const auto accepted, scratch(tx_, kAccepted));
    const bool believes =
        (bug_ == Bug::kClaimUnasked && claims_) || (bug_ == Bug::kAcceptsForAll && accepted);
    if (believes) believe(found->source);
    return found;
  }
  Result<void> put_head(const std::string& reconciler, const ReconcilerHead& head) override {
    SB_ASSIGN(const auto before, PassOn::head(reconciler));
    const bool was_suspect = before && is_suspect(before->source);
    ReconcilerHead row = head;
    if (bug_ == Bug::kForgetsSuspicion && was_suspect && is_suspect(row.source)) {
      row.source.condition = SourceCondition::kGood;
    }
    // Only a person makes it good without a whole scan.
    const bool accepts = was_suspect && !is_suspect(head.source) && head.scan == before->scan &&
                         !before->source.acceptance.by.empty();
    if (bug_ == Bug::kAcceptsForAll && accepts) SB_TRY(put_scratch(tx_, kAccepted, reconciler));
    return PassOn::put_head(reconciler, row);
  }
  void stage_audit(std::string record) override {
    const bool intent = record.find("\"kind\":\"intent\"") != std::string::npos;
    if (bug_ == Bug::kUnrecordedIntent && intent) return;
    PassOn::stage_audit(std::move(record));
  }
  Result<void> update_repair(const Repair& repair) override {
    const bool back = repair.state == RepairState::kCompensating;
    if (bug_ == Bug::kUndoForward && back && repair.kind() == JobKind::kRun) {
      SB_ASSIGN(const auto since, scratch(tx_, turned_value(repair.id)));
      if (!since) {
        SB_TRY(put_scratch(tx_, turned_value(repair.id), std::to_string(repair.token)));
        Repair free = repair;
        free.lease_owner.clear();
        free.lease_until = 0;
        return PassOn::update_repair(free);
      }
    }
    if (bug_ != Bug::kNoTokenCheck) return PassOn::update_repair(repair);
    SB_ASSIGN(const auto stored, PassOn::repair(repair.id));
    Repair forged = repair;
    if (stored) forged.token = stored->token;
    return PassOn::update_repair(forged);
  }
  Result<std::vector<Repair>> claim_repairs(const ClaimRequest& request) override {
    claims_ = true;
    ClaimRequest hasty = request;
    if (bug_ == Bug::kClaimsTwice) hasty.now += request.lease.count();
    SB_ASSIGN(auto claimed, PassOn::claim_repairs(hasty));
    if (bug_ != Bug::kReleasesAll) return claimed;
    for (Repair& repair : claimed) {
      if (repair.released.empty()) continue;
      for (const GateSpec& gate : all_gates()) repair.released.add(gate.id);
    }
    return claimed;
  }

 private:
  // By every claim but the one that began the way back.
  Result<bool> is_turned(const Uuid& id) {
    if (bug_ != Bug::kUndoForward) return false;
    SB_ASSIGN(const auto since, scratch(tx_, turned_value(id)));
    SB_ASSIGN(const auto repair, PassOn::repair(id));
    return since && repair && *since != std::to_string(repair->token);
  }
  Result<bool> forgets_step(const Uuid& id) {
    if (bug_ != Bug::kForgetsStep) return false;
    SB_ASSIGN(const auto repair, PassOn::repair(id));
    return repair && repair->kind() == JobKind::kRun;
  }
  Result<std::int64_t> last_step(const Uuid& plan) {
    SB_ASSIGN(const std::string bytes, PassOn::chunk(plan, 0));
    SB_ASSIGN(const PlaybookRun run, run_of_chunk(bytes));
    return std::ssize(run.playbook.steps) - 1;
  }
  static void turn(Step& row, std::int64_t last) {
    row.from = last - row.from;
    row.to = row.from + 1;
  }

  static bool is_suspect(const SourceState& source) {
    return source.condition == SourceCondition::kSuspect;
  }
  static void believe(SourceState& source) {
    if (is_suspect(source)) source = after_acceptance(std::move(source), source.since);
  }

  const Bug bug_;
  bool claims_ = false;  // this function is a claim
};

constexpr std::string_view kLost = "lost on purpose";

bool in_store(Bug bug) {
  return bug == Bug::kGateOutsideClaim || bug == Bug::kForgetfulGate ||
         bug == Bug::kIgnoresVersion || bug == Bug::kUnrecordedIntent ||
         bug == Bug::kNoTokenCheck || bug == Bug::kClaimsTwice || bug == Bug::kUndoForward ||
         bug == Bug::kForgetsStep || bug == Bug::kNoDeathCap || bug == Bug::kSourceByDefault ||
         bug == Bug::kClaimUnasked || bug == Bug::kForgetsSuspicion || bug == Bug::kAcceptsForAll ||
         bug == Bug::kReleasesAll || bug == Bug::kForgetsBreaker || bug == Bug::kForgetsReturns;
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
    {"blind-step", "P-7"},
    {"undo-forward", "P-8"},
    {"forgets-step", "P-7"},
    {"no-death-cap", "P-18"},
    {"forgets-signed", "P-16"},
    {"source-by-default", "P-11"},
    {"claim-unasked", "P-11"},
    {"forgets-suspicion", "P-11"},
    {"accepts-for-all", "P-11"},
    {"releases-all", "P-11"},
    {"forgets-breaker", "P-9"},
    {"forgets-returns", "P-9"},
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

StoreReadFn plant_read(Bug bug, StoreReadFn fn) {
  if (bug != Bug::kUndoForward && bug != Bug::kForgetsStep) return fn;
  return [bug, fn = std::move(fn)](StoreReader& reader) -> Result<void> {
    // Every reader here is a whole transaction (SimDatabase::look).
    Planted planted(dynamic_cast<StoreTx&>(reader), bug);
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
