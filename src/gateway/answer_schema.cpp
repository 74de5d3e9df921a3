#include "gateway/answer_schema.h"

#include "base/check.h"

namespace sideband {
namespace {

// One member of an answer. `type` is a word of this table, or the name of a schema, behind which []
// makes a list; "?" at the end of `name` says that it may be missing.
struct Member {
  std::string_view name;
  std::string_view type;
  std::string_view doc;
};

struct Schema {
  std::string_view name;
  std::string_view doc;
  std::vector<Member> members;
  std::string_view base = {};  // whose members it has too
};

std::string typed(std::string_view type);

JsonObject word(std::string_view type, std::string_view format = {}) {
  JsonObject out;
  out.add("type", type);
  if (!format.empty()) out.add("format", format);
  return out;
}

std::string plain_type(std::string_view type) {
  if (type == "text") return word("string").text();
  if (type == "time") return word("string", "date-time").text();
  if (type == "id") return word("string", "uuid").text();
  if (type == "count") return word("integer", "int64").text();
  if (type == "number") return word("number").text();
  if (type == "flag") return word("boolean").text();
  if (type == "texts")
    return JsonObject()
        .add("type", "object")
        .add_json("additionalProperties", typed("text"))
        .text();
  if (type == "any") return "{}";
  return schema_ref(type);
}

std::string typed(std::string_view type) {
  if (!type.ends_with("[]")) return plain_type(type);
  type.remove_suffix(2);
  return JsonObject().add("type", "array").add_json("items", plain_type(type)).text();
}

// A reference takes no words beside it in older readers, and needs none: the schema has its own.
std::string member_schema(const Member& member) {
  std::string schema = typed(member.type);
  if (member.doc.empty() || schema.find("$ref") < 3) return schema;
  const std::string doc = "{\"description\":" + json_string(member.doc);
  return schema == "{}" ? doc + "}" : doc + "," + schema.substr(1);
}

const std::vector<Schema> kSchemas = {
    {"Problem",
     "What went wrong (RFC 9457)",
     {{"type", "text", "its kind, as a path"},
      {"title", "text", ""},
      {"status", "count", "the HTTP status"},
      {"detail", "text", "where and what next"},
      {"code", "text", "its kind, for programs"}}},
    {"Identity", "Who asks", {{"identity", "text", ""}, {"note", "text", ""}}},
    {"Reason",
     "What a gate said",
     {{"gate", "text", "which one"},
      {"passes", "text", "\"true\", \"false\" or \"unknown\""},
      {"saw?", "text", "what it saw, as a sentence"},
      {"evidence?", "any", "the same by name"},
      {"until?", "text", "when it opens"}}},
    {"Source",
     "What is believed of the desired side",
     {{"condition", "text", ""},
      {"desired", "count", "items seen last; -1 before the first look"},
      {"baseline", "count", "items that it had when it was believed"},
      {"since?", "time", ""},
      {"error?", "text", ""},
      {"errorSince?", "time", ""},
      {"acceptedBy?", "text", "the first of two people who believe it"},
      {"acceptedReason?", "text", ""}}},
    {"Connected",
     "Who answers at a target's address",
     {{"target", "text", ""},
      {"identity", "text", ""},
      {"since?", "time", ""},
      {"change?", "text", "what became of the one before"},
      {"before?", "text", "who answered before"}}},
    {"Breaker",
     "Its circuit breaker",
     {{"state", "text", "closed, open or half-open"},
      {"failed", "count", "of the last repairs"},
      {"of", "count", "repairs that are counted"},
      {"openedAt?", "time", ""},
      {"halfOpensAt?", "time", ""},
      {"failedProbes?", "count", ""},
      {"probe?", "id", "the one repair that may try"}}},
    {"Limit",
     "A limit that holds for it",
     {{"name", "text", ""}, {"value", "text", ""}, {"default", "flag", "nobody configured it"}}},
    {"Reconciler",
     "A reconciler with its status",
     {{"name", "text", ""},
      {"mode", "text", ""},
      {"owner", "text", ""},
      {"environment", "text", ""},
      {"criticality", "text", ""},
      {"repairType", "text", ""},
      {"version", "text", "of its document"},
      {"source", "text", "where it is written"},
      {"ready", "flag", "it sees what it is to watch"},
      {"problem?", "text", ""},
      {"status", "text", ""},
      {"why?", "text", ""},
      {"since?", "time", ""},
      {"until?", "time", ""},
      {"gates?", "Reason[]", "what holds it back"},
      {"drift", "count", "open drifts"},
      {"extras", "count", ""},
      {"unknown", "count", "items that could not be compared"},
      {"firstUnknown?", "text", ""},
      {"suspect", "count", "drifts that did not last long enough yet"},
      {"cooling", "count", ""},
      {"busy", "count", ""},
      {"failed", "count", ""},
      {"flapping", "count", ""},
      {"desired?", "count", "items of the desired side"},
      {"desiredSource", "Source", ""},
      {"scannedAt?", "time", ""},
      {"heldPlan?", "id", "a plan that waits for somebody"},
      {"heldPlanHash?", "text", ""},
      {"lookedAt?", "time", "the last look that could tell"},
      {"lastLook?", "text", "how much it read, and why"},
      {"circuitBreaker?", "Breaker", ""},
      {"throttled?", "text", "how much slower it is now, and why"},
      {"silenced?", "text", "until when, by whom and why"},
      {"silence?", "id", ""},
      {"paused?", "text", ""},
      {"desiredOn?", "text", "of one alone: the target of its desired side"},
      {"actualOn?", "text", "of one alone"},
      {"interval?", "text", "of one alone"},
      {"suspended?", "flag", "of one alone"},
      {"prune?", "flag", "of one alone"},
      {"connected?", "Connected[]", "of one alone"},
      {"limits?", "Limit[]", "of one alone"}}},
    {"Drift",
     "A resource that differs; its key is in base64 as key64 where it is no text",
     {{"key?", "text", ""},
      {"key64?", "text", ""},
      {"state", "text", "suspect, open, attached, cooling or left_alone"},
      {"attempts", "count", ""},
      {"takenBack", "count", "repairs that converged and were reverted while the same was wanted"},
      {"firstSeen?", "time", ""},
      {"until?", "time", ""},
      {"plan?", "id", ""}}},
    {"Plan",
     "What a repair would change",
     {{"id", "id", ""},
      {"reconciler", "text", ""},
      {"hash", "text", "what approvals are bound to"},
      {"reconcilerVersion", "text", ""},
      {"guardrailsVersion", "text", ""},
      {"create", "count", ""},
      {"update", "count", ""},
      {"delete", "count", ""},
      {"desired", "count", "items of the desired side then"},
      {"changes", "count", ""},
      {"chunks", "count", ""},
      {"observedAt?", "time", ""}}},
    {"Change",
     "One change of a plan; values in base64 are found64 and want64",
     {{"key?", "text", ""},
      {"key64?", "text", ""},
      {"op", "text", "create, update or delete"},
      {"found?", "any", "a text, fields by name, or null where there was nothing"},
      {"found64?", "text", ""},
      {"foundAttributes?", "any", ""},
      {"want?", "any", "a text, fields by name, or null where nothing shall be"},
      {"want64?", "text", ""},
      {"wantAttributes?", "any", ""}}},
    {"Decision",
     "What was decided about a plan, and why",
     {{"id", "id", ""},
      {"reconciler", "text", ""},
      {"plan", "text", "its id; empty where there was none"},
      {"verdict", "text", ""},
      {"reasons", "Reason[]", "of each gate"},
      {"at?", "time", ""}}},
    {"Notice",
     "What a channel was told of a reconciler, or is still to be told",
     {{"channel", "text", ""},
      {"reconciler", "text", ""},
      {"matter", "text", "its id for whoever is told"},
      {"status", "text", ""},
      {"why", "text", ""},
      {"since?", "time", ""},
      {"goneSince?", "time", ""},
      {"told", "flag", ""},
      {"toldAt?", "time", ""},
      {"owed?", "text", "the event that is still to be told"},
      {"attempts?", "count", ""},
      {"nextAttempt?", "time", ""},
      {"error?", "text", ""}}},
    {"Approval",
     "What somebody said about a repair",
     {{"by", "text", ""}, {"approves", "flag", ""}, {"at", "time", ""}, {"comment", "text", ""}}},
    {"Repair",
     "A repair, or a run of a playbook",
     {{"id", "id", ""},
      {"plan", "text", ""},
      {"reconciler", "text", ""},
      {"kind", "text", "repair or run"},
      {"state", "text", ""},
      {"requester", "text", ""},
      {"undo", "flag", "it takes another one back"},
      {"released?", "text", "gates that people let it pass"},
      {"attempt", "count", ""},
      {"steps", "count", ""},
      {"refusedSince?", "time", "its target refuses every write since then"},
      {"position", "count", ""},
      {"changed", "count", ""},
      {"alreadyThere", "count", ""},
      {"refused", "count", ""},
      {"failed", "count", ""},
      {"gateWaitUs", "count", "microseconds that it waited for gates"},
      {"note?", "text", ""},
      {"createdAt?", "time", ""},
      {"startedAt?", "time", ""},
      {"endedAt?", "time", ""},
      {"timeToConvergeUs?", "count", "microseconds from the first sight of the drift"},
      {"approvals?", "Approval[]", "of one alone"},
      {"approvalsNeeded?", "count", "of one alone"},
      {"approvalExpiresAt?", "time", "of one alone"}}},
    {"Outcome",
     "What became of a change",
     {{"key?", "text", ""},
      {"key64?", "text", ""},
      {"outcome", "text", ""},
      {"why", "text", ""},
      {"undo?", "flag", ""},
      {"hook?", "text", ""}}},
    {"Lock",
     "A range of resources that a repair holds",
     {{"target", "text", ""},
      {"collection", "text", ""},
      {"low?", "text", ""},
      {"low64?", "text", ""},
      {"high?", "text", ""},
      {"high64?", "text", ""},
      {"repair", "id", ""},
      {"reconciler", "text", ""},
      {"state", "text", ""},
      {"node?", "text", ""}}},
    {"Cycle",
     "What a look found",
     {{"desired", "count", ""},
      {"extras", "count", ""},
      {"unknown", "count", ""},
      {"firstUnknown?", "text", ""},
      {"drift", "count", ""},
      {"decision?", "Decision", ""},
      {"plan?", "Plan", ""},
      {"repair?", "Repair", ""}}},
    {"PlaybookStep",
     "A step of a playbook",
     {{"name", "text", ""},
      {"kind", "text", ""},
      {"needs?", "text[]", ""},
      {"target?", "text", ""},
      {"does", "any", "what the driver is asked for"},
      {"undo", "text", "how it is taken back"},
      {"onFailure", "text", ""}}},
    {"RunStep",
     "A step of a run",
     {{"status", "text", ""},
      {"outcome?", "text", ""},
      {"detail?", "text", ""},
      {"output?", "any", ""},
      {"undone?", "flag", ""}},
     "PlaybookStep"},
    {"PlaybookApproval",
     "Who has to approve a run",
     {{"reviewers", "count", ""}, {"from", "text[]", ""}, {"expires", "text", ""}}},
    {"Playbook",
     "A playbook",
     {{"name", "text", ""},
      {"version", "text", ""},
      {"source", "text", ""},
      {"owner", "text", ""},
      {"environment", "text", ""},
      {"criticality", "text", ""},
      {"repairType", "text", ""},
      {"description?", "text", ""},
      {"title?", "text", ""},
      {"help?", "text", ""},
      {"startableBy", "text[]", ""},
      {"timeout", "text", ""},
      {"reviewBy?", "text", "a day"},
      {"stale?", "flag", ""},
      {"approval?", "PlaybookApproval", ""},
      {"inputs", "any", "by name, in the words of JSON Schema"},
      {"steps", "PlaybookStep[]", ""}}},
    {"PlaybookPreview",
     "What a run would do",
     {{"values", "texts", "of its inputs"}, {"planHash", "text", ""}},
     "Playbook"},
    {"RunSteps",
     "The steps of a run",
     {{"playbook", "text", ""},
      {"version", "text", ""},
      {"values", "texts", "of its inputs"},
      {"items", "RunStep[]", ""}}},
    {"UndoPreview",
     "What would be taken back of a run",
     {{"playbook", "text", ""}, {"items", "PlaybookStep[]", ""}}},
    {"Silence",
     "What the loop leaves alone for a while",
     {{"id?", "id", "none of a dry run"},
      {"reconciler?", "text", ""},
      {"owner?", "text", ""},
      {"target?", "text", ""},
      {"labels?", "texts", ""},
      {"of", "text", "all of it as a sentence"},
      {"by", "text", ""},
      {"reason", "text", ""},
      {"since?", "time", ""},
      {"until?", "time", ""},
      {"state", "text", "holds or ended"},
      {"matches", "text[]", "names of reconcilers, now"},
      {"count", "count", "how many"}}},
    {"SignalUse",
     "A rule that rests on a signal",
     {{"reconciler", "text", ""},
      {"rule", "text", ""},
      {"then", "text", ""},
      {"state", "text", ""},
      {"since?", "time", ""}}},
    {"Signal",
     "A signal with its reading",
     {{"name", "text", ""},
      {"kind", "text", ""},
      {"target?", "text", ""},
      {"interval", "text", ""},
      {"maxAge", "text", ""},
      {"state", "text", ""},
      {"value?", "text", ""},
      {"why?", "text", ""},
      {"askedAt?", "time", ""},
      {"measuredAt?", "time", ""},
      {"ageUs?", "count", ""},
      {"detector?", "Detection", ""},
      {"uses", "SignalUse[]", ""}}},
    {"Detection",
     "What the detector of a signal says",
     {{"by", "text", "anomaly, threshold, rate or absence"},
      {"state", "text", "firing, clear or unknown"},
      {"why", "text", "with the numbers that it rests on"},
      {"paused?", "text", "the reason why its own health paused it"},
      {"since?", "time", "it has answered so"},
      {"at?", "time", "it was asked"}}},
    {"AuditHead",
     "How far the audit log is",
     {{"size", "count", "records"},
      {"signedSize?", "count", ""},
      {"checkpoint?", "text", "the signed note"}}},
    {"Count", "How much was let go", {{"resources?", "count", ""}, {"locks?", "count", ""}}},
    {"Paused", "How it is now", {{"paused", "flag", ""}}},
    {"Accepted",
     "Whether a source is believed",
     {{"reconciler", "text", ""},
      {"accepted", "flag", ""},
      {"acceptedBy?", "text", "the first of two people"},
      {"desired?", "count", ""}}},
    {"BreakerClosed",
     "That a circuit breaker is closed",
     {{"reconciler", "text", ""}, {"circuitBreaker", "text", "closed"}}},
    {"Exported", "Where the log was written", {{"folder", "text", ""}, {"report", "text", ""}}},
    {"BackedUp", "Where the copy is", {{"file", "text", ""}, {"report", "text", ""}}},
};

// Lists: "items" of these, and how many more there are.
constexpr std::string_view kListed[] = {"Reconciler", "Drift", "Decision", "Notice", "Repair",
                                        "Outcome",    "Lock",  "Playbook", "Signal", "Silence"};

struct Choice {
  std::string_view name;
  std::vector<std::string_view> schemas;
};
const Choice kChoices[] = {{"RepairOrCycle", {"Repair", "Cycle"}},
                           {"RepairOrUndo", {"Repair", "UndoPreview"}},
                           {"RepairOrPreview", {"Repair", "PlaybookPreview"}},
                           {"Resumed", {"Paused", "Accepted", "BreakerClosed"}}};

const Schema& table_of(std::string_view name) {
  for (const Schema& table : kSchemas) {
    if (table.name == name) return table;
  }
  SB_CHECK(false);
}

void collect(const Schema& table, JsonObject& members, std::vector<std::string>& required) {
  if (!table.base.empty()) collect(table_of(table.base), members, required);
  for (const Member& member : table.members) {
    std::string name(member.name);
    if (name.ends_with('?')) {
      name.pop_back();
    } else {
      required.push_back(name);
    }
    members.add_json(name, member_schema(member));
  }
}

std::string object_schema(const Schema& table) {
  JsonObject members;
  std::vector<std::string> required;
  collect(table, members, required);
  JsonObject out;
  out.add("type", "object").add("description", table.doc).add_object("properties", members);
  if (!required.empty()) out.add_json("required", json_strings(required));
  return out.text();
}

std::string list_schema(std::string_view item, std::string_view rest, std::string_view doc) {
  JsonObject members;
  members.add_json("items", typed(std::string(item) + "[]"));
  members.add_json(std::string(rest), member_schema({rest, "count", doc}));
  return JsonObject()
      .add("type", "object")
      .add_object("properties", members)
      .add_json("required", json_strings({"items"}))
      .text();
}

}  // namespace

std::string schema_ref(std::string_view name) {
  return JsonObject().add("$ref", "#/components/schemas/" + std::string(name)).text();
}

JsonObject answer_schemas() {
  JsonObject out;
  for (const Schema& table : kSchemas) out.add_json(table.name, object_schema(table));
  for (const std::string_view item : kListed) {
    out.add_json(std::string(item) + "List", list_schema(item, "more", "how many were left out"));
  }
  out.add_json("ChangeList", list_schema("Change", "nextChunk", "where it goes on"));
  for (const Choice& choice : kChoices) {
    std::vector<std::string> schemas;
    for (const std::string_view name : choice.schemas) schemas.push_back(schema_ref(name));
    out.add_json(choice.name, JsonObject().add_json("anyOf", json_array(schemas)).text());
  }
  return out.add_json("Any", R"({"type":"object"})");
}

}  // namespace sideband
