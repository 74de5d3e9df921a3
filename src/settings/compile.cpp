#include "settings/compile.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/sha256.h"
#include "config/decode.h"
#include "config/yaml.h"
#include "settings/advice.h"
#include "settings/breakers.h"
#include "settings/calendar_fields.h"
#include "settings/channel.h"
#include "settings/checks.h"
#include "settings/decision_checks.h"
#include "settings/envelope.h"
#include "settings/guardrails.h"
#include "settings/hooks.h"
#include "settings/kinds.h"
#include "settings/overlaps.h"
#include "settings/playbook_checks.h"
#include "settings/playbook_fields.h"
#include "settings/reconciler_fields.h"
#include "settings/sides.h"
#include "settings/signals.h"

namespace sideband::policy {
namespace {

using config::DriverFields;
using config::Fields;
using config::Messages;
using config::Node;
using config::NodeKind;
using config::Span;

constexpr std::uint8_t kEveryDay = 0x7F;

// The scalar under a chain of keys; empty when there is none.
std::string text_at(const Node& node, const std::vector<std::string>& keys) {
  const Node* at = &node;
  for (const std::string& key : keys) {
    at = at->find(key);
    if (at == nullptr) return "";
  }
  return at->kind == NodeKind::kScalar ? at->text : "";
}

class Compiler {
 public:
  Compiler(const std::vector<DriverFields>& drivers, WallTime now) : drivers_(drivers), now_(now) {
    for (const Kind& kind : all_kinds(drivers)) kind_names_.push_back(kind.name);
  }

  Compiled run(const std::vector<SourceText>& sources) {
    for (const SourceText& source : sources) parse(source);
    if (documents_.empty() && out_.messages.errors() == 0) report_empty();
    sort_by_kind();
    decode_kind("Target", [this](const Node& node) { take_target(node); });
    decode_kind("Calendar", [this](const Node& node) { take_calendar(node); });
    decode_kind("Guardrails", [this](const Node& node) { take_guardrails(node); });
    decode_kind("Group", [this](const Node& node) { take_group(node); });
    decode_kind("Channel", [this](const Node& node) { take_channel(node); });
    decode_kind("Signal", [this](const Node& node) { take_signal(node); });
    decode_kind("Playbook", [this](const Node& node) { take_playbook(node); });
    decode_kind("Reconciler", [this](const Node& node) { take_reconciler(node); });
    check();
    out_.settings.version = to_hex(sha256(fmt::format("{}", fmt::join(versions_, "\n"))));
    for (const auto& [name, node] : reconciler_nodes_) out_.reconcilers.emplace(name, *node);
    return std::move(out_);
  }

 private:
  struct Loaded {
    Node node;
    std::string kind;
    std::string name;
  };

  Messages& messages() { return out_.messages; }

  void parse(const SourceText& source) {
    const std::uint32_t file = messages().add_source(source.name, source.text);
    ++sources_;
    for (Node& node : config::parse_yaml(file, messages())) {
      std::string kind = text_at(node, {"kind"});
      std::string name = text_at(node, {"metadata", "name"});
      documents_.push_back({std::move(node), std::move(kind), std::move(name)});
    }
  }

  void report_empty() {
    if (sources_ == 0) messages().add_source("configuration", "");
    messages().error({}, "",
                     fmt::format("no document here; a configuration begins with "
                                 "apiVersion: {}",
                                 kApiVersion));
  }

  // Reports documents that are no document, of unknown kind, or twice there.
  void sort_by_kind() {
    for (const Loaded& document : documents_) {
      if (check_envelope(document) && is_first(document)) {
        by_kind_[document.kind].push_back(&document);
      }
    }
    std::vector<std::string> texts;
    for (const Loaded& document : documents_) texts.push_back(canonical_text(document.node));
    std::sort(texts.begin(), texts.end());
    versions_ = std::move(texts);
  }

  bool check_envelope(const Loaded& document) {
    const Node& node = document.node;
    if (node.kind != NodeKind::kMap) {
      messages().error(node.span, "",
                       fmt::format("expected a document with apiVersion, kind, "
                                   "metadata and spec, found {}",
                                   kind_name(node)));
      return false;
    }
    const auto known = std::find(kind_names_.begin(), kind_names_.end(), document.kind);
    if (known != kind_names_.end()) return true;
    const std::string words = fmt::format("{}", fmt::join(kind_names_, ", "));
    std::string text = "missing; write one of " + words;
    if (node.find("kind") != nullptr) {
      const std::string hint = config::did_you_mean(document.kind, kind_names_);
      text = fmt::format("\"{}\" is not known{}", document.kind,
                         hint.empty() ? "; write one of " + words : hint);
    }
    messages().error(span_at(node, "kind"), "kind", std::move(text));
    return false;
  }

