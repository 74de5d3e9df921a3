// A playbook's steps against each other: order, references, and what compensation needs.
#include "settings/playbook_checks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "policy/playbook_inputs.h"
#include "policy/playbook_order.h"
#include "policy/playbook_values.h"
#include "policy/template.h"
#include "settings/operation_checks.h"

namespace sideband::policy {
namespace {

using config::DriverFields;

// A person has to read a dry run of it.
constexpr std::size_t kMaxSteps = 200;

bool looks_like_placeholder(const std::string& text) {
  return text.find("{inputs.") != std::string::npos || text.find("{steps.") != std::string::npos;
}

class StepChecks {
 public:
  StepChecks(PlaybookSettings& playbook, const config::Node& node, const CheckContext& context,
             bool sound)
      : playbook_(playbook),
        node_(node),
        context_(context),
        operations_(
            context,
            [this](const std::string& at, std::string text) { error(at, std::move(text)); },
            looks_like_placeholder, sound),
        sound_(sound) {}

  void run() {
    check_names();
    for (std::size_t i = 0; i < steps().size(); ++i) check_step(i);
    for (std::size_t i = 0; i < steps().size(); ++i) check_references(i);
    const StepOrdering ordering = order_steps(steps());
    if (!ordering.cycle.empty()) return report_cycle(ordering.cycle);
    check_undo(ordering.order);
    std::vector<PlaybookStep> sorted;
    for (const std::size_t i : ordering.order) sorted.push_back(std::move(steps()[i]));
    steps() = std::move(sorted);
  }

 private:
  std::vector<PlaybookStep>& steps() { return playbook_.steps; }
  static std::string path(std::size_t step, const std::string& key = "") {
    return fmt::format("spec.steps[{}]{}{}", step, key.empty() ? "" : ".", key);
  }
  void error(const std::string& at, std::string text) {
    context_.messages.error(config::span_at(node_, at), at, std::move(text));
  }
  const config::Node* written(std::size_t step, const std::string& key) const {
    const config::Node* list = node_.find("spec")->find("steps");
    return list->items.at(step).find(key);
  }

  void check_names() {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < steps().size(); ++i) {
      const std::string& name = steps()[i].name;
      if (!name.empty() && std::find(names.begin(), names.end(), name) != names.end()) {
        error(path(i, "name"), fmt::format("there is already a step \"{}\"", name));
      }
      names.push_back(name);
    }
    for (std::size_t i = 0; i < steps().size(); ++i) {
      std::size_t index = 0;
      for (const std::string& need : steps()[i].needs) {
        const bool single = written(i, "needs")->items.empty();
        const std::string at = path(i, single ? "needs" : fmt::format("needs[{}]", index));
        ++index;
        if (!has_step(need)) error(at, no_step(need));
      }
    }
  }

  // Which of the five actions stands there; exactly one may.
  bool find_kind(std::size_t i) {
    std::vector<std::string> found;
    for (int kind = 0; kind <= static_cast<int>(StepKind::kManual); ++kind) {
      const std::string word(step_kind_name(static_cast<StepKind>(kind)));
      if (written(i, word) == nullptr) continue;
      found.push_back(word);
      steps()[i].kind = static_cast<StepKind>(kind);
    }
    if (found.size() == 1) return true;
    error(path(i), found.empty()
                       ? "a step does something: write one of run, change, wait, check, "
                         "manual"
                       : fmt::format("a step does one thing, here are {}", fmt::join(found, ", ")));
    return false;
  }

  void check_step(std::size_t i) {
    PlaybookStep& step = steps()[i];
    if (step.retry.errors.empty()) step.retry.errors = {"unavailable", "timeout"};
    if (!find_kind(i)) return;
    const std::string action(step_kind_name(step.kind));
    if (step.kind != StepKind::kRun) {
      for (const char* key : {"target", "look", "undo"}) {
        if (written(i, key) == nullptr) continue;
        const bool change = step.kind == StepKind::kChange && std::string_view(key) == "undo";
        error(path(i, key), change ? "a change goes back to what was found by itself"
                                   : fmt::format("only a step with run has {}", key));
      }
    }
    if (step.kind == StepKind::kRun) check_run(i);
    if (step.kind == StepKind::kChange || step.kind == StepKind::kCheck) check_item(i, action);
  }

  void check_run(std::size_t i) {
    PlaybookStep& step = steps()[i];
    if (step.target.empty()) return error(path(i), "a step with run needs a target");
    const DriverFields* driver = operations_.driver(path(i, "target"), step.target);
    if (driver == nullptr) return;
    for (auto& [key, options] : {std::pair("run", &step.run), std::pair("look", &step.look),
                                 std::pair("undo", &step.undo)}) {
      if (!options->empty()) operations_.check(path(i, key), *driver, step.target, *options);
      operations_.keep_texts(path(i, key), *driver, *options);
    }
  }

