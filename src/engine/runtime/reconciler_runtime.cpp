#include "engine/runtime/reconciler_runtime.h"

#include <algorithm>

#include "base/sha256.h"
#include "engine/observe/copied_collection.h"
#include "policy/policy_answers.h"

namespace sideband {
namespace {

Result<const TargetSettings*> find_target(const Settings& settings, const std::string& name) {
  const auto target = settings.targets.find(name);
  if (target == settings.targets.end()) {
    return Error::not_found("there is no Target \"" + name + '"');
  }
  return &target->second;
}

Result<std::unique_ptr<Collection>> open_side(const Settings& settings,
                                              const CollectionSettings& side,
                                              const std::string& target_name, Role role,
                                              const TargetConnector& connector) {
  SB_ASSIGN(const TargetSettings* const target, find_target(settings, target_name));
  auto opened = connector.collection(*target, side, role);
  if (!opened.ok()) return opened.error().in(target_name);
  return opened;
}

Result<std::unique_ptr<Operation>> open_hook(const Settings& settings, const HookSettings& hook,
                                             const TargetConnector& connector) {
  if (!hook.is_set()) return std::unique_ptr<Operation>();
  SB_ASSIGN(const TargetSettings* const target, find_target(settings, hook.target));
  if (!connector.operation) return Error::unsupported("nothing is run here");
  auto opened = connector.operation(*target);
  if (!opened.ok()) return opened.error().in(hook.target);
  return opened;
}

Result<std::vector<OpenPolicy>> open_policies(const Settings& settings,
                                              const ReconcilerSettings& spec,
                                              const TargetConnector& connector) {
  std::vector<OpenPolicy> out;
  const GuardrailSettings* const site = settings.guardrails ? &*settings.guardrails : nullptr;
  for (const PolicySettings& policy : policies_of(spec, site)) {
    SB_ASSIGN(const TargetSettings* const target, find_target(settings, policy.target));
    if (!connector.policies) return Error::unsupported("no policy is asked here");
    auto opened = connector.policies(*target);
    if (!opened.ok()) return opened.error().in(policy.target);
    out.push_back({policy, std::move(*opened), target->limits.connections});
  }
  return out;
}

std::string lock_scope(const CollectionSettings& actual) {
  std::string scope;
  for (const auto& [key, value] : actual.options) scope += key + "=" + value + ";";
  return scope;
}

// Whether states go between the sides as they are, and all of them are of one driver.
bool is_one_driver(const Settings& settings, const ReconcilerSettings& spec) {
  if (!spec.actual.value.empty() || !spec.actual.fields.empty()) return false;
  const auto driver_of = [&](const std::string& name) {
    const auto target = settings.targets.find(name);
    return target == settings.targets.end() ? std::string() : target->second.driver;
  };
  const std::string& independent = spec.validate.independent;
  const std::string actual = driver_of(spec.actual.target);
  return driver_of(spec.desired.target) == actual &&
         (independent.empty() || driver_of(independent) == actual);
}

// Where the target is, by its driver and address: without the trailing slashes and double ones that
// people write or not.
std::string place_of(const TargetSettings& target) {
  std::string place = target.driver + ":";
  for (const auto& [key, value] : target.connect) {
    std::string plain;
    for (const char c : value) {
      if (c != '/' || plain.empty() || plain.back() != '/') plain += c;
    }
    while (plain.size() > 1 && plain.back() == '/') plain.pop_back();
    place += key + "=" + plain + ";";
  }
  return place;
}

// Hashed: an address may name users, and a scope is shown.
std::string hashed(const std::string& place, const std::string& part) {
  return to_hex(sha256({place, part})).substr(0, 32);
}

// Reconcilers of other fields of the same items may have another source.
std::string with_fields(const CollectionSettings& actual) {
  std::string part = lock_scope(actual);
  for (const auto& [field, pattern] : actual.fields) part += '\n' + field;
  return part;
}

Duration longest_timeout(const Settings& settings, const ReconcilerSettings& spec) {
  Duration longest{0};
  for (const std::string& name :
       {spec.desired.target, spec.actual.target, spec.validate.independent}) {
    const auto target = settings.targets.find(name);
    if (target == settings.targets.end()) continue;
    longest = std::max(longest, target->second.limits.statement_timeout);
  }
  return longest;
}

Result<void> check_writable(const ReconcilerRuntime& runtime) {
  const CollectionTraits traits = runtime.actual->traits();
  if (runtime.settings.mode == Mode::kObserve) return {};
  if (!traits.writable) {
    return Error{ErrorCode::kUnsupported,
                 "the actual side cannot be written; only mode observe is possible", Retry::kPerson,
                 Effect::kNone};
  }
  const bool racy = traits.precondition == PreconditionClass::kChecked;
  if (runtime.settings.mode == Mode::kAuto && racy && !runtime.settings.repair.allow_race) {
    return Error{ErrorCode::kRefused,
                 "this target only offers read-then-write; mode auto needs repair.allowRace: true",
                 Retry::kPerson, Effect::kNone};
  }
  return {};
}

Error wrong_key(std::string text) {
  return {ErrorCode::kInvalid, std::move(text), Retry::kPerson, Effect::kNone};
}

std::string in_quotes(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "\"" : ", \"") + name + '"';
  return list;
}

std::string columns_text(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " column" : " columns");
}