  bool is_first(const Loaded& document) {
    if (document.name.empty()) return true;
    const Span span = span_at(document.node, "metadata.name");
    const auto [first, fresh] = names_.emplace(document.kind + "/" + document.name, span);
    if (fresh) return true;
    messages().error(span, "metadata.name",
                     fmt::format("there is already a {} \"{}\" at {}", document.kind, document.name,
                                 messages().place(first->second)));
    return false;
  }

  template <class Take>
  void decode_kind(const std::string& kind, Take take) {
    for (const Loaded* document : by_kind_[kind]) take(document->node);
  }

  const DriverFields* driver_named(const std::string& name) const {
    for (const DriverFields& driver : drivers_) {
      if (driver.name == name) return &driver;
    }
    return nullptr;
  }

  // The driver behind the target that `node` names under spec.
  const DriverFields* driver_at(const Node& node, const std::vector<std::string>& path) {
    std::vector<std::string> keys = {"spec"};
    keys.insert(keys.end(), path.begin(), path.end());
    const auto target = out_.settings.targets.find(text_at(node, keys));
    return target == out_.settings.targets.end() ? nullptr : driver_named(target->second.driver);
  }

  void take_target(const Node& node) {
    TargetSettings target;
    const DriverFields* driver = driver_named(text_at(node, {"spec", "driver"}));
    const std::size_t errors_before = messages().errors();
    decode(target_fields(driver, drivers_), node, "", &target, messages());
    if (messages().errors() == errors_before) {
      sound_targets_.insert(target.name);
      check_target(node, *driver, target);
    }
    target.version = version_of(node, {});
    out_.settings.targets.insert_or_assign(target.name, target);
  }

  // What the driver would refuse on opening; a credential is not below connect.
  void check_target(const Node& node, const DriverFields& driver, const TargetSettings& target) {
    if (!driver.check_target) return;
    config::OptionFaults faults;
    driver.check_target(target, faults);
    for (const auto& [key, text] : faults) {
      const std::string path = "spec.connect." + key;
      messages().error(span_at(node, path), path, text);
    }
  }

  void take_guardrails(const Node& node) {
    if (guardrails_node_ != nullptr) {
      messages().error(span_at(node, "metadata.name"), "metadata.name",
                       fmt::format("only one Guardrails is allowed; the other one is at {}",
                                   messages().place(guardrails_node_->span)));
      return;
    }
    guardrails_node_ = &node;
    GuardrailSettings guardrails;
    decode(guardrails_fields(), node, "", &guardrails, messages());
    guardrails.version = version_of(node, {guardrails.policy.target}, guardrails.calendar);
    out_.settings.guardrails = std::move(guardrails);
  }

  void take_group(const Node& node) {
    GroupSettings group;
    decode(group_fields(), node, "", &group, messages());
    out_.settings.groups.insert_or_assign(group.name, group);
  }

  void take_channel(const Node& node) {
    ChannelSettings channel;
    const std::size_t errors_before = messages().errors();
    decode(channel_fields(driver_at(node, {"target"})), node, "", &channel, messages());
    channel.version = version_of(node, {channel.target});
    check_channel(context(), node, channel, messages().errors() == errors_before);
    out_.settings.channels.insert_or_assign(channel.name, channel);
  }

  void take_calendar(const Node& node) {
    CalendarSettings calendar;
    const std::size_t errors_before = messages().errors();
    decode(calendar_fields(), node, "", &calendar, messages());
    if (messages().errors() == errors_before) check_calendar(calendar, node, messages());
    for (CalendarWindow& window : calendar.windows) {
      if (window.is_weekly() && window.days == 0) window.days = kEveryDay;
    }
    calendar.version = version_of(node, {});
    out_.settings.calendars.insert_or_assign(calendar.name, std::move(calendar));
  }

  void take_signal(const Node& node) {
    SignalSettings signal;
    const std::size_t errors_before = messages().errors();
    decode(signal_fields(drivers_), node, "", &signal, messages());
    if (signal.max_age == Duration(0)) signal.max_age = 3 * signal.interval;
    signal.version = version_of(node, {signal.target});
    if (messages().errors() == errors_before) sound_signals_.emplace(signal.name, &node);
    out_.settings.signals.insert_or_assign(signal.name, signal);
  }