  void check_item(std::size_t i, const std::string& action) {
    PlaybookStep& step = steps()[i];
    const ItemState& item = step.item;
    step.target = item.collection.target;
    if (step.target.empty()) return;
    if (!operations_.target_exists(path(i, action + ".target"), step.target)) return;
    const bool check = step.kind == StepKind::kCheck;
    const DriverFields* driver = context_.driver_of(step.target);
    if (driver != nullptr && (check ? driver->desired : driver->actual).empty()) {
      error(path(i, action + ".target"),
            fmt::format("the driver \"{}\" of Target \"{}\" has no items to {}", driver->name,
                        step.target, action));
    }
    if (driver != nullptr) check_item_options(i, action, *driver, check);
    const int said = int(item.value.has_value()) + int(!item.fields.empty()) + int(item.absent) +
                     int(item.exists);
    if (said == 1) return;
    error(path(i, action), check ? "write one of equals, fields, absent: true, exists: true"
                                 : "write one of value, fields, absent: true");
  }

  // What the driver would refuse when the step begins.
  void check_item_options(std::size_t i, const std::string& action, const DriverFields& driver,
                          bool check) {
    if (!driver.check_side || !sound_) return;
    config::OptionFaults faults;
    const CollectionSettings& collection = steps()[i].item.collection;
    driver.check_side(context_.settings.targets.at(collection.target), collection,
                      check ? config::Side::kDesired : config::Side::kActual, faults);
    for (const auto& [key, text] : faults) error(path(i, action + '.' + key), text);
  }

  void check_text(std::size_t i, const std::string& at, const std::string& text,
                  const std::set<std::string>& needs) {
    const auto parsed = Template::parse(text);
    if (!parsed.ok()) return error(path(i, at), parsed.error().message);
    for (const std::string& placeholder : parsed->placeholders()) {
      const PlaybookReference reference = parse_reference(placeholder);
      if (reference.kind == PlaybookReference::Kind::kNeither) {
        error(path(i, at), fmt::format("{{{}}} is neither {{inputs.NAME}} nor {{steps.NAME.FIELD}}",
                                       placeholder));
      } else if (reference.kind == PlaybookReference::Kind::kInput) {
        check_input_name(i, at, reference.name);
      } else if (!has_step(reference.name)) {
        error(path(i, at), no_step(reference.name));
      } else if (!needs.contains(reference.name)) {
        error(path(i, at), fmt::format("uses the output of step \"{}\", which this step does not "
                                       "need; add it to needs",
                                       reference.name));
      }
    }
  }

