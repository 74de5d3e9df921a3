#include "cli/signal_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/jcs.h"
#include "base/units.h"
#include "cli/plan_view.h"
#include "cli/table.h"
#include "engine/signals/signal_board.h"

namespace sideband::cli {
namespace {

constexpr std::size_t kMaxWhy = 300;

std::string age_text(const SignalReading& reading, WallTime now) {
  return format_duration(std::chrono::floor<std::chrono::milliseconds>(now - reading.measured_at));
}

// By the same rule as the daemon's.
Fact<double> counted(const ReadSignal& signal, WallTime now) {
  if (!signal.reading.ok()) return Fact<double>::unknown(signal.reading.error().whole());
  return value_of({*signal.reading, signal.settings.max_age, now, ""}, now);
}

}  // namespace

AskSignal ask_by(const TargetConnector& connector) {
  return [&connector](const TargetSettings& target,
                      const SignalSettings& signal) -> Result<SignalReading> {
    SB_ASSIGN(const auto opened, connector.signal(target, signal));
    return opened->read(target.limits.statement_timeout);
  };
}

std::vector<ReadSignal> read_signals(const Settings& settings, const AskSignal& ask) {
  std::vector<ReadSignal> out;
  for (const auto& [name, signal] : settings.signals) {
    const auto target = settings.targets.find(signal.target);
    if (target == settings.targets.end()) continue;
    out.push_back({signal, ask(target->second, signal)});
  }
  return out;
}

void print_signals(std::ostream& out, const std::vector<ReadSignal>& signals, WallTime now) {
  if (signals.empty()) return;
  std::vector<Row> rows = {{"SIGNAL", "TARGET", "BY", "VALUE", "AGE", "WHY NOT"}};
  for (const ReadSignal& signal : signals) {
    const Fact<double> value = counted(signal, now);
    const SignalSettings& settings = signal.settings;
    rows.push_back({settings.name, settings.target, settings.kind,
                    value.known() ? format_quantity(*value, settings.unit) : "unknown",
                    signal.reading.ok() ? age_text(*signal.reading, now) : "-",
                    value.known() ? "" : safe_text(value.why(), kMaxWhy)});
  }
  out << "\n";
  print_table(out, rows);
}

std::string signals_json(const std::vector<ReadSignal>& signals, WallTime now) {
  std::vector<std::string> out;
  for (const ReadSignal& signal : signals) {
    const Fact<double> value = counted(signal, now);
    JsonObject one;
    one.add("signal", signal.settings.name).add("target", signal.settings.target);
    one.add("kind", signal.settings.kind);
    if (value.known()) one.add("value", format_quantity(*value, signal.settings.unit));
    if (signal.reading.ok()) one.add("age", age_text(*signal.reading, now));
    if (!value.known()) one.add("why", value.why());
    out.push_back(one.text());
  }
  return json_array(out);
}

std::string signals_summary(const std::vector<ReadSignal>& signals) {
  const auto good = std::count_if(signals.begin(), signals.end(),
                                  [](const ReadSignal& one) { return one.reading.ok(); });
  return fmt::format("signals: {} read, {} without a reading\n", good, std::ssize(signals) - good);
}

SignalValues read_when_asked(const Settings& settings, const AskSignal& ask) {
  return [&settings, ask](const SignalCondition& rule, WallTime now) {
    if (rule.detected)
      return Fact<double>::unknown("what its detector says, only the daemon knows");
    const SignalSettings& signal = settings.signals.at(rule.signal);
    const auto target = settings.targets.find(signal.target);
    if (target == settings.targets.end()) {
      return Fact<double>::unknown("only the daemon knows it");
    }
    return counted({signal, ask(target->second, signal)}, now);
  };
}

}  // namespace sideband::cli
