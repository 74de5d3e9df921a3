#include "settings/signals.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

#include "base/units.h"
#include "policy/pause_rule.h"
#include "policy/signal_detector.h"

namespace sideband::policy {
namespace {

using config::DriverFields;
using config::SignalKind;

// The keys of spec that say how, as far as they are written.
std::vector<std::string> written_kinds(const CheckContext& context, const config::Node& spec) {
  std::set<std::string> words = {SignalSettings::kOwnSignal};
  for (const DriverFields& driver : context.drivers) {
    for (const SignalKind& kind : driver.signals) words.insert(kind.word);
  }
  std::vector<std::string> found;
  for (const std::string& word : words) {
    if (spec.find(word) != nullptr) found.push_back(word);
  }
  if (!found.empty()) return found;
  return {fmt::format("{}", fmt::join(words, ", "))};
}

QuantityUnit quantity_unit(config::SignalUnit unit) {
  switch (unit) {
    case config::SignalUnit::kSeconds:
      return QuantityUnit::kSeconds;
    case config::SignalUnit::kBytes:
      return QuantityUnit::kBytes;
    case config::SignalUnit::kAny:
      break;
  }
  return QuantityUnit::kNone;
}

// A number alone would be read as seconds or bytes, which hardly anybody means.
bool fits_unit(const Quantity& quantity, const SignalSettings& signal) {
  return signal.unit == QuantityUnit::kNone || quantity.unit == signal.unit ||
         (quantity.value == 0 && quantity.unit == QuantityUnit::kNone);
}

std::string unit_fault(const SignalSettings& signal) {
  const bool time = signal.unit == QuantityUnit::kSeconds;
  return fmt::format("Signal \"{}\" is a {}; write one with its unit, like {}", signal.name,
                     time ? "time" : "size", time ? "20ms" : "64MiB");
}

std::string missing_signal(const CheckContext& context, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& [known, signal] : context.settings.signals) names.push_back(known);
  std::string hint = config::did_you_mean(name, names);
  if (hint.empty()) {
    hint = names.empty() ? "; no Signal is configured"
                         : fmt::format("; there are: {}", fmt::join(names, ", "));
  }
  return fmt::format("there is no Signal \"{}\"{}", name, hint);
}

// Why nothing can wait for what its detector says; empty: it can.
std::string no_detector(const CheckContext& context, const std::string& name) {
  const auto signal = context.settings.signals.find(name);
  if (signal == context.settings.signals.end()) return missing_signal(context, name);
  if (signal->second.detector.is_set()) return "";
  return fmt::format("Signal \"{}\" has no detector; give it one", name);
}

class SignalChecks {
 public:
  SignalChecks(const CheckContext& context, const config::Node& node, SignalSettings& signal)
      : context_(context), node_(node), signal_(signal) {}

  void run() {
    if (!measures_one_way()) return;
    if (signal_.max_age < signal_.interval) {
      error("spec.maxAge",
            fmt::format("{} is shorter than spec.interval, {}: each reading would be "
                        "too old before the next one comes",
                        format_duration(signal_.max_age), format_duration(signal_.interval)));
    }
    if (signal_.is_own()) {
      check_own();
      return check_detector();
    }
    if (signal_.target.empty()) {
      return error("spec.target", "missing; say which Target is measured");
    }
    const std::string missing = context_.missing_target(signal_.target);
    if (!missing.empty()) return error("spec.target", missing);
    check_driver();
    check_detector();
  }

 private:
  void error(const std::string& path, std::string text) {
    context_.messages.error(config::span_at(node_, path), path, std::move(text));
  }

  bool measures_one_way() {
    const config::Node* const spec = node_.find("spec");
    const std::vector<std::string> kinds = written_kinds(context_, *spec);
    if (kinds.size() == 1 && spec->find(kinds.front()) != nullptr) return true;
    const bool none = kinds.size() == 1;
    error(none ? "spec" : "spec." + kinds.back(),
          none ? fmt::format("a signal measures something: write one of {}", kinds.front())
               : fmt::format("a signal measures one thing, here are {}", fmt::join(kinds, ", ")));
    return false;
  }

  void check_own() {
    if (!signal_.target.empty()) error("spec.target", "own is of sideband itself, without target");
    const std::string& name = signal_.reconciler;
    if (name.empty() || context_.settings.reconcilers.contains(name)) return;
    std::vector<std::string> names;
    for (const auto& [known, reconciler] : context_.settings.reconcilers) names.push_back(known);
    error("spec.own.reconciler",
          fmt::format("there is no Reconciler \"{}\"{}", name, config::did_you_mean(name, names)));
  }

