#include "gateway/playbook_views.h"

#include "base/jcs.h"
#include "base/units.h"
#include "model/document.h"
#include "policy/playbook_values.h"

namespace sideband {
namespace {

const char* type_name(InputType type) {
  constexpr const char* kNames[] = {"string", "integer", "number", "boolean"};
  return kNames[static_cast<std::size_t>(type)];
}

void add_text(JsonObject& out, const char* key, const std::string& text) {
  if (!text.empty()) out.add(key, text);
}

void add_whole(JsonObject& out, const char* key, const std::optional<std::int64_t>& value) {
  if (value) out.add(key, *value);
}

// The words of JSON Schema again.
std::string input_view(const PlaybookInput& input) {
  JsonObject out;
  out.add("type", type_name(input.type)).add("required", !input.fallback.has_value());
  add_text(out, "title", input.title);
  add_text(out, "description", input.description);
  add_text(out, "pattern", input.pattern);
  if (!input.one_of.empty()) out.add_json("enum", json_strings(input.one_of));
  if (input.fallback) out.add("default", *input.fallback);
  add_whole(out, "minimum", input.minimum);
  add_whole(out, "maximum", input.maximum);
  add_whole(out, "minLength", input.min_length);
  add_whole(out, "maxLength", input.max_length);
  return out.text();
}

std::string inputs_view(const PlaybookSettings& playbook) {
  JsonObject out;
  for (const auto& [name, input] : playbook.inputs) out.add_json(name, input_view(input));
  return out.text();
}

std::string texts_view(const std::map<std::string, std::string>& texts) {
  JsonObject out;
  for (const auto& [name, text] : texts) out.add(name, text);
  return out.text();
}

// Filled in as far as it can be; what cannot stays as it is written.
std::string shown(const PlaybookValues* values, const std::string& text) {
  if (values == nullptr) return text;
  const auto filled = values->fill(text);
  return filled.ok() ? *filled : text;
}

std::string options_view(const PlaybookValues* values, const DriverOptions& options) {
  std::map<std::string, std::string> texts;
  for (const auto& [key, text] : options) texts[key] = shown(values, text);
  return texts_view(texts);
}

std::string item_view(const PlaybookValues* values, const ItemState& item) {
  JsonObject out;
  out.add("item", shown(values, item.item));
  out.add_json("collection", texts_view(item.collection.options));
  if (item.value) out.add("value", shown(values, *item.value));
  if (!item.fields.empty()) out.add_json("fields", options_view(values, item.fields));
  if (item.absent) out.add("absent", true);
  if (item.exists) out.add("exists", true);
  if (item.within > Duration(0)) out.add("within", format_duration(item.within));
  return out.text();
}

std::string does_view(const PlaybookValues* values, const PlaybookStep& step) {
  switch (step.kind) {
    case StepKind::kRun:
      return options_view(values, step.run);
    case StepKind::kChange:
    case StepKind::kCheck:
      return item_view(values, step.item);
    case StepKind::kWait:
      return JsonObject().add("wait", format_duration(step.wait)).text();
    case StepKind::kManual:
      break;
  }
  JsonObject out;
  out.add("instruction", step.manual.instruction).add("evidence", step.manual.evidence);
  if (!step.manual.by.empty()) out.add_json("by", json_strings(step.manual.by));
  return out.text();
}

// How it is taken back: "pre-image", "undo", "nothing to undo" or "no".
std::string undo_text(const PlaybookStep& step) {
  if (step.kind == StepKind::kChange) return "pre-image";
  if (step.kind != StepKind::kRun) return "nothing to undo";
  if (step.undo_kind == UndoKind::kOptions) return "undo";
  return step.undo_kind == UndoKind::kNothing ? "nothing to undo" : "no";
}

JsonObject step_object(const PlaybookStep& step, const PlaybookValues* values) {
  JsonObject out;
  out.add("name", step.name).add("kind", step_kind_name(step.kind));
  if (!step.needs.empty()) out.add_json("needs", json_strings(step.needs));
  add_text(out, "target", step.target);
  out.add_json("does", does_view(values, step)).add("undo", undo_text(step));
  out.add("onFailure", on_failure_name(step.on_failure));
  return out;
}

JsonObject playbook_object(const PlaybookSettings& playbook, WallTime now,
                           const PlaybookValues* values) {
  JsonObject out;
  out.add("name", playbook.name).add("version", playbook.version).add("source", playbook.source);
  out.add("owner", playbook.labels.owner).add("environment", playbook.labels.environment);
  out.add("criticality", playbook.labels.criticality);
  out.add("repairType", playbook.labels.repair_type);
  add_text(out, "description", playbook.description);
  add_text(out, "title", playbook.form_title);
  add_text(out, "help", playbook.form_help);
  out.add_json("startableBy", json_strings(playbook.startable_by));
  out.add("timeout", format_duration(playbook.timeout));
  if (playbook.review_by) {
    out.add("reviewBy", format_time(*playbook.review_by).substr(0, 10));
    out.add("stale", *playbook.review_by <= now);
  }
  if (playbook.approval) {
    JsonObject approval;
    approval.add("reviewers", playbook.approval->reviewers);
    approval.add_json("from", json_strings(playbook.approval->from));
    approval.add("expires", format_duration(playbook.approval->expires));
    out.add_json("approval", approval.text());
  }
  out.add_json("inputs", inputs_view(playbook));
  std::vector<std::string> steps;
  for (const PlaybookStep& step : playbook.steps) steps.push_back(step_object(step, values).text());
  out.add_json("steps", json_array(steps));
  return out;
}

}  // namespace

std::string playbook_view(const PlaybookSettings& playbook, WallTime now) {
  return playbook_object(playbook, now, nullptr).text();
}

std::string preview_view(const PlaybookPreview& preview, WallTime now) {
  PlaybookValues values(preview.run.inputs);
  values.leave_unknown();
  JsonObject out = playbook_object(preview.run.playbook, now, &values);
  out.add_json("values", texts_view(preview.run.inputs)).add("planHash", preview.plan_hash);
  return out.text();
}

std::string undo_view(const PlaybookUndo& undo) {
  std::vector<std::string> steps;
  for (const std::size_t at : undo.steps) {
    steps.push_back(step_object(undo.run.playbook.steps[at], nullptr).text());
  }
  return JsonObject()
      .add("playbook", undo.run.playbook.name)
      .add_json("items", json_array(steps))
      .text();
}

std::string run_steps_view(const PlaybookRun& run, const std::vector<StepView>& views) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < views.size(); ++i) {
    JsonObject out = step_object(run.playbook.steps[i], nullptr);
    out.add("status", step_status_name(views[i].status));
    if (views[i].row && views[i].row->state == StepState::kDone) {
      out.add("outcome", outcome_name(views[i].outcome.outcome));
      add_text(out, "detail", whole_detail(views[i].outcome));
      const bool sound = parse_json(views[i].row->output).ok();
      if (sound) out.add_json("output", views[i].row->output);
    }
    if (views[i].undone) out.add("undone", views[i].undone->state == StepState::kDone);
    steps.push_back(out.text());
  }
  JsonObject out;
  out.add("playbook", run.playbook.name).add("version", run.playbook.version);
  out.add_json("values", texts_view(run.inputs)).add_json("items", json_array(steps));
  return out.text();
}

}  // namespace sideband
