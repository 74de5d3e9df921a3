#include "cli/playbook_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <ostream>

#include "base/jcs.h"
#include "cli/exit_codes.h"
#include "cli/plan_view.h"
#include "cli/remote_answers.h"
#include "cli/table.h"

namespace sideband::cli {
namespace {

// Shown of one value: enough to recognise it.
constexpr std::size_t kMaxText = 160;

std::string list_text(const Document& object, const char* key) {
  const auto found = object.members.find(key);
  std::vector<std::string> texts;
  if (found != object.members.end()) {
    for (const Document& item : found->second.items) texts.push_back(item.text);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// A map as "key=value, key=value", a list of words as the words.
std::string value_text(const Document& value) {
  if (value.kind == Document::Kind::kMap) {
    std::vector<std::string> pairs;
    for (const auto& [key, inner] : value.members) pairs.push_back(key + "=" + value_text(inner));
    return fmt::format("{}", fmt::join(pairs, ", "));
  }
  std::string text = value.kind == Document::Kind::kString ? value.text : to_json(value);
  for (char& c : text) c = c == '\n' ? ' ' : c;
  return text;
}

// What a step does, on one line; where the item lies comes last.
std::string does_text(const Document& does) {
  std::vector<std::string> parts;
  const Document* collection = nullptr;
  for (const auto& [key, value] : does.members) {
    if (key == "collection") {
      collection = &value;
    } else {
      parts.push_back(key + ": " + value_text(value));
    }
  }
  if (collection != nullptr) parts.push_back("in " + value_text(*collection));
  return safe_text(fmt::format("{}", fmt::join(parts, "; ")), kMaxText);
}

const Document& steps_of(const Document& playbook) {
  static const Document kNone;
  const auto found = playbook.members.find("steps");
  return found == playbook.members.end() ? kNone : found->second;
}

void print_steps(RemoteContext& context, const Document& steps) {
  std::vector<Row> rows = {{"", "STEP", "KIND", "TARGET", "UNDO", "ON FAILURE", "DOES"}};
  std::size_t index = 0;
  for (const Document& step : steps.items) {
    const auto does = step.members.find("does");
    rows.push_back({std::to_string(++index), member(step, "name"), member(step, "kind"),
                    member(step, "target"), member(step, "undo"), member(step, "onFailure"),
                    does == step.members.end() ? "" : does_text(does->second)});
  }
  print_table(context.out, rows);
}

std::string approvers(const Document& playbook) {
  const auto found = playbook.members.find("approval");
  if (found == playbook.members.end()) return "nobody has to";
  const std::string from = list_text(found->second, "from");
  return fmt::format("{} of {}, within {}", member(found->second, "reviewers"),
                     from.empty() ? "anybody but the one who starts it" : from,
                     member(found->second, "expires"));
}

void print_head(RemoteContext& context, const Document& playbook) {
  const auto line = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      context.out << fmt::format("  {:<12} {}\n", name, safe_text(value, 400));
    }
  };
  line("title", member(playbook, "title"));
  line("description", member(playbook, "description"));
  line("help", member(playbook, "help"));
  line("owner", member(playbook, "owner"));
  line("startable by", list_text(playbook, "startableBy"));
  line("approved by", approvers(playbook));
  line("timeout", member(playbook, "timeout"));
  line("review by", member(playbook, "reviewBy"));
}

void warn_if_stale(RemoteContext& context, const Document& playbook) {
  if (member(playbook, "stale") != "true") return;
  context.err << "warning: playbook " << member(playbook, "name") << " is stale since "
              << member(playbook, "reviewBy") << "; look whether it still fits\n";
}

// {"name": "value"} of "name=value" words.
Result<std::string> inputs_json(const std::vector<std::string>& words) {
  JsonObject out;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Error::invalid("--input \"" + word + "\" is not NAME=VALUE");
    }
    out.add(word.substr(0, equals), word.substr(equals + 1));
  }
  return out.text();
}

// A run that was taken back did not do what it was started for.
int run_exit_code(const std::string& state) {
  if (state == "compensated") return kNotConverged;
  if (state == "halted") return kWaiting;
  return exit_code_of_state(state);
}

std::string waiting_step(const std::string& note) {
  return note.substr(0, note.find(':'));
}

int show_run(RemoteContext& context, const Document& repair) {
  const std::string id = member(repair, "id");
  const std::string state = member(repair, "state");
  const std::string note = member(repair, "note");
  if (context.format == "name") {
    context.out << id << "\n";
  } else if (context.format == "json") {
    context.out << to_json(repair) << "\n";
  } else {
    context.out << "run " << id << ": " << state;
    if (!note.empty()) context.out << " (" << safe_text(note, 400) << ")";
    context.out << "\n";
  }
  if (context.quiet) return run_exit_code(state);
  if (state == "awaiting_approval") {
    context.err << "somebody other than " << member(repair, "requester")
                << " may now run: sideband approve " << id << "\n";
  }
  if (state == "halted") {
    context.err << "when it is done: sideband confirm " << id << " " << waiting_step(note) << "\n";
  }
  return run_exit_code(state);
}

