// What the product knows of itself, as a signal.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "model/settings.h"
#include "ports/signal.h"
#include "ports/store.h"

namespace sideband {

// Thread-safe. Reads the store, which must outlive it, as `clock`. A reconciler that was not looked
// at yet has no figures: then there is no reading.
class OwnSignal final : public Signal {
 public:
  // `names`: of the reconciler that is meant, or of all that are configured.
  OwnSignal(Store& store, const Clock& clock, OwnFigure figure,
            std::function<std::vector<std::string>()> names)
      : store_(store), clock_(clock), figure_(figure), names_(std::move(names)) {}

  Result<SignalReading> read(Duration timeout) override;

 private:
  Store& store_;
  const Clock& clock_;
  const OwnFigure figure_;
  const std::function<std::vector<std::string>()> names_;
};

}  // namespace sideband
