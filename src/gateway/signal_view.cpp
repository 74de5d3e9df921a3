#include "gateway/signal_view.h"

#include "base/jcs.h"
#include "base/units.h"
#include "policy/pause_rule.h"

namespace sideband {
namespace {

std::string use_state(const SignalUse& use) {
  if (!use.hold || !use.hold->unknown.empty()) return "unknown";
  return use.hold->holding ? "holding" : "open";
}

std::string use_view(const SignalUse& use) {
  JsonObject out;
  out.add("reconciler", use.reconciler).add("rule", threshold_text(use.rule));
  out.add("then", pause_action_name(use.rule.action)).add("state", use_state(use));
  if (use.hold) out.add("since", format_time(use.hold->since));
  return out.text();
}

void add_reading(JsonObject& out, const SignalStatus& signal, WallTime now) {
  const Fact<double> value =
      signal.state ? value_of(*signal.state, now) : Fact<double>::unknown("it was not read yet");
  out.add("state", value.known() ? "ok" : "unknown");
  if (value.known()) out.add("value", format_quantity(*value, signal.settings.unit));
  if (!value.known()) out.add("why", value.why());
  if (!signal.state) return;
  if (value.known() && !signal.state->error.empty()) out.add("why", signal.state->error);
  out.add("askedAt", format_time(signal.state->asked_at));
  if (!signal.state->reading) return;
  const WallTime measured = signal.state->reading->measured_at;
  out.add("measuredAt", format_time(measured)).add("ageUs", (now - measured).count());
}

std::string detection_view(const SignalStatus& signal, WallTime now) {
  JsonObject out;
  out.add("by", signal.settings.detector.kind);
  const std::optional<Detection> said =
      signal.state ? signal.state->detection : std::optional<Detection>();
  const Fact<double> answer = signal.state ? detected_by(*signal.state, now)
                                           : Fact<double>::unknown("it was not asked yet");
  out.add("state", detected_name(answer.known() ? said->answer : Detected::kUnknown));
  out.add("why", answer.known() ? said->why : answer.why());
  if (!said) return out.text();
  if (!said->paused.empty()) out.add("paused", said->paused);
  return out.add("since", format_time(said->since)).add("at", format_time(said->at)).text();
}

}  // namespace

std::string signal_view(const SignalStatus& signal, WallTime now) {
  const SignalSettings& settings = signal.settings;
  JsonObject out;
  out.add("name", settings.name).add("kind", settings.kind);
  if (!settings.target.empty()) out.add("target", settings.target);
  out.add("interval", format_duration(settings.interval));
  out.add("maxAge", format_duration(settings.max_age));
  if (signal.uses.empty() && !settings.detector.is_set()) {
    out.add("state", "unused");
    out.add("why", "no rule rests on it and it has no detector, so it is not read");
  } else {
    add_reading(out, signal, now);
  }
  if (settings.detector.is_set()) out.add_json("detector", detection_view(signal, now));
  std::vector<std::string> uses;
  for (const SignalUse& use : signal.uses) uses.push_back(use_view(use));
  return out.add_json("uses", json_array(uses)).text();
}

}  // namespace sideband
