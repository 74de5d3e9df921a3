#include "policy/hook_values.h"

#include <algorithm>

#include "policy/fill_options.h"
#include "policy/template.h"

namespace sideband {
namespace {

bool uses(const HookSettings& hook, const std::string& name) {
  return std::any_of(hook.run.begin(), hook.run.end(), [&](const auto& option) {
    const auto parsed = Template::parse(option.second);
    if (!parsed.ok()) return false;
    const auto names = parsed->placeholders();
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

Result<std::string> value_of(const HookValues& values, const std::string& name) {
  if (name == "reconciler") return values.reconciler;
  if (name == "repair") return values.repair;
  if (name == "key" && values.key) return *values.key;
  if (name == "candidate" && values.candidate) return *values.candidate;
  return Error::invalid("{" + name + "} has no value here");
}

}  // namespace

const std::vector<std::string>& hook_placeholders() {
  static const std::vector<std::string> names = {"reconciler", "repair", "key", "candidate"};
  return names;
}

bool wants_candidate(const HookSettings& hook) {
  return uses(hook, "candidate");
}

bool runs_for_each(const HookSettings& hook) {
  return uses(hook, "key") || wants_candidate(hook);
}

Result<DriverOptions> fill_hook(const DriverOptions& run, const HookValues& values) {
  return fill_options(run, [&](const std::string& name) { return value_of(values, name); });
}

}  // namespace sideband