  void check_driver() {
    const DriverFields* const driver = context_.driver_of(signal_.target);
    if (driver == nullptr) return;
    const auto kind = std::find_if(driver->signals.begin(), driver->signals.end(),
                                   [&](const SignalKind& one) { return one.word == signal_.kind; });
    if (kind == driver->signals.end()) return no_such_kind(*driver);
    if (kind->check) {
      config::OptionFaults faults;
      kind->check(context_.settings.targets.at(signal_.target), signal_.options, faults);
      for (const auto& [key, text] : faults) {
        error("spec." + signal_.kind + (key.empty() ? "" : "." + key), text);
      }
    }
    signal_.unit =
        quantity_unit(kind->unit ? kind->unit(signal_.options) : config::SignalUnit::kAny);
  }

  void check_detector() {
    if (!watches_one_way()) return;
    const DetectorSettings& detector = signal_.detector;
    const std::string path = "spec.detector." + detector.kind;
    for (const char* const limit : {"above", "below", "clear"}) {
      const auto written = detector.options.find(limit);
      if (written == detector.options.end()) continue;
      const auto quantity = parse_quantity(written->second);
      if (!quantity.ok() || fits_unit(*quantity, signal_)) continue;
      return error(fmt::format("{}.{}", path, limit), unit_fault(signal_));
    }
    const auto made = make_detector(signal_);
    if (!made.ok()) error(path, made.error().message);
  }

  // Whether there is one detector; none is no fault where nobody began to write one.
  bool watches_one_way() {
    const config::Node* const section = node_.find("spec")->find("detector");
    if (section == nullptr) return false;
    std::vector<std::string> known, written;
    for (const auto& kind : detectors::detector_kinds()) {
      known.emplace_back(kind.name);
      if (section->find(kind.name) != nullptr) written.emplace_back(kind.name);
    }
    if (written.size() == 1) return true;
    error("spec.detector",
          written.empty()
              ? fmt::format("write which one: {}", fmt::join(known, ", "))
              : fmt::format("one detector watches a signal, here are {}; measure it by a second "
                            "Signal for the other",
                            fmt::join(written, ", ")));
    return false;
  }

  void no_such_kind(const DriverFields& driver) {
    std::vector<std::string> words;
    for (const SignalKind& one : driver.signals) words.push_back(one.word);
    error("spec." + signal_.kind,
          fmt::format("the driver \"{}\" of Target \"{}\" {}", driver.name, signal_.target,
                      words.empty() ? std::string("measures nothing")
                                    : fmt::format("measures by {}, not by {}",
                                                  fmt::join(words, ", "), signal_.kind)));
  }

  const CheckContext& context_;
  const config::Node& node_;
  SignalSettings& signal_;
};

// Rules of one list, reported at `path`, which is that of the list.
class RuleChecks {
 public:
  using Report = std::function<void(const std::string& path, std::string text)>;
  RuleChecks(const CheckContext& context, std::string path, Report report)
      : context_(context), path_(std::move(path)), report_(std::move(report)) {}

  // Rules that are wrong are left out, so that what compares them later need not ask.
  template <class Rule>
  void run(std::vector<Rule>& rules) {
    std::vector<Rule> good;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      at_ = fmt::format("{}[{}]", path_, i);
      const bool sound = check(rules[i]);
      const bool twice = std::any_of(good.begin(), good.end(), [&](const Rule& other) {
        return same_subject(other, rules[i]);
      });
      if (sound && twice) error("signal", "there is already such a rule for this signal");
      if (sound && !twice) good.push_back(rules[i]);
    }
    rules = std::move(good);
  }

 private:
  bool error(const std::string& key, std::string text) {
    report_(at_ + (key.empty() ? "" : "." + key), std::move(text));
    return false;
  }

  bool check(PauseRule& rule) {
    if (!check_condition(rule)) return false;
    if (rule.detected && (rule.clear || rule.lasting != Duration(0))) {
      return error(rule.clear ? "clear" : "for", kDetectorSays);
    }
    return !rule.clear || check_clear(rule);
  }

  bool check(SignalCondition& rule) { return check_condition(rule); }