  [[nodiscard]] std::vector<std::string> step_names() const {
    std::vector<std::string> names;
    for (const PlaybookStep& step : playbook_.steps) names.push_back(step.name);
    return names;
  }
  [[nodiscard]] std::string no_step(const std::string& name) const {
    const std::vector<std::string> names = step_names();
    const std::string hint = config::did_you_mean(name, names);
    return fmt::format(
        "there is no step \"{}\"{}", name,
        hint.empty() ? fmt::format("; there are: {}", fmt::join(names, ", ")) : hint);
  }
  [[nodiscard]] bool has_step(const std::string& name) const {
    const std::vector<std::string> names = step_names();
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  void check_input_name(std::size_t i, const std::string& at, const std::string& name) {
    if (playbook_.inputs.contains(name)) return;
    std::vector<std::string> names;
    for (const auto& [input, settings] : playbook_.inputs) names.push_back(input);
    const std::string hint = config::did_you_mean(name, names);
    error(path(i, at), fmt::format("there is no input \"{}\"{}", name,
                                   hint.empty() ? "; describe it in spec.inputs" : hint));
  }

  void check_references(std::size_t i) {
    const PlaybookStep& step = steps()[i];
    std::set<std::string> needs = all_needs(steps(), i);
    needs.erase(step.name);
    for (const auto& [key, text] : step.run) check_text(i, "run." + key, text, needs);
    for (const auto& [key, text] : step.look) check_text(i, "look." + key, text, needs);
    const std::string action(step_kind_name(step.kind));
    const bool check = step.kind == StepKind::kCheck;
    if (step.kind == StepKind::kChange || check) {
      check_text(i, action + ".item", step.item.item, needs);
      if (step.item.value) {
        check_text(i, action + (check ? ".equals" : ".value"), *step.item.value, needs);
      }
      for (const auto& [key, text] : step.item.fields) {
        check_text(i, action + ".fields." + key, text, needs);
      }
    }
    // Only what was done is taken back, so its own output is there.
    needs.insert(step.name);
    for (const auto& [key, text] : step.undo) check_text(i, "undo." + key, text, needs);
  }

  void report_cycle(const std::vector<std::size_t>& cycle) {
    std::vector<std::string> names;
    for (const std::size_t i : cycle) names.push_back(steps()[i].name);
    names.push_back(names.front());
    error(path(cycle.front(), "needs"),
          fmt::format("these steps need each other: {}", fmt::join(names, " -> ")));
  }

  // A step that runs before one that compensates must say what takes it back.
  void check_undo(const std::vector<std::size_t>& order) {
    for (std::size_t at = 0; at < order.size(); ++at) {
      const PlaybookStep& step = steps()[order[at]];
      if (step.kind != StepKind::kRun || step.undo_kind != UndoKind::kMissing) continue;
      const auto later = std::find_if(
          order.begin() + static_cast<std::ptrdiff_t>(at) + 1, order.end(),
          [&](std::size_t i) { return steps()[i].on_failure == OnFailure::kCompensate; });
      if (later == order.end()) continue;
      error(path(order[at]),
            fmt::format("undo is missing: step \"{}\" runs later and compensates; write undo: none "
                        "if there is nothing to take back",
                        steps()[*later].name));
    }
  }

  PlaybookSettings& playbook_;
  const config::Node& node_;
  const CheckContext& context_;
  const OperationChecks operations_;
  bool sound_;  // each value is right by itself, so that a driver does not miss what was wrong
};

void check_inputs(const PlaybookSettings& playbook, const config::Node& node,
                  const CheckContext& context) {
  for (const auto& [name, input] : playbook.inputs) {
    const std::string path = "spec.inputs." + name;
    const auto error = [&](const std::string& key, std::string text) {
      const std::string at = path + (key.empty() ? "" : ".") + key;
      context.messages.error(config::span_at(node, at), at, std::move(text));
    };
    const bool plain = std::all_of(name.begin(), name.end(), [](unsigned char c) {
      return std::isalnum(c) != 0 || c == '_' || c == '-';
    });
    if (!plain) error("", "the name of an input has letters, digits, _ and - only");
    if (!input.pattern.empty()) {
      const auto good = check_pattern(input.pattern);
      if (!good.ok()) error("pattern", good.error().message);
    }
    if (input.minimum && input.maximum && *input.minimum > *input.maximum) {
      error("minimum", fmt::format("{} is above maximum {}", *input.minimum, *input.maximum));
    }
    if (input.fallback) {
      const auto good = check_input(input, *input.fallback);
      if (!good.ok()) error("default", good.error().message);
    }
  }
}

// Names in `from` that are no group count as one identity each.
void check_approvers(const PlaybookSettings& playbook, const config::Node& node,
                     const CheckContext& context) {
  if (!playbook.approval || playbook.approval->from.empty()) return;
  std::set<std::string> people;
  for (const std::string& name : playbook.approval->from) {
    const auto group = context.settings.groups.find(name);
    if (group == context.settings.groups.end()) {
      people.insert(name);
    } else {
      people.insert(group->second.members.begin(), group->second.members.end());
    }
  }
  if (static_cast<std::int64_t>(people.size()) >= playbook.approval->reviewers) return;
  const std::string path = "spec.approval.reviewers";
  context.messages.error(
      config::span_at(node, path), path,
      fmt::format("{} approvals are needed, but only {} may approve: {}",
                  playbook.approval->reviewers, people.size(), fmt::join(people, ", ")));
}

void check_review(const PlaybookSettings& playbook, const config::Node& node,
                  const CheckContext& context) {
  if (!playbook.review_by || *playbook.review_by > context.now) return;
  const std::string path = "spec.reviewBy";
  context.messages.warning(config::span_at(node, path), path,
                           fmt::format("stale since {}; look whether it still fits",
                                       format_time(*playbook.review_by).substr(0, 10)),
                           playbook_scope(playbook.name));
}

}  // namespace

void validate_and_order_playbook(PlaybookSettings& playbook, const config::Node& node,
                                 const CheckContext& context, bool sound) {
  check_inputs(playbook, node, context);
  check_approvers(playbook, node, context);
  check_review(playbook, node, context);
  const config::Node* spec = node.find("spec");
  const config::Node* list = spec == nullptr ? nullptr : spec->find("steps");
  // What is no list of steps has been reported.
  if (list == nullptr || list->kind != config::NodeKind::kList) return;
  if (playbook.steps.empty()) {
    context.messages.error(list->span, "spec.steps", "a playbook needs a step");
  }
  if (playbook.steps.size() > kMaxSteps) {
    context.messages.error(list->span, "spec.steps",
                           fmt::format("{} steps, more than {}; make several playbooks of it",
                                       playbook.steps.size(), kMaxSteps));
    return;
  }
  StepChecks(playbook, node, context, sound).run();
}

}  // namespace sideband::policy
