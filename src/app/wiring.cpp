#include "app/wiring.h"

#include <filesystem>
#include <ostream>

#include "base/log.h"
#include "secrets/resolve.h"
#include "settings/compile.h"
#include "settings/load.h"
#include "settings/normalizer.h"

namespace sideband {

ShowMessages print_messages(std::ostream& err, bool color) {
  return [&err, color](const config::Messages& messages) { err << messages.render(color); };
}

void log_messages(const config::Messages& messages) {
  for (const config::Message& message : messages.all()) {
    const bool error = message.severity == config::Severity::kError;
    log(error ? LogLevel::kError : LogLevel::kWarn,
        error ? "configuration error" : "configuration warning",
        {{"at", messages.place(message.span)}, {"field", message.path}, {"what", message.text}});
  }
}

// Says for a target what it lacks; nothing where it can be opened.
static Result<void> check_usable(const TargetSettings& target) {
  if (target.lacks.empty()) return {};
  return Error{ErrorCode::kInvalid, target.lacks + "; set it, then reload", Retry::kPerson,
               Effect::kNone};
}

Result<std::shared_ptr<const Settings>> load_settings(const std::vector<std::string>& paths,
                                                      const Clock& clock, const ShowMessages& show,
                                                      std::string_view about) {
  std::vector<policy::SourceText> sources;
  for (const std::string& path : paths) {
    SB_ASSIGN(auto found, policy::read_sources(path, paths));
    std::move(found.begin(), found.end(), std::back_inserter(sources));
  }
  policy::Compiled compiled = policy::compile(sources, all_driver_fields(), clock.wall());
  if (!about.empty()) compiled.messages.keep_warnings_about(about);
  show(compiled.messages);
  if (!compiled.ok()) {
    return Error::invalid(std::to_string(compiled.messages.errors()) +
                          " error(s) in the configuration; nothing was loaded");
  }
  resolve_secrets(compiled.settings);
  if (about.empty()) show(warnings_of_lacking(compiled.settings));
  return std::shared_ptr<const Settings>(std::make_shared<Settings>(std::move(compiled.settings)));
}

Result<std::shared_ptr<const Settings>> first_settings(const std::string& path,
                                                       const Clock& clock) {
  std::error_code failed;
  const bool folder = std::filesystem::is_directory(path, failed);
  const auto sources = policy::read_sources(path);
  const bool nothing = folder && !sources.ok() && sources.error().code == ErrorCode::kNotFound;
  if (!nothing) return load_settings({path}, clock, log_messages);
  log(LogLevel::kWarn, "no configuration yet, so nothing is observed and nothing repaired",
      {{"folder", path},
       {"do", "put targets and reconcilers into " + path + "/sideband.yaml, check them with \"" +
                  "sideband check " + path + "\", then reload (SIGHUP)"}});
  return std::make_shared<const Settings>();
}

TargetConnector make_connector(DriverRegistry& drivers) {
  TargetConnector connector;
  connector.collection = [&drivers](const TargetSettings& target,
                                    const CollectionSettings& collection,
                                    Role role) -> Result<std::unique_ptr<Collection>> {
    SB_TRY(check_usable(target));
    return drivers.open(target, collection, role);
  };
  connector.feed = [&drivers](const TargetSettings& target, const CollectionSettings& collection,
                              Role role) -> Result<std::unique_ptr<Feed>> {
    SB_TRY(check_usable(target));
    return drivers.watch(target, collection, role);
  };
  connector.operation =
      [&drivers](const TargetSettings& target) -> Result<std::unique_ptr<Operation>> {
    SB_TRY(check_usable(target));
    return drivers.operation(target);
  };
  connector.signal = [&drivers](const TargetSettings& target,
                                const SignalSettings& signal) -> Result<std::unique_ptr<Signal>> {
    SB_TRY(check_usable(target));
    return drivers.signal(target, signal.kind, signal.options);
  };
  connector.policies =
      [&drivers](const TargetSettings& target) -> Result<std::unique_ptr<PolicyServer>> {
    SB_TRY(check_usable(target));
    return drivers.policies(target);
  };
  return connector;
}

MakeContentRules make_content_rules(const Clock& clock) {
  return [&clock](const DetectSettings& detect) {
    return policy::make_content_rules(detect, clock.wall());
  };
}

cli::TargetAccess reach_targets(const Clock& clock) {
  struct Drivers {
    explicit Drivers(const Clock& time) : registry(DriverContext{time, random}) {}
    SystemRandom random;
    DriverRegistry registry;
  };
  const auto drivers = std::make_shared<Drivers>(clock);
  TargetConnector connector = make_connector(drivers->registry);
  // The connector has a reference only; what asks the targets keeps the drivers for both.
  cli::TargetQuestions questions;
  questions.grants = [drivers](const TargetSettings& target, const CollectionSettings& collection,
                               Role role, const GrantNeeds& needs) -> Result<GrantReport> {
    SB_TRY(check_usable(target));
    return drivers->registry.grants(target, collection, role, needs);
  };
  questions.tables = [drivers](const TargetSettings& target, const CollectionSettings& collection,
                               Role role, Duration timeout) -> Result<TableReport> {
    SB_TRY(check_usable(target));
    return drivers->registry.look_at_table(target, collection, role, timeout);
  };
  questions.signals = [drivers](const TargetSettings& target,
                                const SignalSettings& signal) -> Result<SignalReading> {
    SB_TRY(check_usable(target));
    SB_ASSIGN(const auto opened, drivers->registry.signal(target, signal.kind, signal.options));
    return opened->read(target.limits.statement_timeout);
  };
  questions.policies = [drivers](const TargetSettings& target,
                                 const PolicySettings& policy) -> Result<PolicyVerdict> {
    SB_TRY(check_usable(target));
    SB_ASSIGN(const auto opened, drivers->registry.policies(target));
    SB_TRY(opened->check_health(policy.timeout));
    return opened->ask(policy.path, "{}", policy.timeout);
  };
  return {std::move(connector), make_content_rules(clock), std::move(questions)};
}

}  // namespace sideband