  void take_reconciler(const Node& node) {
    ReconcilerSettings reconciler;
    const ReconcilerDrivers drivers{.desired = driver_at(node, {"desired", "target"}),
                                    .actual = driver_at(node, {"actual", "target"}),
                                    .before = driver_at(node, {"repair", "before", "target"}),
                                    .after = driver_at(node, {"repair", "after", "target"})};
    const std::size_t errors_before = messages().errors();
    decode(reconciler_fields(drivers), node, "", &reconciler, messages());
    reconciler.version = version_of(node, targets_of(reconciler), reconciler.gates.calendar);
    reconciler.source = source_of(node);
    reconciler_nodes_.insert_or_assign(reconciler.name, &node);
    const bool sound = messages().errors() == errors_before;
    const bool has_places = sound_targets_.contains(reconciler.desired.target) &&
                            sound_targets_.contains(reconciler.actual.target);
    if (sound && has_places) sound_.insert(reconciler.name);
    if (sound) check_sides(context(), reconciler);
    check_hooks(context(), reconciler, sound);
    out_.settings.reconcilers.insert_or_assign(reconciler.name, reconciler);
  }

  void take_playbook(const Node& node) {
    PlaybookSettings playbook;
    const auto driver_of = [this](const std::string& name) {
      const auto target = out_.settings.targets.find(name);
      return target == out_.settings.targets.end() ? nullptr : driver_named(target->second.driver);
    };
    const std::size_t errors_before = messages().errors();
    decode(playbook_fields(driver_of), node, "", &playbook, messages());
    const bool sound = messages().errors() == errors_before;
    std::set<std::string> targets;
    for (const PlaybookStep& step : playbook.steps) targets.insert(step.target);
    playbook.version = version_of(node, targets);
    playbook.source = source_of(node);
    validate_and_order_playbook(playbook, node, context(), sound);
    const std::string name = playbook.name;
    out_.settings.playbooks[name] = std::make_shared<const PlaybookSettings>(std::move(playbook));
  }

  std::string source_of(const Node& node) {
    return fmt::format("{}:{}", messages().source_name(node.span.file), node.span.line);
  }

  CheckContext context() {
    return {out_.settings, reconciler_nodes_, guardrails_node_, sound_, drivers_, now_, messages()};
  }

  // Of a document, of the Targets that it works on, and of the Calendars that it goes by: what was
  // approved for one place or time is not for another that has got its name.
  std::string version_of(const Node& node, const std::set<std::string>& targets,
                         const CalendarGate& calendars = {}) const {
    std::string text = canonical_text(node);
    for (const auto* names : {&calendars.allow, &calendars.deny}) {
      for (const std::string& name : *names) {
        const auto calendar = out_.settings.calendars.find(name);
        if (calendar != out_.settings.calendars.end()) text += "\n" + calendar->second.version;
      }
    }
    for (const std::string& name : targets) {
      const auto target = out_.settings.targets.find(name);
      if (target != out_.settings.targets.end()) text += "\n" + target->second.version;
    }
    return to_hex(sha256(text));
  }

  void check() {
    const CheckContext all = context();
    check_references(all);
    check_notify(all);
    check_values(all);
    check_decisions(all);
    for (const auto& [name, node] : sound_signals_) {
      check_signal(all, *node, out_.settings.signals.at(name));
    }
    check_signal_rules(all);
    check_breakers(all);
    clamp_to_guardrails(all);
    check_overlaps(all);
    check_advice(all);
  }

  const std::vector<DriverFields>& drivers_;
  WallTime now_;
  Compiled out_;
  std::vector<std::string> kind_names_;
  std::vector<Loaded> documents_;
  std::map<std::string, std::vector<const Loaded*>> by_kind_;
  std::map<std::string, Span> names_;  // "kind/name" to where it is first used
  std::map<std::string, const Node*> reconciler_nodes_;
  std::set<std::string> sound_targets_;  // whose values are right each by itself
  std::set<std::string> sound_;          // reconcilers of which that holds, and of their targets
  std::map<std::string, const Node*> sound_signals_;  // whose values are right each by itself
  const Node* guardrails_node_ = nullptr;
  std::vector<std::string> versions_;
  std::size_t sources_ = 0;
};

}  // namespace

Compiled compile(const std::vector<SourceText>& sources, const std::vector<DriverFields>& drivers,
                 WallTime now) {
  return Compiler(drivers, now).run(sources);
}

}  // namespace sideband::policy