  bool check_clear(const PauseRule& rule) {
    if (!fits("clear", *rule.clear, context_.settings.signals.at(rule.signal))) return false;
    if (rule.clear->unit != rule.threshold().unit && rule.clear->value != 0) {
      return error("clear", "is of another unit than the threshold");
    }
    const bool behind = rule.above ? rule.clear->value <= rule.above->value
                                   : rule.clear->value >= rule.below->value;
    return behind || error("clear", fmt::format("it could never close: write one that is {} the "
                                                "threshold",
                                                rule.above ? "not above" : "not below"));
  }

  bool check_condition(SignalCondition& rule) {
    if (rule.signal.empty()) return false;  // reported as missing
    if (rule.detected) return check_detected(rule);
    if (rule.above.has_value() == rule.below.has_value()) {
      return error(rule.above ? "below" : "", "write either above or below, or detected: true");
    }
    const auto signal = context_.settings.signals.find(rule.signal);
    if (signal == context_.settings.signals.end()) {
      return error("signal", missing_signal(context_, rule.signal));
    }
    return fits(rule.above ? "above" : "below", rule.threshold(), signal->second);
  }

  bool check_detected(SignalCondition& rule) {
    const std::string none = no_detector(context_, rule.signal);
    if (!none.empty()) return error("signal", none);
    if (rule.above || rule.below) return error(rule.above ? "above" : "below", kDetectorSays);
    rule.above = Quantity{0.5};
    return true;
  }

  bool fits(const char* key, const Quantity& quantity, const SignalSettings& signal) {
    return fits_unit(quantity, signal) || error(key, unit_fault(signal));
  }

  static constexpr const char* kDetectorSays =
      "with detected: true the detector says when and for how long";

  const CheckContext& context_;
  const std::string path_;
  const Report report_;
  std::string at_;
};

// As many as have to agree are there.
void check_required(const CheckContext& context, ReconcilerSettings& reconciler) {
  CorroborationSettings& signals = reconciler.detect.signals;
  const std::int64_t written = std::ssize(signals.of);
  if (signals.require > written && written > 0) {
    context.error(reconciler, "spec.detect.signals.require",
                  fmt::format("{} of {} could never agree", signals.require, written));
  }
  if (signals.require == 0) signals.require = written;
}

// What is throttled is a rate.
void check_throttled_rate(const CheckContext& context, const ReconcilerSettings& reconciler) {
  const std::int64_t most = reconciler.gates.rate_limit.max_per_second;
  const auto& rules = reconciler.gates.throttle;
  if (!rules.empty() && most == 0) {
    context.error(reconciler, "spec.gates.throttle",
                  "there is no rate to throttle; set gates.rateLimit.maxPerSecond");
  }
  for (std::size_t i = 0; i < rules.size() && most > 0; ++i) {
    if (rules[i].least <= most) continue;
    context.error(reconciler, fmt::format("spec.gates.throttle[{}].least", i),
                  fmt::format("is above gates.rateLimit.maxPerSecond, {}", most));
  }
}

}  // namespace

void check_signal(const CheckContext& context, const config::Node& node, SignalSettings& signal) {
  SignalChecks(context, node, signal).run();
}

void check_detecting_signal(const CheckContext& context, const ReconcilerSettings& reconciler,
                            const std::string& path, const std::string& signal) {
  const std::string none = no_detector(context, signal);
  if (!none.empty()) context.error(reconciler, path, none);
}

void check_signal_rules(const CheckContext& context) {
  for (auto& [name, reconciler] : context.settings.reconcilers) {
    const auto report = [&context, &reconciler = reconciler](const std::string& path,
                                                             std::string text) {
      context.error(reconciler, path, std::move(text));
    };
    RuleChecks(context, "spec.gates.pauseWhen", report).run(reconciler.gates.pause_when);
    RuleChecks(context, "spec.gates.throttle", report).run(reconciler.gates.throttle);
    check_throttled_rate(context, reconciler);
    check_required(context, reconciler);
    RuleChecks(context, "spec.detect.signals.of", report).run(reconciler.detect.signals.of);
  }
  if (!context.settings.guardrails || context.guardrails_node == nullptr) return;
  RuleChecks(context, "spec.pauseWhen", [&context](const std::string& path, std::string text) {
    context.messages.error(config::span_at(*context.guardrails_node, path), path, std::move(text));
  }).run(context.settings.guardrails->pause_when);
}

}  // namespace sideband::policy
