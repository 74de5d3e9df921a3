#include "settings/hooks.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "policy/hook_values.h"
#include "policy/template.h"
#include "settings/operation_checks.h"

namespace sideband::policy {
namespace {

bool may_hold_placeholder(const std::string& text) {
  const auto& names = hook_placeholders();
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return text.find('{' + name + '}') != std::string::npos;
  });
}

class HookChecks {
 public:
  HookChecks(const CheckContext& context, const ReconcilerSettings& reconciler, std::string path,
             bool sound)
      : context_(context),
        reconciler_(reconciler),
        path_(std::move(path)),
        operations_(
            context,
            [this](const std::string& at, std::string text) {
              context_.error(reconciler_, at, std::move(text));
            },
            may_hold_placeholder, sound) {}

  void run(HookSettings& hook, bool before) const {
    if (!hook.is_set()) return;
    const config::DriverFields* driver = operations_.driver(path_ + ".target", hook.target);
    if (driver == nullptr) return;
    operations_.check(path_ + ".run", *driver, hook.target, hook.run);
    operations_.keep_texts(path_ + ".run", *driver, hook.run);
    for (const auto& [key, text] : hook.run) check_text(path_ + ".run." + key, text, before);
    if (!before || !wants_candidate(hook)) return;
    const config::DriverFields* changed = context_.driver_of(reconciler_.actual.target);
    if (changed == nullptr || changed->stages) return;
    context_.error(reconciler_, path_ + ".run",
                   fmt::format("a target of driver \"{}\" cannot lay a candidate beside what is "
                               "live; leave {{candidate}} out",
                               changed->name));
  }

 private:
  void check_text(const std::string& at, const std::string& text, bool before) const {
    const auto parsed = Template::parse(text);
    if (!parsed.ok()) return context_.error(reconciler_, at, parsed.error().message);
    const auto& names = hook_placeholders();
    for (const std::string& name : parsed->placeholders()) {
      const bool known = std::find(names.begin(), names.end(), name) != names.end();
      if (!known) {
        context_.error(reconciler_, at,
                       fmt::format("{{{}}} is none of {{{}}}", name, fmt::join(names, "}, {")));
      } else if (!before && (name == "key" || name == "candidate")) {
        context_.error(reconciler_, at,
                       fmt::format("after is run once for a cohort; {{{}}} is for before", name));
      }
    }
  }

  const CheckContext& context_;
  const ReconcilerSettings& reconciler_;
  const std::string path_;
  const OperationChecks operations_;
};

}  // namespace

void check_hooks(const CheckContext& context, ReconcilerSettings& reconciler, bool sound) {
  RepairSettings& repair = reconciler.repair;
  HookChecks(context, reconciler, "spec.repair.before", sound).run(repair.before, true);
  HookChecks(context, reconciler, "spec.repair.after", sound).run(repair.after, false);
}

}  // namespace sideband::policy
