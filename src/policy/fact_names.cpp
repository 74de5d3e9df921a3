#include "policy/fact_names.h"

namespace sideband {
namespace {

using FactValue = Fact<cel::Value>;

cel::Value time_value(WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  const std::chrono::nanoseconds rest = time - second;
  return cel::Value::timestamp(
      {second.time_since_epoch().count(), static_cast<std::int32_t>(rest.count())});
}

// The number of a fact, where there is one.
FactValue count_value(const Fact<std::int64_t>& count) {
  return count.known() ? FactValue(cel::Value::integer(*count)) : FactValue::unknown(count.why());
}

FactValue counted(std::int64_t count, const char* why_not) {
  return count >= 0 ? FactValue(cel::Value::integer(count)) : FactValue::unknown(why_not);
}

FactValue text_value(std::string_view text) {
  return cel::Value::string(std::string(text));
}

FactValue percent_of_plan(const Facts& facts) {
  const Fact<std::int64_t>& desired = facts.plan.desired;
  if (!desired.known()) return FactValue::unknown(desired.why());
  if (facts.plan.changes == 0) return cel::Value::number(0);
  if (*desired <= 0) return cel::Value::number(100);
  return cel::Value::number(static_cast<double>(facts.plan.changes) * 100 /
                            static_cast<double>(*desired));
}

FactValue observed_at(const Facts& facts) {
  const Fact<WallTime>& at = facts.plan.observed_at;
  return at.known() ? FactValue(time_value(*at)) : FactValue::unknown(at.why());
}

FactValue age_of_plan(const Facts& facts) {
  if (!facts.plan.observed_at.known()) return FactValue::unknown(facts.plan.observed_at.why());
  const Duration age = facts.now - *facts.plan.observed_at;
  if (age < Duration(0)) return FactValue::unknown("the clock went back since it was observed");
  return cel::Value::duration(std::chrono::nanoseconds(age).count());
}

FactValue labels(const Facts& facts) {
  const Labels& labels = facts.settings.labels;
  std::vector<std::pair<cel::Value, cel::Value>> entries;
  const auto put = [&entries](const std::string& name, const std::string& value) {
    entries.emplace_back(cel::Value::string(name), cel::Value::string(value));
  };
  put("owner", labels.owner);
  put("environment", labels.environment);
  put("criticality", labels.criticality);
  put("repairType", labels.repair_type);
  for (const auto& [name, value] : labels.other) put(name, value);
  return cel::Value::map(std::move(entries));
}

// What a window let through; without a limit nothing is counted.
FactValue used_of(const Facts& facts, const Fact<ChangeWindow>& window, const MaxChanges& limit,
                  const char* name) {
  if (limit.count == 0 && limit.percent == 0) {
    return FactValue::unknown(std::string("nothing is counted without ") + name);
  }
  if (!window.known()) return FactValue::unknown(window.why());
  return cel::Value::integer(window->used(facts.now, limit.window));
}

FactValue used_of_site(const Facts& facts) {
  if (facts.guardrails == nullptr)
    return FactValue::unknown("nothing is counted without Guardrails");
  return used_of(facts, facts.site_window, facts.guardrails->max_changes,
                 "maxChanges of the Guardrails");
}

std::vector<FactName> plan_names() {
  return {
      {"plan.hash", cel::Type(cel::Kind::kString),
       "What it would do, as a hash: the same for the same changes.",
       [](const Facts& f) { return text_value(f.plan.hash); }},
      {"plan.changes", cel::Type(cel::Kind::kInt), "Changes that the plan would make.",
       [](const Facts& f) -> FactValue { return cel::Value::integer(f.plan.changes); }},
      {"plan.creates", cel::Type(cel::Kind::kInt), "Those that make something that is missing.",
       [](const Facts& f) -> FactValue { return cel::Value::integer(f.plan.creates); }},
      {"plan.updates", cel::Type(cel::Kind::kInt), "Those that write over something that differs.",
       [](const Facts& f) -> FactValue { return cel::Value::integer(f.plan.updates); }},
      {"plan.deletes", cel::Type(cel::Kind::kInt),
       "Those that delete: extras with `prune`, and all with `strategy: invalidate`.",
       [](const Facts& f) -> FactValue { return cel::Value::integer(f.plan.deletes); }},
      {"plan.desired", cel::Type(cel::Kind::kInt),
       "Items of the desired side. Unknown until a whole scan counted them.",
       [](const Facts& f) { return count_value(f.plan.desired); }},
      {"plan.percent", cel::Type(cel::Kind::kDouble),
       "`plan.changes` as a share of `plan.desired`, 0.0 to 100.0 and above. Unknown as that is.",
       percent_of_plan},
      {"plan.whole", cel::Type(cel::Kind::kBool),
       "Whether it is of a scan of everything; false: of some keys.",
       [](const Facts& f) -> FactValue { return cel::Value::boolean(f.plan.whole); }},
      {"plan.undo", cel::Type(cel::Kind::kBool), "Whether it takes a repair back.",
       [](const Facts& f) -> FactValue { return cel::Value::boolean(f.plan.undo); }},
      {"plan.observedAt", cel::Type(cel::Kind::kTimestamp), "When what it rests on was read.",
       observed_at},
      {"plan.age", cel::Type(cel::Kind::kDuration),
       "`now` less `plan.observedAt`. Unknown where the clock went back.", age_of_plan},
  };
}

std::vector<FactName> other_names() {
  return {
      {"source.condition", cel::Type(cel::Kind::kString),
       "What is known of the desired side: `unseen`, `good`, `suspect` or `empty`.",
       [](const Facts& f) { return text_value(source_condition_name(f.source.condition)); }},
      {"source.desired", cel::Type(cel::Kind::kInt),
       "Its items at the last whole scan that ended well. Unknown before the first.",
       [](const Facts& f) { return counted(f.source.desired, "no whole scan ended well yet"); }},
      {"source.baseline", cel::Type(cel::Kind::kInt),
       "The most of them in the window of the caps. Unknown before the first.",
       [](const Facts& f) { return counted(f.source.baseline, "no whole scan ended well yet"); }},
      {"reconciler.name", cel::Type(cel::Kind::kString), "Its name.",
       [](const Facts& f) { return text_value(f.reconciler); }},
      {"reconciler.labels",
       cel::Type::map(cel::Type(cel::Kind::kString), cel::Type(cel::Kind::kString)),
       "Its labels by name: `reconciler.labels.owner`. One that is not there is an error; "
       "`'tier' in reconciler.labels` asks.",
       labels},
      {"reconciler.mode", cel::Type(cel::Kind::kString),
       "`observe`, `propose`, `approve` or `auto`, within the Guardrails.",
       [](const Facts& f) { return text_value(mode_name(f.mode())); }},
      {"requester", cel::Type(cel::Kind::kString),
       "Who asks for the repair; `sideband` for the loop itself.",
       [](const Facts& f) { return text_value(f.requester); }},
      {"now", cel::Type(cel::Kind::kTimestamp), "The time of the decision.",
       [](const Facts& f) -> FactValue { return time_value(f.now); }},
      {"window.changes", cel::Type(cel::Kind::kInt),
       "Changes that `gates.maxChanges` let through in its window. Unknown without a limit.",
       [](const Facts& f) {
         return used_of(f, f.window, f.settings.gates.max_changes, "gates.maxChanges");
       }},
      {"window.deletes", cel::Type(cel::Kind::kInt),
       "Deletions that `gates.maxDeletes` let through in its window.",
       [](const Facts& f) {
         return used_of(f, f.deletes, f.settings.gates.max_deletes, "gates.maxDeletes");
       }},
      {"window.site", cel::Type(cel::Kind::kInt),
       "Changes that `maxChanges` of the Guardrails let through. Unknown without it.",
       used_of_site},
  };
}

}  // namespace

const std::vector<FactName>& fact_names() {
  static const std::vector<FactName> kNames = [] {
    std::vector<FactName> names = plan_names();
    for (FactName& name : other_names()) names.push_back(std::move(name));
    return names;
  }();
  return kNames;
}

const cel::Declarations& fact_declarations() {
  static const cel::Declarations kDeclarations = [] {
    cel::Declarations declarations;
    for (const FactName& name : fact_names()) declarations.push_back({name.name, name.type});
    return declarations;
  }();
  return kDeclarations;
}

}  // namespace sideband