// Keys of the target are made of the desired side's key: another column would make keys that nobody
// asks for.
Result<void> check_placeholders(const CollectionTraits& desired, const CollectionTraits& actual) {
  const auto& names = actual.key_placeholders;
  const auto& columns = desired.key_columns;
  if (columns.empty()) return {};
  for (const std::string& name : names) {
    if (std::find(columns.begin(), columns.end(), name) != columns.end()) continue;
    return wrong_key("actual.key: the placeholder \"" + name +
                     "\" is not the key of the desired side, which is " + in_quotes(columns));
  }
  if (names.size() == columns.size()) return {};
  return wrong_key("actual.key needs a placeholder for each column of the desired side's key: " +
                   in_quotes(columns));
}

// A key of one side must be able to be one of the other side.
Result<void> check_keys(const CollectionTraits& desired, const CollectionTraits& actual) {
  if (!actual.key_placeholders.empty()) SB_TRY(check_placeholders(desired, actual));
  if (desired.keys.size() == actual.keys.size()) return {};
  return wrong_key("the key of the desired side has " + columns_text(desired.keys.size()) +
                   ", and that of the actual side has " + columns_text(actual.keys.size()));
}

// Without templates a column that only one side has would be drift of every row: one that cannot be
// written, or a NULL over what is there. It is looked at again, because columns come and go.
Result<void> check_same_columns(const CollectionTraits& desired, const CollectionTraits& actual) {
  if (desired.columns.empty() || actual.columns.empty()) return {};
  const auto lacks = [](const CollectionTraits& side, const std::string& name) {
    return std::find(side.columns.begin(), side.columns.end(), name) == side.columns.end();
  };
  const auto only = [&](const CollectionTraits& one, const CollectionTraits& other,
                        const std::string& where) -> Result<void> {
    for (const std::string& name : one.columns) {
      if (!lacks(other, name)) continue;
      return Error::unavailable("only the " + where + " side has a column \"" + name +
                                "\"; name the columns that both have, or write actual.fields");
    }
    return {};
  };
  SB_TRY(only(desired, actual, "desired"));
  return only(actual, desired, "actual");
}

// The same as a value that stands alone would have.
DetectSettings content_of(const FieldContent& field) {
  DetectSettings detect;
  detect.format = field.format;
  detect.ignore = field.ignore;
  detect.sets = field.sets;
  detect.compare = field.compare;
  detect.list_keys = field.list_keys;
  return detect;
}

bool has_expired(const std::vector<IgnoreRule>& ignored, WallTime since, WallTime now) {
  return std::any_of(ignored.begin(), ignored.end(), [&](const IgnoreRule& rule) {
    return rule.expires && *rule.expires > since && *rule.expires <= now;
  });
}

}  // namespace

TargetPlace target_place(const TargetSettings& target) {
  return {target.name, hashed(place_of(target), "")};
}

Result<TargetPlaces> target_places(const Settings& settings, const ReconcilerSettings& reconciler) {
  TargetPlaces places;
  for (const auto& [place, name] :
       {std::pair(&places.desired, &reconciler.desired.target),
        std::pair(&places.actual, &reconciler.actual.target),
        std::pair(&places.independent, &reconciler.validate.independent)}) {
    if (name->empty()) continue;
    SB_ASSIGN(const TargetSettings* const target, find_target(settings, *name));
    *place = target_place(*target);
  }
  return places;
}

