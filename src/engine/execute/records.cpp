#include "engine/execute/records.h"

#include <algorithm>
#include <array>

#include "base/jcs.h"
#include "base/units.h"
#include "engine/execute/hook_step.h"
#include "model/audit_record.h"
#include "policy/breaker.h"
#include "policy/gates/gate.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {

void add_counts(JsonObject& out, const std::vector<ChangeOutcome>& outcomes) {
  std::array<std::int64_t, kOutcomes> counts{};
  for (const ChangeOutcome& outcome : outcomes) {
    ++counts.at(static_cast<std::size_t>(outcome.outcome));
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts.at(i) > 0) out.add(outcome_name(static_cast<Outcome>(i)), counts.at(i));
  }
}

AuditRecord step_record(std::string_view kind, const Repair& repair, const Step& step,
                        WallTime at) {
  AuditRecord record(kind, at, kind == "intent" ? requester_of(repair) : "sideband");
  record.add("repair", repair.id.text()).add("reconciler", repair.reconciler);
  record.add("step", step.seq).add("token", step.token);
  if (step.undo) record.add("undo", true);
  const auto hook = is_hook(step) ? decode_hook(step) : Error::not_found("no hook");
  if (hook.ok()) record.add("hook", hook_name(hook->kind));
  return record;
}

JsonObject evidence_json(const Reason& reason) {
  JsonObject out;
  for (const Evidence& item : reason.evidence) {
    switch (item.kind) {
      case Evidence::Kind::kText:
        out.add(item.name, clip_text(item.text, kMaxRecordText));
        break;
      case Evidence::Kind::kCount:
        out.add(item.name, item.number);
        break;
      case Evidence::Kind::kShare:
        out.add(item.name, format_percent(item.number));
        break;
      case Evidence::Kind::kDuration:
        out.add(item.name, format_duration(Duration(item.number)));
        break;
      case Evidence::Kind::kTime:
        out.add(item.name, format_time(from_us(item.number)));
        break;
    }
  }
  return out;
}

// Whether a gate that passes says so in a sentence, too.
enum class Sentences : std::uint8_t { kAll, kRefusals };

void put_reason(std::string& json, const Reason& reason, Sentences sentences) {
  JsonObject out;
  if (!reason.evidence.empty()) out.add_object("evidence", evidence_json(reason));
  out.add("gate", gate_name(reason.gate)).add("passes", truth_name(reason.passes));
  if (sentences == Sentences::kAll || !reason.passed()) {
    out.add("saw", clip_text(saw_text(reason), kMaxRecordText));
  }
  const std::string opens = opens_text(reason);
  if (!opens.empty()) out.add("until", opens);
  out.put(json);
}

std::string reasons_json(const std::vector<Reason>& reasons, Sentences sentences) {
  std::string json = "[";
  for (const Reason& reason : reasons) {
    if (json.size() > 1) json += ',';
    put_reason(json, reason, sentences);
  }
  return json += ']';
}

}  // namespace

std::string_view requester_of(const Repair& repair) {
  return repair.requester.empty() ? std::string_view("(unknown)") : repair.requester;
}

std::string reasons_json(const std::vector<Reason>& reasons) {
  return reasons_json(reasons, Sentences::kAll);
}

std::string acceptance_record(const std::string& reconciler, const SourceState& source,
                              const SourceAcceptance& first, bool accepted,
                              const std::string& actor, const std::string& reason, WallTime at) {
  AuditRecord record("release", at, actor);
  record.add("gate", gate_name(GateId::kSource)).add("scope", reconciler);
  record.add("desired", source.desired).add("reason", reason).add("released", accepted);
  if (accepted) record.add("first", first.by).add("firstReason", first.reason);
  return record.text();
}

std::string decision_record(const Decision& decision, const Plan& plan,
                            const std::string& requester) {
  AuditRecord record("decide", decision.at, requester);
  record.add("decision", decision.id.text()).add("reconciler", decision.reconciler);
  record.add("verdict", verdict_name(decision.verdict));
  // Evidence says it all where a gate passes, and the log is kept for ever.
  record.add_json("reasons", reasons_json(decision.reasons, Sentences::kRefusals));
  record.add("plan", plan.id.text()).add("planHash", plan.hash);
  record.add("changes", plan.counts.changes()).add("desired", plan.counts.desired);
  record.add("reconcilerVersion", plan.reconciler_version);
  record.add("guardrailsVersion", plan.guardrails_version);
  return record.text();
}

std::string intent_record(const Repair& repair, const Plan& plan, const Step& step, WallTime at) {
  AuditRecord record = step_record("intent", repair, step, at);
  record.add("planHash", plan.hash).add("chunk", step.chunk);
  record.add("from", step.from).add("to", step.to);
  return record.text();
}

std::string outcome_record(const Repair& repair, const Step& step,
                           const std::vector<ChangeOutcome>& outcomes, const Digest& root,
                           WallTime at) {
  AuditRecord record = step_record("outcome", repair, step, at);
  JsonObject counts;
  add_counts(counts, outcomes);
  record.add_json("outcomes", counts.text());
  // Of those that are called changed: by looking, after a crash. Another one may have made them.
  const auto inferred = std::count_if(outcomes.begin(), outcomes.end(), [](const auto& outcome) {
    return outcome.outcome == Outcome::kChanged && outcome.inferred;
  });
  if (inferred > 0) record.add("inferred", static_cast<std::int64_t>(inferred));
  record.add("changesRoot", to_hex(root));
  return record.text();
}

