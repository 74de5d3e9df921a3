#include "drivers/exec/signal.h"

#include "drivers/signal_value.h"
#include "model/document.h"

namespace sideband {
namespace {

Result<double> printed_number(const std::string& output) {
  SB_ASSIGN(const Document said, parse_json(output));
  const auto printed = said.members.find("stdout");
  if (printed == said.members.end()) return no_reading("the command printed nothing");
  if (said.members.contains("stdoutDropped")) return no_reading("the command printed too much");
  return signal_number(printed->second.text);
}

}  // namespace

config::SignalKind command_signal_kind() {
  using enum config::FieldType;
  return {.word = "command",
          .doc = "What a command prints on its standard output, which changes nothing.",
          .fields = {{.key = "argv",
                      .type = kList,
                      .doc = "The command, one of the target's, and its arguments; no shell.",
                      .required = true},
                     {.key = "stdin", .doc = "Its standard input. Without it, empty."},
                     {.key = "environment", .type = kMap, .doc = "More variables."}},
          .check = [](const TargetSettings& target, const DriverOptions& options,
                      config::OptionFaults& faults) {
            const auto parsed = parse_exec_target(target);
            if (parsed.ok()) (void)parse_exec_request(*parsed, options, &faults);
          }};
}

Result<SignalReading> ExecSignal::read(Duration timeout) {
  OperationRequest request;
  request.step = "signal";
  request.options = options_;
  request.timeout = timeout;
  SignalReading reading;
  reading.measured_at = clock_.wall();
  SB_ASSIGN(const OperationReply reply, operation_.run(request));
  if (reply.outcome.outcome != Outcome::kChanged) {
    return no_reading("target " + name_ + ": " + reply.outcome.detail).saying(reply.outcome.said);
  }
  const auto value = printed_number(reply.output);
  if (!value) return value.error().in("target " + name_);
  reading.value = *value;
  return reading;
}

}  // namespace sideband
