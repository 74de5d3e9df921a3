#include "gateway/route_doc.h"

#include <algorithm>

#include "base/check.h"

namespace sideband {
namespace {

using T = ValueType;

const RouteValue kLimit = {"limit", T::kCount, "how many at most; \"more\" counts the rest"};
const RouteValue kOfReconciler = {"reconciler", T::kText, "only of this reconciler"};
const RouteValue kWait = {"wait", T::kText,
                          "answer when it rests, at most so late: \"30s\", to 5m"};
const RouteValue kReason = {"reason", T::kText, "why; it stands in the audit log", true};
const RouteValue kComment = {"comment", T::kText, "why; it stands in the audit log"};
const RouteValue kRelease = {"release", T::kTexts, "gates that this one shall pass all the same"};
const RouteValue kDryRun = {"dryRun", T::kFlag, "only say what would be done"};

std::vector<RouteValue> scope_and(std::vector<RouteValue> more) {
  std::vector<RouteValue> out = {
      {"reconciler", T::kText, "a reconciler or playbook/NAME; nothing for everything"},
      {"owner", T::kText, "all that this owner has"},
      {"target", T::kText, "all that touches this target"}};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

const std::vector<RouteDoc> kOpenRoutes = {
    {"GET", "/healthz", "health", "Whether the engine and its store move", "text"},
    {"GET", "/readyz", "readiness", "Whether it can work, and who sees nothing", "text"},
    {"GET", "/metrics", "metrics", "Metrics for Prometheus", "text"},
    {"GET", "/openapi.json", "openapi", "This document", "Any"}};

const std::vector<RouteDoc> kReadingRoutes = {
    {"GET", "/api/v1/me", "whoAmI", "The identity of the token", "Identity"},
    {"GET",
     "/api/v1/reconcilers",
     "listReconcilers",
     "Each with its status and why",
     "ReconcilerList",
     {},
     false,
     {kLimit}},
    {"GET", "/api/v1/reconcilers/{name}", "getReconciler",
     "One of them, with its limits and what is connected at its targets", "Reconciler"},
    {"GET",
     "/api/v1/reconcilers/{name}/drifts",
     "listDrifts",
     "What differs",
     "DriftList",
     {},
     false,
     {kLimit,
      {"after", T::kText, "go on behind this key"},
      {"key", T::kText, "only the one of this key"}}},
    {"POST",
     "/api/v1/reconcilers/{name}/scan",
     "scanNow",
     "Looks now",
     "Cycle",
     {},
     false,
     {{"sweep", T::kText, "\"true\": look for extras too"}}},
    {"GET",
     "/api/v1/decisions",
     "listDecisions",
     "The newest decisions with their reasons",
     "DecisionList",
     {},
     false,
     {kLimit,
      kOfReconciler,
      {"plan", T::kText, "with a reconciler: those about this plan, the oldest first"}}},
    {"GET", "/api/v1/decisions/{id}", "getDecision", "One decision", "Decision"},
    {"GET",
     "/api/v1/notices",
     "listNotices",
     "What channels were told, or are still to be told",
     "NoticeList",
     {},
     false,
     {kLimit, kOfReconciler}},
    {"GET", "/api/v1/plans/{id}", "getPlan", "A plan", "Plan"},
    {"GET",
     "/api/v1/plans/{id}/changes",
     "listChanges",
     "Its changes, a chunk at a time",
     "ChangeList",
     {},
     false,
     {{"chunk", T::kCount, "from 0 on; \"nextChunk\" names the next"}}},
    {"GET",
     "/api/v1/repairs",
     "listRepairs",
     "Repairs and runs, the newest first",
     "RepairList",
     {},
     false,
     {kLimit,
      kOfReconciler,
      {"active", T::kText, "\"true\": only those that go on"},
      {"state", T::kText, "only in this state"}}},
    {"GET",
     "/api/v1/repairs/{id}",
     "getRepair",
     "One of them, with its approvals",
     "Repair",
     "Repair",
     false,
     {kWait}},
    {"GET",
     "/api/v1/repairs/{id}/outcomes",
     "listOutcomes",
     "What became of its changes, of those that are not settled",
     "OutcomeList",
     {},
     false,
     {kLimit}},
    {"GET", "/api/v1/repairs/{id}/steps", "listSteps", "The steps of a run", "RunSteps"},
    {"GET", "/api/v1/locks", "listLocks", "Who holds what", "LockList", {}, false, {kLimit}},
    {"GET",
     "/api/v1/playbooks",
     "listPlaybooks",
     "The playbooks",
     "PlaybookList",
     {},
     false,
     {kLimit}},
    {"GET", "/api/v1/playbooks/{name}", "getPlaybook", "One of them", "Playbook"},
    {"GET", "/api/v1/signals", "listSignals",
     "Each with its value, how old that is, and what it holds back", "SignalList"},
    {"GET", "/api/v1/audit/head", "auditHead", "Size of the log, and its last checkpoint",
     "AuditHead"},
    {"GET", "/api/v1/audit/proof/{index}", "auditProof", "A record with its proof", "text"}};

const std::vector<RouteDoc> kRepairRoutes = {
    {"POST",
     "/api/v1/repairs",
     "createRepair",
     "Applies a held plan, or repairs keys",
     "RepairOrCycle",
     "Repair",
     true,
     {kWait},
     {{"plan", T::kText, "a plan that was held or proposed"},
      kRelease,
      {"reconciler", T::kText, "instead of a plan, with keys"},
      {"keys", T::kTexts, "keys to look at now"}}},
    {"POST",
     "/api/v1/repairs/{id}/approve",
     "approveRepair",
     "Approves it",
     "Repair",
     "Repair",
     false,
     {kWait},
     {{"planHash", T::kText, "hash of the plan that you saw", true}, kComment}},
    {"POST",
     "/api/v1/repairs/{id}/reject",
     "rejectRepair",
     "Rejects it",
     "Repair",
     {},
     false,
     {},
     {kComment}},
    {"POST",
     "/api/v1/repairs/{id}/cancel",
     "cancelRepair",
     "Stops before its next step, or at once",
     "Repair",
     "Repair",
     false,
     {kWait},
     {kReason, {"now", T::kFlag, "do not wait for the step"}}},
    {"POST",
     "/api/v1/repairs/{id}/undo",
     "undoRepair",
     "Takes it back",
     "RepairOrUndo",
     "Repair",
     true,
     {kWait},
     {kRelease, kDryRun}},
    {"POST",
     "/api/v1/repairs/{id}/retry",
     "retryRepair",
     "Has its resources judged anew",
     "Count",
     {},
     false,
     {},
     {kReason}},
    {"POST",
     "/api/v1/repairs/{id}/settle",
     "settleStep",
     "Says what an unknown step did",
     "Repair",
     "Repair",
     false,
     {kWait},
     {{"step", T::kText, "the step's name or number", true},
      {"as", T::kText, "\"done\" or \"not-done\"", true},
      kReason}},
    {"POST",
     "/api/v1/repairs/{id}/confirm",
     "confirmStep",
     "Says that a manual step was done",
     "Repair",
     "Repair",
     false,
     {kWait},
     {{"step", T::kText, "the step's name", true},
      {"evidence", T::kText, "what was seen"},
      {"failed", T::kFlag, "it could not be done"}}},
    {"POST",
     "/api/v1/locks/{id}/release",
     "releaseLocks",
     "Frees the locks of a repair that nobody works on",
     "Count",
     {},
     false,
     {},
     {kReason}}};

const std::vector<RouteDoc> kOtherRoutes = {
    {"POST",
     "/api/v1/playbooks/{name}/runs",
     "runPlaybook",
     "Starts a run",
     "RepairOrPreview",
     "Repair",
     true,
     {kWait},
     {{"inputs", T::kInputs, "values by the names of its inputs"}, kDryRun}},
    {"POST",
     "/api/v1/silences",
     "addSilence",
     "Silences what matches; a dry run says what that is",
     "Silence",
     {},
     false,
     {},
     {{"reconciler", T::kText, "its name, where * is any text"},
      {"owner", T::kText, "all that this owner has"},
      {"target", T::kText, "all that touches this target"},
      {"labels", T::kTexts, "each as name=value"},
      {"all", T::kFlag, "everything, instead of the ones before"},
      {"for", T::kText, "how long, to 30d", true},
      kReason,
      kDryRun}},
    {"POST", "/api/v1/silences/{id}/expire", "expireSilence", "Ends it now", "Silence"},
    {"POST",
     "/api/v1/pause",
     "pause",
     "Stops repairs",
     "Paused",
     {},
     false,
     {},
     scope_and({kReason})},
    {"POST",
     "/api/v1/resume",
     "resume",
     "Goes on, or believes a source",
     "Resumed",
     "Accepted",
     false,
     {},
     scope_and({{"reason", T::kText, "why; it stands in the audit log"},
                {"acceptSource", T::kFlag, "believe what its source is now; two people do"},
                {"closeBreaker", T::kFlag, "close its circuit breaker before its time"}})},
    {"POST",
     "/api/v1/audit/export",
     "exportAudit",
     "Writes the log into a new folder of this machine",
     "Exported",
     {},
     false,
     {},
     {{"folder", T::kText, "an absolute path", true},
      {"form", T::kText, "\"records\" (if missing) or \"tiles\""}}},
    {"POST",
     "/api/v1/db/backup",
     "backup",
     "Copies the embedded store into a new file",
     "BackedUp",
     {},
     false,
     {},
     {{"file", T::kText, "an absolute path", true}}}};

std::vector<RouteDoc> make_all() {
  std::vector<RouteDoc> out;
  for (auto&& part : {kOpenRoutes, kReadingRoutes, kRepairRoutes, kOtherRoutes}) {
    out.insert(out.end(), part.begin(), part.end());
  }
  return out;
}

}  // namespace

const std::vector<RouteDoc>& route_docs() {
  static const std::vector<RouteDoc> kDocs = make_all();
  return kDocs;
}

const RouteDoc& route_doc(std::string_view method, std::string_view path) {
  const auto& docs = route_docs();
  const auto found = std::find_if(docs.begin(), docs.end(), [&](const RouteDoc& doc) {
    return doc.method == method && doc.path == path;
  });
  SB_CHECK(found != docs.end());
  return *found;
}

}  // namespace sideband