int dry_run(RemoteContext& context, const std::string& path, const std::string& inputs,
            Document& preview) {
  JsonObject body;
  body.add_json("inputs", inputs).add("dryRun", true);
  const auto answer = context.api.post(path, body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  preview = answer->body;
  return kOk;
}

void show_preview(RemoteContext& context, const Document& preview, bool apply) {
  context.err << (apply ? "APPLY " : "DRY-RUN ") << member(preview, "name") << "\n";
  warn_if_stale(context, preview);
  if (context.format != "table") return;
  print_steps(context, steps_of(preview));
  context.out << "Approved by: " << approvers(preview) << "\n";
  context.out << "Hash: " << member(preview, "planHash") << "\n";
}

}  // namespace

int run_command(RemoteContext& context, const RunOptions& options) {
  const auto inputs = inputs_json(options.inputs);
  if (!inputs.ok()) {
    context.err << "sideband: " << inputs.error().message << "\n";
    return kUsage;
  }
  const std::string path = "/api/v1/playbooks/" + encoded(options.playbook) + "/runs";
  Document preview;
  if (const int failed = dry_run(context, path, *inputs, preview); failed != kOk) return failed;
  show_preview(context, preview, options.apply);
  if (!options.apply) {
    if (context.format == "json") context.out << to_json(preview) << "\n";
    if (!context.quiet) context.err << "nothing was started; add --apply to start it\n";
    return kOk;
  }
  const std::string body = JsonObject().add_json("inputs", *inputs).text();
  const std::string start = path + "?wait=" + encoded(options.wait);
  const auto answer = context.api.post(start, body, options.key);
  if (const int failed = report(context, answer); failed != kOk) return failed;
  return show_run(context, answer->body);
}

int confirm_command(RemoteContext& context, const ConfirmOptions& options) {
  JsonObject body;
  body.add("step", options.step).add("evidence", options.evidence).add("failed", options.failed);
  const auto answer = context.api.post(
      "/api/v1/repairs/" + encoded(options.repair) + "/confirm?wait=" + encoded(options.wait),
      body.text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  return show_run(context, answer->body);
}

int describe_playbook(RemoteContext& context, const std::string& name) {
  const auto answer = context.api.get("/api/v1/playbooks/" + encoded(name));
  if (const int failed = report(context, answer); failed != kOk) return failed;
  warn_if_stale(context, answer->body);
  if (context.format == "json") {
    context.out << answer->text;
    return kOk;
  }
  context.out << "Playbook " << member(answer->body, "name") << "\n";
  print_head(context, answer->body);
  const auto inputs = answer->body.members.find("inputs");
  if (inputs != answer->body.members.end()) {
    for (const auto& [input, schema] : inputs->second.members) {
      context.out << fmt::format("  {:<12} {} {}\n", "input", input, to_json(schema));
    }
  }
  context.out << "\n";
  print_steps(context, steps_of(answer->body));
  return kOk;
}

static void print_inputs(RemoteContext& context, const Document& run) {
  const auto values = run.members.find("values");
  if (values == run.members.end()) return;
  for (const auto& [name, value] : values->second.members) {
    context.out << fmt::format("  {:<12} {} = {}\n", "input", name, value_text(value.text));
  }
}

// What the steps left behind: results of a command, or who confirmed with which evidence.
static void print_outputs(RemoteContext& context, const Document& run) {
  for (const Document& step : items(run)) {
    const auto output = step.members.find("output");
    if (output == step.members.end() || output->second.members.empty()) continue;
    context.out << "\nOutput of " << member(step, "name") << ":\n";
    for (const auto& [name, value] : output->second.members) {
      const bool text = value.kind == Document::Kind::kString;
      context.out << fmt::format("  {:<12} {}\n", name,
                                 text ? value_text(value.text) : to_json(value));
    }
  }
}

int print_run_steps(RemoteContext& context, const std::string& repair) {
  const auto answer = context.api.get("/api/v1/repairs/" + encoded(repair) + "/steps");
  if (const int failed = report(context, answer); failed != kOk) return failed;
  print_inputs(context, answer->body);
  std::vector<Row> rows = {
      {"STEP", "KIND", "TARGET", "STANDING", "OUTCOME", "TAKEN BACK", "DETAIL"}};
  for (const Document& step : items(answer->body)) {
    rows.push_back({member(step, "name"), member(step, "kind"), member(step, "target"),
                    member(step, "status"), member(step, "outcome"), member(step, "undone"),
                    safe_text(member(step, "detail"), kMaxText)});
  }
  print_table(context.out, rows);
  print_outputs(context, answer->body);
  return kOk;
}

int print_undo_steps(RemoteContext& context, const std::string& repair) {
  const auto answer = context.api.post("/api/v1/repairs/" + encoded(repair) + "/undo",
                                       JsonObject().add("dryRun", true).text());
  if (const int failed = report(context, answer); failed != kOk) return failed;
  std::vector<Row> rows = {{"STEP", "KIND", "TARGET", "TAKEN BACK BY"}};
  for (const Document& step : items(answer->body)) {
    rows.push_back(
        {member(step, "name"), member(step, "kind"), member(step, "target"), member(step, "undo")});
  }
  print_table(context.out, rows);
  return kOk;
}

}  // namespace sideband::cli