std::string state_record(const Repair& repair, RepairState from, const std::string& actor,
                         WallTime at) {
  AuditRecord record("state", at, actor);
  record.add("repair", repair.id.text()).add("reconciler", repair.reconciler);
  record.add("from", repair_state_name(from)).add("state", repair_state_name(repair.state));
  record.add("cause", transition_cause(from, repair.state));
  if (!repair.note.empty()) record.add("note", repair.note);
  return record.text();
}

std::string approval_record(const Approval& approval) {
  AuditRecord record(approval.approve ? "approve" : "reject", approval.at, approval.by);
  record.add("repair", approval.repair.text()).add("planHash", approval.plan_hash);
  record.add("reconcilerVersion", approval.reconciler_version);
  record.add("guardrailsVersion", approval.guardrails_version);
  if (!approval.comment.empty()) record.add("comment", approval.comment);
  return record.text();
}

std::string target_record(const std::string& target, const std::string& reconciler,
                          const KnownTarget& now) {
  AuditRecord record("target_" + std::string(identity_change_name(now.change)), now.since,
                     "sideband");
  record.add("target", target).add("reconciler", reconciler);
  record.add("before", identity_text(now.replaced)).add("now", identity_text(now.identity));
  return record.text();
}

std::string notice_record(const NoticeKey& key, const Notice& notice, const std::string& failure,
                          WallTime at) {
  AuditRecord record("notify", at, "sideband");
  record.add("channel", key.channel).add("reconciler", key.reconciler);
  record.add("event", notice_event_name(notice.owed)).add("status", notice.status);
  record.add("id", event_id(key, notice)).add("told", failure.empty());
  if (!failure.empty()) record.add("why", failure);
  return record.text();
}

std::string signal_record(const std::string& reconciler, const PauseRule& rule,
                          const SignalHold& hold, std::optional<double> value, WallTime at) {
  const char* const kind = !hold.unknown.empty() ? "signal_unknown"
                           : hold.holding        ? "signal_holds"
                                                 : "signal_opens";
  AuditRecord record(kind, at, "sideband");
  record.add("signal", rule.signal).add("reconciler", reconciler);
  record.add("rule", threshold_text(rule)).add("then", pause_action_name(rule.action));
  if (value) record.add("value", number_text(rule, *value));
  if (!hold.unknown.empty()) record.add("why", hold.unknown);
  return record.text();
}

std::string flapping_record(const std::string& reconciler, std::int64_t resources,
                            const FlappingSettings& settings, WallTime at) {
  AuditRecord record("flapping", at, "sideband");
  record.add("reconciler", reconciler).add("resources", resources);
  record.add("takenBack", settings.after).add("until", format_time(at + settings.rest));
  return record.text();
}

std::string throttle_record(const std::string& reconciler, const ThrottleRule& rule,
                            std::int64_t most, const Throttle& now) {
  const bool slow = !now.why.empty();
  AuditRecord record(slow ? "throttle_slows" : "throttle_ends", now.judged_at, "sideband");
  record.add("signal", rule.signal).add("reconciler", reconciler);
  record.add("rule", threshold_text(rule)).add("perSecond", now.per_second).add("most", most);
  if (slow) record.add("why", now.why);
  return record.text();
}

std::string detection_record(std::string_view kind, const std::string& signal,
                             const Detection& said) {
  AuditRecord record(kind, said.at, "sideband");
  record.add("signal", signal).add("why", said.why);
  return record.text();
}

std::string silence_record(std::string_view kind, const Silence& silence, const std::string& actor,
                           WallTime at) {
  AuditRecord record(kind, at, actor);
  record.add("silence", silence.id.text()).add("matches", silence.match.text());
  record.add("reason", silence.reason).add("until", format_time(silence.until));
  return record.text();
}

std::string breaker_record(const Repair& repair, const Breaker& breaker,
                           const BreakerSettings& settings, WallTime at) {
  const bool opens = breaker_state(breaker, at) != BreakerState::kClosed;
  AuditRecord record(opens ? "breaker_opens" : "breaker_closes", at, "sideband");
  record.add("repair", repair.id.text()).add("reconciler", repair.reconciler);
  if (!opens) return record.text();
  const BreakerCount count = breaker_count(breaker, settings);
  record.add("failed", count.failed).add("of", count.ended);
  record.add("failedProbes", breaker.failed_probes);
  record.add("halfOpens", format_time(half_opens_at(breaker)));
  return record.text();
}

std::string policy_record(const Repair& repair, const Plan& plan, const PolicyFact& fact,
                          WallTime at) {
  const PolicyVerdict& verdict = *fact.verdict;
  AuditRecord record(verdict.allow ? "policy_allows" : "policy_denies", at, "sideband");
  record.add("repair", repair.id.text()).add("reconciler", repair.reconciler);
  record.add("planHash", plan.hash).add("requester", repair.requester);
  record.add("target", fact.policy.target).add("path", fact.policy.path);
  record.add("askedAt", format_time(fact.asked_at)).add("defined", verdict.defined);
  record.add("decisionId", verdict.decision_id);
  record.add_json("reasons", json_strings(verdict.reasons));
  return record.text();
}

std::string prune_record(StoredClass which, const PrunedPage& page, std::string_view why,
                         WallTime at) {
  AuditRecord record("prune", at, "sideband");
  record.add("class", stored_class_name(which)).add("rows", page.rows).add("why", why);
  if (page.oldest) record.add("oldest", format_time(*page.oldest));
  if (page.newest) record.add("newest", format_time(*page.newest));
  return record.text();
}

std::string switch_record(std::string_view kind, const std::string& scope, const std::string& actor,
                          const std::string& reason, WallTime at) {
  AuditRecord record(kind, at, actor);
  record.add("scope", scope.empty() ? "@all" : scope).add("reason", reason);
  return record.text();
}

}  // namespace sideband
