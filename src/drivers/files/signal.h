// How old or how large one file is.
#pragma once

#include <string>

#include "base/clock.h"
#include "config/field_table.h"
#include "model/settings.h"
#include "ports/signal.h"

namespace sideband {

struct FileMeasure {
  bool age = true;   // since it was written; else its size
  std::string path;  // below the root
};

// Errors are for a person; what is wrong is added to `faults` too, if given.
Result<FileMeasure> parse_file_signal(const TargetSettings& target, const DriverOptions& options,
                                      config::OptionFaults* faults = nullptr);
// `file: {age | size}`.
config::SignalKind file_signal_kind();

// Thread-safe. Links are not followed below the root; a file that is not there is no reading.
class FileSignal final : public Signal {
 public:
  FileSignal(std::string target, std::string root, FileMeasure measure, const Clock& clock)
      : target_(std::move(target)),
        root_(std::move(root)),
        measure_(std::move(measure)),
        clock_(clock) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  [[nodiscard]] Result<double> measure(WallTime now) const;

  const std::string target_;
  const std::string root_;
  const FileMeasure measure_;
  const Clock& clock_;
};

}  // namespace sideband
