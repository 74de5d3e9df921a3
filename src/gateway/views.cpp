#include "gateway/views.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "base/jcs.h"
#include "base/units.h"
#include "engine/execute/records.h"
#include "gateway/limits_view.h"
#include "policy/breaker.h"

namespace sideband {
namespace {

void add_time(JsonObject& out, const char* key, WallTime time) {
  if (time != WallTime()) out.add(key, format_time(time));
}

bool is_text(const std::string& bytes) {
  // json_string replaces what is not UTF-8; a value that would change by it goes as base64.
  return json_string(bytes).find("\xef\xbf\xbd") == std::string::npos;
}

// Fields have any name: one that ends in 64 must not look like another that is base64.
void add_field(JsonObject& out, const std::string& name, const std::string& value) {
  if (is_text(value)) {
    out.add(name, value);
  } else {
    out.add_json(name, JsonObject().add("base64", to_base64(value)).text());
  }
}

void add_fields(JsonObject& out, const std::string& key, const std::string& encoded) {
  JsonObject fields;
  if (const auto decoded = decode_fields(encoded); decoded.ok()) {
    for (const auto& [name, value] : *decoded) add_field(fields, name, value);
  }
  out.add_json(key, fields.text());
}

void add_state(JsonObject& out, const std::string& key, const State& state) {
  if (!state.present()) {
    out.add_json(key, "null");
    return;
  }
  if (!state.attributes.empty()) add_fields(out, key + "Attributes", state.attributes);
  if (state.shape == Shape::kBytes) return add_value(out, key, state.bytes);
  add_fields(out, key, state.bytes);
}

bool looks_well(const ReconcilerStatus& status) {
  return status.kind != StatusKind::kFailing && status.kind != StatusKind::kBlind;
}

}  // namespace

void add_value(JsonObject& out, const std::string& key, const std::string& value) {
  if (is_text(value)) {
    out.add(key, value);
  } else {
    out.add(key + "64", to_base64(value));
  }
}

std::string repair_view(const Repair& repair) {
  return repair_object(repair).text();
}

JsonObject repair_object(const Repair& repair) {
  JsonObject out;
  out.add("id", repair.id.text()).add("plan", repair.plan.text());
  out.add("reconciler", repair.reconciler).add("kind", job_kind_name(repair.kind()));
  out.add("state", repair_state_name(repair.state));
  out.add("requester", repair.requester).add("undo", repair.undo);
  if (!repair.released.empty()) out.add("released", repair.released.text());
  out.add("attempt", repair.attempt).add("steps", repair.next_step);
  add_time(out, "refusedSince", repair.refused_since);
  out.add("position", repair.position).add("changed", repair.changed);
  out.add("alreadyThere", repair.already_there).add("refused", repair.refused);
  out.add("failed", repair.failed).add("gateWaitUs", repair.gate_wait_us);
  if (!repair.note.empty()) out.add("note", repair.note);
  add_time(out, "createdAt", repair.created_at);
  add_time(out, "startedAt", repair.started_at);
  add_time(out, "endedAt", repair.ended_at);
  if (repair.state == RepairState::kConverged) {
    out.add("timeToConvergeUs", (repair.ended_at - repair.first_seen).count());
  }
  return out;
}

std::string lock_view(const RangeLock& lock, const Repair& repair) {
  JsonObject out;
  out.add("target", lock.target).add("collection", lock.collection);
  add_value(out, "low", lock.low);
  add_value(out, "high", lock.high);
  out.add("repair", lock.repair.text()).add("reconciler", repair.reconciler);
  out.add("state", repair_state_name(repair.state));
  if (!repair.lease_owner.empty()) out.add("node", repair.lease_owner);
  return out.text();
}

std::string plan_view(const Plan& plan) {
  JsonObject out;
  out.add("id", plan.id.text()).add("reconciler", plan.reconciler).add("hash", plan.hash);
  out.add("reconcilerVersion", plan.reconciler_version);
  out.add("guardrailsVersion", plan.guardrails_version);
  out.add("create", plan.counts.create).add("update", plan.counts.update);
  out.add("delete", plan.counts.erase).add("desired", plan.counts.desired);
  out.add("changes", plan.counts.changes()).add("chunks", plan.chunks);
  add_time(out, "observedAt", plan.observed_at);
  return out.text();
}

std::string change_view(const Change& change) {
  JsonObject out;
  add_value(out, "key", change.key);
  out.add("op", change_op_name(change.op));
  add_state(out, "found", change.found);
  add_state(out, "want", change.want);
  return out.text();
}

std::string decision_view(const Decision& decision) {
  JsonObject out;
  out.add("id", decision.id.text()).add("reconciler", decision.reconciler);
  out.add("plan", decision.plan.text()).add("verdict", verdict_name(decision.verdict));
  out.add_json("reasons", reasons_json(decision.reasons));
  add_time(out, "at", decision.at);
  return out.text();
}

std::string notice_view(const NoticeKey& key, const Notice& notice) {
  JsonObject out;
  out.add("channel", key.channel).add("reconciler", key.reconciler);
  out.add("matter", matter_id(key, notice)).add("status", notice.status).add("why", notice.why);
  add_time(out, "since", notice.since);
  add_time(out, "goneSince", notice.gone_since);
  out.add("told", notice.told);
  add_time(out, "toldAt", notice.told_at);
  if (notice.owed == NoticeEvent::kNone) return out.text();
  out.add("owed", notice_event_name(notice.owed)).add("attempts", notice.attempts);
  add_time(out, "nextAttempt", notice.next_at);
  if (!notice.error.empty()) out.add("error", notice.error);
  return out.text();
}

std::string drift_view(const Drift& drift) {
  JsonObject out;
  add_value(out, "key", drift.key);
  out.add("state", drift_state_name(drift.state)).add("attempts", drift.attempts);
  out.add("takenBack", drift.reopens);
  add_time(out, "firstSeen", drift.first_seen);
  add_time(out, "until", drift.until);
  if (!drift.plan.empty()) out.add("plan", drift.plan.text());
  return out.text();
}

static std::string source_view(const SourceState& source) {
  JsonObject out;
  out.add("condition", source_condition_name(source.condition)).add("desired", source.desired);
  out.add("baseline", source.baseline);
  add_time(out, "since", source.since);
  if (!source.error.empty()) out.add("error", source.error);
  add_time(out, "errorSince", source.error_since);
  const SourceAcceptance& first = source.acceptance;
  if (!first.by.empty()) out.add("acceptedBy", first.by).add("acceptedReason", first.reason);
  return out.text();
}

static void add_status(JsonObject& out, const ReconcilerStatus& status) {
  out.add("status", status_name(status.kind));
  if (!status.why.empty()) out.add("why", status.why);
  if (status.since) add_time(out, "since", *status.since);
  if (status.until) add_time(out, "until", *status.until);
  if (!status.gates.empty()) out.add_json("gates", reasons_json(status.gates));
}

static void add_figures(JsonObject& out, const ReconcilerHead& head) {
  out.add("drift", head.open).add("extras", head.extras).add("unknown", head.unknown);
  if (!head.first_unknown.empty()) out.add("firstUnknown", head.first_unknown);
  out.add("suspect", head.suspect).add("cooling", head.cooling).add("busy", head.busy);
  out.add("failed", head.failed).add("flapping", head.flapping);
  if (head.source.desired >= 0) out.add("desired", head.source.desired);
  out.add_json("desiredSource", source_view(head.source));
  add_time(out, "scannedAt", head.scanned_at);
  if (!head.plan.empty()) out.add("heldPlan", head.plan.text()).add("heldPlanHash", head.plan_hash);
}

static std::string breaker_view(const StatusFacts& facts) {
  const Breaker& breaker = *facts.breaker;
  const BreakerState state = breaker_state(breaker, facts.now);
  const BreakerCount count = breaker_count(breaker, facts.settings.gates.breaker);
  JsonObject out;
  out.add("state", breaker_state_name(state)).add("failed", count.failed).add("of", count.ended);
  if (state == BreakerState::kClosed) return out.text();
  add_time(out, "openedAt", breaker.opened_at);
  add_time(out, "halfOpensAt", half_opens_at(breaker));
  out.add("failedProbes", breaker.failed_probes);
  if (!breaker.probe.empty()) out.add("probe", breaker.probe.text());
  return out.text();
}

static JsonObject reconciler_object(const StatusFacts& facts) {
  const ReconcilerSettings& settings = facts.settings;
  const ReconcilerStatus status = status_of(facts);
  JsonObject out;
  out.add("name", settings.name).add("mode", mode_name(settings.mode));
  out.add("owner", settings.labels.owner).add("environment", settings.labels.environment);
  out.add("criticality", settings.labels.criticality);
  out.add("repairType", settings.labels.repair_type).add("version", settings.version);
  out.add("source", settings.source).add("ready", looks_well(status));
  if (!facts.problem.empty()) out.add("problem", facts.problem);
  add_status(out, status);
  add_figures(out, facts.head);
  add_time(out, "lookedAt", facts.good_look);
  if (!facts.last_look.empty()) out.add("lastLook", facts.last_look);
  if (facts.breaker) out.add_json("circuitBreaker", breaker_view(facts));
  if (!facts.throttles.empty()) {
    out.add("throttled", fmt::format("{}", fmt::join(facts.throttles, "; ")));
  }
  if (facts.silence) {
    const Silence& silence = *facts.silence;
    out.add("silenced",
            "until " + format_time(silence.until) + " by " + silence.by + ": " + silence.reason);
    out.add("silence", silence.id.text());
  }
  if (facts.pause) out.add("paused", pause_text(*facts.pause, settings.name));
  return out;
}

std::string reconciler_view(const StatusFacts& facts) {
  return reconciler_object(facts).text();
}

static std::string connected_view(const ShownTarget& shown) {
  const KnownTarget& known = shown.known;
  JsonObject out;
  out.add("target", shown.target).add("identity", identity_text(known.identity));
  add_time(out, "since", known.since);
  if (known.change == IdentityChange::kNone) return out.text();
  out.add("change", identity_change_name(known.change));
  out.add("before", identity_text(known.replaced));
  return out.text();
}

std::string reconciler_details(const StatusFacts& facts, const GuardrailSettings* site,
                               const std::vector<ShownTarget>& connected) {
  const ReconcilerSettings& settings = facts.settings;
  JsonObject out = reconciler_object(facts);
  out.add("desiredOn", settings.desired.target).add("actualOn", settings.actual.target);
  out.add("interval", format_duration(settings.interval));
  out.add("suspended", settings.suspend).add("prune", settings.repair.prune);
  std::vector<std::string> targets;
  for (const ShownTarget& one : connected) targets.push_back(connected_view(one));
  out.add_json("connected", json_array(targets));
  out.add_json("limits", limits_view(settings, site));
  return out.text();
}

}  // namespace sideband
