#include "cli/remote_answers.h"

#include <fmt/format.h>

#include <ostream>

#include "base/bytes.h"
#include "base/units.h"
#include "cli/exit_codes.h"
#include "cli/plan_view.h"

namespace sideband::cli {
namespace {

// A field: a text, or {"base64": ...} where it is none.
std::string field_of(const Document& value) {
  const auto found = value.members.find("base64");
  if (found == value.members.end()) return value.text;
  const auto decoded = from_base64(found->second.text);
  return decoded.ok() ? *decoded : std::string();
}

Fields fields_of(const Document& map) {
  Fields fields;
  for (const auto& [name, value] : map.members) fields[name] = field_of(value);
  return fields;
}

State content_of(const Document& item, const std::string& key) {
  const auto found = item.members.find(key);
  if (found == item.members.end()) {
    return item.members.count(key + "64") != 0 ? State::of_bytes(bytes_of(item, key))
                                               : State::absent();
  }
  if (found->second.kind == Document::Kind::kNull) return State::absent();
  if (found->second.kind != Document::Kind::kMap) return State::of_bytes(found->second.text);
  return State::of_fields(fields_of(found->second));
}

State state_of(const Document& item, const std::string& key) {
  State state = content_of(item, key);
  const auto attributes = item.members.find(key + "Attributes");
  if (attributes != item.members.end()) {
    state.attributes = encode_fields(fields_of(attributes->second));
  }
  return state;
}

ChangeOp op_of(const std::string& name) {
  return name == "create"   ? ChangeOp::kCreate
         : name == "delete" ? ChangeOp::kDelete
                            : ChangeOp::kUpdate;
}

}  // namespace

std::string bytes_of(const Document& item, const std::string& key) {
  const auto encoded64 = item.members.find(key + "64");
  if (encoded64 == item.members.end()) return member(item, key);
  const auto decoded = from_base64(encoded64->second.text);
  return decoded.ok() ? *decoded : std::string();
}

int report(RemoteContext& context, const Result<ApiAnswer>& answer) {
  if (!answer.ok()) {
    context.err << "sideband: " << answer.error().message << "\n";
    return exit_code_of(answer.error().code);
  }
  if (answer->status >= 200 && answer->status < 300) return kOk;
  const std::string detail = member(answer->body, "detail");
  context.err << "sideband: " << (detail.empty() ? answer->text : detail) << "\n";
  return exit_code_of_name(member(answer->body, "code"));
}

bool said_shortly(RemoteContext& context, const std::string& json, const std::string& name) {
  if (context.format == "json") context.out << json;
  if (context.format == "name") context.out << name << "\n";
  return context.format == "json" || context.format == "name";
}

bool is_run(const Document& repair) {
  return member(repair, "kind") == job_kind_name(JobKind::kRun);
}

PlanCounts counts_of(const Document& plan) {
  return {number(plan, "create"), number(plan, "update"), number(plan, "delete"),
          number(plan, "desired")};
}

std::string first_reason(const Document& decision) {
  for (const ReasonView& reason : reasons_of(decision)) {
    if (reason.passes != Truth::kTrue) return reason.gate + ": " + reason.saw;
  }
  return "every gate passes";
}

std::vector<ReasonView> reasons_of(const Document& decision, const char* key) {
  std::vector<ReasonView> out;
  const auto found = decision.members.find(key);
  if (found == decision.members.end()) return out;
  for (const Document& item : found->second.items) {
    const std::string passes = member(item, "passes");
    const Truth truth = passes == "true"    ? Truth::kTrue
                        : passes == "false" ? Truth::kFalse
                                            : Truth::kUnknown;
    out.push_back({member(item, "gate"), truth, member(item, "saw"), member(item, "until")});
  }
  return out;
}

std::vector<Change> changes_of(const Document& body) {
  std::vector<Change> out;
  for (const Document& item : items(body)) {
    out.push_back({bytes_of(item, "key"), op_of(member(item, "op")), state_of(item, "found"),
                   state_of(item, "want")});
  }
  return out;
}

void print_remote_changes(RemoteContext& context, const std::string& plan_id, const Document& plan,
                          Direction direction) {
  const auto answer = context.api.get("/api/v1/plans/" + encoded(plan_id) + "/changes");
  if (!answer.ok() || answer->status != 200) return;
  ViewOptions view;
  view.color = context.color;
  std::vector<Change> changes = changes_of(answer->body);
  if (direction == Direction::kBack) {
    for (Change& change : changes) change = reversed(change);
  }
  print_changes(context.out, changes, number(plan, "changes"), view);
}

std::string short_duration(std::int64_t microseconds) {
  if (microseconds < 1'000'000) return fmt::format("{} ms", microseconds / 1000);
  if (microseconds < 60'000'000) {
    return fmt::format("{:.1f} s", static_cast<double>(microseconds) / 1e6);
  }
  return format_duration(Duration(microseconds / 1'000'000 * 1'000'000));
}

}  // namespace sideband::cli
