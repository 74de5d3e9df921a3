#include "engine/runtime/channel.h"

namespace sideband {
namespace {

Result<std::unique_ptr<Collection>> open_side(const Settings& settings,
                                              const CollectionSettings& side,
                                              const std::string& target_name, Role role,
                                              const Opener& opener) {
  const auto target = settings.targets.find(target_name);
  if (target == settings.targets.end()) {
    return Error::not_found("there is no Target \"" + target_name + '"');
  }
  auto opened = opener.collection(target->second, side, role);
  if (!opened.ok()) return opened.error().in(target_name);
  return opened;
}

std::string lock_scope(const CollectionSettings& actual) {
  std::string scope;
  for (const auto& [key, value] : actual.options) scope += key + "=" + value + ";";
  return scope;
}

Result<void> check_writable(const Channel& channel) {
  const CollectionTraits traits = channel.actual->traits();
  if (channel.settings.mode == Mode::kObserve) return {};
  if (!traits.writable) {
    return Error{ErrorCode::kUnsupported,
                 "the actual side cannot be written; only mode observe is possible", Retry::kPerson,
                 Effect::kNone};
  }
  const bool racy = traits.precondition == PreconditionClass::kChecked;
  if (channel.settings.mode == Mode::kAuto && racy && !channel.settings.repair.allow_race) {
    return Error{ErrorCode::kRefused,
                 "this target only offers read-then-write; mode auto needs repair.allowRace: true",
                 Retry::kPerson, Effect::kNone};
  }
  return {};
}

}  // namespace

Result<ChannelPtr> open_channel(const Settings& settings, const std::string& reconciler,
                                const Opener& opener, const MakeNormalize& make_normalize) {
  auto channel = std::make_shared<Channel>();
  channel->settings = settings.reconcilers.at(reconciler);
  channel->guardrails = settings.guardrails;
  channel->groups = settings.groups;
  const ReconcilerSettings& spec = channel->settings;
  SB_ASSIGN(channel->projection, Projection::compile(spec.actual));
  channel->rules = {spec.actual.coverage, spec.repair.strategy, spec.repair.prune,
                    make_normalize(spec.detect)};
  channel->lock_scope = lock_scope(spec.actual);
  SB_ASSIGN(channel->desired,
            open_side(settings, spec.desired, spec.desired.target, Role::kDesired, opener));
  SB_ASSIGN(channel->actual,
            open_side(settings, spec.actual, spec.actual.target, Role::kActual, opener));
  channel->actual_target = settings.targets.at(spec.actual.target);
  if (!spec.validate.independent.empty()) {
    SB_ASSIGN(channel->independent,
              open_side(settings, spec.actual, spec.validate.independent, Role::kActual, opener));
  }
  SB_TRY(check_writable(*channel));
  return ChannelPtr(std::move(channel));
}

}  // namespace sideband
