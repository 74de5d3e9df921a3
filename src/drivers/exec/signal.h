// What a command prints, as a signal.
#pragma once

#include "drivers/exec/operation.h"
#include "ports/signal.h"

namespace sideband {

// `command: {argv, environment, stdin}`.
config::SignalKind command_signal_kind();

// Thread-safe. The command is one of the target's, with all that surrounds those of playbooks; exit
// code 0 and a number on its standard output are a reading.
class ExecSignal final : public Signal {
 public:
  ExecSignal(ExecTarget target, DriverOptions options, const Clock& clock)
      : name_(target.name),
        options_(std::move(options)),
        operation_(std::move(target), clock),
        clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  const std::string name_;
  const DriverOptions options_;
  ExecOperation operation_;
  const Clock& clock_;
};

}  // namespace sideband