bool ReconcilerRuntime::replaced() const {
  return desired->replaced() || actual->replaced() || (independent && independent->replaced());
}

bool ReconcilerRuntime::outdated(WallTime since, WallTime now) const {
  const DetectSettings& detect = settings.detect;
  const bool expired =
      has_expired(detect.ignore, since, now) ||
      std::any_of(detect.fields.begin(), detect.fields.end(),
                  [&](const FieldContent& field) { return has_expired(field.ignore, since, now); });
  return expired || desired->outdated() || actual->outdated() ||
         (independent && independent->outdated());
}

Result<void> check_current(const Plan& plan, const ReconcilerRuntime* runtime) {
  if (runtime == nullptr) {
    return Error::conflict("reconciler " + plan.reconciler + " is not configured or not reachable");
  }
  if (plan.reconciler_version != runtime->settings.version ||
      plan.guardrails_version != runtime->guardrails_version()) {
    return Error::conflict("the configuration changed after this plan; wait for the next scan");
  }
  return {};
}

Result<ReconcilerRuntimePtr> open_runtime(const Settings& settings, const std::string& reconciler,
                                          const TargetConnector& connector,
                                          const MakeContentRules& make_content_rules) {
  auto runtime = std::make_shared<ReconcilerRuntime>();
  runtime->settings = settings.reconcilers.at(reconciler);
  runtime->guardrails = settings.guardrails;
  const ReconcilerSettings& spec = runtime->settings;
  SB_ASSIGN(runtime->decision_rules, DecisionRules::compile(spec, settings.guardrails));
  SB_ASSIGN(runtime->open_times, OpenTimes::compile(settings, spec));
  const ContentRules content = make_content_rules(spec.detect);
  runtime->rules = {spec.actual.coverage, spec.repair.strategy, spec.repair.prune,
                    content.normalize, content.declare};
  for (const FieldContent& field : spec.detect.fields) {
    runtime->field_rules[field.name] = make_content_rules(content_of(field));
  }
  runtime->lock_scope = lock_scope(spec.actual);
  CollectionSettings desired_side = spec.desired;
  desired_side.one_driver = is_one_driver(settings, spec);
  SB_ASSIGN(runtime->desired,
            open_side(settings, desired_side, spec.desired.target, Role::kDesired, connector));
  const CollectionTraits desired = runtime->desired->traits();
  SB_ASSIGN(runtime->projection, Projection::compile(spec.actual, desired.columns));
  CollectionSettings actual = spec.actual;
  actual.keys = desired.keys;
  actual.one_driver = desired_side.one_driver;
  actual.key_columns = desired.key_columns;
  SB_ASSIGN(runtime->actual, open_side(settings, actual, actual.target, Role::kActual, connector));
  const CollectionTraits actual_traits = runtime->actual->traits();
  SB_TRY(check_keys(desired, actual_traits));
  if (!spec.desired.copies.empty()) {
    runtime->desired = std::make_unique<CopiedCollection>(std::move(runtime->desired),
                                                          spec.desired.copies, *runtime->actual);
  }
  if (runtime->projection.identity()) SB_TRY(check_same_columns(desired, actual_traits));
  runtime->projection.limit(actual_traits.max_size);
  runtime->projection.declare(actual_traits.attributes);
  runtime->actual_target = settings.targets.at(spec.actual.target);
  SB_ASSIGN(runtime->places, target_places(settings, spec));
  runtime->call_timeout = longest_timeout(settings, spec);
  runtime->max_changes = static_cast<std::int64_t>(
      std::min<std::size_t>({actual_traits.max_changes, desired.max_changes, INT64_MAX}));
  const std::string place = place_of(runtime->actual_target);
  runtime->scope = hashed(place, runtime->lock_scope);
  runtime->source_scope = hashed(place, with_fields(spec.actual));
  if (!spec.validate.independent.empty()) {
    SB_ASSIGN(runtime->independent,
              open_side(settings, actual, spec.validate.independent, Role::kActual, connector));
  }
  SB_ASSIGN(runtime->before, open_hook(settings, spec.repair.before, connector));
  SB_ASSIGN(runtime->after, open_hook(settings, spec.repair.after, connector));
  SB_ASSIGN(runtime->policies, open_policies(settings, spec, connector));
  SB_TRY(check_writable(*runtime));
  return ReconcilerRuntimePtr(std::move(runtime));
}

}  // namespace sideband
